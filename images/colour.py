"""Colours: from what a picture's profile says to sRGB, by LittleCMS."""

import io
from functools import cache, lru_cache
from typing import Final

from PIL import Image, ImageChops, ImageCms, ImageStat

_UNSEEN: Final = 2  # levels by which a profile may change a colour and still be taken for sRGB


def to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture in sRGB: L and LA, RGB and RGBA stay what they are, CMYK becomes RGB."""
    if picture.mode in ("L", "LA"):
        table = _grey_table(profile) if profile else None
        if table is None:
            return picture
        return picture.point(table if picture.mode == "L" else [*table, *range(256)])
    transform = _rgb_transform(profile, "CMYK" if picture.mode == "CMYK" else "RGB") if profile else None
    if transform is None:
        return picture.convert("RGB") if picture.mode == "CMYK" else picture
    if picture.mode == "RGBA":
        colours = picture.convert("RGB")
        transform.apply_in_place(colours)
        colours.putalpha(picture.getchannel("A"))
    else:
        colours = transform.apply(picture)
    colours.info = {}  # where the transform leaves its own profile
    return colours


@lru_cache(maxsize=32)
def _rgb_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The way from a profile's colours to sRGB; None where it leads nowhere: no such profile, or sRGB itself."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, _srgb(), mode, "RGB")
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None
    if mode == "RGB":
        change = ImageStat.Stat(ImageChops.difference(_probe(), transform.apply(_probe())))
        if max(high for _, high in change.extrema) <= _UNSEEN:
            return None  # many profiles are sRGB by another name: a step that costs more than the decode, for nothing
    return transform


@lru_cache(maxsize=32)
def _grey_table(profile: bytes) -> list[int] | None:
    """What each of 256 greys of a profile is in sRGB; None where there is no such profile."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, _srgb(), "L", "RGB")
    except (OSError, ValueError, ImageCms.PyCMSError):
        return None
    greys = Image.frombytes("L", (256, 1), bytes(range(256)))
    return list(transform.apply(greys).getchannel("G").tobytes())


@cache
def _srgb() -> ImageCms.core.CmsProfile:
    return ImageCms.createProfile("sRGB")


@cache
def _probe() -> Image.Image:
    """A grid of 729 colours over the whole cube."""
    steps = range(0, 256, 31)
    return Image.frombytes("RGB", (729, 1), bytes(v for r in steps for g in steps for b in steps for v in (r, g, b)))
