"""`manage.py housekeep`: what has to be done again and again, once or for ever."""

import logging
import signal
import threading
from collections.abc import Callable, Collection
from datetime import timedelta
from itertools import cycle
from time import monotonic
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections
from django.utils import timezone

from gallery_site import heartbeat
from images import comparing, emptying, kept_answers, mark_sweeping, purging, store, trash
from images.intake.staging import sweep_incoming

PAUSE = 60  # seconds between two rounds
GLANCE = 3  # seconds between two looks whether somebody waits for something
AT_A_GLANCE = 10  # images: who comes next waits for no more of them
LONGEST_MAKING = timedelta(hours=1)  # of one picture; it is less than a minute
CONVERSIONS_KEPT = timedelta(days=1)  # after they were asked for last
OVERDUE = timedelta(seconds=5 * PAUSE)
log = logging.getLogger("gallery.housekeeping")


class Command(BaseCommand):
    help = "Clear what dead uploads left, purge old trash and remove its files, drop old sessions and kept answers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--forever", action="store_true", help=f"One round every {PAUSE} seconds, until SIGTERM.")

    def handle(self, *args: Any, forever: bool, **options: Any) -> None:
        if not forever:
            tidy()
            return
        told = threading.Event()

        def stop(number: int, frame: FrameType | None) -> None:
            told.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        keep_house(told)


def keep_house(told: threading.Event) -> None:
    """A round every PAUSE seconds, until `told` to stop; and between them what somebody waits for, soon after it came
    up."""
    shelves = cycle(mark_sweeping.SHELVES)
    while not told.is_set():
        _undaunted(lambda: tidy(shelves=[next(shelves)]))
        next_round = monotonic() + PAUSE
        while not told.is_set() and monotonic() < next_round:
            if not _undaunted(glance):
                told.wait(GLANCE)


def _undaunted(deed: Callable[[], int | None]) -> int | None:
    """Do it; None where a full disk or a busy database came between, which passes, and the next time is near."""
    try:
        return deed()
    except (OSError, OperationalError) as trouble:
        log.warning("housekeeping was interrupted: %s", trouble)
        return None
    finally:
        close_old_connections()


def glance() -> int:
    """Do some of what may be due since an upload. Returns how much came of it; one look at an index where it is
    nothing."""
    return comparing.prove_some(AT_A_GLANCE) if store.is_mounted() else 0


def tidy(*, shelves: Collection[str] = mark_sweeping.SHELVES) -> None:
    """One round. It does what the rows and folders say is due, so it may be run at any time, and twice at once. Of the
    `shelves` of renditions, which are many, those who run it again and again look at one at a time."""
    heartbeat.beat(next_within=OVERDUE)
    if not store.is_mounted():
        log.warning("the media root has no marker file; is its disk mounted? nothing is purged")
        return
    swept = sweep_incoming()
    purged = emptying.purge_older_than(timezone.now() - timedelta(days=settings.GALLERY_TRASH_DAYS))
    trash.remove_files()
    purging.tell()
    SessionStore.clear_expired()
    kept_answers.sweep()
    mark_sweeping.sweep(shelves)
    store.sweep_unfinished(shelves, older_than=(timezone.now() - LONGEST_MAKING).timestamp())
    store.sweep_converted(
        older_than=(timezone.now() - CONVERSIONS_KEPT).timestamp(), most_bytes=settings.GALLERY_CONVERSIONS_BYTES
    )
    comparing.likeness_of_some()
    comparing.prove_some()
    if swept or purged.images or purged.albums:
        told = "housekeeping: %d dead uploads cleared, %d images and %d albums purged"
        log.info(told, swept, purged.images, purged.albums)
