"""Parts of pictures at smaller sizes: the right part, and nothing of what is around it."""

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from images.engine import convert, render
from images.framing import Box, Framing
from images.renditions import LADDER, SQUARE, RenditionKey
from images.tests.test_engine import photo, psnr, saved

WIDTH, HEIGHT = 1501, 903
KEYS = [RenditionKey(size, "png") for size in (*LADDER, SQUARE)]
AROUND = saved(Image.new("L", (WIDTH, HEIGHT), 0), "BMP")


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.integers(0, WIDTH - 1)), draw(st.integers(0, HEIGHT - 1))
    return (left, top, draw(st.integers(1, WIDTH - left)), draw(st.integers(1, HEIGHT - top)))


@settings(max_examples=60, deadline=None)
@given(boxes(), st.sampled_from(["BMP", "PNG"]))
@example((0, 0, 701, 903), "BMP")
@example((1, 1, 1499, 901), "BMP")
@example((3, 400, 1480, 1), "BMP")
@example((700, 3, 5, 890), "BMP")
@example((0, 0, WIDTH, HEIGHT), "BMP")
def test_what_is_around_a_part_is_not_seen_in_it(box: Box, form: str) -> None:
    picture = Image.open(io.BytesIO(AROUND))
    picture.load()
    left, top, width, height = box
    picture.paste(255, (left, top, left + width, top + height))
    data = saved(picture, form, **{"compress_level": 1} if form == "PNG" else {})
    for key in KEYS:  # each from as small a scale as will do
        with Image.open(io.BytesIO(data)) as source:
            [encoded] = render(source, [key], framing=Framing(box)).files.values()
        assert Image.open(io.BytesIO(encoded.data)).getextrema() == (255, 255), key


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
@pytest.mark.parametrize("box", [(0, 0, 1201, 901), (101, 53, 1387, 803), (203, 1, 1297, 901), (1, 1, 1400, 800)])
@pytest.mark.parametrize("turn", [1, 6])
def test_a_part_is_the_very_part(box: Box, form: str, turn: int) -> None:
    data = saved(photo(WIDTH, HEIGHT), form, **{"quality": 95} if form == "JPEG" else {"compress_level": 1})
    left, top, width, height = box
    whole = Image.open(io.BytesIO(data))
    part = whole.crop((left, top, left + width, top + height))
    if turn == 6:
        part = part.transpose(Image.Transpose.ROTATE_270)
    framing = Framing(box, turn)
    made = {}
    for key in KEYS[:3]:
        with Image.open(io.BytesIO(data)) as picture:
            [made[key.size]] = render(picture, [key], framing=framing).files.values()
    with Image.open(io.BytesIO(data)) as picture:
        made["converted"] = convert(picture, "png", (part.width // 3, part.height // 3), framing=framing)
    for size, encoded in made.items():
        reference = part.resize((encoded.width, encoded.height), Image.Resampling.LANCZOS)
        assert psnr(Image.open(io.BytesIO(encoded.data)), reference) >= 40, size


def test_a_part_at_its_own_size_has_its_own_pixels() -> None:
    whole = photo(WIDTH, HEIGHT)
    with Image.open(io.BytesIO(saved(whole, "BMP"))) as picture:
        made = convert(picture, "png", (333, 444), framing=Framing((101, 203, 333, 444)))
    part = whole.crop((101, 203, 434, 647))
    assert ImageChops.difference(Image.open(io.BytesIO(made.data)), part).getbbox() is None
