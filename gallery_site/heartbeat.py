"""The sign of life of the housekeeping: given by it at each round, read by `/readyz`."""

from datetime import datetime, timedelta

from django.core.cache import cache
from django.utils import timezone

_KEY = "housekeeping-expected-by"


def beat(*, next_within: timedelta) -> None:
    """Say that the housekeeping lives, and by when it will say so again."""
    cache.set(_KEY, timezone.now() + next_within, timeout=None)


def is_overdue() -> bool:
    """Whether the housekeeping said it would be back by now, and is not. Where none ever ran, nothing is overdue."""
    expected: datetime | None = cache.get(_KEY)
    return expected is not None and expected < timezone.now()
