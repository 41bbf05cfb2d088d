"""Keeping child processes alive until this process is told to stop, and then ending them all."""

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from gallery_site.lifeline import tied

log = logging.getLogger("gallery.serve")

FIRST_PAUSE = 0.5  # seconds before a child is started again; doubled while it keeps failing
LONGEST_PAUSE = 30.0
SETTLED = 20.0  # seconds after which a child counts as running well


class FailedToStart(Exception):
    """A child ended by itself in its first moments: starting it again would not help."""


@dataclass(frozen=True)
class Child:
    """A program that is to run all the time. It leads a session of its own, so a Ctrl-C of the terminal reaches only
    the parent, and a signal to its group reaches all that it started."""

    name: str
    command: Sequence[str]
    inherits: tuple[int, ...] = ()  # file descriptors


async def keep_running(
    children: Sequence[Child], *, grace: float, before_the_end: Callable[[], None] = lambda: None
) -> None:
    """Run `children` until SIGINT, SIGTERM or SIGHUP (unless ignored, as by nohup), then end them by SIGTERM.

    Whoever is left after `grace` seconds, or at a second signal, is killed. Raises FailedToStart, with all ended.
    """
    loop = asyncio.get_running_loop()
    told, hurry = asyncio.Event(), asyncio.Event()

    def hear() -> None:
        (hurry if told.is_set() else told).set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, hear)
    keepers = [loop.create_task(_keep(child, grace=grace, hurry=hurry)) for child in children]
    listener = loop.create_task(told.wait())
    try:
        await asyncio.wait([listener, *keepers], return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.set()
        before_the_end()
        for keeper in keepers:
            keeper.cancel()
        outcomes = await asyncio.gather(*keepers, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _keep(child: Child, *, grace: float, hurry: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    pause = FIRST_PAUSE
    has_settled = False
    while True:
        began = loop.time()
        process = await asyncio.create_subprocess_exec(
            *tied(*child.command), start_new_session=True, pass_fds=child.inherits, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            status = await process.wait()
        finally:
            if process.returncode is None:
                await _end(process, grace=grace, hurry=hurry)
            _sweep(process.pid)
        lasted = loop.time() - began
        if lasted >= SETTLED:
            has_settled, pause = True, FIRST_PAUSE
        elif status > 0 and not has_settled:
            raise FailedToStart(f"The {child.name} process ended with status {status}; its reason is above.")
        log.warning("The %s process ended (status %d); starting it again in %g s.", child.name, status, pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _end(process: asyncio.subprocess.Process, *, grace: float, hurry: asyncio.Event) -> None:
    process.terminate()
    waits = [asyncio.ensure_future(process.wait()), asyncio.ensure_future(hurry.wait())]
    await asyncio.wait(waits, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
    if process.returncode is None:
        _sweep(process.pid)
        await process.wait()
    for wait in waits:
        wait.cancel()


def _sweep(group: int) -> None:
    """Kill whoever is left of a child and of what it started."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
