"""Clearing renditions with watermarks that nobody has any more: a watermark that is changed leaves its files behind."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from accounts.models import User
from albums.models import Album
from images import store
from images.renditions import RenditionKey
from images.watermarks import Watermark, mark_of

SHELVES: Final = tuple(f"{n:02x}" for n in range(256))  # of the renditions


def sweep(shelves: Iterable[str] = SHELVES) -> int:
    """Remove from these shelves what has a mark that is no user's and no album's. Returns how many files.

    The files are listed before the marks are read: one that was made for a new watermark meanwhile is not listed.
    """
    files = {path: mark for shelf in shelves for path in _folder(shelf).glob("*/*/*-*") if (mark := _mark(path.name))}
    unused = set(files.values()) - in_use() if files else set()
    swept = [path for path, mark in files.items() if mark in unused]
    for path in swept:
        path.unlink(missing_ok=True)
    return len(swept)


def in_use() -> set[str]:
    """The marks of all that users prefer and albums say."""
    preferred = User.objects.filter(chosen_preferences__watermark__kind__isnull=False)
    said = Album.objects.filter(settled_watermark__isnull=False)
    told = [
        *preferred.values_list("chosen_preferences__watermark", flat=True),
        *said.order_by().values_list("settled_watermark", flat=True).distinct(),
    ]
    return {mark_of(Watermark.from_json(each)) for each in told}


def _folder(shelf: str) -> Path:
    return store.on_disk(store.RENDITIONS) / shelf


def _mark(name: str) -> str:
    """The mark in the name of a rendition's file; "" for what has none, or is none."""
    try:
        return RenditionKey.parse(name).mark
    except ValueError:
        return ""
