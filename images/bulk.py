"""Deeds on whatever is ticked in the library or the trash."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accounts.models import User
from accounts.viewer import Viewer
from images import ledger, placing, tagging, trash
from images.models import Image

PURGED_AT_ONCE = 200  # images, so that no transaction is long

Deed = Callable[[Sequence[int], Mapping[str, Any], User], object]

# What each deed is called on the page, and what it takes from the form (`tags`, `album`, `privacy_setting`).
OF_LIBRARY: Mapping[str, Deed] = {
    "tag": lambda pks, said, by: tagging.add_tags(pks, said["tags"], by=by),
    "untag": lambda pks, said, by: tagging.remove_tags(pks, said["tags"], by=by),
    "place": lambda pks, said, by: placing.add(pks, to=said["album"], by=by),
    "privacy": lambda pks, said, by: set_privacy(pks, said["privacy_setting"]),
    "trash": lambda pks, said, by: trash.trash(pks),
}
OF_TRASH: Mapping[str, Deed] = {
    "restore": lambda pks, said, by: trash.restore(pks),
    "purge": lambda pks, said, by: trash.purge(pks),
}


def set_privacy(image_ids: Sequence[int], privacy: str) -> None:
    """Who may see these images from now on; what is listed follows in the same transaction."""
    with ledger.balanced(image_ids):
        Image.objects.filter(pk__in=image_ids).update(privacy_setting=privacy)


def empty_trash(*, of: Viewer) -> int:
    """Purge all that is in this viewer's trash, in batches. Returns how many."""
    purged = 0
    while batch := list(Image.objects.in_trash_of(of).order_by("pk").values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        purged += trash.purge(batch)
    return purged
