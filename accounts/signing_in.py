"""Signing in and up over HTTP, the same for the API and the pages: throttles, the log, the session."""

import logging

from django.contrib.auth import authenticate, login
from django.http import HttpRequest

from accounts import registration
from accounts.models import User
from gallery_site.client_address import client_address, client_network
from gallery_site.throttle import forgive, throttle

log = logging.getLogger("gallery.accounts")

PER_ACCOUNT = "10/5m"
PER_ADDRESS = "50/5m"
TAKEN_PER_ADDRESS = "20/5m"  # answers that tell that a name or an email is taken
ACCOUNTS_PER_ADDRESS = "300/h"


class WrongCredentials(Exception):
    """There is no such account, or it has another password, or it is suspended: not told which."""


def sign_in(request: HttpRequest, *, identifier: str, password: str) -> User:
    """Begin a session for the account of this name or email. Raises WrongCredentials, or Throttled.

    Only failures are counted in the end: whoever knows the password is not held up by having signed in often.
    """
    user = _proved(request, identifier=identifier, password=password)
    login(request, user)
    log.info("signed in", extra={"account": str(user.uid), "client": client_address(request)})
    return user


def prove_password(request: HttpRequest, user: User, password: str) -> None:
    """Ask a user who is signed in for the password again. Raises WrongCredentials, or Throttled."""
    _proved(request, identifier=user.username, password=password)


def sign_up(request: HttpRequest, *, username: str, email: str, password: str) -> User:
    """Make an account and begin its session. Raises Taken, or Throttled."""
    address = client_network(request)
    throttle(request, "register", ACCOUNTS_PER_ADDRESS, address)
    throttle(request, "register taken", TAKEN_PER_ADDRESS, address)
    user = registration.register(username=username, email=email, password=password)
    forgive(request, "register taken", TAKEN_PER_ADDRESS, address)
    login(request, user, backend="accounts.backends.NameOrEmailBackend")
    log.info("signed up", extra={"account": str(user.uid), "client": client_address(request)})
    return user


def _proved(request: HttpRequest, *, identifier: str, password: str) -> User:
    account = User.objects.known_as(identifier).values_list("uid", flat=True).first()
    key, address = str(account or identifier.casefold()), client_network(request)
    throttle(request, "login by account", PER_ACCOUNT, key)
    throttle(request, "login by address", PER_ADDRESS, address)
    user = authenticate(request, username=identifier, password=password)
    if not isinstance(user, User):
        log.warning("sign-in refused", extra={"account": account and str(account), "client": client_address(request)})
        raise WrongCredentials
    forgive(request, "login by account", PER_ACCOUNT, key)
    forgive(request, "login by address", PER_ADDRESS, address)
    return user
