"""The darkroom of this process: one pool of decode children, and what is asked of it."""

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from time import time_ns

from django.conf import settings

from images import store
from images.conversion import Conversion
from images.darkroom.pool import Copy, Limits, Picture, Pool
from images.framing import Framing
from images.making import only_maker_of
from images.models import Image
from images.renditions import LADDER, SQUARE, RenditionKey
from images.watermarks import Watermark

# What every picture gets at its upload, from one decode.
AT_UPLOAD = tuple(RenditionKey(size, "jpeg") for size in (*LADDER, SQUARE))
SMALLEST = RenditionKey(LADDER[0], "jpeg")


@cache
def darkroom() -> Pool:
    """The pool, made when first needed (its children start with the first picture)."""
    return Pool(size=settings.GALLERY_DECODERS, limits=Limits())


def develop_upload(source: Path, into: Path) -> Picture:
    """Decode a stranger's file once: what it is, its metadata, and all its renditions, written into `into`.

    Raises images.darkroom.pool.Refused when it is no picture we take, DarkroomError when no child could be had.
    """
    into.mkdir(exist_ok=True)
    return darkroom().develop(source, renditions=AT_UPLOAD, into=into)


def develop_again(image: Image, renditions: Sequence[RenditionKey], *, watermark: Watermark | None = None) -> Picture:
    """Make renditions of an image that was taken in before, straight into their place, each whole or not at all; those
    whose key has its mark with the watermark on them. What is told of the picture is told of what is shown of it.

    Raises FileNotFoundError when the original is gone, or the picture of the watermark.
    """
    return darkroom().develop(
        original_of(image),
        renditions=renditions,
        into=store.on_disk(store.renditions_path(image.uid, image.version)),
        framing=image.framing,
        watermark=watermark,
        watermark_file=watermark_file(watermark),
        metadata=False,
    )


def develop_framed(image: Image, framing: Framing, *, into: Path) -> Picture:
    """All renditions of the part of an original that a framing shows, into a folder of their own.

    Raises FileNotFoundError when the original is gone, and what the darkroom raises.
    """
    into.mkdir(parents=True, exist_ok=True)
    return darkroom().develop(original_of(image), renditions=AT_UPLOAD, into=into, framing=framing, metadata=False)


def copy_again(image: Image, *, stem: str) -> Copy:
    """Decode an original and encode it once more at full size, straight to its place beside the renditions.

    Raises FileNotFoundError when the original is gone, and what the darkroom raises.
    """
    source = original_of(image)
    into = store.on_disk(store.renditions_path(image.uid, image.version))
    return darkroom().copy(source, into=into, stem=stem, framing=image.framing)


def convert_again(image: Image, conversion: Conversion) -> str:
    """The path, relative to the media root, of a conversion of what is shown of an image: made if it is not there.

    Raises images.framing.OutOfPicture, images.conversion.TooLong, FileNotFoundError when the original is gone,
    images.making.Outdated, and what the darkroom raises.
    """
    framing, size = conversion.plan(image.image_width, image.image_height)
    folder, made = store.converted_path(image.uid, image.version), conversion_path(image, conversion)
    path = store.on_disk(made)
    with only_maker_of(image, folder):
        if store.is_there(made):
            os.utime(path, ns=(time_ns(), path.stat().st_mtime_ns))  # asked for again: it stays for another while
        else:
            shown = framing.within(image.framing) if image.framing else framing
            darkroom().convert(
                original_of(image), into=path.parent, name=path.name, form=conversion.format, size=size, framing=shown
            )
    return made


def conversion_path(image: Image, conversion: Conversion) -> str:
    """Where a conversion of what is shown of an image stands once it is made, relative to the media root."""
    return f"{store.converted_path(image.uid, image.version)}/{conversion.file_name}"


def watermark_file(watermark: Watermark | None) -> Path | None:
    """The PNG of a watermark that has one; raises FileNotFoundError when it is gone."""
    if watermark is None or not watermark.picture:
        return None
    file = store.on_disk(store.watermark_path(watermark.picture))
    if not file.exists():
        raise FileNotFoundError(file)
    return file


def develop_likeness(image: Image) -> Picture:
    """The picture with its likeness and tones, which are those of the whole original. The smallest rendition is enough
    where it shows all of it.

    Raises FileNotFoundError when the original is gone, and what the darkroom raises.
    """
    small = store.rendition_path(image.uid, image.version, SMALLEST)
    source = store.on_disk(small) if not image.edits and store.is_there(small) else original_of(image)
    return darkroom().develop(source, renditions=[], into=source.parent, metadata=False)


def hash_pixels(image: Image) -> str:
    """The sha-256 of the original's pixels (see `images.engine.pixel_hash`).

    Raises FileNotFoundError when the original is gone, and what the darkroom raises.
    """
    return darkroom().pixels(original_of(image))


def original_of(image: Image) -> Path:
    """The original's file; raises FileNotFoundError when it is gone."""
    source = store.on_disk(image.file_path)
    if not source.exists():
        raise FileNotFoundError(source)
    return source
