"""Where each format keeps its blocks of metadata, and what Pillow leaves of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import BinaryIO, cast

from PIL import Image
from PIL.ImageFile import ImageFile

from images.metadata.exif import Exif, read_exif, read_exif_block
from images.metadata.gif import read_gif
from images.metadata.png import read_png, read_png_info
from images.metadata.tiff import IPTC_BLOCK, PHOTOSHOP_BLOCK, XMP_BLOCK

_XMP_SEGMENT = b"ns.adobe.com/xap/1.0/"
_PHOTOSHOP_SEGMENT = b"Photoshop 3.0\0"


@dataclass(frozen=True, slots=True)
class Blocks:
    """A picture's metadata by kind: EXIF in its directories, the others as they stand in the file."""

    exif: Exif = field(default_factory=Exif)
    xmp: bytes = b""
    iptc: bytes = b""
    icc: bytes = b""
    words: dict[str, str] = field(default_factory=dict)  # a PNG's Title and Description


def read_blocks(picture: Image.Image) -> Blocks:
    """The blocks of a picture as `PIL.Image.open` gave it.

    PNG, GIF and TIFF are read from the picture's own file, whose position is put back: Pillow sees what stands behind
    a PNG's pixels only after them, decodes TIFF's texts, and keeps nothing of a GIF's. Once the pixels are loaded it
    has let go of that file: of a PNG it has kept most then, of the others nothing.
    """
    blocks = _kept_by_pillow(picture)
    with _file_of(picture) as stream:
        if picture.format == "PNG":
            png = read_png_info(picture.info) if stream is None else read_png(stream)
            blocks = replace(blocks, exif=read_exif_block(png.exif), xmp=png.xmp, iptc=png.iptc, words=png.words)
        elif stream is not None and picture.format == "GIF":
            extensions = read_gif(stream)
            blocks = replace(blocks, xmp=extensions.xmp, icc=extensions.icc)
        elif stream is not None and picture.format == "TIFF":
            blocks = replace(blocks, exif=read_exif(stream))
    return replace(
        blocks,
        xmp=blocks.xmp or blocks.exif.block(XMP_BLOCK),
        iptc=blocks.iptc or blocks.exif.block(IPTC_BLOCK) or blocks.exif.block(PHOTOSHOP_BLOCK),
    )


def _kept_by_pillow(picture: Image.Image) -> Blocks:
    segments: list[tuple[str, bytes]] = getattr(picture, "applist", [])  # a JPEG has them
    xmp = (data for name, data in segments if name == "APP1" and _XMP_SEGMENT in data[:40])
    iptc = (data for name, data in segments if name == "APP13" and data.startswith(_PHOTOSHOP_SEGMENT))
    return Blocks(
        exif=read_exif_block(_bytes(picture.info.get("exif"))),
        xmp=next(xmp, b"").partition(b"\0")[2] or _bytes(picture.info.get("xmp")),
        iptc=b"".join(data.removeprefix(_PHOTOSHOP_SEGMENT) for data in iptc),
        icc=_bytes(picture.info.get("icc_profile")),
    )


@contextmanager
def _file_of(picture: Image.Image) -> Iterator[BinaryIO | None]:
    """The file that the picture is being read from, if it is still open; its position is put back afterwards."""
    stream = picture.fp if isinstance(picture, ImageFile) else None
    if stream is None or stream.closed:
        yield None
        return
    position = stream.tell()
    try:
        yield cast(BinaryIO, stream)
    finally:
        stream.seek(position)


def _bytes(value: object) -> bytes:
    """What Pillow keeps under a name of its `info`, where anything may stand."""
    if isinstance(value, str):
        return value.encode("utf-8", "ignore")
    return value if isinstance(value, bytes) else b""
