"""What people said of a picture: title, description, keywords, rating, out of all the places where they may stand."""

import re
from collections.abc import Iterable

from images.metadata import iptc as iim
from images.metadata.exif import Exif
from images.metadata.iptc import Iptc
from images.metadata.text import clean_line, clean_text, decode_utf16le
from images.metadata.xmp import Xmp

_IMAGE_DESCRIPTION, _RATING, _XP_TITLE, _XP_KEYWORDS = 0x010E, 0x4746, 0x9C9B, 0x9C9E

_LONGEST_TITLE = 255
_LONGEST_DESCRIPTION = 10_000
_LONGEST_KEYWORD = 100
_MOST_KEYWORDS = 500
_REJECTED, _BEST = -1, 5

# What cameras and programs write by themselves, in the letters they use: "my new digital camera" may well be a caption.
_BY_MACHINE = re.compile(
    r"(?:[A-Z0-9.,&/-]+ ){0,4}DIGITAL (?:STILL )?CAMERA"  # OLYMPUS, KONICA MINOLTA, GE, SANYO ...
    r"|(?:SONY|MINOLTA|EPSON) DSC(?: picture)?|<Digimax [^>]*>|SAMSUNG(?: CAMERA PICTURES)?|Digital StillCamera"
    r"|(?:DSC[FN]?|IMG|PICT)_?[0-9]{4,8}(?:\.JPE?G)?|DCIM\\[A-Z0-9_\\]+\.?(?:JPE?G)?"  # names of files
    r"|Exif_JPEG_PICTURE|binary comment|charset=Ascii|Created by Imlib|default"
    r"|(?:oz)?nor(?:WO)?|[bf]?(?:bt|tf)(?:hdr|mdn)?|cof|dav|edf|mde|ptr|qrf|rbt|rpt|burst|fshbty|hdrpl|rhdrt"  # Huawei
)


def title(exif: Exif, iptc: Iptc, xmp: Xmp, png_title: str) -> str:
    """One line: dc:title, IPTC's object name, Windows' title, PNG's Title."""
    sources = (xmp.text("dc:title"), iptc.first(iim.OBJECT_NAME), _windows_text(exif, _XP_TITLE), png_title)
    return _by_people(clean_line(source, _LONGEST_TITLE) for source in sources)


def description(exif: Exif, iptc: Iptc, xmp: Xmp, png_description: str) -> str:
    """Some lines: dc:description, IPTC's caption, EXIF's ImageDescription, PNG's Description."""
    sources = (
        xmp.text("dc:description"),
        iptc.first(iim.CAPTION),
        exif.text(_IMAGE_DESCRIPTION),
        png_description,
    )
    return _by_people(clean_text(source, _LONGEST_DESCRIPTION) for source in sources)


def keywords(exif: Exif, iptc: Iptc, xmp: Xmp) -> tuple[str, ...]:
    """IPTC's keywords and dc:subject, each once, as they are: a comma or a semicolon may stand inside one.

    Windows' keywords count where there are no others (it writes dc:subject beside them); these split at ";".
    """
    said = [*iptc.all(iim.KEYWORDS), *xmp.texts("dc:subject")]
    cleaned = _each_once(said) or _each_once(_windows_text(exif, _XP_KEYWORDS).split(";"))
    return cleaned[:_MOST_KEYWORDS]


def rating(exif: Exif, xmp: Xmp) -> int | None:
    """0 to 5 stars, 0 being unrated and -1 rejected; None where nobody said, or something else."""
    numbers = [number for tag in exif.tags(_RATING) for number in tag.numbers()[:1]]
    text = xmp.text("xmp:Rating")
    if re.fullmatch(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,9})?", text):
        numbers.insert(0, float(text))
    return next((int(number) for number in numbers if _REJECTED <= number <= _BEST), None)


def _windows_text(exif: Exif, number: int) -> str:
    return next((text for tag in exif.tags(number) if (text := decode_utf16le(tag.raw))), "")


def _by_people(texts: Iterable[str]) -> str:
    return next((text for text in texts if text and not _BY_MACHINE.fullmatch(text)), "")


def _each_once(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for text in said if (word := clean_line(text, _LONGEST_KEYWORD))))
