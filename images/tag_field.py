"""Tags in a form: words between commas, quoted where a comma belongs to the word."""

import csv
import io
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from images.tagging import LONGEST_NAME, MOST_TAGS, clean_name


def read_tags(text: str) -> list[str]:
    """`sea, "Paris, Texas"` as `["sea", "Paris, Texas"]`; line breaks part tags too."""
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    return [word for row in rows for part in row if (word := part.strip())]


def write_tags(names: Iterable[str]) -> str:
    """What `read_tags` reads as these names."""
    words = []
    for name in names:
        word = io.StringIO()
        csv.writer(word, lineterminator="").writerow([name])
        words.append(word.getvalue())
    return ", ".join(words)


class TagField(forms.CharField):
    """A text field whose value is a list of tags."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "Separated by commas.")
        super().__init__(required=False, max_length=MOST_TAGS * (LONGEST_NAME + 4), **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return write_tags(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return read_tags(data or "") != list(initial or [])

    def clean(self, value: Any) -> list[str]:
        names = read_tags(super().clean(value))
        if len(names) > MOST_TAGS:
            raise ValidationError(f"{MOST_TAGS} tags at most.", code="too_many_tags")
        return [clean_name(name) for name in names]
