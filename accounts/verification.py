"""Proving that an email is its owner's: a signed link by mail, good for one address and some days."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from gallery_site.writing import writing

log = logging.getLogger("gallery.accounts")

SALT = "accounts.verification"
LINK_LIVES = timedelta(days=3)


class BadLink(Exception):
    """The link is forged, too old, or for an email that the account no longer has."""


def send_verification(user: User) -> None:
    """Mail the link to the user's present email, once the transaction is through."""
    token = signing.dumps([str(user.uid), user.email], salt=SALT)
    text = render_to_string(
        "accounts/mail/verify.txt",
        {
            "user": user,
            "link": settings.SITE_URL + reverse("verify", args=[token]),
            "days": LINK_LIVES.days,
            "site_is_named": bool(settings.SITE_URL),
        },
    )
    address = user.email
    transaction.on_commit(lambda: _mail(address, text))


def _mail(address: str, text: str) -> None:
    try:
        send_mail("Confirm your email", text, None, [address])
    except OSError:  # the mail server is away or refuses: the account stands, the mail can be asked for again
        log.exception("verification mail not sent")


def verify(token: str) -> User:
    """Mark the email of the link as its owner's. Raises BadLink; twice is as good as once."""
    try:
        uid, email = signing.loads(token, salt=SALT, max_age=LINK_LIVES)
    except signing.BadSignature as trouble:
        raise BadLink from trouble
    with writing():
        user = User.objects.filter(uid=uid, email=email, is_active=True).first()
        if user is None:
            raise BadLink
        user.is_verified = True
        user.save(update_fields=["is_verified"])
    return user
