"""What is done with tokens: made, revoked, and noted when they were last used."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db import OperationalError, connection, transaction

from accounts.models import BearerToken, User
from gallery_site.writing import writing

RESOLUTION = timedelta(minutes=1)  # how exactly `last_used_at` is kept


def issue_token(*, user: User, name: str, expires_at: datetime | None = None) -> tuple[BearerToken, str]:
    """Make a token for `user`; returns it and its secret, which cannot be had again."""
    with writing():
        return BearerToken.issue(user=user, name=name, expires_at=expires_at)


def revoke_token(*, user: User, token_id: UUID) -> bool:
    """End a token of `user` at once; whether there was one."""
    with writing():
        deleted, _ = BearerToken.objects.filter(user=user, uid=token_id).delete()
    return deleted > 0


def note_use(token: BearerToken, *, at: datetime) -> None:
    """Remember that `token` was used. While somebody else writes, it is left to the next request: reading goes on."""
    if token.last_used_at and at - token.last_used_at < RESOLUTION:
        return
    try:
        with _without_waiting(), transaction.atomic():
            BearerToken.objects.filter(pk=token.pk).update(last_used_at=at)
    except OperationalError as trouble:
        if "locked" not in str(trouble):
            raise


@contextmanager
def _without_waiting() -> Iterator[None]:
    """SQLite gives up at once where it would wait for its write lock."""
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            yield
        finally:
            patience = connection.settings_dict["OPTIONS"]["timeout"]
            cursor.execute(f"PRAGMA busy_timeout = {int(patience * 1000)}")
