"""Cutting and turning over HTTP: what is shown, what others get, and the way back."""

import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import time
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from PIL import Image as Picture
from rest_framework.test import APIClient

from accounts.models import User
from images import developing, reframing, store, trash
from images.darkroom.pool import Refused
from images.models import FileRemoval, Image
from images.reframing import MOST_STEPS
from tests.pictures import encoded, jpeg_with_place, picture

pytestmark = pytest.mark.django_db
Upload = Callable[..., Image]


def edit(client: APIClient, image: Image, **step: Any) -> Any:
    return client.post(f"/api/images/{image.uid}/edits", step)


def crop(client: APIClient, image: Image, x: int, y: int, width: int, height: int) -> Any:
    return edit(client, image, operation="crop", x=x, y=y, width=width, height=height)


def pixels(client: APIClient, image: Image, query: str = "format=png") -> Picture.Image:
    answer = client.get(f"/api/images/{image.uid}/download?{query}")
    assert answer.status_code == 200, answer.content
    data = answer.getvalue()
    return Picture.open(io.BytesIO(data)).convert("RGB")


def same(one: Picture.Image, other: Picture.Image) -> bool:
    return one.size == other.size and one.tobytes() == other.tobytes()


@pytest.fixture
def png() -> bytes:
    return encoded(picture(), "PNG")


@pytest.fixture
def whole(png: bytes) -> Picture.Image:
    return Picture.open(io.BytesIO(png)).convert("RGB")


def test_each_edit_shows(as_alice: APIClient, upload: Upload, png: bytes, whole: Picture.Image) -> None:
    image = upload(png)
    for step, done in [
        ({"operation": "rotate", "angle": 90}, lambda p: p.rotate(-90, expand=True)),
        ({"operation": "flip", "axis": "horizontal"}, lambda p: p.transpose(Picture.Transpose.FLIP_LEFT_RIGHT)),
        (
            {"operation": "crop", "x": 3, "y": 5, "width": 20, "height": 40},
            lambda p: p.crop((3, 5, 23, 45)),
        ),
        ({"operation": "flip", "axis": "vertical"}, lambda p: p.transpose(Picture.Transpose.FLIP_TOP_BOTTOM)),
        ({"operation": "rotate", "angle": 270}, lambda p: p.rotate(-270, expand=True)),
    ]:
        answer = edit(as_alice, image, **step)
        assert answer.status_code == 200, answer.json()
        whole = done(whole)
        assert (answer.json()["image_width"], answer.json()["image_height"]) == whole.size
        assert answer.json()["edits"][-1] == step
        assert same(pixels(as_alice, image), whole)


def test_thumbnails_show_it_under_new_addresses(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    before = as_alice.get(f"/api/images/{image.uid}").json()
    after = crop(as_alice, image, 0, 0, 30, 40).json()
    assert after["thumbnails"]["small"]["url"] != before["thumbnails"]["small"]["url"]
    assert (after["thumbnails"]["small"]["width"], after["thumbnails"]["small"]["height"]) == (30, 40)
    answer = as_alice.get(after["thumbnails"]["small"]["url"])
    assert Picture.open(io.BytesIO(answer.content)).size == (30, 40)


def test_back_step_by_step_and_all_at_once(
    as_alice: APIClient, upload: Upload, png: bytes, whole: Picture.Image
) -> None:
    image = upload(png)
    versions = [image.version]
    for angle in (90, 180, 270):
        edit(as_alice, image, operation="rotate", angle=angle)
        image.refresh_from_db()
        versions.append(image.version)
    undone = as_alice.delete(f"/api/images/{image.uid}/edits/last")
    assert [step["angle"] for step in undone.json()["edits"]] == [90, 180]
    assert same(pixels(as_alice, image), whole.rotate(-270, expand=True))
    assert as_alice.delete(f"/api/images/{image.uid}/edits").json()["edits"] == []
    assert same(pixels(as_alice, image), whole)
    image.refresh_from_db()
    assert (image.image_width, image.image_height, image.edits) == (*whole.size, {})
    assert image.version > max(versions)  # no address ever means another picture
    assert as_alice.delete(f"/api/images/{image.uid}/edits").status_code == 200
    nothing = as_alice.delete(f"/api/images/{image.uid}/edits/last")
    assert (nothing.status_code, nothing.json()["errors"][0]["code"]) == (409, "conflict")


def test_the_original_stays(as_alice: APIClient, upload: Upload, png: bytes) -> None:
    image = upload(png)
    crop(as_alice, image, 0, 0, 10, 10)
    answer = as_alice.get(f"/api/images/{image.uid}/download")
    assert answer.content == png
    image.refresh_from_db()
    assert image.file_size == len(png)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_what_was_cut_away_never_leaves(as_alice: APIClient, as_carol: APIClient, upload: Upload, form: str) -> None:
    secret = Picture.new("RGB", (64, 48), "white")
    secret.paste((255, 0, 0), (32, 0, 64, 48))
    image = upload(encoded(secret, form), name=f"a.{form.lower()}", privacy_setting="public")
    pixels(as_carol, image, "")  # a copy of the whole was made before
    crop(as_alice, image, 0, 0, 30, 48)
    for query in ("", "format=png", "width=160"):
        copy = pixels(as_carol, image, query)
        assert copy.size == (30, 48)
        assert all(green > 200 for green in copy.getchannel("G").tobytes())
    for size in ("small", "square", "2048"):
        thumbnail = as_carol.get(f"/api/images/{image.uid}/thumbnail?size={size}&v=1")
        shown = Picture.open(io.BytesIO(thumbnail.content)).convert("RGB")
        assert all(green > 200 for green in shown.getchannel("G").tobytes())


@pytest.mark.parametrize("query", ["thumbnail?size=160", "download", "download?format=png"])
def test_who_knows_nothing_but_dates_learns_of_an_edit(as_carol: APIClient, upload: Upload, query: str) -> None:
    image = upload(privacy_setting="public")
    address = f"/api/images/{image.uid}/{query}"
    as_carol.get(address)
    yesterday = time() - 86_400
    for folder in (store.renditions_path(image.uid), store.converted_path(image.uid)):
        for file in store.on_disk(folder).glob("*/*"):
            os.utime(file, (yesterday, yesterday))
    before = as_carol.get(address)["Last-Modified"]
    assert as_carol.get(address, headers={"If-Modified-Since": before}).status_code == 304
    assert as_carol.get(address, headers={"Range": "bytes=0-9", "If-Range": before}).status_code == 206
    reframing.add_step(image, {"operation": "flip", "axis": "vertical"})
    assert as_carol.get(address, headers={"If-Modified-Since": before}).status_code == 200
    assert as_carol.get(address, headers={"Range": "bytes=0-9", "If-Range": before}).status_code == 200


def test_an_edit_of_a_picture_turned_by_its_camera(as_alice: APIClient, upload: Upload, whole: Picture.Image) -> None:
    """The crop is of what is displayed."""
    exif = Picture.Exif()
    exif[0x0112] = 6
    image = upload(encoded(picture(), "PNG", exif=exif))
    upright = whole.rotate(-90, expand=True)
    assert (image.image_width, image.image_height) == upright.size
    crop(as_alice, image, 4, 8, 20, 30)
    assert same(pixels(as_alice, image), upright.crop((4, 8, 24, 38)))


def test_old_files_go(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    as_alice.get(f"/api/images/{image.uid}/download?width=20")
    old = [store.on_disk(store.renditions_path(image.uid, 1)), store.on_disk(store.converted_path(image.uid, 1))]
    assert all(folder.is_dir() for folder in old)
    edit(as_alice, image, operation="rotate", angle=90)
    trash.remove_files()
    assert not any(folder.exists() for folder in old)
    assert not FileRemoval.objects.exists()


@pytest.mark.parametrize(
    ("step", "attr"),
    [
        ({}, "operation"),
        ({"operation": "blur"}, "operation"),
        ({"operation": ["crop"]}, "operation"),
        ({"operation": "rotate"}, "angle"),
        ({"operation": "rotate", "angle": 45}, "angle"),
        ({"operation": "rotate", "angle": 90, "axis": "vertical"}, "axis"),
        ({"operation": "flip", "axis": "diagonal"}, "axis"),
        ({"operation": "crop", "x": 0, "y": 0, "width": 65, "height": 1}, "width"),
        ({"operation": "crop", "x": 60, "y": 40, "width": 4, "height": 9}, "height"),
        ({"operation": "crop", "x": -1, "y": 0, "width": 5, "height": 1}, "x"),
        ({"operation": "crop", "x": 0, "y": 0, "width": 0, "height": 1}, "width"),
        ({"operation": "crop", "x": 10**15, "y": 0, "width": 1, "height": 1}, "x"),
    ],
)
def test_what_is_no_edit(as_alice: APIClient, upload: Upload, step: dict, attr: str) -> None:
    image = upload()
    answer = edit(as_alice, image, **step)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    image.refresh_from_db()
    assert (image.version, image.edits) == (1, {})


def test_steps_have_an_end(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    steps = [{"operation": "rotate", "angle": 90}] * MOST_STEPS
    Image.objects.filter(pk=image.pk).update(edits={"of": [64, 48], "steps": steps})
    assert edit(as_alice, image, operation="rotate", angle=90).status_code == 409
    assert as_alice.delete(f"/api/images/{image.uid}/edits/last").status_code == 200


def test_only_the_owner_edits(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, as_mia: APIClient, upload: Upload
) -> None:
    private, public = upload(), upload(privacy_setting="public")
    for client, of_public, of_private in ((as_carol, 403, 404), (as_mia, 403, 404), (as_nobody, 401, 401)):
        for image, status in ((public, of_public), (private, of_private)):
            assert edit(client, image, operation="rotate", angle=90).status_code == status
            assert client.delete(f"/api/images/{image.uid}/edits").status_code == status
            assert client.delete(f"/api/images/{image.uid}/edits/last").status_code == status
    assert "edits" not in as_carol.get(f"/api/images/{public.uid}").json()
    trash.trash([public.pk])
    assert edit(as_alice, public, operation="rotate", angle=90).status_code == 409


def test_a_lost_original_can_not_be_edited(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    store.on_disk(image.file_path).unlink()
    assert edit(as_alice, image, operation="rotate", angle=90).status_code == 410
    image.refresh_from_db()
    assert image.version == 1
    assert as_alice.get(f"/api/images/{image.uid}/thumbnail").status_code == 200


def test_a_picture_that_takes_too_much_this_time_is_not_said_to_be_lost(
    as_alice: APIClient, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload()
    as_alice.raise_request_exception = False

    def killed(*args: object, **how: object) -> None:
        raise Refused("too_complex", "The picture is too much for the decoder.")

    with monkeypatch.context() as patched:
        patched.setattr(developing.darkroom(), "develop", killed)
        answer = edit(as_alice, image, operation="rotate", angle=90)
        page = as_alice.post(f"/images/{image.uid}/edits", {"deed": "left"}, format="multipart", follow=True)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    assert "The gallery is busy. Try again in a moment." in page.content.decode()
    assert edit(as_alice, image, operation="rotate", angle=90).status_code == 200


def test_metadata_stay_the_files(as_alice: APIClient, upload: Upload) -> None:
    image = upload(jpeg_with_place())
    before = as_alice.get(f"/api/images/{image.uid}").json()["metadata"]
    edit(as_alice, image, operation="flip", axis="vertical")
    assert as_alice.get(f"/api/images/{image.uid}").json()["metadata"] == before


@pytest.mark.django_db(transaction=True)
def test_edits_at_the_same_time_are_all_done(alice: User, upload: Upload) -> None:
    image = upload()

    def turn(number: int) -> int:
        client = APIClient()
        client.force_login(alice)
        try:
            return edit(client, image, operation="rotate", angle=90).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as at_once:
        assert list(at_once.map(turn, range(5))) == [200] * 5
    image.refresh_from_db()
    assert len(image.edits["steps"]) == 5
    assert (image.image_width, image.image_height) == (48, 64)
    assert [path.name for path in store.on_disk(store.renditions_path(image.uid)).iterdir()] == [str(image.version)]


# --- The buttons of the page --------------------------------------------------------------------------------------


@pytest.fixture
def alices(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def press(client: Client, image: Image, deed: str, **fields: Any) -> Any:
    return client.post(f"/images/{image.uid}/edits?album=x", {"deed": deed, **fields}, follow=True)


def test_the_buttons_of_the_page(alices: Client, upload: Upload) -> None:
    image = upload()
    assert "Undo the last edit" not in alices.get(f"/images/{image.uid}").content.decode()
    for deed, size in (("right", (48, 64)), ("left", (64, 48)), ("mirror", (64, 48)), ("upend", (64, 48))):
        page = press(alices, image, deed)
        assert page.redirect_chain == [(f"/images/{image.uid}?album=x", 302)]
        image.refresh_from_db()
        assert (image.image_width, image.image_height) == size
    assert len(image.edits["steps"]) == 4
    page = press(alices, image, "crop", x=1, y=2, width=30, height=20)
    assert "in pixels of 30 × 20" in page.content.decode()
    press(alices, image, "undo")
    image.refresh_from_db()
    assert (image.image_width, image.image_height) == (64, 48)
    press(alices, image, "original")
    image.refresh_from_db()
    assert image.edits == {}


@pytest.mark.parametrize(
    ("deed", "fields", "told"),
    [
        ("crop", {"x": 0, "y": 0, "width": 65, "height": 1}, "64 x 48"),
        ("crop", {"x": "a"}, "four whole numbers"),
        ("undo", {}, "no edit to undo"),
    ],
)
def test_the_page_tells_what_can_not_be(alices: Client, upload: Upload, deed: str, fields: dict, told: str) -> None:
    assert told in press(alices, upload(), deed, **fields).content.decode()


def test_the_page_is_for_the_owner(client: Client, carol: User, upload: Upload) -> None:
    image = upload(privacy_setting="public")
    client.force_login(carol)
    assert client.post(f"/images/{image.uid}/edits", {"deed": "left"}).status_code == 403
    assert "Turn and crop" not in client.get(f"/images/{image.uid}").content.decode()
