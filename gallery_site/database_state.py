"""Whether the database is as it was: what is remembered of it is true until somebody commits a change.

Each connection of SQLite tells cheaply that another one has changed the database (PRAGMA data_version), and what it
changed itself. No two connections tell it by the same number, so what they agree on is time: one that was asked
before and after, and said the same, knows that nothing changed between.
"""

import sqlite3
import threading
from time import monotonic_ns

from django.db import connection


class _Seen(threading.local):
    """What this thread's connection said when it was last asked, and since when it says so."""

    connection: sqlite3.Connection | None = None
    state: tuple[int, int] = (0, 0)
    since: int = 0


_seen = _Seen()


def unchanged_since() -> int | None:
    """A moment (of `time.monotonic_ns`) since which nobody has committed a change; None where that can't be told: in a
    transaction, and with a database that is not SQLite.

    What was read from the database after that moment is what would be read now.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return None
    connection.ensure_connection()
    raw = connection.connection
    (version,) = raw.execute("PRAGMA data_version").fetchone()
    state = (version, raw.total_changes)
    if _seen.connection is not raw or _seen.state != state:
        _seen.connection, _seen.state, _seen.since = raw, state, monotonic_ns()
    return _seen.since
