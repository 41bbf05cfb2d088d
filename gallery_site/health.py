"""Is it alive, is it ready: for load balancers, containers and monitors. No session, no sign-in, no secrets."""

import os
from collections.abc import Callable, Mapping

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import transaction
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery_site import heartbeat
from gallery_site.preparation import unapplied_migrations
from images.store import MARKER


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Alive: this process answers. It asks nothing of the database or the disk."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready to do its work; else 503 with what is wrong, by name."""
    troubles = {name: trouble for name, ask in QUESTIONS.items() if (trouble := ask())}
    checks = {name: troubles.get(name, "ok") for name in QUESTIONS}
    return JsonResponse(
        {"status": "not ready" if troubles else "ok", "checks": checks}, status=503 if troubles else 200
    )


def _database() -> str | None:
    """An update of no row asks for all that a write needs, and changes nothing."""
    try:
        with transaction.atomic():
            MigrationRecorder.Migration.objects.filter(pk=None).update(name="")
    except DatabaseTrouble:
        return "can't be written"
    return None


def _migrations() -> str | None:
    try:
        missing = unapplied_migrations()
    except DatabaseTrouble:
        return "can't be read"
    return f"not applied: {len(missing)}" if missing else None


def _storage() -> str | None:
    if not (settings.MEDIA_ROOT / MARKER).is_file():
        return "the marker file is missing from the media folder: its disk may not be mounted"
    if not os.access(settings.MEDIA_ROOT, os.W_OK | os.X_OK):
        return "the media folder can't be written"
    return None


def _housekeeping() -> str | None:
    return "no sign of life" if heartbeat.is_overdue() else None


QUESTIONS: Mapping[str, Callable[[], str | None]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "housekeeping": _housekeeping,
}
