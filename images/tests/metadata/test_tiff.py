"""Tag directories: whole ones, and broken ones of which the rest is still read."""

import struct
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.tiff import Directory, TagFile
from images.tests.metadata import making as make


def _main(block: bytes) -> Directory:
    tags = TagFile(BytesIO(block))
    return tags.directory(tags.first)


def _raw_entry(number: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", number, kind, count, value)


def _block(*entries: bytes, count: int | None = None, rest: bytes = b"") -> bytes:
    head = b"II" + struct.pack("<HIH", 42, 8, len(entries) if count is None else count)
    return head + b"".join(entries) + b"\0\0\0\0" + rest


@pytest.mark.parametrize("order", ["<", ">"])
def test_values_in_both_byte_orders(order: str) -> None:
    tags = {
        1: make.byte(1, 2, 3),
        2: make.ascii_("ab"),
        3: make.short(1, 65_535),
        4: make.long(4_294_967_295),
        5: make.rational((1, 4), (1, 0)),
        6: make.signed_rational((-1, 2)),
        7: make.undefined(b"\1\2\3\4\5"),
        8: make.double(0.5),
        9: make.Value(11, 1, "f", (2.5,)),
        10: make.Value(8, 1, "h", (-3,)),
        11: make.Value(6, 1, "b", (-3,)),
        12: make.Value(9, 1, "i", (-3,)),
    }
    main = _main(make.tiff(tags, order=order))
    numbers = {number: tag.numbers() for number, tag in main.items()}
    assert numbers[1] == (1, 2, 3)
    assert (main[2].text(), numbers[2]) == ("ab", ())
    assert (numbers[3], numbers[4]) == ((1, 65_535), (4_294_967_295,))
    assert numbers[5][0] == 0.25
    assert numbers[5][1] != numbers[5][1]  # nan
    assert (numbers[6], numbers[8], numbers[9]) == ((-0.5,), (0.5,), (2.5,))
    assert (main[7].raw, numbers[7]) == (b"\1\2\3\4\5", ())
    assert numbers[10] == numbers[11] == numbers[12] == (-3,)


def test_bigtiff() -> None:
    head = b"II" + struct.pack("<HHHQ", 43, 8, 0, 16)
    entry = struct.pack("<HHQ8s", 0x0112, 3, 1, struct.pack("<H", 6))
    far = struct.pack("<HHQQ", 0x010F, 2, 10, 16 + 8 + 40 + 8)
    main = _main(head + struct.pack("<Q", 2) + entry + far + b"\0" * 8 + b"Hasselblad")
    assert main[0x0112].numbers() == (6,)
    assert main[0x010F].text() == "Hasselblad"


@pytest.mark.parametrize(
    "block", [b"", b"II", b"II*\0\x08", b"XX*\0\x08\0\0\0", b"II\x2b\0\x08\0\0\0", b"MM\x55\0\0\0\0\x08", b"\0" * 20]
)
def test_no_header(block: bytes) -> None:
    with pytest.raises(ValueError, match="no TIFF header"):
        TagFile(BytesIO(block))


@pytest.mark.parametrize(
    "broken",
    [
        _raw_entry(0x0110, 2, 100, 5_000),  # behind the end
        _raw_entry(0x0110, 2, 100, 4_294_967_295),
        _raw_entry(0x0110, 2, 4_294_967_295, 8),  # longer than the file
        _raw_entry(0x0110, 99, 1, 1),  # a type that is none
        _raw_entry(0x0110, 0, 0, 0),
    ],
)
def test_a_broken_tag_is_left_out_alone(broken: bytes) -> None:
    main = _main(_block(_raw_entry(0x010F, 2, 3, 0x004142), broken, _raw_entry(0x0112, 3, 1, 6)))
    assert set(main) == {0x010F, 0x0112}
    assert (main[0x010F].text(), main[0x0112].numbers()) == ("BA", (6,))


def test_a_directory_that_breaks_off_gives_what_is_there() -> None:
    assert set(_main(_block(_raw_entry(0x0112, 3, 1, 6), count=500))) == {0x0112}


@pytest.mark.parametrize("offset", [0, 7, 10**6, 4_294_967_295])
def test_no_directory_there(offset: int) -> None:
    tags = TagFile(BytesIO(_block()))
    assert tags.directory(offset) == {}


def test_a_directory_is_read_once() -> None:
    tags = TagFile(BytesIO(_block(_raw_entry(0x0112, 3, 1, 6))))
    assert tags.directory(8)
    assert tags.directory(8) == {}


def test_the_first_of_a_number_counts() -> None:
    assert _main(_block(_raw_entry(0x0112, 3, 1, 6), _raw_entry(0x0112, 3, 1, 8)))[0x0112].numbers() == (6,)


def test_a_large_value_is_not_read_but_a_block_of_other_metadata_is() -> None:
    size = 100_000
    at = 8 + 2 + 2 * 12 + 4
    block = _block(_raw_entry(700, 1, size, at), _raw_entry(0x927C, 7, size, at), rest=b"x" * size)
    main = _main(block)
    assert main[700].raw == b"x" * size
    assert (main[0x927C].raw, main[0x927C].count) == (b"", size)


def test_many_tags_on_the_same_bytes_stay_in_bounds() -> None:
    size, count = 60_000, 1_000
    at = 8 + 2 + count * 12 + 4
    entries = (_raw_entry(1_000 + number, 7, size, at) for number in range(count))
    main = _main(_block(*entries, rest=b"x" * size))
    assert len(main) == count
    assert sum(len(tag.raw) for tag in main.values()) <= 4 * 1024 * 1024


@given(st.binary(max_size=200))
def test_any_bytes_behind_a_header(data: bytes) -> None:
    main = _main(b"II*\0\x08\0\0\0" + data)
    for tag in main.values():
        assert len(tag.numbers()) <= tag.count
        tag.text()
