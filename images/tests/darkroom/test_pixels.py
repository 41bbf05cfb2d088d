"""The hash of a file's pixels: the same for files that show the same, another for any other pixel."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from images.darkroom.pool import DarkroomError, Pool, Refused
from images.tests.darkroom import hostile
from images.tests.darkroom.hostile import drawing, saved
from images.tests.profiles import DISPLAY_P3, rgb_profile
from tests.pictures import scene

Keep = Callable[[bytes], Path]
LOSSLESS = ["PNG", "BMP", "TIFF", "GIF"]


def hashed(darkroom: Pool, keep: Keep, data: bytes) -> str:
    found = darkroom.pixels(keep(data))
    assert len(found) == 64
    assert set(found) <= set("0123456789abcdef")
    return found


def test_metadata_and_format_do_not_matter(darkroom: Pool, keep: Keep) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Canon"
    picture = scene().quantize(200).convert("RGB")
    plain = saved(picture, "JPEG")
    with Image.open(keep(plain)) as decoded:
        as_png = saved(decoded.convert("RGB"), "PNG")
    told = saved(picture, "JPEG", exif=exif.tobytes(), comment=b"told")
    assert plain != told
    assert hashed(darkroom, keep, plain) == hashed(darkroom, keep, told) == hashed(darkroom, keep, as_png)
    assert len({hashed(darkroom, keep, saved(picture, form)) for form in LOSSLESS}) == 1


def test_greys_are_colours_and_an_idle_alpha_is_none(darkroom: Pool, keep: Keep) -> None:
    grey = scene().convert("L")
    shapes = [grey, grey.convert("RGB"), grey.convert("RGBA"), grey.convert("LA")]
    assert len({hashed(darkroom, keep, saved(shape, "PNG")) for shape in shapes}) == 1
    glass = grey.convert("RGBA")
    glass.putpixel((3, 3), (*glass.getpixel((3, 3))[:3], 254))
    assert hashed(darkroom, keep, saved(glass, "PNG")) != hashed(darkroom, keep, saved(grey, "PNG"))


def test_it_is_of_the_picture_upright(darkroom: Pool, keep: Keep) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = scene()
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    upright = hashed(darkroom, keep, saved(picture, "PNG"))
    assert hashed(darkroom, keep, saved(turned, "PNG", exif=exif.tobytes())) == upright
    assert hashed(darkroom, keep, saved(turned, "PNG")) != upright


def test_it_is_of_colours_as_they_are_seen(darkroom: Pool, keep: Keep) -> None:
    plain = hashed(darkroom, keep, saved(scene(), "PNG"))
    assert hashed(darkroom, keep, saved(scene(), "PNG", icc_profile=rgb_profile(DISPLAY_P3, 2.2))) != plain


@pytest.mark.parametrize("at", [(0, 0), (40, 30), (95, 71)])
def test_one_pixel_is_another_picture(darkroom: Pool, keep: Keep, at: tuple[int, int]) -> None:
    picture = scene()
    red, green, blue = picture.getpixel(at)
    other = picture.copy()
    other.putpixel(at, (red, green, blue ^ 1))
    assert hashed(darkroom, keep, saved(other, "PNG")) != hashed(darkroom, keep, saved(picture, "PNG"))


def test_the_same_pixels_in_other_rows_are_another_picture(darkroom: Pool, keep: Keep) -> None:
    wide, high = Image.new("RGB", (30, 20), "red"), Image.new("RGB", (20, 30), "red")
    assert hashed(darkroom, keep, saved(wide, "PNG")) != hashed(darkroom, keep, saved(high, "PNG"))


def test_trouble_is_told_as_ever(darkroom: Pool, keep: Keep, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        darkroom.pixels(keep(saved(drawing(), "JPEG")[:-900]))
    assert refusal.value.code == "truncated"
    with pytest.raises(DarkroomError):
        darkroom.pixels(tmp_path / "gone")
    with pytest.raises(Refused):
        darkroom.pixels(keep(hostile.jpeg_of_size(60_000, 60_000)))


def test_likeness_and_tones_come_with_the_renditions(darkroom: Pool, keep: Keep, tmp_path: Path) -> None:
    told = darkroom.develop(keep(saved(scene(), "PNG")), renditions=[], into=tmp_path, metadata=False)
    assert isinstance(told.likeness, int)
    assert len(told.tones) == 64
    flat = darkroom.develop(keep(saved(Image.new("RGB", (9, 9)), "PNG")), renditions=[], into=tmp_path, metadata=False)
    assert flat.likeness is None
