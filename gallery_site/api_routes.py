"""Routes of the API: each answers the same with and without a trailing slash, and never redirects."""

from collections.abc import Callable
from typing import Any

from django.http.response import HttpResponseBase
from django.urls import URLPattern
from django.urls.resolvers import RoutePattern
from django.views import View

Endpoint = type[View] | Callable[..., HttpResponseBase]


class SlashOptionalPattern(RoutePattern):
    """A route, written without its trailing slash, that matches with one too."""

    def match(self, path: str) -> Any:
        return super().match(path.removesuffix("/"))


def route(path: str, view: Endpoint, name: str) -> URLPattern:
    """A URL pattern for `path` (no trailing slash); `view` is a view class or a function."""
    callback = view.as_view() if isinstance(view, type) and issubclass(view, View) else view
    return URLPattern(SlashOptionalPattern(path, name=name, is_endpoint=True), callback, name=name)
