"""How the OpenAPI document is made true: the error shape, the statuses every operation may answer, ways to sign in."""

from functools import cache
from http import HTTPStatus
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction, OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated

from gallery_site.errors import ErrorSerializer
from gallery_site.paging import DEFAULT_SIZE, EXACT_COUNT, LARGEST_SIZE

WHY = {
    400: "The request can't be read, or a field of it is wrong.",
    401: "Not signed in, or the token is not valid.",
    403: "Not allowed, or the CSRF token is missing.",
    404: "There is no such thing, or it is not visible.",
    409: "It contradicts what is there.",
    410: "The original is lost.",
    412: "It has changed since it was read.",
    413: "Too large.",
    415: "A media type that is not taken here.",
    416: "The range is outside of the file.",
    429: "Too many; `Retry-After` says how many seconds to wait.",
    500: "A mistake of the server; the request's id is in the log.",
    503: "Busy; `Retry-After` says how many seconds to wait.",
    507: "The disk is full.",
}


def errors(*statuses: int) -> dict[int, OpenApiResponse]:
    """These error statuses for `extend_schema(responses={200: …, **errors(409)})`, beside those that all have."""
    return {
        status: OpenApiResponse(ErrorSerializer, description=WHY.get(status, HTTPStatus(status).phrase))
        for status in statuses
    }


PAGE_PARAMETERS = [
    OpenApiParameter("page", int, description="From 1; as far as row 50,000."),
    OpenApiParameter("page_size", int, description=f"From 1 to {LARGEST_SIZE}; {DEFAULT_SIZE} when not given."),
    OpenApiParameter("cursor", str, description="Where to go on: `next` of any page carries it."),
]


@cache
def page_shape(row: type[serializers.BaseSerializer]) -> serializers.Serializer:
    """The shape of a page of such rows."""
    return inline_serializer(
        f"{row.__name__.removesuffix('Serializer')}Page",
        {
            "count": serializers.IntegerField(help_text="How many there are, for this viewer."),
            "count_is_exact": serializers.BooleanField(help_text=f"False beyond {EXACT_COUNT}: there are more."),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": row(many=True),
        },
    )


class GallerySchema(AutoSchema):
    """drf-spectacular's schema, with the errors that follow from what a view takes and whom it lets in."""

    def _get_response_bodies(self, direction: Direction = "response") -> dict[str, Any]:
        responses = super()._get_response_bodies(direction=direction)
        if direction != "response":
            return responses
        for status, response in errors(*self._common_errors()).items():
            code = str(status)
            if code not in responses:
                responses[code] = self._get_response_for_code(response, code, ["application/json"])
        return dict(sorted(responses.items()))

    def _common_errors(self) -> list[int]:
        protected = any(isinstance(permission, IsAuthenticated) for permission in self.view.get_permissions())
        has_body = self.method not in {*SAFE_METHODS, "DELETE"} and self.get_request_serializer() is not None
        statuses = [500, 503]
        if has_body:
            statuses += [400, 413, 415]
        elif any(parameter["in"] == "query" for parameter in self._get_parameters()):
            statuses.append(400)
        if protected or {"bearer": []} in self.get_auth():  # a bad token is a 401, wherever tokens are taken
            statuses.append(401)
        if self.method not in SAFE_METHODS:
            statuses.append(403)
        if "{" in self.path:
            statuses.append(404)
        return statuses


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token from `POST /api/auth/tokens`."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "From `POST /api/auth/login`. Unsafe methods need the header `X-CSRFToken` too, with the "
            "value of the cookie `csrftoken`, which `GET /api/auth/user` sets.",
        }


class CSRFScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.GuardedSessionAuthentication"
    name = "csrf"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRFToken",
            "description": "The value of the cookie `csrftoken`: asked of everyone, signed in or not.",
        }
