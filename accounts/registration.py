"""Making an account."""

from typing import Literal

from django.conf import settings
from django.db import IntegrityError

from accounts.models import User
from accounts.verification import send_verification
from gallery_site.writing import writing


class Taken(Exception):
    """Another account has this name or email; `field` says which."""

    def __init__(self, field: Literal["username", "email"]) -> None:
        super().__init__("This name is taken." if field == "username" else "This email is taken.")
        self.field = field


def is_open() -> bool:
    """Whether people may make their own accounts."""
    return settings.GALLERY_REGISTRATION == "open"


def is_first() -> bool:
    """Whether nobody has an account here yet."""
    return not User.objects.exists()


def taken_field(username: str, email: str) -> Literal["username", "email"] | None:
    """Which of the two another account has."""
    if User.objects.named(username).exists():
        return "username"
    return "email" if User.objects.with_email(email).exists() else None


def register(*, username: str, email: str, password: str) -> User:
    """Make an account of values that have been validated, and send the mail that proves the email.

    Raises Taken; the unique indexes decide between two who ask at the same time.
    """
    if field := taken_field(username, email):
        raise Taken(field)
    user = User(username=username, email=User.objects.normalize_email(email))
    user.set_password(password)  # before the transaction: a good hash is slow, and others wait to write
    try:
        with writing():
            user.save(force_insert=True)
            send_verification(user)
    except IntegrityError as trouble:
        raise Taken(taken_field(username, email) or "username") from trouble
    return user
