"""Reports: somebody says that an image or an album should not be here, and moderators see it at once."""

import logging

from django.db.models import F
from django.utils.crypto import salted_hmac

from accounts.viewer import Viewer
from albums.models import Album
from gallery_site.writing import lock_rows, writing
from images.models import Image, Report

log = logging.getLogger("gallery.moderation")


def report(thing: Image | Album, *, by: Viewer, address: str, reason: str, note: str = "") -> tuple[Report, bool]:
    """Report an image or an album. Returns the report, and whether it is new.

    One is open per reporter and thing; what the same reporter says again takes the place of what he said. Who is not
    signed in is known by `address` (a network, as throttles count). Raises ObjectDoesNotExist if the thing has gone.
    """
    kind = "image" if isinstance(thing, Image) else "album"
    model = type(thing)
    said = {"reason": reason, "note": note}
    with writing():
        if not lock_rows(model._default_manager.filter(pk=thing.pk)):  # decisions and reports take turns
            raise model.DoesNotExist
        made, is_new = Report.objects.update_or_create(
            **{kind: thing},
            reporter_hash=_reporter_hash(by, address),
            closed_at=None,
            defaults=said,
            create_defaults={**said, "reporter": by.user},
        )
        if is_new:
            model._default_manager.filter(pk=thing.pk).update(open_reports=F("open_reports") + 1)
    reporter = str(by.user.uid) if by.user else None
    log.info("reported", extra={"kind": kind, "target": str(thing.uid), "reason": reason, "reporter": reporter})
    return made, is_new


def _reporter_hash(by: Viewer, address: str) -> str:
    """A keyed hash, 128 bits: the same reporter is known again, but nobody can be named from it."""
    text = f"user {by.user_id}" if by.user else f"address {address}"
    return salted_hmac("images.reporting", text, algorithm="sha256").hexdigest()[:32]
