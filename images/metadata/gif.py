"""What a GIF carries in application extensions: XMP and a colour profile (GIF89a, section 26; XMP part 3, 1.1.2)."""

from dataclasses import dataclass
from typing import BinaryIO

_EXTENSION, _IMAGE, _APPLICATION = 0x21, 0x2C, 0xFF
_XMP, _ICC = b"XMP DataXMP", b"ICCRGBG1012"
_XMP_TAIL = b"\x01\xff\xfe\xfd"  # 257 falling numbers: whatever size is read among them, the last block is empty
_MOST_STEPS = 200_000  # blocks, sub-blocks and the bytes that tell their kind
_MOST_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class GifBlocks:
    xmp: bytes = b""
    icc: bytes = b""


def read_gif(stream: BinaryIO) -> GifBlocks:
    """The metadata of the GIF in `stream`, as far as its blocks can be followed."""
    return _Reader(stream).blocks()


class _Reader:
    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = _MOST_STEPS

    def blocks(self) -> GifBlocks:
        found = GifBlocks()
        self._stream.seek(0)
        header = self._stream.read(13)
        if len(header) < 13:
            return found
        self._skip_colours(header[10])
        while self._left > 0 and not (found.xmp and found.icc):
            kind = self._byte()
            if kind == _IMAGE:
                descriptor = self._stream.read(9)
                if len(descriptor) < 9:
                    break
                self._skip_colours(descriptor[8])
                self._stream.seek(1, 1)  # the code size of LZW
                self._sub_blocks(keep=False)
            elif kind == _EXTENSION:
                self._extension(found)
            else:
                break
        return found

    def _extension(self, found: GifBlocks) -> None:
        if self._byte() != _APPLICATION:
            self._sub_blocks(keep=False)
            return
        name = self._stream.read(self._byte())
        raw, data = self._sub_blocks(keep=name in (_XMP, _ICC))
        if name == _XMP and not found.xmp:
            # XMP stands there as it is; its bytes only look like sub-blocks, and the tail behind it leads to their end.
            found.xmp = raw.partition(_XMP_TAIL)[0]
        elif name == _ICC and not found.icc:
            found.icc = data

    def _sub_blocks(self, *, keep: bool) -> tuple[bytes, bytes]:
        """All bytes up to the block that ends them, with and without the size before each."""
        raw, data = bytearray(), bytearray()
        while self._left > 0 and (size := self._byte()):
            if keep and len(raw) < _MOST_BYTES:
                chunk = self._stream.read(size)
                raw += bytes([size]) + chunk
                data += chunk
            else:
                self._stream.seek(size, 1)
        return bytes(raw), bytes(data)

    def _skip_colours(self, flags: int) -> None:
        if flags & 0x80:
            self._stream.seek(3 << (flags & 7) + 1, 1)

    def _byte(self) -> int:
        """The next byte; 0, which ends everything, at the end of the stream."""
        self._left -= 1
        return next(iter(self._stream.read(1)), 0)
