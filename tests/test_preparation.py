"""What `serve` makes before it serves: the media folder is trusted only when it is the right one, and nothing is made
twice."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as current
from pytest_django import Settings

from accounts.models import User
from gallery_site import preparation
from images.models import Image
from images.store import MARKER, ORIGINALS


@pytest.fixture
def media(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "staticfiles"
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture
def image(db: None) -> Image:
    """A row that says an original should be on the disk."""
    return Image.objects.create(
        user=User.objects.create(username="alice", email="alice@example.org"),
        filename="a.jpg",
        original_filename="a.jpg",
        file_path=f"{ORIGINALS}/00/a.jpg",
        file_size=3,
        file_hash="0" * 64,
        mime_type="image/jpeg",
        image_width=1,
        image_height=1,
        taken_sort=datetime(2020, 1, 1, tzinfo=UTC),
    )


@pytest.mark.django_db
def test_new_gallery(media: Path) -> None:
    assert preparation.open_media()
    assert (media / MARKER).is_file()
    assert {folder.name for folder in media.iterdir() if folder.is_dir()} == {"originals", "renditions", "incoming"}


@pytest.mark.django_db
def test_checkout_is_a_new_gallery(media: Path) -> None:
    media.mkdir()
    (media / "README.md").touch()
    assert preparation.open_media()


def test_disk_that_is_not_mounted(media: Path, image: Image) -> None:
    media.mkdir()
    assert not preparation.open_media()
    assert list(media.iterdir()) == []


def test_disk_that_is_there(media: Path, image: Image) -> None:
    """Pictures came by the command line before the first start."""
    original = media / image.file_path
    original.parent.mkdir(parents=True)
    original.touch()
    assert preparation.open_media()
    assert (media / MARKER).is_file()


@pytest.mark.django_db
def test_originals_that_no_row_knows(media: Path) -> None:
    """A database that was lost or is another one: the originals are not ours to purge."""
    (media / ORIGINALS / "00").mkdir(parents=True)
    assert not preparation.open_media()
    assert not (media / MARKER).exists()


def test_marker_is_believed(media: Path, image: Image) -> None:
    media.mkdir()
    (media / MARKER).touch()
    assert preparation.open_media()


def test_data_has_one_owner(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "PATIENCE", 0)
    second = preparation.own_data()
    with preparation.own_data(), pytest.raises(preparation.DataInUse, match=r"is in use by .* \(process \d+\)"):
        second.__enter__()
    with preparation.own_data():
        pass  # free again


@pytest.mark.django_db
def test_schema_is_complete() -> None:
    assert preparation.unapplied_migrations() == []
    assert preparation.migrate() == []


def test_static_files_are_made_when_they_changed(media: Path, settings: Settings, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "site.css").write_text("body{}")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    assert preparation.collect_static()
    assert not preparation.collect_static()
    (source / "site.css").write_text("body{color:red}")
    (source / "new.js").write_text("1")
    assert preparation.collect_static()
    assert (settings.STATIC_ROOT / "site.css").read_text() == "body{color:red}"
    (source / "new.js").unlink()
    assert preparation.collect_static()
    assert not (settings.STATIC_ROOT / "new.js").exists()


def test_interrupted_making_is_done_again(
    media: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert preparation.collect_static()

    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    (settings.STATIC_ROOT / ".made-from").write_text("another version")
    with monkeypatch.context() as patch:
        patch.setattr(preparation, "call_command", interrupted)
        with pytest.raises(KeyboardInterrupt):
            preparation.collect_static()
    assert preparation.collect_static()


def test_the_tests_stay_out_of_the_checkout() -> None:
    for folder in (current.DATA_DIR, current.MEDIA_ROOT, current.STATIC_ROOT):
        assert not folder.is_relative_to(current.BASE_DIR)
