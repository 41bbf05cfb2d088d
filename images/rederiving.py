"""Making the renditions of all images again, on all cores, in an order that can be gone on with; and finding out whom
images are like that came before this was kept."""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import NamedTuple

from django.conf import settings
from django.db import close_old_connections, connection

from images import near_pairs, store
from images.comparing import is_likened
from images.darkroom.pool import DarkroomError, Picture, Refused
from images.developing import SMALLEST, darkroom, develop_again, develop_likeness
from images.making import Outdated, only_maker_of
from images.models import Image
from images.renditions import RenditionKey

READ_AT_ONCE = 500  # rows


class Done(NamedTuple):
    """What came of one image: how many renditions were made and whether its likeness was found, or what was wrong. All
    images up to `upto` are done."""

    image: Image
    made: int
    likened: bool
    trouble: str
    upto: int


class _Developed(NamedTuple):
    """How many renditions stand anew; and the picture by which an image is to be likened, if it is."""

    made: int
    whole: Picture | None


def rederive(keys: Sequence[RenditionKey], *, missing: bool, after: int = 0) -> Iterator[Done]:
    """Make these renditions of every image whose key comes after `after`: all of them, or those that are missing; and
    where its likeness is not known yet, let it be found as a duplicate.

    A picture that can't be developed is told and passed by; one that is edited or purged meanwhile is passed by.
    """
    cores = settings.CORES
    darkroom().grow(cores)
    at_work: dict[Future[_Developed], Image] = {}
    with ThreadPoolExecutor(cores) as threads:
        try:
            for image in _images(after):
                at_work[threads.submit(_develop, image, keys, missing=missing)] = image
                if len(at_work) >= 2 * cores:
                    yield from _finished(at_work)
            while at_work:
                yield from _finished(at_work)
        finally:
            for future in at_work:
                future.cancel()  # it was stopped: what is begun is ended, and nothing else is begun


def _images(after: int) -> Iterator[Image]:
    for part in Image.objects.in_parts(READ_AT_ONCE, after=after):
        yield from part
        close_old_connections()


def _finished(at_work: dict[Future[_Developed], Image]) -> Iterator[Done]:
    """Wait for one at least, and tell of those that are done. What is written to the database is written here, by one
    thread."""
    ready, _ = wait(at_work, return_when=FIRST_COMPLETED)
    for future in ready:
        image = at_work.pop(future)
        upto = min((other.pk for other in at_work.values()), default=image.pk + 1) - 1
        try:
            made, whole = future.result()
        except Outdated:  # an edit makes its renditions itself
            yield Done(image, 0, False, "", upto)
        except (FileNotFoundError, Refused, DarkroomError) as trouble:
            yield Done(image, 0, False, str(trouble) or "its original is missing", upto)
        else:
            if whole is not None:
                near_pairs.liken(image, likeness=whole.likeness, tones=whole.tones)
            yield Done(image, made, whole is not None, "", upto)


def _develop(image: Image, keys: Sequence[RenditionKey], *, missing: bool) -> _Developed:
    if not _wanted(image, keys, missing=missing) and is_likened(image):
        return _Developed(0, None)
    try:
        with only_maker_of(image, store.renditions_path(image.uid, image.version)):
            wanted = _wanted(image, keys, missing=missing)
            picture = develop_again(image, wanted) if wanted else None
            if is_likened(image):
                return _Developed(len(wanted), None)
            if picture is None or image.edits or not any(key.size == SMALLEST.size for key in wanted):
                picture = develop_likeness(image)
            return _Developed(len(wanted), picture)
    finally:
        connection.close()  # this thread's, which nobody closes when it ends


def _wanted(image: Image, keys: Sequence[RenditionKey], *, missing: bool) -> list[RenditionKey]:
    """Those to make: keys that stand for the same pixels are one."""
    each_once = dict.fromkeys(key.for_picture(image.image_width, image.image_height) for key in keys)
    return [key for key in each_once if not (missing and _is_there(image, key))]


def _is_there(image: Image, key: RenditionKey) -> bool:
    return store.is_there(store.rendition_path(image.uid, image.version, key))
