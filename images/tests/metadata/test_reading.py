"""Reading whole pictures, in each format that the gallery takes."""

import json
from collections.abc import Callable
from dataclasses import fields
from io import BytesIO
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from images.metadata.plain import LARGEST
from images.metadata.reading import Metadata, read_metadata
from images.tests.metadata import making as make

MAIN = {
    make.MAKE: make.ascii_("Caméra"),
    make.MODEL: make.ascii_("Q2"),
    make.ORIENTATION: make.short(6),
    make.DESCRIPTION: make.ascii_("EXIF text"),
    make.DATE_TIME: make.ascii_("2023:01:01 00:00:00"),
}
TAKEN = {
    make.EXPOSURE_TIME: make.rational((10, 1600)),
    make.F_NUMBER: make.rational((28, 10)),
    make.ISO: make.short(400),
    make.FOCAL_LENGTH: make.rational((50, 1)),
    make.LENS_MODEL: make.ascii_("Lens 50"),
    make.DATE_ORIGINAL: make.ascii_("2021:06:15 18:30:45"),
    make.SUBSECONDS_ORIGINAL: make.ascii_("05"),
    make.OFFSET_ORIGINAL: make.ascii_("+05:30"),
}
GPS = {
    make.LATITUDE_REF: make.ascii_("S"),
    make.LATITUDE: make.rational((33, 1), (30, 1), (0, 1)),
    make.LONGITUDE_REF: make.ascii_("E"),
    make.LONGITUDE: make.rational((151, 1), (15, 1), (0, 1)),
    make.ALTITUDE_REF: make.byte(1),
    make.ALTITUDE: make.rational((5, 2)),
}
EXIF = make.tiff(MAIN, TAKEN, GPS, order=">")
XMP = make.xmp(
    make.alternatives("dc:title", de="Meer", x_default="Sea"),
    make.bag("dc:subject", "a, b", "c"),
    "<xmp:Rating>4</xmp:Rating>",
)
IPTC = make.UTF8_MARK + make.dataset(25, "c") + make.dataset(25, "Zürich") + make.dataset(120, "IPTC text")
PHOTOSHOP = make.resource(0x03ED, b"\0" * 16) + make.resource(0x0404, IPTC)
PROFILE = make.icc_v4(en="Display P3")

OF_EXIF = {
    "camera_make": "Caméra",
    "camera_model": "Q2",
    "lens_model": "Lens 50",
    "date_taken": "2021-06-15T18:30:45.05+05:30",
    "focal_length": 50.0,
    "aperture": "2.8",
    "iso": 400,
    "shutter_speed": "1/160",
    "location_lat": -33.5,
    "location_lon": 151.25,
    "altitude": -2.5,
}
OF_XMP = {"title": "Sea", "rating": 4}


@pytest.fixture(scope="module", autouse=True)
def heif() -> None:
    pillow_heif.register_heif_opener()


def _tiff_file() -> bytes:
    """A TIFF of one small grey picture whose first directory holds everything."""
    pixels = b"\x80" * 48
    main = {
        **MAIN,
        **dict(zip((256, 257, 258, 259, 262, 277, 278, 279), map(make.long, (8, 6, 8, 1, 1, 1, 6, 48)), strict=True)),
        273: make.long(0),
        700: make.Value(1, len(XMP), "s", data=XMP),
        33723: make.undefined(IPTC),
        34675: make.undefined(PROFILE),
    }
    sized = make.tiff(main, TAKEN, GPS)
    return make.tiff({**main, 273: make.long(len(sized))}, TAKEN, GPS) + pixels


FILES = {
    "JPEG": make.jpeg(make.exif_segment(EXIF), make.xmp_segment(XMP), make.photoshop_segment(PHOTOSHOP)),
    "PNG": make.png(
        make.chunk(b"eXIf", EXIF),
        make.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        make.chunk(b"tEXt", make.raw_profile(b"iptc", PHOTOSHOP)),
    ),
    "PNG, behind its pixels": make.png(
        behind=(
            make.chunk(b"eXIf", EXIF),
            make.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
            make.chunk(b"tEXt", make.raw_profile(b"iptc", PHOTOSHOP)),
        )
    ),
    "TIFF": _tiff_file(),
    "WEBP": make.encoded("WEBP", exif=EXIF, xmp=XMP, icc_profile=PROFILE),
}


@pytest.mark.parametrize("name", FILES)
def test_a_whole_file(name: str) -> None:
    metadata = read_metadata(make.opened(FILES[name]))
    values = metadata.as_dict()
    assert {key: values[key] for key in (OF_EXIF | OF_XMP)} == OF_EXIF | OF_XMP
    assert metadata.orientation == 6
    if name != "WEBP":  # it has no place for IPTC
        assert metadata.keywords == ("c", "Zürich", "a, b")
        assert metadata.description == "IPTC text"
        assert metadata.iptc == {"Keywords": ["c", "Zürich"], "Caption-Abstract": "IPTC text"}
    else:
        assert (metadata.keywords, metadata.description) == (("a, b", "c"), "EXIF text")
    assert metadata.exif_data["ISOSpeedRatings"] == 400
    assert metadata.xmp["xmp:Rating"] == "4"
    if name in ("TIFF", "WEBP"):
        assert metadata.color_profile == "Display P3"


def _heif(**options: object) -> bytes:
    file = BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "teal")).save(file, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
@pytest.mark.parametrize("turn", [1, 6])
def test_heif_and_avif_are_turned_by_their_container(kind: str, turn: int) -> None:
    # Pillow's AVIF writer knows ASCII alone.
    exif = make.tiff({**MAIN, make.MAKE: make.ascii_("Camera"), make.ORIENTATION: make.short(turn)}, TAKEN, GPS)
    data = _heif(exif=exif, xmp=XMP) if kind == "HEIF" else make.encoded("AVIF", exif=exif, xmp=XMP)
    picture = make.opened(data)
    assert picture.format == kind
    metadata = read_metadata(picture)
    expected = OF_EXIF | OF_XMP | {"camera_make": "Camera", "orientation": 1}
    assert {key: value for key, value in metadata.as_dict().items() if key in expected} == expected
    picture.info["exif"] = EXIF  # whatever the reader of the format has left in it
    assert read_metadata(picture).orientation == 1


def test_gif() -> None:
    data = make.gif(make.gif_xmp(XMP), make.gif_extension(b"ICCRGBG1012", make.sub_blocks(PROFILE)))
    metadata = read_metadata(make.opened(data))
    assert (metadata.title, metadata.keywords, metadata.rating) == ("Sea", ("a, b", "c"), 4)
    assert metadata.color_profile == "Display P3"


def test_bmp_says_nothing() -> None:
    assert read_metadata(make.opened(make.encoded("BMP"))) == Metadata()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF", "TIFF"])
def test_bare_files_say_nothing(kind: str) -> None:
    metadata = read_metadata(make.opened(make.encoded(kind)))
    expected = Metadata(exif_data=metadata.exif_data)  # a TIFF tells its own structure
    assert metadata == expected
    assert bool(metadata.exif_data) == (kind == "TIFF")


def test_mpo_is_a_jpeg() -> None:
    file = BytesIO()
    make.picture().save(file, "MPO", save_all=True, append_images=[make.picture()])
    data = file.getvalue()
    marker, block = make.exif_segment(EXIF)
    segment = b"\xff" + bytes([marker]) + (len(block) + 2).to_bytes(2, "big") + block
    picture = make.opened(data[:2] + segment + data[2:])
    assert read_metadata(picture).camera_model == "Q2"


def test_png_turns_by_its_exif_alone() -> None:
    packet = make.xmp("<tiff:Orientation>6</tiff:Orientation>")
    picture = make.opened(make.png(make.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)))
    assert picture.getexif()[make.ORIENTATION] == 6
    assert read_metadata(picture).orientation == 1


def test_png_words() -> None:
    data = make.png(make.chunk(b"tEXt", b"Title\0PNG title"), make.chunk(b"tEXt", b"Description\0PNG text"))
    metadata = read_metadata(make.opened(data))
    assert (metadata.title, metadata.description) == ("PNG title", "PNG text")


@pytest.mark.parametrize("kind", [make.byte, make.short, make.long])
def test_orientation_of_tiff(kind: Callable[[int], make.Value]) -> None:
    assert read_metadata(make.opened(_with_orientation(kind(8)))).orientation == 8


def _with_orientation(value: make.Value) -> bytes:
    data, old = _tiff_file(), b"\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00"
    assert data.count(old) == 1
    new = b"\x12\x01" + value.kind.to_bytes(2, "little") + b"\x01\x00\x00\x00" + value.packed("<").ljust(4, b"\0")
    return data.replace(old, new)


def test_iptc_of_tiff_in_photoshops_block() -> None:
    data = _tiff_file()
    entry = (33723).to_bytes(2, "little") + b"\x07\0"
    assert data.count(entry) == 1
    metadata = read_metadata(make.opened(data.replace(entry, (33722).to_bytes(2, "little") + b"\x07\0")))
    assert metadata.iptc == {}
    file = BytesIO()
    make.picture().save(file, "TIFF", tiffinfo={34377: PHOTOSHOP})
    assert read_metadata(make.opened(file.getvalue())).keywords == ("c", "Zürich")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ((0, 1, 2, 3, 4, 5), "2001-01-01T00:00:00"),
        ((1, 2, 3, 4, 5), "2002-01-01T00:00:00"),
        ((2, 3, 4, 5), "2003-01-01T00:00:00+02:00"),
        ((3, 4, 5), "2004-01-01T00:00:00"),
        ((4, 5), "2005-01-01T00:00:00+01:00"),
        ((5,), "2006-01-01T00:00:00.5"),
        ((), ""),
    ],
)
def test_date_taken_in_order_of_sources(sources: tuple[int, ...], expected: str) -> None:
    """EXIF's DateTime and the clock of GPS are there each time, and count never."""
    zero = "0000:00:00 00:00:00"
    taken = {
        make.DATE_ORIGINAL: make.ascii_("2001:01:01 00:00:00" if 0 in sources else zero),
        make.DATE_DIGITIZED: make.ascii_("2002:01:01 00:00:00" if 1 in sources else zero),
    }
    dates = (
        (2, "<exif:DateTimeOriginal>2003-01-01T00:00:00+02:00</exif:DateTimeOriginal>"),
        (3, "<photoshop:DateCreated>2004-01-01T00:00:00</photoshop:DateCreated>"),
        (5, "<xmp:CreateDate>2006-01-01T00:00:00.5</xmp:CreateDate>"),
    )
    gps = {make.GPS_DATE: make.ascii_("2008:01:01"), make.GPS_TIME: make.rational((1, 1), (2, 1), (3, 1))}
    day = make.dataset(55, "20050101") + make.dataset(60, "000000+0100") if 4 in sources else b""
    data = make.jpeg(
        make.exif_segment(make.tiff({make.DATE_TIME: make.ascii_("2007:01:01 00:00:00")}, taken, gps)),
        make.xmp_segment(make.xmp(*(text for number, text in dates if number in sources))),
        make.photoshop_segment(make.resource(0x0404, day)),
    )
    assert read_metadata(make.opened(data)).date_taken == expected


def test_resources_over_several_segments_are_one() -> None:
    block = make.resource(0x0404, IPTC)
    halves = (make.photoshop_segment(block[:20]), make.photoshop_segment(block[20:]))
    assert read_metadata(make.opened(make.jpeg(*halves))).keywords == ("c", "Zürich")


def test_xmp_with_a_header_of_its_own() -> None:
    data = make.jpeg((0xE1, b"http://ns.adobe.com/xap/1.0/ \0" + XMP))
    assert read_metadata(make.opened(data)).title == "Sea"


def test_the_pictures_file_stays_where_it_was() -> None:
    for data in (FILES["PNG"], FILES["TIFF"], make.gif(make.gif_xmp(XMP)), make.apng()):
        file = BytesIO(data)
        picture = Image.open(file)
        position = file.tell()
        read_metadata(picture)
        assert file.tell() == position
        picture.load()
        assert picture.size in ((8, 6), (6, 8))


def test_a_loaded_png_is_read_from_what_pillow_kept(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(FILES["PNG, behind its pixels"])
    with Image.open(path) as picture:
        before = read_metadata(picture)
        picture.load()
        assert read_metadata(picture) == before


@pytest.mark.parametrize("kind", ["GIF", "TIFF", "JPEG"])
def test_loaded_pictures_are_read_without_trouble(kind: str) -> None:
    data = FILES.get(kind) or make.gif(make.gif_xmp(XMP))
    picture = make.opened(data)
    picture.load()
    assert read_metadata(picture).camera_model == ("Q2" if kind == "JPEG" else "")
    assert read_metadata(Image.new("RGB", (1, 1))) == Metadata()


def test_json_and_back() -> None:
    metadata = read_metadata(make.opened(FILES["JPEG"]))
    text = json.dumps(metadata.as_dict(), allow_nan=False)
    assert Metadata.from_dict(json.loads(text)) == metadata
    assert set(metadata.as_dict()) == {field.name for field in fields(Metadata)}
    assert Metadata.from_dict({"title": "x"}) == Metadata(title="x")


def test_metadata_is_bounded() -> None:
    exif = make.tiff({50_000 + number: make.ascii_("x" * 4_000) for number in range(15)})
    xmp = make.xmp(*(f"<dc:a{number}>{'x' * 9_000}</dc:a{number}>" for number in range(7)))
    iptc = b"".join(make.dataset(number, "é" * 4_000) for number in range(100, 107))
    data = make.jpeg(
        make.exif_segment(exif), make.xmp_segment(xmp), make.photoshop_segment(make.resource(0x0404, iptc))
    )
    metadata = read_metadata(make.opened(data))
    sizes = [len(json.dumps(part)) for part in (metadata.exif_data, metadata.iptc, metadata.xmp)]
    assert min(sizes) > LARGEST / 3
    assert max(sizes) <= LARGEST
