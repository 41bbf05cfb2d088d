"""The rule on any tree of albums: what the querysets answer is what docs/access.md says, read by plain loops."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from albums import tree
from albums.models import Album, AlbumMember, ShareLink, path_segment
from gallery_site.public_id import new_public_id
from images import access, ledger
from images.models import AlbumImage, Image, ImageMetadata
from tests.plain_access import DOWNLOAD, NOBODY, PLACE, Asker, Reading, Row

OWNERS = ("ann", "ben", "cat")
WHOSE, SAYS = st.sampled_from(OWNERS), st.sampled_from([None, None, True, False])
RARELY = st.sampled_from([False, False, False, True])
# Many that inherit and many that are shared: where the rule has most to say.
PRIVACIES = st.sampled_from(["inherit"] * 4 + ["shared"] * 3 + ["public", "private"])

PERSON = st.fixed_dictionaries({"active": st.sampled_from([True] * 4 + [False]), "shows": SAYS, "allows": SAYS})
ALBUM = st.fixed_dictionaries(
    {
        "of": WHOSE,
        "below": st.none() | st.integers(0, 9),
        "privacy": PRIVACIES,
        "shows": SAYS,
        "allows": SAYS,
        "hidden": RARELY,
        "reported": RARELY,
        "trashed": RARELY,
    }
)
IMAGE = st.fixed_dictionaries(
    {
        "of": WHOSE,
        "privacy": st.sampled_from(["inherit"] * 4 + ["public", "private"]),
        "hidden": RARELY,
        "reported": RARELY,
        "trashed": RARELY,
        "placed": st.sampled_from([True] * 3 + [False]),
    }
)
LINK = st.fixed_dictionaries({"to": st.integers(0, 9), "expired": RARELY, "shows": SAYS, "allows": SAYS})
TREES = st.fixed_dictionaries(
    {
        "people": st.fixed_dictionaries(dict.fromkeys(OWNERS, PERSON)),
        "albums": st.lists(ALBUM, min_size=2, max_size=8),
        "images": st.lists(IMAGE, min_size=2, max_size=7),
        "places": st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=14),
        "members": st.lists(
            st.tuples(st.integers(0, 9), WHOSE, st.sampled_from(["viewer", "contributor"])), min_size=1, max_size=8
        ),
        "links": st.lists(LINK, min_size=1, max_size=4),
    }
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(planted=TREES)
def test_the_querysets_say_what_the_document_says(planted: dict[str, Any], people: dict[str, User]) -> None:
    with transaction.atomic():
        plant(planted, people)
        reading = Reading()
        assert_columns(reading)
        for who in askers(reading, people):
            assert_sight(reading, who)
        transaction.set_rollback(True)


@pytest.fixture
def people(db: None) -> dict[str, User]:
    return {name: User.objects.create_user(name, f"{name}@example.com") for name in (*OWNERS, "mod")}


def askers(reading: Reading, people: dict[str, User]) -> Iterator[Asker]:
    """Nobody, with links and without; owners, with links and without; moderators; an owner in the guise of a member."""
    links = frozenset(reading.links)
    yield NOBODY
    for link in sorted(links)[:2]:
        yield Asker(links=frozenset({link}))
    yield Asker(user=people["ann"].pk)
    yield Asker(user=people["ben"].pk, links=links)
    yield Asker(user=people["cat"].pk)
    yield Asker(user=people["mod"].pk, moderates=True)
    yield Asker(user=people["ann"].pk, moderates=True, links=links)
    yield Asker(as_member=people["ben"].pk, host=people["ann"].pk)


# --- What is planted ------------------------------------------------------------------------------------------------


def plant(planted: dict[str, Any], people: dict[str, User]) -> None:
    """Rows as the deeds leave them, in a few statements; what follows from them is settled by the product."""
    for name, person in planted["people"].items():
        said = {PLACE: person["shows"], DOWNLOAD: person["allows"]}
        User.objects.filter(pk=people[name].pk).update(
            is_active=person["active"],
            chosen_preferences={setting: value for setting, value in said.items() if value is not None},
        )
    albums = _albums(planted["albums"], people)
    images = _images(planted["images"], people)
    places = {(albums[at % len(albums)], images[image % len(images)]) for at, image in planted["places"]}
    AlbumImage.objects.bulk_create(
        AlbumImage(album=album, image=image, is_contributed=album.user_id != image.user_id) for album, image in places
    )
    members = {(albums[at % len(albums)], people[name]): role for at, name, role in planted["members"]}
    AlbumMember.objects.bulk_create(
        AlbumMember(album=album, user=user, role=role)
        for (album, user), role in members.items()
        if user.pk != album.user_id
    )
    ShareLink.objects.bulk_create(
        ShareLink(
            album=albums[link["to"] % len(albums)],
            token_hash=str(n),
            expires_at=timezone.now() + timedelta(days=-1 if link["expired"] else 1),
            show_location=link["shows"],
            allow_download=link["allows"],
        )
        for n, link in enumerate(planted["links"])
    )
    tree.settle(*(album for album in albums if album.parent_id is None))
    ledger.relist([image.pk for image in images])


def _albums(planted: list[dict[str, Any]], people: dict[str, User]) -> list[Album]:
    """Below one of those before it that is of the same owner, or at the top; what is below one in the trash is too."""
    made: list[Album] = []
    now = timezone.now()
    for n, said in enumerate(planted):
        owner = people[said["of"]]
        above = [album for album in made if album.user_id == owner.pk]
        parent = above[said["below"] % len(above)] if above and said["below"] is not None else None
        privacy = "private" if parent is None and said["privacy"] == "inherit" else said["privacy"]
        album = Album(
            pk=1000 + n,
            user=owner,
            parent=parent,
            path=(parent.path if parent else "") + path_segment(1000 + n),
            privacy_setting=privacy,
            show_location=said["shows"],
            allow_download=said["allows"],
            hidden_at=now if said["hidden"] else None,
            open_reports=int(said["reported"]),
            trashed_at=now if said["trashed"] or (parent and parent.trashed_at) else None,
        )
        made.append(album)
    return Album.objects.bulk_create(made)


def _images(planted: list[dict[str, Any]], people: dict[str, User]) -> list[Image]:
    now = timezone.now()
    images = Image.objects.bulk_create(
        Image(
            pk=1000 + n,
            uid=(uid := new_public_id()),
            user=people[said["of"]],
            file_hash=uid.hex * 2,
            file_size=1,
            image_width=1,
            image_height=1,
            privacy_setting=said["privacy"],
            hidden_at=now if said["hidden"] else None,
            open_reports=int(said["reported"]),
            trashed_at=now if said["trashed"] else None,
        )
        for n, said in enumerate(planted)
    )
    ImageMetadata.objects.bulk_create(
        ImageMetadata(image=image, location_lat=1.0 if said["placed"] else None)
        for image, said in zip(images, planted, strict=True)
    )
    return images


# --- What is held against the reading -------------------------------------------------------------------------------


def assert_columns(reading: Reading) -> None:
    """What the product keeps in columns is what follows from the rows."""
    for album in reading.albums.values():
        assert album.policy_id == reading.policy(album).pk
        assert album.is_hidden == reading.is_hidden(album)
    for image in reading.images.values():
        assert image.is_listed == reading.is_listed(image)


def assert_sight(reading: Reading, who: Asker) -> None:
    """Each word of the querysets finds for this viewer what the reading does."""
    viewer, albums, images = who.viewer, Album.objects.all(), Image.objects.all()
    uids = [image.uid for image in reading.images.values()]
    seen = images.visible_to(viewer)
    for word, found, plainly in [
        ("visible albums", albums.visible_to(viewer), _those(reading.albums, reading.sees_album, who)),
        ("editable albums", albums.editable_by(viewer), _those(reading.albums, reading.edits_album, who)),
        ("albums to fill", albums.may_contribute(viewer), _those(reading.albums, reading.contributes, who)),
        ("shared albums", albums.shared_with(viewer), _those(reading.albums, reading.is_shared_album, who)),
        ("visible images", seen, _those(reading.images, reading.sees_image, who)),
        ("images in reach", images.reachable_by(viewer, uids), _those(reading.images, reading.reaches_image, who)),
        ("editable images", images.editable_by(viewer), _those(reading.images, reading.edits_image, who)),
        ("shared images", images.shared_with(viewer), _those(reading.images, reading.is_shared_image, who)),
        ("downloads", images.downloadable_by(viewer), _those(reading.images, _may(reading, DOWNLOAD), who)),
        (
            "places",
            images.located(viewer),
            _those(reading.images, _may(reading, PLACE), who)
            & {pk for pk in reading.facts if reading.facts[pk].location_lat},
        ),
    ]:
        assert set(found.values_list("pk", flat=True)) == plainly, (word, who)
    through = AlbumImage.objects.filter(access.seen_by(viewer, prefix="image__")).values_list("album", "image")
    visible = _those(reading.images, reading.sees_image, who)
    assert set(through) == {(at, image) for at, image, _ in reading.places if image in visible}, who


def _those(things: dict[int, Row], may: Callable[[Asker, Row], bool], who: Asker) -> set[int]:
    return {pk for pk, thing in things.items() if may(who, thing)}


def _located(reading: Reading) -> Callable[[Asker, Row], bool]:
    return lambda who, image: reading.may(PLACE, who, image) and reading.has_place(image)


def _may(reading: Reading, setting: str) -> Callable[[Asker, Row], bool]:
    return lambda who, image: reading.may(setting, who, image)
