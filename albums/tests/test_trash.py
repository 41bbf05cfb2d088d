"""Albums in the trash: back as they were, away for good by hand or by age, and what stays either way."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.viewer import Viewer
from albums import tree
from albums.models import Album, AlbumMember
from images import album_changes, emptying, placing, trash
from images.models import AlbumImage, Image, Report
from images.tests.rows import image_row
from images.tests.test_ledger import check

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant(alice: User) -> Callable[..., Album]:
    def plant(name: str, parent: Album | None = None, **values: Any) -> Album:
        return tree.plant(owner=alice, name=name, parent=parent, **values)

    return plant


@pytest.fixture
def alices(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def carols(carol: User) -> Client:
    client = Client()
    client.force_login(carol)
    return client


def url(album: Album, rest: str = "") -> str:
    return f"/api/albums/{album.uid}{rest}"


def there() -> dict[str, bool]:
    """Name of each album that there is: whether it is in the trash."""
    return {album.name: album.trashed_at is not None for album in Album.objects.order_by("name")}


def aged(*albums: Album, days: float) -> None:
    """Let what went into the trash with these have gone there some days ago."""
    then = timezone.now() - timedelta(days=days)
    for album in albums:
        album.refresh_from_db()
        Album.objects.filter(trash_step=album.trash_step).update(trashed_at=then)
        Image.objects.filter(trash_step=album.trash_step).update(trashed_at=then)


# --- For good ---------------------------------------------------------------------------------------------------------


def test_permanent_takes_the_subtree_and_spares_the_images(
    as_alice: APIClient, alice: User, bob: User, plant: Callable[..., Album]
) -> None:
    top = plant("top", privacy_setting="public")
    leaf = plant("leaf", plant("middle", top))
    plant("other")
    image = image_row(alice, album=leaf, tags=["sea"])
    AlbumMember.objects.create(album=top, user=bob)
    Report.objects.create(album=leaf, reporter=bob, reason="spam")
    answer = as_alice.delete(url(top) + "?permanent=true")
    assert (answer.status_code, answer.content) == (204, b"")
    assert there() == {"other": False}
    image.refresh_from_db()
    assert (image.trashed_at, image.is_listed) == (None, False)
    assert not AlbumImage.objects.exists()
    assert as_alice.get(url(top)).status_code == 404
    assert as_alice.post(url(top, "/restore")).status_code == 404
    check()


def test_images_that_go_too_have_their_own_time_in_the_trash(
    as_alice: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    album = plant("A")
    image = image_row(alice, album=album)
    as_alice.delete(url(album) + "?permanent=true&images=all")
    assert there() == {}
    assert as_alice.get(f"/api/images/{image.uid}").json()["trashed_at"]
    assert as_alice.post(f"/api/images/{image.uid}/restore").status_code == 200
    check()


def test_from_the_trash(as_alice: APIClient, plant: Callable[..., Album]) -> None:
    top = plant("top")
    child = plant("child", top)
    as_alice.delete(url(top))
    assert as_alice.delete(url(top)).status_code == 404  # it is where that would bring it
    assert as_alice.delete(url(child) + "?permanent=true").status_code == 204
    assert there() == {"top": True}
    as_alice.post(url(top, "/restore"))
    assert there() == {"top": False}
    as_alice.delete(url(top))
    assert as_alice.delete(url(top) + "?permanent=true").status_code == 204
    assert there() == {}


def test_only_the_owner(
    as_carol: APIClient, as_nobody: APIClient, as_mia: APIClient, carols: Client, plant: Callable[..., Album]
) -> None:
    public, private, trashed = plant("public", privacy_setting="public"), plant("private"), plant("trashed")
    album_changes.trash_album(trashed)
    for client in (as_carol, as_mia):
        for album, status in ((public, 403), (private, 404), (trashed, 404)):
            assert client.delete(url(album) + "?permanent=true").status_code == status
    for album in (public, private, trashed):
        assert as_nobody.delete(url(album) + "?permanent=true").status_code == 401
    assert carols.post(f"/albums/{trashed.uid}/purge").status_code == 404
    assert carols.post(f"/albums/{trashed.uid}/restore").status_code == 404
    assert there() == {"private": False, "public": False, "trashed": True}


@pytest.mark.parametrize("images", ["keep", "all"])
def test_where_no_trash_is_kept(
    as_alice: APIClient, alice: User, plant: Callable[..., Album], settings: Settings, images: str
) -> None:
    settings.GALLERY_TRASH_DAYS = 0
    album = plant("A")
    image_row(alice, album=album)
    assert as_alice.delete(url(album) + f"?images={images}").status_code == 204
    assert there() == {}
    assert Image.objects.count() == (1 if images == "keep" else 0)
    check()


# --- Nothing before its time ------------------------------------------------------------------------------------------


def test_what_was_deleted_by_itself_survives_the_purge_of_its_parent(
    as_alice: APIClient, as_nobody: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    """It stays in the trash, at its top, until its own time; and can still be restored with all that it took along."""
    top = plant("top", privacy_setting="public", show_location=True)
    middle = plant("middle", top)
    first, second = plant("first", middle), plant("second", middle, privacy_setting="public")
    below = plant("below", plant("between", first))
    image = image_row(alice, album=below, title="inside")
    album_changes.trash_album(below)
    album_changes.trash_album(first, images="all")
    album_changes.trash_album(second)
    album_changes.trash_album(top)
    assert as_alice.delete(url(top) + "?permanent=true").status_code == 204
    assert there() == {"below": True, "between": True, "first": True, "second": True}
    check()
    for album in (first, second, below):
        album.refresh_from_db()
    assert (first.parent, first.privacy_setting, first.policy, first.shows_location) == (None, "private", first, None)
    assert (second.parent, second.privacy_setting) == (None, "public")
    assert below.path.startswith(first.path)
    assert as_alice.post(url(first, "/restore")).json()["path"] == []
    assert as_alice.post(url(below, "/restore")).json()["path"][0]["name"] == "first"
    assert there() == {"below": False, "between": False, "first": False, "second": True}
    image.refresh_from_db()
    assert (image.trashed_at, list(image.albums.all())) == (None, [below])
    assert as_nobody.get("/api/albums").json()["count"] == 0
    check()


def test_by_age(alice: User, plant: Callable[..., Album]) -> None:
    old, young = plant("old"), plant("young")
    plant("old inside", old)
    older_inside = plant("young parent's", young)
    kept = image_row(alice, album=old)
    gone, goes_later = image_row(alice, album=old), image_row(alice, album=young)
    album_changes.trash_album(older_inside)
    for album in (old, young):
        placing.remove([kept.pk], out_of=[album])
        album_changes.trash_album(album, images="all")
    aged(older_inside, old, days=30.1)
    aged(young, days=29.9)
    call_command("housekeep")
    assert there() == {"young": True}
    assert set(Image.objects.all()) == {kept, goes_later}
    assert not Image.objects.filter(pk=gone.pk).exists()
    aged(young, days=30.1)
    call_command("housekeep")
    assert there() == {}
    assert list(Image.objects.all()) == [kept]
    check()


def test_a_young_child_outlives_its_old_parent(plant: Callable[..., Album]) -> None:
    """It was deleted first, then restored to the top, and so on: whatever came, each has its own time."""
    top = plant("top")
    child = plant("child", top)
    album_changes.trash_album(child)
    album_changes.trash_album(top)
    aged(top, days=40)
    call_command("housekeep")
    assert there() == {"child": True}
    album_changes.restore_album(child)
    assert there() == {"child": False}
    check()


def test_emptying_spares_what_is_not_in_the_trash(alice: User, carol: User, plant: Callable[..., Album]) -> None:
    top = plant("top")
    image_row(alice, album=plant("trashed", top))
    album_changes.trash_album(Album.objects.get(name="trashed"), images="all")
    hers = tree.plant(owner=carol, name="hers")
    album_changes.trash_album(hers)
    gone = emptying.empty_trash(of=Viewer(user=alice))
    assert (gone.images, gone.albums) == (1, 1)
    assert there() == {"hers": True, "top": False}
    check()


# --- Back -------------------------------------------------------------------------------------------------------------


def test_restoring_brings_back_what_is_still_there(
    as_alice: APIClient, alice: User, plant: Callable[..., Album]
) -> None:
    album = plant("A", privacy_setting="public")
    a, b, c, _ = (image_row(alice, title=title, album=album) for title in "abcd")
    as_alice.delete(url(album) + "?images=all")
    trash.purge([a.pk])
    trash.restore([b.pk])
    trash.restore([c.pk])
    trash.trash([c.pk])  # by itself now
    as_alice.post(url(album, "/restore"))
    shown = as_alice.get(url(album, "/images")).json()["results"]
    assert [image["title"] for image in shown] == ["b", "d"]
    assert list(Image.objects.filter(trashed_at__isnull=False)) == [c]
    trash.restore([c.pk])
    assert as_alice.get(url(album, "/images")).json()["count"] == 3
    check()


# --- The page ---------------------------------------------------------------------------------------------------------


def listed(answer: Any) -> list[tuple[str, int, int]]:
    return [(album.name, album.albums, album.photos) for album in answer.context["albums"]]


def test_the_page_shows_each_deletion_once_with_what_comes_back(
    alices: Client, carols: Client, alice: User, plant: Callable[..., Album]
) -> None:
    trip = plant("Trip")
    day, night = plant("Day", trip), plant("Night", trip)
    one, two, other = (image_row(alice, title=title, album=day) for title in ("one", "two", "other"))
    placing.add([one.pk], to=trip, by=alice)
    trash.trash([other.pk])
    assert alices.post(f"/albums/{night.uid}/delete", {"images": "keep"}).url == "/albums"
    alices.post(f"/albums/{trip.uid}/delete", {"images": "all"})
    page = alices.get("/trash")
    assert listed(page) == [("Trip", 1, 2), ("Night", 0, 0)]
    html = page.content.decode()
    assert "2 photos, 1 album inside" in html
    assert html.index("Albums</h2>") < html.index("Photos</h2>")
    assert listed(carols.get("/trash")) == []
    assert alices.post(f"/albums/{trip.uid}/restore").url == f"/albums/{trip.uid}"
    assert listed(alices.get("/trash")) == [("Night", 0, 0)]
    assert alices.post(f"/albums/{night.uid}/purge").url == "/trash"
    assert "deleted for ever" in alices.get("/trash").content.decode()
    assert there() == {"Day": False, "Trip": False}
    assert {two.pk, one.pk} == set(Image.objects.filter(trashed_at=None).values_list("pk", flat=True))


def test_emptying_by_the_page_takes_albums_and_photos(alices: Client, alice: User, plant: Callable[..., Album]) -> None:
    for n in range(4):
        album = plant(f"{n}")
        image_row(alice, album=album)
        album_changes.trash_album(album, images="all")
    page = alices.post("/trash", {"deed": "empty"}, follow=True)
    assert "Deleted for ever: 4 photos, 4 albums." in page.content.decode()
    assert "The trash is empty." in page.content.decode()
    assert there() == {}


def test_the_page_costs_the_same_for_many(alices: Client, alice: User, plant: Callable[..., Album]) -> None:
    costs = []
    for number in (1, 8):
        for n in range(number):
            album = plant(f"{number}.{n}")
            plant("inside", album)
            image_row(alice, album=album)
            album_changes.trash_album(album)
        with CaptureQueriesContext(connection) as queries:
            alices.get("/trash")
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_a_purge_costs_the_same_for_many(alice: User, plant: Callable[..., Album]) -> None:
    costs = []
    for number in (2, 9):
        top = plant("top")
        for n in range(number):
            child = plant(f"{n}", top)
            image_row(alice, album=child)
            if n % 2:
                album_changes.trash_album(child)
        album_changes.trash_album(top)
        with CaptureQueriesContext(connection) as queries:
            album_changes.purge_album(top)
        costs.append([query["sql"] for query in queries])
    assert len(costs[0]) == len(costs[1]), "\n".join(costs[1])
    call_command("recount", check=True, stdout=io.StringIO())
