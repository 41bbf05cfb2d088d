"""The name of a colour profile, read from its description (ICC.1:2010, 10.13 and 10.15; ICC.1:2001, 6.5.17)."""

import struct

from images.metadata.text import clean_line, decode, until_nul

_SIGNATURE_AT, _SIGNATURE = 36, b"acsp"
_TAGS_AT = 128
_MOST_TAGS = 200
_LONGEST_NAME = 255


def profile_name(profile: bytes) -> str:
    """The profile's description, in English where it has it; "" if there is none that can be read."""
    if profile[_SIGNATURE_AT : _SIGNATURE_AT + 4] != _SIGNATURE or len(profile) < _TAGS_AT + 4:
        return ""
    (count,) = struct.unpack_from(">I", profile, _TAGS_AT)
    for at in range(_TAGS_AT + 4, _TAGS_AT + 4 + min(count, _MOST_TAGS) * 12, 12):
        if profile[at : at + 4] == b"desc" and at + 12 <= len(profile):
            offset, size = struct.unpack_from(">II", profile, at + 4)
            return clean_line(_description(profile[offset : offset + size]), _LONGEST_NAME)
    return ""


def _description(value: bytes) -> str:
    if value.startswith(b"desc") and len(value) >= 12:  # version 2: a counted ASCII string first
        (size,) = struct.unpack_from(">I", value, 8)
        return decode(until_nul(value[12 : 12 + size]))
    if value.startswith(b"mluc") and len(value) >= 16:  # version 4: one name for each language
        return _localised(value)
    if value.startswith(b"text"):
        return decode(until_nul(value[8:]))
    return ""


def _localised(value: bytes) -> str:
    count, record_size = struct.unpack_from(">II", value, 8)
    if record_size < 12:
        return ""
    names: dict[bytes, str] = {}
    for at in range(16, min(16 + count * record_size, len(value) - 11), record_size):
        language, size, offset = struct.unpack_from(">2s2xII", value, at)
        names.setdefault(language, value[offset : offset + size].decode("utf-16-be", "ignore"))
    return names.get(b"en") or next(iter(names.values()), "")
