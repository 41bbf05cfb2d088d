"""JPEG stripped: tables and scans byte for byte, and of all segments only what tells how to show them."""

import io

import pytest
from PIL import Image

from images.stripping import BrokenStructure, strip
from images.tests.metadata import making as make
from images.tests.stripping.making import (
    APPENDED,
    PROFILE,
    SECRETS,
    assert_nothing_told,
    exif,
    frames,
    jpeg,
    profile_in,
    profile_segments,
    segment,
    stripped,
    telling_jpeg,
    turn_in,
)
from tests.pictures import picture

SAVED = {
    "baseline": {},
    "progressive": {"progressive": True},
    "restart markers": {"restart_marker_blocks": 1},
    "grey": {"image": picture().convert("L")},
    "CMYK": {"image": picture().convert("CMYK")},
    "not turned to YCbCr": {"keep_rgb": True},
    "thin colours": {"subsampling": 2, "quality": 30},
}


@pytest.mark.parametrize("how", SAVED)
def test_pixels_stay_and_secrets_go(how: str) -> None:
    told = telling_jpeg(6, **SAVED[how])
    data = stripped(told)
    assert frames(data) == frames(told)
    assert profile_in(data) == PROFILE
    assert turn_in(data) == 6
    assert_nothing_told(data)


@pytest.mark.parametrize("how", SAVED)
def test_no_scan_and_no_table_changes(how: str) -> None:
    plain = jpeg(**SAVED[how])
    tables = plain.index(b"\xff\xdb")
    assert stripped(plain)[-len(plain[tables:]) :] == plain[tables:]


@pytest.mark.parametrize("how", SAVED)
def test_a_jpeg_that_tells_nothing_stays_as_it_is(how: str) -> None:
    """Also where there is no JFIF, and Adobe's marker alone tells how the colours are coded."""
    assert stripped(jpeg(**SAVED[how])) == jpeg(**SAVED[how])


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation(turn: int) -> None:
    for order in "<>":
        told = jpeg(segment(0xE1, make.exif_segment(exif(turn, order=order))[1]))
        data = stripped(told)
        assert turn_in(data) == turn_in(told) == turn
        assert (b"Exif" in data) == (turn != 1)


def test_exif_that_holds_only_the_orientation_is_36_bytes() -> None:
    data = stripped(jpeg(segment(0xE1, make.exif_segment(exif(8))[1])))
    assert len(data) == len(jpeg()) + 36


@pytest.mark.parametrize(
    "block", [make.tiff({make.ORIENTATION: make.short(9)}), make.tiff({make.ORIENTATION: make.ascii_("6")}), b"", b"II"]
)
def test_no_orientation(block: bytes) -> None:
    assert b"Exif" not in stripped(jpeg(segment(0xE1, make.exif_segment(block)[1])))


def test_exif_in_two_segments() -> None:
    block = exif(3)
    parts = [segment(0xE1, b"Exif\0\0" + part) for part in (block[:9], block[9:])]
    assert turn_in(stripped(jpeg(*parts))) == 3


def test_the_thumbnail_of_jfif_goes_and_its_density_stays() -> None:
    with Image.open(io.BytesIO(stripped(telling_jpeg()))) as shown:
        assert shown.info["dpi"] == (72, 72)
        assert shown.info["jfif_version"] == (1, 2)
    assert stripped(telling_jpeg())[2:20] == b"\xff\xe0\0\x10JFIF\0\x01\x02\x01\0\x48\0\x48\0\0"


@pytest.mark.parametrize(
    "between",
    [
        segment(0xFE, SECRETS[0]) + segment(0xED, SECRETS[0]) + b"junk\xff",
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\0"),
        segment(0xE1, make.exif_segment(exif(6))[1]),
        b"".join(profile_segments()),
    ],
)
def test_what_is_told_between_scans_goes(between: bytes) -> None:
    plain = jpeg(progressive=True)
    at = plain.rindex(b"\xff\xc4")
    assert stripped(plain[:at] + between + plain[at:]) == plain


def test_what_is_too_short_to_be_what_it_says_goes() -> None:
    assert stripped(jpeg(segment(0xE0, b"JFIF\0\1\1"), segment(0xEE, b"Adobe\0\x64"))) == jpeg()


def test_junk_and_fill_before_the_first_scan_go() -> None:
    plain = jpeg()
    at = plain.index(b"\xff\xdb")
    assert stripped(plain[:at] + SECRETS[0] + b"\0\0\xff\x01\xff\xff\xff" + plain[at:]) == plain


def test_nothing_stays_behind_the_end() -> None:
    assert stripped(jpeg() + APPENDED) == jpeg()
    assert stripped(jpeg() + jpeg()) == jpeg()


def test_the_second_picture_of_a_stereo_pair_goes() -> None:
    file = io.BytesIO()
    picture(seed=1).save(file, "MPO", save_all=True, append_images=[picture(seed=2)])
    data = stripped(file.getvalue())
    with Image.open(io.BytesIO(data)) as shown:
        assert shown.format == "JPEG"
    assert frames(data) == frames(file.getvalue())
    assert data.count(b"\xff\xd9") == 1


def test_arithmetic_coding_and_a_height_told_late() -> None:
    frame = segment(0xC9, b"\x08\0\0\0\x08\x01\x01\x11\0")
    data = (
        b"\xff\xd8"
        + segment(0xCC, b"\0\x10")
        + frame
        + segment(0xDD, b"\0\x01")
        + segment(0xDA, b"\x01\x01\0\0\x3f\0")
        + b"\x12\xff\0\x34\xff\xd0\x56\xff\xff\xd1"
        + segment(0xDC, b"\0\x08")
        + b"\xff\xd9"
    )
    assert stripped(data) == data


def test_a_profile_in_one_part_or_in_many_stays_the_same() -> None:
    large = PROFILE + bytes(200_000)
    for parts in (4, 17, 255):
        assert profile_in(stripped(jpeg(*profile_segments(large, parts=parts)))) == large


@pytest.mark.parametrize(
    "segments",
    [
        profile_segments(PROFILE + bytes(2**20), parts=20),  # too large
        profile_segments()[:2],  # one part is missing
        profile_segments() + profile_segments(),
        profile_segments(SECRETS[0] * 20),  # no profile
        profile_segments(PROFILE, parts=200) + profile_segments(PROFILE, parts=200),
        [segment(0xE2, b"ICC_PROFILE\0")],
    ],
)
def test_what_is_no_whole_profile_goes(segments: list[bytes]) -> None:
    assert stripped(jpeg(*segments)) == jpeg()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8",
        b"GIF89a",
        jpeg()[:-2],
        jpeg()[:-100],
        jpeg()[:100],
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xd9\0\2" + jpeg()[2:],
        b"\xff\xd8\xff\xd8\0\2" + jpeg()[2:],
        b"\xff\xd8" + jpeg(),
        jpeg(segment(0xF7, b"")),
        jpeg(segment(0xDE, b"")),
        jpeg(segment(0xC0, bytes(9))),
        jpeg(b"\xff\xe1\0\x01"),
        jpeg(b"\xff\xe1\xff\xff"),
        b"\xff\xd8" + segment(0xDA, bytes(6)) + b"\xff\xd9",
        b"\xff\xd8" + b"\xff\x01" * 200_001,
    ],
)
def test_what_can_not_be_followed(data: bytes) -> None:
    target = io.BytesIO()
    with pytest.raises(BrokenStructure):
        strip(data, target, "image/jpeg")
    assert target.getvalue() == b""
