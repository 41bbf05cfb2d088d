"""PNG (third edition, APNG included) without its texts: what is needed to show the picture stays as it is.

Of EXIF the orientation stays, and of a colour profile all but its name. The file ends at its end chunk.
"""

import struct
import zlib
from io import BytesIO
from typing import BinaryIO, Final, cast

from images.metadata.png import read_png
from images.stripping.colour import MAX_PROFILE, is_profile
from images.stripping.pieces import MOST_PARTS, BrokenStructure, Data, Piece
from images.stripping.turning import block_of, turn_of

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_LONGEST: Final = 2**31  # exclusive

# The sizes that the standard gives each chunk. What is longer would hold more than it should.
_PICTURE: Final = {
    b"IHDR": range(13, 14),
    b"PLTE": range(3, 769, 3),
    b"tRNS": range(1, 257),
    b"IDAT": range(_LONGEST),
    b"acTL": range(8, 9),
    b"fcTL": range(26, 27),
    b"fdAT": range(4, _LONGEST),
}
_APPEARANCE: Final = {
    b"gAMA": range(4, 5),
    b"cHRM": range(32, 33),
    b"sRGB": range(1, 2),
    b"cICP": range(4, 5),
    b"mDCV": range(24, 25),
    b"cLLI": range(8, 9),
    b"sBIT": range(1, 5),
    b"bKGD": range(1, 7),
    b"hIST": range(2, 513, 2),
    b"pHYs": range(9, 10),
}
_ANCILLARY: Final = 0x20  # this bit of a name's first letter: who does not know the chunk can do without


def pieces(data: Data) -> list[Piece]:
    """The stripped file; raises BrokenStructure."""
    if data[:8] != _SIGNATURE:
        raise BrokenStructure("no PNG")
    kept: list[Piece] = []
    at = 8
    for _ in range(MOST_PARTS):
        length, name = struct.unpack_from(">I4s", data, at)
        start, content, at = at, at + 8, at + length + 12
        if at > len(data):
            raise BrokenStructure("a chunk is longer than the file")
        if (name == b"IHDR") != (start == 8):
            raise BrokenStructure("the header is not where it belongs")
        if name == b"IEND":
            header, *rest = kept
            return [_SIGNATURE, header, *_orientation_chunk(data), *rest, _chunk(b"IEND")]
        if name in _PICTURE:
            if length not in _PICTURE[name]:
                raise BrokenStructure("a chunk is longer or shorter than its kind")
            kept.append(range(start, at))
        elif name == b"iCCP":
            kept.extend(_profile_chunk(data[content : content + length]) if length <= MAX_PROFILE else ())
        elif name in _APPEARANCE:
            kept.extend([range(start, at)] if length in _APPEARANCE[name] else ())
        elif not name[0] & _ANCILLARY:
            raise BrokenStructure("a chunk that is needed, and that nobody knows")
    raise BrokenStructure("too many chunks")


def _orientation_chunk(data: Data) -> list[Piece]:
    """The orientation of a file that was followed to its end: a memory map lets nobody read beyond its own."""
    stream = BytesIO(data) if isinstance(data, bytes) else cast(BinaryIO, data)
    turned = block_of(turn_of(read_png(stream).exif))
    return [_chunk(b"eXIf", turned)] if turned else []


def _profile_chunk(content: bytes) -> list[Piece]:
    """The profile under a name of ours, since its own name is a text; nothing where there is no profile."""
    packed = content.partition(b"\0")[2][1:]
    try:
        profile = zlib.decompressobj().decompress(packed, MAX_PROFILE + 1)
    except zlib.error:
        return []
    return [_chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile))] if is_profile(profile) else []


def _chunk(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
