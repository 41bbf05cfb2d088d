"""Where a picture was taken, out of EXIF's GPS directory (EXIF 2.32, 4.6.6)."""

import math

from images.metadata.tiff import Directory

_LATITUDE_REF, _LATITUDE, _LONGITUDE_REF, _LONGITUDE, _ALTITUDE_REF, _ALTITUDE = range(1, 7)
_BELOW = frozenset(b"\x01\x0313")  # below sea level, below the ellipsoid (EXIF 3.0); as number or as digit

# From the deepest trench to the orbit of a space station, in metres. Beyond are negative numbers written as unsigned.
_LOWEST, _HIGHEST = -12_000, 1_000_000


def position(gps: Directory) -> tuple[float, float] | None:
    """Latitude and longitude in signed degrees; None unless both values and both references are there and sensible.

    0 and 0 together is what receivers write that have no fix.
    """
    latitude = _degrees(gps, _LATITUDE, _LATITUDE_REF, positive="N", negative="S", most=90)
    longitude = _degrees(gps, _LONGITUDE, _LONGITUDE_REF, positive="E", negative="W", most=180)
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def altitude(gps: Directory) -> float | None:
    """Metres above (or, negative, below) sea level."""
    tag, reference = gps.get(_ALTITUDE), gps.get(_ALTITUDE_REF)
    numbers = tag.numbers() if tag else ()
    if not numbers or not math.isfinite(numbers[0]):
        return None
    is_below = reference is not None and reference.raw[:1] != b"" and reference.raw[0] in _BELOW
    metres = -numbers[0] if is_below else numbers[0]
    return round(float(metres), 6) + 0.0 if _LOWEST <= metres <= _HIGHEST else None


def _degrees(gps: Directory, value: int, reference: int, *, positive: str, negative: str, most: int) -> float | None:
    """Degrees, minutes and seconds (any of them may have decimals, the last ones may be missing) as signed degrees."""
    value_tag, reference_tag = gps.get(value), gps.get(reference)
    if value_tag is None or reference_tag is None:
        return None
    sign = {positive: 1, negative: -1}.get(reference_tag.text()[:1].upper())
    numbers = value_tag.numbers()[:3]
    if sign is None or not numbers or not all(number >= 0 for number in numbers):  # nan is not
        return None
    degrees = sum(number / 60**power for power, number in enumerate(numbers))
    return sign * round(degrees, 7) + 0.0 if degrees <= most else None
