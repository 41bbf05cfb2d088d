"""A share of the server's threads for answers that make pictures first: slow ones must not starve everybody else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings

from gallery_site.refusals import Busy


@cache
def _slots() -> threading.BoundedSemaphore:
    """Those of this process."""
    return threading.BoundedSemaphore(settings.GALLERY_MAKING_SLOTS)


@contextmanager
def making_slot() -> Iterator[None]:
    """Hold one of the slots; raises Busy where all are taken."""
    slots = _slots()
    if not slots.acquire(blocking=False):
        raise Busy("Many pictures are being made just now. Try again in a moment.")
    try:
        yield
    finally:
        slots.release()
