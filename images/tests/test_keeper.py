"""Which of images that look alike is proposed to be kept, without a picture: what each step of the rule decides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from images.grading import Look
from images.keeper import Candidate, keeper_of
from images.likeness import FIELDS, tones_of

VALUES = 3 * FIELDS**2


def tones(*shifts: int) -> str:
    """Grey fields, of which the first ones are by so many levels lighter."""
    return tones_of(bytes(128 + shift for shift in (*shifts, *[0] * (VALUES - len(shifts)))))


def evenly(shift: int) -> str:
    """Grey fields, all of them by so many levels lighter."""
    return tones(*[shift] * VALUES)


def candidate(key: int, **values: Any) -> Candidate:
    look = Look(likeness=0, tones=evenly(0), size=(40, 30))
    known = {name: values.pop(name) for name in ("tones", "size", "pixel_hash") if name in values}
    plain = Candidate(key, replace(look, **known), mime_type="image/jpeg", file_size=1_000, told=0)
    return replace(plain, **values)


def kept(*group: Candidate) -> int:
    return keeper_of(group).key


LESS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "pixels": ({"size": (41, 30)}, {"told": 2, "file_size": 9_000, "size": (40, 30)}),
    "told": ({"told": 2}, {"told": 1, "file_size": 9_000}),
    "PNG of a JPEG": (
        {"pixel_hash": "a"},
        {"pixel_hash": "a", "mime_type": "image/png", "file_size": 9_000},
    ),
    "PNG of a WebP": (
        {"pixel_hash": "a", "mime_type": "image/webp"},
        {"pixel_hash": "a", "mime_type": "image/png", "file_size": 9_000},
    ),
    "WebP of a JPEG": (
        {"pixel_hash": "a"},
        {"pixel_hash": "a", "mime_type": "image/webp", "file_size": 9_000},
    ),
    "BMP of a PNG": (
        {"pixel_hash": "a", "mime_type": "image/png"},
        {"pixel_hash": "a", "mime_type": "image/bmp", "file_size": 9_000},
    ),
    "packed": ({"file_size": 1_000}, {"file_size": 799}),
    "JPEG of a PNG": (
        {"pixel_hash": "a", "mime_type": "image/png", "file_size": 5_000},
        {"pixel_hash": "b"},
    ),
}


@pytest.mark.parametrize(("more", "less"), LESS.values(), ids=LESS)
def test_of_two(more: dict[str, Any], less: dict[str, Any]) -> None:
    """Whichever came first."""
    assert kept(candidate(1, **less), candidate(2, **more)) == 2
    assert kept(candidate(1, **more), candidate(2, **less)) == 1


@pytest.mark.parametrize(
    "even",
    [
        {"file_size": 1_250},
        {"mime_type": "image/webp"},
        {"mime_type": "image/png", "file_size": 1_200},  # nobody has looked at the pixels yet
        {"tones": evenly(30)},
    ],
)
def test_of_two_that_are_as_good_the_oldest(even: dict[str, Any]) -> None:
    """A few more bytes say nothing, and which of two is the edit can't be seen."""
    assert kept(candidate(1, **even), candidate(2)) == 1
    assert kept(candidate(1), candidate(2, **even)) == 1


def test_an_original_lies_in_the_middle_of_its_edits() -> None:
    lighter, darker, original = candidate(1, tones=evenly(20)), candidate(2, tones=evenly(-20)), candidate(3)
    assert kept(replace(lighter, file_size=9_000), darker, original) == 3
    assert kept(lighter, replace(darker, told=1), original) == 2


def test_the_middle_is_that_of_all() -> None:
    """Small ones are copies of something too."""
    thumbs = [candidate(key, tones=evenly(0), size=(4, 3)) for key in (3, 4)]
    assert kept(candidate(1, tones=evenly(20)), candidate(2), *thumbs) == 2
    assert kept(candidate(1), candidate(2, tones=evenly(20)), *thumbs) == 1


def test_what_was_copied_as_it_is_is_the_original() -> None:
    marked, copy, original = (
        candidate(1, pixel_hash="b", tones=tones(1, 1), file_size=1_100),
        candidate(2, pixel_hash="a", mime_type="image/png", file_size=9_000),
        candidate(3, pixel_hash="a"),
    )
    assert kept(marked, copy, original) == 3
    assert kept(candidate(1, pixel_hash=""), candidate(2, pixel_hash=""), original, copy) == 3


def test_of_what_looks_the_same_the_nearest_to_all() -> None:
    """A mark, or what a new encoding changed, is a step away from all others."""
    group = [candidate(n, tones=tones(*[0] * n, 3)) for n in range(1, 5)]
    assert kept(*group, candidate(9)) == 9


def test_of_what_looks_the_same_one_that_was_packed_harder_is_not_kept_for_being_nearer() -> None:
    packed = candidate(1, file_size=500)
    assert kept(packed, candidate(2, tones=tones(1)), candidate(3, file_size=500)) == 2


def test_as_near_is_as_near_in_whatever_order_it_is_added_up() -> None:
    """Two halves that mirror each other: sums of rounded numbers differ with their order."""
    steps = [(0, 1), (0, 3), (1, 3), (1, 0), (3, 0), (3, 1)]
    group = [candidate(key, tones=tones(*step)) for key, step in enumerate(steps)]
    assert kept(*group) == kept(*reversed(group))


def test_there_may_be_one_alone() -> None:
    assert kept(candidate(7)) == 7


# --- Whatever the group -----------------------------------------------------------------------------------------------

CANDIDATES = st.builds(
    candidate,
    st.just(0),
    tones=st.sampled_from([evenly(-12), evenly(0), evenly(7), tones(1), tones(0, 2), tones(5, -3, 2)]),
    size=st.sampled_from([(40, 30), (30, 40), (20, 15)]),
    pixel_hash=st.sampled_from(["", "a", "b"]),
    mime_type=st.sampled_from(["image/jpeg", "image/webp", "image/png", "image/bmp"]),
    file_size=st.integers(1, 3_000),
    told=st.integers(0, 2),
)
GROUPS = st.lists(CANDIDATES, min_size=1, max_size=8).map(
    lambda group: [replace(one, key=key) for key, one in enumerate(group)]
)


@settings(max_examples=200, deadline=None)
@given(GROUPS, st.randoms(use_true_random=False))
def test_the_order_in_which_they_come_does_not_matter(group: Sequence[Candidate], chance: Any) -> None:
    shuffled = list(group)
    chance.shuffle(shuffled)
    assert keeper_of(shuffled) == keeper_of(group)


@settings(max_examples=200, deadline=None)
@given(GROUPS)
def test_nobody_is_better_in_what_counts_most(group: Sequence[Candidate]) -> None:
    keeper = keeper_of(group)
    assert keeper in group

    def pixels(one: Candidate) -> int:
        return one.look.size[0] * one.look.size[1]

    assert pixels(keeper) == max(map(pixels, group))
    as_large = [one for one in group if pixels(one) == pixels(keeper)]
    assert keeper.told == max(one.told for one in as_large)
    same = [one for one in as_large if one.told == keeper.told and one.look.pixel_hash == keeper.look.pixel_hash != ""]
    if keeper.mime_type in ("image/png", "image/bmp"):
        assert not any(one.mime_type in ("image/jpeg", "image/webp") for one in same)
