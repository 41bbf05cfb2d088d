"""XMP: a packet of RDF (XMP specification part 1, ISO 16684-1) as properties by their usual names.

Made for strangers' packets: no DTD, no entity, bounded in length, elements and depth of values; of a packet that breaks
off, what stands before the break is read. Extended packets (for what is over 64 kB in a JPEG, such as depth maps) are
left alone.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from images.metadata.plain import LONGEST_NAME, LONGEST_TEXT, Json, bounded
from images.metadata.text import clean_line, clean_text, decode

_MOST_CHARACTERS = 1_000_000
_MOST_ELEMENTS = 20_000
_DEEPEST_VALUE = 8
_MOST_ATTRIBUTES = 1_000

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_LANGUAGE = _XML + "lang"

# Prefixes by namespace, without a last slash or hash: some software forgets it, some adds one.
_PREFIXES = {
    "http://purl.org/dc/elements/1.1": "dc",
    "http://ns.adobe.com/xap/1.0": "xmp",
    "http://ns.adobe.com/xap/1.0/rights": "xmpRights",
    "http://ns.adobe.com/xap/1.0/mm": "xmpMM",
    "http://ns.adobe.com/xap/1.0/bj": "xmpBJ",
    "http://ns.adobe.com/xap/1.0/t/pg": "xmpTPg",
    "http://ns.adobe.com/xap/1.0/sType/ResourceEvent": "stEvt",
    "http://ns.adobe.com/xap/1.0/sType/ResourceRef": "stRef",
    "http://ns.adobe.com/xap/1.0/sType/Dimensions": "stDim",
    "http://ns.adobe.com/xmp/sType/Area": "stArea",
    "http://ns.adobe.com/xmp/note": "xmpNote",
    "http://ns.adobe.com/photoshop/1.0": "photoshop",
    "http://ns.adobe.com/exif/1.0": "exif",
    "http://ns.adobe.com/exif/1.0/aux": "aux",
    "http://cipa.jp/exif/1.0": "exifEX",
    "http://ns.adobe.com/tiff/1.0": "tiff",
    "http://ns.adobe.com/lightroom/1.0": "lr",
    "http://ns.adobe.com/camera-raw-settings/1.0": "crs",
    "http://ns.adobe.com/hdr-gain-map/1.0": "hdrgm",
    "http://www.digikam.org/ns/1.0": "digiKam",
    "http://ns.microsoft.com/photo/1.0": "MicrosoftPhoto",
    "http://www.metadataworkinggroup.com/schemas/regions": "mwg-rs",
    "http://www.metadataworkinggroup.com/schemas/keywords": "mwg-kw",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns": "Iptc4xmpCore",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29": "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0": "plus",
    "http://ns.google.com/photos/1.0/panorama": "GPano",
    "http://ns.google.com/photos/1.0/camera": "GCamera",
    "http://ns.google.com/photos/1.0/container": "Container",
    "http://www.dji.com/drone-dji/1.0": "drone-dji",
    "http://creativecommons.org/ns": "cc",
}
_KNOWN_PREFIXES = frozenset(_PREFIXES.values())

_NO_XML_CHARACTER = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JPEG_HEADER = b"http://ns.adobe.com/xap/1.0/\0"  # some HEIF writers leave it before the packet


@dataclass(frozen=True, slots=True)
class Xmp:
    """The properties of a packet by name ("dc:title"); a text with languages is an object by language."""

    properties: dict[str, Json] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """One text: of several languages the default one, else an English one, else the first."""
        value = self.properties.get(name)
        if isinstance(value, dict):
            languages = sorted(value, key=lambda language: (language != "x-default", language[:2].lower() != "en"))
            value = next((value[language] for language in languages if value[language]), None)
        if isinstance(value, list):
            value = next(iter(value), None)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """All texts of a list; a single text counts as a list of one."""
        value = self.properties.get(name)
        values = value if isinstance(value, list) else [value]
        return [text for text in values if isinstance(text, str)]

    def as_json(self) -> dict[str, Json]:
        return bounded(self.properties.items())


def read_xmp(packet: bytes) -> Xmp:
    """The properties of a packet in UTF-8 or UTF-16; none if it is no XML."""
    target = _Target()
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    text = _NO_XML_CHARACTER.sub("", _decode(packet)[:_MOST_CHARACTERS]).lstrip()
    with suppress(ParseError, DefusedXmlException, _EnoughError):  # what stands before the break is read
        parser.feed(text)
    if target.rdf is None:
        return Xmp()
    names = _Names(target.prefixes)
    properties: dict[str, Json] = {}
    for description in target.rdf.children:
        for name, value in _struct(description, names, depth=0).items():
            properties.setdefault(name, value)
    return Xmp(properties)


def _decode(packet: bytes) -> str:
    packet = packet.removeprefix(_JPEG_HEADER)[: _MOST_CHARACTERS * 4]
    if packet.startswith((b"\xfe\xff", b"\0<")):
        return packet.decode("utf-16-be", "ignore").lstrip("\ufeff")
    if packet.startswith((b"\xff\xfe", b"<\0")):
        return packet.decode("utf-16-le", "ignore").lstrip("\ufeff")
    return decode(packet).lstrip("\ufeff")


@dataclass(slots=True)
class _Element:
    tag: str
    attributes: dict[str, str]
    children: list["_Element"] = field(default_factory=list)
    text: str = ""

    def named(self, name: str) -> "_Element | None":
        return next((child for child in self.children if child.tag == name), None)


class _EnoughError(Exception):
    """The packet is larger than any that a program writes."""


class _Target:
    """What the parser calls: builds the tree below rdf:RDF, as far as the packet can be read."""

    def __init__(self) -> None:
        self.rdf: _Element | None = None
        self.prefixes: dict[str, str] = {}
        self._open: list[_Element] = []
        self._count = 0

    def start_ns(self, prefix: str | None, uri: str | None) -> None:
        self.prefixes.setdefault(uri or "", prefix or "")

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(attributes) > _MOST_ATTRIBUTES:
            raise _EnoughError
        if self._open:
            element = _Element(tag, attributes)
            self._open[-1].children.append(element)
            self._open.append(element)
        elif tag == _RDF + "RDF" and self.rdf is None:
            self.rdf = _Element(tag, attributes)
            self._open.append(self.rdf)

    def end(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def data(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text

    def close(self) -> None:
        """Nothing to do: the tree is there as soon as it is read."""


class _Names:
    """Readable names for tags: the usual prefix of a known namespace, else the one that the file chose."""

    def __init__(self, prefixes: dict[str, str]) -> None:
        self._prefixes = prefixes

    def of(self, tag: str) -> str:
        uri, _, local = tag.rpartition("}")
        uri = uri.removeprefix("{")
        prefix = _PREFIXES.get(uri.rstrip("/#"))
        if prefix is None:
            prefix = self._prefixes.get(uri, "")
            if prefix in _KNOWN_PREFIXES:
                prefix = "other-" + prefix  # a stranger that calls itself by a known name
        return clean_line(f"{prefix}:{local}" if prefix else local, LONGEST_NAME)


def _struct(element: _Element, names: _Names, *, depth: int) -> dict[str, Json]:
    """The fields of an rdf:Description, written as attributes or as elements; the first of a name counts."""
    fields: dict[str, Json] = {}
    for name, value in _fields(element, names, depth):
        if name and value not in (None, "", [], {}):
            fields.setdefault(name, value)
    return fields


def _fields(element: _Element, names: _Names, depth: int) -> Iterator[tuple[str, Json]]:
    for tag, text in element.attributes.items():
        if not tag.startswith((_RDF, _XML)) and tag.startswith("{"):
            yield names.of(tag), clean_text(text, LONGEST_TEXT)
    for child in element.children:
        if not child.tag.startswith(_RDF):
            yield names.of(child.tag), _value(child, names, depth=depth + 1)


def _value(element: _Element, names: _Names, *, depth: int) -> Json:
    """A property's value: a list, a text by language, an object, or a text (part 1, 7.4 to 7.9)."""
    if depth > _DEEPEST_VALUE:
        return None
    for container in ("Bag", "Seq", "Alt"):
        if array := element.named(_RDF + container):
            items = [child for child in array.children if child.tag == _RDF + "li"]
            if container == "Alt" and any(_LANGUAGE in item.attributes for item in items):
                return _by_language(items)
            values = [_value(item, names, depth=depth + 1) for item in items]
            return [value for value in values if value not in (None, "", [], {})]
    if qualified := element.named(_RDF + "value"):
        return _value(qualified, names, depth=depth + 1)
    inner = element.named(_RDF + "Description") or element
    if qualified := inner.named(_RDF + "value"):
        return _value(qualified, names, depth=depth + 1)
    if fields := _struct(inner, names, depth=depth):
        return fields
    if inner is not element or element.children:
        return None
    return clean_text(element.text or element.attributes.get(_RDF + "resource", ""), LONGEST_TEXT)


def _by_language(items: list[_Element]) -> dict[str, Json]:
    texts: dict[str, Json] = {}
    for item in items:
        language = clean_line(item.attributes.get(_LANGUAGE, "x-default"), LONGEST_NAME)
        texts.setdefault(language, clean_text(item.text, LONGEST_TEXT))
    return texts
