"""The pictures for watermarks: taken in clean, limited, one's own alone, kept while needed; and in albums' bodies."""

import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError
from PIL import Image as Picture
from PIL import PngImagePlugin
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from albums.models import Album
from images import album_changes, store, watermark_pictures
from images.intake.staging import Staged
from images.models import FileRemoval, WatermarkPicture
from tests.pictures import encoded, jpeg

pytestmark = pytest.mark.django_db
URL = "/api/watermarks"


def drawing(width: int = 60, height: int = 20) -> Picture.Image:
    picture = Picture.new("RGBA", (width, height), (255, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (0, 0, width // 2, height))
    return picture


def post(client: APIClient, content: bytes | None = None, name: str = "mark.png") -> Any:
    file = SimpleUploadedFile(name, encoded(drawing(), "PNG") if content is None else content)
    return client.post(URL, {"picture": file}, format="multipart")


@pytest.fixture
def picture(as_alice: APIClient) -> str:
    answer = post(as_alice)
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def using(picture: str) -> dict[str, Any]:
    return {"kind": "image", "picture": picture, "position": "center", "opacity": 0.5, "size": 0.5}


def problems(answer: Any) -> list[tuple[str | None, str]]:
    return [(error["attr"], error["code"]) for error in answer.json()["errors"]]


# --- In and out ---------------------------------------------------------------------------------------------------


def test_a_picture_comes_back_as_a_png_with_what_shows_through(as_alice: APIClient, media: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "a secret")
    content = encoded(drawing(), "PNG", pnginfo=info) + b"a secret behind the end"
    card = post(as_alice, content).json()
    assert (card["width"], card["height"]) == (60, 20)
    assert card["url"] == f"{URL}/{card['id']}"
    answer = as_alice.get(card["url"])
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"secret" not in answer.content
    with Picture.open(io.BytesIO(answer.content)) as kept:
        assert kept.convert("RGBA").tobytes() == drawing().tobytes()
        assert not kept.text
    assert [path.name for path in (media / "watermarks").iterdir()] == [f"{card['id']}.png"]
    assert not list((media / "incoming").iterdir())


def test_a_large_one_is_made_smaller_and_any_format_is_taken(as_alice: APIClient) -> None:
    card = post(as_alice, jpeg(2048, 512)).json()
    assert (card["width"], card["height"]) == (1024, 256)
    with Picture.open(io.BytesIO(as_alice.get(card["url"]).content)) as kept:
        assert (kept.format, kept.size) == ("PNG", (1024, 256))


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "not_an_image"), (b"hello", "not_an_image"), (encoded(drawing(), "PNG")[:60], "truncated")],
)
def test_what_is_no_picture_is_refused(as_alice: APIClient, media: Path, content: bytes, code: str) -> None:
    answer = post(as_alice, content)
    assert (answer.status_code, problems(answer)) == (400, [("picture", code)])
    assert not WatermarkPicture.objects.exists()
    assert not (media / "watermarks").exists()


def test_without_a_file(as_alice: APIClient) -> None:
    answer = as_alice.post(URL, {"picture": "text"}, format="multipart")
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "picture")


@pytest.mark.parametrize("size", [4 * 2**20 + 1, 9 * 2**20, 12 * 2**20])
def test_a_file_that_is_too_large(as_alice: APIClient, media: Path, size: int) -> None:
    answer = post(as_alice, bytes(size))
    assert answer.status_code == 413
    assert "4 MB" in answer.json()["errors"][0]["detail"]
    assert not list((media / "incoming").iterdir() if (media / "incoming").exists() else [])


def test_there_are_only_so_many(as_alice: APIClient, alice: User, media: Path) -> None:
    for _ in range(watermark_pictures.MOST):
        WatermarkPicture.objects.create(user=alice, width=1, height=1)
    answer = post(as_alice)
    assert (answer.status_code, problems(answer)) == (409, [(None, "too_many")])
    assert not list((media / "watermarks").glob("*"))


def test_no_file_stays_without_a_row(as_alice: APIClient, media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**values: object) -> None:
        raise OperationalError("the disk is full")

    monkeypatch.setattr(WatermarkPicture.objects, "create", fails)
    as_alice.raise_request_exception = False
    assert post(as_alice).status_code == 507
    assert not list((media / "watermarks").iterdir())


def test_one_s_own_are_listed_and_nobody_else_s(as_alice: APIClient, as_bob: APIClient, picture: str) -> None:
    second = post(as_alice).json()["id"]
    assert [card["id"] for card in as_alice.get(URL).json()["results"]] == [picture, second]
    assert as_bob.get(URL).json()["results"] == []
    for answer in (as_bob.get(f"{URL}/{picture}"), as_bob.delete(f"{URL}/{picture}")):
        assert answer.status_code == 404


def test_nobody(as_nobody: APIClient, picture: str) -> None:
    for answer in (as_nobody.get(URL), post(as_nobody), as_nobody.get(f"{URL}/{picture}")):
        assert answer.status_code == 401


def test_what_a_dead_upload_left_is_swept_and_what_has_a_row_stays(picture: str, media: Path, alice: User) -> None:
    """A server that dies between file and row leaves the file and the staging folder; after the row, the folder."""
    dead, alive = Staged(), Staged()
    for staged in (dead, alive):
        (media / store.watermark_path(staged.uid)).write_bytes(b"PNG")
    WatermarkPicture.objects.create(uid=alive.uid, user=alice, width=1, height=1)
    for staged in (dead, alive):
        staged.finish()
        os.close(staged._lock)
        staged._lock = -1
    call_command("housekeep")
    assert {path.stem for path in (media / "watermarks").iterdir()} == {picture, str(alive.uid)}


# --- Kept while needed --------------------------------------------------------------------------------------------


def test_removed_with_its_file(
    as_alice: APIClient, picture: str, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert as_alice.delete(f"{URL}/{picture}").status_code == 204
    assert as_alice.get(f"{URL}/{picture}").status_code == 404
    assert not list((media / "watermarks").iterdir())
    assert not FileRemoval.objects.exists()


def test_not_while_it_is_preferred(as_alice: APIClient, picture: str) -> None:
    assert as_alice.patch("/api/auth/user", {"watermark": using(picture)}).status_code == 200
    answer = as_alice.delete(f"{URL}/{picture}")
    assert (answer.status_code, problems(answer)) == (409, [(None, "in_use")])
    assert as_alice.get(f"{URL}/{picture}").status_code == 200
    as_alice.patch("/api/auth/user", {"watermark": None})
    assert as_alice.delete(f"{URL}/{picture}").status_code == 204


def test_not_while_an_album_needs_it(as_alice: APIClient, alice: User, picture: str) -> None:
    album = album_changes.plant_album(owner=alice, name="Trip", watermark=using(picture))
    album_changes.trash_album(album)
    answer = as_alice.delete(f"{URL}/{picture}")
    assert (answer.status_code, problems(answer)) == (409, [(None, "in_use")])
    assert "“Trip”, which is in the trash" in answer.json()["errors"][0]["detail"]
    album_changes.purge_album(album)
    assert as_alice.delete(f"{URL}/{picture}").status_code == 204


def test_one_that_goes_meanwhile_is_not_taken(alice: User, picture: str) -> None:
    """Validated before, removed since: the deed looks again, under the lock."""
    album = tree.plant(owner=alice, name="Trip")
    watermark_pictures.remove(WatermarkPicture.objects.get(uid=picture))
    with pytest.raises(tree.TreeError):
        album_changes.edit_album(album, {"watermark": using(picture)})
    with pytest.raises(tree.TreeError):
        album_changes.plant_album(owner=alice, name="B", watermark=using(picture))
    assert not Album.objects.exclude(watermark=None).exists()
    assert Album.objects.count() == 1


# --- In bodies ----------------------------------------------------------------------------------------------------


def test_an_album_keeps_what_it_is_told(as_alice: APIClient, picture: str) -> None:
    created = as_alice.post("/api/albums", {"name": "A", "watermark": using(picture)})
    assert (created.status_code, created.json()["watermark"]) == (201, using(picture))
    path = f"/api/albums/{created.json()['id']}"
    for said, kept in [
        ({"kind": "none"}, {"kind": "none"}),
        ({"kind": "none", "opacity": 0.3}, {"kind": "none"}),
        (
            {"kind": "text", "text": " © Ada ", "position": "top-left"},
            {"kind": "text", "text": "© Ada", "position": "top_left", "opacity": 0.5, "size": 0.4},
        ),
        (None, None),
    ]:
        answer = as_alice.patch(path, {"watermark": said})
        assert (answer.status_code, answer.json()["watermark"]) == (200, kept)
        assert as_alice.get(path).json()["watermark"] == kept
    as_alice.patch(path, {"watermark": using(picture)})
    assert as_alice.patch(path, {"name": "B"}).json()["watermark"] == using(picture)
    assert as_alice.put(f"{path}?dry_run=true", {"watermark": None}).status_code == 200
    assert as_alice.get(path).json()["watermark"] == using(picture)


@pytest.mark.parametrize(
    ("said", "attr", "code"),
    [
        ("© Ada", "watermark", "invalid"),
        ([], "watermark", "invalid"),
        ({}, "watermark.kind", "required"),
        ({"kind": "film"}, "watermark.kind", "invalid_choice"),
        ({"kind": "text"}, "watermark.text", "required"),
        ({"kind": "text", "text": "x" * 101}, "watermark.text", "max_length"),
        ({"kind": "text", "text": "写真"}, "watermark.text", "unwritable"),
        ({"kind": "image"}, "watermark.picture", "required"),
        ({"kind": "image", "picture": "x"}, "watermark.picture", "invalid"),
        ({"kind": "text", "text": "x", "position": "aside"}, "watermark.position", "invalid_choice"),
        ({"kind": "text", "text": "x", "opacity": 2}, "watermark.opacity", "max_value"),
        ({"kind": "text", "text": "x", "size": 0}, "watermark.size", "min_value"),
        ({"kind": "text", "text": "x", "angle": 3}, "watermark.angle", "unknown_field"),
    ],
)
def test_what_is_no_watermark(as_alice: APIClient, said: Any, attr: str, code: str) -> None:
    answer = as_alice.post("/api/albums", {"name": "A", "watermark": said})
    assert (answer.status_code, problems(answer)) == (400, [(attr, code)])
    assert not Album.objects.exists()


def test_a_picture_of_somebody_else_is_not_there(as_bob: APIClient, picture: str) -> None:
    answer = as_bob.post("/api/albums", {"name": "A", "watermark": using(picture)})
    assert (answer.status_code, problems(answer)) == (400, [("watermark", "does_not_exist")])
    for body, attr in [
        ({"watermark": using(picture)}, "watermark.picture"),
        ({"preferences": {"theme": "dark", "watermark": using(picture)}}, "preferences.watermark.picture"),
    ]:
        answer = as_bob.patch("/api/auth/user", body)
        assert (answer.status_code, problems(answer)) == (400, [(attr, "does_not_exist")])
    assert as_bob.get("/api/auth/user").json()["preferences"]["theme"] == "auto"


def test_preferring_none(as_alice: APIClient) -> None:
    as_alice.patch("/api/auth/user", {"watermark": {"kind": "text", "text": "x"}})
    for none in ({"kind": "none"}, None):
        answer = as_alice.patch("/api/auth/user", {"watermark": none})
        assert (answer.status_code, answer.json()["preferences"]["watermark"]) == (200, None)


def test_pictures_are_throttled(as_alice: APIClient, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE = True
    statuses = [post(as_alice, b"x").status_code for _ in range(61)]
    assert (statuses[59], statuses[60]) == (400, 429)
