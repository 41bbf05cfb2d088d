"""Members: whom an owner lets in by name, and what that opens, before and after."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from albums import sharing, tree
from albums.models import Album, AlbumMember
from images.models import Image
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]


@pytest.fixture
def trip(alice: User) -> Album:
    return tree.plant(owner=alice, name="Trip", privacy_setting="shared")


def members(album: Album, user: User | None = None) -> str:
    return f"/api/albums/{album.uid}/members{f'/{user.uid}' if user else ''}"


def codes(answer: Any) -> list[tuple[str | None, str]]:
    return [(error["attr"], error["code"]) for error in answer.json()["errors"]]


def seen(client: APIClient, *paths: str) -> list[int]:
    return [client.get(path).status_code for path in paths]


# --- What it opens ------------------------------------------------------------------------------------------------


def test_a_member_sees_what_he_did_not_see_before_and_not_after(
    as_alice: APIClient, as_bob: APIClient, as_carol: APIClient, bob: User, trip: Album, upload: Upload
) -> None:
    image = upload(album_id=str(trip.uid), title="beach")
    day = tree.plant(owner=trip.user, name="Day", parent=trip)
    diary = tree.plant(owner=trip.user, name="Diary", parent=trip, privacy_setting="private")
    inside, secret = upload(album_id=str(day.uid)), upload(album_id=str(diary.uid))
    open_to_him = [
        f"/api/albums/{trip.uid}",
        f"/api/albums/{day.uid}",
        f"/api/images/{image.uid}",
        f"/api/images/{image.uid}/thumbnail?size=small",
        f"/api/images/{inside.uid}",
        f"/albums/{trip.uid}",
        f"/images/{image.uid}",
    ]
    closed = [f"/api/albums/{diary.uid}", f"/api/images/{secret.uid}", f"/api/images/{secret.uid}/thumbnail?size=small"]

    assert seen(as_bob, *open_to_him, *closed) == [404] * 10
    assert as_alice.post(members(trip), {"username": "BOB"}).status_code == 201
    assert seen(as_bob, *open_to_him) == [200] * 7
    assert seen(as_bob, *closed) == [404] * 3
    assert seen(as_carol, *open_to_him) == [404] * 7
    assert {card["id"] for card in as_bob.get("/api/images").json()["results"]} == {str(image.uid), str(inside.uid)}
    assert {card["name"] for card in as_bob.get("/api/albums?shared=true").json()["results"]} == {"Trip", "Day"}

    assert as_alice.delete(members(trip, bob)).status_code == 204
    assert seen(as_bob, *open_to_him, *closed) == [404] * 10
    assert as_bob.get("/api/images").json()["count"] == 0


def test_a_cached_thumbnail_is_refused_after_the_end(
    as_alice: APIClient, as_bob: APIClient, bob: User, trip: Album, upload: Upload
) -> None:
    sharing.let_in(bob, into=trip, by=trip.user)
    address = f"/api/images/{upload(album_id=str(trip.uid)).uid}/thumbnail?size=small"
    tag = as_bob.get(address)["ETag"]
    assert as_bob.get(address, headers={"If-None-Match": tag}).status_code == 304
    as_alice.delete(members(trip, bob))
    assert as_bob.get(address, headers={"If-None-Match": tag}).status_code == 404


def test_private_keeps_the_members_without_effect(
    as_alice: APIClient, as_bob: APIClient, bob: User, trip: Album
) -> None:
    sharing.let_in(bob, into=trip, by=trip.user)
    path = f"/api/albums/{trip.uid}"
    for privacy, status in [("private", 404), ("shared", 200), ("public", 200), ("private", 404), ("shared", 200)]:
        assert as_alice.put(path, {"privacy_setting": privacy}).status_code == 200
        assert as_bob.get(path).status_code == status, privacy
        assert as_alice.get(members(trip)).json()["count"] == 1


def test_an_album_with_a_policy_of_its_own_leaves_the_members_of_the_one_around_it(
    as_alice: APIClient, as_bob: APIClient, bob: User, trip: Album
) -> None:
    day = tree.plant(owner=trip.user, name="Day", parent=trip)
    sharing.let_in(bob, into=trip, by=trip.user)
    path = f"/api/albums/{day.uid}"
    assert as_bob.get(path).status_code == 200
    as_alice.put(path, {"privacy_setting": "shared"})
    assert as_bob.get(path).status_code == 404
    as_alice.put(path, {"privacy_setting": "inherit"})
    assert as_bob.get(path).status_code == 200


def test_a_member_changes_nothing(as_bob: APIClient, bob: User, trip: Album) -> None:
    sharing.let_in(bob, into=trip, role="contributor", by=trip.user)
    image = image_row(trip.user, album=trip)
    path = f"/api/albums/{trip.uid}"
    for method, address, body in [
        ("put", path, {"name": "Mine"}),
        ("delete", path, None),
        ("patch", f"{path}/images", {"image_ids": [str(image.uid)]}),
        ("delete", f"{path}/images/{image.uid}", None),
        ("put", f"/api/images/{image.uid}", {"title": "Mine"}),
        ("delete", f"/api/images/{image.uid}", None),
        ("get", members(trip), None),
        ("post", members(trip), {"username": "bob"}),
        ("delete", members(trip, trip.user), None),
        ("get", f"{path}/links", None),
        ("post", f"{path}/links", {}),
    ]:
        assert getattr(as_bob, method)(address, body).status_code == 403, (method, address)
    trip.refresh_from_db()
    assert (trip.name, trip.trashed_at) == ("Trip", None)


# --- The routes ---------------------------------------------------------------------------------------------------


def test_letting_in_twice_changes_the_role(as_alice: APIClient, bob: User, trip: Album) -> None:
    first = as_alice.post(members(trip), {"username": "bob"})
    assert first.status_code == 201
    added_at = first.json()["added_at"]
    assert first.json() == {
        "user": {"id": str(bob.uid), "username": "bob"},
        "role": "viewer",
        "added_at": added_at,
    }
    again = as_alice.post(members(trip), {"username": "bob", "role": "contributor"})
    assert (again.status_code, again.json()) == (200, first.json() | {"role": "contributor"})
    assert as_alice.get(members(trip)).json()["results"] == [again.json()]


def test_the_list_is_paged_by_name(as_alice: APIClient, bob: User, carol: User, mia: User, trip: Album) -> None:
    for person in (mia, bob, carol):
        sharing.let_in(person, into=trip, by=trip.user)
    page = as_alice.get(f"{members(trip)}?page_size=2").json()
    rest = as_alice.get(page["next"]).json()
    assert [member["user"]["username"] for member in page["results"] + rest["results"]] == ["bob", "carol", "mia"]
    assert (page["count"], page["count_is_exact"]) == (3, True)


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        ({"username": "nosuch"}, [("username", "does_not_exist")]),
        ({"username": "carol"}, [("username", "does_not_exist")]),
        ({"username": "bob@example.com"}, [("username", "does_not_exist")]),
        ({"username": "alice"}, [("username", "owner")]),
        ({"username": ""}, [("username", "blank")]),
        ({"username": None}, [("username", "null")]),
        ({"role": "owner"}, [("role", "invalid_choice")]),
        ({"user": "bob"}, [("user", "unknown_field")]),
    ],
)
def test_who_can_not_be_let_in(
    as_alice: APIClient, bob: User, carol: User, trip: Album, spoilt: dict, told: list
) -> None:
    User.objects.filter(pk=carol.pk).update(is_active=False)
    answer = as_alice.post(members(trip), {"username": "bob"} | spoilt)
    assert (answer.status_code, codes(answer)) == (400, told)
    assert not AlbumMember.objects.exists()


def test_suspended_and_unknown_are_not_told_apart(as_alice: APIClient, carol: User, trip: Album) -> None:
    User.objects.filter(pk=carol.pk).update(is_active=False)
    answers = [as_alice.post(members(trip), {"username": name}) for name in ("carol", "nosuch")]
    assert answers[0].content == answers[1].content


def test_an_album_that_is_private_or_follows_says_what_to_do(as_alice: APIClient, bob: User, trip: Album) -> None:
    private = tree.plant(owner=trip.user, name="Private")
    inherits = tree.plant(owner=trip.user, name="Day", parent=trip)
    for album, code in [(private, "private"), (inherits, "inherits")]:
        answer = as_alice.post(members(album), {"username": "bob"})
        assert (answer.status_code, codes(answer)) == (400, [(None, code)])
        assert "privacy_setting" in answer.json()["errors"][0]["detail"]
    assert as_alice.get(members(private)).json()["results"] == []


def test_who_may_ask(as_carol: APIClient, as_nobody: APIClient, as_mia: APIClient, bob: User, trip: Album) -> None:
    public = tree.plant(owner=trip.user, name="Public", privacy_setting="public")
    for album, status in [(trip, 404), (public, 403)]:
        for client in (as_carol, as_mia):
            assert client.get(members(album)).status_code == status
            assert client.post(members(album), {"username": "carol"}).status_code == status
            assert client.delete(members(album, bob)).status_code == status
        for answer in (
            as_nobody.get(members(album)),
            as_nobody.post(members(album), {"username": "bob"}),
            as_nobody.delete(members(album, bob)),
        ):
            assert answer.status_code == 401
            assert answer["WWW-Authenticate"]
    assert not AlbumMember.objects.exists()


def test_a_member_leaves(as_bob: APIClient, as_alice: APIClient, bob: User, carol: User, trip: Album) -> None:
    for person in (bob, carol):
        sharing.let_in(person, into=trip, by=trip.user)
    assert as_bob.delete(members(trip, carol)).status_code == 403
    assert as_bob.delete(members(trip, bob)).status_code == 204
    assert as_bob.get(f"/api/albums/{trip.uid}").status_code == 404
    assert [member.user for member in AlbumMember.objects.all()] == [carol]


def test_who_is_no_member_can_not_be_removed(as_alice: APIClient, as_carol: APIClient, carol: User) -> None:
    public = tree.plant(owner=User.objects.get(username="alice"), name="Public", privacy_setting="public")
    for client in (as_alice, as_carol):
        assert client.delete(members(public, carol)).status_code == 404
    assert as_alice.delete(f"{members(public)}/00000000-0000-4000-8000-000000000000").status_code == 404


def test_in_the_trash_it_grants_nothing_and_comes_back_with_its_members(
    as_alice: APIClient, as_bob: APIClient, bob: User, trip: Album
) -> None:
    sharing.let_in(bob, into=trip, by=trip.user)
    path = f"/api/albums/{trip.uid}"
    as_alice.delete(path)
    assert as_bob.get(path).status_code == 404
    assert as_alice.post(members(trip), {"username": "bob"}).status_code == 404
    as_alice.post(f"{path}/restore")
    assert as_bob.get(path).status_code == 200


def test_a_suspended_owner_shares_nothing(as_bob: APIClient, bob: User, trip: Album) -> None:
    sharing.let_in(bob, into=trip, by=trip.user)
    User.objects.filter(pk=trip.user_id).update(is_active=False)
    assert as_bob.get(f"/api/albums/{trip.uid}").status_code == 404


# --- Places and downloads -----------------------------------------------------------------------------------------


def test_the_album_says_whether_members_see_places(as_bob: APIClient, bob: User, trip: Album) -> None:
    place = {"location_lat": 48.5, "location_lon": 2.25}
    image = image_row(trip.user, album=trip, metadata=place)
    sharing.let_in(bob, into=trip, by=trip.user)

    def told() -> dict[str, Any]:
        metadata = as_bob.get(f"/api/images/{image.uid}").json()["metadata"]
        return {name: metadata[name] for name in place if name in metadata}

    assert told() == {}
    tree.edit(trip, {"show_location": True})
    assert told() == place
    tree.edit(trip, {"show_location": None})
    trip.user.choose({"show_location": True})
    assert told() == place
    tree.edit(trip, {"show_location": False})
    assert told() == {}
