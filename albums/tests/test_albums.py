"""/api/albums: albums, their tree, and what is in them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from albums.models import MAX_DEPTH, Album
from images import placing, trash
from images.models import AlbumImage, Image
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(alice: User) -> Callable[..., Album]:
    def plant(name: str, parent: Album | None = None, **values: Any) -> Album:
        return tree.plant(owner=alice, name=name, parent=parent, **values)

    return plant


def url(album: Album, rest: str = "") -> str:
    return f"/api/albums/{album.uid}{rest}"


def names(client: APIClient, query: str = "") -> list[str]:
    answer = client.get(f"/api/albums{query}")
    assert answer.status_code == 200, answer.json()
    return [album["name"] for album in answer.json()["results"]]


def inside(client: APIClient, album: Album, query: str = "") -> list[str]:
    answer = client.get(url(album, f"/images{query}"))
    assert answer.status_code == 200, answer.json()
    return [image["title"] for image in answer.json()["results"]]


def codes(answer: Any) -> list[tuple[str, str]]:
    return [(error["attr"], error["code"]) for error in answer.json()["errors"]]


# --- 12: the list -------------------------------------------------------------------------------------------------


def test_the_list_shows_what_the_viewer_may_see(
    as_nobody: APIClient, as_alice: APIClient, as_carol: APIClient, plant: Callable[..., Album]
) -> None:
    public = plant("public", privacy_setting="public")
    plant("inherits public", public)
    private_below = plant("private below", public, privacy_setting="private")
    plant("inherits private", private_below)
    plant("public below", private_below, privacy_setting="public")
    plant("top")
    trashed = plant("trashed", privacy_setting="public")
    assert as_alice.delete(url(trashed)).status_code == 204
    everyone = ["inherits public", "public", "public below"]
    assert names(as_nobody) == names(as_carol) == everyone
    assert names(as_alice) == ["inherits private", "inherits public", "private below", "public", "public below", "top"]
    assert names(as_alice, "?in_trash=true") == ["trashed"]
    assert names(as_carol, "?in_trash=true") == names(as_nobody, "?in_trash=true") == []


def test_filters_and_orderings(as_alice: APIClient, alice: User, carol: User, plant: Callable[..., Album]) -> None:
    first = plant("Éclair", privacy_setting="public")
    plant("zoo")
    plant("beach", first)
    tree.plant(owner=carol, name="carol's", privacy_setting="public")
    for query, found in [
        ("?ordering=name", ["beach", "carol's", "Éclair", "zoo"]),
        ("?ordering=-name", ["zoo", "Éclair", "carol's", "beach"]),
        ("?ordering=created_at", ["Éclair", "zoo", "beach", "carol's"]),
        ("?ordering=-created_at", ["carol's", "beach", "zoo", "Éclair"]),
        ("?user=carol", ["carol's"]),
        (f"?user={alice.uid}", ["beach", "Éclair", "zoo"]),
        ("?privacy=public", ["carol's", "Éclair"]),
        ("?privacy=inherit", ["beach"]),
        ("?parent=root", ["carol's", "Éclair", "zoo"]),
        (f"?parent={first.uid}", ["beach"]),
        ("?parent=00000000-0000-4000-8000-000000000000", []),
        ("?shared=true", []),
        ("?search=ECLAIR", ["Éclair"]),
        ("?search=%25", []),
        ("?unknown=1", ["beach", "carol's", "Éclair", "zoo"]),
    ]:
        assert names(as_alice, query) == found, query
    as_alice.put(url(first), {"description": "touched"})
    assert names(as_alice, "?ordering=-updated_at")[0] == "Éclair"


@pytest.mark.parametrize(
    "query", ["parent=top", "privacy=hidden", "ordering=size", "page_size=1000000000", "cursor=x", "search=%00"]
)
def test_what_a_query_can_not_say(as_alice: APIClient, query: str) -> None:
    answer = as_alice.get(f"/api/albums?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == query.split("=")[0]


def test_a_walk_by_next(as_alice: APIClient, plant: Callable[..., Album]) -> None:
    for name in ("same", "same", "a", "same", "z"):
        plant(name)
    seen, following = [], "/api/albums?page_size=2"
    while following:
        page = as_alice.get(following).json()
        seen += page["results"]
        following = page["next"]
    assert [album["name"] for album in seen] == ["a", "same", "same", "same", "z"]
    assert len({album["id"] for album in seen}) == 5


# --- 13: making and reading ---------------------------------------------------------------------------------------


def test_create(as_alice: APIClient, alice: User) -> None:
    answer = as_alice.post("/api/albums", {"name": "Été", "description": "d"})
    assert answer.status_code == 201
    body = answer.json()
    assert answer["Location"] == f"/api/albums/{body['id']}"
    assert body | {"id": 0, "created_at": 0, "updated_at": 0} == {
        "id": 0,
        "user": {"id": str(alice.uid), "username": "alice"},
        "name": "Été",
        "description": "d",
        "parent_id": None,
        "path": [],
        "privacy_setting": "private",
        "effective_privacy": "private",
        "cover_image": None,
        "cover_image_id": None,
        "image_count": 0,
        "total_image_count": 0,
        "children_count": 0,
        "show_location": None,
        "allow_download": None,
        "watermark": None,
        "created_at": 0,
        "updated_at": 0,
        "trashed_at": None,
        "is_hidden": False,
        "hidden_reason": None,
    }
    assert as_alice.get(f"/api/albums/{body['id']}").json() == body


def test_an_album_below_inherits(as_alice: APIClient, plant: Callable[..., Album]) -> None:
    parent = plant("P", privacy_setting="public")
    body = as_alice.post("/api/albums", {"name": "C", "parent_id": str(parent.uid)}).json()
    assert (body["privacy_setting"], body["effective_privacy"]) == ("inherit", "public")
    assert body["parent_id"] == str(parent.uid)
    assert body["path"] == [{"id": str(parent.uid), "name": "P"}]
    assert as_alice.get(url(parent)).json()["children_count"] == 1


@pytest.mark.parametrize(
    ("change", "attr", "code"),
    [
        ({"name": ""}, "name", "blank"),
        ({"name": "   "}, "name", "blank"),
        ({"name": None}, "name", "null"),
        ({"name": "x" * 201}, "name", "max_length"),
        ({"name": ["x"]}, "name", "invalid"),
        ({"privacy_setting": "inherit"}, "privacy_setting", "inherit_at_top"),
        ({"privacy_setting": "secret"}, "privacy_setting", "invalid_choice"),
        ({"parent_id": str(uuid.uuid4())}, "parent_id", "does_not_exist"),
        ({"parent_id": "root"}, "parent_id", "invalid"),
        ({"image_count": 5}, "image_count", "unknown_field"),
        ({"user": "carol"}, "user", "unknown_field"),
        ({"id": str(uuid.uuid4())}, "id", "unknown_field"),
        ({"path": []}, "path", "unknown_field"),
    ],
)
def test_what_can_not_be_made(as_alice: APIClient, change: dict[str, Any], attr: str, code: str) -> None:
    answer = as_alice.post("/api/albums", {"name": "A", **change})
    assert answer.status_code == 400
    assert codes(answer) == [(attr, code)]
    assert not Album.objects.exists()


def test_somebody_elses_album_is_no_parent(as_alice: APIClient, carol: User) -> None:
    parent = tree.plant(owner=carol, name="C", privacy_setting="public")
    answer = as_alice.post("/api/albums", {"name": "A", "parent_id": str(parent.uid)})
    assert codes(answer) == [("parent_id", "does_not_exist")]


def test_ten_levels_and_no_more(as_alice: APIClient, plant: Callable[..., Album]) -> None:
    parent = None
    for level in range(1, MAX_DEPTH + 1):
        parent = plant(f"level {level}", parent)
        assert parent.depth == level
    answer = as_alice.post("/api/albums", {"name": "deeper", "parent_id": str(parent.uid)})
    assert codes(answer) == [("parent_id", "too_deep")]
    branch = plant("branch")
    plant("twig", branch)
    ninth = parent.parent
    assert codes(as_alice.put(url(branch), {"parent_id": str(ninth.uid)})) == [("parent_id", "too_deep")]
    assert as_alice.put(url(branch), {"parent_id": str(ninth.parent.uid)}).status_code == 200


def test_what_is_not_seen_is_not_there(
    as_carol: APIClient, as_nobody: APIClient, as_alice: APIClient, plant: Callable[..., Album]
) -> None:
    private, trashed = plant("private"), plant("trashed", privacy_setting="public")
    as_alice.delete(url(trashed))
    for client in (as_nobody, as_carol):
        for rest in ("", "/images"):
            found = [client.get(f"/api/albums/{uid}{rest}") for uid in (private.uid, trashed.uid, uuid.uuid4())]
            assert {answer.status_code for answer in found} == {404}
            assert len({answer.content for answer in found}) == 1


def test_path_and_parent_are_those_of_the_viewer(
    as_nobody: APIClient, as_alice: APIClient, plant: Callable[..., Album]
) -> None:
    top = plant("top", privacy_setting="public")
    hidden = plant("hidden", top, privacy_setting="private")
    leaf = plant("leaf", hidden, privacy_setting="public")
    own = as_alice.get(url(leaf)).json()
    assert [step["name"] for step in own["path"]] == ["top", "hidden"]
    assert own["parent_id"] == str(hidden.uid)
    others = as_nobody.get(url(leaf)).json()
    assert [step["name"] for step in others["path"]] == ["top"]
    assert others["parent_id"] is None
    assert as_nobody.get(url(top)).json()["children_count"] == 0
    assert "hidden" not in as_nobody.get(url(leaf)).content.decode()


def test_counts_are_those_of_the_viewer(
    as_nobody: APIClient, as_alice: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    """An image in two albums counts once in the total, and what is below a hidden album counts where it is seen."""
    top = plant("top", privacy_setting="public")
    child = plant("child", top)
    hidden = plant("hidden", top, privacy_setting="private")
    leaf = plant("leaf", hidden, privacy_setting="public")
    twice = image_row(alice, album=top)
    placing.add([twice.pk], to=child, by=alice)
    image_row(alice, album=child)
    image_row(alice, album=top, privacy_setting="private")
    image_row(alice, album=hidden)
    image_row(alice, album=leaf)
    trash.trash([image_row(alice, album=top).pk])

    def counts(client: APIClient, album: Album) -> tuple[int, int, int]:
        body = client.get(url(album)).json()
        return body["image_count"], body["total_image_count"], body["children_count"]

    assert counts(as_alice, top) == (2, 5, 2)
    assert counts(as_nobody, top) == (1, 3, 1)
    assert counts(as_alice, child) == counts(as_nobody, child) == (2, 2, 0)
    assert counts(as_nobody, leaf) == (1, 1, 0)


def test_covers_are_those_of_the_viewer(
    as_nobody: APIClient, as_alice: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    top = plant("top", privacy_setting="public")
    second_child, first_child = plant("b", top), plant("a", top)

    def cover(client: APIClient) -> str | None:
        body = client.get(url(top)).json()
        assert (body["cover_image"] or {}).get("id") == body["cover_image_id"]
        return body["cover_image_id"]

    assert cover(as_nobody) is None
    below_second = image_row(alice, album=second_child)
    assert cover(as_nobody) == str(below_second.uid)
    below_first = image_row(alice, album=first_child)
    assert cover(as_nobody) == str(below_first.uid)
    private = image_row(alice, album=top, privacy_setting="private")
    shown = image_row(alice, album=top)
    last = image_row(alice, album=top)
    assert (cover(as_alice), cover(as_nobody)) == (str(private.uid), str(shown.uid))
    assert as_alice.put(url(top), {"cover_image_id": str(last.uid)}).json()["cover_image_id"] == str(last.uid)
    assert cover(as_nobody) == str(last.uid)
    assert as_alice.put(url(top), {"cover_image_id": str(private.uid)}).status_code == 200
    assert (cover(as_alice), cover(as_nobody)) == (str(private.uid), str(shown.uid))
    trash.trash([private.pk])
    assert cover(as_alice) == str(shown.uid)
    assert as_alice.put(url(top), {"cover_image_id": None}).json()["cover_image_id"] == str(shown.uid)
    elsewhere = image_row(alice)
    for uid in (elsewhere.uid, below_first.uid, uuid.uuid4()):
        assert as_alice.put(url(top), {"cover_image_id": str(uid)}).status_code == 400


# --- 14: changing and moving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_what_is_sent_changes(as_alice: APIClient, plant: Callable[..., Album], method: str) -> None:
    album = plant("old", description="kept", show_location=True)
    body = getattr(as_alice, method)(url(album), {"name": "new"}).json()
    assert (body["name"], body["description"], body["show_location"]) == ("new", "kept", True)
    body = as_alice.put(url(album), {"show_location": None, "allow_download": False}).json()
    assert (body["name"], body["show_location"], body["allow_download"]) == ("new", None, False)


def test_privacy_reaches_what_inherits(as_nobody: APIClient, as_alice: APIClient, plant: Callable[..., Album]) -> None:
    top = plant("top")
    plant("leaf", plant("middle", top))
    plant("own way", top, privacy_setting="private")
    assert names(as_nobody) == []
    as_alice.put(url(top), {"privacy_setting": "public"})
    assert names(as_nobody) == ["leaf", "middle", "top"]
    as_alice.put(url(top), {"privacy_setting": "private"})
    assert names(as_nobody) == []


def test_a_change_of_privacy_lists_and_unlists_images(
    as_nobody: APIClient, as_alice: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    top = plant("top")
    image = image_row(alice, album=plant("leaf", top))
    for privacy, status in [("public", 200), ("private", 404), ("public", 200)]:
        as_alice.put(url(top), {"privacy_setting": privacy})
        assert as_nobody.get(f"/api/images/{image.uid}").status_code == status


def test_moving_takes_the_subtree_and_its_policy(
    as_nobody: APIClient, as_alice: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    open_top, closed_top = plant("open", privacy_setting="public"), plant("closed")
    branch = plant("branch", closed_top)
    leaf = plant("leaf", branch)
    image = image_row(alice, album=leaf)
    assert as_nobody.get(f"/api/images/{image.uid}").status_code == 404
    body = as_alice.put(url(branch), {"parent_id": str(open_top.uid)}).json()
    assert (body["parent_id"], body["effective_privacy"]) == (str(open_top.uid), "public")
    assert [step["name"] for step in as_nobody.get(url(leaf)).json()["path"]] == ["open", "branch"]
    assert as_nobody.get(f"/api/images/{image.uid}").status_code == 200
    body = as_alice.put(url(branch), {"parent_id": None}).json()
    assert (body["parent_id"], body["privacy_setting"]) == (None, "private")  # nothing left to inherit from
    assert as_nobody.get(url(leaf)).status_code == 404
    assert as_nobody.get(f"/api/images/{image.uid}").status_code == 404
    leaf.refresh_from_db()
    assert leaf.depth == 2


def test_no_circle(as_alice: APIClient, plant: Callable[..., Album]) -> None:
    top = plant("top")
    leaf = plant("leaf", plant("middle", top))
    for target in (top, leaf):
        assert codes(as_alice.put(url(top), {"parent_id": str(target.uid)})) == [("parent_id", "cycle")]
    top.refresh_from_db()
    assert top.parent is None


def test_two_moves_that_would_make_a_circle_together(plant: Callable[..., Album]) -> None:
    """Each was read before the other was moved."""
    first, second = plant("first"), plant("second")
    stale_first, stale_second = Album.objects.get(pk=first.pk), Album.objects.get(pk=second.pk)
    tree.edit(first, {"parent": stale_second})
    with pytest.raises(tree.TreeError) as refusal:
        tree.edit(stale_second, {"parent": stale_first})
    assert refusal.value.code == "cycle"


@pytest.mark.parametrize(
    ("change", "attr"),
    [
        ({"privacy_setting": "inherit"}, "privacy_setting"),
        ({"name": ""}, "name"),
        ({"parent_id": str(uuid.uuid4())}, "parent_id"),
        ({"image_count": 3}, "image_count"),
        ({"trashed_at": None}, "trashed_at"),
        ({"show_location": "perhaps"}, "show_location"),
    ],
)
def test_what_can_not_be_changed(
    as_alice: APIClient, plant: Callable[..., Album], change: dict[str, Any], attr: str
) -> None:
    album = plant("old")
    answer = as_alice.put(url(album), {"description": "new", **change})
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    album.refresh_from_db()
    assert (album.name, album.description) == ("old", "")


# --- Who may ------------------------------------------------------------------------------------------------------

CHANGES = [
    ("put", "", {"name": "x"}),
    ("patch", "", {"name": "x"}),
    ("delete", "", None),
    ("post", "/images", {"image_ids": [str(uuid.uuid4())]}),
    ("patch", "/images", {"image_ids": [str(uuid.uuid4())]}),
    ("delete", "/images/00000000-0000-4000-8000-000000000000", None),
]


@pytest.mark.parametrize(("method", "rest", "body"), CHANGES)
def test_who_may_change(
    as_nobody: APIClient, as_carol: APIClient, plant: Callable[..., Album], method: str, rest: str, body: Any
) -> None:
    public, private = plant("public", privacy_setting="public"), plant("private")

    def status(client: APIClient, uid: uuid.UUID) -> int:
        return getattr(client, method)(f"/api/albums/{uid}{rest}", body).status_code

    assert [status(as_nobody, uid) for uid in (public.uid, private.uid, uuid.uuid4())] == [401, 401, 401]
    assert [status(as_carol, uid) for uid in (public.uid, private.uid, uuid.uuid4())] == [403, 404, 404]
    public.refresh_from_db()
    assert (public.name, public.trashed_at) == ("public", None)


def test_nobody_makes_no_album(as_nobody: APIClient) -> None:
    answer = as_nobody.post("/api/albums", {"name": "A"})
    assert answer.status_code == 401
    assert "Bearer" in answer["WWW-Authenticate"]


def test_only_the_owner_restores(
    as_nobody: APIClient, as_carol: APIClient, as_alice: APIClient, plant: Callable[..., Album]
) -> None:
    album = plant("A", privacy_setting="public")
    as_alice.delete(url(album))
    assert as_nobody.post(url(album, "/restore")).status_code == 401
    assert as_carol.post(url(album, "/restore")).status_code == 404
    assert as_alice.post(url(album, "/restore")).status_code == 200
    assert as_alice.post(url(album, "/restore")).status_code == 404  # it is in no trash


# --- 15: deleting -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "trashed"),
    [("", set()), ("?images=keep", set()), ("?images=orphans", {"only here"}), ("?images=all", {"only here", "also"})],
)
def test_delete_and_restore(
    as_alice: APIClient, as_nobody: APIClient, alice: User, plant: Callable[..., Album], mode: str, trashed: set[str]
) -> None:
    top = plant("top", privacy_setting="public")
    leaf, other = plant("leaf", top), plant("other", privacy_setting="public")
    image_row(alice, album=leaf, title="only here")
    also = image_row(alice, album=leaf, title="also")
    placing.add([also.pk], to=other, by=alice)
    answer = as_alice.delete(url(top) + mode)
    assert (answer.status_code, answer.content) == (204, b"")
    assert names(as_alice) == names(as_nobody) == ["other"]
    assert as_nobody.get(url(leaf)).status_code == 404
    gone = {image["title"] for image in as_alice.get("/api/images?in_trash=true").json()["results"]}
    assert gone == trashed
    seen = {image["title"] for image in as_nobody.get("/api/images").json()["results"]}
    assert seen == {"also"} - trashed
    assert as_alice.post(url(top, "/restore")).status_code == 200
    assert names(as_nobody) == ["leaf", "other", "top"]
    assert inside(as_nobody, leaf) == ["only here", "also"]
    assert as_alice.get("/api/images?in_trash=true").json()["count"] == 0


def test_the_preference_is_the_default(as_alice: APIClient, alice: User, plant: Callable[..., Album]) -> None:
    alice.choose({"album_delete_mode": "all"})
    album = plant("A")
    image_row(alice, album=album)
    as_alice.delete(url(album))
    assert as_alice.get("/api/images").json()["count"] == 0


def test_an_unknown_mode(as_alice: APIClient, plant: Callable[..., Album]) -> None:
    album = plant("A")
    assert as_alice.delete(url(album) + "?images=some").status_code == 400
    assert as_alice.get(url(album)).status_code == 200


def test_what_was_in_the_trash_before_stays_there(
    as_alice: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    top = plant("top")
    before = plant("before", top)
    image = image_row(alice, album=top)
    as_alice.delete(url(before))
    as_alice.delete(f"/api/images/{image.uid}")
    as_alice.delete(url(top) + "?images=all")
    as_alice.post(url(top, "/restore"))
    assert names(as_alice) == ["top"]
    assert names(as_alice, "?in_trash=true") == ["before"]
    assert as_alice.get("/api/images?in_trash=true").json()["count"] == 1


def test_restoring_one_that_was_taken_along_undoes_the_whole_step(
    as_alice: APIClient, plant: Callable[..., Album]
) -> None:
    top = plant("top")
    leaf = plant("leaf", plant("middle", top))
    as_alice.delete(url(top))
    body = as_alice.post(url(leaf, "/restore")).json()
    assert [step["name"] for step in body["path"]] == ["top", "middle"]
    assert names(as_alice) == ["leaf", "middle", "top"]


def test_restored_below_a_trashed_parent_it_comes_to_the_top(
    as_alice: APIClient, as_nobody: APIClient, plant: Callable[..., Album]
) -> None:
    top = plant("top", privacy_setting="public")
    child = plant("child", top)
    leaf = plant("leaf", child)
    as_alice.delete(url(child))
    as_alice.delete(url(top))
    body = as_alice.post(url(leaf, "/restore")).json()
    assert [step["name"] for step in body["path"]] == ["child"]
    child.refresh_from_db()
    assert (child.parent, child.privacy_setting) == (None, "private")
    assert names(as_nobody) == []
    assert names(as_alice, "?in_trash=true") == ["top"]


# --- 16: images into albums, and their order ----------------------------------------------------------------------


def uids(*images: Image) -> list[str]:
    return [str(image.uid) for image in images]


def test_add_in_order_and_at_a_position(as_alice: APIClient, alice: User, plant: Callable[..., Album]) -> None:
    album = plant("A")
    a, b, c, d, e = (image_row(alice, title=title) for title in "abcde")
    body = as_alice.post(url(album, "/images"), {"image_ids": uids(b, a)}).json()
    assert body["image_count"] == 2
    as_alice.post(url(album, "/images"), {"image_ids": uids(c)})
    assert inside(as_alice, album) == ["b", "a", "c"]
    as_alice.post(url(album, "/images"), {"image_ids": uids(e, d), "position": 1})
    assert inside(as_alice, album) == ["b", "e", "d", "a", "c"]


def test_adding_twice_is_no_error_and_no_double(as_alice: APIClient, alice: User, plant: Callable[..., Album]) -> None:
    album = plant("A")
    a, b = image_row(alice, title="a"), image_row(alice, title="b")
    as_alice.post(url(album, "/images"), {"image_ids": uids(a, b)})
    answer = as_alice.post(url(album, "/images"), {"image_ids": uids(b, a, a), "position": 0})
    assert answer.status_code == 200
    assert answer.json()["image_count"] == 2
    assert inside(as_alice, album) == ["a", "b"]


def test_add_is_all_or_nothing(as_alice: APIClient, alice: User, carol: User, plant: Callable[..., Album]) -> None:
    album = plant("A")
    own, trashed = image_row(alice), image_row(alice)
    trash.trash([trashed.pk])
    public, unseen = image_row(carol, privacy_setting="public"), image_row(carol)
    nothing = Image(uid=uuid.uuid4())
    for images, status, errors in [
        ([own, public, unseen, trashed, nothing], 404, [("image_ids.2", "not_found"), ("image_ids.4", "not_found")]),
        ([own, public, trashed], 403, [("image_ids.1", "permission_denied")]),
        ([own, trashed, trashed], 400, [("image_ids.1", "in_trash")]),
    ]:
        answer = as_alice.post(url(album, "/images"), {"image_ids": uids(*images)})
        assert (answer.status_code, codes(answer)) == (status, errors)
    assert inside(as_alice, album) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"image_ids": []},
        {"image_ids": ["x"]},
        {"image_ids": str(uuid.uuid4())},
        {"image_ids": [str(uuid.uuid4())] * 1_001},
        {"image_ids": [str(uuid.uuid4())], "position": -1},
        {"image_ids": [str(uuid.uuid4())], "unknown": 1},
    ],
)
def test_what_can_not_be_added(as_alice: APIClient, plant: Callable[..., Album], body: dict[str, Any]) -> None:
    assert as_alice.post(url(plant("A"), "/images"), body).status_code == 400


def test_reorder_keeps_the_rest(as_alice: APIClient, alice: User, plant: Callable[..., Album]) -> None:
    album = plant("A")
    a, b, c, d, e = (image_row(alice, title=title, album=album) for title in "abcde")
    assert as_alice.patch(url(album, "/images"), {"image_ids": uids(d, b)}).status_code == 200
    assert inside(as_alice, album) == ["a", "d", "c", "b", "e"]
    as_alice.patch(url(album, "/images"), {"image_ids": uids(e, d, c, b, a)})
    assert inside(as_alice, album) == ["e", "d", "c", "b", "a"]
    elsewhere = image_row(alice)
    answer = as_alice.patch(url(album, "/images"), {"image_ids": uids(a, elsewhere)})
    assert codes(answer) == [("image_ids.1", "does_not_exist")]
    assert inside(as_alice, album) == ["e", "d", "c", "b", "a"]


def test_the_images_of_an_album(
    as_alice: APIClient, as_nobody: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    album = plant("A", privacy_setting="public")
    for title, privacy in [("b", "inherit"), ("c", "private"), ("a", "inherit"), ("d", "public")]:
        image_row(alice, title=title, album=album, privacy_setting=privacy)
    assert inside(as_alice, album) == ["b", "c", "a", "d"]
    assert inside(as_nobody, album) == ["b", "a", "d"]
    assert inside(as_nobody, album, "?ordering=-name") == ["d", "b", "a"]
    assert inside(as_nobody, album, "?ordering=-uploaded_at") == ["d", "a", "b"]
    assert as_nobody.get(url(album, "/images")).json()["count"] == 3
    walked, following = [], url(album, "/images?page_size=1")
    while following:
        page = as_nobody.get(following).json()
        walked += [image["title"] for image in page["results"]]
        following = page["next"]
    assert walked == ["b", "a", "d"]


# --- 17: out of albums --------------------------------------------------------------------------------------------


def test_remove(as_alice: APIClient, alice: User, plant: Callable[..., Album]) -> None:
    album = plant("A")
    image = image_row(alice, album=album)
    answer = as_alice.delete(url(album, f"/images/{image.uid}"))
    assert (answer.status_code, answer.json()) == (200, {"removed": True, "deleted": False})
    assert as_alice.get(f"/api/images/{image.uid}").json()["albums"] == []
    assert as_alice.get(url(album)).json()["image_count"] == 0
    assert as_alice.delete(url(album, f"/images/{image.uid}")).status_code == 404


def test_remove_and_delete(as_alice: APIClient, alice: User, plant: Callable[..., Album]) -> None:
    album = plant("A")
    image = image_row(alice, album=album)
    answer = as_alice.delete(url(album, f"/images/{image.uid}?delete_image=true"))
    assert answer.json() == {"removed": True, "deleted": True}
    image.refresh_from_db()
    assert image.trashed_at
    as_alice.post(f"/api/images/{image.uid}/restore")
    assert not AlbumImage.objects.exists()


def test_taking_an_image_out_of_a_public_album_hides_it(
    as_alice: APIClient, as_nobody: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    album = plant("A", privacy_setting="public")
    image = image_row(alice, album=album)
    assert as_nobody.get(f"/api/images/{image.uid}").status_code == 200
    as_alice.delete(url(album, f"/images/{image.uid}"))
    assert as_nobody.get(f"/api/images/{image.uid}").status_code == 404
