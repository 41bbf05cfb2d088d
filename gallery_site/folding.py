"""Folding: the form of a text in which it is compared, sorted and searched, the same on every database."""

import unicodedata

# Canonical combining classes below it are parts of a letter (voicing marks of kana, nukta, virama), not accents.
_FIRST_ACCENT = 10


def fold(text: str) -> str:
    """Lower case without accents or compatibility forms, blanks collapsed: "Æske  Øl", "ﬁn" -> "æske øl", "fin".

    NFKD, combining marks dropped, then Unicode case folding (a letter that no decomposition takes apart stays: ø).
    """
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if unicodedata.combining(c) < _FIRST_ACCENT)
    return " ".join(unicodedata.normalize("NFKC", bare.casefold()).split())
