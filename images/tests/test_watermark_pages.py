"""Watermarks on the page of the account: chosen, tried, and the pictures for it; and on the form of an album."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Picture
from PIL import ImageChops
from pytest_django.fixtures import Settings

from accounts.models import User
from albums.models import Album
from images import store, watermark_pictures
from images.models import Image, WatermarkPicture
from images.tests.conftest import post_files
from tests.pictures import encoded, jpeg

pytestmark = pytest.mark.django_db
TEXT = {"kind": "text", "text": "© Ada", "position": "top", "opacity": "70", "size": "30"}
KEPT = {"kind": "text", "text": "© Ada", "position": "top", "opacity": 0.7, "size": 0.3}


@pytest.fixture
def hers(alice: User, client: Client) -> Client:
    client.force_login(alice)
    return client


def preferred(user: User) -> Any:
    user.refresh_from_db()
    return user.preferences["watermark"]


def add_picture(client: Client, content: bytes | None = None) -> Any:
    png = encoded(Picture.new("RGBA", (40, 20), (255, 0, 0, 255)), "PNG")
    file = SimpleUploadedFile("mark.png", png if content is None else content)
    return client.post("/account/watermark/pictures", {"picture": file})


# --- Choosing -----------------------------------------------------------------------------------------------------


def test_it_is_kept_and_shown_again(hers: Client, alice: User) -> None:
    answer = hers.post("/account/watermark", TEXT)
    assert (answer.status_code, answer["Location"]) == (302, "/account#watermark")
    assert preferred(alice) == KEPT
    html = hers.get("/account").content.decode()
    assert 'value="© Ada"' in html
    assert '<option value="top" selected>' in html
    assert "From 5 to 100." in html
    assert "From 2 to 100, of the shorter side of what it lies on." in html
    assert 'value="70"' in html
    assert "/account/watermark/preview?kind=text&amp;text=%C2%A9+Ada&amp;" in html
    hers.post("/account/watermark", {**TEXT, "kind": "none"})
    assert preferred(alice) is None
    assert "watermark/preview" not in hers.get("/account").content.decode()


def test_what_was_left_empty_is_as_it_is_usually(hers: Client, alice: User) -> None:
    hers.post("/account/watermark", {"kind": "text", "text": "x", "position": "", "opacity": "", "size": ""})
    assert preferred(alice) == {"kind": "text", "text": "x", "position": "bottom_right", "opacity": 0.5, "size": 0.4}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"text": ""}, "Write what is to be laid over the pictures."),
        ({"text": "写真"}, "can&#x27;t be written: 写 真"),
        ({"opacity": "4"}, "<li>From 5 to 100.</li>"),
        ({"opacity": "101"}, "<li>From 5 to 100.</li>"),
        ({"size": "1"}, "<li>From 2 to 100.</li>"),
        ({"size": "half"}, "<li>A whole number from 2 to 100.</li>"),
        ({"kind": "image"}, "Choose one of your watermark pictures."),
        ({"kind": "image", "picture": "0197a3c2-0000-7000-8000-000000000000"}, "not one of the available choices"),
        ({"kind": "film"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_kept(hers: Client, alice: User, changes: dict, told: str) -> None:
    for button in ({}, {"preview": "1"}):
        answer = hers.post("/account/watermark", {**TEXT, **changes, **button})
        assert answer.status_code == 400
        assert told in answer.content.decode()
    assert preferred(alice) is None


def test_nobody(client: Client) -> None:
    for answer in (client.post("/account/watermark", TEXT), client.get("/account/watermark/preview", TEXT)):
        assert answer["Location"].startswith("/accounts/login")


# --- Trying -------------------------------------------------------------------------------------------------------


def test_trying_keeps_nothing(hers: Client, alice: User) -> None:
    answer = hers.post("/account/watermark", {**TEXT, "preview": "1"})
    assert answer.status_code == 200
    assert "/account/watermark/preview?kind=text&amp;text=%C2%A9+Ada&amp;" in answer.content.decode()
    assert preferred(alice) is None


def test_it_is_said_what_is_shown_and_to_whom(hers: Client) -> None:
    html = hers.post("/account/watermark", {**TEXT, "preview": "1"}).content.decode()
    assert 'alt="Preview of the watermark"' in html  # there may be no photo that it lies on
    assert "What others see who may not download: on your newest photo, or on grey where there is none." in html


def shown(client: Client, **said: str) -> Picture.Image:
    answer = client.get("/account/watermark/preview", {**TEXT, **said})
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert "no-store" in answer["Cache-Control"]
    return Picture.open(io.BytesIO(answer.content)).convert("L")


def changed(first: Picture.Image, second: Picture.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(first, second).point(lambda level: 255 * (level > 16)).getbbox()


def test_without_photos_it_is_over_grey(hers: Client) -> None:
    top, bottom = shown(hers), shown(hers, position="bottom")
    assert top.size == (640, 480)
    assert top.getpixel((5, 2)) < 10
    assert top.getpixel((5, 477)) > 245
    box = changed(top, bottom)
    assert box is not None
    assert (box[1] < 60, box[3] > 420) == (True, True)


def test_it_is_over_the_newest_photo(hers: Client, api: Any, alice: User, media: Path) -> None:
    post_files(api(alice), ("old.jpg", jpeg(300, 100, seed=1)))
    post_files(api(alice), ("new.jpg", encoded(Picture.new("RGB", (320, 200), "blue"))))
    assert shown(hers).size == (320, 200)
    before = {path for path in media.rglob("*") if path.is_file()}
    assert shown(hers, opacity="40").size == (320, 200)
    assert {path for path in media.rglob("*") if path.is_file()} == before
    newest = Image.objects.latest("pk")
    store.remove(newest.file_path)
    store.remove(store.renditions_path(newest.uid))
    assert shown(hers).size == (640, 480)


@pytest.mark.parametrize("said", [{"kind": "none"}, {"text": ""}, {"size": "x"}])
def test_what_can_t_be_shown(hers: Client, said: dict) -> None:
    assert hers.get("/account/watermark/preview", {**TEXT, **said}).status_code == 404


def test_trying_is_throttled(hers: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATELIMIT_ENABLE = True
    monkeypatch.setattr("accounts.watermark_views.PREVIEWS", "1/h")
    assert hers.get("/account/watermark/preview", TEXT).status_code == 200
    answer = hers.get("/account/watermark/preview", TEXT)
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)


# --- Pictures -----------------------------------------------------------------------------------------------------


def test_a_picture_is_added_chosen_and_not_removed_while_needed(hers: Client, alice: User) -> None:
    assert add_picture(hers).status_code == 302
    picture = WatermarkPicture.objects.get()
    assert f'src="/api/watermarks/{picture.uid}"' in hers.get("/account").content.decode()
    said = {"kind": "image", "picture": str(picture.uid), "position": "center", "opacity": "100", "size": "50"}
    red = Picture.open(io.BytesIO(hers.get("/account/watermark/preview", said).content)).getpixel((320, 240))
    assert red[0] > 230
    assert max(red[1:]) < 30
    hers.post("/account/watermark", said)
    assert preferred(alice)["picture"] == str(picture.uid)
    refused = hers.post(f"/account/watermark/pictures/{picture.uid}/remove")
    assert refused.status_code == 400
    assert "choose another watermark in your account first" in refused.content.decode()
    hers.post("/account/watermark", {"kind": "none"})
    assert hers.post(f"/account/watermark/pictures/{picture.uid}/remove").status_code == 302
    assert not WatermarkPicture.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"hello", "not a picture"), (bytes(5 * 2**20), "at most 4 MB"), (bytes(8 * 2**20 + 1), "at most 4 MB")],
)
def test_a_picture_that_is_none_is_told(hers: Client, content: bytes, told: str) -> None:
    answer = add_picture(hers, content)
    assert answer.status_code == 400
    assert told in answer.content.decode()


def test_no_picture_and_too_many(hers: Client, alice: User) -> None:
    assert "Choose a file." in hers.post("/account/watermark/pictures").content.decode()
    for _ in range(watermark_pictures.MOST):
        WatermarkPicture.objects.create(user=alice, width=1, height=1)
    assert "remove one first" in add_picture(hers).content.decode()


def test_a_picture_of_somebody_else(hers: Client, bob: User) -> None:
    picture = WatermarkPicture.objects.create(user=bob, width=1, height=1)
    assert hers.post(f"/account/watermark/pictures/{picture.uid}/remove").status_code == 404
    assert hers.post("/account/watermark", {"kind": "image", "picture": picture.uid}).status_code == 400
    assert str(picture.uid) not in hers.get("/account").content.decode()


# --- On the form of an album --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({}, None),
        ({"watermark-kind": ""}, None),
        ({"watermark-kind": "none"}, {"kind": "none"}),
        ({f"watermark-{name}": value for name, value in TEXT.items()}, KEPT),
    ],
)
def test_an_album_is_told(hers: Client, said: dict, kept: Any) -> None:
    form = {"name": "A", "privacy_setting": "private", **said}
    assert hers.post("/albums/new", form).status_code == 302
    album = Album.objects.get()
    assert album.watermark == album.settled_watermark == kept
    assert hers.post(f"/albums/{album.uid}/edit", {**form, "name": "B"}).status_code == 302
    album.refresh_from_db()
    assert (album.name, album.watermark) == ("B", kept)
    other = {"watermark-kind": "text", "watermark-text": "x"}
    hers.post(f"/albums/{album.uid}/edit", {**form, **other})
    album.refresh_from_db()
    assert album.watermark["text"] == "x"


def test_what_is_wrong_with_an_album_s_is_told(hers: Client) -> None:
    answer = hers.post("/albums/new", {"name": "A", "privacy_setting": "private", "watermark-kind": "text"})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "Something is wrong with the watermark below." in html
    assert "Write what is to be laid over the pictures." in html
    assert not Album.objects.exists()
