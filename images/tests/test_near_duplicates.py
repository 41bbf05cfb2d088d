"""Labelled pairs of real photos, where the environment names their folder: what is found, and what is not."""

import csv
import os
from functools import cache
from pathlib import Path

import pytest
from PIL import Image

from images import engine
from images.blocking import NEAR_COPY
from images.engine import Rendering
from images.grading import Grade, Look, grade
from images.likeness import SEARCHED, distance
from images.renditions import RenditionKey

DUPLICATES = {"exact", "same_pixels", "near"}
OTHERS = {"non", "non_hard"}


@pytest.fixture(scope="module")
def folder() -> Path:
    if "GALLERY_PHOTOS" not in os.environ:
        pytest.skip("GALLERY_PHOTOS names no folder of test files")
    return Path(os.environ["GALLERY_PHOTOS"]) / "near_dup"


@cache
def developed(path: Path) -> Rendering:
    with Image.open(path) as picture:
        return engine.render(picture, [RenditionKey(160, "jpeg")])


@cache
def hash_of(path: Path) -> str:
    with Image.open(path) as picture:
        return engine.pixel_hash(picture)


def pairs(folder: Path) -> list[tuple[str, str, Path, Path]]:
    """Label, relation, and the two files."""
    with (folder / "PAIRS.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) > 100
    return [(row["label"], row["relation"], folder / row["a"], folder / row["b"]) for row in rows]


def bits(one: Path, other: Path) -> int | None:
    """In how many the two differ; None where one shows nothing to know it by."""
    ours, theirs = developed(one).likeness, developed(other).likeness
    return None if ours is None or theirs is None else distance(ours, theirs)


def look(path: Path) -> Look:
    made = developed(path)
    assert made.likeness is not None
    return Look(made.likeness, made.tones, (made.width, made.height), hash_of(path))


def test_precision_and_recall(folder: Path) -> None:
    found = missed = wrong = 0
    for label, _, one, other in pairs(folder):
        apart = bits(one, other)
        is_near = apart is not None and apart <= SEARCHED
        found += label in DUPLICATES and is_near
        missed += label in DUPLICATES and not is_near
        wrong += label in OTHERS and is_near
    assert found / (found + wrong) >= 0.99
    assert found / (found + missed) >= 0.95


def test_grades(folder: Path) -> None:
    wrong = []
    for label, relation, one, other in pairs(folder):
        if label not in DUPLICATES:
            continue
        told = grade(look(one), look(other))
        if label in ("exact", "same_pixels"):
            expected = {Grade.SAME_PIXELS}
        elif relation.startswith(("re-encoded", "resized", "WebP", "same picture stored turned")):
            expected = {Grade.REENCODED}
        elif relation.startswith(("small watermark", "blur")):  # too little to be told from a new encoding
            expected = {Grade.REENCODED, Grade.EDITED}
        else:
            expected = {Grade.EDITED, Grade.SIMILAR}
        if told not in expected:
            wrong.append((one.name, other.name, relation, told))
    assert wrong == []


def test_what_is_blocked_stops_most_near_copies_and_no_other_photo(folder: Path) -> None:
    stopped: dict[str, list[bool]] = {label: [] for label in (*DUPLICATES, *OTHERS)}
    for label, _, one, other in pairs(folder):
        if label in stopped:
            apart = bits(one, other)
            stopped[label].append(apart is not None and apart <= NEAR_COPY)
    assert not any(stopped["non"] + stopped["non_hard"])
    assert all(stopped["exact"] + stopped["same_pixels"])
    assert sum(stopped["near"]) / len(stopped["near"]) >= 0.95


def test_other_photos_are_far_away(folder: Path) -> None:
    """Twice as far as is searched: a margin, not luck."""
    apart = [bits(one, other) for label, _, one, other in pairs(folder) if label in OTHERS]
    known = [found for found in apart if found is not None]
    assert len(known) >= 28
    assert min(known) >= 2 * SEARCHED
