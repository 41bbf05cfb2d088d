"""The view that every answer of the API comes from."""

from typing import Any, cast

from rest_framework import serializers
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


def flag(request: Request, name: str) -> bool:
    """A switch in the query: `true` or `1` is on, anything else is off."""
    return request.query_params.get(name, "").lower() in ("true", "1")
