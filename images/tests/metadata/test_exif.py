"""EXIF's directories, and all tags by readable names."""

import struct

import pytest

from images.metadata.exif import Exif, read_exif_block
from images.metadata.plain import LARGEST, size_of
from images.tests.metadata import making as make


@pytest.mark.parametrize("header", [b"", b"Exif\0\0", b"Exif\0\0Exif\0\0"])
def test_with_and_without_header(header: bytes) -> None:
    assert read_exif_block(header + make.tiff({make.MAKE: make.ascii_("Canon")})).text(make.MAKE) == "Canon"


@pytest.mark.parametrize("block", [b"", b"Exif\0\0", b"nonsense", b"Exif\0\0II*\0"])
def test_no_exif(block: bytes) -> None:
    assert read_exif_block(block) == Exif()
    assert read_exif_block(block).as_json() == {}


def test_names_and_values() -> None:
    block = make.tiff(
        {make.MAKE: make.ascii_("Canon"), make.XP_TITLE: make.utf16("één"), 0xFDE8: make.short(7)},
        {
            make.EXPOSURE_TIME: make.rational((10, 1600)),
            make.LENS_MODEL: make.ascii_("  "),
            0x9000: make.undefined(b"0231"),
            0x9101: make.undefined(b"\1\2\3\0"),
            0xA301: make.undefined(b"\1"),
            make.MAKER_NOTE: make.undefined(b"\xff" * 300),
            0xA432: make.rational((24, 1), (70, 1), (0, 0), (28, 10)),
            make.FOCAL_LENGTH: make.rational((1, 0)),
            0x9003: make.ascii_("2021:06:15 18:30:45"),
        },
        {make.LATITUDE_REF: make.ascii_("N"), make.LATITUDE: make.rational((41, 1), (15, 1), (30, 1))},
    )
    assert read_exif_block(block).as_json() == {
        "Make": "Canon",
        "XPTitle": "één",
        "Tag 0xFDE8": 7,
        "ExposureTime": 0.00625,
        "ExifVersion": "0231",
        "ComponentsConfiguration": [1, 2, 3, 0],
        "SceneType": 1,
        "MakerNote": "(300 bytes)",
        "LensSpecification": [24.0, 70.0, None, 2.8],
        "DateTimeOriginal": "2021:06:15 18:30:45",
        "GPSLatitudeRef": "N",
        "GPSLatitude": [41.0, 15.0, 30.0],
    }


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        (b"ASCII\0\0\0", "ascii"),
        (b"ASCII\0\0\0", "utf-8"),
        (b"\0" * 8, "utf-8"),
        (b"UNICODE\0", "utf-16"),
        (b"JIS\0\0\0\0\0", "iso2022_jp"),
    ],
)
def test_user_comment(charset: bytes, encoding: str, order: str) -> None:
    text = "a comment" if encoding == "ascii" else "注釈"
    by_order = {"utf-16": {"<": "utf-16-le", ">": "utf-16-be"}[order]}
    value = make.undefined(charset + text.encode(by_order.get(encoding, encoding)))
    block = make.tiff({}, {make.USER_COMMENT: value}, order=order)
    assert read_exif_block(block).as_json() == {"UserComment": text}


def test_the_cameras_directory_goes_before_the_main_one() -> None:
    block = make.tiff({make.ISO: make.short(900)}, {make.ISO: make.short(100)})
    assert read_exif_block(block).as_json() == {"ISOSpeedRatings": 100}


def test_gps_directory_named_by_the_cameras_own() -> None:
    block = bytearray(make.tiff({}, {make.ISO: make.short(100), make.GPS_POINTER: make.long(0)}))
    at = len(block)
    pointer = block.index(struct.pack("<HHI", make.GPS_POINTER, 4, 1))
    struct.pack_into("<I", block, pointer + 8, at)
    gps = make.tiff({make.LATITUDE_REF: make.ascii_("N")})[8:]
    assert read_exif_block(bytes(block) + gps).gps[make.LATITUDE_REF].text() == "N"


@pytest.mark.parametrize("pointer", [make.EXIF_POINTER, make.GPS_POINTER])
@pytest.mark.parametrize("to", [make.long(8), make.long(4_000_000_000), make.long(0), make.ascii_("8"), make.byte(8)])
def test_a_pointer_to_nowhere_or_to_itself(pointer: int, to: make.Value) -> None:
    exif = read_exif_block(make.tiff({make.MAKE: make.ascii_("Canon"), pointer: to}))
    assert (exif.text(make.MAKE), exif.camera, exif.gps) == ("Canon", {}, {})


def test_many_numbers_are_counted() -> None:
    main = {0xFDE8: make.short(*range(65)), 0xFDE9: make.short(*range(64))}
    assert read_exif_block(make.tiff(main)).as_json() == {"Tag 0xFDE8": "(65 values)", "Tag 0xFDE9": list(range(64))}


def test_all_of_it_is_bounded() -> None:
    main = {50_000 + number: make.ascii_("x" * 5_000) for number in range(50)}
    values = read_exif_block(make.tiff(main | {make.MAKE: make.ascii_("Canon")})).as_json()
    assert 50_000 < size_of(values) <= LARGEST
    assert values["Make"] == "Canon"
