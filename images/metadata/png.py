"""What a PNG carries beside its picture: chunks read without decoding a pixel, also those behind the picture.

Chunks after the PNG specification (third edition, 11.3); "Raw profile type" texts are how ImageMagick and old exiftool
write EXIF, IPTC and XMP: the name of the profile, its length, and hexadecimal digits.
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from PIL.PngImagePlugin import iTXt

from images.metadata.text import decode

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_EXIF = b"eXIf"
_EXIF_HEADER = b"Exif\0\0"
_XMP = b"XML:com.adobe.xmp"
_PROFILE = b"Raw profile type "
_WORDS = (b"Title", b"Description")
_MOST_CHUNKS = 100_000
_MOST_BYTES = 2 * 1024 * 1024  # of a chunk as it is stored
_MOST_TEXT = 4 * 1024 * 1024  # of a text unpacked, and of all of them together
_RAW_PROFILE = re.compile(rb"\s*[^\s]{1,40}\s+[0-9]+\s+([0-9A-Fa-f\s]*)")


@dataclass(frozen=True, slots=True)
class PngBlocks:
    exif: bytes = b""
    xmp: bytes = b""
    iptc: bytes = b""
    words: dict[str, str] = field(default_factory=dict)  # Title, Description


def read_png(stream: BinaryIO) -> PngBlocks:
    """The metadata of the PNG in `stream`."""
    values: dict[bytes, bytes] = {}
    for keyword, value in _values(stream):
        values.setdefault(keyword, value)
    return _blocks(values)


def read_png_info(info: Mapping[Any, Any]) -> PngBlocks:
    """The metadata that Pillow has kept of a PNG whose pixels are loaded (`info`: of the picture)."""
    values = {}
    for keyword, value in info.items():
        if isinstance(value, iTXt):
            values[str(keyword).encode()] = value.encode("utf-8", "ignore")
        elif isinstance(value, str):  # Pillow has read its bytes as Latin-1
            values[str(keyword).encode()] = value.encode("latin-1", "ignore")
    if isinstance(exif := info.get("exif"), bytes):
        values[_EXIF] = exif
    return _blocks(values)


def _blocks(values: Mapping[bytes, bytes]) -> PngBlocks:
    """Values by keyword, sorted into blocks; what the format has a place for goes before a raw profile."""
    profiles = {
        keyword.removeprefix(_PROFILE).lower(): _unhex(value)
        for keyword, value in values.items()
        if keyword.startswith(_PROFILE)
    }
    segment = profiles.get(b"app1", b"")  # a whole segment of a JPEG, of EXIF or of XMP
    is_exif = segment.startswith(_EXIF_HEADER)
    return PngBlocks(
        exif=values.get(_EXIF) or profiles.get(b"exif") or (segment if is_exif else b""),
        xmp=values.get(_XMP) or profiles.get(b"xmp") or (b"" if is_exif else segment.partition(b"\0")[2]),
        iptc=profiles.get(b"iptc") or profiles.get(b"8bim") or b"",
        words={word.decode(): decode(values[word]) for word in _WORDS if word in values},
    )


def _values(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Keyword and value of each text that is metadata, and the eXIf chunk."""
    room = _MOST_TEXT
    for kind, data in _chunks(stream):
        if kind == _EXIF:
            yield kind, data
            continue
        keyword, _, rest = data.partition(b"\0")
        if keyword == _XMP or keyword in _WORDS or keyword.startswith(_PROFILE):
            value = _text(kind, rest, room)
            room -= len(value)
            yield keyword, value


def _chunks(stream: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    stream.seek(0)
    if stream.read(len(_SIGNATURE)) != _SIGNATURE:
        return
    for _ in range(_MOST_CHUNKS):
        head = stream.read(8)
        if len(head) < 8:
            return
        size, kind = struct.unpack(">I4s", head)
        if kind in (_EXIF, b"tEXt", b"zTXt", b"iTXt") and size <= _MOST_BYTES:
            yield kind, stream.read(size)
            stream.seek(4, 1)
        elif kind == b"IEND":
            return
        else:
            stream.seek(size + 4, 1)


def _text(kind: bytes, rest: bytes, room: int) -> bytes:
    """The value of a text chunk, what follows its keyword being `rest`; b"" where it is broken or above `room`."""
    if kind == b"tEXt":
        return rest[:room]
    if kind == b"zTXt":
        return _unpack(rest[1:], room)
    is_packed, rest = rest[:1] == b"\1", rest[2:]
    _language, _, rest = rest.partition(b"\0")
    _translated, _, value = rest.partition(b"\0")
    return _unpack(value, room) if is_packed else value[:room]


def _unpack(data: bytes, room: int) -> bytes:
    if room <= 0:
        return b""
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(data, room)
    except zlib.error:
        return b""


def _unhex(value: bytes) -> bytes:
    match = _RAW_PROFILE.match(value)
    digits = b"".join(match[1].split()) if match else b""
    return bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
