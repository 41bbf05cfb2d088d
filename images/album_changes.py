"""Changes of albums that reach the images in them: what is listed follows in the same transaction."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from albums import tree
from albums.models import Album
from gallery_site.public_id import new_public_id
from gallery_site.writing import lock_rows, writing
from images import ledger, trash, watermark_pictures
from images.models import AlbumImage, Image

ORPHANS, ALL, KEEP = "orphans", "all", "keep"
REACHING = frozenset({"parent", "privacy_setting", "watermark", "allow_download"})  # who sees the images, and how


def plant_album(*, owner: User, **values: Any) -> Album:
    """`albums.tree.plant`, which raises TreeError; so does this for a watermark whose picture is not there."""
    with writing():
        _claim_watermark(values, owner)
        return tree.plant(owner=owner, **values)


def edit_album(album: Album, changes: Mapping[str, Any]) -> None:
    """`albums.tree.edit`, with the images in the subtree listed or unlisted as the new policy says.

    Raises TreeError, and Album.DoesNotExist when it is gone or in the trash meanwhile.
    """
    with writing():
        _lock(album)
        if album.trashed_at is not None:
            raise Album.DoesNotExist
        _claim_watermark(changes, album.user)
        with ledger.balanced(_images_below(album) if REACHING & changes.keys() else ()):
            tree.edit(album, changes)


def trash_album(album: Album, *, images: str = KEEP, for_good: bool = False) -> None:
    """Trash an album with its descendants as one step that `restore_album` undoes.

    `images`: keep them; or trash the owner's that are in no other album (`orphans`), or all of the owner's in it.
    Where no trash is kept, or `for_good`, the albums are purged; the images have their own time in the trash.
    """
    step, now = new_public_id(), timezone.now()
    with writing():
        _lock(album)
        if album.trashed_at is None:
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
        if for_good or settings.GALLERY_TRASH_DAYS == 0:
            purge_album(album)


def restore_album(album: Album) -> None:
    """Bring back what the step that trashed this album took: albums, their places, and the images it trashed.

    Below a parent that is still in the trash they come back to the top, where what inherits is private. Raises
    Album.DoesNotExist when it is gone meanwhile; does nothing when somebody was faster.
    """
    with writing():
        _lock(album)
        step = album.trash_step
        taken = Album.objects.taken_by_step(step)
        for root in taken.select_related("parent").order_by("path")[:1]:
            with ledger.balanced(_images_below(root)):
                if root.parent and root.parent.trashed_at is not None:
                    tree.edit(root, {"parent": None})
                taken.update(trashed_at=None, trash_step=None)
                trash.restore(list(Image.objects.filter(trash_step=step).values_list("pk", flat=True)))
        album.refresh_from_db()


def purge_album(album: Album) -> None:
    """Remove an album of the trash for good, with what went there along with it from below; no image goes with them.

    What stood below and went into the trash by a step of its own keeps its own time there, at the top. Raises
    Album.DoesNotExist when it is gone meanwhile; does nothing when it is not in the trash.
    """
    with writing():
        _lock(album)
        below = list(Album.objects.below(album).order_by("path"))
        if album.trashed_at is not None:
            tree.uproot([each for each in below if each.trash_step != album.trash_step])
            doomed = [each.pk for each in below if each.trash_step == album.trash_step]
            Album.objects.filter(pk__in=doomed).delete()  # they granted nothing any more, and no count outlives them


def _claim_watermark(changes: Mapping[str, Any], owner: User) -> None:
    try:
        watermark_pictures.claim(changes.get("watermark"), owner=owner)
    except watermark_pictures.NotThere as trouble:
        raise tree.TreeError("watermark", "does_not_exist", str(trouble)) from trouble


def _lock(album: Album) -> None:
    """Read the album as it is, and let changes of it and of all below take turns with those that put images there."""
    album.refresh_from_db()
    lock_rows(Album.objects.below(album))


def _images_below(album: Album) -> list[int]:
    subtree = Album.objects.below(album).values("pk")
    return list(AlbumImage.objects.filter(album__in=subtree).values_list("image", flat=True).distinct())
