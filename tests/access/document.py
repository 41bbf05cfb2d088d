"""The tables of docs/access.md, written from the cases."""

from pathlib import Path

from django.conf import settings

from tests.access.cases import ALBUMS, IMAGES, PRINCIPALS, ImageCase

PATH = Path(settings.BASE_DIR) / "docs" / "access.md"
LETTERS = {"S": "seen", "D": "fetched", "P": "placed", "E": "edited"}


def albums_table() -> str:
    return _table("album", {case.words: dict.fromkeys(case.seen, "●") for case in ALBUMS.values()})


def images_table() -> str:
    return _table("image", {case.words: {name: _letters(case, name) for name in PRINCIPALS} for case in IMAGES})


def written() -> str:
    """The document as it should be: its own text, and the tables of the cases."""
    text = PATH.read_text()
    for name, table in [("albums", albums_table()), ("images", images_table())]:
        before, rest = text.split(f"<!-- {name} -->\n")
        _, after = rest.split("<!-- end -->", 1)
        text = f"{before}<!-- {name} -->\n{table}<!-- end -->{after}"
    return text


def _letters(case: ImageCase, principal: str) -> str:
    return "".join(letter for letter, may in LETTERS.items() if principal in getattr(case, may))


def _table(of: str, rows: dict[str, dict[str, str]]) -> str:
    lines = [[of, *PRINCIPALS.values()], ["---"] * (len(PRINCIPALS) + 1)]
    lines += [[words, *(cells.get(name, "") for name in PRINCIPALS)] for words, cells in rows.items()]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
