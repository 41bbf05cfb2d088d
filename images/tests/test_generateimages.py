"""`manage.py generateimages`, ImageKit's own command: all JPEGs there are not, and no end by one that can't be made."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from PIL import Image as Picture
from rest_framework.test import APIClient

from images import imagegenerators, store
from images.models import Image
from images.renditions import LADDER, SQUARE
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]
NAMES = {f"{size}.jpg" for size in (*LADDER, SQUARE)}


def run(*generators: str) -> str:
    told = io.StringIO()
    call_command("generateimages", *generators, stdout=told)
    return told.getvalue()


def folder_of(image: Image) -> Path:
    return store.on_disk(store.renditions_path(image.uid, image.version))


def stamps(image: Image) -> dict[str, int]:
    """Which file stands under each name: one that is made again is another."""
    return {path.name: path.stat().st_ino for path in folder_of(image).iterdir()}


def test_it_makes_every_jpeg_there_is_not(upload: Upload) -> None:
    image = upload(jpeg(2500, 1250))
    before = {path.name: path.read_bytes() for path in folder_of(image).iterdir()}
    shutil.rmtree(folder_of(image))
    assert "Failed" not in run()
    made = {path.name: path.read_bytes() for path in folder_of(image).iterdir()}
    assert made.keys() == before.keys() == NAMES
    assert all(content[:2] == b"\xff\xd8" for content in made.values())


def test_what_is_there_is_not_made_again(upload: Upload) -> None:
    whole, holed = upload(jpeg(2500, 1250)), upload(jpeg(2500, 1250, seed=1))
    (folder_of(holed) / "320.jpg").unlink()
    (folder_of(holed) / "640.jpg").write_bytes(b"")
    before, holed_before = stamps(whole), stamps(holed)
    run()
    assert stamps(whole) == before
    assert {name for name, stamp in stamps(holed).items() if holed_before.get(name) != stamp} == {"320.jpg", "640.jpg"}
    assert all(path.stat().st_size for path in folder_of(holed).iterdir())


def test_one_that_can_t_be_made_ends_nothing(upload: Upload) -> None:
    lost, damaged, good = (upload(jpeg(700, 350, seed=n)) for n in range(3))
    store.on_disk(lost.file_path).unlink()
    store.on_disk(damaged.file_path).write_bytes(b"no picture any more")
    for image in (lost, damaged, good):
        shutil.rmtree(folder_of(image))
    told = run()
    assert len([line for line in told.splitlines() if line.startswith("\tFailed")]) == 2 * len(NAMES)
    assert str(lost.file_path) in told
    assert not [path for image in (lost, damaged) for path in folder_of(image).glob("*")]
    assert stamps(good).keys() == NAMES - {"2048.jpg"}  # that is its 1280


def test_all_of_a_large_gallery_are_seen_to(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagegenerators, "READ_AT_ONCE", 2)
    images = [upload(jpeg(seed=n)) for n in range(5)]
    for image in images:
        shutil.rmtree(folder_of(image))
    run("image:160")
    assert all(stamps(image).keys() == {"160.jpg"} for image in images)


def test_other_formats_are_made_when_somebody_asks(upload: Upload) -> None:
    image = upload(jpeg(700, 350))
    run("image:320")
    assert all(path.suffix == ".jpg" for path in folder_of(image).iterdir())


def test_of_an_edited_image_it_shows_what_is_left(upload: Upload, as_alice: APIClient) -> None:
    image = upload(jpeg(400, 300))
    cut = {"operation": "crop", "x": 0, "y": 0, "width": 200, "height": 100}
    assert as_alice.post(f"/api/images/{image.uid}/edits", cut).status_code == 200
    image.refresh_from_db()
    shutil.rmtree(folder_of(image))
    run()
    with Picture.open(folder_of(image) / "320.jpg") as shown:
        assert shown.size == (200, 100)
