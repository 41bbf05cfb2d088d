"""The darkroom of this process: one pool of decode children, and what is asked of it."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.conf import settings

from images import store
from images.darkroom.pool import Limits, Picture, Pool
from images.models import Image
from images.renditions import LADDER, SQUARE, RenditionKey

# What every picture gets at its upload, from one decode.
AT_UPLOAD = tuple(RenditionKey(size, "jpeg") for size in (*LADDER, SQUARE))


@cache
def darkroom() -> Pool:
    """The pool, made when first needed (its children start with the first picture)."""
    return Pool(size=settings.GALLERY_DECODERS or max(2, (os.cpu_count() or 1) // 2), limits=Limits())


def develop_upload(source: Path, into: Path) -> Picture:
    """Decode a stranger's file once: what it is, its metadata, and all its renditions, written into `into`.

    Raises images.darkroom.pool.Refused when it is no picture we take, DarkroomError when no child could be had.
    """
    into.mkdir(exist_ok=True)
    return darkroom().develop(source, renditions=AT_UPLOAD, into=into)


def develop_again(image: Image, renditions: Sequence[RenditionKey]) -> None:
    """Make renditions of an image that was taken in before, straight into their place, each whole or not at all.

    Raises FileNotFoundError when the original is gone.
    """
    source = store.on_disk(image.file_path)
    if not source.exists():
        raise FileNotFoundError(source)
    into = store.on_disk(store.renditions_path(image.uid, image.version))
    into.mkdir(parents=True, exist_ok=True)
    darkroom().develop(source, renditions=renditions, into=into, metadata=False)
