"""The pages about albums, as a browser without scripts uses them."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from albums import tree
from albums.models import Album
from images.models import Image

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]


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


@pytest.fixture
def trip(alice: User) -> Album:
    return tree.plant(owner=alice, name="Trip", privacy_setting="public")


@pytest.fixture
def three(trip: Album, upload: Upload) -> list[Image]:
    return [upload(album_id=str(trip.uid), title=title) for title in ("a", "b", "c")]


def names(answer: Any) -> list[str]:
    return [album["name"] for album in answer.context["albums"]]


def titles(answer: Any) -> list[str]:
    return [card["title"] for card in answer.context["cards"]]


def test_the_list_begins_where_the_viewer_sees_the_tree_begin(alices: Client, client: Client, alice: User) -> None:
    closet = tree.plant(owner=alice, name="Closet")
    tree.plant(owner=alice, name="Window", parent=closet, privacy_setting="public")
    hall = tree.plant(owner=alice, name="Hall", privacy_setting="public")
    tree.plant(owner=alice, name="Corner", parent=hall)
    assert names(alices.get("/albums")) == ["Closet", "Hall"]
    assert names(client.get("/albums")) == ["Hall", "Window"]


def test_an_album_shows_its_images_in_its_order_its_albums_and_the_way_up(
    client: Client, alice: User, trip: Album, three: list[Image]
) -> None:
    day = tree.plant(owner=alice, name="Day <one>", parent=trip)
    tree.plant(owner=alice, name="Secret", parent=trip, privacy_setting="private")
    page = client.get(f"/albums/{trip.uid}")
    assert titles(page) == ["a", "b", "c"]
    assert names(page) == ["Day <one>"]
    assert f'href="/images/{three[0].uid}?album={trip.uid}"' in page.content.decode()
    inside = client.get(f"/albums/{day.uid}").content.decode()
    assert f'<a href="/albums/{trip.uid}">Trip</a>' in inside
    assert "Day &lt;one&gt;" in inside
    assert "/edit" not in inside


def test_an_album_shows_each_viewer_what_he_may_see(
    alices: Client, client: Client, trip: Album, three: list[Image], upload: Upload
) -> None:
    upload(album_id=str(trip.uid), title="private", privacy_setting="private")
    page = client.get(f"/albums/{trip.uid}")
    assert titles(page) == ["a", "b", "c"]
    assert page.context["album"]["total_image_count"] == 3
    assert titles(alices.get(f"/albums/{trip.uid}")) == ["a", "b", "c", "private"]


def test_a_long_album_goes_on_in_its_own_order(client: Client, trip: Album, three: list[Image]) -> None:
    first = client.get(f"/albums/{trip.uid}?page_size=2")
    rest = client.get(first.context["page"].next)
    assert (titles(first), titles(rest)) == (["a", "b"], ["c"])


def test_an_image_in_two_albums_has_a_place_of_its_own_in_each(
    alices: Client, trip: Album, three: list[Image], alice: User
) -> None:
    other = tree.plant(owner=alice, name="Other")
    for image in reversed(three):
        alices.post("/library", {"deed": "place", "album": str(other.uid), "image_ids": [str(image.uid)]})
    assert titles(alices.get(f"/albums/{other.uid}")) == ["c", "b", "a"]
    assert titles(alices.get(f"/albums/{trip.uid}")) == ["a", "b", "c"]


def test_what_one_may_not_see_is_not_there(carols: Client, client: Client, alice: User) -> None:
    closet = tree.plant(owner=alice, name="Closet")
    for visitor in (carols, client):
        for path in (f"/albums/{closet.uid}", f"/albums/{uuid.uuid4()}"):
            assert visitor.get(path).status_code == 404
    assert carols.get(f"/albums/{closet.uid}/edit").status_code == 404


@pytest.mark.parametrize("deed", ["edit", "arrange", "delete"])
def test_only_the_owner_changes_an_album(carols: Client, client: Client, trip: Album, deed: str) -> None:
    said = {"name": "Hers", "privacy_setting": "public", "images": "all"}
    assert carols.post(f"/albums/{trip.uid}/{deed}", said).status_code == 403
    assert client.post(f"/albums/{trip.uid}/{deed}", said).url.startswith("/accounts/login")
    trip.refresh_from_db()
    assert (trip.name, trip.trashed_at) == ("Trip", None)


def test_a_new_album_stands_where_it_was_asked_for(alices: Client, trip: Album) -> None:
    form = alices.get(f"/albums/new?parent={trip.uid}").content.decode()
    assert f'<option value="{trip.uid}" selected>Trip</option>' in form
    said = {"name": "Day", "description": "Rain.", "privacy_setting": "inherit", "parent": str(trip.uid)}
    answer = alices.post("/albums/new", said)
    album = Album.objects.get(name="Day")
    assert answer.url == f"/albums/{album.uid}"
    assert (album.parent, album.description, album.effective_privacy) == (trip, "Rain.", "public")


@pytest.mark.parametrize(
    ("spoilt", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"privacy_setting": "inherit"}, "privacy_setting"),
        ({"privacy_setting": "secret"}, "privacy_setting"),
        ({"parent": str(uuid.uuid4())}, "parent"),
    ],
)
def test_an_album_that_cannot_be_is_explained(alices: Client, spoilt: dict[str, str], field: str) -> None:
    said = {"name": "Day", "description": "", "privacy_setting": "private", "parent": ""} | spoilt
    answer = alices.post("/albums/new", said)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert not Album.objects.exists()


def test_the_owner_edits_and_moves(
    alices: Client, client: Client, trip: Album, alice: User, three: list[Image]
) -> None:
    year = tree.plant(owner=alice, name="Year")
    said = {"name": "Journey", "description": "", "privacy_setting": "private", "parent": str(year.uid)}
    assert alices.post(f"/albums/{trip.uid}/edit", said).url == f"/albums/{trip.uid}"
    trip.refresh_from_db()
    assert (trip.name, trip.privacy_setting, trip.parent) == ("Journey", "private", year)
    assert client.get(f"/images/{three[0].uid}").status_code == 404


def test_an_album_is_not_moved_below_itself(alices: Client, trip: Album, alice: User) -> None:
    day = tree.plant(owner=alice, name="Day", parent=trip)
    said = {"name": "Trip", "description": "", "privacy_setting": "public", "parent": str(day.uid)}
    answer = alices.post(f"/albums/{trip.uid}/edit", said)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["parent"]
    trip.refresh_from_db()
    assert trip.parent is None


def test_buttons_put_images_in_order(alices: Client, trip: Album, three: list[Image]) -> None:
    a, b, c = three
    arrange = f"/albums/{trip.uid}/arrange"

    def order_after(deed: str, image: Image) -> str:
        answer = alices.post(arrange, {deed: str(image.uid)})
        assert answer.status_code == 302
        return "".join(titles(alices.get(arrange)))

    assert order_after("first", c) == "cab"
    assert order_after("later", c) == "acb"
    assert order_after("earlier", b) == "abc"
    assert order_after("earlier", a) == "abc"
    assert order_after("later", c) == "abc"


def test_the_cover_is_chosen_and_an_image_taken_out(alices: Client, trip: Album, three: list[Image]) -> None:
    a, b, _ = three
    alices.post(f"/albums/{trip.uid}/arrange", {"cover": str(b.uid)})
    assert alices.get(f"/albums/{trip.uid}").context["album"]["cover_image_id"] == str(b.uid)
    alices.post(f"/albums/{trip.uid}/arrange", {"remove": str(a.uid)})
    assert titles(alices.get(f"/albums/{trip.uid}")) == ["b", "c"]
    assert Image.objects.filter(pk=a.pk, trashed_at=None).exists()


def test_arranging_what_is_not_in_the_album_is_not_possible(
    alices: Client, trip: Album, three: list[Image], upload: Upload
) -> None:
    outside = upload()
    for said in ({"cover": str(outside.uid)}, {"burn": str(three[0].uid)}, {"first": "x"}, {}):
        assert alices.post(f"/albums/{trip.uid}/arrange", said).status_code == 404


def test_nobody_else_restores_an_album(carols: Client, alices: Client, trip: Album) -> None:
    alices.post(f"/albums/{trip.uid}/delete", {"images": "keep"})
    assert carols.post(f"/albums/{trip.uid}/restore").status_code == 404
    trip.refresh_from_db()
    assert trip.trashed_at
