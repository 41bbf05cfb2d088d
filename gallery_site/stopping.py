"""Ctrl-C in a command that takes long and can be gone on with."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError


class Stopped(CommandError):
    """Told in one line, without a traceback; the exit code is what a shell gives for Ctrl-C."""

    def __init__(self, how_to_go_on: str) -> None:
        super().__init__(how_to_go_on, returncode=128 + signal.SIGINT)


@contextmanager
def stoppable(command: BaseCommand, how_to_go_on: str) -> Iterator[None]:
    """Raises Stopped where the block is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            command.stderr.write("")  # the end of the line that a progress bar stands in
        raise Stopped(how_to_go_on) from None
