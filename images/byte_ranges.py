"""The Range header (RFC 9110, 14): which bytes of a file an answer holds. Pure."""

import re

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,19})-(\d{0,19})[ \t]*", re.ASCII)


class Unsatisfiable(Exception):
    """No byte of the file lies in the range: 416."""


def byte_range(header: str, size: int) -> range | None:
    """The bytes that a Range header asks for of a file of `size` bytes; None where the whole file is the answer.

    Several ranges, another unit and anything malformed are answered with the whole file, as the RFC allows. Raises
    Unsatisfiable.
    """
    match = _ONE_RANGE.fullmatch(header)
    if match is None or match[1] == match[2] == "":
        return None
    first, last = match[1], match[2]
    if not first:  # the last n bytes
        if int(last) == 0 or size == 0:
            raise Unsatisfiable
        return range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise Unsatisfiable
    return range(int(first), min(int(last), size - 1) + 1 if last else size)
