"""Bytes to text, and what of a text may go on."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.text import clean_line, clean_text, decode, decode_utf16le, until_nul


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain", "plain"),
        ("Zürich 写真 🌅".encode(), "Zürich 写真 🌅"),
        ("Zürich – “x” €".encode("cp1252"), "Zürich – “x” €"),
        (b"caf\xe9", "café"),
        (b"\x8e\xca\x90^", "ŽÊ\x90^"),
    ],
)
def test_decode(data: bytes, expected: str) -> None:
    assert decode(data) == expected


@given(st.binary())
def test_every_byte_string_is_some_text(data: bytes) -> None:
    assert isinstance(decode(data), str)
    assert isinstance(decode_utf16le(data), str)


@given(st.text())
def test_utf8_is_kept(text: str) -> None:
    assert decode(text.encode()) == text


def test_until_nul() -> None:
    assert until_nul(b"Canon\0 EOS") == b"Canon"


def test_utf16_stops_at_nul() -> None:
    assert decode_utf16le("één\0old".encode("utf-16-le")) == "één"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  a\tb \n", "a\tb"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("a\0b\x1b[31m\x7f\x9bc", "ab[31mc"),
        ("a\ud800b\udfffc", "abc"),
        ("a\uffffb\ufdd0", "ab"),
        ("👩‍👩‍👧 שלום\u200f", "👩‍👩‍👧 שלום\u200f"),
    ],
)
def test_clean_text(text: str, expected: str) -> None:
    assert clean_text(text, 100) == expected


def test_clean_line_has_one_line() -> None:
    assert clean_line("a\r\nb\tc\n", 100) == "a b c"


@given(st.text(st.characters(exclude_categories=())), st.integers(1, 50))
def test_clean_holds_nothing_forbidden(text: str, limit: int) -> None:
    lines, line = clean_text(text, limit), clean_line(text, limit)
    assert len(lines) <= limit
    assert len(line) <= limit
    assert not {c for c in lines if unicodedata.category(c) in ("Cc", "Cs")} - {"\n", "\t"}
    assert not {c for c in line if unicodedata.category(c) in ("Cc", "Cs")}
    assert lines == lines.strip()
    assert clean_text(lines, limit) == lines
    lines.encode()


@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp")), max_size=40))
def test_clean_text_is_kept(text: str) -> None:
    assert clean_text(text, 100) == text.strip()
