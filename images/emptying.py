"""Emptying the trash, somebody's at once or everybody's as it grows old, in parts so that no transaction is long."""

from dataclasses import dataclass
from datetime import datetime

from accounts.viewer import Viewer
from albums.models import Album
from albums.querysets import AlbumQuerySet
from gallery_site.writing import writing
from images import album_changes, trash
from images.models import Image
from images.querysets import ImageQuerySet

PURGED_AT_ONCE = 200  # images


@dataclass(frozen=True)
class Emptied:
    """How many went for good; an album counts with all below it as one."""

    images: int
    albums: int


def empty_trash(*, of: Viewer) -> Emptied:
    """Purge all that is in this viewer's trash."""
    return _purge(Image.objects.in_trash_of(of), Album.objects.in_trash_of(of))


def purge_older_than(moment: datetime) -> Emptied:
    """Purge what went into the trash before `moment`."""
    return _purge(Image.objects.filter(trashed_at__lt=moment), Album.objects.filter(trashed_at__lt=moment))


def _purge(images: ImageQuerySet, albums: AlbumQuerySet) -> Emptied:
    gone = 0
    while part := _purge_some(images):
        gone += part
    steps = 0
    while _purge_one(albums):
        steps += 1
    return Emptied(gone, steps)


def _purge_some(images: ImageQuerySet) -> int:
    """What is still meant when its turn has come: one that was restored a moment ago stays."""
    with writing():
        due = images.select_for_update().order_by("trashed_at", "pk").values_list("pk", flat=True)
        return trash.purge(list(due[:PURGED_AT_ONCE]))


def _purge_one(albums: AlbumQuerySet) -> bool:
    with writing():
        album = albums.order_by("path").first()
        if album:
            album_changes.purge_album(album)
        return album is not None
