"""Changes of albums that reach the images in them: what is listed follows in the same transaction."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from albums import tree
from albums.models import Album
from gallery_site.public_id import new_public_id
from images import ledger, trash
from images.models import AlbumImage, Image

ORPHANS, ALL, KEEP = "orphans", "all", "keep"


def edit_album(album: Album, changes: Mapping[str, Any]) -> None:
    """`albums.tree.edit`, with the images in the subtree listed or unlisted as the new policy says."""
    with ledger.balanced(_images_below(album)):
        tree.edit(album, changes)


def trash_album(album: Album, *, images: str = KEEP) -> None:
    """Trash an album with its descendants as one step that `restore_album` undoes.

    `images`: keep them; or trash the owner's that are in no other album (`orphans`), or all of the owner's in it.
    """
    step, now = new_public_id(), timezone.now()
    with ledger.balanced(inside := _images_below(album)):
        subtree = Album.objects.below(album).filter(trashed_at=None)
        doomed = Image.objects.filter(pk__in=inside, user=album.user_id, trashed_at=None)
        if images == ORPHANS:
            elsewhere = AlbumImage.objects.filter(image__in=inside, album__trashed_at=None).exclude(
                album__in=subtree.values("pk")
            )
            doomed = doomed.exclude(pk__in=elsewhere.values("image"))
        if images != KEEP:
            trash.trash(list(doomed.values_list("pk", flat=True)), step=step, at=now)
        subtree.update(trashed_at=now, trash_step=step)


def restore_album(album: Album) -> None:
    """Bring back what the step that trashed this album took: albums, their places, and the images it trashed.

    Below a parent that is still in the trash they come back to the top, where what inherits is private.
    """
    step = album.trash_step
    root = Album.objects.taken_by_step(step).select_related("parent").order_by("path").first()
    if root is None:
        return  # somebody was faster
    with ledger.balanced(_images_below(root)):
        if root.parent and root.parent.trashed_at is not None:
            tree.edit(root, {"parent": None})
        Album.objects.taken_by_step(step).update(trashed_at=None, trash_step=None)
        trash.restore(list(Image.objects.filter(trash_step=step).values_list("pk", flat=True)))
    album.refresh_from_db()


def _images_below(album: Album) -> list[int]:
    subtree = Album.objects.below(album).values("pk")
    return list(AlbumImage.objects.filter(album__in=subtree).values_list("image", flat=True).distinct())
