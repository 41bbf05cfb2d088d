"""What a watermark looks like: on the newest photo of its owner, or on a grey ground where there is none."""

import struct
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from accounts.models import User
from images import store
from images.darkroom.pool import Refused
from images.developing import darkroom, watermark_file
from images.imagegenerators import rendition
from images.making import Outdated
from images.models import Image
from images.renditions import RenditionKey
from images.watermarks import Watermark

SIZE: Final = 640  # pixels, the long edge
_GROUND: Final = (640, 480)


def preview(watermark: Watermark, *, owner: User) -> bytes:
    """A JPEG. Raises FileNotFoundError when the picture of the watermark is gone, and DarkroomError."""
    with TemporaryDirectory(prefix="gallery-preview-") as name:
        folder = Path(name)
        source = _newest(owner) or _grey(folder / "ground.bmp")
        made = darkroom().develop(
            source,
            renditions=[RenditionKey(SIZE, "jpeg", watermark.mark)],
            into=folder,
            watermark=watermark,
            watermark_file=watermark_file(watermark),
            metadata=False,
        )
        [file] = made.renditions
        return (folder / file).read_bytes()


def _newest(owner: User) -> Path | None:
    """The file of a rendition of the owner's newest photo, if there is one and its original is whole."""
    image = Image.objects.filter(user=owner, trashed_at=None).order_by("-pk").first()
    if image is None:
        return None
    file = rendition(image, RenditionKey(SIZE, "jpeg"))
    try:
        file.generate()
    except (FileNotFoundError, Refused, Outdated):
        return None  # the page of that photo tells of it
    return store.on_disk(file.name)


def _grey(path: Path) -> Path:
    """Write a picture from dark to light, as a BMP of 256 greys, its rows from the bottom up."""
    width, height = _GROUND
    greys = b"".join(bytes((grey, grey, grey, 0)) for grey in range(256))
    rows = b"".join(bytes([255 * row // (height - 1)]) * width for row in reversed(range(height)))
    offset = 14 + 40 + len(greys)
    head = struct.pack("<2sIHHI", b"BM", offset + len(rows), 0, 0, offset)
    about = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 0, len(rows), 2835, 2835, 256, 256)
    path.write_bytes(head + about + greys + rows)
    return path
