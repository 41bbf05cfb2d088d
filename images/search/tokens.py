"""The index words of a text: folded, split and stemmed, one way for what is indexed, asked and highlighted."""

import threading
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from snowballstemmer.english_stemmer import EnglishStemmer

from gallery_site.folding import fold

# What stands between two texts of one field, so that no phrase reaches across. A character for private use is never
# part of a token.
BREAK = "\ue000"

_LONGEST_TOKEN = 64
_APOSTROPHES = "'’ʼ"
_ZERO_WIDTH_SPACE = "\u200b"  # a place to break in Thai and Khmer; every other format character is no break
_OWN_TOKEN = (  # scripts written without blanks between words (Hangul: particles are written onto the word)
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Myanmar
    (0x1100, 0x11FF),  # Hangul jamo
    (0x1780, 0x17FF),  # Khmer
    (0x2E80, 0x9FFF),  # CJK radicals, kana, bopomofo, ideographs
    (0xA960, 0xA97F),  # Hangul jamo, extended
    (0xAC00, 0xD7FF),  # Hangul
    (0xF900, 0xFAFF),  # CJK compatibility ideographs
    (0x1B000, 0x1B16F),  # kana, extended
    (0x20000, 0x3FFFF),  # ideographs of the higher planes
)
_MEDIAL_JAMO = range(0x1160, 0x1200)  # vowels and finals of a Hangul syllable written apart

_thread = threading.local()


class Token(NamedTuple):
    """An index word and where it stands in the text it came from: `text[start:end]`."""

    word: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    """The index words of `text`, in order.

    A word is a run of letters, digits and their marks; the possessive `'s` is dropped. Ideographs, kana, Hangul and
    the scripts of South-East Asia are indexed character by character, and so are symbols such as emoji: several beside
    each other are then asked as a phrase. A folded character that becomes several (`½` is `1⁄2`) keeps its place.
    """
    found: list[Token] = []
    run: list[str] = []
    run_start = run_end = 0
    after_apostrophe = possessive = False

    def close() -> None:
        if run and not (possessive and run == ["s"]):
            found.append(Token(stem("".join(run)[:_LONGEST_TOKEN]), run_start, run_end))
        run.clear()

    for start, end in _clusters(text):
        for char, kind in _folded(text[start:end]):
            if kind == "ignored":
                continue
            if kind == "letter":
                if not run:
                    run_start, possessive = start, after_apostrophe
                run.append(char)
                run_end = end
                after_apostrophe = False
                continue
            after_apostrophe = char in _APOSTROPHES and bool(run)
            close()
            if kind == "own":
                found.append(Token(char, start, end))
    close()
    return found


def words(text: str) -> tuple[str, ...]:
    return tuple(token.word for token in tokens(text))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The stem of a folded word, by the Snowball algorithm for English; other scripts stay as they are."""
    if not word.isascii():
        return word
    # The stemmer keeps its state in itself, so each thread has its own.
    stemmer = getattr(_thread, "stemmer", None)
    if stemmer is None:
        stemmer = _thread.stemmer = EnglishStemmer()
    return str(stemmer.stemWord(word))


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Bounds of each character together with the marks that follow it: what may be composed is folded together."""
    start = 0
    for at in range(1, len(text)):
        char = text[at]
        if char.isascii() or not (unicodedata.category(char)[0] == "M" or ord(char) in _MEDIAL_JAMO):
            yield start, at
            start = at
    if text:
        yield start, len(text)


@lru_cache(maxsize=10_000)
def _folded(cluster: str) -> tuple[tuple[str, str], ...]:
    """The characters that a cluster folds to, each with its kind: letter, own (a token of its own), gap, ignored."""
    if cluster.isspace():
        return ((" ", "gap"),)
    return tuple((char, _kind(char)) for char in fold(cluster))


def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Cf":
        return "gap" if char == _ZERO_WIDTH_SPACE else "ignored"
    if category == "So" or (category[0] in "LMN" and any(low <= ord(char) <= high for low, high in _OWN_TOKEN)):
        return "own"
    if category == "Mn" and 0xFE00 <= ord(char) <= 0xFE0F:  # a variation selector: how an emoji is drawn
        return "ignored"
    return "letter" if category[0] in "LMN" else "gap"
