"""What EXIF tells of the camera and how the picture was taken, in the words photographers use.

Only the names of camera and lens are taken from XMP where EXIF has none (a converter may keep XMP alone).
"""

import math
from collections.abc import Iterator

from images.metadata.dates import exif_date
from images.metadata.exif import Exif
from images.metadata.text import clean_line
from images.metadata.tiff import BYTE, LONG, SHORT
from images.metadata.xmp import Xmp

_MAKE, _MODEL, _ORIENTATION, _LENS_MODEL = 0x010F, 0x0110, 0x0112, 0xA434
_EXPOSURE_TIME, _F_NUMBER, _FOCAL_LENGTH = 0x829A, 0x829D, 0x920A
_DATE_ORIGINAL, _SUBSECONDS_ORIGINAL, _OFFSET_ORIGINAL = 0x9003, 0x9291, 0x9011
_DATE_DIGITIZED, _SUBSECONDS_DIGITIZED, _OFFSET_DIGITIZED = 0x9004, 0x9292, 0x9012
_ISO = 0x8827
# Where the speed stands when it does not fit the 16 bits of the ISO tag, which then says 65535 (EXIF 2.32, annex G).
_ISO_FULL = 65_535
_SENSITIVITIES = (0x8832, 0x8831, 0x8833)  # recommended exposure index, standard output sensitivity, ISO speed

_LONGEST_NAME = 100
_MOST_ISO = 10_000_000
_F_NUMBERS = (0.1, 10_000)  # a pinhole has a few hundred
_FOCAL_LENGTHS = (0.01, 1_000_000)  # mm
_EXPOSURE_TIMES = (1e-9, 1e9)  # s
_LONGEST_FRACTION = 0.25001  # s; longer times are written as decimals


def make(exif: Exif, xmp: Xmp) -> str:
    return clean_line(exif.text(_MAKE) or xmp.text("tiff:Make"), _LONGEST_NAME)


def model(exif: Exif, xmp: Xmp) -> str:
    return clean_line(exif.text(_MODEL) or xmp.text("tiff:Model"), _LONGEST_NAME)


def lens_model(exif: Exif, xmp: Xmp) -> str:
    return clean_line(exif.text(_LENS_MODEL) or xmp.text("exifEX:LensModel") or xmp.text("aux:Lens"), _LONGEST_NAME)


def focal_length(exif: Exif) -> float | None:
    """Millimetres, as the lens has them (not as for 35 mm film); 0 is what is written for an unknown lens."""
    millimetres = _number(exif, _FOCAL_LENGTH, *_FOCAL_LENGTHS)
    return None if millimetres is None else round(millimetres, 4)


def aperture(exif: Exif) -> str:
    """The f-number, "2.8" or "4"; 0 is what is written for an unknown lens."""
    f_number = _number(exif, _F_NUMBER, *_F_NUMBERS)
    return "" if f_number is None else _decimal(f_number, digits=2)


def shutter_speed(exif: Exif) -> str:
    """The exposure time in seconds: up to a quarter as "1/250", longer ones as "0.5", "2.5" or "30"."""
    seconds = _number(exif, _EXPOSURE_TIME, *_EXPOSURE_TIMES)
    if seconds is None:
        return ""
    if seconds < _LONGEST_FRACTION:
        return f"1/{math.floor(1 / seconds + 0.5)}"
    return _decimal(seconds, digits=1)


def iso(exif: Exif) -> int | None:
    """The ISO speed; the first where the tag has several."""
    speeds = [speed for speed in _first_numbers(exif, _ISO) if 1 <= speed <= _MOST_ISO]
    if speeds and speeds[0] != _ISO_FULL:
        return int(speeds[0])
    full = [speed for number in _SENSITIVITIES for speed in _first_numbers(exif, number) if 1 <= speed <= _MOST_ISO]
    return int((full or speeds)[0]) if full or speeds else None


def orientation(exif: Exif, *, is_tiff: bool) -> int:
    """The EXIF orientation, 1 to 8, of the main directory; whatever else is there counts as 1.

    TIFF readers also take it from a single byte.
    """
    tag = exif.main.get(_ORIENTATION)
    kinds = (SHORT, LONG, BYTE) if is_tiff else (SHORT, LONG)
    if tag is None or tag.kind not in kinds or tag.count != 1:
        return 1
    (value,) = tag.numbers()
    return int(value) if 1 <= value <= 8 else 1


def date_original(exif: Exif) -> str:
    """When the picture was taken (DateTimeOriginal), as `images.metadata.dates` writes it."""
    return _date(exif, _DATE_ORIGINAL, _SUBSECONDS_ORIGINAL, _OFFSET_ORIGINAL)


def date_digitized(exif: Exif) -> str:
    """When it became a file (DateTimeDigitized, also called CreateDate): the same for a digital camera."""
    return _date(exif, _DATE_DIGITIZED, _SUBSECONDS_DIGITIZED, _OFFSET_DIGITIZED)


def _date(exif: Exif, moment: int, subseconds: int, offset: int) -> str:
    for tag in exif.tags(moment):
        if date := exif_date(tag.text(), exif.text(subseconds), exif.text(offset)):
            return date
    return ""


def _first_numbers(exif: Exif, number: int) -> Iterator[float]:
    for tag in exif.tags(number):
        yield from tag.numbers()[:1]


def _number(exif: Exif, number: int, least: float, most: float) -> float | None:
    """The first value of this tag from `least` to `most` (nan, from a denominator of 0, is not)."""
    return next((float(value) for value in _first_numbers(exif, number) if least <= value <= most), None)


def _decimal(value: float, *, digits: int) -> str:
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
