"""Pixels: how an opened picture becomes its renditions. The one place that knows Pillow's pixel work.

One decode serves all sizes. The decoder (or a box filter) brings the picture near the largest size wanted, Lanczos brings
it there, and each smaller size is made from the one above. Colours are turned to sRGB and the picture upright once, on
the largest size. What comes out are pixels and nothing else: no EXIF, XMP, profile or comment.
"""

import base64
import io
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from PIL import ExifTags, Image, ImageChops, ImageCms, ImageOps

from images.renditions import LADDER, SQUARE, Format, RenditionKey, rendition_size

LANCZOS: Final = Image.Resampling.LANCZOS
PROGRESSIVE_FROM: Final = 1280  # long edge; below, a progressive JPEG costs its time and gains nothing
PLACEHOLDER_BYTES: Final = 200  # of the whole data URI

# How much larger than the largest size the decoder's or the box filter's picture has to be: enough for Lanczos to work
# with. At the top of the ladder a picture up to 6 % below is kept as it is: half of a 4032 pixel photo, made by the
# decoder for nothing, *is* its 2048.
_ROOM: Final = 1.5
_ROOM_AT_TOP: Final = 0.94

_JPEG_DIVISORS: Final = (8, 4, 2)
_TURNED_BY_THE_DECODER: Final = {"TIFF", "HEIF"}
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Encoded:
    """A rendition as the bytes of its file."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class Rendering:
    """All that is made of one picture. `width` and `height` are those of the original, upright."""

    width: int
    height: int
    files: dict[RenditionKey, Encoded]
    placeholder: str  # data URI of a WebP of at most 16 pixels, at most 200 bytes long
    dominant_color: str  # "#rrggbb"


def render(picture: Image.Image, keys: Iterable[RenditionKey], *, max_icc_bytes: int = 2**20) -> Rendering:
    """Make the renditions of a picture that was opened and not yet loaded; it is used up.

    Keys that stand for the same pixels are made once, under the name that `RenditionKey.for_picture` gives. JPEGs are
    flattened on white, the other formats keep transparency. Raises whatever Pillow raises of a file that is damaged.
    """
    turn = orientation(picture)
    if picture.format == "HEIF":
        picture.load()  # only the decoder knows the true size
    width, height = picture.size if turn < 5 else picture.size[::-1]
    wanted = {key.for_picture(width, height) for key in keys}
    sizes = {key.size for key in wanted}
    steps = sorted((size for size in sizes if size != SQUARE), reverse=True)
    profile = picture.info.get("icc_profile")
    target = max([*steps, _square_needs(width, height)] if SQUARE in sizes or not steps else steps)
    near = _bring_near(picture, target)
    top_size = near.size if _is_top(near, target) else rendition_size(*picture_size(near, turn, width, height), target)
    top = _fit(near, top_size if turn < 5 else top_size[::-1])
    return Rendering(width, height, {}, "", "")
