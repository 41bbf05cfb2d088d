"""Making an account."""

import shlex
import sys
from typing import Any, Literal

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


def superuser_command() -> str:
    """What a shell in any folder is told to make an administrator of this gallery."""
    command = shlex.join([sys.executable, str(settings.BASE_DIR / "manage.py"), "createsuperuser"])
    if settings.DATA_DIR == settings.BASE_DIR:
        return command
    return f"GALLERY_DATA_DIR={shlex.quote(str(settings.DATA_DIR))} {command}"


def first_steps() -> dict[str, Any]:
    """What a page needs to say how to begin: `first_run`, and how the first account is made."""
    return {"first_run": is_first(), "registration_open": is_open(), "superuser_command": superuser_command()}


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
