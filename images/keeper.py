"""Which of images that look alike is proposed to be kept: the original of them, as far as can be told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from images.grading import SAME_TONES, Look
from images.likeness import tone_distance

# Of the same pixels one file was saved from the other, and the order tells which: no encoder that loses something meets
# the pixels of another file by chance, so the other one was made of its. JPEG and HEIC always lose; WebP and AVIF do as
# a rule; BMP is what nobody packed.
_SAVED_FROM: Final = (
    {"image/jpeg", "image/heic"},
    {"image/webp", "image/avif"},
    {"image/png", "image/tiff", "image/gif"},
)

# A file that has less than this share of another's bytes was packed harder. Less of a difference says nothing: more
# contrast alone makes a file a few percent larger, and so does saving it again with care.
_SAME_PACKING: Final = 0.8


@dataclass(frozen=True)
class Candidate:
    """What is known of an image that may be kept. `told` is how many facts of its taking its file still tells; a lower
    `key` came earlier."""

    key: int
    look: Look
    mime_type: str
    file_size: int  # bytes
    told: int


def keeper_of(group: Sequence[Candidate]) -> Candidate:
    """The one to keep of images that look alike, at least one.

    It has most pixels; of these, it tells most of its taking; it was not saved without loss from another that has the
    same pixels; it lies in the middle of the group, as an original lies in the middle of its edits; most others have
    the very same pixels; it was not packed harder. Of these it is the nearest to all others, and then the oldest.
    """
    left = _least(group, lambda one: -one.look.size[0] * one.look.size[1])
    left = _least(left, lambda one: -one.told)
    left = [one for one in left if not any(_was_saved_from(one, other) for other in left)]
    apart = {one.key: _mean_distance(one, group) for one in left}
    left = _least(left, lambda one: apart[one.key], within=SAME_TONES)
    left = _least(left, lambda one: -sum(_has_same_pixels(one, other) for other in group))
    largest = max(one.file_size for one in left)
    left = [one for one in left if one.file_size >= _SAME_PACKING * largest]
    return min(left, key=lambda one: (apart[one.key], one.key))


def _least(
    candidates: Sequence[Candidate], cost: Callable[[Candidate], float], *, within: float = 0
) -> Sequence[Candidate]:
    costs = [cost(one) for one in candidates]
    most = min(costs) + within
    return [one for one, its in zip(candidates, costs, strict=True) if its <= most]


def _mean_distance(one: Candidate, group: Sequence[Candidate]) -> float:
    """To the colours of all of the group, in levels; the same in whatever order they come."""
    return fsum(tone_distance(one.look.tones, other.look.tones) for other in group) / len(group)


def _has_same_pixels(one: Candidate, other: Candidate) -> bool:
    return bool(one.look.pixel_hash) and one.look.pixel_hash == other.look.pixel_hash


def _was_saved_from(one: Candidate, other: Candidate) -> bool:
    return _has_same_pixels(one, other) and _losses(one) > _losses(other)


def _losses(one: Candidate) -> int:
    """The place of its format in that order."""
    return next((n for n, types in enumerate(_SAVED_FROM) if one.mime_type in types), len(_SAVED_FROM))
