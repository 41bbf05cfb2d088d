"""CDN_URL: what a shared cache is given, that everyone may see it, and that it is told what it has to forget."""

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings as current
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from albums import sharing, tree
from albums.models import Album, AlbumMember
from images import ledger, moderation, placing, preference_changes, purging, store, trash
from images.album_changes import edit_album, restore_album, trash_album
from images.management.commands.housekeep import tidy
from images.models import CachePurge, Image
from images.renditions import RenditionKey
from images.tests.rows import image_row
from images.watermarks import NONE
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)

CDN = "https://cdn.example/gallery"


@pytest.fixture(autouse=True)
def cdn(settings: Settings) -> None:
    settings.CDN_URL = CDN


def fetched(url: str, **headers: str) -> Any:
    """What the shared cache gets for an address of its own: from us, by the same path, with nobody's cookies."""
    assert url.startswith(CDN + "/public/")
    return Client().get(url.removeprefix(CDN), headers=headers)


def path_of(image: Image) -> str:
    """Where the smallest rendition would be public."""
    path = store.rendition_path(image.uid, image.version, RenditionKey(160, "jpeg"))
    return "/public/" + path.removeprefix("renditions/")


def small(client: APIClient, image: Image) -> str:
    return client.get(f"/api/images/{image.uid}").json()["thumbnails"]["small"]["url"]


# --- What it is given ---------------------------------------------------------------------------------------------


def test_what_everyone_may_see_comes_from_it(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, upload: Callable[..., Image]
) -> None:
    image = upload(jpeg(1000, 333), privacy_setting="public")
    for client in (as_alice, as_carol, as_nobody):
        detail = client.get(f"/api/images/{image.uid}").json()
        urls = [told["url"] for told in detail["thumbnails"].values()]
        urls += [candidate.split(" ")[0] for candidate in detail["srcset"].split(", ")]
        for url in urls:
            answer = fetched(url)
            assert answer.status_code == 200
            assert answer["Cache-Control"] == "public, s-maxage=600"
            assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert "Set-Cookie" not in answer.headers
            assert "Cookie" not in answer.get("Vary", "")
            assert "Accept" not in answer.get("Vary", "")
            Picture.open(io.BytesIO(answer.getvalue())).load()
            assert fetched(url, **{"If-None-Match": answer["ETag"]}).status_code == 304


def test_nothing_else_does(
    as_alice: APIClient, as_bob: APIClient, alice: User, bob: User, upload: Callable[..., Image], settings: Settings
) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="shared")
    sharing.let_in(bob, into=album, by=alice)
    shared, private = upload(album_id=str(album.uid)), upload()
    for signed in (False, True):
        settings.GALLERY_SIGNED_URLS = signed
        for client, image in [(as_alice, shared), (as_bob, shared), (as_alice, private)]:
            url = small(client, image)
            assert url.startswith("/renditions/" if signed else "/api/images/")
            answer = client.get(url)
            assert answer.status_code == 200
            assert "public" not in answer["Cache-Control"]
    for image in (shared, private):
        for client in (as_alice, as_bob):  # the rule is asked for nobody, whoever asks
            assert client.get(path_of(image)).status_code == 404


def test_without_a_shared_cache_there_is_nothing_public(
    as_alice: APIClient, upload: Callable[..., Image], settings: Settings
) -> None:
    url = small(as_alice, upload(privacy_setting="public"))
    assert fetched(url).status_code == 200
    settings.CDN_URL = ""
    assert Client().get(url.removeprefix(CDN)).status_code == 404


def test_other_paths_are_not_there(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    path = small(as_alice, upload(jpeg(1000, 333), privacy_setting="public")).removeprefix(CDN)
    client = Client()
    assert client.get(path).status_code == 200
    shelf = path.split("/")[2]
    for other in [
        path.replace(f"/{shelf}/", "/zz/", 1),
        path.replace("/1/", "/2/"),
        path.replace("/1/", "/01/"),
        path.replace("320.jpg", "321.jpg"),
        path.replace("320.jpg", "2048.jpg"),  # a file of these pixels has another name
        path.replace("320.jpg", "320.gif"),
        path.replace("320.jpg", "320-0123456789ab.jpg"),
        path.replace("320.jpg", "clean.jpg"),
        path.replace("320.jpg", ".320.jpg"),
    ]:
        answer = client.get(other)
        assert answer.status_code == 404, other
        assert answer["Cache-Control"] == "no-store"


def test_a_watermark_is_on_what_everyone_gets(
    as_alice: APIClient, as_nobody: APIClient, alice: User, upload: Callable[..., Image]
) -> None:
    alice.chosen_preferences = {
        "allow_download": False,
        "watermark": {"kind": "text", "text": "HHHH", "position": "center", "opacity": 1.0, "size": 0.9},
    }
    alice.save()
    image = upload(jpeg(1000, 1000), privacy_setting="public")
    marked = small(as_nobody, image)
    assert fetched(marked).status_code == 200
    assert small(as_alice, image).startswith("/api/images/")  # hers is clean, and not for everyone
    assert Client().get(path_of(image)).status_code == 404


def test_the_policy_of_pages_lets_its_pictures_in() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from gallery_site.settings import *; print(CONTENT_SECURITY_POLICY)"],
        cwd=current.BASE_DIR,
        env={"PATH": os.environ["PATH"], "GALLERY_DATA_DIR": str(current.DATA_DIR), "CDN_URL": CDN + "/"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "'img-src': [\"'self'\", 'data:', 'blob:', 'https://cdn.example']" in told.stdout


# --- What it has to forget ----------------------------------------------------------------------------------------


class Hook(HTTPServer):
    """Listens as the hook would, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[dict[str, list[str]]] = []
        self.status = 204

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805  `self` is the server around it
                content = handler.rfile.read(int(handler.headers["Content-Length"]))
                if self.status < 300:
                    self.told.append(json.loads(content))
                handler.send_response(self.status)
                handler.end_headers()

            def log_message(handler, *args: object) -> None:  # noqa: N805
                pass

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def hook(settings: Settings) -> Iterator[Hook]:
    server = Hook()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.GALLERY_PURGE_URL = f"http://127.0.0.1:{server.server_port}/purge"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def prefix(image: Image) -> str:
    return f"{CDN}/public/{image.uid.hex[-2:]}/{image.uid}/"


def test_every_way_to_take_it_from_everyone_tells_it(
    as_alice: APIClient, alice: User, mia: User, upload: Callable[..., Image], hook: Hook
) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    image = upload(jpeg(700, 350), album_id=str(album.uid))
    api = f"/api/images/{image.uid}"

    def unlisted_by(deed: Callable[[], object], back: Callable[[], object]) -> None:
        image.refresh_from_db()
        assert image.is_listed
        cached = small(APIClient(), image)
        deed()
        [told] = hook.told
        assert told["prefixes"] == [prefix(image)]
        assert cached in told["urls"]
        assert all(url.startswith(prefix(image)) for url in told["urls"])
        assert not CachePurge.objects.exists()
        back()
        hook.told.clear()

    unlisted_by(
        lambda: as_alice.put(api, {"privacy_setting": "private"}),
        lambda: as_alice.put(api, {"privacy_setting": "inherit"}),
    )
    unlisted_by(
        lambda: edit_album(album, {"privacy_setting": "private"}),
        lambda: edit_album(album, {"privacy_setting": "public"}),
    )
    unlisted_by(lambda: as_alice.delete(api), lambda: as_alice.post(f"{api}/restore"))
    unlisted_by(
        lambda: moderation.hide([image], by=mia, reason="spam"), lambda: moderation.unhide([image], by=mia, reason="ok")
    )
    unlisted_by(
        lambda: moderation.suspend_owner([image], by=mia, reason="spam"),
        lambda: moderation.unsuspend_owner([image], by=mia, reason="ok"),
    )
    unlisted_by(lambda: trash.purge([image.pk]), lambda: None)  # no row is left to ask


def test_a_deed_within_a_deed_tells_it_once(upload: Callable[..., Image], hook: Hook) -> None:
    image = upload(privacy_setting="public")
    with ledger.balanced([]):
        trash.trash([image.pk])
        assert hook.told == []
    assert [told["prefixes"] for told in hook.told] == [[prefix(image)]]


def test_it_is_told_of_nothing_else(as_alice: APIClient, upload: Callable[..., Image], hook: Hook) -> None:
    public, private = upload(privacy_setting="public"), upload()
    as_alice.put(f"/api/images/{public.uid}", {"title": "new"})
    as_alice.put(f"/api/images/{private.uid}", {"privacy_setting": "public"})
    as_alice.put(f"/api/images/{private.uid}", {"privacy_setting": "inherit"}, headers={"If-Match": '"x"'})
    as_alice.post(
        "/api/images/batch?dry_run=true", {"operation": "delete", "image_ids": [str(public.uid), str(private.uid)]}
    )
    assert hook.told == []
    assert not CachePurge.objects.exists()


def test_an_edit_has_it_forget_what_was_cut_away(as_alice: APIClient, upload: Callable[..., Image], hook: Hook) -> None:
    image = upload(jpeg(700, 350), privacy_setting="public")
    cached = small(as_alice, image)
    step = {"operation": "crop", "x": 0, "y": 0, "width": 300, "height": 300}
    assert as_alice.post(f"/api/images/{image.uid}/edits", step).status_code in (200, 201)
    [told] = hook.told
    assert cached in told["urls"]
    assert fetched(cached).status_code == 404


def test_what_it_does_not_take_it_is_told_again(
    as_alice: APIClient, upload: Callable[..., Image], hook: Hook, settings: Settings
) -> None:
    image, other = upload(privacy_setting="public"), upload(privacy_setting="public")
    hook.status = 503
    assert as_alice.put(f"/api/images/{image.uid}", {"privacy_setting": "private"}).status_code == 200
    assert CachePurge.objects.count() == 1
    works, settings.GALLERY_PURGE_URL = settings.GALLERY_PURGE_URL, "http://127.0.0.1:1/nobody"
    assert as_alice.put(f"/api/images/{other.uid}", {"privacy_setting": "private"}).status_code == 200
    tidy()
    assert CachePurge.objects.count() == 2
    settings.GALLERY_PURGE_URL, hook.status = works, 200
    tidy()
    assert sorted(url for told in hook.told for url in told["prefixes"]) == sorted([prefix(image), prefix(other)])
    assert not CachePurge.objects.exists()


def test_many_are_told_in_parts(hook: Hook) -> None:
    purging.purge([uuid4() for _ in range(purging.NOTES_AT_ONCE + 5)])
    assert [len(told["prefixes"]) for told in hook.told] == [purging.NOTES_AT_ONCE, 5]


def test_of_very_many_it_forgets_all(alice: User, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "MOST_NAMED", 3)
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    for _ in range(3):
        image_row(alice, album=album)
    edit_album(album, {"privacy_setting": "private"})
    assert sorted(hook.told.pop()["prefixes"]) == sorted(map(prefix, album.images.all()))
    edit_album(album, {"privacy_setting": "public"})
    image_row(alice, album=album)
    edit_album(album, {"name": "B"})
    assert hook.told == []
    edit_album(album, {"privacy_setting": "private"})
    assert hook.told == [{"urls": [], "prefixes": [f"{CDN}/public/"]}]
    assert not CachePurge.objects.exists()


# --- Watermarks ---------------------------------------------------------------------------------------------------


def saying(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text, "position": "center", "opacity": 1.0, "size": 0.5}


@pytest.fixture
def marked(alice: User) -> Album:
    """A public album with a watermark, in which nothing may be downloaded; nor may anything else of hers, which has
    another watermark."""
    alice.choose({"allow_download": False, "watermark": saying("hers")})
    return tree.plant(owner=alice, name="A", privacy_setting="public", watermark=saying("A"))


def outdated_by(hook: Hook, image: Image, deed: Callable[[], object]) -> None:
    """What was cached is told by this deed, and is not given any more; there is another instead."""
    before = small(APIClient(), image)
    assert fetched(before).status_code == 200
    deed()
    [told] = hook.told
    assert told["prefixes"] == [prefix(image)]
    assert before in told["urls"]
    assert not CachePurge.objects.exists()
    after = small(APIClient(), image)
    assert after != before
    assert (fetched(before).status_code, fetched(after).status_code) == (404, 200)
    hook.told.clear()


def test_another_watermark_of_an_album_has_it_forget_the_former(
    as_alice: APIClient, alice: User, marked: Album, upload: Callable[..., Image], hook: Hook
) -> None:
    image = upload(jpeg(700, 350), album_id=str(marked.uid))
    api = f"/api/albums/{marked.uid}"
    above = tree.plant(owner=alice, name="Above", watermark=saying("above"))
    for change in [
        {"watermark": saying("B")},
        {"watermark": NONE},
        {"watermark": None},  # hers
        {"parent_id": str(above.uid)},
        {"allow_download": True},  # clean
        {"allow_download": None},
        {"parent_id": None},
    ]:
        outdated_by(hook, image, lambda change=change: as_alice.put(api, change))


def test_so_has_another_preference(
    as_alice: APIClient, alice: User, upload: Callable[..., Image], hook: Hook, client: Client
) -> None:
    image = upload(jpeg(700, 350), privacy_setting="public")
    client.force_login(alice)
    alice.choose({"watermark": saying("x")})
    form = {"default_privacy": "inherit", "theme": "dark", "page_size": "50", "album_delete_mode": "keep"}
    for deed in [
        lambda: client.post("/account", form),  # which allows no download
        lambda: as_alice.patch("/api/auth/user", {"watermark": saying("y")}),
        lambda: client.post("/account/watermark", {"kind": "text", "text": "z"}),
        lambda: as_alice.patch("/api/auth/user", {"preferences": {"watermark": None}}),
        lambda: client.post("/account/watermark", {"kind": "text", "text": "z"}),
        lambda: client.post("/account", {**form, "allow_download": "on"}),
    ]:
        outdated_by(hook, image, deed)


def test_so_has_the_end_of_a_road_on_which_it_was_clean(
    as_alice: APIClient, alice: User, mia: User, marked: Album, upload: Callable[..., Image], hook: Hook
) -> None:
    image = upload(jpeg(700, 350), album_id=str(marked.uid))
    clean = tree.plant(owner=alice, name="Clean", privacy_setting="public", watermark=dict(NONE))
    api = f"/api/images/{image.uid}"

    def add() -> None:
        placing.add([image.pk], to=clean, by=alice)

    outdated_by(hook, image, add)
    outdated_by(hook, image, lambda: placing.remove([image.pk], out_of=[clean]))
    outdated_by(hook, image, add)
    outdated_by(hook, image, lambda: edit_album(clean, {"privacy_setting": "private"}))
    outdated_by(hook, image, lambda: edit_album(clean, {"privacy_setting": "public"}))
    outdated_by(hook, image, lambda: trash_album(clean))
    outdated_by(hook, image, lambda: restore_album(clean))
    outdated_by(hook, image, lambda: moderation.hide([clean], by=mia, reason="spam"))
    outdated_by(hook, image, lambda: moderation.unhide([clean], by=mia, reason="ok"))
    placing.remove([image.pk], out_of=[clean])
    hook.told.clear()
    alice.choose({"watermark": None})
    outdated_by(hook, image, lambda: as_alice.put(api, {"privacy_setting": "public"}))
    outdated_by(hook, image, lambda: as_alice.put(api, {"privacy_setting": "inherit"}))


def test_what_is_marked_as_before_it_may_keep(
    as_alice: APIClient, as_bob: APIClient, alice: User, bob: User, marked: Album, hook: Hook
) -> None:
    """Also where a watermark is changed that lies over nothing that everyone sees."""
    image_row(alice, album=marked)
    shared = tree.plant(owner=alice, name="Shared", privacy_setting="shared")
    image_row(alice, album=shared)
    private = image_row(alice, privacy_setting="private", album=marked)
    bobs = tree.plant(owner=bob, name="Bob's", privacy_setting="public")
    AlbumMember.objects.create(album=bobs, user=alice, role="contributor")
    image_row(alice, privacy_setting="inherit", album=bobs)
    image_row(bob, album=bobs)
    downloadable = image_row(bob, privacy_setting="public")
    for client, path, change in [
        (as_alice, f"/api/albums/{marked.uid}", {"watermark": saying("A"), "name": "Renamed", "show_location": True}),
        (as_alice, f"/api/albums/{marked.uid}?dry_run=true", {"watermark": saying("B")}),
        (as_alice, f"/api/albums/{shared.uid}", {"watermark": saying("B")}),
        (as_alice, f"/api/images/{private.uid}", {"privacy_setting": "inherit"}),
        (as_alice, "/api/auth/user", {"watermark": saying("other"), "theme": "dark"}),  # the album's is over all
        (as_bob, f"/api/albums/{bobs.uid}", {"watermark": saying("B")}),  # one may download his
        (as_bob, f"/api/images/{downloadable.uid}", {"title": "New"}),
    ]:
        method = client.patch if path == "/api/auth/user" else client.put
        assert method(path, change).status_code == 200, path
        assert hook.told == [], (path, change)
    assert not CachePurge.objects.exists()


def test_a_change_that_fails_tells_nothing(as_alice: APIClient, marked: Album, alice: User, hook: Hook) -> None:
    image_row(alice, privacy_setting="public")
    gone = {"kind": "image", "picture": str(uuid4())}
    for change in ({"watermark": gone}, {"watermark": saying("x"), "email": "x@example.com", "current_password": "?"}):
        assert as_alice.patch("/api/auth/user", change).status_code == 400
    assert as_alice.put(f"/api/albums/{marked.uid}", {"watermark": gone}).status_code == 400
    assert hook.told == []
    assert not CachePurge.objects.exists()


def test_a_preference_costs_the_same_for_many_images_and_for_very_many_all_is_forgotten(
    alice: User, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.choose({"allow_download": False, "watermark": saying("first")})
    monkeypatch.setattr(purging, "MOST_NAMED", 8)
    costs = []
    for number in (2, 6, 1):
        for _ in range(number):
            image_row(alice, privacy_setting="public")
        with CaptureQueriesContext(connection) as queries:
            preference_changes.choose(alice, {"watermark": saying(f"{number}")})
        costs.append(len(queries))
    assert [len(told["prefixes"]) for told in hook.told] == [2, 8, 1]
    assert hook.told[-1] == {"urls": [], "prefixes": [f"{CDN}/public/"]}
    assert costs[0] == costs[1] > costs[2]


def test_without_a_hook_nothing_is_noted(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(privacy_setting="public")
    as_alice.put(f"/api/images/{image.uid}", {"privacy_setting": "private"})
    assert not CachePurge.objects.exists()
    assert fetched(CDN + path_of(image)).status_code == 404
