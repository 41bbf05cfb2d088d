"""What templates say of an image: its words, its facts, its shape in the grid, the address of its tags."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.dateparse import parse_datetime

register = template.Library()

NARROWEST, WIDEST = 4, 30  # tenths; css/photos.css has a class for each

Card = Mapping[str, Any]


@register.filter
def ratio_class(card: Card) -> str:
    """The class for width : height in tenths, from 0.4 to 3.0: `ratio-15` for 3:2."""
    tenths = round(10 * card["image_width"] / card["image_height"])
    return f"ratio-{min(max(tenths, NARROWEST), WIDEST)}"


@register.filter
def alt_text(card: Card) -> str:
    return card["title"] or f"Untitled photo by {card['user']['username']}"


@register.filter
def tag_path(name: str) -> str:
    """The images that carry this tag: a name is enough, its slug is the database's affair."""
    return f"{reverse('tags')}?{urlencode({'name': name})}"


@register.filter
def facts(image: Card) -> Iterator[tuple[str, str]]:
    """Label and text of what is known of an image (its detail JSON), in the order in which one reads of a photo."""
    metadata = image["metadata"]
    if taken := image["date_taken"]:
        yield "Taken", readable_date(taken)
    if camera := _camera(metadata["camera_make"], metadata["camera_model"]):
        yield "Camera", camera
    if lens := metadata["lens_model"]:
        yield "Lens", lens
    if exposure := " · ".join(_exposure(metadata)):
        yield "Exposure", exposure
    if metadata.get("location_lat") is not None and metadata.get("location_lon") is not None:
        yield "Place", f"{metadata['location_lat']:.5f}, {metadata['location_lon']:.5f}"
    if metadata.get("altitude") is not None:
        yield "Altitude", f"{metadata['altitude']:.0f} m"
    yield "Size", f"{image['image_width']} × {image['image_height']}, {filesizeformat(image['file_size'])}"
    yield "Format", image["mime_type"].removeprefix("image/").upper()
    if profile := metadata["color_profile"]:
        yield "Colour profile", profile
    yield "Uploaded", readable_date(image["uploaded_at"])
    yield "Views", str(image["view_count"])
    if name := image.get("original_filename"):
        yield "File name", name
    if rating := image.get("rating"):
        yield "Rating", "★" * rating if rating > 0 else "rejected"


@register.filter(name="readable")
def readable_date(text: str) -> str:
    """`2021-05-03T10:00:00.5+02:00` as "3 May 2021, 10:00 +02:00": the time stays the camera's own."""
    moment = parse_datetime(text)
    if moment is None:
        return text
    offset = f" {moment.isoformat()[-6:]}" if moment.tzinfo else ""
    return f"{moment.day} {moment:%B %Y, %H:%M}{offset.replace('+00:00', 'UTC')}"


def _camera(make: str | None, model: str | None) -> str:
    """Make and model, without a make that the model repeats ("Canon", "Canon EOS R5")."""
    if make and model and not model.casefold().startswith(make.split()[0].casefold()):
        return f"{make} {model}"
    return model or make or ""


def _exposure(metadata: Mapping[str, Any]) -> Iterator[str]:
    if metadata["focal_length"]:
        yield f"{metadata['focal_length']:g} mm"
    if metadata["aperture"]:
        yield f"f/{metadata['aperture']}"
    if metadata["shutter_speed"]:
        yield f"{metadata['shutter_speed']} s"
    if metadata["iso"]:
        yield f"ISO {metadata['iso']}"
