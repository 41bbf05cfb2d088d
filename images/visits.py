"""Views and downloads: counted once per visitor and half hour, and remembered for the owner."""

import re

from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.viewer import Viewer
from gallery_site.writing import lock_rows, writing
from images.models import Image, Visit

_BOT = re.compile(r"bot\b|crawl|spider|slurp|preview|facebookexternalhit|monitor|headlesschrome", re.IGNORECASE)
_COUNTS = {Visit.Kind.VIEW: "view_count", Visit.Kind.DOWNLOAD: "download_count"}


def record(image: Image, kind: Visit.Kind, *, viewer: Viewer, address: str, agent: str) -> bool:
    """Count a visit, unless it is the owner's, a known bot's, or not this visitor's first within the half hour.

    Returns whether it counted; then the count of `image` has risen in the database and here.
    """
    if viewer.owns(image) or _BOT.search(agent):
        return False
    visitor = _hash(f"user {viewer.user_id}" if viewer.user else f"{address} {agent}")
    recent = Visit.objects.filter(
        image=image, kind=kind, visitor=visitor, at__gt=timezone.now() - settings.VISIT_WINDOW
    )
    if recent.exists():  # the common case writes nothing
        return False
    count = _COUNTS[kind]
    with writing():
        lock_rows(Image.objects.filter(pk=image.pk))
        if recent.exists():
            return False
        Visit.objects.create(
            image=image, kind=kind, user=viewer.user, visitor=visitor, address_hash=_hash(f"address {address}")
        )
        seen = {"last_viewed_at": timezone.now()} if kind == Visit.Kind.VIEW else {}
        Image.objects.filter(pk=image.pk).update(**{count: F(count) + 1}, **seen)
    image.refresh_from_db(fields=[count, "last_viewed_at"])
    return True


def _hash(text: str) -> str:
    """A keyed hash, 128 bits: the same visitor is known again, but nobody can be named from it."""
    return salted_hmac("images.visits", text, algorithm="sha256").hexdigest()[:32]
