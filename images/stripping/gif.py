"""GIF (89a) without comments, texts and application data: pictures, their timing and the loop count stay."""

from typing import Final

from images.stripping.pieces import MOST_PARTS, BrokenStructure, Data, Piece

_EXTENSION, _IMAGE, _TRAILER = 0x21, 0x2C, 0x3B
_GRAPHIC_CONTROL, _APPLICATION = 0xF9, 0xFF
_LOOPING: Final = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
_LOOP_COUNT = 1  # the first byte of the sub-block that tells how often


def pieces(data: Data) -> list[Piece]:
    """The stripped file; raises BrokenStructure. A trailer that is missing is put there."""
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 13:
        raise BrokenStructure("no GIF")
    walk = _Walk(data, 13 + _colours(data[10]))
    kept: list[Piece] = [range(walk.at)]
    images = 0
    while (kind := walk.byte(at_end=_TRAILER)) != _TRAILER:
        if kind == _EXTENSION:
            kept.extend(_extension(walk))
        elif kind == _IMAGE:
            start = walk.at - 1
            walk.skip(8)
            walk.skip(_colours(walk.byte()) + 1)  # behind the colours stands the code size of LZW
            walk.sub_blocks()
            kept.append(range(start, walk.at))
            images += 1
        # else a byte of junk, over which decoders step
    if not images:
        raise BrokenStructure("no picture")
    return [*kept, bytes([_TRAILER])]


def _extension(walk: "_Walk") -> list[Piece]:
    """An extension without what it may carry beyond its purpose; nothing where its purpose is not the picture."""
    label = walk.byte()
    blocks = walk.sub_blocks()
    first, second, *_ = *blocks, b"", b""
    if label == _GRAPHIC_CONTROL:
        if len(first) < 4:
            raise BrokenStructure("a timing too short")
        return [_extension_of(label, first[:4])]
    if label == _APPLICATION and first in _LOOPING and len(second) >= 3 and second[0] == _LOOP_COUNT:
        return [_extension_of(label, first, second[:3])]
    return []


def _extension_of(label: int, *blocks: bytes) -> bytes:
    sized = b"".join(bytes([len(block)]) + block for block in blocks)
    return bytes([_EXTENSION, label]) + sized + b"\0"


def _colours(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


class _Walk:
    """A place in the file that moves on."""

    def __init__(self, data: Data, at: int) -> None:
        self._data = data
        self._left = MOST_PARTS
        self.at = 0
        self.skip(at)

    def skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self._data):
            raise BrokenStructure("the file ends too early")

    def byte(self, *, at_end: int | None = None) -> int:
        """The next byte; `at_end` where the file has none, if that is allowed."""
        if self.at == len(self._data) and at_end is not None:
            return at_end
        self._left -= 1
        if not self._left:
            raise BrokenStructure("too many blocks")
        self.skip(1)
        return self._data[self.at - 1]

    def sub_blocks(self) -> list[bytes]:
        """All sub-blocks up to the empty one; only the first two are given, no others matter."""
        found: list[bytes] = []
        while size := self.byte():
            self.skip(size)
            if len(found) < 2:
                found.append(bytes(self._data[self.at - size : self.at]))
        return found
