"""Deeds on whatever is ticked in the library or the trash: those of a batch, and two that only the pages have."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accounts.viewer import Viewer
from images import batch, placing, trash
from images.batch import Batch
from images.models import Image

Deed = Callable[[Sequence[Image], Mapping[str, Any], Viewer], object]


def _batch(operation: str) -> Deed:
    def deed(images: Sequence[Image], said: Mapping[str, Any], by: Viewer) -> None:
        album = said.get("album")
        asked = Batch(
            operation=operation,
            image_ids=[image.uid for image in images],
            album_id=album and album.uid,
            tags=said.get("tags", ()),
            privacy_setting=said.get("privacy_setting", ""),
        )
        batch.carry_out(asked, by=by)

    return deed


def _place(images: Sequence[Image], said: Mapping[str, Any], by: Viewer) -> None:
    placing.add([image.pk for image in images], to=said["album"], by=batch.person(by))


def _purge(images: Sequence[Image], said: Mapping[str, Any], by: Viewer) -> None:
    trash.purge([image.pk for image in images])


# What each deed is called on the page; what it takes from the form are `tags`, `album`, `privacy_setting`.
OF_LIBRARY: Mapping[str, Deed] = {
    **{operation: _batch(operation) for operation in ("tag", "untag", "move", "privacy", "delete")},
    "place": _place,
}
OF_TRASH: Mapping[str, Deed] = {"restore": _batch("restore"), "purge": _purge}
