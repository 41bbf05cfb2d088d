"""JSON from strangers: bounded in size and depth, and only what a database can hold."""

import json
import math
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from gallery_site.refusals import TooLarge

MAX_BYTES = 2**20
MAX_DEPTH = 32
INT64 = range(-(2**63), 2**63)


class BoundedJSONParser(BaseParser):
    """One JSON object in UTF-8 of at most MAX_BYTES; anything else is a 400, a longer one a 413."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge(f"A JSON body has at most {MAX_BYTES} bytes.")
        try:
            value = json.loads(
                body.decode("utf-8"), parse_int=_integer, parse_float=_finite, parse_constant=_no_constant
            )
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ValueError as trouble:  # not UTF-8, not JSON, or one of our own refusals
            raise ParseError(f"This is not JSON that can be read: {trouble}") from None
        if not isinstance(value, dict):
            raise ParseError("The JSON must be an object.")
        _refuse_unstorable(value)
        return value


def _integer(digits: str) -> int:
    """A whole number of 64 bits, which every database can compare with."""
    number = int(digits) if len(digits) <= 20 else None
    if number is None or number not in INT64:
        raise ValueError("a whole number beyond 64 bits")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number beyond what a double can hold")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _refuse_unstorable(value: Any) -> None:
    """Walk the tree, level by level: no NUL, no half of a surrogate pair, no more than MAX_DEPTH levels."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.keys())
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
            elif isinstance(item, str) and ("\0" in item or any("\ud800" <= c <= "\udfff" for c in item)):
                raise ParseError("A text holds a NUL or half a surrogate pair.")
        level = below
    raise ParseError("The JSON is nested too deeply.")
