"""The one shape of errors, whoever raises them, and the pages that stand for them elsewhere."""

import errno
from urllib.parse import urlencode

import jsonschema
import pytest
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from accounts.models import User
from gallery_site import urls
from gallery_site.api_routes import route
from gallery_site.api_view import GalleryView
from gallery_site.errors import bad_request, forbidden, not_found, server_error

pytestmark = pytest.mark.django_db

SHAPE = {
    "type": "object",
    "required": ["type", "errors"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["validation_error", "client_error", "server_error"]},
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["code", "detail", "attr"],
                "additionalProperties": False,
                "properties": {
                    "code": {"type": "string", "minLength": 1},
                    "detail": {"type": "string", "minLength": 1},
                    "attr": {"type": ["string", "null"]},
                },
            },
        },
    },
}

# --- Views that break, in the API and elsewhere ---------------------------------------------------------------------

TROUBLES = {
    "bug": ZeroDivisionError("a secret of the code"),
    "locked": OperationalError("database is locked"),
    "no-table": OperationalError("no such table: accounts_user"),
    "full": OperationalError("database or disk is full"),
    "disk": OSError(errno.ENOSPC, "No space left on device"),
    "denied": PermissionDenied("Not on Sundays."),
    "missing": Http404("a secret of the code"),
    "vanished": User.DoesNotExist("a secret of the code"),
    "suspicious": SuspiciousOperation("a secret of the code"),
    "bad": BadRequest("a secret of the code"),
    "too-big": RequestDataTooBig("a secret of the code"),
}


class Breaking(GalleryView):
    permission_classes = [AllowAny]

    def get(self, request: Request, trouble: str) -> Response:
        raise TROUBLES[trouble]


def breaking_page(request: HttpRequest, trouble: str) -> HttpResponse:
    raise TROUBLES[trouble]


urlpatterns = [
    path("api/", include([route("break/<str:trouble>", Breaking, "api-break")])),
    path("break/<str:trouble>", breaking_page),
    *urls.urlpatterns,
]
handler400, handler403, handler404, handler500 = bad_request, forbidden, not_found, server_error


def _asked(path, **headers):
    return Client(raise_request_exception=False).get(path, headers=headers)


def _error(answer):
    body = answer.json()
    jsonschema.validate(body, SHAPE)
    [error] = body["errors"]
    return body["type"], error


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        ("bug", 500, "server_error"),
        ("locked", 503, "busy"),
        ("no-table", 500, "server_error"),
        ("full", 507, "storage_full"),
        ("disk", 507, "storage_full"),
        ("denied", 403, "permission_denied"),
        ("missing", 404, "not_found"),
        ("vanished", 404, "not_found"),
        ("suspicious", 400, "parse_error"),
        ("bad", 400, "parse_error"),
        ("too-big", 413, "too_large"),
    ],
)
def test_what_goes_wrong_in_the_api_has_the_one_shape(settings, trouble, status, code, debug):
    settings.DEBUG = debug
    answer = _asked(f"/api/break/{trouble}")
    kind, error = _error(answer)
    assert (answer.status_code, error["code"]) == (status, code)
    assert kind == ("server_error" if status >= 500 else "client_error")
    assert "secret" not in answer.content.decode()


@pytest.mark.urls(__name__)
def test_a_mistake_of_ours_carries_the_id_of_the_request():
    answer = _asked("/api/break/bug", **{"x-request-id": "abcdefgh1234"})
    assert "abcdefgh1234" in _error(answer)[1]["detail"]
    page = _asked("/break/bug", **{"x-request-id": "abcdefgh1234"})
    assert (page.status_code, "abcdefgh1234" in page.content.decode()) == (500, True)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("path", ["/api/break/locked", "/break/locked"])
def test_a_busy_database_is_asked_again_later(path):
    answer = _asked(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        *[("bug", 500), ("full", 507), ("denied", 403), ("missing", 404), ("vanished", 404)],
        *[("suspicious", 400), ("too-big", 413)],
    ],
)
def test_elsewhere_a_page_tells_it(trouble, status):
    answer = _asked(f"/break/{trouble}")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert "<h1>" in answer.content.decode()
    assert "secret" not in answer.content.decode()


# --- Outside of views -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/nothing/", "/api/auth", "/api/auth/tokens/x"])
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_an_unknown_path_is_a_404_for_every_method(path, method):
    answer = getattr(APIClient(enforce_csrf_checks=True), method)(path)
    assert answer.status_code == 404
    assert _error(answer)[1] == {"code": "not_found", "detail": "Not found.", "attr": None}


def test_an_unknown_page_is_a_page():
    answer = _asked("/nothing/here")
    assert answer.status_code == 404
    assert "<h1>" in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_a_method_that_is_not_there(method):
    answer = getattr(APIClient(), method)("/api/auth/login")
    assert answer.status_code == 405
    assert _error(answer)[1]["code"] == "method_not_allowed"
    assert "POST" in answer["Allow"]


def test_a_media_type_that_is_not_taken():
    answer = APIClient().generic("POST", "/api/auth/login", "<login/>", content_type="text/xml")
    assert answer.status_code == 415
    assert _error(answer)[1]["code"] == "unsupported_media_type"


def test_a_foreign_host_is_a_400(settings):
    settings.ALLOWED_HOSTS = ["photos.example.com"]
    answer = _asked("/api/auth/user", host="evil.example")
    assert answer.status_code == 400
    assert _error(answer)[1]["code"] == "parse_error"
    assert _asked("/accounts/login", host="evil.example").status_code == 400


def _many_files(n):
    return [SimpleUploadedFile(f"{number}.jpg", b"\xff\xd8") for number in range(n)]


@pytest.mark.parametrize("csrf", [False, True])  # with it the middleware reads the form of a page, else the view
def test_more_files_than_are_taken_at_once(settings, alice, csrf):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    client = Client(enforce_csrf_checks=csrf)
    token = client.cookies["csrftoken"] = "a" * 32
    csrf_header = {"x-csrftoken": token}
    client.force_login(alice)
    told = "At most 3 files can be sent at once. Send the rest after these."
    answer = client.post("/api/upload", {"files": _many_files(4)}, headers=csrf_header)
    error = {"code": "too_many_files", "detail": told, "attr": None}
    assert (answer.status_code, _error(answer)) == (413, ("client_error", error))
    page = client.post("/upload", {"files": _many_files(4)})
    assert page.status_code == 413
    assert "<h1>Too much at once</h1>" in page.content.decode()
    assert told in page.content.decode()
    as_many = client.post("/api/upload", {"files": _many_files(3)}, headers=csrf_header)
    assert len(as_many.json()["results"]) == 3


@pytest.mark.parametrize("multipart", [False, True])
def test_more_fields_than_are_taken_at_once(settings, alice, multipart):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    client = Client()
    client.force_login(alice)
    fields = {"image_ids": [str(number) for number in range(8)]}
    if multipart:
        answer, page = client.post("/api/upload", fields), client.post("/trash", fields)
        kind, error = _error(answer)
        assert (answer.status_code, kind, error["code"]) == (413, "client_error", "too_many_fields")
    else:
        page = client.post("/trash", urlencode(fields, doseq=True), content_type="application/x-www-form-urlencoded")
    assert page.status_code == 413
    assert "At most 3 fields can be sent at once." in page.content.decode()


def test_every_answer_has_an_id():
    for asked in ("/api/nothing", "/nothing", "/api/auth/user"):
        assert _asked(asked)["X-Request-ID"]
