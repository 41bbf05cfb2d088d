"""The one tag that stays of EXIF: which way up the picture is."""

import struct
from typing import Final

from images.metadata.camera import orientation
from images.metadata.exif import read_exif_block

EXIF_HEADER: Final = b"Exif\0\0"  # what JPEG puts before the block
_ORIENTATION, _SHORT = 0x0112, 3


def turn_of(block: bytes) -> int:
    """The orientation, 1 to 8, that an EXIF block tells; 1 where it tells none."""
    return orientation(read_exif_block(block), is_tiff=False)


def block_of(turn: int) -> bytes:
    """An EXIF block that tells an orientation and nothing else; none where the picture is upright.

    It is a TIFF header and a directory of one tag (TIFF 6.0, section 2).
    """
    if turn == 1:
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, _SHORT, 1, turn, 0, 0)
