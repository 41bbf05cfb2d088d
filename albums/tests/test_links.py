"""Links: what whoever holds one sees, with and without a password, and when it ends."""

import logging
import re
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient
from zeal import zeal_ignore

from accounts.models import User
from accounts.viewer import OPENED_LINKS
from albums import link_opening, sharing, tree
from albums.models import Album, ShareLink
from conftest import PASSWORD
from gallery_site.request_log import JSONFormatter
from images import placing
from images.models import Image
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]
SECRET = "open sesame"
SESSION_READ_TWICE = [{"model": "sessions.Session"}]  # by Django, to end it or to give it a new key


@pytest.fixture
def trip(alice: User) -> Album:
    return tree.plant(owner=alice, name="Trip", privacy_setting="shared")


@pytest.fixture
def make(trip: Album) -> Callable[..., str]:
    """Make a link and get its path."""

    def make(album: Album = trip, **said: Any) -> str:
        _, token = sharing.make_link(album, by=album.user, **said)
        return f"/s/{token}"

    return make


def links(album: Album, link: str = "") -> str:
    return f"/api/albums/{album.uid}/links{f'/{link}' if link else ''}"


def codes(answer: Any) -> list[tuple[str | None, str]]:
    return [(error["attr"], error["code"]) for error in answer.json()["errors"]]


def sees(client: Client, *albums: Album) -> list[bool]:
    statuses = [client.get(f"/api/albums/{album.uid}").status_code for album in albums]
    assert set(statuses) <= {200, 404}
    return [status == 200 for status in statuses]


# --- What it opens ------------------------------------------------------------------------------------------------


def test_whoever_opens_it_sees_the_album_in_pages_and_api(
    client: Client, upload: Upload, make: Any, trip: Album
) -> None:
    image = upload(album_id=str(trip.uid), title="beach")
    paths = [
        f"/albums/{trip.uid}",
        f"/api/albums/{trip.uid}",
        f"/images/{image.uid}",
        f"/api/images/{image.uid}",
        f"/api/images/{image.uid}/thumbnail?size=small",
    ]
    assert [client.get(path).status_code for path in paths] == [404] * 5
    answer = client.get(make())
    assert (answer.status_code, answer.url) == (302, f"/albums/{trip.uid}")
    assert [client.get(path).status_code for path in paths] == [200] * 5
    assert [card["title"] for card in client.get(f"/api/albums/{trip.uid}/images").json()["results"]] == ["beach"]
    assert [card["title"] for card in client.get("/api/search?query=beach").json()["results"]] == ["beach"]
    assert [Client().get(path).status_code for path in paths] == [404] * 5


def test_it_opens_the_album_and_what_inherits_below_and_nothing_else(client: Client, make: Any, trip: Album) -> None:
    def plant(name: str, parent: Album | None, **values: Any) -> Album:
        return tree.plant(owner=trip.user, name=name, parent=parent, **values)

    day = plant("Day", trip)
    morning = plant("Morning", day)
    sibling = plant("Other day", trip)
    own = plant("Own policy", day, privacy_setting="shared")
    private = plant("Private", day, privacy_setting="private")
    below_private = plant("Below private", private)
    other = plant("Other", None, privacy_setting="shared")
    client.get(make(day))
    assert sees(client, day, morning) == [True, True]
    assert sees(client, trip, sibling, own, private, below_private, other) == [False] * 6
    card = client.get(f"/api/albums/{day.uid}").json()
    assert (card["parent_id"], card["path"]) == (None, [])


def test_an_album_moved_away_is_left_behind(client: Client, make: Any, trip: Album) -> None:
    day = tree.plant(owner=trip.user, name="Day", parent=trip)
    other = tree.plant(owner=trip.user, name="Other", privacy_setting="shared")
    client.get(make())
    assert sees(client, day) == [True]
    tree.edit(day, {"parent": other})
    assert sees(client, trip, day) == [True, False]


def test_what_a_contributor_added_is_not_shown_by_a_link(client: Client, make: Any, trip: Album, bob: User) -> None:
    sharing.let_in(bob, into=trip, role="contributor", by=trip.user)
    added, public = image_row(bob), image_row(bob, privacy_setting="public")
    own = image_row(trip.user, album=trip)
    placing.add([added.pk, public.pk], to=trip, by=bob)
    client.get(make())
    ids = {card["id"] for card in client.get(f"/api/albums/{trip.uid}/images").json()["results"]}
    assert ids == {str(own.uid), str(public.uid)}


def test_a_link_lets_nobody_write(make: Any, trip: Album, carol: User) -> None:
    image = image_row(trip.user, album=trip)
    album = f"/api/albums/{trip.uid}"
    for who, status in [(None, 401), (carol, 403)]:
        client = APIClient()
        if who:
            client.force_login(who)
        client.get(make())
        assert client.get(album).status_code == 200
        for method, path, body in [
            ("put", album, {"name": "Mine"}),
            ("delete", album, None),
            ("post", f"{album}/images", {"image_ids": [str(image_row(carol).uid)]}),
            ("patch", f"{album}/images", {"image_ids": [str(image.uid)]}),
            ("delete", f"{album}/images/{image.uid}", None),
            ("put", f"/api/images/{image.uid}", {"title": "Mine"}),
            ("delete", f"/api/images/{image.uid}", None),
            ("get", links(trip), None),
            ("post", links(trip), {}),
            ("get", f"{album}/members", None),
            ("post", f"{album}/members", {"username": "carol"}),
        ]:
            assert getattr(client, method)(path, body, format="json").status_code == status, (who, method, path)


def test_who_is_signed_in_stays_himself_and_sees_through_it(
    client: Client, make: Any, trip: Album, carol: User
) -> None:
    own = tree.plant(owner=carol, name="Carol's")
    client.force_login(carol)
    client.get(make())
    assert sees(client, trip, own) == [True, True]
    assert client.get("/api/auth/user").json()["username"] == "carol"
    assert client.get("/shared").context["albums"][0]["name"] == "Trip"


def test_links_opened_before_signing_in_survive_it_and_end_with_signing_out(
    client: Client, make: Any, trip: Album, carol: User
) -> None:
    client.get(make())
    before = client.cookies["sessionid"].value
    with zeal_ignore(SESSION_READ_TWICE):
        client.post("/accounts/login", {"username": "carol", "password": PASSWORD})
    assert client.cookies["sessionid"].value != before
    assert client.get("/api/auth/user").json()["username"] == "carol"
    assert sees(client, trip) == [True]
    with zeal_ignore(SESSION_READ_TWICE):
        client.post("/accounts/logout")
    assert sees(client, trip) == [False]


def test_a_token_of_the_api_knows_nothing_of_links(client: Client, make: Any, trip: Album) -> None:
    token = make().removeprefix("/s/")
    assert client.get(f"/api/albums/{trip.uid}?token={token}").status_code == 404
    assert client.get(f"/api/albums/{trip.uid}", headers={"Authorization": f"Bearer {token}"}).status_code == 401


@pytest.mark.parametrize(("link_says", "album_says"), [(None, True), (None, False), (True, False), (False, True)])
def test_a_link_says_what_its_holder_may_know_and_have(
    client: Client, make: Any, trip: Album, upload: Upload, link_says: bool | None, album_says: bool
) -> None:
    located = image_row(trip.user, album=trip, metadata={"location_lat": 48.5, "location_lon": 2.25})
    image = upload(album_id=str(trip.uid))
    tree.edit(trip, {"show_location": album_says, "allow_download": not album_says})
    client.get(make(show_location=link_says, allow_download=None if link_says is None else not link_says))
    shown = "location_lat" in client.get(f"/api/images/{located.uid}").json()["metadata"]
    assert shown is (album_says if link_says is None else link_says)
    address = client.get(f"/api/images/{image.uid}").json()["download_url"]
    fetched = client.get(f"/api/images/{image.uid}/download").status_code
    assert (address is None, fetched) == ((True, 403) if shown else (False, 200))


# --- When it ends -------------------------------------------------------------------------------------------------


def test_revoked_it_shows_nothing_from_the_next_request_on(
    client: Client, as_alice: APIClient, upload: Upload, make: Any, trip: Album
) -> None:
    image = upload(album_id=str(trip.uid))
    address = make()
    client.get(address)
    thumbnail = f"/api/images/{image.uid}/thumbnail?size=small"
    tag = client.get(thumbnail)["ETag"]
    assert client.get(thumbnail, headers={"If-None-Match": tag}).status_code == 304
    assert as_alice.delete(links(trip, str(ShareLink.objects.get().uid))).status_code == 204
    assert client.get(thumbnail, headers={"If-None-Match": tag}).status_code == 404
    for path in (f"/api/images/{image.uid}", f"/api/albums/{trip.uid}", f"/albums/{trip.uid}", address):
        assert client.get(path).status_code == 404
    assert client.get("/api/images").json()["count"] == 0


def test_another_link_made_after_it_does_not_open_what_the_first_did(
    client: Client, make: Any, trip: Album, alice: User
) -> None:
    client.get(make())
    sharing.revoke_link(ShareLink.objects.get(), by=alice)
    make()
    assert sees(client, trip) == [False]


def test_after_its_end_it_opens_nothing(client: Client, make: Any, trip: Album) -> None:
    address = make(expires_at=timezone.now() + timedelta(hours=1))
    client.get(address)
    assert sees(client, trip) == [True]
    ShareLink.objects.update(expires_at=timezone.now())
    assert sees(client, trip) == [False]
    assert client.get(address).status_code == 404


def test_private_keeps_the_links_without_effect(client: Client, as_alice: APIClient, make: Any, trip: Album) -> None:
    address = make()
    client.get(address)
    for privacy, open_to_it in [("private", False), ("shared", True), ("public", True), ("private", False)]:
        as_alice.put(f"/api/albums/{trip.uid}", {"privacy_setting": privacy})
        assert sees(client, trip) == [open_to_it], privacy
        assert client.get(address).status_code == (302 if open_to_it else 404)
        assert as_alice.get(links(trip)).json()["count"] == 1


def test_what_opens_nothing_answers_as_what_never_was(client: Client, make: Any, trip: Album) -> None:
    def made(**values: Any) -> tuple[str, Album]:
        album = tree.plant(owner=trip.user, name="One", privacy_setting="shared")
        return make(album, **values), album

    ended, _ = made(expires_at=timezone.now() + timedelta(hours=1))
    ShareLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked, _ = made()
    ShareLink.objects.order_by("pk").last().delete()
    private, album = made(password=SECRET)
    tree.edit(album, {"privacy_setting": "private"})
    trashed, album = made()
    Album.objects.filter(pk=album.pk).update(trashed_at=timezone.now())
    hidden, album = made(password=SECRET)
    Album.objects.filter(pk=album.pk).update(hidden_at=timezone.now(), is_hidden=True)
    addresses = ["/s/" + "x" * 43, "/s/x", "/s/" + "é" * 3000, ended, revoked, private, trashed, hidden]
    suspended, _ = made()
    answers = [client.get(address) for address in addresses]
    User.objects.filter(pk=trip.user_id).update(is_active=False)
    answers += [client.get(suspended), client.post(hidden, {"password": SECRET}), client.post(private)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {answer["Cache-Control"] for answer in answers} == {"private, no-store"}
    assert OPENED_LINKS not in client.session


# --- The password -------------------------------------------------------------------------------------------------


def test_the_password_is_asked_for_and_opens(client: Client, make: Any, trip: Album) -> None:
    address = make(password=SECRET)
    asked = client.get(address)
    assert asked.status_code == 200
    assert asked.context["form"].fields.keys() == {"password"}
    assert "Trip" not in asked.content.decode()
    assert sees(client, trip) == [False]
    for wrong in ("", "Open Sesame", f"{SECRET} ", "x" * 129):
        answer = client.post(address, {"password": wrong})
        assert answer.status_code == 400
        assert answer.context["form"].errors["password"]
    assert sees(client, trip) == [False]
    opened = client.post(address, {"password": SECRET})
    assert (opened.status_code, opened.url) == (303, f"/albums/{trip.uid}")
    assert sees(client, trip) == [True]
    assert client.get(address).status_code == 302
    assert SECRET not in str(dict(client.session.items()))


def test_a_password_in_the_address_opens_nothing(client: Client, make: Any, trip: Album) -> None:
    assert client.get(f"{make(password=SECRET)}?password={SECRET}").status_code == 200
    assert sees(client, trip) == [False]


def test_without_a_password_a_post_opens_too(client: Client, make: Any, trip: Album) -> None:
    assert client.post(make()).status_code == 303
    assert sees(client, trip) == [True]


def test_the_form_is_guarded_against_other_sites(make: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    address = make(password=SECRET)
    assert client.post(address, {"password": SECRET}).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(address).content.decode())
    assert token
    assert client.post(address, {"password": SECRET, "csrfmiddlewaretoken": token[1]}).status_code == 303


def test_neither_token_nor_password_is_kept(make: Any) -> None:
    token = make(password=SECRET).removeprefix("/s/")
    assert len(token) >= 22  # 128 bits in base 64
    stored = str(ShareLink.objects.values().get())
    assert token not in stored
    assert SECRET not in stored


def test_the_password_is_hashed_before_the_write_lock_is_taken(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = []
    set_password = ShareLink.set_password

    def watched(link: ShareLink, password: str) -> None:
        inside.append(len(connection.savepoint_ids))
        set_password(link, password)

    monkeypatch.setattr(ShareLink, "set_password", watched)
    before = len(connection.savepoint_ids)
    make(password=SECRET)
    assert inside == [before]


# --- Throttles ----------------------------------------------------------------------------------------------------


def _try(address: str, password: str, host: str = "192.0.2.1") -> Any:
    return Client(REMOTE_ADDR=host).post(address, {"password": password})


def test_ten_wrong_passwords_and_no_more(make: Any, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE = True
    address = make(password=SECRET)
    assert [_try(address, "wrong").status_code for _ in range(10)] == [400] * 10
    refused = _try(address, SECRET)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 300
    assert "Too many" in refused.content.decode()
    assert _try(make(password=SECRET), SECRET).status_code == 303
    assert _try(address, SECRET, "192.0.2.2").status_code == 303


def test_it_is_no_lasting_lock(make: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATELIMIT_ENABLE = True
    address = make(password=SECRET)
    assert [_try(address, "wrong").status_code for _ in range(11)][-1] == 429
    later = time.time() + 301
    monkeypatch.setattr("django_ratelimit.core.time.time", lambda: later)
    assert _try(address, SECRET).status_code == 303


def test_who_knows_the_password_is_not_held_up(make: Any, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE = True
    address = make(password=SECRET)
    assert {_try(address, SECRET).status_code for _ in range(101)} == {303}


def test_many_addresses_try_one_link(make: Any, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE = True
    address = make(password=SECRET)
    statuses = [_try(address, "wrong", f"192.0.2.{n % 25}").status_code for n in range(101)]
    assert statuses == [400] * 100 + [429]


def test_one_address_tries_many_links(make: Any, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE = True
    addresses = [make(password=SECRET) for _ in range(6)]
    statuses = [_try(addresses[n // 9], "wrong").status_code for n in range(51)]
    assert statuses == [400] * 50 + [429]


def test_an_empty_form_costs_no_try(make: Any, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE = True
    address = make(password=SECRET)
    assert {_try(address, "").status_code for _ in range(12)} == {400}
    assert _try(address, SECRET).status_code == 303


# --- The answer ---------------------------------------------------------------------------------------------------


def test_its_address_leaks_nowhere(client: Client, make: Any) -> None:
    locked = make(password=SECRET)
    answers = {
        "open": client.get(make()),
        "asked": client.get(locked),
        "refused": client.post(locked, {"password": "wrong"}),
        "unknown": client.get("/s/" + "x" * 43),
        "wrong method": client.put(locked),
    }
    for what, answer in answers.items():
        assert answer["Cache-Control"] == "private, no-store", what
        assert answer["X-Robots-Tag"] == "noindex", what
        # with a form on it the page must not hide its origin from us: `Origin: null` fails the CSRF check
        assert answer["Referrer-Policy"] == ("strict-origin" if what in ("asked", "refused") else "no-referrer"), what
    assert answers["wrong method"].status_code == 405


def test_head_opens_nothing(client: Client, make: Any, trip: Album) -> None:
    for address, status in [(make(), 302), (make(password=SECRET), 200), ("/s/" + "x" * 43, 404)]:
        answer = client.head(address)
        assert (answer.status_code, answer.content) == (status, b"")
    assert sees(client, trip) == [False]
    assert {link.last_used_at for link in ShareLink.objects.all()} == {None}
    assert OPENED_LINKS not in client.session


def test_the_log_tells_neither_token_nor_password(client: Client, make: Any, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("gallery")
    logger.addHandler(caplog.handler)
    caplog.set_level(logging.INFO, "gallery")
    address = make(password=SECRET)
    client.get(address)
    client.post(address, {"password": "a wrong secret"})
    client.post(address, {"password": SECRET})
    logger.removeHandler(caplog.handler)
    written = "\n".join(JSONFormatter().format(record) for record in caplog.records)
    assert "link made" in written
    assert "link refused" in written
    assert "/s/[redacted]" in written
    for secret in (address.removeprefix("/s/"), SECRET, "a wrong secret"):
        assert secret not in written


def test_the_last_use_is_noted_to_the_minute(client: Client, make: Any) -> None:
    address = make()
    client.get(address)
    first = ShareLink.objects.get().last_used_at
    assert first
    Client().get(address)
    assert ShareLink.objects.get().last_used_at == first
    long_ago = first - timedelta(minutes=2)
    ShareLink.objects.update(last_used_at=long_ago)
    Client().get(address)
    assert ShareLink.objects.get().last_used_at > long_ago


def test_a_session_remembers_the_newest_links(
    client: Client, make: Any, trip: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_opening, "MOST_LINKS", 3)
    albums = [tree.plant(owner=trip.user, name=str(n), privacy_setting="shared") for n in range(4)]
    for album in albums:
        client.get(make(album))
    client.get(make(albums[3]))
    assert sees(client, *albums) == [False, False, True, True]
    assert len(client.session[OPENED_LINKS]) == 3


def test_opening_again_changes_no_session(client: Client, make: Any) -> None:
    address = make()
    client.get(address)
    assert "sessionid" not in client.get(address).cookies


# --- The routes ---------------------------------------------------------------------------------------------------


def test_making_one_shows_its_address_once(as_alice: APIClient, client: Client, trip: Album) -> None:
    answer = as_alice.post(links(trip), {})
    assert answer.status_code == 201
    body = answer.json()
    link = ShareLink.objects.get()
    assert body == {
        "id": str(link.uid),
        "url": f"http://testserver/s/{body['token']}",
        "token": body["token"],
        "has_password": False,
        "expires_at": None,
        "allow_download": None,
        "show_location": None,
        "created_at": body["created_at"],
        "last_used_at": None,
    }
    assert answer["Cache-Control"] == "private, no-cache"
    client.get(body["url"])
    listed = as_alice.get(links(trip)).json()["results"]
    shown = {name: value for name, value in body.items() if name not in ("url", "token")}
    assert [link | {"last_used_at": None} for link in listed] == [shown]
    assert listed[0]["last_used_at"]


def test_all_that_can_be_said(as_alice: APIClient, trip: Album) -> None:
    said = {"expires_at": "2999-05-03T10:00:00Z", "allow_download": False, "show_location": True}
    body = as_alice.post(links(trip), said | {"password": SECRET}).json()
    assert {name: body[name] for name in said} == said
    assert body["has_password"] is True
    assert SECRET not in str(body)
    assert as_alice.post(links(trip), {"password": None, "expires_at": None}).json()["has_password"] is False


def test_its_address_is_on_the_site_that_is_set(as_alice: APIClient, trip: Album, settings: Settings) -> None:
    settings.SITE_URL = "https://photos.example"
    assert as_alice.post(links(trip), {}).json()["url"].startswith("https://photos.example/s/")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"password": ""}, [("password", "blank")]),
        ({"password": "x" * 129}, [("password", "max_length")]),
        ({"expires_at": "2001-01-01T00:00:00Z"}, [("expires_at", "past")]),
        ({"expires_at": "tomorrow"}, [("expires_at", "invalid")]),
        ({"expires_at": "9999-12-31T23:59:59-23:59"}, [("expires_at", "overflow")]),
        ({"allow_download": "perhaps"}, [("allow_download", "invalid")]),
        ({"show_location": []}, [("show_location", "invalid")]),
        ({"token": "mine"}, [("token", "unknown_field")]),
        ({"album_id": "x"}, [("album_id", "unknown_field")]),
    ],
)
def test_what_can_not_be_said(as_alice: APIClient, trip: Album, said: dict, told: list) -> None:
    answer = as_alice.post(links(trip), said)
    assert (answer.status_code, codes(answer)) == (400, told)
    assert not ShareLink.objects.exists()


def test_where_nobody_else_sees_the_album_it_says_what_to_do(as_alice: APIClient, trip: Album) -> None:
    private = tree.plant(owner=trip.user, name="Private")
    below = tree.plant(owner=trip.user, name="Below", parent=private)
    day = tree.plant(owner=trip.user, name="Day", parent=trip)
    public = tree.plant(owner=trip.user, name="Public", privacy_setting="public")
    for album in (private, below):
        answer = as_alice.post(links(album), {})
        assert (answer.status_code, codes(answer)) == (400, [(None, "private")])
        assert "privacy_setting" in answer.json()["errors"][0]["detail"]
    for album in (trip, day, public):
        assert as_alice.post(links(album), {}).status_code == 201


def test_links_are_the_owners(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, make: Any, trip: Album, carol: User
) -> None:
    make()
    public = tree.plant(owner=trip.user, name="Public", privacy_setting="public")
    link = str(ShareLink.objects.get().uid)
    for album, status in [(trip, 404), (public, 403)]:
        for method, path in [("get", links(album)), ("post", links(album)), ("delete", links(album, link))]:
            assert getattr(as_carol, method)(path).status_code == status
            assert getattr(as_nobody, method)(path).status_code == 401
    hers = tree.plant(owner=carol, name="Hers", privacy_setting="shared")
    assert as_carol.delete(links(hers, link)).status_code == 404
    assert as_alice.delete(links(public, link)).status_code == 404
    assert ShareLink.objects.count() == 1


def test_the_list_is_paged(as_alice: APIClient, make: Any, trip: Album) -> None:
    for _ in range(3):
        make()
    page = as_alice.get(f"{links(trip)}?page_size=2").json()
    rest = as_alice.get(page["next"]).json()
    found = [link["id"] for link in page["results"] + rest["results"]]
    assert found == [str(uid) for uid in ShareLink.objects.order_by("-created_at").values_list("uid", flat=True)]
