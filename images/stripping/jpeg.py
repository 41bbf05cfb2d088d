"""JPEG (ITU-T T.81) without what its application segments tell: tables and scans stay as they are.

Of the segments, JFIF's stays without its thumbnail, Adobe's (how the colours are coded), the colour profile
(ICC.1:2010, B.4) and of EXIF the orientation. The file ends with its first picture: further ones of a multi-picture
file, the film of a motion photo and whatever else was appended are gone.
"""

import re
from collections.abc import Iterator
from typing import Final

from images.stripping.colour import MAX_PROFILE, is_profile
from images.stripping.pieces import MOST_PARTS, BrokenStructure, Data, Piece
from images.stripping.turning import EXIF_HEADER, block_of, turn_of

# A marker, also behind entropy-coded data: not a stuffed zero, not a fill byte, not a restart.
_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES: Final = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})  # DHT, DAC, DQT, DNL, DRI
_TEM, _EOI, _SOS, _COM = 0x01, 0xD9, 0xDA, 0xFE
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF

_JFIF, _JFIF_SIZE = b"JFIF\0", 14  # with version, unit, densities; behind them the thumbnail
_ADOBE, _ADOBE_SIZE = b"Adobe", 12  # with version, two flags and the transform
_PROFILE = b"ICC_PROFILE\0"
_PROFILE_HEAD = len(_PROFILE) + 2  # its number and how many there are
_MOST_PARTS_OF_PROFILE = 255
_MOST_IN_SEGMENT = 65_533
_MAX_EXIF = 2**20


def pieces(data: Data) -> list[Piece]:
    """The stripped file; raises BrokenStructure."""
    if data[:2] != b"\xff\xd8":
        raise BrokenStructure("no start of image")
    told = _Told()
    body: list[Piece] = []
    at, frames, scans, entropy_coded = 2, 0, 0, False
    for _ in range(MOST_PARTS):
        found = _MARKER.search(data, at)
        if found is None:
            raise BrokenStructure("no end of image")
        marker, start = found[0][1], found.start()
        if entropy_coded:  # else what stands between two segments is junk that no decoder looks at
            body.append(range(at, start))
        entropy_coded = False
        at = found.end()
        if marker == _EOI and scans:
            return [b"\xff\xd8", *told.segments(), *body, b"\xff\xd9"]
        if marker == _TEM:
            continue
        content, at = at + 2, at + int.from_bytes(data[at : at + 2], "big")
        if not content <= at <= len(data):
            raise BrokenStructure("a segment is longer than the file")
        if _APP0 <= marker <= _APP15 or marker == _COM:
            if not scans:
                told.hear(marker, data[content:at])
            continue
        frames += marker in _FRAMES
        scans += marker == _SOS
        if frames > 1 or (scans and not frames) or not (marker in _FRAMES or marker in _TABLES or marker == _SOS):
            raise BrokenStructure("a segment that does not belong there")
        body.append(range(start, at))
        entropy_coded = marker == _SOS
    raise BrokenStructure("too many segments")


class _Told:
    """What the application segments before the first scan tell, and which of it is told again."""

    def __init__(self) -> None:
        self._jfif = b""
        self._adobe = b""
        self._exif = b""
        self._profile: list[bytes] = []

    def hear(self, marker: int, content: bytes) -> None:
        if marker == _APP0 and content.startswith(_JFIF) and len(content) >= _JFIF_SIZE:
            self._jfif = self._jfif or content[: _JFIF_SIZE - 2] + b"\0\0"
        elif marker == _APP14 and content.startswith(_ADOBE) and len(content) >= _ADOBE_SIZE:
            self._adobe = content[:_ADOBE_SIZE]  # of several, decoders obey the last
        elif marker == _APP1 and content.startswith(EXIF_HEADER) and len(self._exif) < _MAX_EXIF:
            self._exif += content.removeprefix(EXIF_HEADER)  # one too long for a segment goes on in the next
        elif marker == _APP2 and content.startswith(_PROFILE) and len(content) >= _PROFILE_HEAD:
            self._profile = [*self._profile[-_MOST_PARTS_OF_PROFILE:], content]  # one more than can be tells enough

    def segments(self) -> Iterator[bytes]:
        if self._jfif:
            yield _segment(_APP0, self._jfif)
        if turned := block_of(turn_of(self._exif)):
            yield _segment(_APP1, EXIF_HEADER + turned)
        yield from _profile_segments(self._joined_profile())
        if self._adobe:
            yield _segment(_APP14, self._adobe)

    def _joined_profile(self) -> bytes:
        """The parts in the order of their numbers, if they are as many as they say."""
        parts = sorted(self._profile)
        if not parts or parts[0][len(_PROFILE) + 1] != len(parts):
            return b""
        if sum(map(len, parts)) > MAX_PROFILE + len(parts) * _PROFILE_HEAD:
            return b""
        profile = b"".join(part[_PROFILE_HEAD:] for part in parts)
        return profile if is_profile(profile) else b""


def _profile_segments(profile: bytes) -> Iterator[bytes]:
    room = _MOST_IN_SEGMENT - _PROFILE_HEAD
    parts = [profile[at : at + room] for at in range(0, len(profile), room)]
    for number, part in enumerate(parts, 1):
        yield _segment(_APP2, _PROFILE + bytes([number, len(parts)]) + part)


def _segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content
