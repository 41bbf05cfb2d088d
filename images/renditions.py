"""Sizes and names of the pictures made from an original: pure geometry, no files and no pixels."""

import re
from dataclasses import dataclass, replace
from typing import Final, Literal, Self

Size = int | Literal["square"]
Format = Literal["jpeg", "webp", "avif", "png"]

LADDER: Final = (160, 320, 640, 1280, 2048)  # long edges in pixels
NEAR_TOP: Final = 1925  # a whole fraction of a picture that is this long, or longer, is its 2048
SQUARE: Final = "square"
SQUARE_SIDE: Final = 320
MOVING_FROM: Final = 320  # from this long edge on, the WebP of an animated picture moves
NAMED: Final[dict[str, int]] = {"small": 320, "medium": 640, "large": 1280}
EXTENSIONS: Final[dict[Format, str]] = {"jpeg": "jpg", "webp": "webp", "avif": "avif", "png": "png"}
MEDIA_TYPES: Final[dict[Format, str]] = {
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
    "png": "image/png",
}

_FRACTIONS: Final = (2, 4, 8)
_FORMATS: Final[dict[str, Format]] = {extension: name for name, extension in EXTENSIONS.items()}
_FILE_NAME: Final = re.compile(r"(square|[1-9][0-9]{0,4})(?:-([0-9a-f]{12}))?\.([a-z]+)", re.ASCII)


def rendition_size(width: int, height: int, size: Size) -> tuple[int, int]:
    """Width and height in pixels of a rendition of a picture shown at `width` x `height`.

    A number is the long edge it is fitted to, never enlarged; "square" is a centred crop whose side is the smaller of
    320 and the short edge. No side is ever 0: 5000 x 1 at 160 is 160 x 1. Halves round up.

    At 2048, a half, quarter or eighth that is up to 6 % smaller is as good, and needs no scaling but the decoder's: the
    2048 of a 4032 x 3024 photo is 2016 x 1512.
    """
    if size == SQUARE:
        side = min(SQUARE_SIDE, width, height)
        return side, side
    long_edge = max(width, height)
    if size >= long_edge:
        return width, height
    for divisor in _FRACTIONS if size == LADDER[-1] else ():
        if NEAR_TOP <= long_edge // divisor <= size:
            return max(1, width // divisor), max(1, height // divisor)
    return _scaled(width, size, long_edge), _scaled(height, size, long_edge)


def _scaled(side: int, to: int, long_edge: int) -> int:
    return max(1, (2 * side * to + long_edge) // (2 * long_edge))


def ladder_step(width: int, height: int, size: Size) -> Size:
    """The smallest step of the ladder with the very same pixels as `size`, so that equal files are made once.

    The 1280 of a 480 pixel picture is its 640; the square of a square picture is its 320. A size that no step
    equals is its own answer.
    """
    if size == SQUARE and width != height:
        return SQUARE
    wanted = rendition_size(width, height, size)
    return next((step for step in LADDER if rendition_size(width, height, step) == wanted), size)


@dataclass(frozen=True)
class RenditionKey:
    """Which rendition: its size, its format, and the watermark on it (12 hex digits of a hash, "" for none). The name
    of its file says these, and nothing else."""

    size: Size
    format: Format
    mark: str = ""

    @property
    def file_name(self) -> str:
        return f"{self.size}{'-' if self.mark else ''}{self.mark}.{EXTENSIONS[self.format]}"

    @classmethod
    def parse(cls, file_name: str) -> Self:
        """The key that a file's name stands for; ValueError for any other name."""
        match = _FILE_NAME.fullmatch(file_name)
        if match is None or match[3] not in _FORMATS:
            raise ValueError(f"not the name of a rendition: {file_name!r}")
        return cls(SQUARE if match[1] == SQUARE else int(match[1]), _FORMATS[match[3]], match[2] or "")

    @property
    def may_move(self) -> bool:
        """Whether all frames of an animated picture are to be seen in it, not the first one alone."""
        return self.format == "webp" and self.size != SQUARE and self.size >= MOVING_FROM

    def for_picture(self, width: int, height: int) -> Self:
        """The key whose file stands for this one in a picture shown at `width` x `height` (see `ladder_step`).

        One that may move and one that may not are never the same file, whatever their pixels.
        """
        step = replace(self, size=ladder_step(width, height, self.size))
        if step.may_move == self.may_move:
            return step
        return replace(self, size=MOVING_FROM) if self.may_move else self
