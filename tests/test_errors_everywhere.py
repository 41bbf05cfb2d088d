"""The one shape of errors, wherever under /api an error is made."""

import json
import re
import uuid
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db


def told(answer: Any, status: int) -> dict[str, Any]:
    """The body of an error, after a look at its shape."""
    assert answer.status_code == status, answer.content[:300]
    assert answer["Content-Type"].startswith("application/json")
    assert answer["X-Request-ID"]
    body = json.loads(answer.content)
    assert body.keys() == {"type", "errors"}
    assert body["errors"]
    for error in body["errors"]:
        assert error.keys() == {"code", "detail", "attr"}
        assert isinstance(error["code"], str)
        assert isinstance(error["detail"], str)
        assert error["attr"] is None or isinstance(error["attr"], str)
    return body


@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "head", "options"])
@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/nothing/", "/api/images/1", "/api/images//"])
def test_an_unknown_path(as_alice: APIClient, method: str, path: str) -> None:
    answer = getattr(as_alice, method)(path)
    if method == "head":
        assert answer.status_code == 404
    else:
        body = told(answer, 404)
        assert (body["type"], body["errors"][0]["code"]) == ("client_error", "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("put", "/api/images"),
        ("delete", "/api/albums"),
        ("get", "/api/upload"),
        ("post", "/api/search"),
        ("patch", "/api/tags"),
    ],
)
def test_a_method_that_is_none_of_its(as_alice: APIClient, method: str, path: str) -> None:
    answer = getattr(as_alice, method)(path)
    assert told(answer, 405)["errors"][0]["code"] == "method_not_allowed"
    assert answer["Allow"]


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"nonsense",
        b'{"name": "a",}',
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b'{"name": "\\u0000"}',
        b'{"name": "\\ud800"}',
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": ' + b"9" * 5_000 + b"}",
        DEEP,
        b'{"name": ' + DEEP + b"}",
        b'{"a":' * 50_000,
    ],
    ids=range(16),
)
@pytest.mark.parametrize(("method", "path"), [("post", "/api/albums"), ("post", "/api/auth/login")])
def test_a_body_that_can_not_be_read(as_alice: APIClient, method: str, path: str, body: bytes) -> None:
    answer = as_alice.generic(method.upper(), path, body, content_type="application/json")
    told(answer, 400)


def test_a_body_that_is_too_long(as_alice: APIClient) -> None:
    body = json.dumps({"name": "a", "description": "x" * 2**20})
    answer = as_alice.generic("POST", "/api/albums", body, content_type="application/json")
    assert told(answer, 413)["errors"][0]["code"] == "too_large"


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded"])
def test_a_media_type_that_is_not_taken(as_alice: APIClient, content_type: str) -> None:
    answer = as_alice.generic("POST", "/api/albums", "name=a", content_type=content_type)
    told(answer, 415)


def test_a_mistake_of_ours_names_the_request(as_alice: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("images.api.images.page_of", broken)
    as_alice.raise_request_exception = False
    answer = as_alice.get("/api/images")
    body = told(answer, 500)
    assert body["type"] == "server_error"
    assert answer["X-Request-ID"] in body["errors"][0]["detail"]
    assert b"secret" not in answer.content


def test_a_bad_token_is_a_401_even_where_nobody_may_read(client: Client) -> None:
    answer = client.get("/api/images", headers={"Authorization": "Bearer nonsense"})
    told(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_without_the_csrf_token_a_session_changes_nothing(alice: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert told(client.post("/api/albums", {"name": "A"}), 403)["errors"][0]["code"] == "csrf_failed"
    assert not alice.albums.exists()


def test_a_slash_at_the_end_changes_nothing(as_alice: APIClient, alice: User) -> None:
    image = image_row(alice)
    for path in ("/api/images", f"/api/images/{image.uid}", "/api/albums", "/api/tags", f"/api/images/{uuid.uuid4()}"):
        plain, slashed = as_alice.get(path), as_alice.get(f"{path}/")
        assert plain.status_code == slashed.status_code in (200, 404)
        assert plain.content == slashed.content
    assert as_alice.post("/api/albums/", {"name": "A"}).status_code == 201
    assert re.fullmatch("/api/albums/[0-9a-f-]{36}", as_alice.post("/api/albums/", {"name": "A"})["Location"])


@pytest.mark.parametrize("query", ["a=%ff", "page=%00", "&&&", "x" * 5_000, "tag=" + "&tag=" * 50])
def test_odd_queries_are_no_mistake_of_ours(as_alice: APIClient, query: str) -> None:
    for path in ("/api/images", "/api/albums", "/api/search", "/api/tags"):
        assert as_alice.get(f"{path}?{query}").status_code in (200, 400), path


def test_a_thousand_ids_and_more_are_answered_at_once(as_alice: APIClient, alice: User) -> None:
    album = as_alice.post("/api/albums", {"name": "A"}).json()["id"]
    ids = [str(uuid.uuid4()) for _ in range(20_000)]
    body = told(as_alice.post(f"/api/albums/{album}/images", {"image_ids": ids}), 400)
    assert [error["attr"] for error in body["errors"]] == ["image_ids"]
