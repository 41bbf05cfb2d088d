"""A form that would show more of an album to others tells what first, and saves when that is agreed to."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import User
from albums import tree
from albums.models import Album, AlbumMember
from images import album_changes, placing
from images.models import Image
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def trip(alice: User) -> Album:
    trip = tree.plant(owner=alice, name="Trip <1>", description="Rain & sun")
    for album in (trip, tree.plant(owner=alice, name="Day", parent=trip)):
        image_row(alice, album=album)
    return trip


def _payload(trip: Album, **changes: str) -> dict[str, str]:
    kept = {"name": trip.name, "description": trip.description, "privacy_setting": trip.privacy_setting, "parent": ""}
    return kept | {"allow_download": "unknown", "show_location": "unknown"} | changes


def save(client: Client, album: Album, form: dict[str, str]) -> Any:
    return client.post(f"/albums/{album.uid}/edit", form)


def again(answer: Any) -> dict[str, str]:
    """The form that the page posts when one agrees."""
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.content.decode())
    read = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
    return {name: re.sub("&(lt|gt|amp);", lambda sign: read[sign.group()], value) for name, value in fields}


def listed() -> int:
    return Image.objects.filter(is_listed=True).count()


def test_it_tells_what_would_be_shown_and_saves_when_that_is_agreed_to(alices: Client, trip: Album) -> None:
    form = _payload(trip, privacy_setting="public", name="New <name>")
    asked = save(alices, trip, form)
    html = asked.content.decode()
    assert asked.status_code == 200
    assert "2 photos and 2 albums become visible to everyone." in html
    assert escape(trip.name) in html
    trip.refresh_from_db()
    assert (trip.name, trip.privacy_setting, listed()) == ("Trip <1>", "private", 0)
    agreed = again(asked)
    assert {name: agreed[name] for name in form} == form
    assert save(alices, trip, agreed).url == f"/albums/{trip.uid}"
    trip.refresh_from_db()
    assert (trip.name, trip.privacy_setting, listed()) == ("New <name>", "public", 2)


def test_a_move_below_an_album_that_is_open_asks_too(alices: Client, trip: Album, alice: User, bob: User) -> None:
    year = tree.plant(owner=alice, name="Year", privacy_setting="shared")
    AlbumMember.objects.create(album=year, user=bob)
    [day] = Album.objects.filter(name="Day")
    asked = save(alices, day, _payload(day, parent=str(year.uid)))
    assert asked.status_code == 200
    assert "1 photo and 1 album become visible to bob." in asked.content.decode()
    day.refresh_from_db()
    assert day.parent == trip
    assert save(alices, day, again(asked)).status_code == 302
    day.refresh_from_db()
    assert day.parent == year


@pytest.mark.parametrize(
    "changes", [{"name": "Journey"}, {"description": ""}, {"privacy_setting": "shared"}, {"allow_download": "true"}]
)
def test_what_shows_nobody_anything_is_saved_at_once(alices: Client, trip: Album, changes: dict[str, str]) -> None:
    """Shared with nobody, too."""
    answer = save(alices, trip, _payload(trip, **changes))
    assert (answer.status_code, answer.get("Location")) == (302, f"/albums/{trip.uid}")
    trip.refresh_from_db()
    assert [str(getattr(trip, name)).lower() for name in changes] == [value.lower() for value in changes.values()]


def test_a_watermark_that_goes_is_asked_about_and_one_that_comes_is_not(
    alices: Client, trip: Album, alice: User
) -> None:
    alice.choose({"allow_download": False})
    album_changes.edit_album(trip, {"privacy_setting": "public"})
    text = {"watermark-kind": "text", "watermark-text": "A"}
    assert save(alices, trip, _payload(trip, **text)).status_code == 302
    trip.refresh_from_db()
    assert trip.watermark is not None
    assert save(alices, trip, _payload(trip, **{**text, "watermark-text": "B"})).status_code == 302
    form = _payload(trip, **{"watermark-kind": "none"})
    asked = save(alices, trip, form)
    assert asked.status_code == 200
    assert "2 photos lose their watermark for everyone." in asked.content.decode()
    placing.add([image_row(alice).pk], to=trip, by=alice)
    more = save(alices, trip, form | {"agreed": again(asked)["agreed"]})
    assert "3 photos lose their watermark for everyone." in more.content.decode()
    assert save(alices, trip, form | {"agreed": again(more)["agreed"]}).status_code == 302
    trip.refresh_from_db()
    assert trip.watermark == {"kind": "none"}


def test_taking_away_is_not_asked_about(alices: Client, trip: Album) -> None:
    tree.edit(trip, {"privacy_setting": "public"})
    assert save(alices, trip, _payload(trip, privacy_setting="private")).status_code == 302
    trip.refresh_from_db()
    assert trip.privacy_setting == "private"


def test_agreement_holds_for_what_was_told(alices: Client, trip: Album, alice: User) -> None:
    """A photo that came into the album meanwhile is asked about, and nothing is agreed to by a made-up word."""
    asked = save(alices, trip, _payload(trip, privacy_setting="public"))
    placing.add([image_row(alice).pk], to=trip, by=alice)
    more = save(alices, trip, again(asked))
    assert "3 photos and 2 albums become visible to everyone." in more.content.decode()
    assert save(alices, trip, again(asked) | {"agreed": "yes"}).status_code == 200
    assert listed() == 0
    assert save(alices, trip, again(more)).status_code == 302
    assert listed() == 3


def test_what_can_not_be_is_explained_and_not_asked(alices: Client, trip: Album) -> None:
    [day] = Album.objects.filter(name="Day")
    for changes, field in [({"parent": str(day.uid)}, "parent"), ({"privacy_setting": "inherit"}, "privacy_setting")]:
        answer = save(alices, trip, _payload(trip, **changes))
        assert answer.status_code == 400
        assert list(answer.context["form"].errors) == [field]
        assert "foreseen" not in answer.context


def test_nobody_else_is_told_anything(trip: Album, carol: User, client: Client) -> None:
    carols = Client()
    carols.force_login(carol)
    form = _payload(trip, privacy_setting="public")
    assert save(carols, trip, form).status_code == 404
    assert save(client, trip, form).url.startswith("/accounts/login")
    assert client.post(f"/albums/{uuid.uuid4()}/edit", form).status_code == 302
