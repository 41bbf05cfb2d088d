"""A real nginx with `deploy/nginx.conf` before the real server: signed addresses, X-Accel-Redirect, static files."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.fronts import MISSING, NGINX, Front
from tests.people import Answer, Person, ask
from tests.pictures import jpeg
from tests.serving import Server

pytestmark = [pytest.mark.xdist_group("front"), pytest.mark.skipif(NGINX is None, reason=MISSING)]

SANDBOX = "default-src 'none'; sandbox"


class Stage(NamedTuple):
    server: Server
    front: Front
    alice: Person  # who comes through the front
    image: str
    original: bytes

    def requests(self) -> int:
        """How many requests reached Gallery."""
        return self.server.out.read_text().count('"message": "request"')

    def rendition(self, name: str = "medium") -> str:
        return str(self.alice.ask(f"/api/images/{self.image}").json["thumbnails"][name]["url"])

    def get(self, path: str, **headers: str) -> Answer:
        """As somebody without a session."""
        return ask(self.front.port, path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("front")
    environment = {"TRUSTED_PROXIES": "127.0.0.1", "GALLERY_SIGNED_URLS": "1", "GALLERY_X_ACCEL": "/protected/"}
    server = Server(folder / "data", GALLERY_WEB_PROCESSES="1", GALLERY_DECODERS="1", **environment)
    front = None
    try:
        key = subprocess.run(
            [sys.executable, "manage.py", "edge_key"],
            cwd=settings.BASE_DIR,
            env={"PATH": "/usr/bin:/bin", "GALLERY_DATA_DIR": str(server.data)} if server.port else {},
            capture_output=True,
            text=True,
            check=True,
        )
        front = Front(folder / "nginx", server.data, port=server.port, edge_key=key.stdout)
        alice = Person(front.port, "alice")
        original = jpeg(1400, 700) + bytes(range(256)) * 4096
        image = alice.upload("large.jpg", original)
        yield Stage(server, front, alice, image, original)
    finally:
        if front:
            front.end()
        server.sweep()


# --- Signed addresses ---------------------------------------------------------------------------------------------


def test_a_signed_picture_is_sent_without_gallery(stage: Stage) -> None:
    url = stage.rendition()
    before = stage.requests()
    answer = stage.get(url)
    assert stage.requests() == before
    assert answer.status == 200
    assert answer.content == (stage.server.data / "media" / urlsplit(url).path[1:]).read_bytes()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == SANDBOX
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Set-Cookie" not in answer.headers
    assert stage.get(url, If_None_Match=answer.headers["ETag"]).status == 304
    part = stage.get(url, Range="bytes=10-19")
    assert (part.status, part.content) == (206, answer.content[10:20])


def test_a_picture_that_is_not_there_yet_is_made(stage: Stage) -> None:
    told = stage.alice.ask(f"/api/images/{stage.image}", headers={"Accept": "application/json, image/webp"}).json
    url = told["thumbnails"]["small"]["url"]
    path = stage.server.data / "media" / urlsplit(url).path[1:]
    assert path.name == "320.webp"
    assert not path.exists()
    first, before = stage.get(url), stage.requests()
    second = stage.get(url)
    assert (first.status, second.status) == (200, 200)
    assert first.content == second.content == path.read_bytes()
    assert first.headers["Content-Type"] == second.headers["Content-Type"] == "image/webp"
    assert stage.requests() == before


def test_what_is_not_signed_is_refused_at_the_edge(stage: Stage) -> None:
    url = stage.rendition()
    path, query = url.split("?")
    expires, sig, edge_sig = query.split("&")
    late = f"expires={int(expires.partition('=')[2]) + 1}"
    before = stage.requests()
    for other in [
        path,
        f"{path}?{expires}",
        f"{path}?{expires}&{sig}",
        f"{path}?{late}&{sig}&{edge_sig}",
        f"{path}?{expires}&{sig}&{edge_sig[:-1]}",
        f"{path}?expires=1&{sig}&{edge_sig}",
        f"{path.replace('640', '1280')}?{query}",
        f"{path.replace('.jpg', '.webp')}?{query}",
        f"{path.replace('640.', '640-0123456789ab.')}?{query}",
        f"{path.replace('/1/', '/2/')}?{query}",
        f"/renditions/../originals/{stage.image[-2:]}/{stage.image}.jpg?{query}",
        f"/renditions/%2e%2e/originals/{stage.image[-2:]}/{stage.image}.jpg?{query}",
    ]:
        assert stage.get(other).status in (403, 404), other
    assert stage.requests() <= before + 2  # those with ".." are no renditions any more: Gallery knows no such page


def test_an_expired_address_is_refused(stage: Stage) -> None:
    """Signed by the right key, for a moment that has passed."""
    told = subprocess.run(
        [
            sys.executable,
            *("manage.py", "shell", "--no-imports", "-c"),
            "from unittest.mock import patch; from images import signing\n"
            "with patch.object(signing.time, 'time', lambda: 1_700_000_000.0):\n"
            f"    print(signing.signed({urlsplit(stage.rendition()).path!r}))",
        ],
        cwd=settings.BASE_DIR,
        env={"PATH": "/usr/bin:/bin", "GALLERY_DATA_DIR": str(stage.server.data)},
        capture_output=True,
        text=True,
        check=True,
    )
    url = told.stdout.strip()
    assert "expires=17000" in url
    assert stage.get(url).status == 403
    assert ask(stage.server.port, url).status == 403


def test_both_check_the_same_addresses(stage: Stage) -> None:
    url = stage.rendition("large")
    assert stage.get(url).status == 200
    answer = ask(stage.server.port, url)  # from here, where the front is
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["X-Accel-Redirect"] == "/protected" + urlsplit(url).path


# --- Files that Gallery names -------------------------------------------------------------------------------------


def test_a_download_is_sent_by_the_front(stage: Stage) -> None:
    path = f"/api/images/{stage.image}/download"
    answer = stage.alice.ask(path)
    assert (answer.status, answer.content) == (200, stage.original)
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"] == SANDBOX
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "X-Accel-Redirect" not in answer.headers
    assert answer.headers.get_all("ETag") == [f'"{hashlib.sha256(stage.original).hexdigest()}"']
    assert answer.headers["X-Request-ID"]


def test_ranges_of_a_download(stage: Stage) -> None:
    path = f"/api/images/{stage.image}/download"
    tag = stage.alice.ask(path).headers["ETag"]
    for headers, status, content in [
        ({"Range": "bytes=5-700000"}, 206, stage.original[5:700_001]),
        ({"Range": "bytes=-7"}, 206, stage.original[-7:]),
        ({"Range": "bytes=0-3", "If-Range": tag}, 206, stage.original[:4]),
        ({"Range": "bytes=0-3", "If-Range": '"other"'}, 200, stage.original),
        ({"Range": "bytes=0-1,5-6"}, 200, stage.original),
        ({"If-None-Match": tag}, 304, b""),
        ({"If-Match": '"other"'}, 412, b""),
        ({"If-Match": tag}, 200, stage.original),
    ]:
        answer = stage.alice.ask(path, headers=headers)
        assert answer.status == status, headers
        assert answer.content == content
    assert stage.alice.ask(path, headers={"Range": f"bytes={len(stage.original)}-"}).status == 416
    head = stage.alice.ask(path, method="HEAD")
    assert (head.status, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(stage.original))


def test_a_thumbnail_by_its_usual_address(stage: Stage) -> None:
    path = f"/api/images/{stage.image}/thumbnail?size=640&v=1"
    answer = stage.alice.ask(path, headers={"Accept": "image/webp"})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Accept" in answer.headers["Vary"]
    assert stage.alice.ask(path, headers={"If-None-Match": answer.headers["ETag"]}).status == 200  # that is JPEG's
    assert stage.get(path).status == 404


def test_nobody_gets_a_file_by_himself(stage: Stage) -> None:
    shelf = stage.image[-2:]
    for path in [
        f"/protected/originals/{shelf}/{stage.image}.jpg",
        f"/protected/renditions/{shelf}/{stage.image}/1/640.jpg",
        f"/protected/../originals/{shelf}/{stage.image}.jpg",
        f"/media/originals/{shelf}/{stage.image}.jpg",
        f"/originals/{shelf}/{stage.image}.jpg",
        "/static/../gallery.sqlite3",
        "/static../gallery.sqlite3",
        "/protected../secret_key",
    ]:
        answer = stage.get(path, X_Accel_Redirect=path)
        assert answer.status in (400, 403, 404), path
        assert stage.original not in answer.content


# --- The rest -----------------------------------------------------------------------------------------------------


def test_pages_and_static_files(stage: Stage) -> None:
    page = stage.get("/")
    assert page.status == 200
    found = re.search(r'href="(/static/[^"]+\.css)"', page.content.decode())
    assert found
    before = stage.requests()
    answer = stage.get(found[1])
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    zipped = stage.get(found[1], Accept_Encoding="gzip")
    assert zipped.headers["Content-Encoding"] == "gzip"
    assert stage.requests() == before
