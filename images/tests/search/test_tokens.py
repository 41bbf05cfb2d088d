"""What the index words of a text are, and where they stand in it."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.search.tokens import BREAK, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("Mountains at DAWN", ("mountain", "at", "dawn")),
        ("ÉTÉ à la plage", ("ete", "a", "la", "plage")),
        ("IMG_1234-b", ("img", "1234", "b")),
        ("Bob's cat", ("bob", "cat")),
        ("Bob’s", ("bob",)),
        ("l'eau", ("l", "eau")),
        ("s", ("s",)),
        ("C++", ("c",)),
        ("写真", ("写", "真")),
        ("東京タワー 2021", ("東", "京", "タ", "ワ", "ー", "2021")),
        ("서울", ("서", "울")),
        ("हिन्दी", ("हिन्दी",)),
        ("sun🌅set", ("sun", "🌅", "set")),
        ("❤️", ("❤",)),
        ("so\u00adft", ("soft",)),
        ("½", ("1", "2")),
        ("ﬁnd", ("find",)),
        ("a\u200bb", ("a", "b")),
        ("straße", ("strass",)),
    ],
)
def test_words(text, expected):
    assert words(text) == expected


def test_a_decomposed_text_has_the_words_of_the_composed_one():
    for text in ("é", "서울", "が", "Ångström", "한국어 사진"):
        assert words(unicodedata.normalize("NFD", text)) == words(unicodedata.normalize("NFC", text))


def test_tokens_know_their_place():
    text = "The ÉTÉ’s Mountains, 写真"
    assert [text[t.start : t.end] for t in tokens(text)] == ["The", "ÉTÉ", "Mountains", "写", "真"]


def test_a_very_long_word_is_cut():
    assert words("7" * 500) == ("7" * 64,)


def test_stemming_in_many_threads():
    texts = [f"running mountains {n} photographies" for n in range(300)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(words, texts)) == [("run", "mountain", str(n), "photographi") for n in range(300)]


@given(st.text())
def test_every_token_is_one_word_and_lies_in_the_text(text):
    end_before = 0
    for token in tokens(text):
        assert token.word
        assert not any(c.isspace() or c in f'"*{BREAK}\0' for c in token.word)
        assert token.start < token.end <= len(text)
        assert token.end >= end_before
        end_before = token.end
    assert words(text) == words(f" {text}\n")


@given(st.text(), st.text())
def test_texts_with_a_blank_between_have_the_words_of_both(one, other):
    assert words(f"{one} . {other}") == words(one) + words(other)
