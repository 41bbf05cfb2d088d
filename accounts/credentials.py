"""Changing what one signs in with."""

from django.db import IntegrityError

from accounts.models import BearerToken, User
from accounts.registration import Taken
from accounts.verification import send_verification
from gallery_site.writing import writing


def change_email(*, user: User, email: str) -> None:
    """Give the account another email, which is to be proved again. Raises Taken."""
    email = User.objects.normalize_email(email)
    if email == user.email:
        return
    if User.objects.with_email(email).exclude(pk=user.pk).exists():
        raise Taken("email")
    before = user.email, user.is_verified
    user.email, user.is_verified = email, False
    try:
        with writing():
            user.save(update_fields=["email", "is_verified"])
            send_verification(user)
    except IntegrityError as trouble:
        user.email, user.is_verified = before
        raise Taken("email") from trouble


def change_password(*, user: User, password: str) -> None:
    """Set a validated password and end all tokens. All sessions end with it, for they carry the hash's signature; the
    caller keeps its own."""
    user.set_password(password)
    with writing():
        user.save(update_fields=["password"])
        BearerToken.objects.filter(user=user).delete()
