"""/healthz and /readyz: alive, ready, and what they say when they are not."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from gallery_site import health, heartbeat
from images.store import MARKER

READY = {"database": "ok", "migrations": "ok", "storage": "ok", "housekeeping": "ok"}


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / MARKER).touch()
    return tmp_path


def test_alive(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert "no-store" in response["Cache-Control"]


def test_alive_asks_nothing(client: Client) -> None:
    """No database mark on this test: any query fails it."""
    assert client.head("/healthz").status_code == 200
    assert client.get("/healthz", headers={"Authorization": "Bearer wrong"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_they_only_tell(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.django_db
def test_ready(client: Client, media: Path) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()) == (200, {"status": "ok", "checks": READY})


@pytest.mark.django_db
def test_no_cookie_and_no_session(client: Client, media: Path) -> None:
    response = client.get("/readyz")
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    assert "no-store" in response["Cache-Control"]


def _not_ready(client: Client) -> dict[str, str]:
    """What is wrong, by name."""
    response = client.get("/readyz")
    body = response.json()
    assert response.status_code == 503
    assert body["status"] == "not ready"
    return {name: said for name, said in body["checks"].items() if said != "ok"}


@pytest.mark.django_db
def test_unmounted_disk(client: Client, media: Path) -> None:
    (media / MARKER).unlink()
    wrong = _not_ready(client)
    assert list(wrong) == ["storage"]
    assert "marker" in wrong["storage"]
    assert str(media) not in wrong["storage"]


@pytest.mark.django_db
def test_read_only_disk(client: Client, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.os, "access", lambda path, mode: False)  # root may write anywhere
    assert list(_not_ready(client)) == ["storage"]


@pytest.fixture
def read_only_database() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 1")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = 0")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a pragma of SQLite makes the database read-only")
def test_read_only_database(client: Client, media: Path, read_only_database: None) -> None:
    assert _not_ready(client) == {"database": "can't be written"}


@pytest.mark.django_db
def test_missing_migration(client: Client, media: Path) -> None:
    latest = MigrationRecorder.Migration.objects.filter(app="images").latest("id")
    latest.delete()
    assert _not_ready(client) == {"migrations": "not applied: 1"}


@pytest.mark.django_db
def test_housekeeping_that_stopped(client: Client, media: Path) -> None:
    heartbeat.beat(next_within=timedelta(minutes=1))
    assert client.get("/readyz").status_code == 200
    heartbeat.beat(next_within=timedelta(seconds=-1))
    assert _not_ready(client) == {"housekeeping": "no sign of life"}


@pytest.mark.django_db
def test_asks_little(client: Client, media: Path, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(6):
        client.get("/readyz")


def test_overdue_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat.beat(next_within=timedelta(minutes=1))
    assert not heartbeat.is_overdue()
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr(heartbeat.timezone, "now", lambda: later)
    assert heartbeat.is_overdue()
