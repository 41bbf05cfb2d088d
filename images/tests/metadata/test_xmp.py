"""XMP packets: all the ways to write a property, and packets made to do harm."""

import time
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.plain import LARGEST, size_of
from images.metadata.xmp import Xmp, read_xmp
from images.tests.metadata import making as make

xml_texts = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn", "Zl", "Zp", "Co")), max_size=30)


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        ("<xmp:Rating>4</xmp:Rating>", {"xmp:Rating": "4"}),
        ("<xmp:Label> a &amp; &#252;\nb </xmp:Label>", {"xmp:Label": "a & ü\nb"}),
        ("<xmp:Label/>", {}),
        (make.bag("dc:subject", "sea", "a, b", "写真"), {"dc:subject": ["sea", "a, b", "写真"]}),
        ("<dc:creator><rdf:Seq><rdf:li>Ann</rdf:li><rdf:li/></rdf:Seq></dc:creator>", {"dc:creator": ["Ann"]}),
        (make.alternatives("dc:title", x_default="Sea", de="Meer"), {"dc:title": {"x-default": "Sea", "de": "Meer"}}),
        ("<dc:type><rdf:Alt><rdf:li>a</rdf:li><rdf:li>b</rdf:li></rdf:Alt></dc:type>", {"dc:type": ["a", "b"]}),
        ('<dc:source rdf:resource="urn:x"/>', {"dc:source": "urn:x"}),
        ('<exif:Flash exif:Fired="True" exif:Mode="0"/>', {"exif:Flash": {"exif:Fired": "True", "exif:Mode": "0"}}),
        (
            '<exif:Flash rdf:parseType="Resource"><exif:Fired>True</exif:Fired></exif:Flash>',
            {"exif:Flash": {"exif:Fired": "True"}},
        ),
        (
            '<exif:Flash><rdf:Description exif:Mode="1"><exif:Fired>True</exif:Fired></rdf:Description></exif:Flash>',
            {"exif:Flash": {"exif:Mode": "1", "exif:Fired": "True"}},
        ),
        (
            "<dc:source><rdf:Description><rdf:value>book</rdf:value><xmp:Label>q</xmp:Label></rdf:Description>"
            "</dc:source>",
            {"dc:source": "book"},
        ),
        (
            '<dc:subject><rdf:Bag><rdf:li xml:lang="en">sea</rdf:li><rdf:li>sky</rdf:li></rdf:Bag></dc:subject>',
            {"dc:subject": ["sea", "sky"]},
        ),
        (
            '<xmp:Many><rdf:Bag><rdf:li rdf:parseType="Resource"><dc:a>1</dc:a></rdf:li></rdf:Bag></xmp:Many>',
            {"xmp:Many": [{"dc:a": "1"}]},
        ),
        ("<xmp:Label>one</xmp:Label><xmp:Label>two</xmp:Label>", {"xmp:Label": "one"}),
        ('<a:Own xmlns:a="urn:own">1</a:Own>', {"a:Own": "1"}),
        ('<dc:Own xmlns:dc="urn:own">1</dc:Own>', {"other-dc:Own": "1"}),
        ('<d:format xmlns:d="http://purl.org/dc/elements/1.1">x</d:format>', {"dc:format": "x"}),
        ('<p:Rating xmlns:p="http://ns.adobe.com/xap/1.0">5</p:Rating>', {"xmp:Rating": "5"}),
    ],
)
def test_properties(element: str, expected: dict[str, object]) -> None:
    assert read_xmp(make.xmp(element)).as_json() == expected


def test_properties_as_attributes() -> None:
    packet = make.xmp(attributes='xmp:Rating="3" photoshop:DateCreated="2021-06-15T18:30:45" xml:lang="en" plain="x"')
    assert read_xmp(packet).as_json() == {"xmp:Rating": "3", "photoshop:DateCreated": "2021-06-15T18:30:45"}


def test_properties_of_several_descriptions() -> None:
    packet = make.xmp("<xmp:Rating>3</xmp:Rating>").replace(
        b"</rdf:RDF>",
        b'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5" xmp:Label="red"/></rdf:RDF>',
    )
    assert read_xmp(packet).as_json() == {"xmp:Rating": "3", "xmp:Label": "red"}


@pytest.mark.parametrize(
    ("languages", "expected"),
    [
        ({"de": "Meer", "x_default": "Sea"}, "Sea"),
        ({"de": "Meer", "en_GB": "Sea"}, "Sea"),
        ({"de": "Nur Deutsch"}, "Nur Deutsch"),
        ({"x_default": "", "de": "Meer"}, "Meer"),
    ],
)
def test_text_of_several_languages(languages: dict[str, str], expected: str) -> None:
    assert read_xmp(make.xmp(make.alternatives("dc:title", **languages))).text("dc:title") == expected


def test_text_and_texts_of_other_shapes() -> None:
    xmp = read_xmp(make.xmp("<dc:title>plain</dc:title>", make.bag("dc:subject", "a", "b"), "<exif:F exif:a='1'/>"))
    assert (xmp.text("dc:title"), xmp.texts("dc:title")) == ("plain", ["plain"])
    assert (xmp.text("dc:subject"), xmp.texts("dc:subject")) == ("a", ["a", "b"])
    assert (xmp.text("dc:none"), xmp.texts("dc:none"), xmp.texts("exif:F")) == ("", [], [])


PLAIN = make.xmp(make.alternatives("dc:title", x_default="Zürich 写真"))


@pytest.mark.parametrize(
    "packet",
    [
        PLAIN,
        PLAIN.decode().encode("utf-16-be"),
        PLAIN.decode().encode("utf-16-le"),
        PLAIN.decode().encode("utf-16"),
        b"\xfe\xff" + PLAIN.decode().encode("utf-16-be"),
        b"\xef\xbb\xbf" + PLAIN,
        b'<?xml version="1.0" encoding="ISO-8859-1"?>\n' + PLAIN,
        b'<?xml version="1.0" encoding="UTF-16"?>\n' + PLAIN,
        b" \n " + PLAIN + b"\0\0\0 trailing <",
        b"http://ns.adobe.com/xap/1.0/\0" + PLAIN,
        PLAIN.replace(b"<x:xmpmeta", b"\0<x:xmpmeta"),
        PLAIN[PLAIN.index(b"<rdf:RDF") : PLAIN.index(b"</x:xmpmeta>")],
    ],
)
def test_packets_in_all_clothes(packet: bytes) -> None:
    assert read_xmp(packet).text("dc:title") == "Zürich 写真"


def test_packet_in_windows_1252() -> None:
    packet = make.xmp(make.alternatives("dc:title", x_default="Zürich – x")).decode().replace("\ufeff", "")
    assert read_xmp(packet.encode("cp1252")).text("dc:title") == "Zürich – x"


@pytest.mark.parametrize("end", [b"<dc:broken", b"<dc:a></dc:b>", b"&nothing;", b"<dc:a>&#0;", b""])
def test_what_stands_before_a_break_is_read(end: bytes) -> None:
    packet = make.xmp("<xmp:Rating>4</xmp:Rating>", "<!-- here -->").partition(b"<!-- here -->")[0]
    assert read_xmp(packet + end).text("xmp:Rating") == "4"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0" * 1000,
        b"no xml at all",
        b"<html/>",
        b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + make.xmp("<xmp:Label>&a;</xmp:Label>"),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + make.xmp("<xmp:Rating>1</xmp:Rating>"),
    ],
)
def test_nothing(packet: bytes) -> None:
    assert read_xmp(packet) == Xmp()


def test_values_have_a_depth() -> None:
    deep = read_xmp(make.xmp('<dc:a rdf:parseType="Resource">' * 40 + "x" + "</dc:a>" * 40)).as_json()
    assert deep == {}
    depth, value = 0, read_xmp(make.xmp("<dc:a><rdf:Description>" * 6 + "<dc:b>x</dc:b>")).as_json()
    while isinstance(value, dict):
        depth, value = depth + 1, next(iter(value.values()))
    assert (depth, value) == (7, "x")


@pytest.mark.parametrize(
    "body",
    [
        "<dc:a/>" * 200_000,
        "<dc:a>" * 200_000,
        "<dc:a " + " ".join(f'dc:a{number}="1"' for number in range(50_000)) + "/>",
        "<dc:a>" + "x<!---->" * 100_000 + "</dc:a>",
        "<dc:a>" + "&lt;" * 250_000 + "</dc:a>",
        "<dc:subject><rdf:Bag>" + "<rdf:li>word</rdf:li>" * 60_000,
        " " * 5_000_000,
    ],
)
def test_large_packets_take_a_moment_at_most(body: str) -> None:
    packet = make.xmp(body)
    before = time.process_time()
    values = read_xmp(packet).as_json()
    assert time.process_time() - before < 2
    assert size_of(values) <= LARGEST


def test_elements_and_characters_are_counted() -> None:
    many = read_xmp(make.xmp(make.bag("dc:subject", *["word"] * 30_000)))
    assert 19_000 < len(many.texts("dc:subject")) < 20_000
    assert read_xmp(make.xmp(" " * 900_000, "<xmp:Rating>4</xmp:Rating>")).text("xmp:Rating") == "4"
    assert read_xmp(make.xmp(" " * 1_000_000, "<xmp:Rating>4</xmp:Rating>")).text("xmp:Rating") == ""


def test_all_of_it_is_bounded() -> None:
    values = read_xmp(make.xmp(*(f"<dc:a{number}>{'x' * 5_000}</dc:a{number}>" for number in range(50)))).as_json()
    assert 50_000 < size_of(values) <= LARGEST


@given(st.lists(xml_texts, max_size=5), xml_texts)
def test_what_is_written_is_read(words: list[str], title: str) -> None:
    xmp = read_xmp(
        make.xmp(make.bag("dc:subject", *map(escape, words)), make.alternatives("dc:title", x_default=escape(title)))
    )
    assert xmp.texts("dc:subject") == [word.strip() for word in words if word.strip()]
    assert xmp.text("dc:title") == title.strip()
