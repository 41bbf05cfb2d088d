"""Watermarks drawn: light letters with a dark edge, which are seen on every ground, or the owner's picture."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont
from ttf_opensans import OPENSANS_SEMIBOLD

from images.watermarks import Watermark

DARK: Final = 32  # grey of the edge around the letters
EDGE: Final = 0.06  # its width, as a share of the size of the letters
MARGIN: Final = 0.03  # between the mark and the border, as a share of the picture's shorter side
GAP: Final = 0.5  # between tiles, as a share of a tile's longer side

_MEASURE: Final = 100.0  # pixels: the size of letters at which texts are measured
_LEAST_LETTERS: Final = 8.0  # smaller ones are drawn at this size, and then scaled down

Point = tuple[int, int]


class Stamp:
    """A watermark ready to be laid on pictures of any size. `file` is the PNG of one of kind `image`."""

    def __init__(self, watermark: Watermark, file: Path | None = None) -> None:
        """Raises OSError when the file is missing or no PNG."""
        self.watermark = watermark
        self._picture: Image.Image | None = None
        if watermark.kind == "image":
            if file is None:
                raise FileNotFoundError("a watermark of kind image has a file")
            with Image.open(file, formats=["PNG"]) as picture:
                self._picture = picture.convert("RGBA")

    def on(self, ground: Image.Image) -> Image.Image:
        """The picture (L, LA, RGB or RGBA) with the mark on it; only an L or LA that gets colours changes its mode."""
        length = max(1, round(self.watermark.size * min(ground.size)))
        mark = _scaled(self._picture, length) if self._picture else _written(self.watermark.text, length)
        if mark.mode == "RGBA" and ground.mode in ("L", "LA"):
            ground = ground.convert("RGB" if ground.mode == "L" else "RGBA")
        layer, at = _layer(mark, ground.size, self.watermark.position)
        layer.putalpha(layer.getchannel("A").point(lambda alpha: alpha * self.watermark.opacity))
        if ground.mode in ("LA", "RGBA"):
            marked = ground.convert("RGBA")
            marked.alpha_composite(layer.convert("RGBA"), at)
            return marked.convert(ground.mode)
        marked = ground.copy()
        marked.paste(layer.convert(ground.mode), at, mask=layer.getchannel("A"))
        return marked


def _written(text: str, length: int) -> Image.Image:
    """A line of text as LA, `length` pixels long (or high, where it is higher), drawn twice as large and halved."""
    left, top, right, bottom = _font(_MEASURE).getbbox(text, stroke_width=EDGE * _MEASURE)
    font = _font(max(_LEAST_LETTERS, 2 * length * _MEASURE / max(right - left, bottom - top)))
    edge = EDGE * font.size
    left, top, right, bottom = (round(side) for side in font.getbbox(text, stroke_width=edge))
    size, origin = (right - left, bottom - top), (-left, -top)
    outline, letters = Image.new("L", size), Image.new("L", size)
    ImageDraw.Draw(outline).text(origin, text, fill=255, font=font, stroke_width=edge)
    ImageDraw.Draw(letters).text(origin, text, fill=255, font=font)
    shades = Image.new("L", size, DARK)
    shades.paste(255, mask=letters)
    return _scaled(Image.merge("LA", (shades, outline)), length)


def _font(size: float) -> ImageFont.FreeTypeFont:
    """Laid out by Pillow itself, so that it is the same on every machine."""
    return ImageFont.truetype(OPENSANS_SEMIBOLD.path, size, layout_engine=ImageFont.Layout.BASIC)


def _scaled(picture: Image.Image, length: int) -> Image.Image:
    scale = length / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _layer(mark: Image.Image, ground: Point, position: str) -> tuple[Image.Image, Point]:
    """What is to be laid on a picture of this size, and where its upper left corner comes."""
    if position != "tiled":
        return mark.copy(), _place(mark.size, ground, position)
    layer = Image.new(mark.mode, ground)
    for at in _tiles(mark.size, ground):
        layer.paste(mark, at)
    return layer, (0, 0)


def _place(mark: Point, ground: Point, position: str) -> Point:
    margin = round(MARGIN * min(ground))
    across = "left" if "left" in position else "right" if "right" in position else ""
    down = "top" if "top" in position else "bottom" if "bottom" in position else ""
    return (
        _along(ground[0] - mark[0], margin, first=across == "left", last=across == "right"),
        _along(ground[1] - mark[1], margin, first=down == "top", last=down == "bottom"),
    )


def _along(room: int, margin: int, *, first: bool, last: bool) -> int:
    """Where a mark begins that leaves `room` pixels: near the border, or in the middle."""
    middle = room // 2
    near = min(margin, middle)
    return near if first else room - near if last else middle


def _tiles(mark: Point, ground: Point) -> Iterator[Point]:
    """Rows of marks over the whole and beyond its border, each second one moved by half a step; one mark stands in the
    middle, so that the smallest picture has one."""
    gap = max(1, round(GAP * max(mark)))
    step = (mark[0] + gap, mark[1] + gap)
    middle = ((ground[0] - mark[0]) // 2, (ground[1] - mark[1]) // 2)
    for top in range(middle[1] % step[1] - step[1], ground[1], step[1]):
        is_moved = (top - middle[1]) // step[1] % 2
        first = (middle[0] + is_moved * step[0] // 2) % step[0] - step[0]
        for left in range(first, ground[0], step[0]):
            yield left, top
