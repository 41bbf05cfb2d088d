"""The search language: what a person types, read into a tree.

    query  = { term }                 all terms must hold; nothing at all is everything
    term   = [ "-" ] ( word | phrase )
    phrase = a quotation mark, anything else, a quotation mark
    word   = anything up to the next blank

A word may have several index words in it (`New-York`, `3:4`, `写真`): they must then stand beside each other, as in a
phrase. What has no index word (`&`, a lone `-`) is passed over. Round brackets are punctuation here: around words that
must all match they change nothing.

Reserved, and refused with a hint instead of being half understood: `field:value` for the field names of the language,
`OR`, `prefix*` and `-(`. Any other colon or star is punctuation.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from images.search.tokens import words

LONGEST_QUERY = 1_000  # characters
MOST_TERMS = 50

_TEXT_FIELDS = ("title", "description", "tag", "album", "user", "camera", "lens")
_VALUE_FIELDS = ("taken", "uploaded", "type", "iso", "aperture", "focal", "width", "height", "size", "orientation")
FIELDS = frozenset([*_TEXT_FIELDS, *_VALUE_FIELDS, "near", "has", "is"])
_QUOTES = '"“”„'


class QueryError(ValueError):
    """A query that can't be read: where (characters from the start), why, and what would help."""

    def __init__(self, position: int, detail: str, hint: str) -> None:
        super().__init__(detail)
        self.position = position
        self.detail = detail
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Phrase:
    """Index words that stand beside each other in one field; a plain word is a phrase of one."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Not:
    node: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """Every one of `nodes` holds; of none, that is everything."""

    nodes: "tuple[Node, ...]"

    @property
    def wanted(self) -> "tuple[Node, ...]":
        return tuple(node for node in self.nodes if not isinstance(node, Not))

    @property
    def unwanted(self) -> "tuple[Node, ...]":
        return tuple(node.node for node in self.nodes if isinstance(node, Not))


Node = Phrase | Not | All


@dataclass(frozen=True, slots=True)
class _Term:
    """A term as it was typed, and where."""

    position: int
    text: str
    quoted: bool
    negated: bool


def parse(text: str) -> All:
    """The tree of a query. Raises `QueryError`."""
    if len(text) > LONGEST_QUERY:
        raise QueryError(
            LONGEST_QUERY, f"The query is longer than {LONGEST_QUERY} characters.", "Search for fewer words."
        )
    nodes: list[Node] = []
    for term in _terms(text):
        if not term.quoted:
            _refuse_reserved(term)
        found = words(term.text)
        if not found:
            continue
        if len(nodes) == MOST_TERMS:
            raise QueryError(term.position, f"The query has more than {MOST_TERMS} words.", "Search for fewer words.")
        phrase = Phrase(found)
        nodes.append(Not(phrase) if term.negated else phrase)
    if not nodes and text.strip():
        raise QueryError(0, "There is no word to search for.", "Use letters or digits.")
    return All(tuple(dict.fromkeys(nodes)))


def _terms(text: str) -> Iterator[_Term]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        position = at
        negated = text[at] == "-"
        at += negated
        if at < len(text) and text[at] in _QUOTES:
            end = _end_of_quote(text, at)
            yield _Term(position, text[at + 1 : end], quoted=True, negated=negated)
            at = end + 1
        else:
            end = at
            while end < len(text) and not text[end].isspace():
                end += 1
            yield _Term(position, text[at:end], quoted=False, negated=negated)
            at = end


def _end_of_quote(text: str, opening: int) -> int:
    for at in range(opening + 1, len(text)):
        if text[at] in _QUOTES:
            return at
    raise QueryError(
        opening, "The quotation mark is never closed.", 'Close the phrase with ", or leave the quotation mark out.'
    )


def _refuse_reserved(term: _Term) -> None:
    at = term.position + term.negated
    name, colon, value = term.text.lstrip("(").partition(":")
    if colon and value and name.lower() in FIELDS:
        raise QueryError(
            at,
            f"Searching in one field ({name}:) is not available.",
            f'For these words as text write "{name} {value}".',
        )
    if term.text == "OR":
        raise QueryError(at, "OR is not available.", 'For the word itself write "or"; else search for each alone.')
    if term.text.endswith("*") and words(term.text):
        raise QueryError(
            at + len(term.text) - 1, "Searching for the beginning of a word is not available.", "Leave out the *."
        )
    if term.negated and term.text.startswith("("):
        raise QueryError(at, "Leaving out a group is not available.", "Write - before each word.")
