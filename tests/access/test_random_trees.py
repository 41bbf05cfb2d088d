"""The rule on any tree of albums: what the querysets answer is what docs/access.md says, read by plain loops."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

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
# So many of each in every tree, thrown by dice: the rule has most to say where much hangs together, and Hypothesis by
# itself grows small trees in which little does.
ALBUMS, IMAGES, PLACES, MEMBERS, LINKS = 10, 7, 16, 8, 6


def _says(dice: Random) -> bool | None:
    return dice.choice([None, None, True, False])


def _rarely(dice: Random) -> bool:
    return dice.random() < 0.1


@pytest.mark.django_db
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_the_querysets_say_what_the_document_says(seed: int, people: dict[str, User]) -> None:
    with transaction.atomic():
        plant(Random(seed), people)
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
    for link in sorted(links)[:3]:
        yield Asker(links=frozenset({link}))
    yield Asker(user=people["ann"].pk)
    yield Asker(user=people["ben"].pk, links=links)
    yield Asker(user=people["cat"].pk)
    yield Asker(user=people["mod"].pk, moderates=True)
    yield Asker(user=people["ann"].pk, moderates=True, links=links)
    yield Asker(as_member=people["ben"].pk, host=people["ann"].pk)


# --- What is planted ------------------------------------------------------------------------------------------------


def plant(dice: Random, people: dict[str, User]) -> None:
    """Rows as the deeds leave them, in a few statements; what follows from them is settled by the product."""
    for name in OWNERS:
        said = {PLACE: _says(dice), DOWNLOAD: _says(dice)}
        User.objects.filter(pk=people[name].pk).update(
            is_active=not _rarely(dice),
            chosen_preferences={setting: value for setting, value in said.items() if value is not None},
        )
    albums, images = _albums(dice, people), _images(dice, people)
    AlbumImage.objects.bulk_create(
        AlbumImage(album=album, image=image, is_contributed=album.user_id != image.user_id)
        for album, image in {(dice.choice(albums), dice.choice(images)) for _ in range(PLACES)}
    )
    AlbumMember.objects.bulk_create(
        AlbumMember(album=album, user=user, role=dice.choice(["viewer", "contributor"]))
        for album, user in {(dice.choice(albums), people[dice.choice(OWNERS)]) for _ in range(MEMBERS)}
        if user.pk != album.user_id
    )
    ShareLink.objects.bulk_create(
        ShareLink(
            album=dice.choice(albums),
            token_hash=str(n),
            expires_at=timezone.now() + timedelta(days=-1 if _rarely(dice) else 1),
            show_location=_says(dice),
            allow_download=_says(dice),
        )
        for n in range(LINKS)
    )
    tree.settle(*(album for album in albums if album.parent_id is None))
    ledger.relist([image.pk for image in images])


def _albums(dice: Random, people: dict[str, User]) -> list[Album]:
    """Most below one before them of the same owner; what is below one in the trash is there too."""
    made: list[Album] = []
    now = timezone.now()
    for pk in range(1000, 1000 + ALBUMS):
        owner = people[dice.choice(["ann", "ann", *OWNERS])]
        above = [album for album in made if album.user_id == owner.pk]
        parent = dice.choice([None, *above, *above])
        album = Album(
            pk=pk,
            user=owner,
            parent=parent,
            path=(parent.path if parent else "") + path_segment(pk),
            privacy_setting=dice.choice(["inherit"] * 4 * bool(parent) + ["shared"] * 3 + ["public", "private"]),
            show_location=_says(dice),
            allow_download=_says(dice),
            hidden_at=now if _rarely(dice) else None,
            open_reports=int(_rarely(dice)),
            trashed_at=now if _rarely(dice) or (parent and parent.trashed_at) else None,
        )
        made.append(album)
    return Album.objects.bulk_create(made)


def _images(dice: Random, people: dict[str, User]) -> list[Image]:
    now = timezone.now()
    images = Image.objects.bulk_create(
        Image(
            pk=pk,
            uid=(uid := new_public_id()),
            user=people[dice.choice(["ann", "ann", *OWNERS])],
            file_hash=uid.hex * 2,
            file_size=1,
            image_width=1,
            image_height=1,
            privacy_setting=dice.choice(["inherit"] * 4 + ["public", "private"]),
            hidden_at=now if _rarely(dice) else None,
            open_reports=int(_rarely(dice)),
            trashed_at=now if _rarely(dice) else None,
        )
        for pk in range(1000, 1000 + IMAGES)
    )
    ImageMetadata.objects.bulk_create(
        ImageMetadata(image=image, location_lat=None if _rarely(dice) else 1.0) for image in images
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
