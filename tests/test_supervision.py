"""Children are kept running, and ended: by asking, by force when they do not listen, and by the kernel."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.serving import processes, until

pytestmark = pytest.mark.xdist_group("serving")

PARENT = """
import asyncio, sys
from gallery_site import supervision
supervision.FIRST_PAUSE = 0.01
asyncio.run(supervision.keep_running([supervision.Child("test", sys.argv[2:])], grace=float(sys.argv[1])))
"""
STUBBORN = """
import signal
signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
print("up", flush=True)
while True:
    signal.pause()
"""
POLITE = "import signal; print('up', flush=True); signal.pause()"
GRANDPARENT = f"import subprocess, sys; print('up', flush=True); subprocess.run([sys.executable, '-c', {STUBBORN!r}])"


class Parent:
    """A process that keeps one child, a line of Python, running."""

    def __init__(self, grace: float, child: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(grace), sys.executable, "-c", child],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.hears("up")

    def hears(self, word: str) -> None:
        """Waits for the next line of the child."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"{word}\n"

    def children(self) -> set[int]:
        """The leaders of the groups that it started, and all below them."""
        alive = processes()
        found = {pid for pid, (parent, _) in alive.items() if parent == self.process.pid}
        return found | {pid for pid, (parent, _) in alive.items() if parent in found}

    def ends(self) -> int:
        self.process.communicate(timeout=30)
        return self.process.returncode


@pytest.fixture
def parents() -> Iterator[list[Parent]]:
    """Those a test has started; a test that fails leaves none."""
    started: list[Parent] = []
    yield started
    for parent in started:
        for child in parent.children():
            os.kill(child, signal.SIGKILL)
        parent.process.kill()
        parent.process.communicate()


def test_child_that_ends_is_started_again(parents: list[Parent]) -> None:
    parents.append(parent := Parent(10, POLITE))
    for _ in range(3):
        (child,) = parent.children()
        os.kill(child, signal.SIGTERM)
        parent.hears("up")
        assert child not in parent.children()
    parent.process.terminate()
    assert parent.ends() == 0


def test_child_that_does_not_listen_is_killed_in_time(parents: list[Parent]) -> None:
    parents.append(parent := Parent(0.1, STUBBORN))
    children = parent.children()
    parent.process.terminate()
    assert parent.ends() == 0
    assert not children & processes().keys()


def test_second_signal_is_for_those_in_a_hurry(parents: list[Parent]) -> None:
    parents.append(parent := Parent(3600, STUBBORN))
    children = parent.children()
    parent.process.send_signal(signal.SIGINT)
    parent.hears("asked")
    parent.process.send_signal(signal.SIGINT)
    assert parent.ends() == 0
    assert not children & processes().keys()


def test_what_a_child_started_is_killed_with_it(parents: list[Parent]) -> None:
    parents.append(parent := Parent(0.1, GRANDPARENT))
    parent.hears("up")
    children = parent.children()
    assert len(children) == 2
    parent.process.terminate()
    assert parent.ends() == 0
    until(lambda: not children & processes().keys(), "the child of the child ends")


def test_killed_parent_takes_its_child_along(parents: list[Parent]) -> None:
    parents.append(parent := Parent(3600, STUBBORN))
    children = parent.children()
    assert children
    parent.process.kill()
    until(lambda: not children & processes().keys(), "the child ends")


def _tied(parent: int, folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "gallery_site.lifeline", str(parent), sys.executable, "-c", "print('here')"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_child_whose_parent_is_gone_already_does_not_start() -> None:
    """The race of a parent that ends while its child begins: the child sees another parent than it was told."""
    assert _tied(os.getpid(), settings.BASE_DIR).stdout == "here\n"
    late = _tied(1, settings.BASE_DIR)
    assert (late.returncode, late.stdout) == (-signal.SIGKILL, "")
