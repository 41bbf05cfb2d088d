"""IPTC: the records of the Information Interchange Model (IIM 4.2), and the Photoshop resources they travel in."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from images.metadata.plain import LONGEST_TEXT, Json, bounded
from images.metadata.text import clean_text, decode

OBJECT_NAME, KEYWORDS, CAPTION, DATE_CREATED, TIME_CREATED = 5, 25, 120, 55, 60

_ENVELOPE, _APPLICATION = 1, 2
_CODED_CHARACTER_SET = 90
_UTF8 = b"\x1b%G"
_MARKER = 0x1C
_MOST_BYTES = 8 * 1024 * 1024
_MOST_DATASETS = 2_000
_MOST_RESOURCES = 1_000
_IPTC_RESOURCE = 0x0404
_RESOURCE_SIGNATURES = (b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa")

# Names of the datasets of record 2 (IIM 4.2, chapter 6), written as exiftool and exiv2 do.
_NAMES = {
    0: "ApplicationRecordVersion",
    3: "ObjectTypeReference",
    4: "ObjectAttributeReference",
    OBJECT_NAME: "ObjectName",
    7: "EditStatus",
    8: "EditorialUpdate",
    10: "Urgency",
    12: "SubjectReference",
    15: "Category",
    20: "SupplementalCategories",
    22: "FixtureIdentifier",
    KEYWORDS: "Keywords",
    26: "ContentLocationCode",
    27: "ContentLocationName",
    30: "ReleaseDate",
    35: "ReleaseTime",
    37: "ExpirationDate",
    38: "ExpirationTime",
    40: "SpecialInstructions",
    42: "ActionAdvised",
    45: "ReferenceService",
    47: "ReferenceDate",
    50: "ReferenceNumber",
    DATE_CREATED: "DateCreated",
    TIME_CREATED: "TimeCreated",
    62: "DigitalCreationDate",
    63: "DigitalCreationTime",
    65: "OriginatingProgram",
    70: "ProgramVersion",
    75: "ObjectCycle",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    CAPTION: "Caption-Abstract",
    121: "LocalCaption",
    122: "Writer-Editor",
    130: "ImageType",
    131: "ImageOrientation",
    135: "LanguageIdentifier",
    184: "JobID",
    185: "MasterDocumentID",
    186: "ShortDocumentID",
    187: "UniqueDocumentID",
    188: "OwnerID",
}
_REPEATABLE = frozenset({4, 12, 20, KEYWORDS, 26, 27, 45, 47, 50, 80, 85, 118, 122})
# Numbers and pictures (a rasterised caption, a preview) are no text.
_BINARY = frozenset({0, 125, 200, 201, 202})


@dataclass(frozen=True, slots=True)
class Iptc:
    """The texts of the application record by their dataset numbers, in the order of the file."""

    texts: dict[int, list[str]] = field(default_factory=dict)

    def all(self, dataset: int) -> list[str]:
        return self.texts.get(dataset, [])

    def first(self, dataset: int) -> str:
        return next(iter(self.all(dataset)), "")

    def as_json(self) -> dict[str, Json]:
        """All of it by readable names; what may be repeated is a list."""
        return bounded(
            (_NAMES.get(dataset, f"Dataset 2:{dataset:02}"), list(texts) if dataset in _REPEATABLE else texts[0])
            for dataset, texts in self.texts.items()
        )


def read_iptc(block: bytes) -> Iptc:
    """The record that `block` holds: bare, or inside Photoshop's resources."""
    block = block[:_MOST_BYTES]
    if block.startswith(_RESOURCE_SIGNATURES):
        block = b"".join(data for number, data in _resources(block) if number == _IPTC_RESOURCE)
    elif block[3:4] == bytes([_MARKER]) and block[:1] != block[3:4]:
        # TIFF files with the block as numbers of 32 bits, in the wrong byte order.
        block = b"".join(block[at : at + 4][::-1] for at in range(0, len(block), 4))
    charset = b""
    texts: dict[int, list[str]] = {}
    for record, dataset, data in _datasets(block):
        if (record, dataset) == (_ENVELOPE, _CODED_CHARACTER_SET):
            charset = data
        elif record == _APPLICATION and dataset not in _BINARY:
            text = clean_text(_decode(data, is_utf8=charset.startswith(_UTF8)), LONGEST_TEXT)
            if text:
                texts.setdefault(dataset, []).append(text)
    return Iptc(texts)


def _decode(data: bytes, *, is_utf8: bool) -> str:
    """Text of a dataset. Where UTF-8 is declared, a last letter that the dataset's size has cut is left out."""
    if is_utf8:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            if error.reason == "unexpected end of data":
                return data[: error.start].decode("utf-8")
    return decode(data)


def _datasets(block: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Record number, dataset number and value of each dataset (IIM 4.2, 1.5), until the first that is broken."""
    at = 0
    for _ in range(_MOST_DATASETS):
        if at + 5 > len(block) or block[at] != _MARKER:
            return
        record, dataset, size = struct.unpack_from(">BBH", block, at + 1)
        at += 5
        if size & 0x8000:  # an extended dataset: these are the bytes of its size
            digits = size & 0x7FFF
            if digits > 4:
                return
            size = int.from_bytes(block[at : at + digits], "big")
            at += digits
        if at + size > len(block):
            return
        yield record, dataset, block[at : at + size]
        at += size


def _resources(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and data of Photoshop's image resources (Adobe's file format specification, "Image resources")."""
    at = 0
    for _ in range(_MOST_RESOURCES):
        if not block.startswith(_RESOURCE_SIGNATURES, at) or at + 7 > len(block):
            return
        (number,) = struct.unpack_from(">H", block, at + 4)
        name_size = 1 + block[at + 6]
        at += 6 + name_size + name_size % 2
        if at + 4 > len(block):
            return
        (size,) = struct.unpack_from(">I", block, at)
        at += 4
        yield number, block[at : at + size]
        at += size + size % 2
