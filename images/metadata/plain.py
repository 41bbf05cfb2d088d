"""Everything a file says as plain JSON: how long a text, a list and the whole may be."""

import json
from collections.abc import Iterable
from typing import TypeAlias

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

LONGEST_TEXT = 10_000
LONGEST_NAME = 100
# For each of EXIF, IPTC and XMP, in bytes of JSON.
LARGEST = 64_000


def size_of(value: Json) -> int:
    """Its length as JSON text, in ASCII, as a database may store it."""
    return len(json.dumps(value, allow_nan=False))


def bounded(entries: Iterable[tuple[str, Json]], limit: int = LARGEST) -> dict[str, Json]:
    """`entries` as one object of at most `limit` bytes of JSON.

    The first of a name counts; what is too large is left out, and smaller entries behind it still come in.
    """
    kept: dict[str, Json] = {}
    room = limit - len("{}")
    for name, value in entries:
        size = size_of(name) + size_of(value) + len(": , ")
        if name not in kept and size <= room:
            kept[name] = value
            room -= size
    return kept
