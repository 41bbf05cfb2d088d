"""Folding: what is one word, whoever writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gallery_site.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÉTÉ", "ete"),
        ("ﬁn", "fin"),
        ("Straße", "strasse"),
        ("Æske  Øllegård", "æske øllegard"),
        ("がか", "がか"),
        ("ガ", "ガ"),
        (" a\tb ", "a b"),
    ],
)
def test_what_it_makes(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_twice_is_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
