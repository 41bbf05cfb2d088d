"""The turn of a writer: held to the commit and no longer, and given back when the deed fails; and locks of rows."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from gallery_site.writing import lock_rows, rehearsing, writing

pytestmark = pytest.mark.django_db(transaction=True)


def is_free() -> bool:
    with open(settings.DATA_DIR / "gallery.write-lock", "w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def failing() -> Iterator[None]:
    with suppress(ZeroDivisionError), writing():
        yield
        _ = 1 / 0


@pytest.mark.parametrize("block", [writing, rehearsing, failing])
def test_others_wait_for_the_end_of_a_deed(block: type) -> None:
    with block():
        assert not is_free()
        with writing():
            assert not is_free()
        assert not is_free()
    assert is_free()


def test_what_follows_the_commit_waits_for_nobody() -> None:
    """It may take long, and write itself: a purge removes its files then, and clears its notes of them."""
    free: list[bool] = []

    def follow() -> None:
        free.append(is_free())
        if free[-1]:
            with writing():
                free.append(not is_free())

    with writing():
        transaction.on_commit(follow)
    assert free == [True, True]
    assert is_free()


def test_a_rehearsal_is_undone_with_what_would_follow(alice: User) -> None:
    followed: list[int] = []
    with rehearsing():
        User.objects.update(total_images=5)
        transaction.on_commit(lambda: followed.append(1))
        assert User.objects.get().total_images == 5
    assert User.objects.get().total_images == 0
    assert not followed


@pytest.fixture
def row_locks(monkeypatch: pytest.MonkeyPatch) -> str:
    """The SQL by which rows are locked; where the database has none, a comment takes its place."""
    if connection.features.has_select_for_update:
        return "FOR UPDATE"
    monkeypatch.setattr(connection.features, "has_select_for_update", True)
    monkeypatch.setattr(connection.ops, "for_update_sql", lambda **_: "/* FOR UPDATE */")
    return "/* FOR UPDATE */"


def test_rows_are_locked_in_the_order_of_their_keys(alice: User, bob: User, row_locks: str) -> None:
    with writing(), CaptureQueriesContext(connection) as queries:
        assert lock_rows(User.objects.filter(pk__in=[bob.pk, alice.pk]).order_by("-username")) == [alice.pk, bob.pk]
    [query] = (query["sql"] for query in queries if "SELECT" in query["sql"])
    assert query.endswith(f"ORDER BY 1 ASC {row_locks}")
    with writing():
        assert lock_rows(User.objects.filter(pk=bob.pk + 1)) == []
    with pytest.raises(TransactionManagementError):
        lock_rows(User.objects.all())  # at whose end would they be free again?
