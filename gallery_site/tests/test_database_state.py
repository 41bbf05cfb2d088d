"""Whether anybody changed the database, as each connection knows it."""

import threading
from collections.abc import Callable
from time import monotonic_ns

import pytest
from django.contrib.sessions.models import Session
from django.db import connection, connections, transaction
from django.utils import timezone

from gallery_site.database_state import unchanged_since

changing = pytest.mark.django_db(transaction=True)


def in_another_thread(deed: Callable[[], object]) -> None:
    """On a connection of its own."""

    def run() -> None:
        deed()
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def write(key: str = "k") -> None:
    Session.objects.update_or_create(session_key=key, defaults={"expire_date": timezone.now()})


@changing
def test_as_long_as_nobody_writes_it_stays_the_same() -> None:
    first = unchanged_since()
    assert first is not None
    assert first <= monotonic_ns()
    Session.objects.count()
    in_another_thread(lambda: Session.objects.count())
    in_another_thread(unchanged_since)
    assert unchanged_since() == first


@changing
@pytest.mark.parametrize("whose", ["own", "other"])
def test_after_a_change_it_is_later(whose: str) -> None:
    first = unchanged_since()
    between = monotonic_ns()
    write() if whose == "own" else in_another_thread(write)
    changed = unchanged_since()
    assert first is not None
    assert changed is not None
    assert first < between < changed
    assert unchanged_since() == changed


@changing
def test_what_is_not_committed_yet_is_no_change_for_others() -> None:
    """The moment of the commit counts."""
    first = unchanged_since()
    wrote, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            write()
            wrote.set()
            go_on.wait(timeout=30)

    thread = threading.Thread(target=lambda: (slowly(), connections.close_all()))
    thread.start()
    assert wrote.wait(timeout=30)
    assert unchanged_since() == first
    go_on.set()
    thread.join()
    changed = unchanged_since()
    assert changed is not None
    assert first is not None
    assert changed > first


@changing
def test_a_new_connection_knows_nothing_of_before() -> None:
    first = unchanged_since()
    connection.close()
    between = monotonic_ns()
    again = unchanged_since()
    assert first is not None
    assert again is not None
    assert first < between < again


@pytest.mark.django_db
def test_in_a_transaction_nothing_can_be_told() -> None:
    assert unchanged_since() is None
