"""Cutting and turning, as geometry: against the same done with real pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from images.framing import FLIPS, ROTATIONS, Framing, OutOfPicture

TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def numbered(width: int, height: int) -> Image.Image:
    """A picture with another value at each place."""
    return Image.frombytes("L", (width, height), bytes(range(width * height)))


def shown(picture: Image.Image, framing: Framing) -> Image.Image:
    left, top, width, height = framing.crop
    part = picture.crop((left, top, left + width, top + height))
    return part.transpose(TRANSPOSE[framing.turn]) if framing.turn > 1 else part


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and one.tobytes() == other.tobytes()


@st.composite
def steps(draw: st.DrawFn, width: int, height: int) -> list[dict]:
    """Steps that fit a picture of this size, whatever they make of it."""
    made: list[dict] = []
    framing = Framing.whole(width, height)
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(["rotate", "flip", "crop"]))
        step: dict = {"operation": kind}
        if kind == "rotate":
            step["angle"] = draw(st.sampled_from(list(ROTATIONS)))
        elif kind == "flip":
            step["axis"] = draw(st.sampled_from(list(FLIPS)))
        else:
            wide, high = framing.size
            step["x"], step["y"] = draw(st.integers(0, wide - 1)), draw(st.integers(0, high - 1))
            step["width"] = draw(st.integers(1, wide - step["x"]))
            step["height"] = draw(st.integers(1, high - step["y"]))
        framing = framing.stepped(step)
        made.append(step)
    return made


def done(picture: Image.Image, step: dict) -> Image.Image:
    """The step with Pillow's own words."""
    if step["operation"] == "rotate":
        return picture.rotate(-step["angle"], expand=True)
    if step["operation"] == "flip":
        axis = "FLIP_LEFT_RIGHT" if step["axis"] == "horizontal" else "FLIP_TOP_BOTTOM"
        return picture.transpose(Image.Transpose[axis])
    x, y = step["x"], step["y"]
    return picture.crop((x, y, x + step["width"], y + step["height"]))


@given(st.data(), st.integers(1, 16), st.integers(1, 15))
def test_all_steps_at_once_are_the_steps_one_by_one(data: st.DataObject, width: int, height: int) -> None:
    picture = stepped = numbered(width, height)
    framing = Framing.whole(width, height)
    for step in data.draw(steps(width, height)):
        stepped = done(stepped, step)
        framing = framing.stepped(step)
        assert framing.size == stepped.size
    assert same(shown(picture, framing), stepped)
    assert Framing.from_json(framing.as_json()) == framing


@pytest.mark.parametrize("turn", range(1, 9))
@given(st.data())
def test_a_framing_of_what_another_displays(turn: int, data: st.DataObject) -> None:
    raw = numbered(7, 5)
    outer = Framing.whole(7, 5).turned(turn)
    upright = shown(raw, outer)
    inner = Framing.whole(*upright.size).after(data.draw(steps(*upright.size)))
    assert same(shown(raw, inner.within(outer)), shown(upright, inner))


@pytest.mark.parametrize(
    ("box", "wrong"),
    [
        ((-1, 0, 1, 1), "x"),
        ((7, 0, 1, 1), "x"),
        ((0, -1, 1, 1), "y"),
        ((0, 5, 1, 1), "y"),
        ((0, 0, 8, 1), "width"),
        ((3, 0, 5, 1), "width"),
        ((0, 0, 0, 1), "width"),
        ((6, 4, 1, 2), "height"),
        ((0, 0, 1, 0), "height"),
    ],
)
def test_a_crop_stays_inside(box: tuple[int, int, int, int], wrong: str) -> None:
    with pytest.raises(OutOfPicture, match="inside the picture, which is 7 x 5 pixels, with at least one") as trouble:
        Framing.whole(7, 5).cropped(*box)
    assert trouble.value.value == wrong
    assert Framing.whole(7, 5).cropped(6, 4, 1, 1).size == (1, 1)


def test_what_is_no_step() -> None:
    with pytest.raises(ValueError, match="blur"):
        Framing.whole(7, 5).stepped({"operation": "blur"})
