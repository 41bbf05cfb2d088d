"""Animated pictures: their frames, for how long each is seen and how often all are, and the WebP made of them."""

import io
from collections.abc import Iterator, Sequence
from typing import Final

from PIL import Image

_MOVING: Final = ("GIF", "WEBP", "PNG")
_UNTIMED: Final = 100  # milliseconds of a frame that has no time of its own, as browsers show it


def moves(picture: Image.Image) -> bool:
    """Whether it is an animation in one of the formats whose animations are shown; the pages of a TIFF are none."""
    return picture.format in _MOVING and getattr(picture, "is_animated", False)


def frames(picture: Image.Image) -> Iterator[tuple[Image.Image, int]]:
    """Each frame as it is seen, what is disposed of and what it is laid over being the decoder's part, and its
    milliseconds. A PNG's default image that is not of the animation is left out."""
    number = 1 if getattr(picture, "default_image", False) else 0
    while True:
        try:
            picture.seek(number)
        except EOFError:
            return
        picture.load()
        yield picture, round(picture.info.get("duration", 0)) or _UNTIMED
        number += 1


def plays(picture: Image.Image) -> int:
    """How many times the animation is played; 0 is for ever.

    GIF tells how often it is played *again* (the NETSCAPE2.0 block), as browsers understand it, and once where nothing
    is told; WebP and PNG tell how often it is played.
    """
    told = picture.info.get("loop")
    if picture.format != "GIF":
        return int(told or 0)
    return 1 if told is None else told + 1 if told else 0


def encode_moving(film: Sequence[Image.Image], durations: Sequence[int], plays: int, *, quality: int) -> bytes:
    """An animated WebP of these frames, each shown for its milliseconds; `quality` is WebP's, 0 to 100."""
    file = io.BytesIO()
    first, *others = film
    first.save(
        file,
        "WEBP",
        save_all=True,
        append_images=others,
        duration=list(durations),
        loop=plays,
        background=(0, 0, 0, 0),
        quality=quality,
        method=2,
    )
    return file.getvalue()
