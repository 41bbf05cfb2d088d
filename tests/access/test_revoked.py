"""What was seen a moment ago is refused at the next request, at every address, whatever a browser has kept of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.http import http_date

from accounts import suspension
from albums.models import Album, AlbumMember, ShareLink
from images import moderation
from images.models import Image
from tests.access.gallery import COMMON, PASSWORD, Gallery

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("access: revoked")]

OF_IMAGE = (
    "/api/images/{uid}",
    "/api/images/{uid}/thumbnail?size=small",
    "/api/images/{uid}/thumbnail?size=square&v=1",
    "/api/images/{uid}/download",
    "/images/{uid}",
)
OF_ALBUM = ("/api/albums/{uid}", "/api/albums/{uid}/images", "/albums/{uid}")
LISTS = (
    "/api/images?page_size=200",
    "/api/albums?page_size=200",
    "/?page_size=200",
    f"/api/search?query={COMMON}&page_size=200",
)
SEES = {"member", "contributor", "stranger", "nobody", "link", "part link", "unlocked link"}

Deed = Callable[[Gallery, Image, Album], Any]


@dataclass(frozen=True)
class Revocation:
    """`deed` takes the image and its album, and whatever is in it, from those who `lose` it."""

    deed: Deed
    of: str
    lose: tuple[str, ...]
    whole_album: bool = True


def _top(album: Album) -> Album:
    return Album.objects.get(pk=[*album.ancestor_ids, album.pk][0])


def _owner_asks(method: str, address: str, **body: Any) -> Deed:
    """The owner does it by the API; `{image}`, `{album}` and `{top}` of its tree stand in the address."""

    def deed(gallery: Gallery, image: Image, album: Album) -> Any:
        path = address.format(image=image.uid, album=album.uid, top=_top(album).uid)
        asked = getattr(gallery.client("owner"), method)(path, body, content_type="application/json")
        assert asked.status_code in (200, 204), asked.content

    return deed


def _let_go(gallery: Gallery, image: Image, album: Album) -> None:
    AlbumMember.objects.get(album=_top(album), user=gallery.people["bob"])
    _owner_asks("delete", f"/api/albums/{{top}}/members/{gallery.people['bob'].uid}")(gallery, image, album)


def _revoke_link(gallery: Gallery, image: Image, album: Album) -> None:
    for link in ShareLink.objects.filter(album=_top(album)):
        _owner_asks("delete", f"/api/albums/{{top}}/links/{link.uid}")(gallery, image, album)


def _decide(decision: Callable[..., int], *, on_album: bool) -> Deed:
    def deed(gallery: Gallery, image: Image, album: Album) -> None:
        thing = _top(album) if on_album else image
        type(thing).objects.filter(pk=thing.pk).update(open_reports=1)  # so that it is in the moderator's sight
        assert decision([thing], by=gallery.people["mia"], reason="because") == 1

    return deed


def _suspend(name: str) -> Deed:
    def deed(gallery: Gallery, image: Image, album: Album) -> None:
        assert suspension.suspend([gallery.people[name]], by=gallery.people["mia"], reason="because") == 1

    return deed


ANYONE = ("nobody", "link")
LET_IN = ("member", "part link")
BELOW_SHARED, BELOW_PUBLIC = "as its albums, one level below a shared one", "as its albums, in a public one"
PUBLIC, IN_SHARED = "public, in a private one", "as its albums, in a shared one"

REVOCATIONS = {
    "the shared album above is made private": Revocation(
        _owner_asks("put", "/api/albums/{top}", privacy_setting="private"), BELOW_SHARED, LET_IN
    ),
    "the album itself is made private": Revocation(
        _owner_asks("put", "/api/albums/{album}", privacy_setting="private"), BELOW_SHARED, LET_IN
    ),
    "the public album is made private": Revocation(
        _owner_asks("put", "/api/albums/{album}", privacy_setting="private"), BELOW_PUBLIC, ANYONE
    ),
    "the public album is made shared": Revocation(
        _owner_asks("put", "/api/albums/{album}", privacy_setting="shared"),
        BELOW_PUBLIC,
        ("nobody", "stranger"),
    ),
    "the album goes out of the shared one": Revocation(
        _owner_asks("put", "/api/albums/{album}", parent_id=None), BELOW_SHARED, LET_IN
    ),
    "the album is trashed": Revocation(_owner_asks("delete", "/api/albums/{album}"), BELOW_SHARED, LET_IN),
    "the album above is trashed": Revocation(_owner_asks("delete", "/api/albums/{top}"), BELOW_SHARED, LET_IN),
    "the public album is trashed": Revocation(_owner_asks("delete", "/api/albums/{album}"), BELOW_PUBLIC, ANYONE),
    "the member is let go": Revocation(_let_go, BELOW_SHARED, ("member",)),
    "the links are revoked": Revocation(_revoke_link, BELOW_SHARED, ("link", "unlocked link")),
    "the album is hidden": Revocation(_decide(moderation.hide, on_album=True), BELOW_SHARED, LET_IN),
    "the public album is hidden": Revocation(_decide(moderation.hide, on_album=True), BELOW_PUBLIC, ANYONE),
    "the owner is suspended": Revocation(_suspend("alice"), BELOW_SHARED, LET_IN),
    "the owner of a public album is suspended": Revocation(_suspend("alice"), BELOW_PUBLIC, ANYONE),
    "the member is suspended": Revocation(_suspend("bob"), BELOW_SHARED, ("member",)),
    "the public image is made private": Revocation(
        _owner_asks("put", "/api/images/{image}", privacy_setting="private"), PUBLIC, ANYONE, whole_album=False
    ),
    "the image of a shared album is made private": Revocation(
        _owner_asks("put", "/api/images/{image}", privacy_setting="private"),
        IN_SHARED,
        ("contributor", "unlocked link"),
        whole_album=False,
    ),
    "the public image follows its private album": Revocation(
        _owner_asks("put", "/api/images/{image}", privacy_setting="inherit"), PUBLIC, ANYONE, whole_album=False
    ),
    "the image is taken out": Revocation(
        _owner_asks("delete", "/api/albums/{album}/images/{image}"), BELOW_SHARED, LET_IN, whole_album=False
    ),
    "the image is trashed": Revocation(_owner_asks("delete", "/api/images/{image}"), PUBLIC, ANYONE, whole_album=False),
    "the image is purged": Revocation(
        _owner_asks("delete", "/api/images/{image}?permanent=true"), BELOW_PUBLIC, ANYONE, whole_album=False
    ),
    "the image is hidden": Revocation(
        _decide(moderation.hide, on_album=False), BELOW_PUBLIC, ANYONE, whole_album=False
    ),
}


@pytest.mark.parametrize("name", REVOCATIONS)
def test_the_next_request_is_refused(gallery: Gallery, name: str) -> None:
    revocation = REVOCATIONS[name]
    image = gallery.images[revocation.of]
    album = Album.objects.get(places__image=image)
    addresses = [(address, image.uid) for address in OF_IMAGE]
    addresses += [(address, album.uid) for address in OF_ALBUM if revocation.whole_album]
    kept = {
        (principal, address): _seen(gallery.client(principal), address.format(uid=uid))
        for principal in revocation.lose
        for address, uid in addresses
    }
    assert all(str(image.uid) in _listed(gallery.client(principal)) for principal in revocation.lose)
    revocation.deed(gallery, image, album)
    for principal in revocation.lose:
        client = gallery.client(principal)
        for address, uid in addresses:
            _assert_refused(client, address.format(uid=uid), kept[principal, address])
        assert str(image.uid) not in _listed(client), principal


def test_a_link_that_expires(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    image = gallery.images[BELOW_SHARED]
    ShareLink.objects.filter(pk__in=gallery.links["link"]).update(expires_at=timezone.now() + timedelta(hours=1))
    kept = {address: _seen(gallery.client("link"), address.format(uid=image.uid)) for address in OF_IMAGE}
    later = timezone.now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    for address in OF_IMAGE:
        _assert_refused(gallery.client("link"), address.format(uid=image.uid), kept[address])
    assert str(image.uid) not in _listed(gallery.client("link"))


@pytest.mark.parametrize(
    "deed",
    [
        _owner_asks("put", "/api/albums/{top}", allow_download=False),
        _owner_asks("patch", "/api/auth/user", preferences={"allow_download": False}),
    ],
)
def test_downloads_that_are_allowed_no_more(gallery: Gallery, deed: Deed) -> None:
    image = gallery.images[BELOW_SHARED]
    album = Album.objects.get(places__image=image)
    address = f"/api/images/{image.uid}/download"
    kept = {principal: _seen(gallery.client(principal), address) for principal in LET_IN}
    deed(gallery, image, album)
    for principal in LET_IN:
        client = gallery.client(principal)
        for method, headers in _variations(kept[principal]):
            assert getattr(client, method)(address, headers=headers).status_code == 403, (principal, headers)
        assert client.get(f"/api/images/{image.uid}").json()["download_url"] is None
    assert gallery.client("owner").get(address).status_code == 200


@pytest.mark.parametrize(
    "deed",
    [
        _owner_asks("put", "/api/albums/{top}", show_location=None),
        _owner_asks("put", "/api/albums/{album}", show_location=False),
    ],
)
def test_places_that_are_shown_no_more(gallery: Gallery, deed: Deed) -> None:
    """Neither told, nor answered to questions about places."""
    image = gallery.images["in one that inherits showing places"]
    album = Album.objects.get(places__image=image)
    lists = [f"/api/{ask}has_location=true&page_size=200" for ask in ("images?", f"search?query={COMMON}&")]
    for principal in ANYONE:
        client = gallery.client(principal)
        assert "location_lat" in client.get(f"/api/images/{image.uid}").json()["metadata"]
        assert all(str(image.uid) in client.get(asked).content.decode() for asked in lists)
    deed(gallery, image, album)
    for principal in ANYONE:
        client = gallery.client(principal)
        assert "location_lat" not in client.get(f"/api/images/{image.uid}").json()["metadata"]
        assert not any(str(image.uid) in client.get(asked).content.decode() for asked in lists)


def test_a_link_opened_by_its_password(gallery: Gallery) -> None:
    """Before it, and with another one, the album is not there; after it, for this browser alone."""
    image = gallery.images[BELOW_SHARED]
    album = Album.objects.get(places__image=image)
    link = ShareLink.objects.exclude(password="").get(album=_top(album))
    address, client = f"/s/{gallery.secrets[link.pk]}", Client()
    everything = [(place, image.uid) for place in OF_IMAGE] + [(place, album.uid) for place in OF_ALBUM]

    def answers(browser: Client) -> set[int]:
        return {browser.get(place.format(uid=uid)).status_code for place, uid in everything}

    asked = client.get(address)
    assert asked.status_code == 200
    assert album.name not in asked.content.decode()
    assert answers(client) == {404}
    assert client.post(address, {"password": "another"}).status_code == 400
    assert answers(client) == {404}
    opened = client.post(address, {"password": PASSWORD})
    assert (opened.status_code, opened["Location"]) == (303, f"/albums/{_top(album).uid}")
    assert answers(client) == {200}
    assert answers(Client()) == {404}
    link.delete()
    assert answers(client) == {404}


# --- How it is asked ------------------------------------------------------------------------------------------------


def _seen(client: Client, address: str) -> dict[str, str]:
    """What a browser keeps of an answer that it gets."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    kept = {"ETag": answer.headers.get("ETag", '"none"')}
    return kept | {"Last-Modified": answer.headers.get("Last-Modified", http_date())}


def _variations(kept: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    yield "get", {}
    yield "get", {"If-None-Match": kept["ETag"], "If-Modified-Since": kept["Last-Modified"]}
    yield "get", {"Range": "bytes=0-9", "If-Range": kept["ETag"]}
    yield "head", {"If-None-Match": "*", "If-Modified-Since": kept["Last-Modified"]}


def _assert_refused(client: Client, address: str, kept: dict[str, str]) -> None:
    """404 in every way of asking."""
    for method, headers in _variations(kept):
        answer = getattr(client, method)(address, headers=headers)
        assert answer.status_code == 404, (address, method, headers)


def _listed(client: Client) -> str:
    return "".join(client.get(address).content.decode() for address in LISTS)
