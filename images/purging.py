"""Telling the shared cache (CDN_URL) to forget renditions that not everyone may see any more."""

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Collection
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.viewer import NOBODY
from gallery_site.writing import writing
from images import addresses, marks, store
from images.models import CachePurge, Image

if TYPE_CHECKING:
    from images.querysets import ImageQuerySet

MOST_NAMED: Final = 10_000  # images of one change; of more the cache is told to forget all, as it does in ten minutes
NOTES_AT_ONCE: Final = 100  # of one call of the hook
PATIENCE: Final = 5  # seconds for it to answer: whoever takes a right away waits for it
log = logging.getLogger("gallery.purge")


class Watch:
    """Before a change, look at the images that it touches; after it, purge what everyone saw and does not see any more,
    or sees with something else over it. Both in the change's transaction.

    Where more than MOST_NAMED are seen by everyone, nobody looks at each: the cache has to forget all. At most three
    queries a look, and three more where watermarks are in use.
    """

    def __init__(self) -> None:
        self._seen: dict[int, tuple[UUID, str]] = {}  # by everyone: id, and the mark of what lies over it for everyone
        self._are_too_many = False

    def look_at(self, images: "ImageQuerySet") -> None:
        if not settings.GALLERY_PURGE_URL or self._are_too_many:
            return
        listed = images.filter(is_listed=True)
        if len(self._seen) + listed[: MOST_NAMED + 1].count() > MOST_NAMED:
            self._are_too_many = True
        else:
            self._seen |= _seen(listed)

    def purge(self) -> None:
        if self._are_too_many:
            _note([CachePurge()])
        elif self._seen:
            now = _seen(Image.objects.filter(pk__in=self._seen, is_listed=True))
            purge([copy[0] for pk, copy in self._seen.items() if now.get(pk) != copy])


def purge(images: Collection[UUID]) -> None:
    """Note what a shared cache may hold of these images, and tell it once this transaction is committed.

    Nothing happens without GALLERY_PURGE_URL: then a shared cache asks again after ten minutes, as it was told.
    """
    if settings.GALLERY_PURGE_URL and images:
        _note([CachePurge(uid=uid, paths=_paths(uid)) for uid in images])


def tell() -> None:
    """Call the hook for all that is noted, and clear each note that it took; what it did not take is tried again by the
    housekeeping."""
    if not settings.GALLERY_PURGE_URL:
        return
    while notes := list(CachePurge.objects.order_by("pk")[:NOTES_AT_ONCE]):
        if not _is_told(notes):
            return
        with writing():
            CachePurge.objects.filter(pk__in=[note.pk for note in notes]).delete()


def _seen(listed: "ImageQuerySet") -> dict[int, tuple[UUID, str]]:
    over = marks.lying_over(listed, NOBODY)
    return {pk: (uid, over.get(pk, "")) for pk, uid in listed.values_list("pk", "uid")}


def _note(notes: Collection[CachePurge]) -> None:
    CachePurge.objects.bulk_create(notes)
    transaction.on_commit(tell)


def _paths(uid: UUID) -> list[str]:
    """Of the renditions that there are: no other was ever answered. Any that come later are refused."""
    folder = store.on_disk(store.renditions_path(uid))
    return sorted(addresses.public_path(str(file.relative_to(settings.MEDIA_ROOT))) for file in folder.glob("*/[!.]*"))


def _prefix(note: CachePurge) -> str:
    """What the paths of an image begin with, or all of them."""
    return f"{addresses.public_path(store.renditions_path(note.uid))}/" if note.uid else addresses.PUBLIC


def _is_told(notes: Collection[CachePurge]) -> bool:
    """POST {"urls": [...], "prefixes": [...]}: each address, and for caches that can purge so, what all of those of an
    image begin with. Any answer below 300 will do."""
    body = {
        "urls": [settings.CDN_URL + path for note in notes for path in note.paths],
        "prefixes": [settings.CDN_URL + _prefix(note) for note in notes],
    }
    request = urllib.request.Request(
        settings.GALLERY_PURGE_URL, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE):
            return True
    except (OSError, ValueError) as trouble:  # URLError and HTTPError are OSErrors; ValueError: no answer in HTTP
        log.warning("the shared cache was not told of %d images; it will be again: %s", len(notes), trouble)
        return False
