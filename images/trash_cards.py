"""What the page of the trash shows of albums: each deletion once, with what it took along."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Q

from accounts.viewer import Viewer
from albums.models import Album
from images.models import AlbumImage

ALBUMS_SHOWN = 100


@dataclass(frozen=True)
class TrashedAlbum:
    """An album that was deleted, with how many albums inside it and how many photos come back with it."""

    uid: UUID
    name: str
    trashed_at: datetime
    albums: int
    photos: int


def trashed_albums(viewer: Viewer) -> list[TrashedAlbum]:
    """The first of this viewer's, the latest deletion first, by three queries."""
    trashed = Album.objects.in_trash_of(viewer).topmost_in_trash().order_by("-trashed_at", "-pk")[:ALBUMS_SHOWN]
    shown = list(trashed)
    steps = [album.trash_step for album in shown]
    albums = dict(
        Album.objects.filter(trash_step__in=steps).order_by().values_list("trash_step").annotate(n=Count("pk"))
    )
    comes_back = Q(image__trashed_at=None) | Q(image__trash_step=F("album__trash_step"))
    photos = dict(
        AlbumImage.objects.filter(comes_back, album__trash_step__in=steps)
        .order_by()
        .values_list("album__trash_step")
        .annotate(n=Count("image", distinct=True))
    )
    return [
        TrashedAlbum(
            uid=album.uid,
            name=album.name,
            trashed_at=album.trashed_at,
            albums=albums[album.trash_step] - 1,
            photos=photos.get(album.trash_step, 0),
        )
        for album in shown
        if album.trashed_at
    ]
