"""EXIF: its directories, and all their tags by readable names (names as in Pillow's table of the standard)."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from PIL import ExifTags

from images.metadata.plain import LONGEST_NAME, LONGEST_TEXT, Json, bounded
from images.metadata.text import clean_text, decode, decode_utf16le, until_nul
from images.metadata.tiff import ASCII, IPTC_BLOCK, PHOTOSHOP_BLOCK, UNDEFINED, UTF8, XMP_BLOCK, Directory, Tag, TagFile

_HEADER = b"Exif\0\0"
_EXIF_POINTER, _GPS_POINTER, _INTEROP_POINTER, _SUB_DIRECTORIES = 0x8769, 0x8825, 0xA005, 0x014A
_ICC_PROFILE = 34675
_STRIPS_AND_TILES = (273, 279, 324, 325, 513, 514)
# These say where things are in the file, or hold whole blocks that are read on their own.
_STRUCTURE = {
    *(_EXIF_POINTER, _GPS_POINTER, _INTEROP_POINTER, _SUB_DIRECTORIES),
    *(XMP_BLOCK, IPTC_BLOCK, PHOTOSHOP_BLOCK, _ICC_PROFILE),
    *_STRIPS_AND_TILES,
}
_INTEROP_NAMES = {int(tag): tag.name for tag in ExifTags.Interop}

WINDOWS_TEXTS = range(0x9C9B, 0x9CA0)  # XPTitle, XPComment, XPAuthor, XPKeywords, XPSubject
# How UserComment and the GPS texts name their charset (EXIF 2.32, table 9); Unicode is in the order of the file.
_CHARSETS = {
    b"ASCII\0\0\0": "ascii",
    b"UNICODE\0": "",
    b"JIS\0\0\0\0\0": "iso2022_jp",
    b"\0\0\0\0\0\0\0\0": "ascii",
}
_PRINTABLE = re.compile(rb"[ -~]+\0*")
_MOST_NUMBERS = 64
_MOST_RAW_BYTES = 16


@dataclass(frozen=True, slots=True)
class Exif:
    """The directories of one EXIF block; each is empty where the file has none, or none that can be read."""

    main: Directory = field(default_factory=dict)  # IFD0: the picture
    camera: Directory = field(default_factory=dict)  # ExifIFD: how it was taken
    gps: Directory = field(default_factory=dict)
    interop: Directory = field(default_factory=dict)

    def tags(self, number: int) -> Iterator[Tag]:
        """The tag where it stands: in the camera's directory, then in the main one (where some software puts it)."""
        for directory in (self.camera, self.main):
            if tag := directory.get(number):
                yield tag

    def text(self, number: int) -> str:
        """The first text of this tag that is not empty."""
        return next((text for tag in self.tags(number) if (text := tag.text())), "")

    def block(self, number: int) -> bytes:
        """The bytes of a tag of the main directory that holds a block of other metadata."""
        tag = self.main.get(number)
        return tag.raw if tag else b""

    def as_json(self) -> dict[str, Json]:
        """All tags by their names; numbers as numbers, binary values by their size."""
        named = [
            *_named(self.camera, ExifTags.TAGS),
            *_named(self.main, ExifTags.TAGS),
            *_named(self.gps, ExifTags.GPSTAGS),
            *_named(self.interop, _INTEROP_NAMES),
        ]
        return bounded((name, value) for name, value in named if value not in (None, ""))


def read_exif(stream: BinaryIO) -> Exif:
    """The EXIF of a stream that begins with a TIFF header; empty where it does not."""
    try:
        tags = TagFile(stream)
    except ValueError:
        return Exif()
    main = tags.directory(tags.first)
    camera = tags.directory(_pointer(main, _EXIF_POINTER))
    gps = tags.directory(_pointer(main, _GPS_POINTER) or _pointer(camera, _GPS_POINTER))
    interop = tags.directory(_pointer(camera, _INTEROP_POINTER))
    return Exif(main, camera, gps, interop)


def read_exif_block(block: bytes) -> Exif:
    """The EXIF of a block out of another format, with or without (or with twice) the header that JPEG gives it."""
    while block.startswith(_HEADER):
        block = block[len(_HEADER) :]
    return read_exif(BytesIO(block))


def _pointer(directory: Directory, number: int) -> int:
    """Where a tag says another directory is; 0, where no directory can be, if it does not say so."""
    tag = directory.get(number)
    offset = tag.numbers()[:1] if tag else ()
    return offset[0] if offset and isinstance(offset[0], int) and offset[0] > 0 else 0


def _named(directory: Directory, names: Mapping[int, str]) -> Iterator[tuple[str, Json]]:
    for number, tag in directory.items():
        if number not in _STRUCTURE:
            yield names.get(number, f"Tag 0x{number:04X}")[:LONGEST_NAME], _value(number, tag)


def _value(number: int, tag: Tag) -> Json:
    if tag.kind in (ASCII, UTF8):
        return clean_text(tag.text(), LONGEST_TEXT)
    if not tag.raw:
        return f"({tag.count} values)" if tag.count else None
    if number in WINDOWS_TEXTS:
        return clean_text(decode_utf16le(tag.raw), LONGEST_TEXT)
    if tag.kind == UNDEFINED:
        return _undefined(tag)
    if tag.count > _MOST_NUMBERS:
        return f"({tag.count} values)"
    numbers: list[Json] = [value if math.isfinite(value) else None for value in tag.numbers()]
    if all(value is None for value in numbers):
        return None
    return numbers[0] if len(numbers) == 1 else numbers


def _undefined(tag: Tag) -> Json:
    """Bytes whose type the file does not tell: a text with its charset before it, a short text, numbers, or a size."""
    charset, rest = tag.raw[:8], tag.raw[8:]
    if charset in _CHARSETS:
        encoding = _CHARSETS[charset] or {"<": "utf-16-le", ">": "utf-16-be"}[tag.order]
        text = decode(until_nul(rest)) if encoding == "ascii" else rest.decode(encoding, "replace").split("\0", 1)[0]
        return clean_text(text, LONGEST_TEXT)
    if tag.count > _MOST_RAW_BYTES:
        return f"({tag.count} bytes)"
    if _PRINTABLE.fullmatch(tag.raw):
        return tag.text()
    return tag.raw[0] if tag.count == 1 else list(tag.raw)
