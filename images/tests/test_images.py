"""/api/images: the list, one image, its changes, the trash."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from pytest_django import DjangoCaptureOnCommitCallbacks
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from conftest import signed_in
from images import store, trash
from images.models import FileRemoval, Image, Visit
from images.tests.rows import image_row
from tests.pictures import jpeg_with_place

pytestmark = pytest.mark.django_db


def titles(client: APIClient, query: str = "") -> list[str]:
    """Titles of what the list answers, in its order."""
    answer = client.get(f"/api/images{query}")
    assert answer.status_code == 200, answer.json()
    return [image["title"] for image in answer.json()["results"]]


def pages(client: APIClient, address: str) -> Iterator[dict[str, Any]]:
    """Every page from this one on, by `next`."""
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.json()
        yield answer.json()
        following = answer.json()["next"]


# --- 6: who sees what in the list ------------------------------------------------------------------------------


def test_the_list_shows_what_the_viewer_may_see(
    as_nobody: APIClient, as_alice: APIClient, as_carol: APIClient, alice: User, carol: User
) -> None:
    public_album = tree.plant(owner=alice, name="Public", privacy_setting="public")
    private_album = tree.plant(owner=alice, name="Private")
    image_row(alice, title="public", privacy_setting="public")
    image_row(alice, title="private", privacy_setting="private", album=public_album)
    image_row(alice, title="inherits nothing")
    image_row(alice, title="inherits public", album=public_album)
    image_row(alice, title="inherits private", album=private_album)
    trash.trash([image_row(alice, title="trashed", privacy_setting="public", album=public_album).pk])
    image_row(carol, title="carol's own")
    everyone = ["inherits public", "public"]
    assert titles(as_nobody) == everyone
    assert titles(as_carol) == ["carol's own", *everyone]
    assert titles(as_alice) == ["inherits private", "inherits public", "inherits nothing", "private", "public"]
    assert titles(as_alice, "?in_trash=true") == ["trashed"]
    assert titles(as_carol, "?in_trash=true") == []
    assert titles(as_nobody, "?in_trash=true") == []


def test_counts_are_the_viewers(as_nobody: APIClient, as_alice: APIClient, alice: User) -> None:
    image_row(alice, privacy_setting="public")
    image_row(alice)
    assert as_nobody.get("/api/images").json()["count"] == 1
    body = as_alice.get("/api/images").json()
    assert (body["count"], body["count_is_exact"]) == (2, True)


# --- 6: filters ---------------------------------------------------------------------------------------------------


@pytest.fixture
def library(alice: User, carol: User) -> None:
    """Three of alice's, one of carol's, that differ in all that a filter asks for."""
    album = tree.plant(owner=alice, name="Trip", privacy_setting="public")
    year = timezone.now().replace(year=2022, month=3, day=1, hour=12)
    image_row(
        alice,
        title="beach",
        album=album,
        tags=["Sea", "Summer"],
        uploaded_at=year,
        metadata={"date_taken": "2021-05-03T10:00:00+02:00", "camera_make": "Canon", "camera_model": "EOS R5"},
    )
    image_row(
        alice,
        title="alps",
        tags=["summer"],
        mime_type="image/png",
        privacy_setting="private",
        metadata={"date_taken": "2021-06-01T00:00:00", "location_lat": 46.5, "location_lon": 8.0},
    )
    image_row(alice, title="cellar", metadata={"camera_make": "NIKON"})
    image_row(
        carol,
        title="carol",
        tags=["sea"],
        privacy_setting="public",
        metadata={"location_lat": 1.0, "location_lon": 1.0},
    )


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("user=alice", ["beach", "alps", "cellar"]),
        ("user=CAROL", ["carol"]),
        ("user=nobody-at-all", []),
        ("tag=SEA", ["beach", "carol"]),
        ("tag=sea&tag=summer", ["beach"]),
        ("any_tag=sea&any_tag=summer", ["beach", "alps", "carol"]),
        ("tag=winter", []),
        ("taken_after=2021-05&taken_before=2021-06", ["beach"]),
        ("taken_after=2021-05-03T08:00:00Z&taken_before=2021-05-04", ["beach"]),
        ("taken_after=2021-05-03T08:00:01Z&taken_before=2021-05-04", []),
        ("taken_before=2021-05-03T08:00:00Z", []),
        ("taken_after=2021-06-01&taken_before=2021-06-02", ["alps"]),
        ("taken_after=2021-05-03T10:00:00%2B02:00&taken_before=2021-05-04", ["beach"]),
        ("uploaded_before=2022-04", ["beach"]),
        ("uploaded_after=2022-04", ["alps", "cellar", "carol"]),
        ("camera=canon", ["beach"]),
        ("camera=r5", ["beach"]),
        ("camera=nik", ["cellar"]),
        ("mime_type=image/png", ["alps"]),
        ("privacy=private", ["alps"]),
        ("privacy=public", ["carol"]),
        ("has_location=true", ["alps"]),  # carol's place is not alice's to know
        ("has_location=false", ["beach", "cellar"]),
        ("mine=true", ["beach", "alps", "cellar"]),
        ("mine=false", ["beach", "alps", "cellar", "carol"]),
        ("shared=true", []),
        ("mine=true&tag=summer&mime_type=image/png", ["alps"]),
        ("unknown=parameter", ["beach", "alps", "cellar", "carol"]),
        ("user=alice%27%20OR%201=1", []),
    ],
)
def test_filters(as_alice: APIClient, query: str, found: list[str]) -> None:
    assert titles(as_alice, f"?ordering=uploaded_at&{query}") == found


@pytest.mark.usefixtures("library")
def test_filter_by_album_and_by_user_id(as_nobody: APIClient, as_alice: APIClient, alice: User) -> None:
    album = alice.albums.get()
    assert titles(as_nobody, f"?album={album.uid}") == ["beach"]
    assert titles(as_alice, f"?user={alice.uid}&mime_type=image/png") == ["alps"]
    tree.edit(album, {"privacy_setting": "private"})
    assert titles(as_nobody, f"?album={album.uid}") == []
    assert titles(as_nobody, f"?album={uuid.uuid4()}") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("taken_after=yesterday", "taken_after"),
        ("taken_before=2021-13", "taken_before"),
        ("uploaded_after=2021-02-30", "uploaded_after"),
        ("uploaded_before=0000-00", "uploaded_before"),
        ("album=1", "album"),
        ("privacy=shared", "privacy"),
        ("ordering=user", "ordering"),
        ("ordering=-", "ordering"),
        ("has_location=maybe", "has_location"),
        ("page_size=1000000000", "page_size"),
        ("page_size=0", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=ten", "page_size"),
        ("page=0", "page"),
        ("page=%D9%A1", "page"),
        ("page=50002&page_size=1", "page"),
        ("cursor=", "cursor"),
        ("cursor=!!!", "cursor"),
        ("user=%00", "user"),
        ("camera=%00", "camera"),
        ("tag=%00", "tag.0"),
    ],
)
def test_what_a_query_can_not_say(as_nobody: APIClient, query: str, field: str) -> None:
    answer = as_nobody.get(f"/api/images?{query}")
    assert answer.status_code == 400
    body = answer.json()
    assert body["type"] == "validation_error"
    assert [error["attr"] for error in body["errors"]] == [field]


def test_a_page_too_deep_points_to_the_cursor(as_nobody: APIClient) -> None:
    error = as_nobody.get("/api/images?page=252&page_size=200").json()["errors"][0]
    assert error["code"] == "page_too_deep"
    assert "cursor" in error["detail"]


def test_a_page_beyond_the_end(as_nobody: APIClient, alice: User) -> None:
    image_row(alice, privacy_setting="public")
    assert as_nobody.get("/api/images?page=2").status_code == 404


# --- 6: ordering and paging ---------------------------------------------------------------------------------------


ORDERED = {
    "uploaded_at": ["delta", "Alpha", "charlie", "Bravo"],
    "date_taken": ["charlie", "Alpha", "Bravo", "delta"],
    "name": ["Alpha", "Bravo", "charlie", "delta"],
    "file_size": ["Bravo", "delta", "Alpha", "charlie"],
    "view_count": ["delta", "charlie", "Bravo", "Alpha"],
}


@pytest.mark.parametrize("ordering", ORDERED)
@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("size", [1, 3])
def test_every_ordering_in_both_directions_page_by_page(
    as_nobody: APIClient, alice: User, ordering: str, sign: str, size: int
) -> None:
    for title, taken, file_size, views in [
        ("delta", "2021-01-04", 2, 0),
        ("Alpha", "2021-01-02", 3, 9),
        ("charlie", "2021-01-01", 4, 1),
        ("Bravo", "2021-01-03", 1, 5),
    ]:
        facts = {"date_taken": f"{taken}T00:00:00"}
        image_row(alice, title=title, privacy_setting="public", file_size=file_size, view_count=views, metadata=facts)
    walked = list(pages(as_nobody, f"/api/images?ordering={sign}{ordering}&page_size={size}"))
    expected = ORDERED[ordering][:: -1 if sign else 1]
    assert [image["title"] for page in walked for image in page["results"]] == expected
    back, previous = [], walked[-1]["previous"]
    while previous:
        page = as_nobody.get(previous).json()
        back = [image["title"] for image in page["results"]] + back
        previous = page["previous"]
    assert back == expected[: len(back)]
    assert len(back) == len(expected) - len(walked[-1]["results"])


def test_equal_keys_are_neither_skipped_nor_repeated(as_nobody: APIClient, alice: User) -> None:
    made = [str(image_row(alice, privacy_setting="public", title="same").uid) for _ in range(7)]
    for ordering in ("name", "-name", "file_size", "-view_count"):
        seen = [
            image["id"]
            for page in pages(as_nobody, f"/api/images?ordering={ordering}&page_size=2")
            for image in page["results"]
        ]
        assert sorted(seen) == sorted(made)


def test_a_walk_while_others_upload_and_delete(as_nobody: APIClient, alice: User) -> None:
    images = [image_row(alice, privacy_setting="public") for _ in range(10)]
    seen: list[str] = []
    for number, page in enumerate(pages(as_nobody, "/api/images?page_size=3")):
        seen += [image["id"] for image in page["results"]]
        image_row(alice, privacy_setting="public")
        if number == 0:
            trash.trash([images[9].pk])  # already seen: what follows must not move up
    assert seen == [str(image.uid) for image in reversed(images)]


def test_pages_by_number(as_nobody: APIClient, alice: User) -> None:
    for n in range(5):
        image_row(alice, privacy_setting="public", title=str(n))
    first = as_nobody.get("/api/images?page=1&page_size=2").json()
    second = as_nobody.get("/api/images?page=2&page_size=2").json()
    assert [image["title"] for image in second["results"]] == ["2", "1"]
    assert first["previous"] is None
    assert "page=1" in second["previous"]
    assert "cursor=" in second["next"]
    assert "page_size=2" in second["next"]
    assert as_nobody.get("/api/images?page=3&page_size=2").json()["next"] is None


def test_links_keep_the_filters(as_nobody: APIClient, alice: User) -> None:
    for _ in range(3):
        image_row(alice, privacy_setting="public", tags=["a b", "c"])
    image_row(alice, privacy_setting="public")
    walked = list(pages(as_nobody, "/api/images?tag=a%20b&tag=c&page_size=1"))
    assert [len(page["results"]) for page in walked] == [1, 1, 1]
    assert {page["count"] for page in walked} == {3}


def _cursor(*parts: Any) -> str:
    return quote(base64.urlsafe_b64encode(json.dumps(parts).encode()).decode())


@pytest.mark.parametrize(
    ("ordering", "cursor"),
    [
        ("date_taken", _cursor("-uploaded_at", 1, 1, 0)),  # of another list
        ("date_taken", _cursor("date_taken", 5, 1, 0)),
        ("date_taken", _cursor("date_taken", "soon", 1, 0)),
        ("file_size", _cursor("file_size", "many", 1, 0)),
        ("file_size", _cursor("file_size", 2**70, 1, 0)),
        ("file_size", _cursor("file_size", 1, 2**70, 0)),
        ("file_size", _cursor("file_size", 1, "1", 0)),
        ("name", _cursor("name", "a\0", 1, 0)),
        ("name", _cursor("name", "\ud800", 1, 0)),
        ("name", _cursor("name", None, 1, 0)),
        ("name", _cursor("name", "a", 1)),
        ("name", quote(base64.urlsafe_b64encode(b"[" * 10_000).decode())),
        ("name", "é"),
    ],
)
def test_a_broken_cursor(as_nobody: APIClient, ordering: str, cursor: str) -> None:
    answer = as_nobody.get(f"/api/images?ordering={ordering}&cursor={cursor}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "cursor"


# --- 7: one image -------------------------------------------------------------------------------------------------


def test_detail(as_nobody: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(privacy_setting="public", title="T", tags='["x"]')
    detail = as_nobody.get(f"/api/images/{image.uid}").json()
    assert detail["id"] == str(image.uid)
    assert detail["user"] == {"id": str(image.user.uid), "username": "alice"}
    assert (detail["title"], detail["tags"], detail["mime_type"]) == ("T", ["x"], "image/jpeg")
    assert (detail["image_width"], detail["image_height"]) == (64, 48)
    assert detail["thumbnails"]["small"].keys() == {"url", "width", "height"}
    assert detail["placeholder"].startswith("data:")
    assert len(detail["placeholder"]) <= 200
    assert detail["uploaded_at"].endswith("Z")
    assert parse_datetime(detail["uploaded_at"]) == image.uploaded_at
    assert "private" in as_nobody.get(f"/api/images/{image.uid}")["Cache-Control"]


def test_what_is_not_seen_is_not_there(as_nobody: APIClient, as_carol: APIClient, alice: User) -> None:
    hidden = image_row(alice)
    trashed = image_row(alice, privacy_setting="public")
    trash.trash([trashed.pk])
    for client in (as_nobody, as_carol):
        bodies = []
        for uid in (hidden.uid, trashed.uid, uuid.uuid4()):
            answer = client.get(f"/api/images/{uid}")
            assert answer.status_code == 404
            bodies.append(answer.content)
        assert len(set(bodies)) == 1


def test_the_owner_sees_his_own_in_the_trash(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice)
    trash.trash([image.pk])
    assert as_alice.get(f"/api/images/{image.uid}").json()["trashed_at"].endswith("Z")


def test_a_view_counts_once_per_viewer_and_half_hour(
    as_nobody: APIClient, as_carol: APIClient, as_alice: APIClient, alice: User
) -> None:
    image = image_row(alice, privacy_setting="public")
    address = f"/api/images/{image.uid}"

    def views() -> int:
        image.refresh_from_db()
        return image.view_count

    as_alice.get(address)
    assert views() == 0
    assert as_carol.get(address).json()["view_count"] == 1
    as_carol.get(address)
    assert views() == 1
    as_nobody.get(address)
    as_nobody.get(address)
    assert views() == 2
    as_nobody.get(address, REMOTE_ADDR="10.1.2.3")
    assert views() == 3
    as_nobody.head(address, REMOTE_ADDR="10.1.2.4")
    assert views() == 3
    as_nobody.get(address, REMOTE_ADDR="10.1.2.5", headers={"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"})
    assert views() == 3
    Visit.objects.update(at=timezone.now() - timedelta(minutes=31))
    as_carol.get(address)
    assert views() == 4
    assert Visit.objects.filter(kind="view").count() == 4


def test_statistics(as_alice: APIClient, as_carol: APIClient, alice: User) -> None:
    image = image_row(alice, privacy_setting="public")
    others = as_carol.get(f"/api/images/{image.uid}").json()["statistics"]
    assert others["view_count"] == 1
    assert "recent_access" not in others
    own = as_alice.get(f"/api/images/{image.uid}").json()["statistics"]
    assert own["last_viewed_at"].endswith("Z")
    [access] = own["recent_access"]
    assert (access["who"], access["what"]) == ("carol", "view")
    assert "127.0.0.1" not in json.dumps(own)


def test_an_unchanged_image_is_a_304(as_carol: APIClient, alice: User) -> None:
    image = image_row(alice, privacy_setting="public")
    address = f"/api/images/{image.uid}"
    etag = as_carol.get(address)["ETag"]
    answer = as_carol.get(address, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")
    signed_in(alice).put(address, {"privacy_setting": "private"})
    assert as_carol.get(address, headers={"If-None-Match": etag}).status_code == 404


PRIVATE_WORDS = ("location_lat", "GPS", "51.25", "Secret name", "file_hash", "exif_data", "altitude", "trashed_at")


def test_private_metadata_never_reaches_others(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, upload: Callable[..., Image], alice: User
) -> None:
    album = tree.plant(owner=alice, name="Trip", privacy_setting="public")
    image = upload(
        jpeg_with_place(lat=-33.5, lon=51.25),
        name="Secret name.jpg",
        album_id=str(album.uid),
        title="sunset",
        tags='["x"]',
    )
    addresses = [
        f"/api/images/{image.uid}",
        "/api/images",
        f"/api/albums/{album.uid}/images",
        f"/api/albums/{album.uid}",
        "/api/albums",
        "/api/search?query=sunset",
        "/api/tags",
    ]
    own = as_alice.get(addresses[0]).content.decode()
    for word in (*PRIVATE_WORDS, image.file_hash):
        assert word in own
    for client in (as_carol, as_nobody):
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code == 200
            told = answer.content.decode() + str(answer.headers)
            for word in (*PRIVATE_WORDS, image.file_hash):
                assert word not in told, (address, word)
        assert client.get(addresses[0]).json()["metadata"]["camera_model"] == "EOS R5"
        for query in ("has_location=true", "has_location=false"):
            assert client.get(f"/api/images?{query}").json()["count"] == 0


# --- 8: changes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_what_is_sent_changes(as_alice: APIClient, alice: User, method: str) -> None:
    image = image_row(alice, title="old", description="kept", tags=["kept"])
    answer = getattr(as_alice, method)(f"/api/images/{image.uid}", {"title": "new"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["title"], body["description"], body["tags"]) == ("new", "kept", ["kept"])
    assert body == as_alice.get(f"/api/images/{image.uid}").json()


def test_everything_that_may_be_changed(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice)
    album = tree.plant(owner=alice, name="A")
    wanted = {
        "title": "Gipfel ⛰",
        "description": "two\nlines",
        "tags": ["b", "a, with comma"],
        "privacy_setting": "public",
        "date_taken": "1999-12-31T23:59:59.5-01:00",
        "location_lat": -12.5,
        "location_lon": 170,
        "rating": 5,
    }
    body = as_alice.put(f"/api/images/{image.uid}", wanted | {"album_id": str(album.uid)}).json()
    assert {name: body[name] for name in wanted if name in body} == {
        name: value for name, value in wanted.items() if not name.startswith("location")
    }
    assert (body["metadata"]["location_lat"], body["metadata"]["location_lon"]) == (-12.5, 170.0)
    assert body["metadata"]["date_taken"] == wanted["date_taken"]
    assert body["albums"] == [{"id": str(album.uid), "name": "A"}]
    image.refresh_from_db()
    assert image.taken_sort.isoformat() == "2000-01-01T00:59:59.500000+00:00"
    assert image.name_sort == "gipfel ⛰"


def test_without_a_date_the_upload_counts(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice, metadata={"date_taken": "2001-01-01T00:00:00"})
    assert as_alice.put(f"/api/images/{image.uid}", {"date_taken": None}).json()["date_taken"] is None
    image.refresh_from_db()
    assert image.taken_sort == image.uploaded_at


def test_tags_replace_the_list(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice, tags=["one", "two"])
    assert as_alice.put(f"/api/images/{image.uid}", {"tags": ["Two", "three"]}).json()["tags"] == ["Two", "three"]
    assert as_alice.put(f"/api/images/{image.uid}", {"tags": []}).json()["tags"] == []


def test_album_id_adds_and_album_ids_sets(as_alice: APIClient, alice: User) -> None:
    first, second, third = (tree.plant(owner=alice, name=name) for name in "ABC")
    image = image_row(alice, album=first)

    def albums(**change: Any) -> set[str]:
        answer = as_alice.put(f"/api/images/{image.uid}", change)
        assert answer.status_code == 200, answer.json()
        return {album["name"] for album in answer.json()["albums"]}

    assert albums(album_id=str(second.uid)) == {"A", "B"}
    assert albums(album_ids=[str(second.uid), str(third.uid)]) == {"B", "C"}
    assert albums(album_ids=[]) == set()
    assert albums(album_id=None) == set()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": str(uuid.uuid4())}, "id"),
        ({"user": "carol"}, "user"),
        ({"file_hash": "0" * 64}, "file_hash"),
        ({"view_count": 10}, "view_count"),
        ({"uploaded_at": "2001-01-01T00:00:00Z"}, "uploaded_at"),
        ({"is_listed": True}, "is_listed"),
        ({"trashed_at": None}, "trashed_at"),
        ({"nonsense": 1}, "nonsense"),
        ({"title": "x" * 256}, "title"),
        ({"title": None}, "title"),
        ({"title": {"a": 1}}, "title"),
        ({"tags": "sea"}, "tags"),
        ({"tags": ["x" * 101]}, "tags.0"),
        ({"tags": ["a"] * 101}, "tags"),
        ({"privacy_setting": "shared"}, "privacy_setting"),
        ({"date_taken": "2021-02-30T00:00:00"}, "date_taken"),
        ({"date_taken": "yesterday"}, "date_taken"),
        ({"location_lat": 91}, "location_lat"),
        ({"location_lon": -181}, "location_lon"),
        ({"rating": 6}, "rating"),
        ({"rating": True}, "rating"),
        ({"album_id": str(uuid.uuid4())}, "album_id"),
        ({"album_id": 7}, "album_id"),
        ({"album_ids": ["x"]}, "album_ids.0"),
        ({"album_ids": str(uuid.uuid4())}, "album_ids"),
    ],
)
def test_what_can_not_be_said_of_an_image(as_alice: APIClient, alice: User, change: dict[str, Any], field: str) -> None:
    image = image_row(alice, title="old")
    answer = as_alice.put(f"/api/images/{image.uid}", {"description": "new", **change})
    assert answer.status_code == 400, answer.json()
    assert field in [error["attr"] for error in answer.json()["errors"]]
    image.refresh_from_db()
    assert (image.title, image.description) == ("old", "")


def test_somebody_elses_album_is_not_there(as_alice: APIClient, alice: User, carol: User) -> None:
    image = image_row(alice)
    album = tree.plant(owner=carol, name="C", privacy_setting="public")
    for change in ({"album_id": str(album.uid)}, {"album_ids": [str(album.uid)]}):
        assert as_alice.put(f"/api/images/{image.uid}", change).status_code == 400
    album.refresh_from_db()
    assert album.image_count == 0


def test_if_match(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice, title="old")
    address = f"/api/images/{image.uid}"
    etag = as_alice.get(address)["ETag"]
    Image.objects.filter(pk=image.pk).update(view_count=7)  # what others do is no conflict
    first = as_alice.put(address, {"title": "first"}, headers={"If-Match": f'"other",{etag}'})
    assert first.status_code == 200
    late = as_alice.put(address, {"title": "late"}, headers={"If-Match": etag})
    assert late.status_code == 412
    assert late.json()["errors"][0]["code"] == "precondition_failed"
    image.refresh_from_db()
    assert image.title == "first"
    assert as_alice.put(address, {"title": "next"}, headers={"If-Match": first["ETag"]}).status_code == 200
    assert as_alice.put(address, {"title": "any"}, headers={"If-Match": "*"}).status_code == 200


def test_in_the_trash_nothing_is_changed(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice, title="old")
    trash.trash([image.pk])
    assert as_alice.put(f"/api/images/{image.uid}", {"title": "new"}).status_code == 409
    image.refresh_from_db()
    assert image.title == "old"


@pytest.mark.parametrize(("method", "path"), [("put", ""), ("patch", ""), ("delete", ""), ("post", "/restore")])
def test_who_may_change(
    as_nobody: APIClient, as_carol: APIClient, alice: User, mia: User, method: str, path: str
) -> None:
    public, private = image_row(alice, privacy_setting="public"), image_row(alice)
    for image in (public.uid, private.uid, uuid.uuid4()):
        answer = getattr(as_nobody, method)(f"/api/images/{image}{path}")
        assert answer.status_code == 401
        assert "Bearer" in answer["WWW-Authenticate"]
    for client in (as_carol, signed_in(mia)):
        assert getattr(client, method)(f"/api/images/{public.uid}{path}").status_code == 403
        unseen = getattr(client, method)(f"/api/images/{private.uid}{path}")
        unknown = getattr(client, method)(f"/api/images/{uuid.uuid4()}{path}")
        assert unseen.status_code == unknown.status_code == 404
        assert unseen.content == unknown.content
    assert Image.objects.filter(trashed_at=None).count() == 2


# --- 9: the trash -------------------------------------------------------------------------------------------------


def test_delete_and_restore(as_alice: APIClient, as_nobody: APIClient, alice: User) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    image = image_row(alice, album=album, tags=["x"], title="T")
    address = f"/api/images/{image.uid}"
    deleted = as_alice.delete(address)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for client in (as_alice, as_nobody):
        assert titles(client) == []
        assert client.get(f"/api/albums/{album.uid}").json()["image_count"] == 0
        assert client.get(f"/api/albums/{album.uid}/images").json()["results"] == []
        assert client.get("/api/tags").json()["results"] == []
        assert client.get("/api/search?query=T").json()["results"] == []
    assert as_nobody.get(address).status_code == 404
    alice.refresh_from_db()
    assert (alice.total_images, alice.storage_used, alice.trash_bytes) == (0, 1_000, 1_000)
    restored = as_alice.post(f"{address}/restore")
    assert restored.status_code == 200
    assert restored.json()["albums"] == [{"id": str(album.uid), "name": "A"}]
    assert titles(as_nobody, f"?album={album.uid}") == ["T"]
    alice.refresh_from_db()
    assert (alice.total_images, alice.storage_used, alice.trash_bytes) == (1, 1_000, 0)


def test_delete_and_restore_twice_is_the_same(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice)
    for _ in range(2):
        assert as_alice.delete(f"/api/images/{image.uid}").status_code == 204
    for _ in range(2):
        assert as_alice.post(f"/api/images/{image.uid}/restore").status_code == 200
    alice.refresh_from_db()
    assert (alice.total_images, alice.trash_bytes) == (1, 0)


@pytest.mark.parametrize("trashed_before", [True, False])
def test_permanent_leaves_no_row_and_no_file(
    as_alice: APIClient,
    as_carol: APIClient,
    alice: User,
    upload: Callable[..., Image],
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    trashed_before: bool,
) -> None:
    album = tree.plant(owner=alice, name="A")
    image = upload(album_id=str(album.uid), tags='["x"]', privacy_setting="public")
    as_carol.get(f"/api/images/{image.uid}")
    if trashed_before:
        as_alice.delete(f"/api/images/{image.uid}")
    with django_capture_on_commit_callbacks(execute=True):
        assert as_alice.delete(f"/api/images/{image.uid}?permanent=true").status_code == 204
    assert as_alice.get(f"/api/images/{image.uid}").status_code == 404
    assert as_alice.delete(f"/api/images/{image.uid}?permanent=true").status_code == 404
    assert [p.name for p in media.rglob("*") if p.is_file()] == [store.MARKER]
    assert not [p for p in media.rglob("*") if image.uid.hex in p.name or str(image.uid) in p.name]
    assert not FileRemoval.objects.exists()
    assert not Visit.objects.exists()
    alice.refresh_from_db()
    album.refresh_from_db()
    assert (alice.total_images, alice.storage_used, alice.trash_bytes, album.image_count) == (0, 0, 0, 0)
