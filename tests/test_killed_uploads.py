"""kill -9 of the whole server while uploads run: nothing acknowledged is lost, nothing half-made is left."""

import hashlib
import http.client
import json
import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.pictures import jpeg
from tests.serving import PATIENCE, Server, until

pytestmark = [pytest.mark.xdist_group("serving"), pytest.mark.fault]

BOUNDARY = "a-boundary"


class Client:
    """A program that uploads with a bearer token."""

    def __init__(self, server: Server, token: str = "") -> None:
        self.port = server.port
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes, dict[str, str]]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, self.headers | headers)
            answer = connection.getresponse()
            cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name == "Set-Cookie"]
            return answer.status, answer.read(), dict(cookie.split("=", 1) for cookie in cookies)

    def upload(self, content: bytes) -> str:
        """The id of the image; raises OSError or HTTPException when the server dies meanwhile."""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        status, answer, _ = self.ask("POST", "/api/upload", body, **{"Content-Type": kind})
        assert status == 201, answer
        return str(json.loads(answer)["results"][0]["id"])


def token_on(server: Server, name: str = "dora") -> str:
    """Register somebody, and make a token."""
    client = Client(server)
    _, _, cookies = client.ask("GET", "/api/auth/user")
    for path, body in (
        ("/api/auth/register", {"username": name, "email": f"{name}@example.com", "password": "korrekt-Pferd-9"}),
        ("/api/auth/tokens", {"name": "uploads"}),
    ):
        status, answer, more = client.ask(
            "POST",
            path,
            json.dumps(body).encode(),
            **{
                "Content-Type": "application/json",
                "X-CSRFToken": cookies["csrftoken"],
                "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            },
        )
        assert status == 201, answer
        cookies |= more
    return str(json.loads(answer)["token"])


def upload_until_it_dies(server: Server, token: str, seeds: "list[int]", acknowledged: dict[str, str]) -> None:
    client = Client(server, token)
    while seeds:
        content = jpeg(900, 600, seed=seeds.pop())
        try:
            uid = client.upload(content)
        except (OSError, http.client.HTTPException):
            return
        acknowledged[uid] = hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_kill_9_during_uploads(tmp_path: Path, kills: int) -> None:
    data = tmp_path / "data"
    data.mkdir()
    dice = random.Random(7)
    acknowledged: dict[str, str] = {}
    seeds = list(range(100_000))
    token = ""
    for _ in range(kills):
        server = Server(data, RATELIMIT_ENABLE="0")
        token = token or token_on(server)
        threads = [
            threading.Thread(target=upload_until_it_dies, args=(server, token, seeds, acknowledged)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        before = len(acknowledged)
        until(lambda count=before: len(acknowledged) > count, "an upload is acknowledged")
        threading.Event().wait(dice.uniform(0, 0.4))
        tree = server.tree()
        server.process.kill()
        server.process.wait()
        for thread in threads:
            thread.join()
        until(lambda server=server, tree=tree: not (tree.keys() & server.tree().keys()), "its processes are gone")
    server = Server(data, RATELIMIT_ENABLE="0")
    client = Client(server, token)
    until(lambda: not list((data / "media" / "incoming").iterdir()), "dead uploads are cleared")
    for uid, sha256 in acknowledged.items():
        status, content, _ = client.ask("GET", f"/api/images/{uid}/download")
        assert status == 200
        assert hashlib.sha256(content).hexdigest() == sha256
        status, _, _ = client.ask("GET", f"/api/images/{uid}/thumbnail?size=320")
        assert status == 200
    with closing(sqlite3.connect(data / "gallery.sqlite3")) as database:
        rows = database.execute("SELECT file_path, file_size FROM images_image").fetchall()
        ((total, used),) = database.execute("SELECT total_images, storage_used FROM accounts_user").fetchall()
    files = {str(path.relative_to(data / "media")) for path in (data / "media" / "originals").rglob("*.*")}
    assert files == {path for path, _ in rows}
    assert (total, used) == (len(rows), sum(size for _, size in rows))
    server.process.terminate()
    server.process.wait(PATIENCE)
