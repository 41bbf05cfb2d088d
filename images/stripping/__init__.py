"""Stripping: a picture file without its metadata, and with the very same pixels. Pure: bytes in, bytes out.

What stays is what is needed to show the picture as it was meant: its coded pixels byte for byte, its colour profile and
which way up it is. What stays is listed and all else goes, so nothing private hides in a place that nobody thought of.
"""

import struct
from typing import BinaryIO, Final

from images.stripping import gif, jpeg, png, webp
from images.stripping.pieces import BrokenStructure, Data, write

__all__ = ["STRIPPED", "BrokenStructure", "strip"]

_FORMATS: Final = {
    "image/jpeg": jpeg.pieces,
    "image/png": png.pieces,
    "image/webp": webp.pieces,
    "image/gif": gif.pieces,
}
STRIPPED: Final = frozenset(_FORMATS)  # the types that can be stripped


def strip(source: Data, target: BinaryIO, mime_type: str) -> None:
    """Write the file to `target` without metadata; the pixels of all its frames stay identical.

    `source` is the whole file, best as a memory map. Raises BrokenStructure, before anything is written, where the
    file can't be followed to its end or is of no type in STRIPPED; `target` raises what it raises.
    """
    if mime_type not in STRIPPED:
        raise BrokenStructure(f"{mime_type} is not stripped")
    try:
        pieces = _FORMATS[mime_type](source)
    except struct.error:
        raise BrokenStructure("the file ends too early") from None
    write(pieces, source, target)
