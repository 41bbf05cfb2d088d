"""`manage.py serve` as a person runs it: the real processes, on a data folder and a port of their own."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from images.store import MARKER
from tests.serving import DATABASE, PATIENCE, Server, assert_all_gone, environment_of, processes, until

pytestmark = pytest.mark.xdist_group("serving")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it as it was. None of them may end it."""
    server = Server(tmp_path_factory.mktemp("serving") / "data")
    assert server.get("/healthz").status == 200
    yield server
    server.process.send_signal(signal.SIGHUP)  # as when its terminal is closed
    ended = server.ends()
    server.sweep()
    assert ended == 0
    assert "Gallery has stopped." in server.said


@pytest.fixture
def start(tmp_path: Path, server: Server) -> Iterator[Callable[..., Server]]:
    """Starts servers on copies of a data folder that has been started before, and leaves none."""
    started: list[Server] = []

    def start(*command: str, data: Path | None = None, port: int = 0, **environment: str) -> Server:
        if data is None:
            data = tmp_path / f"data{len(started)}"
            shutil.copytree(server.data / "staticfiles", data / "staticfiles")
            with (
                closing(sqlite3.connect(server.data / DATABASE)) as source,
                closing(sqlite3.connect(data / DATABASE)) as copy,
            ):
                source.backup(copy)
        started.append(Server(data, *command, port=port, **environment))
        return started[-1]

    yield start
    for one in started:
        one.sweep()


def test_first_start_makes_everything(server: Server) -> None:
    assert server.get("/readyz").status == 200
    assert (server.data / "media" / MARKER).is_file()
    assert (server.data / "secret_key").stat().st_mode & 0o777 == 0o600
    assert "migrations applied" in server.said
    assert f"http://localhost:{server.port}/accounts/register" in server.said
    assert f"Make an administrator with: GALLERY_DATA_DIR={server.data} " in server.said
    assert "manage.py createsuperuser" in server.said


def test_static_files_are_fingerprinted(server: Server) -> None:
    manifest = json.loads((server.data / "staticfiles" / "staticfiles.json").read_text())
    response = server.get("/static/" + manifest["paths"]["admin/css/base.css"])
    assert response.status == 200
    assert "immutable" in response.headers["Cache-Control"]


def test_standard_output_is_one_object_a_line(server: Server) -> None:
    given = server.get("/healthz").headers["X-Request-ID"]
    lines = [json.loads(line) for line in server.out.read_text().splitlines()]
    assert [line["path"] for line in lines if line.get("request_id") == given] == ["/healthz"]


def test_second_server_on_the_same_data_is_refused(server: Server, start: Callable[..., Server]) -> None:
    second = start(data=server.data)
    assert second.ends() == 1
    assert f"{server.data} is in use by another Gallery (process {server.process.pid})" in second.said
    assert "Traceback" not in second.said
    assert server.get("/healthz").status == 200


def test_taken_port_is_refused(server: Server, start: Callable[..., Server]) -> None:
    second = start(port=server.port)
    assert second.ends() == 1
    assert f"Can't listen on port {server.port} of 127.0.0.1: Address already in use." in second.said
    assert "Traceback" not in second.said


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "eighty"}, "PORT can't be read"),
        ({"PORT": "70000"}, "PORT=70000 is no port"),
        ({"GALLERY_ADDRESS": "192.0.2.1"}, "Can't listen on port 0 of 192.0.2.1"),
        ({"GALLERY_DATA_DIR": "/proc/nowhere"}, "/proc/nowhere"),
        ({"GALLERY_DATA_DIR": "/proc/nowhere", "SECRET_KEY": "x" * 50}, "/proc/nowhere can't be used"),
        ({"SECRET_KEY": "short"}, "gallery.E003"),
    ],
)
def test_ordinary_troubles_are_said_in_words(
    start: Callable[..., Server], variables: dict[str, str], words: str
) -> None:
    refused = start(**variables)
    assert refused.ends() == 1
    assert words in refused.said
    assert "Traceback" not in refused.said


def test_damaged_database_is_said_in_words(start: Callable[..., Server], tmp_path: Path) -> None:
    data = tmp_path / "damaged"
    data.mkdir()
    (data / "gallery.sqlite3").write_bytes(b"no database " * 1000)
    refused = start(data=data)
    assert refused.ends() == 1
    assert "file is not a database" in refused.said
    assert "Traceback" not in refused.said


def test_web_server_that_cannot_start_ends_all(start: Callable[..., Server]) -> None:
    broken = start(GALLERY_WEB_PROCESSES="-1")
    assert broken.ends() == 1
    assert "The web process ended with status" in broken.said
    assert not [pid for pid in processes() if str(broken.data) in environment_of(pid)]


def test_killed_web_server_comes_back(server: Server) -> None:
    masters = {
        pid for pid, (parent, command) in processes().items() if parent == server.process.pid and "gunicorn" in command
    }
    before = server.find("gunicorn")
    assert len(masters) == 1
    assert len(before) == 3
    os.kill(*masters, signal.SIGKILL)
    until(lambda: not before & processes().keys(), "its processes end with it")
    assert server.get("/healthz").status == 200  # the listening socket was kept: this only waited
    assert "The web process ended (status -9)" in server.out.read_text()


def test_killed_web_process_comes_back(server: Server) -> None:
    until(lambda: len(server.find("gunicorn")) == 3, "both processes are there")
    victim = max(server.find("gunicorn"))
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(server.find("gunicorn") - {victim}) == 3, "another takes its place")
    assert server.get("/healthz").status == 200


def test_killed_housekeeping_comes_back(server: Server) -> None:
    until(lambda: server.find("housekeep"), "it is there")
    (victim,) = server.find("manage.py housekeep")
    os.kill(victim, signal.SIGKILL)
    until(lambda: server.find("manage.py housekeep") - {victim}, "another takes its place")


def test_killed_it_leaves_nothing_and_starts_again_at_once(start: Callable[..., Server]) -> None:
    server = start()
    assert server.get("/healthz").status == 200
    tree, port = server.tree(), server.port
    server.kill()
    again = start(data=server.data, port=port)  # waits for the last of the old ones, if it must
    until(lambda: not tree.keys() & processes().keys(), "the old ones end")
    assert again.get("/healthz").status == 200
    assert "migrations applied" not in again.said
    assert "Static files: made" not in again.said
    tree = again.tree()
    again.process.terminate()
    assert again.ends() == 0
    assert_all_gone(tree, port)


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except ConnectionError:
        return True
    return False


def make(*command: str) -> tuple[str, ...]:
    """`make` with the virtual environment of these tests, which is taken as it is."""
    return ("make", "--no-print-directory", f"VENV={sys.prefix}", "-o", f"{sys.prefix}/.can-run", *command)


def test_ctrl_c_at_make_run_finishes_what_is_being_answered(start: Callable[..., Server]) -> None:
    server = start(*make("run"))
    body = b"username=somebody&password=" + b"x" * 100
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as slow:
        slow.sendall(b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n")
        slow.sendall(b"Cookie: csrftoken=" + b"c" * 32 + b"\r\n")  # now the body is read, to look for the token
        slow.sendall(b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body))
        slow.sendall(body[:20])
        assert server.get("/healthz").status == 200  # the slow one came first, so it is being answered
        tree = server.tree()
        os.killpg(server.process.pid, signal.SIGINT)  # as the terminal does
        until(lambda: refuses(server.port), "new connections are refused")
        assert tree.keys() & processes().keys(), "somebody still waits for the rest of the body"
        slow.sendall(body[20:])
        assert slow.makefile("rb").readline().startswith(b"HTTP/1.1 403")  # no token in it
    server.ends()
    assert_all_gone(tree, server.port)
    assert "Gallery has stopped." in server.said
    assert "Traceback" not in server.said


def test_killed_make_run_ends_it_too(start: Callable[..., Server]) -> None:
    server = start(*make("run"))
    assert server.get("/healthz").status == 200
    tree = server.tree()
    server.kill()
    assert_all_gone(tree, server.port)
