"""Scaling: a picture is brought near the size wanted while it is decoded, then to it by Lanczos."""

import math
from typing import Final, NamedTuple

import pyvips
from PIL import Image, ImageFile

from images.framing import Box

Part = tuple[float, float, float, float]  # left, top, right, bottom

_JPEG_DIVISORS: Final = (8, 4, 2)
_FEW: Final = 60_000  # pixels: with less, libvips has not begun when Pillow is done
_GAP: Final = 2.0  # times the size wanted that Lanczos starts from at least; a box filter leads there
# Pillow's and libvips' names for channels that are multiplied by their transparency, and can be averaged.
_PREMULTIPLIED: Final = {"LA": "La", "RGBA": "RGBa"}

pyvips.operation_block_set("VipsForeign", True)  # it is given pixels, never files
pyvips.cache_set_max(0)  # no picture comes twice


class Near(NamedTuple):
    """A decoded picture, and how many pixels of the original one of its pixels stands for, each way. The last row and
    column stand for less where the original's size is no multiple of it."""

    picture: Image.Image
    scale: int

    def resized(self, crop: Box, size: tuple[int, int]) -> Image.Image:
        """The part that `crop` is of the original, at a size."""
        left, top, width, height = crop
        right, bottom = left + width, top + height
        part = (left / self.scale, top / self.scale, right / self.scale, bottom / self.scale)
        return resize(self.picture, size, part)


def bring_near(picture: Image.Image, room: float) -> Near:
    """Decode, and scale down cheaply to a long edge of at least `room`, in one of the modes L, LA, RGB, RGBA, CMYK.

    JPEG is scaled by its decoder, which still reads the whole file; all others by a box filter.
    """
    scale = 1
    if picture.format in ("JPEG", "MPO"):
        width, height = picture.size
        divisor = next((divisor for divisor in _JPEG_DIVISORS if max(width, height) / divisor >= room), 1)
        if divisor > 1 and picture.draft(None, (max(1, width // divisor), max(1, height // divisor))):
            scale = divisor
    picture.load()
    whole = plain(picture)
    factor = int(max(whole.size) / room)
    near = whole.reduce(factor) if factor > 1 else whole
    if isinstance(near, ImageFile.ImageFile) and near.format != "JPEG":
        near = near.copy()  # a plain image: one that may have more frames is not saved as it is asked to be
    near.info = {}
    return Near(near, scale * max(1, factor))


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
