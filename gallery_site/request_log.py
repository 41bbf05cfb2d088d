"""The log: one JSON object a line on standard output, one line a request, everything marked with the request's id."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject, empty

from gallery_site.client_address import client_address

access = logging.getLogger("gallery.access")

HEADER = "X-Request-ID"
_SAFE_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_NO_REQUEST = ""
_request_id: ContextVar[str] = ContextVar("request_id", default=_NO_REQUEST)

# What opens something by itself. A route with a secret in its path has its place here; a test looks for the others.
REDACTED = "[redacted]"
_SECRET_PATHS = re.compile(r"(/s/|/accounts/(?:password-reset|verify)/)[^\s\"'\\?#<>]{8,}")
_SECRET_NAMES = re.compile(r"token|passw|secret|key|sig|auth|session|csrf|code", re.IGNORECASE)
_LONGEST = 2_000  # characters of a path, a query or an agent that a line keeps

_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request", "server_time"}


def current_request_id() -> str:
    """The id of the request being answered here; empty outside of one."""
    return _request_id.get()


def without_secrets(text: str) -> str:
    """`text` with the secret parts of our own paths taken out, wherever in it they stand."""
    return _SECRET_PATHS.sub(rf"\1{REDACTED}", text)


def query_without_secrets(query: str) -> str:
    """A query string in which the values of parameters that are named like a secret are taken out."""
    if not query:
        return ""
    pairs = parse_qsl(query[:_LONGEST], keep_blank_values=True)
    shown = [(name, REDACTED if _SECRET_NAMES.search(name) else value) for name, value in pairs]
    return urlencode(shown, safe="[]/")  # a path in it stays one, which the formatter knows


class JSONFormatter(logging.Formatter):
    """A record as one line of JSON: time (UTC), level, logger, message, request id, whatever `extra` brought, and the
    traceback of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _instant(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id := current_request_id():
            line["request_id"] = request_id
        line |= {name: value for name, value in vars(record).items() if name not in _STANDARD_FIELDS}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        return without_secrets(json.dumps(line, default=str))


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class RequestLogMiddleware:
    """Gives each request its id and its line. It is the outermost: whatever answers, it has seen it.

    `duration_ms` is the time until the answer was ready to be sent; `bytes` is its length, null for a stream of unknown
    length. `user` is the id of whoever the answer was made for, if that was found out anyway.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        request_id = _id_for(request)
        token = _request_id.set(request_id)
        try:
            response = self.get_response(request)
            response[HEADER] = request_id
            access.info(
                "request",
                extra={
                    "method": request.method,
                    "path": request.path[:_LONGEST],
                    "query": query_without_secrets(request.META.get("QUERY_STRING", "")),
                    "status": response.status_code,
                    "bytes": _length(response),
                    "duration_ms": round((time.perf_counter() - began) * 1000, 1),
                    "user": _known_user(request),
                    "client": client_address(request),
                    "agent": request.headers.get("User-Agent", "")[:_LONGEST],
                },
            )
        finally:
            _request_id.reset(token)
        return response


def _id_for(request: HttpRequest) -> str:
    """The client's own id if it is a short plain word (so that a front's log and ours meet), else a new one."""
    offered = request.headers.get(HEADER, "")
    return offered if _SAFE_ID.fullmatch(offered) else uuid.uuid4().hex


def _length(response: HttpResponseBase) -> int | None:
    if not response.streaming:
        return len(response.content)  # type: ignore[attr-defined]  # every response that does not stream has it
    announced = response.get("Content-Length", "")
    return int(announced) if announced.isdecimal() else None


def _known_user(request: HttpRequest) -> str | None:
    """The user's public id, if the request has loaded its user; asking is no reason for a query."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user._wrapped is empty:  # not loaded yet
        return None
    uid = getattr(user, "uid", None)
    return str(uid) if uid else None
