"""docs/access.md says what the cases say."""

from tests.access import document


def test_the_tables_are_those_of_the_cases() -> None:
    written = document.written()
    assert document.PATH.read_text() == written, f"docs/access.md differs from the cases; it should be:\n{written}"
