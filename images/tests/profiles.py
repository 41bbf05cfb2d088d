"""ICC profiles made byte by byte, after ICC.1:2001-04 (version 2): colours are tested without anyone's files."""

import struct
from collections.abc import Callable

# Primaries as XYZ of D50, as the profiles of these spaces have them.
DISPLAY_P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
ADOBE_RGB = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))
PROPHOTO = ((0.79767, 0.28804, 0.00000), (0.13519, 0.71188, 0.00000), (0.03134, 0.00009, 0.82491))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
D50 = (0.9642, 1.0, 0.8249)


def rgb_profile(primaries: tuple[tuple[float, float, float], ...], gamma: float, *, padding: int = 0) -> bytes:
    """Three primaries and one curve; `padding` makes the description longer."""
    red, green, blue = (_xyz(*primary) for primary in primaries)
    curve = _curve(gamma)
    return _profile(
        b"RGB ",
        b"XYZ ",
        b"mntr",
        {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue, b"rTRC": curve, b"gTRC": curve, b"bTRC": curve},
        padding,
    )


def grey_profile(gamma: float) -> bytes:
    return _profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": _curve(gamma)})


def cmyk_profile(lab_of: Callable[[float, float, float, float], tuple[float, float, float]]) -> bytes:
    """A table of five steps an ink (0 to 1) to L* a* b*, straight between them."""
    steps = [step / 4 for step in range(5)]
    table = bytes(
        level for c in steps for m in steps for y in steps for k in steps for level in _lab8(*lab_of(c, m, y, k))
    )
    identity = bytes(range(256))
    one, zero = struct.pack(">i", 65_536), struct.pack(">i", 0)
    matrix = one + zero * 3 + one + zero * 3 + one
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 5, 0]) + matrix + identity * 4 + table + identity * 3
    return _profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": lut})


def _lab8(lightness: float, a: float, b: float) -> tuple[int, int, int]:
    return round(lightness * 2.55), round(a + 128), round(b + 128)


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65_536) for value in values))


def _curve(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"


def _profile(space: bytes, connection: bytes, device: bytes, tags: dict[bytes, bytes], padding: int = 0) -> bytes:
    name = b"made for a test" + b"." * padding + b"\0"
    description = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + b"\0" * 78
    tags = {b"desc": description, b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(*D50), **tags}
    table, body, at = b"", b"", 128 + 4 + 12 * len(tags)
    for tag, value in tags.items():
        value += b"\0" * (-len(value) % 4)
        table += struct.pack(">4sII", tag, at, len(value))
        body += value
        at += len(value)
    header = (
        struct.pack(">I4sI4s4s4s", at, b"test", 0x02400000, device, space, connection)
        + struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
        + b"acsp"
        + b"\0" * 28
        + struct.pack(">3i", *(round(value * 65_536) for value in D50))
        + b"\0" * 48
    )
    return header + struct.pack(">I", len(tags)) + table + body
