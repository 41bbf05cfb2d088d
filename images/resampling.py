"""Scaling: a picture is brought near the size wanted while it is decoded, then to it by Lanczos."""

import math
from typing import Final, NamedTuple

import pyvips
from PIL import Image, ImageFile

from images.framing import Box

Part = tuple[float, float, float, float]  # left, top, right, bottom

_JPEG_DIVISORS: Final = (8, 4, 2)
_LEAST_ACROSS: Final = 4  # pixels of a part at the scale: its outer ones may show what is around it
_FEW: Final = 60_000  # pixels: with less, libvips has not begun when Pillow is done
_GAP: Final = 2.0  # times the size wanted that Lanczos starts from at least; a box filter leads there
# Pillow's and libvips' names for channels that are multiplied by their transparency, and can be averaged.
_PREMULTIPLIED: Final = {"LA": "La", "RGBA": "RGBa"}

pyvips.operation_block_set("VipsForeign", True)  # it is given pixels, never files
pyvips.cache_set_max(0)  # no picture comes twice


class Near(NamedTuple):
    """A part of a picture, decoded at a scale.

    One pixel of `picture` stands for `scale` pixels of the original each way; those of its last row and column for less
    where the original's `size` is no multiple of it. `crop` is the part, in pixels of the original.
    """

    picture: Image.Image
    scale: int
    size: tuple[int, int]
    crop: Box

    def resized(self, size: tuple[int, int]) -> Image.Image:
        """The part at a size, with nothing in it of what is around it."""
        if self.crop == (0, 0, *self.size):
            return resize(self.picture, size, (0, 0, self.size[0] / self.scale, self.size[1] / self.scale))
        x, y = (_Inside.of(self.crop[n], self.crop[n + 2], self.scale) for n in (0, 1))
        cut = self.picture.crop((x.begin, y.begin, x.end, y.end))
        width, height = cut.size
        for mixed, inside, at in (
            (x.first_is_mixed, (1, 0, 2, height), (0, 0)),
            (x.last_is_mixed, (width - 2, 0, width - 1, height), (width - 1, 0)),
            (y.first_is_mixed, (0, 1, width, 2), (0, 0)),
            (y.last_is_mixed, (0, height - 2, width, height - 1), (0, height - 1)),
        ):
            if mixed:
                cut.paste(cut.crop(inside), at)
        return resize(cut, size, (x.first, y.first, x.last, y.last))


class _Inside(NamedTuple):
    """Along one axis: the scaled pixels that a part touches; where, counted from the first of them, it begins and ends;
    and whether the first and the last also show what is not of the part."""

    begin: int
    end: int
    first: float
    last: float
    first_is_mixed: bool
    last_is_mixed: bool

    @classmethod
    def of(cls, first: int, length: int, scale: int) -> "_Inside":
        last = first + length
        begin, end = first // scale, -(-last // scale)
        return cls(begin, end, first / scale - begin, last / scale - begin, first % scale > 0, last % scale > 0)


def bring_near(picture: Image.Image, crop: Box, room: float) -> Near:
    """Decode a picture, and scale it down cheaply until the long edge of the part `crop` is at least `room`; in one of
    the modes L, LA, RGB, RGBA, CMYK.

    JPEG is scaled by its decoder, which still reads the whole file; all others by a box filter.
    """
    size = picture.size
    most = max(crop[2:]) / room
    if crop != (0, 0, *size):
        most = min(most, min(crop[2:]) / _LEAST_ACROSS)
    scale = 1
    if picture.format in ("JPEG", "MPO"):
        divisor = next((divisor for divisor in _JPEG_DIVISORS if divisor <= most), 1)
        if divisor > 1 and picture.draft(None, (max(1, size[0] // divisor), max(1, size[1] // divisor))):
            scale = divisor
    picture.load()
    whole = plain(picture)
    factor = max(1, int(most / scale))
    near = whole.reduce(factor) if factor > 1 else whole
    if isinstance(near, ImageFile.ImageFile) and near.format != "JPEG":
        near = near.copy()  # a plain image: one that may have more frames is not saved as it is asked to be
    near.info = {}
    return Near(near, scale * factor, size, crop)


def resize(picture: Image.Image, size: tuple[int, int], part: Part | None = None) -> Image.Image:
    """The picture, or a part of it, at a size in pixels, by Lanczos; L, LA, RGB, RGBA and CMYK stay what they are.

    libvips takes a third of Pillow's time (docs/adr/0014); Pillow begins sooner, and can cut a part between pixels.
    """
    whole = (0, 0, *picture.size)
    part = part or whole
    if part == whole and size == picture.size:
        return picture
    if picture.width * picture.height < _FEW or any(edge % 1 for edge in part):
        return picture.resize(size, Image.Resampling.LANCZOS, part, reducing_gap=_GAP)
    if part != whole:
        left, top, right, bottom = map(int, part)
        return resize(picture.crop((left, top, right, bottom)), size)
    if picture.mode in _PREMULTIPLIED:
        return _by_lanczos(picture.convert(_PREMULTIPLIED[picture.mode]), size).convert(picture.mode)
    return _by_lanczos(picture, size)


def _by_lanczos(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    bands = len(picture.getbands())
    pixels = pyvips.Image.new_from_memory(picture.tobytes(), *picture.size, bands, "uchar")
    made = pixels.resize(size[0] / picture.width, vscale=size[1] / picture.height, kernel="lanczos3", gap=_GAP)
    return Image.frombytes(picture.mode, size, made.write_to_memory())


def plain(picture: Image.Image) -> Image.Image:
    """The picture in one of the modes L, LA, RGB, RGBA, CMYK, with 8 bits a channel."""
    mode = picture.mode
    if mode.startswith("I;16"):
        data = picture.tobytes()
        return Image.frombytes("L", picture.size, data[0::2] if mode == "I;16B" else data[1::2])
    if mode in ("I", "F"):
        return _stretched(picture)
    if picture.has_transparency_data:
        return picture.convert("LA" if mode in ("1", "L", "LA", "La") else "RGBA")
    if mode in ("L", "RGB", "CMYK"):
        return picture
    return picture.convert("L" if mode == "1" else "RGB")


def _stretched(picture: Image.Image) -> Image.Image:
    """Whole or floating numbers of unknown range as greys: white is the least of 1, 255, 65535 that holds them all."""
    low, high = picture.getextrema()
    if isinstance(low, tuple) or isinstance(high, tuple):
        raise ValueError("not a picture of one band")
    if not (math.isfinite(low) and math.isfinite(high)):
        return picture.convert("L")
    low = min(low, 0.0)
    white = next((bound for bound in (1.0, 255.0, 65_535.0) if high <= bound), high)
    scale = 255.0 / (white - low)
    return _affine(picture, scale, -low * scale).convert("L")


def _affine(picture: Image.Image, scale: float, offset: float) -> Image.Image:
    return picture.point(lambda value: value * scale + offset)
