"""Folders of real and hostile files, where the environment names them: each outcome is the expected one, and soon."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest
from PIL import Image

from images.darkroom.limits import CODES
from images.darkroom.pool import Pool, Refused
from images.renditions import LADDER, SQUARE, RenditionKey

ALL = [RenditionKey(size, "jpeg") for size in (*LADDER, SQUARE)]
SOON = 10.0  # seconds a file
# What each word of the lists allows; "either" and "pillow_fails" allow both, as long as it is done soon.
ACCEPTED = {"accept", "accept-sanitised"}
REFUSED = {"reject"}


def expectations(path: Path, column: str) -> Iterator[tuple[Path, str]]:
    """The files of a tab-separated list beside them, and what is expected of each."""
    with path.open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield path.parent / row["name"], row[column]


def outcome(darkroom: Pool, source: Path, into: Path) -> str:
    """accept, or the code of the refusal; a line of its own if the file took too long or left something odd."""
    begin = monotonic()
    try:
        picture = darkroom.develop(source, renditions=ALL, into=into)
    except Refused as refusal:
        result = refusal.code if refusal.code in CODES and not any(into.iterdir()) else "refused with something left"
    else:
        result = "accept"
        for name, made in picture.renditions.items():
            with Image.open(into / name) as rendition:
                if rendition.size != (made.width, made.height) or rendition.info.keys() & {
                    "exif",
                    "icc_profile",
                    "comment",
                }:
                    result = f"accepted with an odd {name}"
            (into / name).unlink()
    return result if monotonic() - begin < SOON else f"{result}, too late"


def unexpected(darkroom: Pool, into: Path, files: Iterator[tuple[Path, str]]) -> dict[str, str]:
    """The files whose outcome is not the expected one."""
    wrong = {}
    for source, expected in files:
        result = outcome(darkroom, source, into)
        good = {"accept"} if expected in ACCEPTED else CODES if expected in REFUSED else CODES | {"accept"}
        if result not in good:
            wrong[source.name] = f"{result}, expected {expected}"
    return wrong


def folder(variable: str) -> Path:
    if variable not in os.environ:
        pytest.skip(f"{variable} names no folder of test files")
    return Path(os.environ[variable])


def test_hostile_files(darkroom: Pool, into: Path) -> None:
    listed = folder("GALLERY_HOSTILE") / "MANIFEST.tsv"
    assert unexpected(darkroom, into, expectations(listed, "expected")) == {}


def test_broken_photos(darkroom: Pool, into: Path) -> None:
    listed = folder("GALLERY_PHOTOS") / "broken" / "EXPECT.tsv"
    assert unexpected(darkroom, into, expectations(listed, "expect")) == {}


def test_good_photos(darkroom: Pool, into: Path) -> None:
    """All that Pillow decodes is taken at its displayed size, but for the kinds and sizes that we do not take."""
    root = folder("GALLERY_PHOTOS")
    wrong = {}
    with (root / "MANIFEST.tsv").open(newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["decodes"] != "yes" or row["name"].startswith("broken/") or row["pillow_format"] == "JPEG2000":
                continue
            if max(int(row["width"]), int(row["height"])) > 65_500:
                continue
            try:
                picture = darkroom.develop(root / row["name"], renditions=ALL, into=into)
            except Refused as refusal:
                wrong[row["name"]] = str(refusal)
                continue
            if (picture.width, picture.height) != (int(row["width"]), int(row["height"])):
                wrong[row["name"]] = f"{picture.width} x {picture.height}, expected {row['width']} x {row['height']}"
    assert wrong == {}
