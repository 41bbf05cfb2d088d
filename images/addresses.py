"""The addresses of an image and its renditions: pure functions, no query, no look at the disk."""

from django.urls import reverse

from images.models import Image
from images.renditions import LADDER, NAMED, SQUARE, Size, rendition_size


def thumbnail_url(image: Image, size: Size, mark: str = "") -> str:
    """Carries the version of the renditions and the mark of the watermark that this viewer is due (see `images.marks`),
    so that a browser may keep the answer for ever. What is answered follows from who asks, never from the address."""
    return f"/api/images/{image.uid}/thumbnail?size={size}&v={image.version}{'&m=' if mark else ''}{mark}"


def thumbnail(image: Image, size: Size, mark: str = "") -> dict[str, object]:
    width, height = rendition_size(image.image_width, image.image_height, size)
    return {"url": thumbnail_url(image, size, mark), "width": width, "height": height}


def thumbnails(image: Image, mark: str = "") -> dict[str, dict[str, object]]:
    return {name: thumbnail(image, size, mark) for name, size in NAMED.items()}


def square(image: Image, mark: str = "") -> dict[str, object]:
    return thumbnail(image, SQUARE, mark)


def srcset(image: Image, mark: str = "") -> str:
    """The text of HTML's `srcset`: every step of the ladder that differs, with its width."""
    widths = {rendition_size(image.image_width, image.image_height, step)[0]: step for step in reversed(LADDER)}
    return ", ".join(f"{thumbnail_url(image, step, mark)} {width}w" for width, step in sorted(widths.items()))


def html_url(image: Image) -> str:
    return reverse("image", args=[image.uid])


def download_url(image: Image) -> str:
    return f"/api/images/{image.uid}/download"
