"""How much alike two pictures are, as far as one would call one a duplicate of the other."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from images.likeness import distance, tone_distance

# Calibrated on labelled pairs: what is only encoded or scaled anew differs in at most 4 bits and, in the colours of its
# fields, by less than 2 levels; brightness, contrast and greys change the colours by more, a cut at the edges both.
_ALIKE: Final = 4  # bits
SAME_TONES: Final = 2.0  # levels
_SAME_SHAPE: Final = 0.02  # of the ratio of the sides: what rounding leaves of a small one
_LIKE_SHAPE: Final = 0.1


class Grade(StrEnum):
    """From the most alike to the least."""

    SAME_PIXELS = "same_pixels"  # proved
    REENCODED = "reencoded"  # or resized
    EDITED = "edited"  # other colours, a little cut, stretched
    SIMILAR = "similar"

    @property
    def rank(self) -> int:
        return list(Grade).index(self)


@dataclass(frozen=True)
class Look:
    """What is known of a picture. `size` is (width, height) in pixels, upright; `pixel_hash` may be empty."""

    likeness: int
    tones: str
    size: tuple[int, int]
    pixel_hash: str = ""


def grade(one: Look, other: Look) -> Grade:
    """How much alike two pictures are that are near in likeness, or near to a third."""
    if one.pixel_hash and one.pixel_hash == other.pixel_hash:
        return Grade.SAME_PIXELS
    if distance(one.likeness, other.likeness) > _ALIKE:
        return Grade.SIMILAR
    stretched = _stretched(one.size, other.size)
    if stretched <= _SAME_SHAPE and tone_distance(one.tones, other.tones) < SAME_TONES:
        return Grade.REENCODED
    return Grade.EDITED if stretched <= _LIKE_SHAPE else Grade.SIMILAR


def may_be_the_same(one: Look, other: Look) -> bool:
    """Whether it is worth decoding both to see if their pixels are the same."""
    return one.size == other.size and grade(one, other) in (Grade.REENCODED, Grade.SAME_PIXELS)


def _stretched(one: tuple[int, int], other: tuple[int, int]) -> float:
    """By how much the ratios of the sides differ: 0.06 where one is 6 % wider for its height."""
    ours, theirs = one[0] * other[1], other[0] * one[1]
    return max(ours, theirs) / min(ours, theirs) - 1
