"""What was blocked stays out when it comes again as a near copy, and nothing else does."""

from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image as Pictures
from PIL import ImageEnhance
from rest_framework.test import APIClient

from accounts.models import User
from images import blocking, intake, moderation, trash
from images.models import BlockedHash, Image
from images.tests.conftest import post_files
from tests.pictures import encoded, scene

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]
PICTURE = scene(320, 240)
COPIES = {
    "saved again": encoded(PICTURE, "JPEG", quality=45),
    "half": encoded(PICTURE.resize((160, 120)), "WEBP"),
    "brighter": encoded(ImageEnhance.Brightness(PICTURE).enhance(1.1)),
    "grey": encoded(PICTURE.convert("L")),
    "cut": encoded(PICTURE.crop((2, 2, 318, 238))),
}


def code_of(client: APIClient, content: bytes) -> str | None:
    [result] = post_files(client, ("a.jpg", content)).json()["results"]
    assert bool(result["id"]) is (result["status"] != "rejected")
    return result["errors"][0]["code"] if result["status"] == "rejected" else None


@pytest.fixture
def blocked(upload: Upload, mia: User) -> Image:
    image = upload(encoded(PICTURE, "JPEG", quality=95), privacy_setting="public")
    moderation.delete_and_block([image], by=mia, reason="Stolen.")
    return image


@pytest.mark.parametrize("how", COPIES)
def test_near_copies_are_refused(blocked: Image, as_bob: APIClient, media: Any, how: str) -> None:
    before = set(media.rglob("*.*"))
    answer = post_files(as_bob, ("a.jpg", COPIES[how]))
    assert answer.status_code == 400
    [result] = answer.json()["results"]
    assert result["errors"][0]["code"] == "blocked"
    assert "nearly" in result["errors"][0]["detail"]
    assert not Image.objects.exists()
    assert set(media.rglob("*.*")) == before


def test_other_pictures_are_taken(blocked: Image, as_bob: APIClient) -> None:
    for seed in range(1, 9):
        assert code_of(as_bob, encoded(scene(320, 240, seed=seed), "JPEG")) is None
    assert code_of(as_bob, encoded(PICTURE.transpose(Pictures.Transpose.ROTATE_90))) is None


def test_no_edit_makes_a_blocked_picture_of_another(blocked: Image, as_bob: APIClient, media: Any) -> None:
    framed = Pictures.new("RGB", (640, 480), "white")
    framed.paste(PICTURE, (160, 120))
    turned = PICTURE.transpose(Pictures.Transpose.ROTATE_90)
    crop = {"operation": "crop", "x": 160, "y": 120, "width": 320, "height": 240}
    for picture, edit in ((framed, crop), (turned, {"operation": "rotate", "angle": 90})):
        [result] = post_files(as_bob, ("a.png", encoded(picture))).json()["results"]
        before = set(media.rglob("*.*"))
        answer = as_bob.post(f"/api/images/{result['id']}/edits", edit, format="json")
        assert answer.status_code == 409
        assert "moderators" in answer.json()["errors"][0]["detail"]
        assert as_bob.get(f"/api/images/{result['id']}").json()["edits"] == []
        assert set(media.rglob("*.*")) == before
        undone = as_bob.post(f"/api/images/{result['id']}/edits", {"operation": "rotate", "angle": 180}, format="json")
        assert undone.status_code == 200


def test_what_shows_nothing_is_near_to_nothing(upload: Upload, as_bob: APIClient, mia: User) -> None:
    black = upload(encoded(Pictures.new("RGB", (80, 60), "black")), privacy_setting="public")
    moderation.delete_and_block([black], by=mia, reason="Too dark.")
    assert BlockedHash.objects.get().likeness is None
    assert code_of(as_bob, encoded(Pictures.new("RGB", (80, 60), "white"))) is None
    assert code_of(as_bob, encoded(Pictures.new("RGB", (81, 60), "black"))) is None
    assert code_of(as_bob, encoded(scene())) is None


def test_how_near_is_near(mia: User) -> None:
    blocking.block({"a" * 64: "Stolen.", "b" * 64: "Unknown."}, by=mia, likenesses={"a" * 64: 0})
    assert [blocking.is_near_blocked((1 << bits) - 1) for bits in (0, 4, 5, 32)] == [True, True, False, False]
    assert not blocking.is_near_blocked(None)


def test_unblocked_they_come_again(blocked: Image, as_bob: APIClient, mia: User) -> None:
    blocking.unblock(list(BlockedHash.objects.all()), by=mia, reason="It was his own.")
    assert code_of(as_bob, COPIES["half"]) is None


def test_what_was_hidden_and_purged_is_blocked_with_its_likeness(upload: Upload, as_bob: APIClient, mia: User) -> None:
    image = upload(encoded(PICTURE, "JPEG", quality=95), privacy_setting="public")
    moderation.hide([image], by=mia, reason="Stolen.")
    trash.purge([image.pk])
    assert BlockedHash.objects.get().likeness == image.likeness
    assert code_of(as_bob, COPIES["half"]) == "blocked"


def test_a_block_in_the_midst_of_an_upload_holds(
    as_bob: APIClient, mia: User, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload(encoded(PICTURE, "JPEG", quality=95), privacy_setting="public")

    def develop_slowly(*args: Any) -> Any:
        picture = developed(*args)
        moderation.delete_and_block([image], by=mia, reason="Stolen.")
        return picture

    developed = intake.develop_upload
    monkeypatch.setattr(intake, "develop_upload", develop_slowly)
    assert code_of(as_bob, COPIES["half"]) == "blocked"
    assert not Image.objects.exists()
