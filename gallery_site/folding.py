"""Folding: the form of a text in which it is compared, sorted and searched, the same on every database."""

import unicodedata


def fold(text: str) -> str:
    """Lower case without accents or compatibility forms, blanks collapsed: "Æske  Øl", "ﬁn", "ÉTÉ" -> "æske øl", "fin", "ete".

    NFKD, combining marks dropped, then Unicode case folding (a letter that no decomposition takes apart, like ø, stays).
    """
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(unicodedata.normalize("NFKC", bare.casefold()).split())
