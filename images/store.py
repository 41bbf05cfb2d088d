"""Where the files of an image stand below the media root, and how they get there whole or not at all."""

import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from django.conf import settings

from images.renditions import RenditionKey

log = logging.getLogger("gallery.store")

ORIGINALS = "originals"
RENDITIONS = "renditions"
CONVERTED = "converted"
INCOMING = "incoming"
WATERMARKS = "watermarks"
LEAST_ON_DISK = 4_096  # bytes that the smallest file takes
MARKER = ".gallery-media"  # stands in the media root: without it the disk is not there, and nothing is purged


def _shelf(uid: UUID) -> str:
    """One of 256 folders, by the last (random) byte of the id."""
    return uid.hex[-2:]


def original_path(uid: UUID, extension: str) -> str:
    """Relative to the media root; the name is ours, no part of it is the uploader's."""
    return f"{ORIGINALS}/{_shelf(uid)}/{uid}.{extension}"


def renditions_path(uid: UUID, version: int | None = None) -> str:
    """The folder of all renditions of an image, or of one version of it, relative to the media root."""
    folder = f"{RENDITIONS}/{_shelf(uid)}/{uid}"
    return folder if version is None else f"{folder}/{version}"


def rendition_path(uid: UUID, version: int, key: RenditionKey) -> str:
    return f"{renditions_path(uid, version)}/{key.file_name}"


def converted_path(uid: UUID, version: int | None = None) -> str:
    """The folder of all conversions of an image, or of one version of it: made for a download, and kept for a while."""
    folder = f"{CONVERTED}/{_shelf(uid)}/{uid}"
    return folder if version is None else f"{folder}/{version}"


def watermark_path(uid: UUID | str) -> str:
    """The PNG of a watermark picture, relative to the media root."""
    return f"{WATERMARKS}/{uid}.png"


def on_disk(path: str) -> Path:
    """The absolute path of a path relative to the media root."""
    return settings.MEDIA_ROOT / path


def is_there(path: str) -> bool:
    """Whether a file stands at a path relative to the media root, and is not empty, as a power cut may leave it."""
    try:
        return on_disk(path).stat().st_size > 0
    except FileNotFoundError:
        return False


def is_mounted() -> bool:
    """Whether the media root is there, and not the empty folder of a disk that is not mounted."""
    return on_disk(MARKER).exists()


def sync(path: Path) -> None:
    """fsync a file or a folder: what it holds survives a power cut."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def place_original(staged: Path, path: str) -> None:
    """Give a complete staged file its final name: fsync, rename, fsync of the folder (and of a new folder's parent)."""
    final = on_disk(path)
    sync(staged)
    if not final.parent.is_dir():
        final.parent.mkdir(parents=True, exist_ok=True)
        sync(final.parent.parent)
    os.rename(staged, final)
    sync(final.parent)


def place_renditions(made: Path, path: str) -> None:
    """Move a folder of complete renditions to its place. They can be made again, so nothing waits for the disk."""
    final = on_disk(path)
    final.parent.mkdir(parents=True, exist_ok=True)
    os.rename(made, final)


def remove(path: str) -> None:
    """Remove a file or a folder below the media root; no error when it is gone already."""
    target = on_disk(path)
    if target.is_dir():
        shutil.rmtree(target, ignore_errors=False)
    else:
        target.unlink(missing_ok=True)


def files_of(uid: UUID) -> list[str]:
    """What stands on the disk for an image, relative to the media root: its original, and what was made of it; or the
    picture of a watermark."""
    originals = on_disk(original_path(uid, "*"))
    found = [str(path.relative_to(settings.MEDIA_ROOT)) for path in originals.parent.glob(originals.name)]
    made = (renditions_path(uid), converted_path(uid), watermark_path(uid))
    return [*found, *(path for path in made if on_disk(path).exists())]


def sweep_converted(*, older_than: float, most_bytes: int) -> int:
    """Remove conversions that nobody has asked for since a moment (seconds of the epoch), and of the others those that
    were asked for longest ago, until the rest takes no more than so many bytes. Returns how many.

    The time of a file's last access tells when it was asked for; whoever made it or found it there has set it.
    """
    kept = swept = 0
    for asked_at, size, path in sorted(_converted(), reverse=True):
        kept += size
        if asked_at < older_than or kept > most_bytes:
            Path(path).unlink(missing_ok=True)
            swept += 1
    return swept


def sweep_unfinished(shelves: Iterable[str], *, older_than: float) -> int:
    """Remove from these shelves of the renditions what a maker that was killed before a moment (seconds of the epoch)
    has left there: it would have got its name when it was whole. Returns how many."""
    swept = 0
    for shelf in shelves:
        for path in on_disk(RENDITIONS).joinpath(shelf).glob("*/*/.*"):
            with suppress(FileNotFoundError):  # finished, or gone with its image
                if path.stat().st_mtime < older_than:
                    path.unlink()
                    swept += 1
    return swept


def _converted() -> Iterator[tuple[float, int, str]]:
    """Of each conversion when it was asked for last, how many bytes of the disk it takes, and where it is. One whose
    image is edited or purged meanwhile is passed over."""
    for folder, _, names in os.walk(on_disk(CONVERTED)):
        for path in (os.path.join(folder, name) for name in names):
            with suppress(FileNotFoundError):
                found = os.stat(path)
                yield found.st_atime, max(found.st_size, LEAST_ON_DISK), path
