"""Labelled pairs of real photos, where the environment names their folder: what is found, and what is not."""

import csv
import os
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from PIL import Image

from images import engine
from images.blocking import NEAR_COPY
from images.engine import Rendering
from images.grading import Grade, Look, grade
from images.keeper import Candidate, keeper_of
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


# --- The proposed keeper ----------------------------------------------------------------------------------------------

ORIGINALS = ("orig", "copy", "meta")  # these show all that was photographed, as it was first saved
TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def part_of(path: Path) -> str:
    """What was made of the original: `p07_gray.jpg` is its `gray`."""
    return path.stem.partition("_")[2]


def families(folder: Path) -> list[list[Path]]:
    """Of each original the files that are found beside it, by name."""
    found = []
    for original in sorted(folder.glob("p*_orig.jpg")):
        beside = sorted(folder.glob(original.name.replace("orig.jpg", "*")))
        found.append([path for path in beside if (bits(original, path) or 0) <= SEARCHED])
    assert len(found) == 8
    assert min(map(len, found)) > 8
    return found


def without_some(family: list[Path], most: int) -> Iterator[list[Path]]:
    """A family, and what is left of it when up to so many are missing, as long as there is an original to keep."""
    for missing in range(most + 1):
        for gone in combinations(family, missing):
            left = [path for path in family if path not in gone]
            if any(part_of(path) in ORIGINALS for path in left):
                yield left


def kept(group: list[Path]) -> str:
    """What is proposed to be kept of files that came in this order."""
    known = [
        Candidate(key, look(path), TYPES[path.suffix], path.stat().st_size, told=0) for key, path in enumerate(group)
    ]
    return part_of(group[keeper_of(known).key])


def is_right(group: list[Path]) -> bool:
    """Whether it is an original, in whichever order they came."""
    return kept(group) in ORIGINALS and kept(group[::-1]) in ORIGINALS


def test_the_original_is_to_be_kept(folder: Path) -> None:
    """Also where the same file is not stored twice, and up to three others are missing."""
    for names in (ORIGINALS, ("orig", "meta"), ("orig",)):
        found = []
        for family in families(folder):
            others = [path for path in family if part_of(path) not in ORIGINALS]
            whole = [path for path in family if part_of(path) in names] + others
            found += [is_right(group) for group in without_some(whole, 3)]
        assert len(found) > 500
        assert sum(found) / len(found) >= 0.99


def test_the_original_is_to_be_kept_of_any_three(folder: Path) -> None:
    found = [
        is_right(list(group))
        for family in families(folder)
        for group in combinations(family, 3)
        if any(part_of(path) in ORIGINALS for path in group)
    ]
    assert len(found) > 500
    assert sum(found) / len(found) >= 0.95


def test_of_two_an_original_that_came_first(folder: Path) -> None:
    for family in families(folder):
        [original] = (path for path in family if part_of(path) == "orig")
        assert {kept([original, other]) for other in family if other != original} == {"orig"}
