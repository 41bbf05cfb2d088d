"""Throttles: so many in so long, counted in the cache that all processes share; never a lasting lock."""

from django.http import HttpRequest
from django_ratelimit.core import get_usage
from rest_framework.exceptions import Throttled
from rest_framework.request import Request


def throttle(request: HttpRequest | Request, group: str, rate: str, key: str) -> None:
    """Count one attempt of `key` in `group`; raises Throttled (with the seconds to wait) beyond `rate`, like "10/5m".

    Counted before the deed and forgiven after it where success is no offence: so a burst of requests in parallel is
    held to the same number.
    """
    usage = _usage(request, group, rate, key, increment=True)
    if usage is None or not usage["should_limit"]:
        return
    pardon = _usage(request, f"{group} forgiven", rate, key, increment=False)
    if pardon is None or usage["count"] - pardon["count"] > usage["limit"]:
        raise Throttled(wait=max(usage["time_left"], 1))


def forgive(request: HttpRequest | Request, group: str, rate: str, key: str) -> None:
    """Take back one attempt that `throttle` counted."""
    _usage(request, f"{group} forgiven", rate, key, increment=True)


def _usage(request: HttpRequest | Request, group: str, rate: str, key: str, *, increment: bool) -> dict | None:
    """None when throttles are switched off."""
    return get_usage(request, group=group, key=lambda group, request: key, rate=rate, increment=increment)
