"""What the darkroom makes of a file that is to be converted: all of an animation within its limits, else one frame."""

import io
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from images.darkroom.pool import Pool
from images.renditions import Format
from images.tests.animations import COLOURS, animated, shows

Keep = Callable[[bytes], Path]


def converted(pool: Pool, source: Path, into: Path, form: Format = "webp") -> Image.Image:
    made = pool.convert(source, into=into, name="made", form=form, size=(200, 100), framing=None)
    assert [path.name for path in into.iterdir()] == ["made"]
    data = (into / "made").read_bytes()
    assert (made.width, made.height, made.bytes) == (200, 100, len(data))
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == (form.upper(), (200, 100))
    return picture


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_a_webp_moves(darkroom: Pool, keep: Keep, into: Path, form: str) -> None:
    assert getattr(converted(darkroom, keep(animated(form)), into), "n_frames", 1) == len(COLOURS)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize(
    "limit",
    [{"max_moving_frames": 3}, {"max_moving_pixels": 200 * 100 * 4 - 1}, {"moving_seconds": 0.0}],
    ids=lambda limit: str(limit),
)
def test_beyond_the_limits_it_is_what_the_first_frame_gives(
    darkroom: Pool, make_pool: Callable[..., Pool], keep: Keep, into: Path, form: str, limit: dict[str, float]
) -> None:
    picture = converted(make_pool(**limit), keep(animated(form)), into)
    assert getattr(picture, "n_frames", 1) == 1
    shown = picture.convert("RGBA")
    assert shows(shown, COLOURS[0])
    assert shows(shown, "white", (0.1, 0.1))


def test_of_several_pictures_that_are_no_animation_it_is_the_primary_one(
    darkroom: Pool, keep: Keep, into: Path
) -> None:
    pictures = pillow_heif.HeifFile()
    for colour in COLOURS:
        pictures.add_from_pillow(Image.new("RGB", (400, 200), colour))
    file = io.BytesIO()
    pictures.save(file, primary_index=2)
    picture = converted(darkroom, keep(file.getvalue()), into)
    assert getattr(picture, "n_frames", 1) == 1
    assert shows(picture.convert("RGBA"), COLOURS[2])
