"""What is found out in the background: which images show the same pixels, and the likeness of older ones."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pictures
from rest_framework.test import APIClient

from accounts.models import User
from images import comparing, developing, store
from images.darkroom.pool import DarkroomError
from images.likeness import distance
from images.models import Image, NearPair
from images.tests.alike import grades, groups, hashed, look, sets
from tests.pictures import encoded, scene

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]


def test_same_pixels_are_proved_in_the_background(as_alice: APIClient, upload: Upload, alice: User) -> None:
    picture = scene(320, 240)
    first = upload(encoded(picture, "PNG"))
    same = upload(encoded(picture, "BMP"))
    with Pictures.open(BytesIO(encoded(picture, "PNG"))) as copy:
        copy.putpixel((0, 0), (1, 2, 3))
        other = upload(encoded(copy, "PNG"))
    small = upload(encoded(picture.resize((160, 120)), "PNG"))
    assert set(grades(as_alice).values()) == {"reencoded"}
    assert NearPair.objects.filter(pixels_due=True).count() == 3
    call_command("housekeep")
    assert not NearPair.objects.filter(pixels_due=True).exists()
    [group] = groups(as_alice)
    told = {image["id"]: image["grade"] for image in group["images"]}
    assert told[str(other.uid)] == told[str(small.uid)] == "reencoded"
    assert told[str(first.uid)] == told[str(same.uid)] == "same_pixels"
    small.refresh_from_db()
    assert small.pixel_hash == ""  # nobody decodes what can't be the same


def test_so_many_images_in_one_round(upload: Upload) -> None:
    for form in ("PNG", "BMP", "TIFF"):
        upload(encoded(scene(), form))
    assert [comparing.prove_some(2), comparing.prove_some(2), comparing.prove_some(2)] == [1, 2, 0]


def test_a_round_ends_in_time(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [upload(encoded(scene(), form)) for form in ("PNG", "BMP", "TIFF")]
    monkeypatch.setattr(comparing, "LONGEST_ROUND", -1.0)
    assert [comparing.prove_some() for _ in range(4)] == [0, 1, 2, 0]
    forget(*images)
    assert [comparing.likeness_of_some() for _ in range(4)] == [1, 1, 1, 0]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Image]:
    """The images whose pixels were hashed, in this order; all of one owner show the same."""
    seen: list[Image] = []

    def hash_pixels(image: Image) -> str:
        seen.append(image)
        return f"{image.user_id:064x}"

    monkeypatch.setattr(comparing, "hash_pixels", hash_pixels)
    return seen


def test_an_image_is_decoded_once_however_many_it_is_near_to(alice: User, decoded: list[Image]) -> None:
    burst = [look(alice, hashed()) for _ in range(12)]
    assert comparing.prove_some(12) == 12 * 11 / 2
    assert decoded == burst
    late = look(alice, hashed())
    assert comparing.prove_some(12) == 12
    assert decoded == [*burst, late]


def test_nobody_waits_for_another_ones_thousands(alice: User, bob: User, decoded: list[Image]) -> None:
    for _ in range(12):
        look(alice, hashed())
    pair = [look(bob, hashed()) for _ in range(2)]
    assert comparing.prove_some(4) == 2
    assert {image.pk for image in pair} < {image.pk for image in decoded}
    assert not NearPair.objects.filter(user=bob, pixels_due=True).exists()
    while comparing.prove_some(4):
        pass
    assert len(decoded) == 14
    assert not NearPair.objects.filter(pixels_due=True).exists()


def test_the_nearest_first(alice: User, decoded: list[Image]) -> None:
    for n, apart in enumerate((3, 0, 2)):
        start = 20 * n
        for likeness in (hashed(*range(start, start + 20)), hashed(*range(start + apart, start + 20))):
            look(alice, likeness)
    found = []
    while comparing.prove_some(2):
        found.append(distance(decoded[-1].likeness or 0, decoded[-2].likeness or 0))
    assert found == [0, 2, 3]


def test_nothing_is_written_where_nothing_is_due(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for bits in (0, 1, 6):
        look(alice, hashed(*range(bits)))
    NearPair.objects.update(pixels_due=False)

    def write() -> Any:
        raise AssertionError("this takes a turn of the writers")

    monkeypatch.setattr(comparing, "writing", write)
    with CaptureQueriesContext(connection) as queries:
        assert comparing.prove_some() == 0
    [query] = queries
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = [row[3] for row in cursor.fetchall()]
        assert any("near_pair_due" in step for step in plan), plan


def test_an_animation_proves_nothing(upload: Upload) -> None:
    frames = [scene(seed=seed).quantize(64) for seed in range(2)]
    upload(encoded(frames[0].convert("RGB"), "PNG"))
    upload(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert NearPair.objects.count() == 1
    assert comparing.prove_some() == 0


@pytest.mark.parametrize("gone", [(0,), (2,), (1, 2)])
def test_a_file_that_is_gone_is_the_same_as_no_other(
    as_alice: APIClient, upload: Upload, gone: tuple[int, ...]
) -> None:
    images = [upload(encoded(scene(), form)) for form in ("PNG", "BMP", "TIFF")]
    for n in gone:
        store.remove(images[n].file_path)
    assert comparing.prove_some() == 3
    assert comparing.prove_some() == 0
    for n, image in enumerate(images):
        image.refresh_from_db()
        assert bool(image.pixel_hash) is (n not in gone)
    assert list(grades(as_alice).values()).count("reencoded") >= len(gone)


def test_trouble_of_ours_is_tried_again(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_trouble(image: Image) -> Any:
        raise DarkroomError("no child could be had")

    images = [upload(encoded(scene(), form)) for form in ("PNG", "BMP")]
    monkeypatch.setattr(comparing, "hash_pixels", in_trouble)
    assert comparing.prove_some() == 0
    monkeypatch.undo()
    assert comparing.prove_some() == 1
    forget(*images)
    monkeypatch.setattr(comparing, "develop_likeness", in_trouble)
    assert comparing.likeness_of_some() == 0
    monkeypatch.undo()
    assert comparing.likeness_of_some() == 2


# --- Images from before ----------------------------------------------------------------------------------------------


def forget(*images: Image) -> None:
    NearPair.objects.all().delete()
    for image in images:
        image.refresh_from_db()
        image.take_likeness(None)
        image.tones = ""
        image.save()


def test_housekeeping_finds_the_likeness_of_older_images(as_alice: APIClient, upload: Upload) -> None:
    picture = scene(400, 300)
    images = [upload(encoded(picture, "JPEG", quality=quality)) for quality in (60, 95)]
    flat = upload(encoded(Pictures.new("RGB", (60, 60))))
    known = [(image.likeness, image.likeness_3) for image in images]
    forget(*images, flat)
    assert [comparing.likeness_of_some(2), comparing.likeness_of_some(2), comparing.likeness_of_some(2)] == [2, 1, 0]
    for image, (likeness, band) in zip(images, known, strict=True):
        image.refresh_from_db()
        assert (image.likeness ^ likeness).bit_count() <= 2
        assert ((image.likeness_3 or 0) ^ band).bit_count() <= 2
        assert len(image.tones) == 64
    assert len(sets(as_alice)) == 1


def test_it_is_the_originals_whatever_was_cut(upload: Upload) -> None:
    image = upload(encoded(scene(400, 300), "JPEG"))
    known = image.likeness
    forget(image)
    Image.objects.update(edits={"of": [400, 300], "steps": [{"operation": "rotate", "angle": 90}]})
    small = store.on_disk(store.rendition_path(image.uid, image.version, developing.SMALLEST))
    small.write_bytes(encoded(scene(seed=1), "JPEG"))  # shows what was made of it
    comparing.likeness_of_some()
    image.refresh_from_db()
    assert (image.likeness ^ known).bit_count() <= 2


def test_who_has_no_file_is_asked_once(upload: Upload) -> None:
    image = upload(encoded(scene(), "JPEG"))
    forget(image)
    store.remove(image.file_path)
    store.remove(store.renditions_path(image.uid))
    assert comparing.likeness_of_some() == 0
    image.refresh_from_db()
    assert (image.likeness, image.tones) == (None, comparing.UNKNOWABLE)
    assert not Image.objects.filter(tones="").exists()
