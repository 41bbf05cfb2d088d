"""What a file's skeleton tells before any decoder sees it."""

import struct
from dataclasses import replace
from time import process_time

import pillow_heif
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from images.darkroom.headers import Header, inspect, sniff
from images.darkroom.limits import CODES, Limits, Refused
from images.tests.darkroom import hostile
from images.tests.darkroom.hostile import drawing, saved
from images.tests.metadata.making import long, short

pillow_heif.register_heif_opener()

LIMITS = Limits()
KINDS = {"JPEG", "PNG", "GIF", "WEBP", "AVIF", "HEIF", "TIFF", "BMP"}
MAGICS = [
    b"\xff\xd8\xff",
    b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x10\x00\x10\x03",
    hostile.PNG_SIGNATURE,
    hostile.PNG_SIGNATURE + b"\0\0\0\rIHDR",
    b"GIF89a",
    b"GIF89a\x01\0\x01\0\x80\0\0",
    b"RIFF\x40\0\0\0WEBP",
    b"RIFF\x40\0\0\0WEBPVP8X",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0",
    b"BM",
    b"\0\0\0\x18ftypmif1",
    b"",
]


def refused(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(Refused) as refusal:
        inspect(data, limits)
    assert refusal.value.detail
    return refusal.value.code


def outcome(data: bytes) -> str:
    """The kind, or the code of the refusal."""
    try:
        return inspect(data, LIMITS).kind
    except Refused as refusal:
        return refusal.code


@pytest.mark.parametrize("size", [(320, 240), (1, 1), (5000, 1), (17, 33)])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_kind_and_size(form: str, size: tuple[int, int]) -> None:
    assert inspect(saved(drawing(*size), form), LIMITS) == Header(form, *size)


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_kind_of_what_the_decoders_parse(form: str) -> None:
    assert inspect(saved(drawing(), form), LIMITS) == Header(form)


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        (b"heic" + b"mif1heic", "HEIF"),
        (b"mif1" + b"mif1heic", "HEIF"),
        (b"msf1" + b"hevc", "HEIF"),
        (b"avif" + b"mif1miaf", "AVIF"),
        (b"mif1" + b"mif1avif", "AVIF"),
        (b"heic" + b"avif", "HEIF"),
    ],
)
def test_brands(brands: bytes, kind: str) -> None:
    assert sniff(struct.pack(">I", 12 + len(brands)) + b"ftyp" + brands[:4] + b"\0\0\0\0" + brands[4:]) == kind


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}, {"subsampling": 0}, {"quality": 1}])
@pytest.mark.parametrize("size", [(1, 1), (8, 8), (1000, 9), (1200, 900)])
def test_a_jpeg_of_one_colour_is_not_too_short(size: tuple[int, int], options: dict[str, object], mode: str) -> None:
    header = inspect(saved(Image.new(mode, size, "white"), "JPEG", **options), LIMITS)
    assert header == Header("JPEG", *size, progressive="progressive" in options)


def test_frames_are_counted() -> None:
    assert inspect(hostile.gif(7), LIMITS).frames == 7
    assert inspect(hostile.apng(7), LIMITS).frames == 7
    assert inspect(hostile.webp(7), LIMITS).frames == 7
    pages = [drawing(10 + page, 10) for page in range(4)]
    assert inspect(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:]), LIMITS).frames == 4


@pytest.mark.parametrize("make", [hostile.gif, hostile.apng, hostile.webp])
def test_too_many_frames(make) -> None:
    assert inspect(make(500), LIMITS).frames == 500
    assert refused(make(501)) == "too_many_frames"
    assert refused(make(20_000)) == "too_many_frames"


def test_too_large_a_canvas_for_its_frames() -> None:
    assert inspect(hostile.gif(100, 4000, 4000), LIMITS).frames == 100
    assert refused(hostile.gif(126, 4000, 4000)) == "too_many_frames"


def test_more_pages_than_frames_may_be_are_no_reason_to_refuse_a_tiff() -> None:
    data = hostile.tiff({256: short(4), 257: short(4)}, following=8)  # its next page is itself
    assert inspect(data, LIMITS).frames == 2


@pytest.mark.parametrize("scans", [10, 100])
def test_scans_that_are_not_too_many(scans: int) -> None:
    assert inspect(hostile.jpeg_of_scans(scans), LIMITS).progressive


def test_too_many_scans() -> None:
    assert refused(hostile.jpeg_of_scans(101)) == "too_many_scans"


def test_scans_of_a_preview_behind_the_picture_do_not_count() -> None:
    data = saved(drawing(), "JPEG", progressive=True)
    assert inspect(data * 30, LIMITS).progressive


def test_bytes_that_look_like_scans_within_a_segment_do_not_count() -> None:
    data = saved(drawing(), "JPEG", progressive=True)
    comment = b"\xff\xfe" + struct.pack(">H", 402) + b"\xff\xda" * 200
    at = data.rindex(b"\xff\xda")
    assert inspect(data[:at] + comment + data[at:], LIMITS).progressive


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (hostile.png(10_001, 10_000, rows=b""), "too_many_pixels"),
        (hostile.png(65_501, 1, rows=b""), "side_too_long"),
        (hostile.png(2**31 - 1, 2**31 - 1, rows=b""), "side_too_long"),
        (hostile.png(0, 5, rows=b""), "damaged"),
        (hostile.jpeg_of_size(16_000, 16_000), "too_many_pixels"),
        (hostile.jpeg_of_size(0, 240), "damaged"),
        (hostile.jpeg_of_size(320, 0), "damaged"),
        (hostile.jpeg_of_size(15_000, 15_000), "truncated"),  # within the limit, and the file can't hold it
        (hostile.webp(0, 16_383, 16_383), "too_many_pixels"),
        (hostile.gif(1, 65_000, 65_000), "too_many_pixels"),
        (hostile.tiff({256: long(2**31 - 1), 257: long(2**31 - 1)}), "side_too_long"),
        (hostile.tiff({256: short(10)}), "damaged"),
        (b"BM" + bytes(12) + struct.pack("<Iii", 40, 10, -(2**31)), "side_too_long"),
        (b"BM" + bytes(12) + struct.pack("<IHH", 12, 0, 10), "damaged"),
    ],
)
def test_sizes_that_are_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_progressive_jpegs_may_have_fewer_pixels() -> None:
    tight = replace(LIMITS, max_pixels=LIMITS.max_pixels | {"progressive JPEG": 320 * 240 - 1})
    assert inspect(saved(drawing(), "JPEG"), tight).kind == "JPEG"
    assert refused(saved(drawing(), "JPEG", progressive=True), tight) == "too_many_pixels"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><svg/>", "SVG"),
        (b"<!-- a --> <!-- b --><svg/>", "SVG"),
        (b"<!DOCTYPE html><p>", "web page"),
        (b"PK\x03\x04", "ZIP"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", "film"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "raw"),
        (b"II*\0\x10\0\0\0CR\2\0\0\0\0\0", "raw"),
        (hostile.tiff({256: short(9), 257: short(9), 50706: long(1)}), "raw"),
        (hostile.tiff({254: long(1), 256: short(9), 257: short(9), 330: long(99)}, order=">"), "raw"),
    ],
)
def test_what_is_not_taken_is_named(data: bytes, name: str) -> None:
    with pytest.raises(Refused, match=name) as refusal:
        inspect(data, LIMITS)
    assert refusal.value.code == "unsupported_format"


@pytest.mark.parametrize("data", [b"", b"\0" * 4096, b"\xff\xd8", b"hello", b"\0" * 8 + b"\xff\xd8\xff"])
def test_what_is_no_picture(data: bytes) -> None:
    assert refused(data) == "not_an_image"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_a_header_that_is_cut(form: str) -> None:
    data = saved(drawing(), form)
    for length in range(12, 25):
        assert refused(data[:length]) in ("truncated", "damaged")


@pytest.mark.parametrize("form", ["PNG", "GIF", "WEBP"])
def test_a_file_that_is_cut(form: str) -> None:
    data = saved(hostile.noise(64, 64), form)
    assert refused(data[: len(data) // 2]) == "truncated"
    assert refused(data[:-40]) == "truncated"


def test_what_follows_the_end_is_nobodys_business() -> None:
    for form in ("JPEG", "PNG", "GIF"):
        assert inspect(saved(drawing(), form) + b"<?php" * 1000, LIMITS).kind == form


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8\xff" + b"\xe0\x00\x02\xff" * 6000,
        b"\xff\xd8\xff" + b"\x01" * 200_000,
        hostile.PNG_SIGNATURE + hostile.chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + hostile.chunk(b"teSt") * 200_001,
        hostile.gif(1)[:-1] + b"\x21\xfe" + b"\1a" * 200_001,
        hostile.gif(1)[:-1] + b"j" * 200_001,
        b"RIFF" + struct.pack("<I", 4 + 8 * 200_001) + b"WEBP" + b"junk\0\0\0\0" * 200_001,
        b"II*\0\x08\0\0\0\xff\xff" + bytes(100),
        hostile.jpeg_of_scans(3)[:-2] + b"\xff\xfe\0\2" * 200_001,
    ],
    ids=["segments", "junk", "chunks", "sub-blocks", "blocks", "RIFF chunks", "tags", "segments after a scan"],
)  # fmt: skip
def test_a_flood_of_parts_is_soon_refused(data: bytes) -> None:
    begin = process_time()
    assert refused(data) == "too_complex"
    assert process_time() - begin < 2


@given(st.sampled_from(MAGICS), st.binary(max_size=400))
@example(b"GIF89a\x01\0\x01\0\x80\0\0", b"\x00" * 6 + b"\x2c")
@example(b"\xff\xd8\xff", b"\xc0\0\x0b\x08\0\x01\0\x01\xff\0\0\0\xff\xda\0\2")
def test_any_bytes_are_told_or_refused(magic: bytes, rest: bytes) -> None:
    assert outcome(magic + rest) in KINDS | CODES


@given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"]), st.data())
def test_changed_bytes_are_told_or_refused(form: str, draw: st.DataObject) -> None:
    data = bytearray(saved(drawing(20, 20), form))
    for _ in range(draw.draw(st.integers(1, 6))):
        data[draw.draw(st.integers(4, min(len(data), 700) - 1))] = draw.draw(st.integers(0, 255))
    assert outcome(bytes(data)) in KINDS | CODES
