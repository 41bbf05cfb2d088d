"""The write transaction that every deed runs in, one whose every trace goes again, and how rows are locked in them."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet


@contextmanager
def writing() -> Iterator[None]:
    """One transaction; on SQLite behind a file lock, so that writers of all processes take turns fairly.

    SQLite's own busy handler polls, and under load one writer can be passed over for seconds; the lock of the kernel
    queues. Nested calls join the transaction that is open.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with open(settings.DATA_DIR / "gallery.write-lock", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with transaction.atomic():
            # The first thing after the commit, before what others left for then, which may take long and write itself.
            transaction.on_commit(partial(fcntl.flock, turn, fcntl.LOCK_UN))
            yield


@contextmanager
def rehearsing() -> Iterator[None]:
    """Run deeds as they are, see what they lead to, and undo them all when the block ends (`dry_run`).

    What they left for after the commit is forgotten too. Rows that the caller holds have to be read again.
    """
    with writing(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def lock_rows(rows: QuerySet) -> list[int]:
    """Inside of a transaction: until it ends, let all who lock these rows, or write them, take turns. Returns the keys
    of those that are there. One query.

    They are locked in the order of their keys, so that no two wait crosswise. SQLite has no locks of rows and needs
    none: there `writing` lets one writer in at a time.
    """
    return list(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
