"""What others than its owner may download of an original: made once, whole or not at all, and gone with the image."""

import fcntl
import io
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from django.db import connections
from PIL import Image as Pillow
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from images import clean_copies, store, trash
from images.clean_copies import CleanCopy, clean_copy
from images.darkroom.pool import Refused
from images.models import Image
from images.stripping import strip
from images.tests.rows import image_row
from images.tests.stripping import making as plant
from tests.pictures import encoded, picture

pytestmark = pytest.mark.django_db
pillow_heif.register_heif_opener()
Keep = Callable[..., Image]

STRIPPED = {
    "image/jpeg": ("jpg", plant.telling_jpeg(6)),
    "image/png": ("png", plant.telling_png(6)),
    "image/webp": ("webp", plant.telling_webp(6)),
    "image/gif": ("gif", plant.telling_gif()),
}
ENCODED = {
    "image/heic": ("heic", encoded(picture(), "HEIF", exif=plant.exif(1), xmp=plant.XMP)),
    "image/avif": ("avif", encoded(picture(), "AVIF", exif=plant.exif(1), xmp=plant.XMP)),
    "image/tiff": ("tiff", encoded(picture(), "TIFF", description=plant.SECRET)),
    "image/bmp": ("bmp", encoded(picture(), "BMP")),
}


@pytest.fixture
def keep(alice: User) -> Keep:
    """A row and its original, as an upload leaves them."""

    def keep(content: bytes, *, mime_type: str = "image/jpeg", extension: str = "jpg") -> Image:
        image = image_row(alice, mime_type=mime_type)
        image.file_path = store.original_path(image.uid, extension)
        image.save()
        original = store.on_disk(image.file_path)
        original.parent.mkdir(parents=True, exist_ok=True)
        original.write_bytes(content)
        return image

    return keep


def file_of(copy: CleanCopy) -> Path:
    return store.on_disk(copy.path)


def folder_of(image: Image) -> Path:
    return store.on_disk(store.renditions_path(image.uid, image.version))


@pytest.mark.parametrize("mime_type", STRIPPED)
def test_what_can_be_stripped(keep: Keep, mime_type: str) -> None:
    extension, content = STRIPPED[mime_type]
    image = keep(content, mime_type=mime_type, extension=extension)
    copy = clean_copy(image)
    data = file_of(copy).read_bytes()
    path = f"{store.renditions_path(image.uid, image.version)}/clean.{extension}"
    assert copy == CleanCopy(path, mime_type, extension, len(data))
    assert data == plant.stripped(content)
    assert store.on_disk(image.file_path).read_bytes() == content
    assert list(folder_of(image).iterdir()) == [file_of(copy)]


@pytest.mark.parametrize("mime_type", ENCODED)
def test_what_is_encoded_once_more(keep: Keep, mime_type: str) -> None:
    extension, content = ENCODED[mime_type]
    copy = clean_copy(keep(content, mime_type=mime_type, extension=extension))
    data = file_of(copy).read_bytes()
    assert (copy.mime_type, copy.extension, copy.size) == ("image/jpeg", "jpg", len(data))
    plant.assert_nothing_told(data)
    with Pillow.open(io.BytesIO(data)) as shown:
        assert (shown.format, shown.size) == ("JPEG", (64, 48))


def test_a_jpeg_that_can_not_be_followed_is_encoded_once_more(keep: Keep) -> None:
    told = plant.jpeg(plant.segment(0xFE, plant.SECRETS[0]), restart_marker_blocks=1)
    at = told.index(b"\xff\xd0")
    spoilt = told[:at] + b"\xff\x3b" + told[at:]  # a marker that is none, over which decoders get at the next restart
    copy = clean_copy(keep(spoilt))
    plant.assert_nothing_told(file_of(copy).read_bytes())


def test_a_png_that_can_not_be_followed_may_become_another_kind(keep: Keep) -> None:
    told = plant.make.png(plant.make.chunk(b"PLTE", bytes(4)), plant.make.chunk(b"tEXt", b"a\0" + plant.SECRETS[0]))
    copy = clean_copy(keep(told, mime_type="image/png", extension="png"))
    assert (copy.mime_type, copy.extension) == ("image/jpeg", "jpg")
    plant.assert_nothing_told(file_of(copy).read_bytes())


def test_made_once(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    image = keep(plant.telling_jpeg())
    copy = clean_copy(image)
    monkeypatch.setattr(clean_copies, "strip", lambda *args: pytest.fail("made again"))
    assert clean_copy(image) == copy
    store.on_disk(image.file_path).unlink()
    assert clean_copy(image) == copy


def in_a_thread(image: Image) -> CleanCopy:
    """As the thread of a server asks, with a connection of its own."""
    try:
        return clean_copy(image)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_once_for_many_who_ask_at_the_same_time(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    image, made = keep(plant.telling_jpeg()), []

    def noted(*args: Any) -> None:
        made.append(args)
        strip(*args)

    monkeypatch.setattr(clean_copies, "strip", noted)
    with ThreadPoolExecutor(20) as people:
        copies = set(people.map(in_a_thread, [image] * 40))
    assert len(copies) == len(made) == 1


@pytest.mark.django_db(transaction=True)
def test_one_maker_whatever_the_process(keep: Keep) -> None:
    """While another process holds the folder, nothing is made; afterwards what that one has made is taken."""
    image = keep(plant.telling_jpeg())
    folder_of(image).mkdir(parents=True)
    maker = (
        "import fcntl, os, sys; from pathlib import Path\n"
        "fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_EX)\n"
        "print('held', flush=True); sys.stdin.readline()\n"
        "Path(sys.argv[1], 'clean.jpg').write_bytes(b'made by another')\n"
    )
    command = [sys.executable, "-c", maker, str(folder_of(image))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline() == b"held\n"
        with ThreadPoolExecutor(1) as people:
            asked = people.submit(in_a_thread, image)
            with pytest.raises(TimeoutError):
                asked.result(timeout=0.3)
            other.stdin.write(b"\n")
            other.stdin.close()
            assert file_of(asked.result()).read_bytes() == b"made by another"


def test_an_empty_file_is_none(keep: Keep) -> None:
    image = keep(plant.telling_jpeg())
    folder_of(image).mkdir(parents=True)
    for name in ("clean.jpg", "clean.png", ".clean.part"):
        (folder_of(image) / name).touch()
    assert clean_copy(image).size == len(plant.stripped(plant.telling_jpeg()))
    assert not (folder_of(image) / ".clean.part").exists()


def test_a_missing_original(keep: Keep) -> None:
    image = keep(b"")
    store.on_disk(image.file_path).unlink()
    with pytest.raises(FileNotFoundError):
        clean_copy(image)
    assert not folder_of(image).exists()


@pytest.mark.parametrize("mime_type", STRIPPED | ENCODED)
@pytest.mark.parametrize("left", [0, 1, 100])
def test_a_damaged_original(keep: Keep, mime_type: str, left: int) -> None:
    extension, content = (STRIPPED | ENCODED)[mime_type]
    image = keep(content[:left], mime_type=mime_type, extension=extension)
    with pytest.raises(Refused):
        clean_copy(image)
    assert list(folder_of(image).iterdir()) == []


def test_a_full_disk_leaves_nothing(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: object, target: Any, mime_type: str) -> None:
        target.write(b"a beginning")
        raise OSError(28, "No space left on device")

    image = keep(plant.telling_jpeg())
    monkeypatch.setattr(clean_copies, "strip", full)
    with pytest.raises(OSError, match="No space"):
        clean_copy(image)
    assert list(folder_of(image).iterdir()) == []
    monkeypatch.undo()
    assert clean_copy(image).size  # and the lock is free


def test_an_image_purged_while_its_copy_is_made(keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    image = keep(plant.telling_jpeg())

    def purged(*args: Any) -> None:
        strip(*args)
        store.remove(store.renditions_path(image.uid))

    monkeypatch.setattr(clean_copies, "strip", purged)
    with pytest.raises(FileNotFoundError):
        clean_copy(image)
    assert not folder_of(image).exists()


def test_a_purge_removes_the_copy(
    keep: Keep, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    image = keep(plant.telling_jpeg())
    copy = clean_copy(image)
    assert file_of(copy).exists()
    with django_capture_on_commit_callbacks(execute=True):
        trash.purge([image.pk])
    assert not file_of(copy).exists()
    assert store.files_of(image.uid) == []


def test_another_version_has_another_copy(keep: Keep) -> None:
    image = keep(plant.telling_jpeg())
    first = clean_copy(image)
    image.version += 1
    image.save()
    assert clean_copy(image).path != first.path


def test_the_lock_is_the_folders_own(keep: Keep) -> None:
    image = keep(plant.telling_jpeg())
    clean_copy(image)
    lock = os.open(folder_of(image), os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(lock)
