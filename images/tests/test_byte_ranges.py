"""The Range header against a reading of RFC 9110 of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.byte_ranges import Unsatisfiable, byte_range

SIZES = st.integers(0, 1_000)
NUMBERS = st.integers(0, 1_200)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", range(1)),
        ("bytes=0-9", range(10)),
        ("bytes=0-", range(10)),
        ("bytes=9-", range(9, 10)),
        ("bytes=3-1000", range(3, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-1000", range(10)),
        ("bytes= 2-4 ", range(2, 5)),
        ("bytes=4-2", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes", None),
        ("bytes=a-b", None),
        ("bytes=٠-٩", None),
        ("bytes=0-1\n", None),
        ("bytes=+1-2", None),
        ("bytes=99999999999999999999-", None),
    ],
)
def test_of_ten_bytes(header: str, expected: range | None) -> None:
    assert byte_range(header, 10) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_nothing_of_the_file(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        byte_range(header, size)


@given(SIZES, NUMBERS, NUMBERS)
def test_from_first_to_last(size: int, first: int, last: int) -> None:
    wanted = [n for n in range(size) if first <= n <= last]
    if first > last:
        assert byte_range(f"bytes={first}-{last}", size) is None
    elif wanted:
        assert list(byte_range(f"bytes={first}-{last}", size) or ()) == wanted
    else:
        with pytest.raises(Unsatisfiable):
            byte_range(f"bytes={first}-{last}", size)


@given(SIZES, NUMBERS)
def test_the_last_bytes(size: int, length: int) -> None:
    wanted = list(range(size))[-length:] if length else []
    if wanted:
        assert list(byte_range(f"bytes=-{length}", size) or ()) == wanted
    else:
        with pytest.raises(Unsatisfiable):
            byte_range(f"bytes=-{length}", size)


@given(st.text(max_size=40) | st.from_regex(r"bytes=[0-9,\- ]{0,30}", fullmatch=True), SIZES)
def test_any_header_is_within_the_file_or_refused(header: str, size: int) -> None:
    try:
        found = byte_range(header, size)
    except Unsatisfiable:
        return
    assert found is None or (0 <= found.start < found.stop <= size and found.step == 1)
