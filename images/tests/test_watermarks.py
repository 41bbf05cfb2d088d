"""Watermarks: what one may be, where it is drawn, and that nothing else of the picture changes."""

import io
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageFont
from ttf_opensans import OPENSANS_SEMIBOLD

from images import watermarks
from images.engine import animate, render
from images.marking import MARGIN, Stamp
from images.renditions import LADDER, SQUARE, RenditionKey
from images.watermarks import POSITIONS, Unfit, Watermark, is_writable, mark_of

CORNERS = tuple(position for position in POSITIONS if position != "tiled")
GREY = 128


def text(**changes: object) -> Watermark:
    return Watermark(**{"kind": "text", "text": "© Ada", **changes})  # type: ignore[arg-type]


def changed(ground: Image.Image, marked: Image.Image) -> tuple[int, int, int, int] | None:
    """The box of all pixels that differ."""
    assert (ground.size, ground.mode) == (marked.size, marked.mode)
    return ImageChops.difference(ground.convert("RGBA"), marked.convert("RGBA")).getbbox(alpha_only=False)


def plain(width: int = 400, height: int = 300, mode: str = "RGB") -> Image.Image:
    return Image.new("L", (width, height), GREY).convert(mode)


def png(folder: Path, picture: Image.Image) -> Path:
    path = folder / "mark.png"
    picture.save(path)
    return path


# --- What one may be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "field", "code"),
    [
        ({}, "kind", "invalid_choice"),
        ({"kind": "film", "text": "x"}, "kind", "invalid_choice"),
        ({"kind": "text"}, "text", "required"),
        ({"kind": "text", "text": " \n "}, "text", "required"),
        ({"kind": "text", "text": "x" * 101}, "text", "max_length"),
        ({"kind": "text", "text": "写真"}, "text", "unwritable"),
        ({"kind": "text", "text": "a\u200bb"}, "text", "unwritable"),
        ({"kind": "text", "text": "smile 😀"}, "text", "unwritable"),
        ({"kind": "image"}, "picture", "required"),
        ({"kind": "image", "text": "x"}, "picture", "required"),
        ({"kind": "text", "text": "x", "position": "aside"}, "position", "invalid_choice"),
        ({"kind": "text", "text": "x", "opacity": 0}, "opacity", "out_of_range"),
        ({"kind": "text", "text": "x", "opacity": 1.01}, "opacity", "out_of_range"),
        ({"kind": "text", "text": "x", "size": 0.01}, "size", "out_of_range"),
        ({"kind": "text", "text": "x", "size": float("nan")}, "size", "out_of_range"),
    ],
)
def test_what_is_none(said: dict, field: str, code: str) -> None:
    with pytest.raises(Unfit) as refusal:
        Watermark.from_json(said)
    assert (refusal.value.field, refusal.value.code) == (field, code)


def test_what_can_t_be_written_is_told() -> None:
    with pytest.raises(Unfit, match="写 U\\+200B"):
        Watermark.from_json({"kind": "text", "text": "a写写\u200b"})


@pytest.mark.parametrize("said", [None, watermarks.NONE, {"kind": "none", "text": "x"}])
def test_none_at_all(said: dict | None) -> None:
    assert Watermark.from_json(said) is None
    assert mark_of(Watermark.from_json(said)) == ""


def test_it_is_the_same_after_a_journey_as_json() -> None:
    for watermark in (text(position="tiled", opacity=0.3, size=1.0), Watermark("image", picture="0-1")):
        assert Watermark.from_json(watermark.as_json()) == watermark


def test_a_text_is_one_line_in_one_spelling() -> None:
    watermark = Watermark.from_json({"kind": "text", "text": "  Mu\u0308ller\n &  Co "})
    assert watermark is not None
    assert watermark.text == "Müller & Co"


def test_every_change_that_shows_is_another_mark() -> None:
    variants = [
        text(),
        text(text="© Eve"),
        Watermark("image", picture="1"),
        Watermark("image", picture="2"),
        *(text(position=position) for position in POSITIONS if position != Watermark.position),
        text(opacity=0.51),
        text(size=0.41),
    ]
    marks = {watermark.mark for watermark in variants}
    assert len(marks) == len(variants)
    for mark in marks:
        assert RenditionKey.parse(RenditionKey(640, "jpeg", mark).file_name).mark == mark


def test_a_text_counts_for_nothing_beside_a_picture() -> None:
    told = {"kind": "image", "picture": "1"}
    assert Watermark.from_json(told) == Watermark.from_json({**told, "text": "x"})


def test_the_letters_can_write_what_is_taken() -> None:
    font = ImageFont.truetype(OPENSANS_SEMIBOLD.path, 40, layout_engine=ImageFont.Layout.BASIC)
    unknown = font.getmask("\uffff")
    taken = [chr(code) for code in range(0x10000) if is_writable(chr(code))]
    assert len(taken) > 700
    assert {*"©®™éßŁőŽΩЯ“”€"} <= {*taken}
    blank = []
    for char in taken:
        mask = font.getmask(char)
        assert (mask.size, bytes(mask)) != (unknown.size, bytes(unknown)), f"U+{ord(char):04X}"
        if mask.getbbox() is None:
            blank.append(char)
    assert blank == [" "]


# --- How it is drawn ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", CORNERS)
def test_it_stands_where_it_should_and_nothing_else_changes(position: str) -> None:
    ground = plain()
    box = changed(ground, Stamp(text(position=position, size=0.3)).on(ground))
    assert box is not None
    left, top, right, bottom = box
    margin = round(MARGIN * 300)
    width, height = 90, bottom - top
    assert right - left == pytest.approx(width, abs=2)
    expected_left = {"left": margin, "right": 400 - margin - width}.get(position.split("_")[-1], (400 - width) // 2)
    expected_top = {"top": margin, "bottom": 300 - margin - height}.get(position.split("_")[0], (300 - height) // 2)
    assert left == pytest.approx(expected_left, abs=2)
    assert top == pytest.approx(expected_top, abs=2)


def test_a_long_one_has_an_even_margin_where_there_is_no_room_for_the_usual() -> None:
    left, middle, right = (
        Stamp(text(position=position, size=0.98)).on(plain(300, 300)) for position in ("left", "center", "right")
    )
    assert changed(plain(300, 300), middle)
    assert left == middle == right


def test_tiles_cover_all_of_it() -> None:
    ground = plain(640, 480)
    marked = Stamp(text(position="tiled", size=0.15)).on(ground)
    for left, top in product(range(0, 640, 160), range(0, 480, 160)):
        part = (left, top, left + 160, top + 160)
        assert changed(ground.crop(part), marked.crop(part)), part


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_it_is_seen_on_every_ground(shade: int) -> None:
    ground = Image.new("L", (400, 300), shade)
    low, high = ImageChops.difference(ground, Stamp(text()).on(ground)).getextrema()
    assert (low, high > 40) == (0, True)


@pytest.mark.parametrize("opacity", [0.1, 0.5, 1.0])
def test_opacity(opacity: float) -> None:
    marked = Stamp(text(opacity=opacity, size=0.9)).on(Image.new("L", (400, 300), 0))
    assert marked.getextrema()[1] == pytest.approx(255 * opacity, abs=2)


@pytest.mark.parametrize("side", [160, 320, 640, 1280, 2048])
def test_it_is_as_large_on_every_size(side: int) -> None:
    ground = plain(side, side * 3 // 4)
    box = changed(ground, Stamp(text(size=0.5)).on(ground))
    assert box is not None
    assert (box[2] - box[0]) / ground.height == pytest.approx(0.5, abs=0.02)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 90),
    st.integers(1, 90),
    st.sampled_from(POSITIONS),
    st.sampled_from(("L", "LA", "RGB", "RGBA")),
    st.floats(watermarks.LEAST_SIZE, 1),
    st.text("aé© ЯΩ", min_size=1, max_size=20).map(lambda text: text.strip() or "x"),
)
@example(1, 1, "tiled", "L", 1.0, "x")
@example(2048, 1, "tiled", "RGB", 0.02, "©" * 100)
@example(1, 2048, "bottom_right", "RGBA", 1.0, "x")
@example(300, 300, "center", "LA", 1.0, ".")
def test_any_picture_can_be_marked(width: int, height: int, position: str, mode: str, size: float, words: str) -> None:
    ground = Image.new("L", (width, height), 0).convert(mode)
    marked = Stamp(text(text=words, position=position, size=size, opacity=1.0)).on(ground)
    assert changed(ground, marked)


def test_a_picture_is_laid_over_with_its_colours_and_what_shows_through(tmp_path: Path) -> None:
    mark = Image.new("RGBA", (100, 50), (255, 0, 0, 255))
    mark.paste((0, 0, 0, 0), (50, 0, 100, 50))
    stamp = Stamp(Watermark("image", picture="1", position="top_left", opacity=1.0, size=0.5), png(tmp_path, mark))
    margin = round(MARGIN * 200)
    for mode in ("L", "RGB", "RGBA"):
        marked = stamp.on(plain(300, 200, mode)).convert("RGB")
        assert marked.getpixel((margin + 20, margin + 25)) == (255, 0, 0)
        assert marked.getpixel((margin + 80, margin + 25)) == (GREY,) * 3


def test_a_small_picture_is_enlarged(tmp_path: Path) -> None:
    file = png(tmp_path, Image.new("L", (4, 2), 255))
    box = changed(plain(), Stamp(Watermark("image", picture="1", position="center", size=1.0), file).on(plain()))
    assert box == (50, 75, 350, 225)


def test_a_picture_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Stamp(Watermark("image", picture="1"), tmp_path / "none.png")
    with pytest.raises(FileNotFoundError):
        Stamp(Watermark("image", picture="1"))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_over_what_shows_through(mode: str) -> None:
    ground = Image.new(mode, (200, 100))
    marked = Stamp(text(position="center", size=1.0, opacity=0.6)).on(ground)
    alpha = marked.getchannel("A")
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getextrema()[1] == pytest.approx(153, abs=2)


# --- In the engine ------------------------------------------------------------------------------------------------


def rendered(picture: Image.Image, keys: list[RenditionKey], **options: object) -> dict[RenditionKey, Image.Image]:
    file = io.BytesIO()
    picture.save(file, "PNG")
    with Image.open(file) as source:
        made = render(source, keys, **options)
    return {key: Image.open(io.BytesIO(encoded.data)) for key, encoded in made.files.items()}


def test_every_size_has_it_and_the_clean_ones_have_not() -> None:
    watermark = text()
    marked = [RenditionKey(size, "png", watermark.mark) for size in (*LADDER, SQUARE)]
    clean = [RenditionKey(size, "png") for size in (*LADDER, SQUARE)]
    source = Image.effect_noise((2100, 900), 60).convert("RGB")
    made = rendered(source, [*clean, *marked], stamp=Stamp(watermark))
    alone = rendered(source, clean)
    for with_it, without in zip(marked, clean, strict=True):
        assert changed(alone[without], made[without]) is None
        box = changed(made[without], made[with_it])
        assert box is not None
        width, height = made[with_it].size
        assert box[0] > width / 2
        assert box[1] > height / 2


@pytest.mark.parametrize("stamp", [None, Stamp(text(text="other"))])
def test_what_is_named_for_a_watermark_never_goes_without(stamp: Stamp | None) -> None:
    with pytest.raises(ValueError, match="no watermark"):
        rendered(plain(), [RenditionKey(160, "png", text().mark)], stamp=stamp)


def test_every_frame_of_what_moves_has_it() -> None:
    shades = (20, 110, 200)
    first, *others = (Image.new("L", (400, 300), shade) for shade in shades)
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=others, duration=50)
    key = RenditionKey(320, "webp", text().mark)
    with Image.open(file) as source:
        made = animate(source, [key], stamp=Stamp(text()), most_frames=10, most_pixels=10**7, seconds=10)
    with Image.open(io.BytesIO(made[key].data)) as moving:
        for number, shade in enumerate(shades):
            moving.seek(number)
            box = changed(Image.new("RGB", moving.size, (shade,) * 3), moving.convert("RGB").point(_near(shade)))
            assert box is not None
            assert box[0] > 160
            assert box[1] > 120


def _near(shade: int) -> Callable[[int], int]:
    """Levels by which a lossy encoder misses are none."""
    return lambda level: shade if abs(level - shade) < 12 else level


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 3000)])
def test_extreme_shapes(size: tuple[int, int]) -> None:
    watermark = text(size=1.0, position="tiled")
    keys = [RenditionKey(step, "jpeg", watermark.mark) for step in (*LADDER, SQUARE)]
    made = rendered(Image.new("RGB", size), keys, stamp=Stamp(watermark))
    assert all(picture.convert("L").getextrema()[1] > 0 for picture in made.values())
