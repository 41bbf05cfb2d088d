"""The real server for tests: its processes, on a data folder and a port of their own."""

import http.client
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

DATABASE = "gallery.sqlite3"
COUNT = itertools.count()
PATIENCE = 30.0  # seconds for anything to happen; on a quiet machine most take less than one


def until(condition: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, what
        threading.Event().wait(0.02)


def processes() -> dict[int, tuple[int, str]]:
    """Every living process of the machine, zombies left out: its parent and its command line."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended just now
            if state != "Z":
                found[int(folder.name)] = (int(parent), command)
    return found


def environment_of(pid: int) -> str:
    """Empty for a process that ended, or that is none of ours."""
    try:
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    except OSError:
        return ""


class Server:
    """A started `serve` (or whatever `command` starts one) and what it said."""

    def __init__(self, data: Path, *command: str, port: int = 0, **environment: str) -> None:
        self.data = data
        number = next(COUNT)
        self.out, self.err = data.with_suffix(f".{number}.out"), data.with_suffix(f".{number}.err")
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                command or (sys.executable, "manage.py", "serve"),
                cwd=settings.BASE_DIR,
                env={
                    "PATH": os.environ["PATH"],
                    "GALLERY_DATA_DIR": str(data),
                    "GALLERY_ADDRESS": "127.0.0.1",
                    "GALLERY_WEB_PROCESSES": "2",
                    "PORT": str(port),
                    **environment,
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.err.read_text()

    @property
    def port(self) -> int:
        """The port it chose; waits until it has said so."""
        until(lambda: "Stop it with" in self.said or self.process.poll() is not None, "it starts")
        found = re.search(r"http://localhost:(\d+)/", self.said)
        assert found, self.said
        return int(found[1])

    def get(self, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def tree(self) -> dict[int, str]:
        """Its descendants: process id and command line."""
        alive = processes()

        def below(parent: int) -> Iterator[int]:
            for pid, (its_parent, _) in alive.items():
                if its_parent == parent:
                    yield pid
                    yield from below(pid)

        return {pid: alive[pid][1] for pid in below(self.process.pid)}

    def find(self, words: str) -> set[int]:
        return {pid for pid, command in self.tree().items() if words in command}

    def ends(self) -> int:
        return self.process.wait(timeout=PATIENCE)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def sweep(self) -> None:
        """Kill it and whoever is left in its group, as after a test that failed."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def assert_all_gone(pids: dict[int, str], port: int) -> None:
    until(lambda: not pids.keys() & processes().keys(), f"{pids} end")
    with socket.create_server(("127.0.0.1", port)):
        pass  # nobody listens
