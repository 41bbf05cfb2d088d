"""Likeness: 64 bits that tell what a picture shows, and stay nearly the same when it is encoded, scaled or toned anew.

The hash is the DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010),
section 3.2, over 32 x 32 greys: each bit says whether one of the lowest frequencies is stronger than their median. It
is found by its four bands of 16 bits: of two hashes that differ in at most 7 bits, one band differs in at most one.
"""

import base64
import math
from functools import lru_cache
from operator import mul
from typing import Final

GRID: Final = 32  # greys a side that the hash is made of
FIELDS: Final = 4  # colours a side that the tones are
SEARCHED: Final = 7  # bits: near ones up to this distance are all found by their bands

BANDS: Final = 4
_BAND_BITS: Final = 16
_BAND: Final = 2**_BAND_BITS - 1
_BITS: Final = 64
_ALL: Final = 2**_BITS - 1

# Half of the frequencies weaker than this: they are what rounding and compression left, and so would be half of the
# bits. Rounding alone makes coefficients of some 5; flat areas, plain gradients and empty pages stay below 15, and the
# weakest photos that were looked at reach 40.
_LEAST_DETAIL: Final = 30.0

_LOW: Final = 8
_WAVES: Final = [
    [math.cos(math.pi * (2 * x + 1) * frequency / (2 * GRID)) for x in range(GRID)] for frequency in range(_LOW + 1)
]


def likeness_of(greys: bytes) -> int | None:
    """The hash of a picture, as a signed number of 64 bits, from its 32 x 32 greys, row by row.

    None for a picture that shows too little to be known by: all such pictures would look alike.
    """
    strengths = _frequencies(greys)
    ranked = sorted(map(abs, strengths))
    if ranked[_BITS // 2] < _LEAST_DETAIL:
        return None
    median = sorted(strengths)[_BITS // 2]
    bits = sum(1 << n for n, strength in enumerate(strengths) if strength > median)
    return bits - 2**_BITS if bits >> (_BITS - 1) else bits


def distance(one: int, other: int) -> int:
    """In how many of the 64 bits two hashes differ."""
    return ((one ^ other) & _ALL).bit_count()


def bands(likeness: int) -> tuple[int, ...]:
    """The four bands of a hash, each a number of 16 bits, the lowest first."""
    return tuple(likeness >> (n * _BAND_BITS) & _BAND for n in range(BANDS))


def near_bands(band: int) -> list[int]:
    """The band, and the 16 others that differ from it in one bit."""
    return [band, *(band ^ (1 << bit) for bit in range(_BAND_BITS))]


def tones_of(colours: bytes) -> str:
    """The text by which the colours of 4 x 4 fields (three bytes each, row by row) are kept: base64, 64 characters."""
    return base64.b64encode(colours).decode()


def tone_distance(one: str, other: str) -> float:
    """How far the fields of two pictures differ in colour: the root mean square, in levels of 255."""
    return math.dist(_colours(one), _colours(other)) / math.sqrt(3 * FIELDS**2)


@lru_cache(maxsize=1_024)  # a group of duplicates compares all with all
def _colours(tones: str) -> tuple[int, ...]:
    return tuple(base64.b64decode(tones))


def _frequencies(greys: bytes) -> list[float]:
    """The 64 lowest coefficients of the two-dimensional DCT but the mean: 8 x 8 without the first, and one beyond."""
    rows = [greys[start : start + GRID] for start in range(0, GRID * GRID, GRID)]
    columns = [[sum(map(mul, row, wave)) for row in rows] for wave in _WAVES[:_LOW]]
    lowest = [sum(map(mul, column, wave)) for wave in _WAVES[:_LOW] for column in columns]
    return [*lowest[1:], sum(map(mul, columns[0], _WAVES[_LOW]))]
