"""The addresses of an image and its renditions: pure functions, no query, no look at the disk."""

from django.urls import reverse

from images.models import Image
from images.renditions import LADDER, NAMED, SQUARE, Size, rendition_size


def thumbnail_url(image: Image, size: Size) -> str:
    """Carries the version of the renditions, so that a browser may keep the answer for ever."""
    return f"/api/images/{image.uid}/thumbnail?size={size}&v={image.version}"


def thumbnail(image: Image, size: Size) -> dict[str, object]:
    width, height = rendition_size(image.image_width, image.image_height, size)
    return {"url": thumbnail_url(image, size), "width": width, "height": height}


def thumbnails(image: Image) -> dict[str, dict[str, object]]:
    return {name: thumbnail(image, size) for name, size in NAMED.items()}


def square(image: Image) -> dict[str, object]:
    return thumbnail(image, SQUARE)


def srcset(image: Image) -> str:
    """The text of HTML's `srcset`: every step of the ladder that differs, with its width."""
    widths = {rendition_size(image.image_width, image.image_height, step)[0]: step for step in reversed(LADDER)}
    return ", ".join(f"{thumbnail_url(image, step)} {width}w" for width, step in sorted(widths.items()))


def html_url(image: Image) -> str:
    return reverse("image", args=[image.uid])


def download_url(image: Image) -> str:
    return f"/api/images/{image.uid}/download"
