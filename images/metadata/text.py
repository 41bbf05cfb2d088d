"""Text from strangers' files: which charset its bytes are in, and what of it may go on."""

import codecs
import re

_LINE_BREAKS = re.compile("\r\n?|[\x85\u2028\u2029]")
# Controls but tab and line feed, lone surrogates, and code points that are no characters. Format characters may stay: a
# zero-width joiner is part of an emoji, a direction mark part of Hebrew.
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]+")


def decode(data: bytes) -> str:
    """Text whose charset nothing states: strict UTF-8, else Windows-1252, which every byte string fits.

    The five bytes that Windows-1252 leaves undefined are taken as in Latin-1 (control characters, cleaned away later).
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return codecs.charmap_decode(data, "strict", _WINDOWS_1252)[0]


def _windows_1252() -> str:
    """The letter of each byte, in their order."""
    letters = bytes(range(256)).decode("cp1252", "replace")
    return "".join(chr(byte) if letter == "\ufffd" else letter for byte, letter in enumerate(letters))


_WINDOWS_1252 = _windows_1252()


def until_nul(data: bytes) -> bytes:
    """The bytes before the first NUL: fixed-size fields keep old bytes behind it."""
    return data.split(b"\0", 1)[0]


def decode_utf16le(data: bytes) -> str:
    """Text of the Windows XP tags (UTF-16LE), up to its first NUL; what is no character is left out."""
    return data.decode("utf-16-le", "ignore").split("\0", 1)[0]


def clean_text(text: str, limit: int) -> str:
    r"""Text of several lines: `\n` and tabs stay, other control characters and lone surrogates go; at most `limit`."""
    text = _LINE_BREAKS.sub("\n", text[: limit * 4])
    return _FORBIDDEN.sub("", text).strip()[:limit].rstrip()


def clean_line(text: str, limit: int) -> str:
    """Text of one line: as `clean_text`, with line breaks and tabs turned into blanks."""
    return clean_text(text, limit * 2).replace("\n", " ").replace("\t", " ")[:limit].rstrip()
