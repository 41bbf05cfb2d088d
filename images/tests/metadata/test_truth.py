"""Every field of a few hundred real files against what is true of them; runs where GALLERY_PHOTOS names their folder.

The folder holds `truth.json` and, below the names in it, the files. Where truth.json tells what stands in the file and
our rules say something else of it (two zeros are no place, "OLYMPUS DIGITAL CAMERA" no description), the rule counts.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from images.metadata.reading import Metadata, read_metadata

PHOTOS = os.environ.get("GALLERY_PHOTOS", "")
pytestmark = pytest.mark.skipif(not PHOTOS, reason="GALLERY_PHOTOS does not name the folder of test photos")

Truth = dict[str, Any]

# Descriptions in these files that a camera or a program wrote by itself.
BY_MACHINE = {
    "OLYMPUS DIGITAL CAMERA",
    "DIGITAL CAMERA",
    "KONICA MINOLTA DIGITAL CAMERA",
    "GE DIGITAL CAMERA",
    "SANYO DIGITAL CAMERA",
    "TRAVELER DIGITAL CAMERA",
    "EPSON DSC picture",
    "<Digimax i50 MP3, Samsung #1 MP3>",
    "DSC00019",
    "DCIM\\100GOPRO\\GOPR1785.",
}
MOST_METRES = 1_000_000


def _number(value: str | None) -> float | None:
    return float(value) if value else None


def _coordinate(truth: Truth, name: str) -> float | None:
    is_nowhere = _number(truth.get("lat")) == _number(truth.get("lon")) == 0
    return None if is_nowhere else _number(truth.get(name))


def _altitude(truth: Truth) -> float | None:
    metres = _number(truth.get("altitude"))
    return metres if metres is None or metres < MOST_METRES else None


def _date(truth: Truth) -> str:
    """OffsetTime belongs to the change of the file: its offset is not that of the picture."""
    borrowed = "offset is from OffsetTime (0x9010)" in truth["note"]
    return truth["date_taken"][:-6] if borrowed else truth["date_taken"]


def _orientation(truth: Truth) -> int:
    """As in the file, but HEIF and AVIF are turned by their container; 0 is none."""
    return 1 if truth["pillow_format"] in ("HEIF", "AVIF") else int(truth["orientation"] or 0) or 1


def _keywords(truth: Truth) -> list[str]:
    """Windows' own count where there are no others; no control characters, at most 100 characters."""
    words = truth["keywords"] or truth["xp_keywords"]
    return ["".join(c for c in word if not "\x7f" <= c <= "\x9f")[:100] for word in words]


def _shutter_speed(truth: Truth) -> str:
    """An exposure of 1/0 s is none."""
    return (truth.get("shutter_shown") or "").replace("inf", "")


def _description(truth: Truth) -> str:
    text = truth["description"].strip()
    return "" if text in BY_MACHINE else text[:10_000].strip()


FIELDS: dict[str, tuple[Callable[[Metadata], object], Callable[[Truth], object]]] = {
    "camera_make": (lambda got: got.camera_make, lambda truth: truth["camera_make"]),
    "camera_model": (lambda got: got.camera_model, lambda truth: truth["camera_model"]),
    "date_taken": (lambda got: got.date_taken, _date),
    "focal_length": (lambda got: got.focal_length, lambda truth: _number(truth["focal_length"])),
    "aperture": (lambda got: got.aperture, lambda truth: truth["aperture"]),
    "iso": (lambda got: got.iso, lambda truth: _number(truth["iso"]) or None),
    "shutter_speed": (lambda got: got.shutter_speed, _shutter_speed),
    "orientation": (lambda got: got.orientation, _orientation),
    "color_profile": (lambda got: got.color_profile, lambda truth: truth["icc_profile"]),
    "location_lat": (lambda got: got.location_lat, lambda truth: _coordinate(truth, "lat")),
    "location_lon": (lambda got: got.location_lon, lambda truth: _coordinate(truth, "lon")),
    "altitude": (lambda got: got.altitude, _altitude),
    "title": (lambda got: got.title, lambda truth: truth["title"][:255].strip()),
    "description": (lambda got: got.description, _description),
    "keywords": (lambda got: list(got.keywords), _keywords),
    "rating": (lambda got: got.rating, lambda truth: _number(truth["rating"])),
}


@pytest.fixture(scope="module")
def files() -> list[tuple[Truth, Metadata]]:
    """What is true of each file that decodes, and what is read from it."""
    pillow_heif.register_heif_opener()
    return list(_read(Path(PHOTOS)))


def _read(folder: Path) -> Iterator[tuple[Truth, Metadata]]:
    for truth in json.loads((folder / "truth.json").read_text()):
        if truth["decodes"] == "yes" and truth["pillow_format"] != "JPEG2000":
            with Image.open(folder / truth["name"]) as picture:
                yield truth, read_metadata(picture)


@pytest.mark.parametrize("field", FIELDS)
def test_field(field: str, files: list[tuple[Truth, Metadata]]) -> None:
    read, expect = FIELDS[field]
    checked = [(truth["name"], read(metadata), expect(truth)) for truth, metadata in files]
    wrong = [f"{name}: read {got!r}, true {true!r}" for name, got, true in checked if not _same(got, true)]
    told = [(got, true) for _, got, true in checked if true not in ("", None, [])]
    missed = [got for got, true in told if not _same(got, true)]
    report = "\n".join([f"{len(wrong)} of {len(checked)} differ, {len(missed)} of {len(told)} told ones", *wrong])
    sys.stdout.write(report)
    assert len(checked) > 300
    assert len(wrong) <= len(checked) / 100, report
    assert len(missed) <= len(told) / 100, report


def _same(got: object, true: object) -> bool:
    if isinstance(got, float) and isinstance(true, float):
        return got == pytest.approx(true, rel=1e-5, abs=1e-6)  # truth.json has six digits
    return got == true
