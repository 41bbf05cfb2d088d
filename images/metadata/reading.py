"""What a picture file tells of itself, as one value: the whole story of reading it on one screen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from PIL import Image

from images.metadata import camera, gps, words
from images.metadata import iptc as iim
from images.metadata.blocks import read_blocks
from images.metadata.dates import iptc_date, parse_date_taken
from images.metadata.exif import Exif
from images.metadata.icc import profile_name
from images.metadata.iptc import Iptc, read_iptc
from images.metadata.plain import Json
from images.metadata.xmp import Xmp, read_xmp

# Their pixels are turned by the container alone; the tag in their EXIF is a leftover.
_TURNED_BY_CONTAINER = frozenset({"HEIF", "AVIF"})


@dataclass(frozen=True, slots=True)
class Metadata:
    """Clean, bounded and finite: ready for JSON and the database. "" and None mean that the file does not say."""

    camera_make: str = ""
    camera_model: str = ""
    lens_model: str = ""
    date_taken: str = ""  # YYYY-MM-DDTHH:MM:SS[.fff…][±HH:MM], what the file has of it
    focal_length: float | None = None  # mm
    aperture: str = ""  # f-number: "2.8", "4"
    iso: int | None = None
    shutter_speed: str = ""  # "1/250", or seconds: "2.5"
    orientation: int = 1  # 1 to 8 as in the file; 1 for HEIF and AVIF
    color_profile: str = ""  # the ICC profile's name
    location_lat: float | None = None  # signed degrees
    location_lon: float | None = None
    altitude: float | None = None  # m
    title: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    rating: int | None = None  # 0 to 5, -1 rejected
    exif_data: dict[str, Json] = field(default_factory=dict)  # all tags by readable names
    iptc: dict[str, Json] = field(default_factory=dict)
    xmp: dict[str, Json] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; `from_dict` reads it back."""
        return {**asdict(self), "keywords": list(self.keywords)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What is not among the values is unknown."""
        return cls(**{**values, "keywords": tuple(values.get("keywords", ()))})


def read_metadata(picture: Image.Image) -> Metadata:
    """The metadata of a picture as `PIL.Image.open` gave it, best before its pixels are loaded (see `read_blocks`).

    Values that make no sense are left out one by one; no file's values make it raise.
    """
    blocks = read_blocks(picture)
    exif, iptc, xmp = blocks.exif, read_iptc(blocks.iptc), read_xmp(blocks.xmp)
    latitude, longitude = gps.position(exif.gps) or (None, None)
    return Metadata(
        camera_make=camera.make(exif, xmp),
        camera_model=camera.model(exif, xmp),
        lens_model=camera.lens_model(exif, xmp),
        date_taken=_date_taken(exif, iptc, xmp),
        focal_length=camera.focal_length(exif),
        aperture=camera.aperture(exif),
        iso=camera.iso(exif),
        shutter_speed=camera.shutter_speed(exif),
        orientation=_orientation(exif, picture.format),
        color_profile=profile_name(blocks.icc),
        location_lat=latitude,
        location_lon=longitude,
        altitude=gps.altitude(exif.gps),
        title=words.title(exif, iptc, xmp, blocks.words.get("Title", "")),
        description=words.description(exif, iptc, xmp, blocks.words.get("Description", "")),
        keywords=words.keywords(exif, iptc, xmp),
        rating=words.rating(exif, xmp),
        exif_data=exif.as_json(),
        iptc=iptc.as_json(),
        xmp=xmp.as_json(),
    )


def _date_taken(exif: Exif, iptc: Iptc, xmp: Xmp) -> str:
    """The first date that is one: from the camera, then from those who catalogue pictures.

    EXIF's plain DateTime and GPS's clock are not among them: the one says when the file was changed, the other is UTC.
    """
    return (
        camera.date_original(exif)
        or camera.date_digitized(exif)
        or parse_date_taken(xmp.text("exif:DateTimeOriginal"))
        or parse_date_taken(xmp.text("photoshop:DateCreated"))
        or iptc_date(iptc.first(iim.DATE_CREATED), iptc.first(iim.TIME_CREATED))
        or parse_date_taken(xmp.text("xmp:CreateDate"))
    )


def _orientation(exif: Exif, picture_format: str | None) -> int:
    if picture_format in _TURNED_BY_CONTAINER:
        return 1
    return camera.orientation(exif, is_tiff=picture_format == "TIFF")
