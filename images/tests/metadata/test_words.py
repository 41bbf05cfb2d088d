"""Title, description, keywords and rating: which of several sources is believed."""

import pytest

from images.metadata import words
from images.metadata.exif import Exif, read_exif_block
from images.metadata.iptc import CAPTION, KEYWORDS, OBJECT_NAME, Iptc, read_iptc
from images.metadata.xmp import Xmp, read_xmp
from images.tests.metadata import making as make

XMP = read_xmp(
    make.xmp(
        make.alternatives("dc:title", x_default="XMP title"),
        make.alternatives("dc:description", x_default="XMP text"),
    )
)
IPTC = read_iptc(make.dataset(OBJECT_NAME, "IPTC title") + make.dataset(CAPTION, "IPTC text"))
EXIF = read_exif_block(
    make.tiff({make.DESCRIPTION: make.ascii_("EXIF text"), make.XP_TITLE: make.utf16("Wínďows タイトル")})
)


def _described(text: str) -> Exif:
    return read_exif_block(make.tiff({make.DESCRIPTION: make.ascii_(text)}))


def test_title_in_order_of_sources() -> None:
    assert words.title(EXIF, IPTC, XMP, "PNG title") == "XMP title"
    assert words.title(EXIF, IPTC, Xmp(), "PNG title") == "IPTC title"
    assert words.title(EXIF, Iptc(), Xmp(), "PNG title") == "Wínďows タイトル"
    assert words.title(Exif(), Iptc(), Xmp(), "PNG title") == "PNG title"
    assert words.title(Exif(), Iptc(), Xmp(), "") == ""


def test_description_in_order_of_sources() -> None:
    assert words.description(EXIF, IPTC, XMP, "PNG text") == "XMP text"
    assert words.description(EXIF, IPTC, Xmp(), "PNG text") == "IPTC text"
    assert words.description(EXIF, Iptc(), Xmp(), "PNG text") == "EXIF text"
    assert words.description(Exif(), Iptc(), Xmp(), "PNG text") == "PNG text"
    assert words.description(Exif(), Iptc(), Xmp(), "") == ""


def test_a_title_is_one_short_line() -> None:
    assert words.title(Exif(), Iptc(), Xmp(), "one\r\ntwo\0") == "one two"
    assert words.title(Exif(), Iptc(), Xmp(), "T" * 1000) == "T" * 255


def test_a_description_has_lines_and_an_end() -> None:
    assert words.description(Exif(), Iptc(), Xmp(), "one\r\ntwo\0\n") == "one\ntwo"
    assert words.description(Exif(), Iptc(), Xmp(), "T" * 20_000) == "T" * 10_000


@pytest.mark.parametrize(
    "text",
    [
        "OLYMPUS DIGITAL CAMERA         ",
        "KONICA MINOLTA DIGITAL CAMERA",
        " DIGITAL CAMERA ",
        "SONY DSC",
        "EPSON DSC picture",
        "<Digimax i50 MP3, Samsung #1 MP3>",
        "SAMSUNG CAMERA PICTURES",
        "DSC00019",
        "IMG_1234.JPG",
        "DCIM\\100GOPRO\\GOPR1785.",
        "oznorWO",
        "Exif_JPEG_PICTURE",
    ],
)
def test_what_machines_write_is_no_description(text: str) -> None:
    assert words.description(_described(text), Iptc(), Xmp(), "") == ""
    assert words.description(_described(text), Iptc(), Xmp(), "PNG text") == "PNG text"


@pytest.mark.parametrize(
    "text", ["my new digital camera", "DSC00019 at the lake", "SONY DSC and I", "June 2004", "OLYMPUS", "Notre Dame"]
)
def test_what_people_write_is(text: str) -> None:
    assert words.description(_described(text), Iptc(), Xmp(), "") == text


def test_keywords_of_both_each_once() -> None:
    iptc = read_iptc(b"".join(make.dataset(KEYWORDS, word) for word in ("b", "c", "x;y")))
    xmp = read_xmp(make.xmp(make.bag("dc:subject", "a", " b ", "B", "d, e")))
    windows = read_exif_block(make.tiff({make.XP_KEYWORDS: make.utf16("f;g")}))
    assert words.keywords(windows, iptc, xmp) == ("b", "c", "x;y", "a", "B", "d, e")


def test_windows_keywords_where_there_are_no_others() -> None:
    windows = read_exif_block(make.tiff({make.XP_KEYWORDS: make.utf16("één; två;;三;één")}))
    assert words.keywords(windows, Iptc(), Xmp()) == ("één", "två", "三")


def test_keywords_are_bounded() -> None:
    iptc = read_iptc(b"".join(make.dataset(KEYWORDS, f"{number:04}" + "x" * 200) for number in range(600)))
    found = words.keywords(Exif(), iptc, Xmp())
    assert len(found) == 500
    assert {len(word) for word in found} == {100}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("5", 5),
        ("-1", -1),
        ("3.0", 3),
        ("+2", 2),
        ("6", None),
        ("-2", None),
        ("", None),
        ("many", None),
        ("1e1", None),
        ("nan", None),
        ("99", None),
    ],
)
def test_rating(text: str, expected: int | None) -> None:
    assert words.rating(Exif(), read_xmp(make.xmp(f"<xmp:Rating>{text}</xmp:Rating>"))) == expected


def test_rating_of_exif_where_xmp_has_none() -> None:
    exif = read_exif_block(make.tiff({make.RATING: make.short(3)}))
    assert words.rating(exif, Xmp()) == 3
    assert words.rating(exif, read_xmp(make.xmp("<xmp:Rating>0</xmp:Rating>"))) == 0
    assert words.rating(exif, read_xmp(make.xmp("<xmp:Rating>good</xmp:Rating>"))) == 3
    assert words.rating(read_exif_block(make.tiff({make.RATING: make.short(99)})), Xmp()) is None
