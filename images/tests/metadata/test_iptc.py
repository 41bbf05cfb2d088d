"""IPTC's records: charsets, resources around them, breaks in them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.iptc import CAPTION, DATE_CREATED, KEYWORDS, OBJECT_NAME, TIME_CREATED, read_iptc
from images.metadata.plain import LARGEST, size_of
from images.tests.metadata import making as make

WORDS = "Zürich 写真 café"


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (make.UTF8_MARK + make.dataset(KEYWORDS, WORDS), WORDS),
        (make.dataset(KEYWORDS, WORDS), WORDS),
        (make.dataset(KEYWORDS, "Zürich – “x”".encode("cp1252")), "Zürich – “x”"),
        (make.dataset(KEYWORDS, b"\x8e\xca\x90^"), "ŽÊ^"),
        (make.UTF8_MARK + make.dataset(KEYWORDS, "Zürich".encode("latin-1")), "Zürich"),
        (make.UTF8_MARK + make.dataset(KEYWORDS, "Zürich 写真".encode()[:-1]), "Zürich 写"),
        (make.dataset(90, b"\x1b.A", record=1) + make.dataset(KEYWORDS, b"caf\xe9"), "café"),
    ],
)
def test_charset(block: bytes, expected: str) -> None:
    assert read_iptc(block).all(KEYWORDS) == [expected]


def test_each_text_has_its_own_charset_where_none_is_declared() -> None:
    block = make.dataset(KEYWORDS, "写真") + make.dataset(KEYWORDS, b"caf\xe9")
    assert read_iptc(block).all(KEYWORDS) == ["写真", "café"]


def test_names() -> None:
    block = b"".join(
        (
            make.UTF8_MARK,
            make.dataset(0, b"\0\4"),
            make.dataset(OBJECT_NAME, "Title"),
            make.dataset(OBJECT_NAME, "Another"),
            make.dataset(KEYWORDS, "a"),
            make.dataset(KEYWORDS, "b, c"),
            make.dataset(CAPTION, "Line\rline\0"),
            make.dataset(90, "Kingston"),
            make.dataset(DATE_CREATED, "20210615"),
            make.dataset(TIME_CREATED, "183045+0100"),
            make.dataset(199, "new"),
            make.dataset(10, ""),
            make.dataset(5, "of record 3", record=3),
        )
    )
    iptc = read_iptc(block)
    assert iptc.as_json() == {
        "ObjectName": "Title",
        "Keywords": ["a", "b, c"],
        "Caption-Abstract": "Line\nline",
        "City": "Kingston",
        "DateCreated": "20210615",
        "TimeCreated": "183045+0100",
        "Dataset 2:199": "new",
    }
    assert (iptc.first(OBJECT_NAME), iptc.first(103), iptc.all(103)) == ("Title", "", [])


def test_extended_dataset() -> None:
    long = struct.pack(">BBBHI", 0x1C, 2, CAPTION, 0x8004, 5) + b"hello"
    assert read_iptc(long + make.dataset(KEYWORDS, "a")).as_json() == {"Caption-Abstract": "hello", "Keywords": ["a"]}


def test_inside_photoshops_resources() -> None:
    block = b"".join(
        (
            make.resource(0x03ED, b"\0" * 15, name=b"odd"),
            make.resource(0x0404, make.dataset(KEYWORDS, "a"), name=b"even"),
            make.resource(0x0425, b"x" * 16),
            make.resource(0x0404, make.dataset(KEYWORDS, "b")),
        )
    )
    assert read_iptc(block).all(KEYWORDS) == ["a", "b"]


def test_numbers_of_32_bits_in_the_wrong_order() -> None:
    block = make.dataset(KEYWORDS, "abcdefg")
    swapped = b"".join(block[at : at + 4][::-1] for at in range(0, len(block), 4))
    assert read_iptc(swapped).all(KEYWORDS) == ["abcdefg"]


@pytest.mark.parametrize(
    "broken",
    [b"\x1c", b"\x1c\2\x19\0", b"\x1c\2\x19\xff\x00", b"\x1c\2\x19\x00\x05abc", b"\0\0\0\0\0\0", b"\x1c\2\x19\x80\x09"],
)
def test_what_stands_before_a_break_is_read(broken: bytes) -> None:
    assert read_iptc(make.dataset(KEYWORDS, "a") + broken).all(KEYWORDS) == ["a"]


@pytest.mark.parametrize(
    "broken", [b"8BIM", b"8BIM\4\4\xff", b"8BIM\4\4\0\0\xff\xff\xff\xff", b"8BPS" + b"\0" * 20, b"8BIM\4\4\0\0\0"]
)
def test_what_stands_before_a_broken_resource_is_read(broken: bytes) -> None:
    assert read_iptc(make.resource(0x0404, make.dataset(KEYWORDS, "a")) + broken).all(KEYWORDS) == ["a"]


def test_all_of_it_is_bounded() -> None:
    block = b"".join(make.dataset(number, "x" * 9_000) for number in range(100, 140)) + make.dataset(5, "Title")
    values = read_iptc(block).as_json()
    assert 40_000 < size_of(values) <= LARGEST
    assert values["ObjectName"] == "Title"


def test_the_number_of_datasets_is_bounded() -> None:
    assert len(read_iptc(make.dataset(KEYWORDS, "a") * 5_000).all(KEYWORDS)) == 2_000


@given(st.lists(st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")), min_size=1, max_size=20)))
def test_what_is_written_is_read(words: list[str]) -> None:
    kept = [word.strip() for word in words if word.strip()]
    block = b"".join(make.dataset(KEYWORDS, word) for word in words)
    assert read_iptc(make.UTF8_MARK + block).all(KEYWORDS) == kept
    assert read_iptc(block).all(KEYWORDS) == kept
