"""Signed addresses: what they open, for how long, and that nobody is asked."""

import io
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from gallery_site.request_log import query_without_secrets
from images import addresses, signing, store, trash
from images.models import Image
from images.renditions import LADDER, SQUARE, RenditionKey
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db

PATH = "/renditions/ab/0190b0f6-2f4e-7cc3-98c4-dc0c0c07398f/1/640.jpg"
BROWSER = "text/html,image/avif,image/webp,*/*;q=0.8"


@pytest.fixture(autouse=True)
def signed_urls(settings: Settings) -> None:
    settings.GALLERY_SIGNED_URLS = True


def parts(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def holds(address: str) -> bool:
    told = parts(address)
    return signing.is_signed(urlsplit(address).path, expires=told["expires"], sig=told["sig"])


# --- The signature ------------------------------------------------------------------------------------------------


def test_it_stays_the_same_for_half_its_time(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    settings.GALLERY_SIGNED_URL_SECONDS = 600
    now = 1_800_000_000.0  # the beginning of a window
    monkeypatch.setattr(signing.time, "time", lambda: now)
    first = signing.signed(PATH)
    now += 299.9
    assert signing.signed(PATH) == first
    now += 0.1
    assert signing.signed(PATH) != first
    assert holds(first)


@pytest.mark.parametrize("seconds", [10, 11, 60, 600, 3600])
def test_it_holds_at_least_half_its_time_and_never_longer_than_all(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, seconds: int
) -> None:
    settings.GALLERY_SIGNED_URL_SECONDS = seconds
    for moment in (1_800_000_000.0, 1_800_000_001.7, 1_812_345_678.9, 1_800_000_000.0 + seconds // 2 - 0.001):
        monkeypatch.setattr(signing.time, "time", lambda moment=moment: moment)
        expires = int(parts(signing.signed(PATH))["expires"])
        assert moment + seconds // 2 < expires <= moment + seconds


def test_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    address = signing.signed(PATH)
    expires = int(parts(address)["expires"])
    for moment, is_valid in [(expires - 1.0, True), (float(expires), True), (expires + 0.001, False)]:
        monkeypatch.setattr(signing.time, "time", lambda moment=moment: moment)
        assert holds(address) is is_valid


def test_it_is_bound_to_all_of_the_path_and_to_its_end() -> None:
    told = parts(signing.signed(PATH))
    expires, sig = told["expires"], told["sig"]
    assert signing.is_signed(PATH, expires=expires, sig=sig)
    others = [PATH.replace("/ab/", "/ac/"), PATH.replace("398f", "398e"), PATH.replace("/1/", "/2/"), PATH + "x"]
    others += [PATH.replace("640", "1280"), PATH.replace(".jpg", ".webp"), PATH.replace("640.", "640-0123456789ab.")]
    for other in others:
        assert not signing.is_signed(other, expires=expires, sig=sig)
    for text in (str(int(expires) + 1), "", "x", f" {expires}", f"{expires}0", "99999999999999", "٣", "\udc80"):
        assert not signing.is_signed(PATH, expires=text, sig=sig)
    for text in ("", sig[:-1], sig + "=", sig.swapcase(), told["edge_sig"], "é", "\udc80"):
        assert not signing.is_signed(PATH, expires=expires, sig=text)


def test_keys_follow_from_the_secret_and_differ(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    first, key = parts(signing.signed(PATH)), signing.edge_key()
    assert len(key) == 64  # a block of MD5, as nginx's expression needs it
    assert key not in settings.SECRET_KEY
    call_command("edge_key")
    assert capsys.readouterr().out == f"set $gallery_edge_key {key};\n"
    settings.SECRET_KEY = "another secret" * 5
    second = parts(signing.signed(PATH))
    assert signing.edge_key() != key
    assert first["sig"] != second["sig"]
    assert first["edge_sig"] != second["edge_sig"]


# --- What is handed out -------------------------------------------------------------------------------------------


def test_what_viewers_are_told_opens_what_it_says(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1000, 333))
    detail = as_alice.get(f"/api/images/{image.uid}").json()
    client = Client()  # has no session
    for told in detail["thumbnails"].values():
        assert holds(told["url"])
        answer = client.get(told["url"])
        assert answer["Content-Type"] == "image/jpeg"
        assert Picture.open(io.BytesIO(answer.getvalue())).size == (told["width"], told["height"])
    for candidate in detail["srcset"].split(", "):
        url, width = candidate.split(" ")
        assert Picture.open(io.BytesIO(client.get(url).getvalue())).width == int(width.removesuffix("w"))


def test_nobody_is_asked_and_nothing_is_set(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1000, 333))
    url = as_alice.get(f"/api/images/{image.uid}").json()["thumbnails"]["medium"]["url"]
    client = Client()
    client.cookies.load(as_alice.cookies)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url)
        again = client.get(url, headers={"If-None-Match": answer["ETag"]})
        part = client.get(url, headers={"Range": "bytes=0-9"})
        refused = client.get(url.replace("&edge_sig", "x&edge_sig"))
    assert [each.status_code for each in (answer, again, part, refused)] == [200, 304, 206, 403]
    assert len(queries) == 0
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    for each in (answer, again, part, refused):
        assert "Set-Cookie" not in each.headers
        assert not each.cookies
        assert "Cookie" not in each.get("Vary", "")
    assert refused["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_who_may_not_see_it_is_told_no_address(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, upload: Callable[..., Image]
) -> None:
    image = upload()
    for client in (as_carol, as_nobody):
        assert client.get(f"/api/images/{image.uid}").status_code == 404
        assert b"sig=" not in client.get("/api/images").content
    assert b"sig=" in as_alice.get("/api/images").content
    bare = urlsplit(as_alice.get(f"/api/images/{image.uid}").json()["thumbnails"]["medium"]["url"]).path
    for client in (as_alice, as_nobody):  # no session opens it, the owner's neither
        assert client.get(bare).status_code == 403


def test_pages_and_answers_name_a_format_that_the_client_takes(
    as_alice: APIClient, upload: Callable[..., Image]
) -> None:
    image = upload(jpeg(1000, 333))
    for accept, ending in [("application/json", ".jpg"), (BROWSER, ".webp")]:
        told = as_alice.get(f"/api/images/{image.uid}", headers={"Accept": accept}).json()
        assert urlsplit(told["thumbnails"]["small"]["url"]).path.endswith(f"/320{ending}")
    html = as_alice.get(f"/images/{image.uid}", headers={"Accept": BROWSER}).content.decode()
    url = re.search(r'src="(/renditions/[^"]+/1280\.webp[^"]+)"', html.replace("&amp;", "&"))
    assert url
    answer = Client().get(url[1])
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")


def test_after_a_revoke_no_new_address_is_told(
    as_alice: APIClient, as_carol: APIClient, upload: Callable[..., Image]
) -> None:
    image = upload(privacy_setting="public")
    held = as_carol.get(f"/api/images/{image.uid}").json()["thumbnails"]["small"]["url"]
    as_alice.put(f"/api/images/{image.uid}", {"privacy_setting": "private"})
    assert as_carol.get(f"/api/images/{image.uid}").status_code == 404
    assert Client().get(held).status_code == 200  # until it expires, at most GALLERY_SIGNED_URL_SECONDS


def test_a_marked_address_opens_the_marked_rendition_alone(
    as_alice: APIClient, as_carol: APIClient, alice: User, upload: Callable[..., Image]
) -> None:
    alice.chosen_preferences = {
        "allow_download": False,
        "watermark": {"kind": "text", "text": "HHHH", "position": "center", "opacity": 1.0, "size": 0.9},
    }
    alice.save()
    image = upload(jpeg(1000, 1000), privacy_setting="public")
    clean = as_alice.get(f"/api/images/{image.uid}").json()["thumbnails"]["medium"]["url"]
    marked = as_carol.get(f"/api/images/{image.uid}").json()["thumbnails"]["medium"]["url"]
    assert re.search(r"/640-[0-9a-f]{12}\.jpg\?", marked)
    assert urlsplit(clean).path.endswith("/640.jpg")
    client = Client()
    shown, hidden = client.get(marked), client.get(clean)
    assert (shown.status_code, hidden.status_code) == (200, 200)
    assert shown.getvalue() != hidden.getvalue()
    stolen = re.sub(r"/640-[0-9a-f]{12}", "/640", urlsplit(marked).path) + "?" + urlsplit(marked).query
    assert client.get(stolen).status_code == 403
    alice.chosen_preferences = {}
    alice.save()
    store.on_disk(urlsplit(marked).path[1:]).unlink()
    assert client.get(marked).status_code == 404  # that watermark is no more; and what is clean is not sent for it


# --- What is missing ----------------------------------------------------------------------------------------------


def test_what_is_missing_is_made(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1400, 700))
    for form in ("jpeg", "webp", "png", "avif"):
        key = RenditionKey(640, form)
        path = "/" + store.rendition_path(image.uid, image.version, key)
        for spoil in ("missing", "empty"):
            file = store.on_disk(path[1:])
            file.unlink(missing_ok=True) if spoil == "missing" else file.write_bytes(b"")
            answer = Client().get(signing.signed(path))
            assert answer.status_code == 200
            assert Picture.open(io.BytesIO(answer.getvalue())).size == (640, 320)


def test_what_can_not_be_made(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1400, 700))
    client = Client()

    def status(version: int, name: str) -> int:
        path = f"/{store.renditions_path(image.uid)}/{version}/{name}"
        return client.get(signing.signed(path)).status_code

    assert status(image.version, "640.webp") == 200
    assert status(image.version + 1, "640.jpg") == 404
    assert status(image.version, "640-0123456789ab.jpg") == 404
    assert status(image.version, "2048.jpg") == 200
    assert status(image.version, "1500.jpg") == 404
    store.on_disk(image.file_path).unlink()
    assert status(image.version, "640.png") == 410
    assert status(image.version, "640.webp") == 200
    trash.purge([image.pk])
    trash.remove_files()
    assert status(image.version, "640.webp") == 404


def test_an_edit_changes_the_address(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1400, 700))
    before = addresses.thumbnail_url(image, 640)
    assert as_alice.post(f"/api/images/{image.uid}/edits", {"operation": "rotate", "angle": 90}).status_code == 200
    image.refresh_from_db()
    after = addresses.thumbnail_url(image, 640)
    assert urlsplit(before).path != urlsplit(after).path
    assert Picture.open(io.BytesIO(Client().get(after).getvalue())).size == (320, 640)


# --- What it costs ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["plain", "signed", "public"])
def test_five_hundred_addresses_touch_neither_database_nor_disk(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    settings.GALLERY_SIGNED_URLS = mode == "signed"
    settings.CDN_URL = "https://cdn.example"
    images = [Image(user=alice, image_width=4032, image_height=3024, version=1, is_listed=True) for _ in range(100)]

    def forbidden(*args: object, **kwargs: object) -> None:
        raise AssertionError("a look at the disk, or into the cache")

    for name in ("stat", "open", "listdir", "scandir", "lstat"):
        monkeypatch.setattr(f"os.{name}", forbidden)
    monkeypatch.setattr("django.core.cache.cache.get", forbidden)
    with CaptureQueriesContext(connection) as queries:
        made = {addresses.thumbnail_url(image, size, public=mode == "public") for image in images for size in LADDER}
    monkeypatch.undo()
    assert len(queries) == 0
    assert len(made) == 500
    start = {"plain": "/api/images/", "signed": "/renditions/", "public": "https://cdn.example/public/"}[mode]
    assert all(address.startswith(start) for address in made)


def test_the_square_has_an_address_too(upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1400, 700))
    answer = Client().get(str(addresses.square(image)["url"]))
    assert Picture.open(io.BytesIO(answer.getvalue())).size == (320, 320)
    assert addresses.thumbnail_url(image, SQUARE).startswith(f"/{store.renditions_path(image.uid)}/1/square.jpg?")


def test_the_log_does_not_tell_signatures(upload: Callable[..., Image]) -> None:
    shown = query_without_secrets(urlsplit(addresses.thumbnail_url(upload(), 640)).query)
    assert re.fullmatch(r"expires=\d+&sig=\[redacted\]&edge_sig=\[redacted\]", shown)
