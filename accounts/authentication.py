"""Who sends a request to the API: by a bearer token, or by the session cookie with Django's CSRF check."""

import copy
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils import timezone
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from accounts.models import BearerToken, User
from accounts.tokens import note_use

REALM = 'Bearer realm="gallery"'


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <token>`. A bad one is a 401 everywhere, or it would go unnoticed."""

    def authenticate(self, request: Request) -> tuple[User, BearerToken] | None:
        scheme, _, secret = authentication.get_authorization_header(request).strip().partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        now = timezone.now()
        tokens = BearerToken.objects.valid(now).opened_by(secret.strip().decode("latin-1"))
        token = tokens.select_related("user").first()
        if token is None:
            raise exceptions.AuthenticationFailed("The token is unknown, expired or revoked.")
        note_use(token, at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Makes every refusal of nobody a 401, being the first class of the setting."""
        return REALM


class SessionAuthentication(authentication.SessionAuthentication):
    """The session cookie; unsafe methods need the CSRF token, in its header only.

    Looking for it in a form, as Django does first, would read a whole upload before anyone is asked who he is.
    """

    def enforce_csrf(self, request: Request) -> None:
        without_form = copy.copy(request._request)
        without_form.POST = QueryDict()
        check = authentication.CSRFCheck(lambda request: HttpResponse())
        check.process_request(without_form)
        reason: Any = check.process_view(without_form, HttpResponse, (), {})
        if reason:
            raise exceptions.PermissionDenied(f"CSRF check failed: {reason}", code="csrf_failed")

    def authenticate_header(self, request: Request) -> str:
        return REALM


class GuardedSessionAuthentication(SessionAuthentication):
    """The CSRF check for nobody too: for signing in, up and out, which a stranger's page must not do for a visitor."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        self.enforce_csrf(request)
        return super().authenticate(request)
