"""`PUT /api/albums/<id>?dry_run=true`: who would gain and lose what; then it is done, and comes out as foretold."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from accounts.models import User
from accounts.viewer import NOBODY, Viewer
from albums import tree
from albums.models import Album, AlbumMember, ShareLink
from images import album_changes, marks, placing, trash
from images.models import Image
from images.tests.rows import image_row
from images.watermarks import mark_of

pytestmark = pytest.mark.django_db

Plant = Callable[..., Album]
Body = dict[str, Any]


@pytest.fixture
def plant(alice: User) -> Plant:
    def plant(name: str, parent: Album | None = None, **values: Any) -> Album:
        return tree.plant(owner=alice, name=name, parent=parent, **values)

    return plant


def let_in(user: User, album: Album, role: str = "viewer") -> None:
    AlbumMember.objects.create(user=user, album=album, role=role)


def link_to(album: Album, **values: Any) -> ShareLink:
    return ShareLink.objects.create(album=album, token_hash=uuid.uuid4().hex, **values)


def contribute(owner: User, album: Album, **values: Any) -> Image:
    image = image_row(owner, **values)
    placing.add([image.pk], to=album, by=owner)
    return image


def dump() -> str:
    out = io.StringIO()
    call_command("dumpdata", "accounts", "albums", "images", stdout=out)
    return out.getvalue()


def foretold(client: APIClient, album: Album, change: Body, method: str = "put") -> Body:
    """What the dry run says, which leaves the database as it is."""
    before = dump()
    answer = getattr(client, method)(f"/api/albums/{album.uid}?dry_run=true", change)
    assert answer.status_code == 200, answer.json()
    assert dump() == before
    body = answer.json()
    assert body["dry_run"] is True
    return body


def gains(body: Body) -> list[str]:
    return [" ".join(gain["told"]) for gain in body["gains"]]


def losses(body: Body) -> list[str]:
    return [" ".join(loss["told"]) for loss in body["loses"]]


def remarks(body: Body) -> list[str]:
    return [" ".join(change["told"]) for change in body["watermarks"]]


def uids(*things: Album | Image) -> set[str]:
    return {str(thing.uid) for thing in things}


# --- Privacy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["put", "patch"])
def test_made_public_it_shows_everyone_what_inherits_and_is_the_owners(
    as_alice: APIClient, alice: User, bob: User, plant: Plant, method: str
) -> None:
    """Not what is private, hidden, in the trash, of a contributor, below another policy, or public already."""
    top = plant("Trip")
    leaf = plant("Day", plant("Week", top))
    shut = plant("Shut", leaf, privacy_setting="private")
    trashed = plant("Trashed", top)
    shown = [image_row(alice, album=top), image_row(alice, album=leaf)]
    placing.add([shown[0].pk], to=leaf, by=alice)
    image_row(alice, album=top, privacy_setting="private")
    image_row(alice, album=leaf, privacy_setting="public")
    image_row(alice, album=shut)
    image_row(alice, album=trashed)
    contribute(bob, leaf)
    trash.trash([image_row(alice, album=top).pk])
    Image.objects.filter(pk=image_row(alice, album=top).pk).update(hidden_at=timezone.now())
    album_changes.trash_album(trashed)
    body = foretold(as_alice, top, {"privacy_setting": "public"}, method)
    [gain] = body["gains"]
    assert gain["who"] == {"kind": "everyone"}
    assert set(gain["image_ids"]) == uids(*shown)
    assert (gain["images_count"], gain["albums_count"], gain["downloads_count"]) == (2, 3, 2)
    assert {album["name"] for album in gain["albums"]} == {"Trip", "Week", "Day"}
    assert gains(body) == ["2 photos and 3 albums become visible to everyone. 2 photos can be downloaded by everyone."]
    assert body["loses"] == []


def test_made_private_it_takes_away_from_everyone(as_alice: APIClient, alice: User, plant: Plant) -> None:
    top = plant("Trip", privacy_setting="public")
    image = image_row(alice, album=plant("Day", top), metadata={"location_lat": 1.0, "location_lon": 2.0})
    image_row(alice, album=top, privacy_setting="public")
    alice.choose({"show_location": True})
    body = foretold(as_alice, top, {"privacy_setting": "private"})
    assert body["gains"] == []
    [loss] = body["loses"]
    assert set(loss["image_ids"]) == uids(image)
    assert losses(body) == [
        "1 photo and 2 albums are no longer visible to everyone. 1 photo can no longer be downloaded by everyone. "
        "The place of 1 photo is no longer known to everyone."
    ]


def test_what_another_album_shows_is_neither_gained_nor_lost(as_alice: APIClient, alice: User, plant: Plant) -> None:
    top, other = plant("Trip"), plant("Best", privacy_setting="public")
    image = image_row(alice, album=top)
    placing.add([image.pk], to=other, by=alice)
    [gain] = foretold(as_alice, top, {"privacy_setting": "public"})["gains"]
    assert (gain["images_count"], gain["albums_count"]) == (0, 1)
    [loss] = foretold(as_alice, other, {"privacy_setting": "private"})["loses"]
    assert (loss["images_count"], loss["albums_count"]) == (1, 1)
    tree.edit(top, {"privacy_setting": "public"})
    [loss] = foretold(as_alice, other, {"privacy_setting": "private"})["loses"]
    assert (loss["images_count"], loss["albums_count"]) == (0, 1)


def test_shared_instead_of_public_its_members_and_links_keep_it(
    as_alice: APIClient, alice: User, bob: User, plant: Plant
) -> None:
    top = plant("Trip", privacy_setting="public")
    let_in(bob, top)
    link_to(top)
    image_row(alice, album=top)
    body = foretold(as_alice, top, {"privacy_setting": "shared"})
    assert body["gains"] == []
    assert [loss["who"]["kind"] for loss in body["loses"]] == ["everyone"]


def test_shared_after_being_private_it_opens_to_members_and_links(
    as_alice: APIClient, alice: User, bob: User, carol: User, plant: Plant
) -> None:
    """Members see what others contributed too; nobody gains what is his own; a link that has expired opens nothing."""
    top = plant("Trip")
    for user in (bob, carol):
        let_in(user, top, "contributor")
    link, second = link_to(top), link_to(top)
    link_to(top, expires_at=timezone.now() - timedelta(days=1))
    own = image_row(alice, album=top)
    bobs = contribute(bob, top)
    contribute(bob, top, privacy_setting="private")
    body = foretold(as_alice, top, {"privacy_setting": "shared"})
    by_who = {
        frozenset(user["username"] for user in gain["who"].get("users", ())): set(gain["image_ids"])
        for gain in body["gains"]
    }
    assert by_who == {frozenset({"bob"}): uids(own), frozenset({"carol"}): uids(own, bobs), frozenset(): uids(own)}
    [holders] = [gain["who"] for gain in body["gains"] if gain["who"]["kind"] == "links"]
    assert {held["id"] for held in holders["links"]} == uids(link, second)
    assert holders["links"][0]["album"] == {"id": str(top.uid), "name": "Trip"}
    assert sorted(gains(body)) == [
        "1 photo and 1 album become visible to bob. 1 photo can be downloaded by bob.",
        "1 photo and 1 album become visible to holders of 2 links to “Trip”. "
        "1 photo can be downloaded by holders of 2 links to “Trip”.",
        "2 photos and 1 album become visible to carol. 2 photos can be downloaded by carol.",
    ]


def test_made_public_its_members_gain_no_more_than_everyone_and_are_not_told_again(
    as_alice: APIClient, alice: User, bob: User, carol: User, plant: Plant
) -> None:
    """Those that were without effect while it was private gain what others contributed, and everyone does not."""
    top = plant("Trip")
    let_in(bob, top)
    link_to(top)
    own = image_row(alice, album=top)
    added = contribute(carol, top)
    body = foretold(as_alice, top, {"privacy_setting": "public"})
    everyone, member = body["gains"]
    assert (everyone["who"], set(everyone["image_ids"])) == ({"kind": "everyone"}, uids(own))
    assert member["who"]["users"] == [{"id": str(bob.uid), "username": "bob"}]
    assert (set(member["image_ids"]), member["albums_count"]) == (uids(added), 0)


def test_people_who_gain_the_same_are_told_together(as_alice: APIClient, alice: User, plant: Plant) -> None:
    top = plant("Trip")
    for name in ("ann", "ben", "cem", "dan"):
        let_in(User.objects.create_user(name, f"{name}@example.com"), top)
    body = foretold(as_alice, top, {"privacy_setting": "shared"})
    [gain] = body["gains"]
    assert [user["username"] for user in gain["who"]["users"]] == ["ann", "ben", "cem", "dan"]
    assert gains(body) == ["1 album becomes visible to ann, ben, cem and 1 other."]


def test_a_member_gains_nothing_that_another_album_of_the_owners_shows_him(
    as_alice: APIClient, alice: User, bob: User, carol: User, plant: Plant
) -> None:
    top, other = plant("Trip"), plant("Best", privacy_setting="shared")
    image = image_row(alice, album=top)
    placing.add([image.pk], to=other, by=alice)
    let_in(bob, other)
    for user in (bob, carol):
        let_in(user, top)
    body = foretold(as_alice, top, {"privacy_setting": "shared"})
    by_name = {gain["who"]["users"][0]["username"]: set(gain["image_ids"]) for gain in body["gains"]}
    assert by_name == {"bob": set(), "carol": uids(image)}


# --- Moving -------------------------------------------------------------------------------------------------------


def test_moved_below_another_policy_it_follows_that(
    as_alice: APIClient, alice: User, bob: User, carol: User, plant: Plant
) -> None:
    old, new = plant("Old", privacy_setting="shared"), plant("New", privacy_setting="shared")
    branch = plant("Branch", old)
    leaf = plant("Leaf", branch)
    own_way = plant("Own way", branch, privacy_setting="private")
    let_in(bob, old)
    let_in(carol, new)
    link = link_to(new)
    stays = link_to(leaf)
    image = image_row(alice, album=leaf)
    image_row(alice, album=own_way)
    image_row(alice, album=old)
    body = foretold(as_alice, branch, {"parent_id": str(new.uid)})
    assert [(gain["who"]["kind"], set(gain["image_ids"]), gain["albums_count"]) for gain in body["gains"]] == [
        ("members", uids(image), 2),
        ("links", uids(image), 2),
    ]
    assert body["gains"][0]["who"]["users"][0]["username"] == "carol"
    assert [held["id"] for held in body["gains"][1]["who"]["links"]] == [str(link.uid)]
    [loss] = body["loses"]
    assert loss["who"]["users"] == [{"id": str(bob.uid), "username": "bob"}]
    assert set(loss["image_ids"]) == uids(image)
    assert str(stays.uid) not in str(body)


def test_moved_below_a_public_album_it_is_shown_however_deep(
    as_alice: APIClient, as_nobody: APIClient, alice: User, plant: Plant
) -> None:
    shown = plant("d", plant("c", plant("b", plant("a", privacy_setting="public"))))
    branch = plant("Branch")
    first = plant("Twig", branch)
    image = image_row(alice, album=plant("Leaf", first))
    tree.edit(branch, {"privacy_setting": "private"})
    body = foretold(as_alice, first, {"parent_id": str(shown.uid)})
    assert [set(gain["image_ids"]) for gain in body["gains"]] == [uids(image)]
    assert body["gains"][0]["albums_count"] == 2
    assert as_nobody.get(f"/api/images/{image.uid}").status_code == 404
    assert as_alice.put(f"/api/albums/{first.uid}", {"parent_id": str(shown.uid)}).status_code == 200
    assert as_nobody.get(f"/api/images/{image.uid}").status_code == 200


def test_moved_to_the_top_what_inherited_is_private(as_alice: APIClient, plant: Plant) -> None:
    child = plant("Child", plant("Top", privacy_setting="public"))
    body = foretold(as_alice, child, {"parent_id": None})
    assert body["gains"] == []
    assert losses(body) == ["1 album is no longer visible to everyone."]


# --- Settings -----------------------------------------------------------------------------------------------------


def test_downloads_and_places_are_told_too(as_alice: APIClient, alice: User, bob: User, plant: Plant) -> None:
    top = plant("Trip", privacy_setting="shared")
    let_in(bob, top)
    link_to(top, allow_download=True, show_location=False)
    image_row(alice, album=plant("Day", top), metadata={"location_lat": 1.0, "location_lon": 2.0})
    image_row(alice, album=top)
    body = foretold(as_alice, top, {"show_location": True, "allow_download": False})
    assert gains(body) == ["The place of 1 photo becomes known to bob."]
    assert losses(body) == ["2 photos can no longer be downloaded by bob."]


def test_links_are_told_by_what_they_say_themselves(as_alice: APIClient, alice: User, plant: Plant) -> None:
    top = plant("Trip", privacy_setting="shared")
    link_to(top, allow_download=True)
    silent = link_to(top)
    link_to(top, allow_download=False)
    image_row(alice, album=top)
    body = foretold(as_alice, top, {"allow_download": False})
    [loss] = body["loses"]
    assert [held["id"] for held in loss["who"]["links"]] == [str(silent.uid)]
    assert (loss["images_count"], loss["downloads_count"]) == (0, 1)


def test_what_shows_nothing_changes_nothing(as_alice: APIClient, alice: User, plant: Plant) -> None:
    top = plant("Trip", privacy_setting="public")
    image = image_row(alice, album=top)
    body = foretold(as_alice, top, {"name": "New", "description": "d", "cover_image_id": str(image.uid)})
    assert body == {"dry_run": True, "gains": [], "loses": [], "watermarks": []}


# --- Watermarks ---------------------------------------------------------------------------------------------------


def saying(text: str) -> Body:
    return {"kind": "text", "text": text, "position": "center", "opacity": 1.0, "size": 0.5}


@pytest.fixture
def top(alice: User, bob: User, plant: Plant) -> Album:
    """Public, bob is let in by name, and a link lets others download; three photos, one of them below, one of bob's."""
    alice.choose({"allow_download": False})
    bob.choose({"allow_download": False, "watermark": saying("bob")})
    top = plant("Trip", privacy_setting="public")
    let_in(bob, top, "contributor")
    link_to(top)
    link_to(top, allow_download=True)
    image_row(alice, album=top)
    image_row(alice, album=plant("Day", top))
    contribute(bob, top)
    image_row(alice, album=top, privacy_setting="private")
    return top


def test_a_watermark_is_told(as_alice: APIClient, top: Album, alice: User, plant: Plant) -> None:
    """Of the owner's images alone; not where one may download, nor below an album that says something else."""
    image_row(alice, album=plant("Apart", top, watermark=saying("apart")))

    def told(watermark: Body | None) -> list[str]:
        body = foretold(as_alice, top, {"watermark": watermark})
        assert (body["gains"], body["loses"]) == ([], [])
        return remarks(body)

    assert told(saying("A")) == ["2 photos get a watermark for everyone."]
    assert told(None) == told({"kind": "none"}) == []
    tree.edit(top, {"watermark": saying("A")})
    assert told(saying("B")) == ["2 photos get another watermark for everyone."]
    assert told({"kind": "none"}) == ["2 photos lose their watermark for everyone."]
    assert told(saying("A")) == []
    body = foretold(as_alice, top, {"watermark": None})
    assert body["watermarks"] == [
        {
            "who": {"kind": "everyone"},
            "added_count": 0,
            "replaced_count": 0,
            "removed_count": 2,
            "told": ["2 photos lose their watermark for everyone."],
        }
    ]
    alice.choose({"watermark": saying("hers")})
    assert told(None) == ["2 photos get another watermark for everyone."]


def test_so_is_one_that_follows_from_another_change(as_alice: APIClient, top: Album, alice: User, plant: Plant) -> None:
    marked = plant("Marked", privacy_setting="shared", watermark=saying("M"))
    assert remarks(foretold(as_alice, top, {"parent_id": str(marked.uid)})) == [
        "2 photos get a watermark for everyone."
    ]
    tree.edit(top, {"watermark": saying("A")})
    body = foretold(as_alice, top, {"allow_download": True})
    assert gains(body)[0] == "2 photos can be downloaded by everyone."
    assert remarks(body) == ["2 photos lose their watermark for everyone."]


def test_members_and_holders_are_told_of_what_they_alone_see(
    as_alice: APIClient, alice: User, bob: User, plant: Plant
) -> None:
    """What newly is seen, or no longer, is no matter of the watermark."""
    alice.choose({"allow_download": False})
    trip = plant("Trip", privacy_setting="shared", watermark=saying("A"))
    let_in(bob, trip)
    link = link_to(trip)
    link_to(trip, allow_download=True)
    image_row(alice, album=trip)
    image_row(alice, album=trip, privacy_setting="public")  # clean for everyone, as it is hers
    body = foretold(as_alice, trip, {"watermark": saying("B")})
    assert remarks(body) == [
        "1 photo gets another watermark for bob.",
        "1 photo gets another watermark for holders of a link to “Trip”.",
    ]
    assert [held["id"] for held in body["watermarks"][1]["who"]["links"]] == [str(link.uid)]
    body = foretold(as_alice, trip, {"watermark": saying("B"), "privacy_setting": "public"})
    assert gains(body) == ["1 photo and 1 album become visible to everyone."]
    assert remarks(body)[0] == "1 photo gets another watermark for bob."
    assert remarks(foretold(as_alice, trip, {"watermark": {"kind": "none"}, "privacy_setting": "private"})) == []


def test_watermarks_cost_the_same_for_many_images(as_alice: APIClient, top: Album, alice: User) -> None:
    costs = []
    for number in (1, 9):
        for _ in range(number):
            image_row(alice, album=top)
        with CaptureQueriesContext(connection) as queries:
            answer = as_alice.put(f"/api/albums/{top.uid}?dry_run=true", {"watermark": saying("A")})
        assert answer.json()["watermarks"][0]["added_count"] >= number
        costs.append(len(queries))
    assert costs[0] == costs[1]


# --- Refusals, and what it costs ----------------------------------------------------------------------------------


def test_it_refuses_what_the_change_itself_refuses(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, plant: Plant
) -> None:
    top = plant("Top", privacy_setting="public")
    deepest = top
    while deepest.depth < 10:
        deepest = plant("deeper", deepest)
    branch, private = plant("Branch"), plant("Private")
    before = dump()
    for client, album, change in [
        (as_alice, branch, {"parent_id": str(deepest.uid)}),
        (as_alice, top, {"parent_id": str(deepest.uid)}),
        (as_alice, top, {"parent_id": str(uuid.uuid4())}),
        (as_alice, top, {"privacy_setting": "inherit"}),
        (as_alice, top, {"privacy_setting": "secret"}),
        (as_alice, top, {"cover_image_id": str(uuid.uuid4())}),
        (as_alice, top, {"image_count": 3}),
        (as_alice, top, {"watermark": {"kind": "image", "picture": str(uuid.uuid4())}}),
        (as_carol, top, {"privacy_setting": "private"}),
        (as_carol, private, {"privacy_setting": "public"}),
        (as_nobody, top, {"privacy_setting": "private"}),
    ]:
        foretold, real = (client.put(f"/api/albums/{album.uid}{query}", change) for query in ("?dry_run=1", ""))
        assert foretold.status_code == real.status_code >= 400, change
        assert foretold.json() == real.json()
    assert dump() == before


def test_it_costs_the_same_for_many_members_and_images(as_alice: APIClient, alice: User, plant: Plant) -> None:
    costs = []
    for number in (2, 12):
        top = plant("Trip")
        leaf = plant("Day", top)
        for n in range(number):
            person = User.objects.create_user(f"user-{number}-{n}", f"{number}-{n}@example.com")
            let_in(person, top, "contributor")
            link_to(top)
            image_row(alice, album=leaf)
            contribute(person, leaf)
            plant(f"leaf {n}", leaf)
        with CaptureQueriesContext(connection) as queries:
            answer = as_alice.put(f"/api/albums/{top.uid}?dry_run=true", {"privacy_setting": "shared"})
        assert answer.json()["gains"][0]["who"]["kind"] == "members"
        costs.append(len(queries))
    assert costs[0] == costs[1]


# --- As foretold, whatever the tree -------------------------------------------------------------------------------

WHICH = st.integers(0, 10**6)
PRIVACIES = st.sampled_from(["inherit", "private", "shared", "public"])
IMAGE = st.tuples(st.booleans(), st.lists(WHICH, max_size=3), st.sampled_from(["inherit", "private", "public"]))
MARKS = st.sampled_from([None, {"kind": "none"}, saying("A"), saying("B")])
ALBUM = st.tuples(WHICH, PRIVACIES, MARKS)  # below which of those before it, if it inherits; else at times at the top
CHANGES = st.fixed_dictionaries(
    {}, optional={"privacy_setting": PRIVACIES, "parent": WHICH, "allow_download": st.booleans(), "watermark": MARKS}
)


def _grow(owner: User, shapes: list[tuple[int, str, Body | None]]) -> list[Album]:
    albums: list[Album] = []
    for which, privacy, watermark in shapes:
        parent = albums[which % len(albums)] if albums and which % 4 else None
        setting = "private" if parent is None and privacy == "inherit" else privacy
        if parent is None or parent.depth < 10:
            says = {"privacy_setting": setting, "watermark": watermark}
            albums.append(tree.plant(owner=owner, name=f"{len(albums)}", parent=parent, **says))
    return albums


def _seen(viewer: Viewer) -> dict[str, set[str]]:
    """Everything this viewer sees anywhere."""
    images = Image.objects.visible_to(viewer)
    return {
        "albums": set(map(str, Album.objects.visible_to(viewer).values_list("uid", flat=True))),
        "images": set(map(str, images.values_list("uid", flat=True))),
        "downloads": set(map(str, images.downloadable_by(viewer).values_list("uid", flat=True))),
    }


def _marks(viewer: Viewer) -> dict[str, str]:
    """Of every image that this viewer sees anywhere, the mark of what lies over it."""
    images = list(Image.objects.visible_to(viewer).select_related("user"))
    due = marks.due(images, viewer)
    return {str(image.uid): mark_of(due[image.pk]) for image in images}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    shapes=st.lists(ALBUM, min_size=1, max_size=7),
    images=st.lists(IMAGE, max_size=6),
    memberships=st.sets(st.tuples(st.sampled_from(["bob", "carol", "dan"]), st.integers(0, 6)), max_size=6),
    links=st.sets(st.integers(0, 6), max_size=3),
    which=WHICH,
    change=CHANGES,
    allows=st.booleans(),
    prefers=MARKS,
)
def test_the_change_itself_comes_out_as_foretold(
    alice: User,
    shapes: list[tuple[int, str, Body | None]],
    images: list[tuple[bool, list[int], str]],
    memberships: set[tuple[str, int]],
    links: set[int],
    which: int,
    change: Body,
    allows: bool,
    prefers: Body | None,
) -> None:
    start = transaction.savepoint()
    alice.choose({"allow_download": allows, "watermark": prefers})
    people = {name: User.objects.create_user(name, f"{name}@example.com") for name in ("bob", "carol", "dan")}
    albums = _grow(alice, shapes)
    for is_alices, places, privacy in images:
        image = image_row(alice if is_alices else people["dan"], privacy_setting=privacy)
        for place in places:
            placing.add([image.pk], to=albums[place % len(albums)], by=image.user)
    for name, number in memberships:
        if number < len(albums):
            let_in(people[name], albums[number])
    made = [link_to(albums[number]) for number in links if number < len(albums)]
    client = APIClient()
    client.force_login(alice)
    album = albums[which % len(albums)]
    body = dict(change)
    if "parent" in body:
        parent = albums[body.pop("parent") % len(albums)]
        body["parent_id"] = None if parent == album else str(parent.uid)

    viewers = {"everyone": NOBODY} | {name: Viewer(user=user) for name, user in people.items()}
    viewers |= {str(link.uid): Viewer(links=frozenset({link.pk})) for link in made}
    before = {who: _seen(viewer) for who, viewer in viewers.items()}
    marked = {who: _marks(viewer) for who, viewer in viewers.items()}
    dry = client.put(f"/api/albums/{album.uid}?dry_run=true", body)
    assert {who: _seen(viewer) for who, viewer in viewers.items()} == before
    real = client.put(f"/api/albums/{album.uid}", body)
    assert dry.status_code == real.status_code
    if real.status_code == 200:
        after = {who: _seen(viewer) for who, viewer in viewers.items()}
        for told, more, less in [("gains", after, before), ("loses", before, after)]:
            everyones = {part: more["everyone"][part] - less["everyone"][part] for part in more["everyone"]}
            for who in viewers:
                real_difference = {part: more[who][part] - less[who][part] for part in everyones}
                if who != "everyone":
                    real_difference = {part: real_difference[part] - everyones[part] for part in everyones}
                downloads = len(real_difference["downloads"])
                assert _told_of(dry.json()[told], who) == real_difference | {"downloads": downloads}, (told, who)
        remarked = {who: _remarked(marked[who], _marks(viewer)) for who, viewer in viewers.items()}
        for who, kinds in remarked.items():
            alone = kinds if who == "everyone" else {kind: kinds[kind] - remarked["everyone"][kind] for kind in kinds}
            assert _remarks_of(dry.json(), who) == {f"{kind}_count": len(found) for kind, found in alone.items()}, who
    transaction.savepoint_rollback(start)


def _remarked(before: dict[str, str], after: dict[str, str]) -> dict[str, set[str]]:
    """Images seen before and after, by what became of the watermark over them."""
    both = {uid: (before[uid], after[uid]) for uid in before.keys() & after.keys() if before[uid] != after[uid]}
    return {
        "added": {uid for uid, (old, _) in both.items() if not old},
        "replaced": {uid for uid, (old, new) in both.items() if old and new},
        "removed": {uid for uid, (_, new) in both.items() if not new},
    }


def _remarks_of(body: Body, who: str) -> dict[str, int]:
    """How many the dry run told this one of, by kind."""
    for one in body["watermarks"]:
        if who in _names(one):
            return {name: count for name, count in one.items() if name.endswith("_count")}
    return dict.fromkeys(("added_count", "replaced_count", "removed_count"), 0)


def _names(one: Body) -> list[str]:
    names = [user["username"] for user in one["who"].get("users", ())]
    return names + ([link["id"] for link in one["who"].get("links", ())] or (["everyone"] if not names else []))


def _told_of(told: list[Body], who: str) -> dict[str, Any]:
    """What the dry run told of this one; `downloads` as far as it goes: how many."""
    for one in told:
        if who in _names(one):
            assert one["albums_count"] == len(one["albums"])
            assert one["images_count"] == len(one["image_ids"])
            found = {"albums": {album["id"] for album in one["albums"]}, "images": set(one["image_ids"])}
            return found | {"downloads": one["downloads_count"]}
    return {"albums": set(), "images": set(), "downloads": 0}
