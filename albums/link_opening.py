"""Opening a link over HTTP: its address, its password and the throttles on it, what the session remembers."""

import logging

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from rest_framework.request import Request

from accounts.viewer import OPENED_LINKS
from albums import sharing
from albums.models import ShareLink
from gallery_site.client_address import client_address, client_network
from gallery_site.throttle import forgive, throttle

log = logging.getLogger("gallery.albums")

PER_LINK_AND_ADDRESS = "10/5m"
PER_ADDRESS = "50/5m"
PER_LINK = "100/5m"
MOST_LINKS = 100  # that a session remembers: the newest


class WrongPassword(Exception):
    """The link has another one."""


def link_url(request: HttpRequest | Request, token: str) -> str:
    """The absolute address of a link, at SITE_URL where that is set."""
    path = reverse("link", args=[token])
    return f"{settings.SITE_URL}{path}" if settings.SITE_URL else request.build_absolute_uri(path)


def prove_password(request: HttpRequest, link: ShareLink, password: str) -> None:
    """Raises WrongPassword, or Throttled. Only failures are counted in the end."""
    address = client_network(request)
    counted = [
        ("link by link and address", PER_LINK_AND_ADDRESS, f"{link.pk} {address}"),
        ("link by address", PER_ADDRESS, address),
        ("link by link", PER_LINK, str(link.pk)),
    ]
    for group, rate, key in counted:
        throttle(request, group, rate, key)
    if not link.opens_with(password):
        log.warning("link refused", extra={"link": str(link.uid), "client": client_address(request)})
        raise WrongPassword
    for group, rate, key in counted:
        forgive(request, group, rate, key)


def enter(request: HttpRequest, link: ShareLink) -> None:
    """Let this browser's session see through the link from now on; it keeps the link's number, never a secret."""
    opened = request.session.get(OPENED_LINKS, [])
    if link.pk not in opened:
        request.session[OPENED_LINKS] = [*opened, link.pk][-MOST_LINKS:]
    sharing.note_use(link)
