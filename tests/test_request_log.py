"""The log: what a line says, what it never says, and that everything carries the request's id."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.functional import SimpleLazyObject

from gallery_site.request_log import (
    REDACTED,
    JSONFormatter,
    RequestLogMiddleware,
    current_request_id,
    query_without_secrets,
    without_secrets,
)

TOKEN = "qLk3vGZ8s0tYpR5xWn_-2a"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What was written to the log, each line parsed."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JSONFormatter())
    root, ours = logging.getLogger(), logging.getLogger("gallery")
    root.addHandler(handler)
    before = ours.level
    ours.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    root.removeHandler(handler)
    ours.setLevel(before)


def answer(request: HttpRequest, response: HttpResponse | StreamingHttpResponse | None = None) -> Any:
    return RequestLogMiddleware(lambda _: response or HttpResponse(b"hello"))(request)


def test_a_request_is_one_line(rf: RequestFactory, lines: Lines) -> None:
    response = answer(rf.get("/images?tag=sea&page=2", HTTP_USER_AGENT="curl/8", REMOTE_ADDR="192.0.2.7"))
    (line,) = lines()
    assert line.pop("duration_ms") >= 0
    assert line.pop("time").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "gallery.access",
        "message": "request",
        "request_id": response["X-Request-ID"],
        "method": "GET",
        "path": "/images",
        "query": "tag=sea&page=2",
        "status": 200,
        "bytes": 5,
        "user": None,
        "client": "192.0.2.7",
        "agent": "curl/8",
    }


def test_ids_differ(rf: RequestFactory) -> None:
    assert answer(rf.get("/"))["X-Request-ID"] != answer(rf.get("/"))["X-Request-ID"]


@pytest.mark.parametrize("offered", ["a-front-servers-id", "0" * 64, "5f2b1c7e"])
def test_a_plain_id_of_the_client_is_taken(rf: RequestFactory, offered: str) -> None:
    assert answer(rf.get("/", HTTP_X_REQUEST_ID=offered))["X-Request-ID"] == offered


@pytest.mark.parametrize(
    "offered", ["", "short", "0" * 65, "with blank in it", "line\nbreak-and-more", '"}{"a":1234}', "é" * 10]
)
def test_any_other_is_replaced(rf: RequestFactory, lines: Lines, offered: str) -> None:
    given = answer(rf.get("/", HTTP_X_REQUEST_ID=offered))["X-Request-ID"]
    assert given != offered
    assert len(given) == 32
    assert lines()[0]["request_id"] == given


def test_the_id_is_gone_after_the_request(rf: RequestFactory) -> None:
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(current_request_id())
        return HttpResponse()

    response = RequestLogMiddleware(view)(rf.get("/"))
    assert seen == [response["X-Request-ID"]]
    assert current_request_id() == ""


def test_the_id_is_gone_after_a_failure_too(rf: RequestFactory) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        RequestLogMiddleware(view)(rf.get("/"))
    assert current_request_id() == ""


def test_every_line_of_a_request_has_its_id(rf: RequestFactory, lines: Lines) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        logging.getLogger("gallery.anything").warning("A %s thing.", "strange", extra={"image": 7})
        return HttpResponse()

    response = RequestLogMiddleware(view)(rf.get("/"))
    inner, outer = lines()
    assert inner["message"] == "A strange thing."
    assert inner["image"] == 7
    assert inner["request_id"] == outer["request_id"] == response["X-Request-ID"]


def test_an_exception_is_told_in_the_same_line(lines: Lines) -> None:
    try:
        raise ValueError('of "quotes"\nand lines')
    except ValueError:
        logging.getLogger("gallery.anything").exception("Broken")
    (line,) = lines()
    assert line["level"] == "error"
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith('ValueError: of "quotes"\nand lines')


def test_bytes_of_a_stream_are_those_announced(rf: RequestFactory, lines: Lines) -> None:
    answer(rf.get("/"), FileResponse(io.BytesIO(b"x" * 700)))
    answer(rf.get("/"), StreamingHttpResponse([b"x"]))
    assert [line["bytes"] for line in lines()] == [700, None]


def test_a_share_link_is_never_written(rf: RequestFactory, lines: Lines) -> None:
    path = f"/s/{TOKEN}"
    answer(rf.post(path))
    answer(rf.get(f"/accounts/login?next={path}"))
    logging.getLogger("django.request").error("Internal Server Error: %s", path, extra={"request": rf.get(path)})
    try:
        raise LookupError(f"no page at https://gallery.example{path}?size=2")
    except LookupError:
        logging.getLogger("gallery.anything").exception("Broken")
    assert TOKEN not in str(lines())
    assert [line.get("path") for line in lines()] == [f"/s/{REDACTED}", "/accounts/login", None, None]


def test_ordinary_paths_are_left_alone() -> None:
    for path in ("/images/0192f0c1-7d3e-7abc-8def-0123456789ab", "/static/css/site.css", "/albums/s", "/u/s.token"):
        assert without_secrets(path) == path


@pytest.mark.parametrize(
    "name", ["token", "access_token", "password", "new_password1", "api_key", "sig", "csrfmiddlewaretoken"]
)
def test_secrets_in_a_query_are_not_written(name: str) -> None:
    shown = query_without_secrets(f"a=1&{name}={TOKEN}&b=2")
    assert shown == f"a=1&{name}={REDACTED}&b=2"


def test_odd_queries_are_written_whole() -> None:
    assert query_without_secrets("query=%22a+b%22&flag&x=%F0%9F%93%B7%0A") == "query=%22a+b%22&flag=&x=%F0%9F%93%B7%0A"
    assert query_without_secrets("") == ""


class _Someone:
    uid = "0192f0c1-7d3e-7abc-8def-0123456789ab"
    is_authenticated = True


def test_the_user_is_told_if_known(rf: RequestFactory, lines: Lines) -> None:
    request = rf.get("/")
    request.user = SimpleLazyObject(_Someone)
    assert request.user.is_authenticated  # as a view asks
    answer(request)
    assert lines()[0]["user"] == _Someone.uid


def test_the_user_is_not_asked_for(rf: RequestFactory, lines: Lines) -> None:
    def query() -> None:
        pytest.fail("the log made a query for the user")

    request = rf.get("/")
    request.user = SimpleLazyObject(query)
    answer(request)
    assert lines()[0]["user"] is None


def test_nobody_has_no_id(rf: RequestFactory, lines: Lines) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    answer(request)
    assert lines()[0]["user"] is None


def test_log_lines_cannot_be_forged(rf: RequestFactory, lines: Lines) -> None:
    answer(rf.get("/a%0A%7B%22level%22:%22info%22%7D", HTTP_USER_AGENT='x"}\n{"level": "info"}'))
    (line,) = lines()
    assert line["path"] == '/a\n{"level":"info"}'


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/api/no-such-thing", "/no-such-page", "/static/no-such-file.css"])
def test_every_answer_has_an_id(client: Client, lines: Lines, path: str) -> None:
    response = client.get(path)
    assert [line["request_id"] for line in lines() if line["logger"] == "gallery.access"] == [response["X-Request-ID"]]


def _routes(resolver: URLResolver, prefix: str = "/") -> Iterator[str]:
    """Every route of the house as it is written, such as "/s/<token>"."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern, route)


def test_no_route_tells_its_secret() -> None:
    """A new route with a token in its path turns this red until the log knows it."""
    secretive = [route for route in _routes(get_resolver()) if re.search(r"<(\w+:)?\w*(token|key|secret|code)>", route)]
    assert secretive
    for route in secretive:
        path = re.sub(r"<(\w+:)?\w+>", TOKEN, route)
        assert TOKEN not in without_secrets(path), route
