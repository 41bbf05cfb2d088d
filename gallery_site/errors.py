"""The one shape of errors under /api, and the pages that stand for errors elsewhere."""

import errno
import sys
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.template import loader
from django.views.decorators.csrf import csrf_exempt
from drf_standardized_errors.formatter import ExceptionFormatter
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import exceptions, serializers
from rest_framework.fields import get_error_detail
from rest_framework.response import Response

from gallery_site.refusals import Busy, StorageFull, TooLarge, TooManyFields, TooManyFiles
from gallery_site.request_log import current_request_id

API = "/api"


# --- The shape ----------------------------------------------------------------------------------------------------


class OneErrorSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="A stable word for the kind of error.")
    detail = serializers.CharField(help_text="For people.")
    attr = serializers.CharField(allow_null=True, help_text="The field, dotted for nested ones: `image_ids.3`.")

    class Meta:
        ref_name = "OneError"


class ErrorSerializer(serializers.Serializer):
    """What every answer from 400 up looks like."""

    type = serializers.ChoiceField(choices=["validation_error", "client_error", "server_error"])
    errors = OneErrorSerializer(many=True)  # type: ignore[assignment]  # as a field it hides the property, on purpose

    class Meta:
        ref_name = "Error"


class ErrorFormatter(ExceptionFormatter):
    """drf-standardized-errors, with the request's id where nobody but the log can tell more."""

    def get_errors(self) -> list[Any]:
        if type(self.exc) is exceptions.APIException:
            self.exc = exceptions.APIException(server_error_text(), code="server_error")
        return super().get_errors()


class Handler(ExceptionHandler):
    def should_not_handle(self, exc: Exception) -> bool:
        """The API has one shape, under DEBUG too; the log has the traceback."""
        return False

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        return known(exc) or super().convert_known_exceptions(exc)


def exception_handler(exc: Exception, context: Any) -> Response | None:
    return Handler(exc, context).run()


def known(exc: BaseException | None) -> exceptions.APIException | None:
    """What an exception that is not the API's own means to a client; None if it is simply our mistake."""
    if isinstance(exc, DjangoPermissionDenied) and str(exc):
        return exceptions.PermissionDenied(str(exc))
    if isinstance(exc, DjangoValidationError):
        return exceptions.ValidationError(get_error_detail(exc))
    if isinstance(exc, ObjectDoesNotExist):  # somebody else's deed came between the look and ours
        return exceptions.NotFound("It is not there any more.")
    if isinstance(exc, RequestDataTooBig):
        return TooLarge()
    if isinstance(exc, TooManyFilesSent):
        return TooManyFiles(settings.DATA_UPLOAD_MAX_NUMBER_FILES)
    if isinstance(exc, TooManyFieldsSent):
        return TooManyFields(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS)
    if isinstance(exc, SuspiciousOperation | BadRequest | MultiPartParserError | UnreadablePostError):
        return exceptions.ParseError("The request can't be read.")
    if getattr(exc, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:  # of an OSError, or of a decode child that had it
        return StorageFull()
    if isinstance(exc, OperationalError | InterfaceError):
        return _of_database(str(exc).lower())
    return None


def _of_database(message: str) -> exceptions.APIException | None:
    if "disk is full" in message or "no space left" in message:
        return StorageFull()
    # SQLite reports missing tables and corrupt files by the same class; a server reports only what passes.
    if connection.vendor != "sqlite" or "locked" in message or "busy" in message:
        return Busy()
    return None


def error_response(
    status: int, code: str, detail: str, *, attr: str | None = None, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """An error in the one shape, for where no API view answers (middleware, handlers)."""
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "client_error"
    body = {"type": kind, "errors": [{"code": code, "detail": detail, "attr": attr}]}
    return JsonResponse(body, status=status, headers=dict(headers or {}))


def server_error_text() -> str:
    return f"Something went wrong here; it is in the log. Request {current_request_id() or 'without id'}."


# --- Outside of API views: JSON under /api, a page elsewhere --------------------------------------------------------


def is_api(request: HttpRequest) -> bool:
    return request.path == API or request.path.startswith(f"{API}/")


@csrf_exempt
def api_not_found(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """For every path under /api that no route takes: the very answer of an id that does not exist."""
    return error_response(HTTPStatus.NOT_FOUND, "not_found", "Not found.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if is_api(request):
        return api_not_found(request)
    return _dressed_page(request, HTTPStatus.NOT_FOUND, "Not here", "It is gone, or it is not yours to see.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    detail = str(exception or "") or "You may not do that."
    if is_api(request):
        return error_response(HTTPStatus.FORBIDDEN, "permission_denied", detail)
    return _dressed_page(request, HTTPStatus.FORBIDDEN, "Not allowed", detail)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return error_response(HTTPStatus.FORBIDDEN, "csrf_failed", f"CSRF check failed: {reason}")
    if getattr(request, "upload_too_large", False):  # its form was not read, so its token was not found
        detail = "These files are more than the gallery takes at once. Go back, and send fewer of them."
        return plain_page(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Too much at once", detail)
    detail = "The form was too old, or came from elsewhere. Go back, load the page again, and send it once more."
    return plain_page(HTTPStatus.FORBIDDEN, "Please send that again", detail)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    trouble = known(exception) or exceptions.ParseError("The request can't be read.")
    title = "Too much at once" if isinstance(trouble, TooLarge) else "This request can't be read"
    return _plain_answer(request, trouble, title)


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled, so that what passes (a busy database) is told from a mistake."""
    if trouble := known(sys.exception()):
        return _plain_answer(request, trouble, "Not just now")
    if is_api(request):
        return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, "server_error", server_error_text())
    return plain_page(
        HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong", "It was our mistake, and is in the log."
    )


def page_for_wrong_method(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: where Django answers a method that a page does not take with nothing at all, a page that says so."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or response.content or is_api(request):
            return response
        detail = "This address only takes what a form sends. Go back to the page with the form, and send it from there."
        response.content = _dressed_page(request, response.status_code, "Nothing to see here", detail).content
        return response

    return answer


def _plain_answer(request: HttpRequest, trouble: exceptions.APIException, title: str) -> HttpResponse:
    wait = getattr(trouble, "wait", None)
    headers = {"Retry-After": str(wait)} if wait else {}
    status, detail = trouble.status_code, str(trouble.detail)
    if is_api(request):
        return error_response(status, str(trouble.get_codes()), detail, headers=headers)
    return plain_page(status, title, detail, headers=headers)


def _dressed_page(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    """A page like the others, with the header of whoever is signed in; plain if that was never asked."""
    if not hasattr(request, "user"):
        return plain_page(status, title, detail)
    html = loader.render_to_string("errors/page.html", {"title": title, "detail": detail}, request)
    return HttpResponse(html, status=status)


def plain_page(status: int, title: str, detail: str, *, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """A page that asks neither the session nor the database, which may be what is broken."""
    context = {"title": title, "detail": detail, "request_id": current_request_id()}
    html = loader.render_to_string("errors/plain.html", context)
    return HttpResponse(html, status=status, headers=dict(headers or {}))
