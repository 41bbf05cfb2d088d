"""The tag directories of TIFF, in which EXIF is written too, read from a stream within bounds.

Layout after TIFF 6.0 (section 2), BigTIFF and EXIF 2.32 (4.6.2). Made for broken files: a tag whose offset, type or
size is wrong is left out and the others are still read; offsets are followed once, so nothing can run in circles.
"""

import math
import struct
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO

from images.metadata.text import decode, until_nul

# struct letters of the number types; a rational is two numbers.
_NUMBER_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_RATIONAL_CODES = {5: "I", 10: "i"}
BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, UTF8 = 1, 2, 3, 4, 5, 7, 129
_SIZES = {
    **{kind: struct.calcsize("=" + code) for kind, code in _NUMBER_CODES.items()},
    **dict.fromkeys(_RATIONAL_CODES, 8),
    **dict.fromkeys((ASCII, UNDEFINED, UTF8), 1),
}

_HEADER_SIZE = 8
_MOST_ENTRIES = 1_000
_MOST_BYTES = 64 * 1024
_MOST_BYTES_IN_ALL = 4 * 1024 * 1024
# Tags that carry a whole block of other metadata may be larger: XMP, IPTC, Photoshop's resources.
XMP_BLOCK, IPTC_BLOCK, PHOTOSHOP_BLOCK = 700, 33723, 34377
_MOST_BLOCK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tag:
    """One value as the file has it. `raw` is empty where the value is larger than is read (`count` still tells)."""

    kind: int
    count: int
    raw: bytes
    order: str

    def numbers(self) -> tuple[int | float, ...]:
        """Its numbers, () for text and bytes; a rational as its quotient, nan where its denominator is 0."""
        if code := _RATIONAL_CODES.get(self.kind):
            pairs = struct.iter_unpack(f"{self.order}2{code}", self.raw)
            return tuple(top / bottom if bottom else math.nan for top, bottom in pairs)
        if code := _NUMBER_CODES.get(self.kind):
            return tuple(number for (number,) in struct.iter_unpack(self.order + code, self.raw))
        return ()

    def text(self) -> str:
        """Its bytes as text up to the first NUL, "" for numbers; EXIF says ASCII, cameras write UTF-8 and Latin-1."""
        return decode(until_nul(self.raw)).strip() if _SIZES[self.kind] == 1 else ""


Directory = dict[int, Tag]


class TagFile:
    """A TIFF structure in a seekable stream, from its header on; offsets count from there.

    `first` is the offset of the first directory. Raises ValueError if the stream has no TIFF header.
    """

    def __init__(self, stream: BinaryIO, start: int = 0) -> None:
        self._stream = stream
        self._start = start
        self._size = stream.seek(0, SEEK_END) - start
        self._visited: set[int] = set()
        self._budget = _MOST_BYTES_IN_ALL
        header = self._bytes_at(0, 16)
        order = {b"II": "<", b"MM": ">"}.get(header[:2])
        if order is None or len(header) < _HEADER_SIZE:
            raise ValueError("no TIFF header")
        self._order = order
        magic, first = struct.unpack_from(order + "HI", header, 2)
        # Panasonic's raw files count as TIFF with 0x55, and Olympus' with letters: none of them is a picture here.
        if magic == 43 and len(header) == 16:
            self._big = True
            (first,) = struct.unpack_from(order + "Q", header, 8)
        elif magic == 42:
            self._big = False
        else:
            raise ValueError("no TIFF header")
        self.first = first

    def directory(self, offset: int) -> Directory:
        """The tags of the directory at `offset`, as far as they can be read; {} if it was read before.

        {} too for an offset inside the header, such as 0.
        """
        if offset < _HEADER_SIZE or offset in self._visited:
            return {}
        self._visited.add(offset)
        count_code, entry_size = ("Q", 20) if self._big else ("H", 12)
        count_size = struct.calcsize("=" + count_code)
        head = self._bytes_at(offset, count_size)
        if len(head) < count_size:
            return {}
        (count,) = struct.unpack(self._order + count_code, head)
        entries = self._bytes_at(offset + count_size, min(count, _MOST_ENTRIES) * entry_size)
        tags: Directory = {}
        for at in range(0, len(entries) - entry_size + 1, entry_size):
            number, tag = self._tag(entries[at : at + entry_size])
            if tag is not None:
                tags.setdefault(number, tag)
        return tags

    def _tag(self, entry: bytes) -> tuple[int, Tag | None]:
        """The tag behind one entry of a directory; None where its type is unknown or its value not in the file."""
        pointer_code = "Q" if self._big else "I"
        number, kind, count = struct.unpack_from(f"{self._order}HH{pointer_code}", entry)
        if kind not in _SIZES:
            return number, None
        size = count * _SIZES[kind]
        inline = entry[12:] if self._big else entry[8:]
        if size <= len(inline):
            return number, Tag(kind, count, inline[:size], self._order)
        (offset,) = struct.unpack(self._order + pointer_code, inline)
        if offset + size > self._size:
            return number, None
        if number in (XMP_BLOCK, IPTC_BLOCK, PHOTOSHOP_BLOCK):
            is_read = size <= _MOST_BLOCK_BYTES
        else:
            is_read = size <= min(_MOST_BYTES, self._budget)
            self._budget -= size if is_read else 0
        return number, Tag(kind, count, self._bytes_at(offset, size) if is_read else b"", self._order)

    def _bytes_at(self, offset: int, size: int) -> bytes:
        """At most `size` bytes; fewer, or none, where the stream ends before."""
        if offset >= self._size:
            return b""
        self._stream.seek(self._start + offset)
        return self._stream.read(min(size, self._size - offset))
