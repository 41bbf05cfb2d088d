"""The bounds of what is kept as JSON."""

import json

from hypothesis import given
from hypothesis import strategies as st

from images.metadata.plain import bounded, size_of

values = st.recursive(st.none() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4))


def test_too_large_is_left_out_and_smaller_comes_in() -> None:
    assert bounded([("a", "x"), ("b", "y" * 100), ("c", "z")], 40) == {"a": "x", "c": "z"}


def test_the_first_of_a_name_counts() -> None:
    assert bounded([("a", 1), ("a", 2)]) == {"a": 1}


@given(st.lists(st.tuples(st.text(max_size=10), values), max_size=20), st.integers(2, 300))
def test_never_above_the_limit(entries: list[tuple[str, object]], limit: int) -> None:
    kept = bounded(entries, limit)
    assert size_of(kept) <= limit
    assert len(json.dumps(kept)) <= limit
    assert all(any(name == key and value is entry for key, entry in entries) for name, value in kept.items())
