"""Files are made of an image by one at a time, and only of the image as it is now."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from images import store
from images.darkroom.pool import DarkroomError
from images.models import Image


class Outdated(Exception):
    """An image was edited or purged since its row was read: what is shown of it now is something else, or nothing."""

    def __init__(self) -> None:
        super().__init__("It was edited or purged meanwhile.")


def is_current(image: Image) -> bool:
    """Whether the image still is there, and what is shown of it is what its row said when it was read."""
    return Image.objects.filter(pk=image.pk, version=image.version).exists()


@contextmanager
def only_maker_of(image: Image, folder: str) -> Iterator[None]:
    """As `only_maker`, in a folder (relative to the media root) of the image as its row says it is.

    Raises Outdated where that is not so any more, and where it comes about meanwhile and so the folder goes: whoever
    cut something away, or purged the image, finds nothing made of it afterwards.
    """
    path = store.on_disk(folder)
    try:
        with only_maker(path):
            if not is_current(image):
                _remove_empty(path)
                raise Outdated
            yield
    except (FileNotFoundError, DarkroomError) as trouble:
        if is_current(image):
            raise
        raise Outdated from trouble


def _remove_empty(folder: Path) -> None:
    """The folder of a version, and that of its image, as far as nothing is in them."""
    with suppress(OSError):
        folder.rmdir()
        folder.parent.rmdir()


@contextmanager
def only_maker(folder: Path) -> Iterator[None]:
    """One maker at a time of what stands in a folder of renditions, whatever the process; the others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
