"""Into the trash, back, and away for good."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from accounts.models import User
from gallery_site.writing import writing
from images import blocking, ledger, store
from images.models import FileRemoval, Image

NOTES_AT_ONCE = 500  # so that a crash meanwhile leaves few to be looked at again


def trash(image_ids: Sequence[int], *, step: UUID | None = None, at: datetime | None = None) -> int:
    """Put images into their owners' trash; they keep their places in albums for the way back. Returns how many went.

    Where the trash is kept for no day at all, they are purged.
    """
    if settings.GALLERY_TRASH_DAYS == 0:
        return purge(image_ids)
    with ledger.balanced(image_ids):
        return Image.objects.filter(pk__in=image_ids, trashed_at=None).update(
            trashed_at=at or timezone.now(), trash_step=step
        )


def restore(image_ids: Sequence[int]) -> int:
    """Bring images back to the library and to the albums they were in. Returns how many came."""
    with ledger.balanced(image_ids):
        return Image.objects.filter(pk__in=image_ids, trashed_at__isnull=False).update(trashed_at=None, trash_step=None)


def purge(image_ids: Sequence[int]) -> int:
    """Remove images for good: rows and a note of their files in one transaction, then the files. Returns how many.

    The file of one that a moderator hid is blocked, or hiding would be undone by deleting it and uploading it again.
    """
    with ledger.balanced(image_ids):
        images = Image.objects.filter(pk__in=image_ids)
        hidden = images.filter(hidden_at__isnull=False).values_list("file_hash", "hidden_reason", "likeness")
        blocking.block(
            {file_hash: reason for file_hash, reason, _ in hidden},
            by=None,
            likenesses={file_hash: likeness for file_hash, _, likeness in hidden},
        )
        FileRemoval.objects.bulk_create(
            FileRemoval(path=path)
            for uid, file_path in images.values_list("uid", "file_path")
            for path in (file_path, store.renditions_path(uid), store.converted_path(uid))
        )
        freed = list(images.order_by().values_list("user").annotate(size=Sum("file_size")))
        for user_id, size in freed:
            User.objects.filter(pk=user_id).update(storage_used=F("storage_used") - size)
        removed = images.delete()[1].get("images.Image", 0)
        transaction.on_commit(remove_files)
        return removed


def remove_files() -> None:
    """Take what the notes name off the disk, and clear each note, in parts; what can't be removed now keeps its note.

    Does nothing while the media root is not mounted.
    """
    if not store.is_mounted():
        return
    last = 0
    while notes := list(FileRemoval.objects.filter(pk__gt=last).order_by("pk")[:NOTES_AT_ONCE]):
        gone = [note.pk for note in notes if _is_removed(note.path)]
        with writing():
            FileRemoval.objects.filter(pk__in=gone).delete()
        last = notes[-1].pk


def _is_removed(path: str) -> bool:
    try:
        store.remove(path)
    except OSError as trouble:
        store.log.warning("could not remove %s: %s", path, trouble)
        return False
    return True
