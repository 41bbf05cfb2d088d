"""Downloads in another format, size or shape: the geometry, and who gets what over HTTP."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture
from PIL import ImageChops, ImageStat
from rest_framework.test import APIClient

from images import store, trash
from images.conversion import LONGEST_OF, Conversion, TooLong
from images.framing import OutOfPicture
from images.models import Image
from images.renditions import LADDER, Format
from images.tests.animations import COLOURS, TIMES, animated, damaged, shows
from tests.pictures import encoded, jpeg_with_place, picture

Upload = Callable[..., Image]
sides = st.integers(1, 500)


# --- The geometry -------------------------------------------------------------------------------------------------


@given(sides, sides, st.none() | sides, st.none() | sides)
def test_what_is_contained_keeps_its_shape_and_fits(
    width: int, height: int, wide: int | None, high: int | None
) -> None:
    framing, (made_wide, made_high) = Conversion("jpeg", wide, high).plan(width, height)
    assert framing.crop == (0, 0, width, height)
    assert 1 <= made_wide <= min(width, wide or width)
    assert 1 <= made_high <= min(height, high or height)
    scale = min(1, (wide or width) / width, (high or height) / height)
    assert abs(made_wide - width * scale) <= 0.5 or made_wide == 1
    assert abs(made_high - height * scale) <= 0.5 or made_high == 1


@given(sides, sides, sides, sides)
def test_what_covers_has_the_shape_of_the_box_and_is_never_enlarged(
    width: int, height: int, wide: int, high: int
) -> None:
    framing, (made_wide, made_high) = Conversion("jpeg", wide, high, fit="cover").plan(width, height)
    _, _, cut_wide, cut_high = framing.crop
    assert cut_wide == width or cut_high == height
    assert abs(cut_wide * high - cut_high * wide) <= max(wide, high)
    assert made_wide <= min(wide, width)
    assert made_high <= min(high, height)
    if wide <= cut_wide and high <= cut_high:
        assert (made_wide, made_high) == (wide, high)


def test_a_crop_comes_first() -> None:
    framing, size = Conversion("jpeg", 10, 10, fit="cover", crop=(20, 10, 60, 30)).plan(100, 50)
    assert framing.crop == (35, 10, 30, 30)
    assert size == (10, 10)
    with pytest.raises(OutOfPicture):
        Conversion("jpeg", crop=(50, 0, 60, 10)).plan(100, 50)


def test_each_has_a_name_of_its_own() -> None:
    every = {
        Conversion(form, wide, high, fit, crop, moving).file_name
        for form, moving in (("jpeg", False), ("webp", False), ("webp", True))
        for wide in (None, 1, 11)
        for high in (None, 1, 11)
        for fit in ("contain", "cover")
        for crop in (None, (1, 1, 1, 1), (1, 1, 1, 11), (11, 1, 1, 1))
    }
    assert len(every) == 3 * 3 * 3 * 2 * 4


# --- Over HTTP ----------------------------------------------------------------------------------------------------


def fetched(client: APIClient, image: Image, query: str, **how: Any) -> Any:
    return client.get(f"/api/images/{image.uid}/download?{query}", **how)


def opened(answer: Any) -> Picture.Image:
    assert answer.status_code == 200, answer.content
    return Picture.open(io.BytesIO(answer.getvalue()))


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["jpeg", "png", "webp", "avif"])
def test_another_format(as_alice: APIClient, upload: Upload, form: str) -> None:
    image = upload(jpeg_with_place(), name="DSC_7.JPG")
    answer = fetched(as_alice, image, f"format={form}")
    made = opened(answer)
    assert (made.format, made.size) == (form.upper(), (64, 48))
    assert answer["Content-Type"] == f"image/{form}"
    assert f'filename="DSC_7.{"jpg" if form == "jpeg" else form}"' in answer["Content-Disposition"]
    assert not made.getexif()
    assert "icc_profile" not in made.info


@pytest.mark.django_db
def test_png_has_the_pixels_of_the_original(as_alice: APIClient, upload: Upload) -> None:
    content = encoded(picture(), "PNG")
    made = opened(fetched(as_alice, upload(content), "format=png"))
    assert made.convert("RGB").tobytes() == Picture.open(io.BytesIO(content)).convert("RGB").tobytes()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("width=32", (32, 24)),
        ("height=12", (16, 12)),
        ("width=32&height=12", (16, 12)),
        ("width=20&height=20&fit=cover", (20, 20)),
        ("width=640", (64, 48)),
        ("crop=10,10,20,30", (20, 30)),
        ("crop=0,0,40,20&width=20", (20, 10)),
    ],
)
def test_another_size_for_the_owner(as_alice: APIClient, upload: Upload, query: str, size: tuple[int, int]) -> None:
    assert opened(fetched(as_alice, upload(), query)).size == size


@pytest.mark.django_db
def test_a_crop_shows_that_part(as_alice: APIClient, upload: Upload) -> None:
    content = encoded(picture(), "PNG")
    made = opened(fetched(as_alice, upload(content), "format=png&crop=10,20,30,8")).convert("RGB")
    assert made.tobytes() == Picture.open(io.BytesIO(content)).convert("RGB").crop((10, 20, 40, 28)).tobytes()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ("format=exe", "format"),
        ("width=0", "width"),
        ("height=20001", "height"),
        ("width=x", "width"),
        ("fit=fill", "fit"),
        ("fit=cover&width=10", "fit"),
        ("crop=1,2,3", "crop"),
        ("crop=-1,2,3,4", "crop"),
        ("crop=0,0,65,48", "crop"),
        ("crop=0,0,0,4", "crop"),
    ],
)
def test_what_can_not_be_asked(as_alice: APIClient, upload: Upload, query: str, attr: str) -> None:
    answer = fetched(as_alice, upload(), query)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]


@pytest.mark.django_db
@pytest.mark.parametrize("crop", ["0,0,65,48", "0,0,0,4", "64,0,1,1"])
def test_where_a_crop_has_to_lie_is_told(as_alice: APIClient, upload: Upload, crop: str) -> None:
    [error] = fetched(as_alice, upload(), f"crop={crop}").json()["errors"]
    assert "inside the picture, which is 64 x 48 pixels, with at least one pixel each way" in error["detail"]


@pytest.mark.parametrize("form", LONGEST_OF)
def test_a_format_has_a_longest_side(form: Format) -> None:
    longest = LONGEST_OF[form]
    assert Conversion(form).plan(longest, 2)[1] == (longest, 2)
    with pytest.raises(TooLong):
        Conversion(form).plan(2, longest + 1)
    assert Conversion("jpeg").plan(2, longest + 1)[1] == (2, longest + 1)


@pytest.mark.django_db
def test_a_panorama_that_is_too_long_for_webp_is_no_lost_original(as_alice: APIClient, upload: Upload) -> None:
    image = upload(encoded(Picture.new("RGB", (16_400, 2), "navy"), "PNG"))
    answer = fetched(as_alice, image, "format=webp")
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == ["format"]
    assert opened(fetched(as_alice, image, "format=webp&width=16383")).size == (16_383, 2)


@pytest.mark.django_db
def test_others_choose_from_the_ladder(as_carol: APIClient, upload: Upload) -> None:
    image = upload(privacy_setting="public", title="Tide")
    answer = fetched(as_carol, image, f"width={LADDER[0]}&format=webp")
    assert opened(answer).size == (64, 48)
    assert f"Tide-{image.uid.hex[-8:]}.webp" in answer["Content-Disposition"]
    for query, attr in (("width=100", "width"), ("height=100", "height"), ("crop=0,0,9,9", "crop")):
        refused = fetched(as_carol, image, query)
        assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, attr)


@pytest.mark.django_db
def test_a_conversion_asks_the_rule_as_the_download_does(
    as_carol: APIClient, as_nobody: APIClient, alice: Any, upload: Upload
) -> None:
    private, public = upload(), upload(privacy_setting="public")
    alice.choose({"allow_download": False})
    for client in (as_carol, as_nobody):
        assert fetched(client, private, "format=png").status_code == 404
        assert fetched(client, public, "format=png").status_code == 403


@pytest.mark.django_db
def test_it_is_made_once_and_goes_with_the_image(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    first = fetched(as_alice, image, "format=png")
    folder = store.on_disk(store.converted_path(image.uid, image.version))
    (made,) = folder.iterdir()
    stamp = made.stat().st_ino
    again = fetched(as_alice, image, "format=png", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert made.stat().st_ino == stamp
    as_alice.delete(f"/api/images/{image.uid}?permanent=true")
    trash.remove_files()
    assert not folder.exists()
    assert not folder.parent.exists()


# --- Of an animation ----------------------------------------------------------------------------------------------


def film(answer: Any) -> list[tuple[Picture.Image, int]]:
    """The frames of the answer, and the milliseconds of each."""
    found = []
    with opened(answer) as made:
        for number in range(getattr(made, "n_frames", 1)):
            made.seek(number)
            made.load()
            found.append((made.convert("RGB"), made.info.get("duration", 0)))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize(
    ("query", "size"),
    [("", (400, 200)), ("&width=200", (200, 100)), ("&width=50&height=60&fit=cover", (50, 60))],
    ids=["whole", "contain", "cover"],
)
def test_the_webp_of_an_animation_moves(
    as_alice: APIClient, upload: Upload, form: str, query: str, size: tuple[int, int]
) -> None:
    answer = fetched(as_alice, upload(animated(form, loop=3)), f"format=webp{query}")
    assert answer["Content-Type"] == "image/webp"
    found = film(answer)
    assert [duration for _, duration in found] == list(TIMES)
    for (frame, _), colour in zip(found, COLOURS, strict=True):
        assert frame.size == size
        assert shows(frame.convert("RGBA"), colour)
    assert opened(answer).info["loop"] == (4 if form == "GIF" else 3)


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["jpeg", "png", "avif"])
def test_the_other_formats_show_its_first_frame(as_alice: APIClient, upload: Upload, form: Format) -> None:
    answer = fetched(as_alice, upload(animated("GIF")), f"format={form}")
    [(frame, _)] = film(answer)
    assert shows(frame.convert("RGBA"), COLOURS[0])
    assert Conversion(form).file_name in answer["ETag"]


@pytest.mark.django_db
def test_an_animated_webp_of_another_size_moves_without_being_asked_for_its_format(
    as_alice: APIClient, upload: Upload
) -> None:
    assert len(film(fetched(as_alice, upload(animated("WEBP")), "width=100"))) == len(COLOURS)


@pytest.mark.django_db
def test_it_moves_for_others(as_carol: APIClient, upload: Upload) -> None:
    image = upload(animated("GIF"), privacy_setting="public")
    found = film(fetched(as_carol, image, f"format=webp&width={LADDER[0]}"))
    assert [frame.size for frame, _ in found] == [(160, 80)] * len(COLOURS)


@pytest.mark.django_db
def test_no_frame_shows_what_its_owner_cut_away(as_alice: APIClient, as_carol: APIClient, upload: Upload) -> None:
    """White top left, and in each frame another colour, which is what is left."""
    image = upload(animated("GIF"), privacy_setting="public")
    cut = {"operation": "crop", "x": 101, "y": 51, "width": 240, "height": 120}
    assert as_alice.post(f"/api/images/{image.uid}/edits", cut).status_code == 200
    ladder = f"format=webp&width={LADDER[0]}"
    for client, query, size in (
        (as_alice, "format=webp", (240, 120)),
        (as_carol, ladder, (160, 80)),
        (as_alice, "format=webp&crop=1,1,30,20", (30, 20)),
    ):
        found = film(fetched(client, image, query))
        for (frame, _), colour in zip(found, COLOURS, strict=True):
            off = ImageChops.difference(frame, Picture.new("RGB", size, colour)).getextrema()
            assert max(most for _, most in off) <= 4  # type: ignore[misc]


@pytest.mark.django_db
def test_a_still_that_was_made_when_none_moved_is_not_served(as_alice: APIClient, upload: Upload) -> None:
    image = upload(animated("GIF"))
    still = Conversion("webp").file_name
    folder = store.on_disk(store.converted_path(image.uid, image.version))
    folder.mkdir(parents=True)
    (folder / still).write_bytes(encoded(picture(), "WEBP"))
    known = f'"{image.uid.hex}-{image.version}-{still}"'
    answer = fetched(as_alice, image, "format=webp", headers={"If-None-Match": known})
    assert len(film(answer)) == len(COLOURS)
    again = fetched(as_alice, image, "format=webp", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.django_db
def test_what_does_not_move_keeps_its_name(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    assert Conversion("webp").file_name in fetched(as_alice, image, "format=webp")["ETag"]


@pytest.mark.django_db
def test_with_a_frame_that_is_damaged_it_is_the_first(as_alice: APIClient, upload: Upload) -> None:
    content = damaged()
    image = upload(content, name="damaged.png")
    assert image.frames == 3
    [(frame, _)] = film(fetched(as_alice, image, "format=webp"))
    first = Picture.open(io.BytesIO(content)).convert("RGB")
    assert ImageStat.Stat(ImageChops.difference(frame, first)).mean[1] < 20  # of other noise it is above 50
