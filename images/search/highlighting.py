"""Highlights: the words of a query as they stand in the texts of an image, cut into plain pieces, never HTML."""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from images.search.language import All, Node, Not, Phrase
from images.search.tokens import Token, tokens
from images.search.words import FIELDS, texts_of

SNIPPET = 200  # characters of a long text that are shown
_LEAD_IN = 60  # of them before the first match

ELLIPSIS = "…"


class Piece(NamedTuple):
    """A piece of a text, and whether it is what was searched for. The pieces of a text make it whole."""

    text: str
    matched: bool


Highlights = dict[str, list[list[Piece]]]


def highlights(image_ids: Collection[int], tree: All) -> dict[int, Highlights]:
    """For each image its fields in which wanted words stand, each with its texts (one for each tag) in pieces.

    Only texts with a match are listed; a long one is cut to the surroundings of the first. Two queries.
    """
    phrases = tuple(dict.fromkeys(_phrases(tree)))
    found: dict[int, Highlights] = {}
    for pk, texts in texts_of(image_ids).items():
        fields = {field: [p for text in getattr(texts, field) if (p := pieces(text, phrases))] for field in FIELDS}
        found[pk] = {field: marked for field, marked in fields.items() if marked}
    return found


def pieces(text: str, phrases: Iterable[tuple[str, ...]]) -> list[Piece]:
    """`text` in pieces, those that match one of the phrases marked; empty if none does."""
    spans = _merged(_matches(tokens(text), phrases))
    if not spans:
        return []
    start, end = _window(text, spans[0][0])
    cut: list[Piece] = [Piece(ELLIPSIS, False)] if start else []
    at = start
    for low, high in spans:
        if low >= end:
            break
        cut += [Piece(text[at:low], False), Piece(text[low : min(high, end)], True)]
        at = min(high, end)
    cut.append(Piece(text[at:end], False))
    if end < len(text):
        cut.append(Piece(ELLIPSIS, False))
    return [piece for piece in cut if piece.text]


def _phrases(node: Node) -> Iterator[tuple[str, ...]]:
    match node:
        case Phrase(words):
            yield words
        case All(nodes):
            for each in nodes:
                yield from _phrases(each)
        case Not():
            return


def _matches(found: list[Token], phrases: Iterable[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    here = [token.word for token in found]
    for phrase in phrases:
        length = len(phrase)
        for at in range(len(here) - length + 1):
            if here[at] == phrase[0] and tuple(here[at : at + length]) == phrase:
                yield found[at].start, found[at + length - 1].end


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans in order, those that touch or overlap made one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _window(text: str, first: int) -> tuple[int, int]:
    """Bounds of the snippet around the first match, moved outwards to blanks where some are near."""
    if len(text) <= SNIPPET:
        return 0, len(text)
    start = max(0, min(first - _LEAD_IN, len(text) - SNIPPET))
    end = min(len(text), start + SNIPPET)
    if start:
        start = text.find(" ", start, first) + 1 or start
    if end < len(text):
        end = text.rfind(" ", first + 1, end) if " " in text[max(first + 1, end - _LEAD_IN) : end] else end
    return start, end
