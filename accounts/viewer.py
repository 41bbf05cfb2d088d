"""Who is looking: the one value that every question about access is asked with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.utils.functional import SimpleLazyObject
from rest_framework.request import Request

from accounts.models import User

OPENED_LINKS = "opened_links"  # session key: ids of share links that this browser has opened


@dataclass(frozen=True)
class Viewer:
    """Nobody or a user; a moderator or not; the ids of the share links opened (whether one still holds is asked by the
    rule, each time).

    `as_member` is for an owner (`host`) who looks at an album as one of its members: it sees what that person is let
    into by name in the host's albums, and nothing of what is his own or what others let him into.
    `accept` is what his client says that it takes (the header): it decides about formats, never about access.
    """

    user: User | None = None
    is_moderator: bool = False
    links: frozenset[int] = field(default_factory=frozenset)
    as_member: User | None = None
    host: User | None = None
    accept: str = field(default="", compare=False)

    @property
    def user_id(self) -> int | None:
        return self.user.pk if self.user else None

    @property
    def member_id(self) -> int | None:
        """Whose memberships count."""
        return self.as_member.pk if self.as_member else self.user_id

    def owns(self, thing: object) -> bool:
        """Whether `thing` (an image, an album) is this viewer's own."""
        return self.user is not None and getattr(thing, "user_id", None) == self.user.pk


NOBODY = Viewer()


class GalleryRequest(HttpRequest):
    """A request as views see it (for type checkers: the middleware adds `viewer` to a plain one)."""

    viewer: Viewer


class MemberRequest(GalleryRequest):
    """A request of somebody who is signed in."""

    user: User


def viewer_of(request: HttpRequest) -> Viewer:
    user = request.user if request.user.is_authenticated else None
    session = getattr(request, "session", {})
    return Viewer(
        user=user,
        is_moderator=bool(user and user.is_moderator),
        links=frozenset(session.get(OPENED_LINKS, ())),
        accept=request.headers.get("Accept", ""),
    )


def signed_in(request: HttpRequest | Request) -> User:
    """The user of a request that was let in as somebody's; a mistake of ours to ask for nobody's."""
    if not isinstance(request.user, User):
        raise TypeError("Nobody is signed in.")
    return request.user


class ViewerMiddleware:
    """Gives every request its `viewer`, made when first asked for (after the API has read a bearer token).

    What is answered may be for this viewer alone: unless the answer says something else of caches, a shared one does
    not keep it, and a browser asks again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.viewer = SimpleLazyObject(lambda: viewer_of(request))  # type: ignore[attr-defined]
        answer = self.get_response(request)
        if not answer.has_header("Cache-Control"):
            patch_cache_control(answer, private=True, no_cache=True)
        return answer
