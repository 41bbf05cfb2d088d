"""What a stripped file is made of: stretches of the original, byte for byte, and a few bytes of our own."""

from collections.abc import Iterable
from mmap import mmap
from typing import BinaryIO, Final

Data = bytes | mmap
Piece = bytes | range  # our own bytes, or from where to where the original's are taken

MOST_PARTS: Final = 200_000  # segments, chunks or blocks of a file that are followed
_BLOCK: Final = 2**20


class BrokenStructure(Exception):
    """The file's parts can't be followed from its beginning to its end, so nobody knows what is in it."""


def write(pieces: Iterable[Piece], data: Data, target: BinaryIO) -> None:
    """Write the pieces one after another, holding a mebibyte of the original at a time."""
    for piece in pieces:
        if isinstance(piece, bytes):
            target.write(piece)
        else:
            blocks = (piece[at : at + _BLOCK] for at in range(0, len(piece), _BLOCK))
            target.writelines(data[block.start : block.stop] for block in blocks)


def size_of(pieces: Iterable[Piece]) -> int:
    """How many bytes the pieces are."""
    return sum(map(len, pieces))
