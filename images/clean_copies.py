"""Clean copies: what others than its owner may download of an original. The picture, and nothing that it tells."""

import mmap
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from images import store
from images.developing import copy_again, original_of
from images.making import only_maker_of
from images.models import Image
from images.stripping import BrokenStructure, strip

STEM: Final = "clean"
_TYPES: Final = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
_EXTENSIONS: Final = {mime_type: extension for extension, mime_type in _TYPES.items()}
_STAGED: Final = f".{STEM}.part"  # one maker at a time: what a killed one has left is written over by the next


@dataclass(frozen=True)
class CleanCopy:
    """A file that stands on the disk. Its type need not be the original's."""

    path: str  # relative to the media root
    mime_type: str
    extension: str
    size: int  # bytes


def clean_copy(image: Image) -> CleanCopy:
    """The clean copy of an image's original, made if it is not there: once, however many ask at the same time.

    JPEG, PNG, WebP and GIF are stripped, their pixels identical; what can't be, and what its owner has cut or turned,
    is decoded and encoded once more at full size, as JPEG or PNG. Raises FileNotFoundError when the original is
    missing, images.making.Outdated, and what the darkroom raises: images.darkroom.pool.Refused when it is damaged,
    DarkroomError and OSError in trouble of our own.
    """
    folder = store.renditions_path(image.uid, image.version)
    if made := _made(folder):
        return made
    source = original_of(image)
    with only_maker_of(image, folder):
        if not _made(folder):
            try:
                _strip(source, store.on_disk(folder), image)
            except BrokenStructure:
                copy_again(image, stem=STEM)
    if made := _made(folder):
        return made
    raise FileNotFoundError(store.on_disk(folder) / STEM)  # purged meanwhile


def is_made(image: Image) -> bool:
    return _made(store.renditions_path(image.uid, image.version)) is not None


def _made(folder: str) -> CleanCopy | None:
    """The copy that stands in a folder; an empty file, as a power cut may leave it, is none."""
    for extension, mime_type in _TYPES.items():
        path = f"{folder}/{STEM}.{extension}"
        with suppress(FileNotFoundError):
            if size := store.on_disk(path).stat().st_size:
                return CleanCopy(path, mime_type, extension, size)
    return None


def _strip(source: Path, folder: Path, image: Image) -> None:
    """Strip into a file of another name first: a reader sees a whole file or none."""
    mime_type = image.mime_type
    if image.framing or mime_type not in _EXTENSIONS or not source.stat().st_size:
        raise BrokenStructure(f"{mime_type} can't be stripped, or shows more than it should, or is empty")
    staged = folder / _STAGED
    try:
        with (
            source.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
            staged.open("wb") as target,
        ):
            strip(data, target, mime_type)
        os.replace(staged, folder / f"{STEM}.{_EXTENSIONS[mime_type]}")
    finally:
        staged.unlink(missing_ok=True)
