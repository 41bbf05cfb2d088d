"""Making the renditions of all images again, on all cores, in an order that can be gone on with."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from django.db import close_old_connections

from images import store
from images.darkroom.pool import DarkroomError, Refused
from images.developing import darkroom, develop_again, only_maker
from images.models import Image
from images.renditions import RenditionKey

READ_AT_ONCE = 500  # rows


class Done(NamedTuple):
    """What came of one image: how many renditions were made, or what was wrong. All images up to `upto` are done."""

    image: Image
    made: int
    trouble: str
    upto: int


def rederive(keys: Sequence[RenditionKey], *, missing: bool, after: int = 0) -> Iterator[Done]:
    """Make these renditions of every image whose key comes after `after`: all of them, or those that are missing.

    A picture that can't be developed is told and passed by.
    """
    cores = os.cpu_count() or 1
    darkroom().grow(cores)
    at_work: dict[Future[int], Image] = {}
    with ThreadPoolExecutor(cores) as threads:
        for image in _images(after):
            at_work[threads.submit(_develop, image, keys, missing=missing)] = image
            if len(at_work) >= 2 * cores:
                yield from _finished(at_work)
        while at_work:
            yield from _finished(at_work)


def _finished(at_work: dict[Future[int], Image]) -> Iterator[Done]:
    """Wait for one at least, and tell of those that are done."""
    ready, _ = wait(at_work, return_when=FIRST_COMPLETED)
    for future in ready:
        image = at_work.pop(future)
        upto = min((other.pk for other in at_work.values()), default=image.pk + 1) - 1
        try:
            yield Done(image, future.result(), "", upto)
        except (FileNotFoundError, Refused, DarkroomError) as trouble:
            yield Done(image, 0, str(trouble) or "its original is missing", upto)


def _develop(image: Image, keys: Sequence[RenditionKey], *, missing: bool) -> int:
    with only_maker(store.on_disk(store.renditions_path(image.uid, image.version))):
        wanted = [key for key in _each_once(image, keys) if not (missing and _is_there(image, key))]
        if wanted:
            develop_again(image, wanted)
    return len(wanted)


def _each_once(image: Image, keys: Sequence[RenditionKey]) -> list[RenditionKey]:
    """Keys that stand for the same pixels are one."""
    return list(dict.fromkeys(key.for_picture(image.image_width, image.image_height) for key in keys))


def _is_there(image: Image, key: RenditionKey) -> bool:
    path = store.on_disk(store.rendition_path(image.uid, image.version, key))
    return path.exists() and path.stat().st_size > 0


def _images(after: int) -> Iterator[Image]:
    """By key, a part at a time, so that no reader stays open for hours."""
    while part := list(Image.objects.filter(pk__gt=after).order_by("pk")[:READ_AT_ONCE]):
        yield from part
        after = part[-1].pk
        close_old_connections()
