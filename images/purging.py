"""Telling the shared cache (CDN_URL) to forget renditions that not everyone may see any more."""

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Collection
from typing import Final

from django.conf import settings
from django.db import transaction

from gallery_site.writing import writing
from images import addresses, store
from images.models import CachePurge, Image

NOTES_AT_ONCE: Final = 100  # of one call of the hook
PATIENCE: Final = 5  # seconds for it to answer: whoever takes a right away waits for it
log = logging.getLogger("gallery.purge")


def purge(images: Collection[Image]) -> None:
    """Note what a shared cache may hold of these images, and tell it once this transaction is committed.

    Nothing happens without GALLERY_PURGE_URL: then a shared cache asks again after ten minutes, as it was told.
    """
    if not settings.GALLERY_PURGE_URL or not images:
        return
    CachePurge.objects.bulk_create(CachePurge(uid=image.uid, paths=_paths(image)) for image in images)
    transaction.on_commit(tell)


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


def _paths(image: Image) -> list[str]:
    """Of the renditions that there are: no other was ever answered. Any that come later are refused."""
    folder = store.on_disk(store.renditions_path(image.uid))
    return sorted(addresses.public_path(str(file.relative_to(settings.MEDIA_ROOT))) for file in folder.glob("*/[!.]*"))


def _is_told(notes: Collection[CachePurge]) -> bool:
    """POST {"urls": [...], "prefixes": [...]}: each address, and for caches that can purge so, what all of those of an
    image begin with. Any answer below 300 will do."""
    body = {
        "urls": [settings.CDN_URL + path for note in notes for path in note.paths],
        "prefixes": [f"{settings.CDN_URL}{addresses.public_path(store.renditions_path(note.uid))}/" for note in notes],
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
