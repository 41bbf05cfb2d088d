"""WebP (RFC 9649, animated too) without XMP, without EXIF but its orientation, and without chunks that nobody knows."""

import struct
from typing import Final, NamedTuple

from images.stripping.colour import MAX_PROFILE, is_profile
from images.stripping.pieces import MOST_PARTS, BrokenStructure, Data, Piece, size_of
from images.stripping.turning import block_of, turn_of

_HEAD = 8  # of a chunk: its name and its length
_HEADER = 10  # all of VP8X: flags, and the size of the canvas
_FRAME_HEAD = 16  # of ANMF: place, size, duration, how it is blended
_BACKGROUND_AND_LOOPS = 6  # all of ANIM
_HAS_PROFILE, _HAS_ALPHA, _HAS_EXIF, _IS_ANIMATED = 0x20, 0x10, 0x08, 0x02  # flags of VP8X
_BITSTREAMS: Final = (b"VP8 ", b"VP8L")
_MAX_EXIF = 2**20


class _Chunk(NamedTuple):
    name: bytes
    content: range


def pieces(data: Data) -> list[Piece]:
    """The stripped file; raises BrokenStructure."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise BrokenStructure("no WebP")
    end = _HEAD + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise BrokenStructure("the container is longer than the file")
    chunks = _chunks(data, 12, end)
    if not chunks:
        raise BrokenStructure("no picture")
    # A file without the extended header is one picture, and whatever is behind it is not looked at.
    kept = _extended(data, chunks) if chunks[0].name == b"VP8X" else _image(chunks[:1])
    return [b"RIFF" + struct.pack("<I", 4 + size_of(kept)) + b"WEBP", *kept]


def _chunks(data: Data, at: int, end: int) -> list[_Chunk]:
    """The chunks of a container, or of a frame, from `at` to `end`."""
    found: list[_Chunk] = []
    while at + _HEAD <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        content = range(at + _HEAD, at + _HEAD + length)
        if content.stop > end or len(found) >= MOST_PARTS:
            raise BrokenStructure("a chunk is longer than what holds it, or there are too many")
        found.append(_Chunk(name, content))
        at = content.stop + (length & 1)
    return found


def _extended(data: Data, chunks: list[_Chunk]) -> list[Piece]:
    """Header, profile, the still picture or the frames, and the orientation; only what the header's flags announce."""
    header = _first(data, chunks, b"VP8X", most=_HEADER)
    if len(header) < _HEADER:
        raise BrokenStructure("the header is too short")
    flags = header[0]
    profile = _first(data, chunks, b"ICCP", most=MAX_PROFILE + 1) if flags & _HAS_PROFILE else b""
    profile = profile if is_profile(profile) else b""
    exif = _first(data, chunks, b"EXIF", most=_MAX_EXIF) if flags & _HAS_EXIF else b""
    turned = block_of(turn_of(exif))
    picture = _animation(data, chunks) if flags & _IS_ANIMATED else _image(chunks)
    flags &= _HAS_ALPHA | _IS_ANIMATED
    flags |= (_HAS_PROFILE if profile else 0) | (_HAS_EXIF if turned else 0)
    return [
        *_chunk(b"VP8X", [bytes([flags, 0, 0, 0]) + header[4:]]),
        *(_chunk(b"ICCP", [profile]) if profile else ()),
        *picture,
        *(_chunk(b"EXIF", [turned]) if turned else ()),
    ]


def _first(data: Data, chunks: list[_Chunk], name: bytes, *, most: int) -> bytes:
    """The beginning of the first chunk of this name, `most` bytes of it: decoders look at no other."""
    content = next((chunk.content for chunk in chunks if chunk.name == name), range(0))[:most]
    return bytes(data[content.start : content.stop])


def _animation(data: Data, chunks: list[_Chunk]) -> list[Piece]:
    settings = _first(data, chunks, b"ANIM", most=_BACKGROUND_AND_LOOPS)
    if len(settings) < _BACKGROUND_AND_LOOPS or b"ANMF" not in (chunk.name for chunk in chunks):
        raise BrokenStructure("an animation without its settings, or without frames")
    kept = _chunk(b"ANIM", [settings])
    for name, content in chunks:
        if name == b"ANMF":
            head = content[:_FRAME_HEAD]
            kept += _chunk(b"ANMF", [head, *_image(_chunks(data, head.stop, content.stop))])
    return kept


def _image(chunks: list[_Chunk]) -> list[Piece]:
    """The bitstream of one picture, and before it its alpha channel where it has one of its own."""
    kept: list[Piece] = []
    for name, content in chunks:
        if name == b"ALPH":
            kept += _chunk(name, [content])
        elif name in _BITSTREAMS:
            return [*kept, *_chunk(name, [content])]
    raise BrokenStructure("no bitstream")


def _chunk(name: bytes, content: list[Piece]) -> list[Piece]:
    """Name, length, content, and a zero where the length is odd."""
    length = size_of(content)
    return [name + struct.pack("<I", length), *content, *([b"\0"] if length & 1 else ())]
