"""Another size, shape or format of a picture, as asked for a download: the geometry of it, and the name of its file."""

from dataclasses import dataclass
from typing import Final, Literal

from images.framing import Box, Framing
from images.renditions import EXTENSIONS, Format

Fit = Literal["contain", "cover"]

LONGEST_SIDE: Final = 20_000  # pixels that may be asked for
# Longer sides than these a format has not (WebP: 14 bits tell them), or most programs don't open (libavif's default).
LONGEST_OF: Final[dict[Format, int]] = {"webp": 16_383, "avif": 32_768}


class TooLong(ValueError):
    """A picture with a side that its format does not take."""


@dataclass(frozen=True)
class Conversion:
    """`crop` is in displayed pixels; what it leaves is fitted into `width` x `height`, either of which may be missing:
    `contain` keeps its shape and is not larger, `cover` has the shape of the box and is cut. Never enlarged.

    `moving` is said of one that shows all frames of an animation, as far as the limits let it.
    """

    format: Format
    width: int | None = None
    height: int | None = None
    fit: Fit = "contain"
    crop: Box | None = None
    moving: bool = False

    def plan(self, width: int, height: int) -> tuple[Framing, tuple[int, int]]:
        """Of a picture displayed at `width` x `height`: the part to show, and the size to show it at.

        Raises images.framing.OutOfPicture for a crop that is not inside, and TooLong.
        """
        framing, size = self._fitted(width, height)
        longest = LONGEST_OF.get(self.format)
        if longest is not None and max(size) > longest:
            raise TooLong(
                f"A side of a picture in this format has at most {longest} pixels, and this one would have {max(size)}."
                " Ask for a smaller width or height, or another format."
            )
        return framing, size

    def _fitted(self, width: int, height: int) -> tuple[Framing, tuple[int, int]]:
        framing = Framing.whole(width, height)
        if self.crop:
            framing = framing.cropped(*self.crop)
        if self.fit == "cover" and self.width and self.height:
            framing = framing.cropped(*_centred(framing.size, (self.width, self.height)))
            if self.width <= framing.size[0] and self.height <= framing.size[1]:
                return framing, (self.width, self.height)
        shown = framing.size
        asked = zip((self.width, self.height), shown, strict=True)
        scale = min([1.0, *(wanted / side for wanted, side in asked if wanted)])
        return framing, (max(1, round(shown[0] * scale)), max(1, round(shown[1] * scale)))

    @property
    def file_name(self) -> str:
        """Says all of it, and nothing else."""
        box = f"{self.width or ''}x{self.height or ''}"
        crop = "-".join(map(str, self.crop)) if self.crop else ""
        moving = "-moving" if self.moving else ""
        return f"{box}.{self.fit}{moving}.{crop}.{EXTENSIONS[self.format]}"


def _centred(size: tuple[int, int], box: tuple[int, int]) -> Box:
    """The largest part in the middle that has the shape of the box."""
    width, height = size
    wide, high = box
    if width * high > height * wide:
        part = (max(1, round(height * wide / high)), height)
    else:
        part = (width, max(1, round(width * high / wide)))
    return (width - part[0]) // 2, (height - part[1]) // 2, *part
