"""Files in, over HTTP."""

import errno
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from conftest import signed_in
from images import store
from images.intake.staging import Staged, sweep_incoming
from images.models import Image
from images.tests.conftest import post_files
from tests.pictures import encoded, jpeg, jpeg_with_place, picture

pytestmark = pytest.mark.django_db


def files_below(media: Path) -> set[str]:
    return {str(p.relative_to(media)) for p in media.rglob("*") if p.is_file()} - {store.MARKER}


def test_a_picture_is_stored_byte_for_byte(as_alice: APIClient, alice: User, media: Path) -> None:
    content = jpeg_with_place()
    answer = post_files(as_alice, ("Ferien ü.jpg", content))
    assert answer.status_code == 201
    body = answer.json()
    assert (body["created"], body["duplicates"], body["rejected"]) == (1, 0, 0)
    result = body["results"][0]
    assert (result["filename"], result["status"], result["location"]) == ("Ferien ü.jpg", "created", "library")
    image = Image.objects.get(uid=result["id"])
    assert store.on_disk(image.file_path).read_bytes() == content
    assert image.file_hash == hashlib.sha256(content).hexdigest()
    assert result["image"]["original_filename"] == "Ferien ü.jpg"
    alice.refresh_from_db()
    assert (alice.storage_used, alice.total_images) == (len(content), 1)


def test_metadata_is_read(as_alice: APIClient) -> None:
    uid = post_files(as_alice, ("a.jpg", jpeg_with_place(lat=-33.5, lon=151.25))).json()["results"][0]["id"]
    metadata = as_alice.get(f"/api/images/{uid}").json()["metadata"]
    assert metadata["camera_make"] == "Canon"
    assert metadata["camera_model"] == "EOS R5"
    assert metadata["date_taken"] == "2021-05-03T10:20:30.25+02:00"
    assert metadata["iso"] == 400
    assert metadata["location_lat"] == pytest.approx(-33.5, abs=1e-5)
    assert metadata["location_lon"] == pytest.approx(151.25, abs=1e-5)
    assert Image.objects.get().taken_sort.isoformat() == "2021-05-03T08:20:30.250000+00:00"


def test_grid_thumbnails_are_there_at_the_answer(as_alice: APIClient, media: Path) -> None:
    post_files(as_alice, ("a.jpg", jpeg(1000, 500)))
    image = Image.objects.get()
    made = {p.name for p in store.on_disk(store.renditions_path(image.uid, image.version)).iterdir()}
    assert {"160.jpg", "320.jpg", "640.jpg", "1280.jpg", "square.jpg"} <= made
    assert not list((media / store.INCOMING).iterdir())


@pytest.mark.parametrize("file_format", ["PNG", "GIF", "WEBP", "AVIF", "TIFF", "BMP"])
def test_formats(as_alice: APIClient, file_format: str) -> None:
    answer = post_files(as_alice, (f"a.{file_format.lower()}", encoded(picture(), file_format)))
    assert answer.status_code == 201, answer.json()
    assert answer.json()["results"][0]["image"]["mime_type"] == f"image/{file_format.lower()}"


def test_each_file_stands_alone(as_alice: APIClient) -> None:
    answer = post_files(as_alice, ("a.jpg", jpeg(seed=1)), ("b.txt", b"just text"), ("c.jpg", jpeg(seed=2)))
    assert answer.status_code == 207
    body = answer.json()
    assert [r["status"] for r in body["results"]] == ["created", "rejected", "created"]
    assert body["results"][1]["errors"][0]["code"] == "unsupported_format"
    assert Image.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unsupported_format"),
        (b"", 400, "empty_file"),
        (jpeg(400, 400)[:600], 400, "truncated"),
    ],
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(
    as_alice: APIClient, alice: User, media: Path, content: bytes, status: int, code: str
) -> None:
    answer = post_files(as_alice, ("a.jpg", content))
    assert answer.status_code == status, answer.json()
    assert answer.json()["results"][0]["errors"][0]["code"] == code
    assert not Image.objects.exists()
    assert files_below(media) == set()
    alice.refresh_from_db()
    assert alice.storage_used == 0


def test_a_file_over_the_limit(as_alice: APIClient, settings: Settings, media: Path) -> None:
    settings.GALLERY_MAX_FILE_BYTES = 500
    answer = post_files(as_alice, ("a.jpg", jpeg(200, 200)))
    assert answer.status_code == 413
    assert answer.json()["results"][0]["errors"][0]["code"] == "file_too_large"
    assert files_below(media) == set()


def test_a_request_over_the_limit(as_alice: APIClient, settings: Settings, media: Path) -> None:
    settings.GALLERY_MAX_REQUEST_BYTES = 1_000
    answer = post_files(as_alice, *((f"{n}.jpg", jpeg(seed=n)) for n in range(5)))
    assert answer.status_code == 413
    assert answer.json()["type"] == "client_error"
    assert files_below(media) == set()


def test_the_quota_holds(as_alice: APIClient, alice: User, media: Path) -> None:
    alice.quota_bytes = len(jpeg(seed=1))
    alice.save()
    assert post_files(as_alice, ("a.jpg", jpeg(seed=1))).status_code == 201
    before = files_below(media)
    answer = post_files(as_alice, ("b.jpg", jpeg(seed=2)))
    assert answer.status_code == 413
    assert answer.json()["results"][0]["errors"][0]["code"] == "quota_exceeded"
    assert files_below(media) == before


def test_a_quota_used_up_meanwhile_takes_everything_back(
    as_alice: APIClient, alice: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The early look passes, and the booking in the transaction refuses."""
    alice.quota_bytes = 1
    alice.save()
    monkeypatch.setattr("images.intake.checks.fits_quota", lambda staged, owner: None)
    answer = post_files(as_alice, ("a.jpg", jpeg()))
    assert answer.status_code == 413
    assert not Image.objects.exists()
    assert files_below(media) == set()


def test_a_duplicate_is_named_and_stores_nothing(
    as_alice: APIClient, alice: User, upload: Callable[..., Image], media: Path
) -> None:
    image = upload(jpeg())
    before = files_below(media)
    answer = post_files(as_alice, ("again.jpg", jpeg()))
    assert answer.status_code == 201
    result = answer.json()["results"][0]
    assert (result["status"], result["id"], result["location"]) == ("duplicate", str(image.uid), "library")
    assert files_below(media) == before
    alice.refresh_from_db()
    assert alice.storage_used == image.file_size


def test_a_duplicate_goes_into_the_asked_album(as_alice: APIClient, alice: User, upload: Callable[..., Image]) -> None:
    upload(jpeg())
    album = tree.plant(owner=alice, name="A")
    post_files(as_alice, ("again.jpg", jpeg()), album_id=str(album.uid))
    album.refresh_from_db()
    assert album.image_count == 1


def test_a_duplicate_in_the_trash_comes_back_when_asked(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg())
    as_alice.delete(f"/api/images/{image.uid}")
    assert post_files(as_alice, ("a.jpg", jpeg())).json()["results"][0]["location"] == "trash"
    restored = post_files(as_alice, ("a.jpg", jpeg()), on_duplicate="restore").json()["results"][0]
    assert restored["location"] == "library"
    image.refresh_from_db()
    assert image.trashed_at is None


def test_other_peoples_files_play_no_part(upload: Callable[..., Image], carol: User) -> None:
    upload(jpeg())
    assert post_files(signed_in(carol), ("a.jpg", jpeg())).json()["created"] == 1


def test_wishes_hold_for_all_files(as_alice: APIClient, alice: User) -> None:
    album = tree.plant(owner=alice, name="A")
    answer = post_files(
        as_alice,
        ("a.jpg", jpeg(seed=1)),
        ("b.jpg", jpeg(seed=2)),
        album_id=str(album.uid),
        title="T",
        tags='["a, b", "c"]',
        privacy_setting="public",
    )
    for result in answer.json()["results"]:
        card = result["image"]
        assert (card["title"], card["tags"], card["privacy_setting"]) == ("T", ["a, b", "c"], "public")
        assert card["albums"] == [{"id": str(album.uid), "name": "A"}]


@pytest.mark.parametrize("field", ["files", "file", "images", "image", "files[]"])
def test_field_names(as_alice: APIClient, field: str) -> None:
    answer = as_alice.post("/api/upload", {field: SimpleUploadedFile("a.jpg", jpeg())}, format="multipart")
    assert answer.status_code == 201


def test_an_unknown_field_is_an_error(as_alice: APIClient) -> None:
    answer = post_files(as_alice, ("a.jpg", jpeg()), user="carol")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "user"


def test_somebody_elses_album_is_an_error(as_alice: APIClient, carol: User) -> None:
    album = tree.plant(owner=carol, name="C", privacy_setting="public")
    answer = post_files(as_alice, ("a.jpg", jpeg()), album_id=str(album.uid))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "album_id"
    assert not Image.objects.exists()


def test_nobody_may_not(as_nobody: APIClient, media: Path) -> None:
    assert post_files(as_nobody, ("a.jpg", jpeg())).status_code == 401
    assert files_below(media) == set()


def test_the_throttle_says_when(as_alice: APIClient, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE = True
    settings.GALLERY_UPLOADS_PER_HOUR = 1
    assert post_files(as_alice, ("a.jpg", jpeg(seed=1))).status_code == 201
    answer = post_files(as_alice, ("b.jpg", jpeg(seed=2)))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_original_is_durable_before_the_row(as_alice: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """fsync of the file, rename, fsync of its folder; only then the row."""
    steps: list[str] = []
    real_fsync, real_rename = os.fsync, os.rename

    def fsync(fd: int) -> None:
        target = os.readlink(f"/proc/self/fd/{fd}")
        steps.append("fsync folder" if os.path.isdir(target) else "fsync file")
        assert not Image.objects.exists()
        real_fsync(fd)

    def rename(old: str, new: str) -> None:
        if not os.path.isdir(old):
            steps.append("rename")
        real_rename(old, new)

    monkeypatch.setattr("images.store.os.fsync", fsync)
    monkeypatch.setattr("images.store.os.rename", rename)
    store.on_disk("originals").mkdir()
    assert post_files(as_alice, ("a.jpg", jpeg())).status_code == 201
    assert steps[0] == "fsync file"
    assert steps[-2:] == ["rename", "fsync folder"]


@pytest.mark.parametrize(("number", "status"), [(errno.ENOSPC, 507), (errno.EDQUOT, 507)])
def test_a_full_disk(
    as_alice: APIClient, media: Path, monkeypatch: pytest.MonkeyPatch, number: int, status: int
) -> None:
    def full(fd: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("images.store.os.fsync", full)
    assert post_files(as_alice, ("a.jpg", jpeg())).status_code == status
    assert not Image.objects.exists()
    assert files_below(media) == set()


def test_an_fsync_that_fails_is_no_201(as_alice: APIClient, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(fd: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("images.store.os.fsync", broken)
    as_alice.raise_request_exception = False
    assert post_files(as_alice, ("a.jpg", jpeg())).status_code == 500
    assert not Image.objects.exists()
    assert files_below(media) == set()


def test_the_sweep_clears_dead_uploads_and_leaves_living_ones(upload: Callable[..., Image], media: Path) -> None:
    image = upload()
    dead, alive = Staged(), Staged()
    placed = store.on_disk(store.original_path(dead.uid, "jpg"))
    placed.parent.mkdir(parents=True, exist_ok=True)
    placed.write_bytes(b"renamed, and then the power went")
    os.close(dead._lock)  # as the kernel does for a killed process
    dead._lock = -1
    assert sweep_incoming() == 1
    assert not placed.exists()
    assert not dead.folder.exists()
    assert alive.folder.exists()
    assert store.on_disk(image.file_path).exists()
    alive.discard()


def test_a_flood_of_keywords_is_cut(as_alice: APIClient) -> None:
    """A file with more keywords than an image may have tags is taken; the first ones count."""
    datasets = b"".join(b"\x1c\x02\x19" + len(word).to_bytes(2, "big") + word for word in _words(600))
    block = b"8BIM\x04\x04\x00\x00" + len(datasets).to_bytes(4, "big") + datasets + b"\x00" * (len(datasets) % 2)
    segment = b"Photoshop 3.0\x00" + block
    content = jpeg()
    with_keywords = content[:2] + b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment + content[2:]
    answer = post_files(as_alice, ("a.jpg", with_keywords))
    assert answer.status_code == 201
    assert len(answer.json()["results"][0]["image"]["tags"]) == 500


def _words(count: int) -> list[bytes]:
    return [f"kw{n:03}".encode() for n in range(count)]


def test_a_tag_that_is_no_word_is_an_error(as_alice: APIClient) -> None:
    answer = post_files(as_alice, ("a.jpg", jpeg()), tags="x" * 101)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "tags.0"


def test_the_page_says_when_a_form_is_too_large(alice: User, settings: Settings, media: Path) -> None:
    """Without a script: the form is not read, and so its CSRF token is not found; still the reason is told."""
    settings.GALLERY_MAX_REQUEST_BYTES = 1_000
    content = jpeg(2_000, 1_500, seed=3) + bytes(1 << 20)
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    client.get("/upload")  # sets the cookie
    answer = client.post("/upload", {"files": SimpleUploadedFile("a.jpg", content)})
    assert answer.status_code == 413
    assert "send fewer" in answer.content.decode()
    assert files_below(media) == set()
