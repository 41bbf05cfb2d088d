"""The view that every answer of the API comes from, and what those that answer with files need beside it."""

from collections.abc import Iterable
from typing import Any, cast

from rest_framework import serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from accounts.viewer import Viewer


class GalleryView(APIView):
    """Knows its viewer, and reads bodies and queries through serializers."""

    @property
    def viewer(self) -> Viewer:
        return self.request.viewer  # type: ignore[attr-defined]

    @property
    def user(self) -> User:
        """Who is signed in; for views that let nobody else in."""
        return cast(User, self.request.user)

    def body(self, shape: type[serializers.Serializer], **kwargs: Any) -> dict[str, Any]:
        """The request's body as `shape` understands it; raises ValidationError."""
        serializer = shape(data=self.request.data, context={"viewer": self.viewer}, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def query(self, shape: type[serializers.Serializer]) -> dict[str, Any]:
        """The request's query as `shape` understands it; names it does not know are ignored."""
        serializer = shape(data=self.request.query_params, context={"viewer": self.viewer})
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data


class AnyType(BaseContentNegotiation):
    """A file is what it is: `Accept` names pictures here, and errors are JSON whatever it says."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return None

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


def flag(request: Request, name: str) -> bool:
    """A switch in the query: `true` or `1` is on, anything else is off."""
    return request.query_params.get(name, "").lower() in ("true", "1")
