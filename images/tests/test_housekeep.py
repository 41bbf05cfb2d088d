"""`manage.py housekeep`: old trash goes, files are removed until they are gone, and nothing without the media root."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from images import comparing, emptying, store, trash
from images.intake.staging import Staged
from images.management.commands import housekeep as keeping
from images.models import FileRemoval, Image, NearPair
from tests.pictures import encoded, scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def housekeep(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], None]:
    def housekeep() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            call_command("housekeep")

    return housekeep


def standing(image: Image) -> list[str]:
    return store.files_of(image.uid)


def trashed(image: Image, days: float) -> Image:
    trash.trash([image.pk], at=timezone.now() - timedelta(days=days))
    return image


def test_old_trash_is_purged_and_the_rest_stays(upload: Callable[..., Image], housekeep: Callable[[], None]) -> None:
    kept, recent, old = upload(), trashed(upload(), 29.9), trashed(upload(), 30.1)
    housekeep()
    assert set(Image.objects.all()) == {kept, recent}
    assert standing(old) == []
    assert len(standing(kept)) == len(standing(recent)) == 2
    assert not FileRemoval.objects.exists()
    old.user.refresh_from_db()
    assert old.user.storage_used == kept.file_size + recent.file_size
    assert old.user.trash_bytes == recent.file_size


def test_no_days_is_at_once(upload: Callable[..., Image], housekeep: Callable[[], None], settings: Settings) -> None:
    settings.GALLERY_TRASH_DAYS = 0
    image = trashed(upload(), 0)
    housekeep()
    assert not Image.objects.exists()
    assert standing(image) == []


def test_what_can_not_be_removed_is_tried_again(
    upload: Callable[..., Image], housekeep: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    image, other = trashed(upload(), 31), trashed(upload(), 31)
    real = store.remove

    def refuse(path: str) -> None:
        if path == image.file_path:
            raise PermissionError(13, "not now")
        real(path)

    monkeypatch.setattr(store, "remove", refuse)
    housekeep()
    assert not Image.objects.exists()
    assert standing(image) == [image.file_path]
    assert standing(other) == []
    assert [note.path for note in FileRemoval.objects.all()] == [image.file_path]
    monkeypatch.undo()
    housekeep()
    assert standing(image) == []
    assert not FileRemoval.objects.exists()


def test_files_go_in_parts_and_one_that_stays_holds_up_no_other(
    upload: Callable[..., Image],
    housekeep: Callable[[], None],
    media: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(emptying, "PURGED_AT_ONCE", 2)
    monkeypatch.setattr(trash, "NOTES_AT_ONCE", 2)
    images = [trashed(upload(), 31) for _ in range(5)]
    stuck = images[1].file_path
    real = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == store.on_disk(stuck):
            raise PermissionError(13, "not now")
        real(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    housekeep()
    assert not Image.objects.exists()
    assert [path for image in images for path in standing(image)] == [stuck]
    assert f"could not remove {stuck}" in caplog.text
    monkeypatch.undo()
    housekeep()
    assert [path for path in media.rglob("*") if path.is_file()] == [media / store.MARKER]


def test_nothing_while_the_media_root_is_not_mounted(
    upload: Callable[..., Image], housekeep: Callable[[], None], media: Path
) -> None:
    image = trashed(upload(), 400)
    dead = Staged()
    (media / store.MARKER).unlink()
    housekeep()
    assert Image.objects.count() == 1
    assert len(standing(image)) == 2
    assert dead.folder.exists()
    dead.discard()
    (media / store.MARKER).touch()
    housekeep()
    assert not Image.objects.exists()
    assert standing(image) == []


def test_a_purge_without_the_media_root_keeps_its_notes(
    upload: Callable[..., Image],
    housekeep: Callable[[], None],
    media: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    image = upload()
    (media / store.MARKER).unlink()
    with django_capture_on_commit_callbacks(execute=True):
        trash.purge([image.pk])
    assert not Image.objects.exists()
    assert len(standing(image)) == 2
    assert FileRemoval.objects.count() == 3
    (media / store.MARKER).touch()
    housekeep()
    assert standing(image) == []
    assert not FileRemoval.objects.exists()


def test_twice_is_as_once(upload: Callable[..., Image], housekeep: Callable[[], None]) -> None:
    kept = upload()
    trashed(upload(), 31)
    housekeep()
    housekeep()
    assert list(Image.objects.all()) == [kept]
    assert len(standing(kept)) == 2


def test_conversions_go_when_nobody_asks_any_more(
    as_alice: APIClient, upload: Callable[..., Image], housekeep: Callable[[], None]
) -> None:
    image = upload()
    for width in (10, 20):
        as_alice.get(f"/api/images/{image.uid}/download?width={width}")
    folder = store.on_disk(store.converted_path(image.uid, image.version))
    old, recent = sorted(folder.iterdir())
    two_days_ago = timezone.now().timestamp() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    housekeep()
    assert list(folder.iterdir()) == [recent]
    os.utime(recent, (two_days_ago, two_days_ago))
    as_alice.get(f"/api/images/{image.uid}/download?width=20")
    housekeep()
    assert list(folder.iterdir()) == [recent]


def test_what_a_killed_maker_left_goes(upload: Callable[..., Image], housekeep: Callable[[], None]) -> None:
    image = upload()
    folder = store.on_disk(store.renditions_path(image.uid, image.version))
    whole = set(folder.iterdir())
    left, at_work = folder / ".0123456789abcdef-640.jpg", folder / ".fedcba9876543210-640.jpg"
    for path in (left, at_work):
        path.write_bytes(b"half")
    two_hours_ago = timezone.now().timestamp() - 2 * 3600
    for path in (left, *whole):
        os.utime(path, (two_hours_ago, two_hours_ago))
    housekeep()
    assert set(folder.iterdir()) == whole | {at_work}


def test_conversions_take_so_much_of_the_disk_and_no_more(
    as_alice: APIClient, upload: Callable[..., Image], housekeep: Callable[[], None], settings: Settings
) -> None:
    image = upload()
    folder = store.on_disk(store.converted_path(image.uid, image.version))
    now = timezone.now().timestamp()
    for minutes_ago, width in enumerate((10, 20, 30, 40)):
        as_alice.get(f"/api/images/{image.uid}/download?width={width}")
        [made] = folder.glob(f"{width}x*")
        os.utime(made, (now - 60 * minutes_ago, now))
    settings.GALLERY_CONVERSIONS_BYTES = 2 * store.LEAST_ON_DISK
    housekeep()
    assert sorted(path.name.partition("x")[0] for path in folder.iterdir()) == ["10", "20"]
    settings.GALLERY_CONVERSIONS_BYTES = 2 * store.LEAST_ON_DISK - 1
    housekeep()
    assert [path.name.partition("x")[0] for path in folder.iterdir()] == ["10"]


# --- For ever ---------------------------------------------------------------------------------------------------------


class Told(threading.Event):
    """Told to stop when it was waited for as often as there are deeds; each is done in place of a wait."""

    def __init__(self, *meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self.meanwhile = list(meanwhile)
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        else:
            self.set()
        return self.is_set()


@pytest.fixture
def kept_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """The transaction of a test is in it."""
    monkeypatch.setattr(keeping, "close_old_connections", lambda: None)


def due() -> bool:
    return NearPair.objects.filter(pixels_due=True).exists()


@pytest.mark.usefixtures("kept_connection")
def test_what_an_upload_leaves_to_do_is_done_soon_after_it(
    upload: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = []
    monkeypatch.setattr(keeping, "tidy", lambda shelves: rounds.append(shelves))

    def pair() -> None:
        for form in ("PNG", "BMP"):
            upload(encoded(scene(), form))
        assert due()

    told = Told(pair, lambda: None)
    keeping.keep_house(told)
    assert not due()
    assert told.waits == [keeping.GLANCE] * 3
    assert len(rounds) == 1


@pytest.mark.usefixtures("kept_connection")
def test_where_there_is_much_to_do_it_goes_on_at_once(
    upload: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "tidy", lambda shelves: None)
    monkeypatch.setattr(keeping, "AT_A_GLANCE", 2)
    for seed in range(3):
        for form in ("PNG", "BMP"):
            upload(encoded(scene(seed=seed), form))
    told = Told()
    keeping.keep_house(told)
    assert not due()
    assert len(told.waits) == 1


@pytest.mark.usefixtures("kept_connection")
def test_a_round_comes_when_it_is_time_whatever_there_is_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    told = threading.Event()
    rounds, glances = [], []

    def tidy(shelves: list[str]) -> None:
        rounds.append(shelves)
        if len(rounds) == 3:
            told.set()

    clock = iter(range(0, 1_000, 25))
    monkeypatch.setattr(keeping, "tidy", tidy)
    monkeypatch.setattr(keeping, "glance", lambda: glances.append(1) or 1)
    monkeypatch.setattr(keeping, "monotonic", lambda: next(clock))
    keeping.keep_house(told)
    assert len(glances) == 2 * 2
    assert rounds[0] != rounds[1]


@pytest.mark.usefixtures("kept_connection")
@pytest.mark.parametrize("deed", ["tidy", "glance"])
def test_what_passes_ends_nothing(monkeypatch: pytest.MonkeyPatch, deed: str, caplog: pytest.LogCaptureFixture) -> None:
    def full(**of: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "tidy", lambda shelves: None)
    monkeypatch.setattr(keeping, deed, full)
    told = Told(lambda: None)
    keeping.keep_house(told)
    assert len(told.waits) == 2
    assert "No space left" in caplog.text


def test_no_picture_is_called_lost_while_the_media_root_is_not_mounted(
    upload: Callable[..., Image], media: Path
) -> None:
    for form in ("PNG", "BMP"):
        upload(encoded(scene(), form))
    (media / store.MARKER).rename(media / "away")
    assert keeping.glance() == 0
    assert due()
    (media / "away").rename(media / store.MARKER)
    assert keeping.glance() == 1
    assert comparing.prove_some() == 0
