"""What PNG files carry beside their pixels."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.png import PngBlocks, read_png, read_png_info
from images.tests.metadata import making as make

EXIF = make.tiff({make.MAKE: make.ascii_("Canon")})
PACKET = make.xmp("<xmp:Rating>4</xmp:Rating>")
IPTC = make.resource(0x0404, make.dataset(25, "word"))
XMP_NAME = b"XML:com.adobe.xmp\0"


def _itxt(name: bytes, text: bytes, *, packed: bool = False) -> bytes:
    return make.chunk(
        b"iTXt", name + (b"\1\0" if packed else b"\0\0") + b"en\0\0" + (zlib.compress(text) * packed or text)
    )


def _ztxt(name: bytes, text: bytes) -> bytes:
    return make.chunk(b"zTXt", name + b"\0" + zlib.compress(text))


CASES = [
    ((make.chunk(b"eXIf", EXIF),), PngBlocks(exif=EXIF)),
    ((make.chunk(b"tEXt", make.raw_profile(b"exif", b"Exif\0\0" + EXIF)),), PngBlocks(exif=b"Exif\0\0" + EXIF)),
    ((make.chunk(b"tEXt", make.raw_profile(b"APP1", b"Exif\0\0" + EXIF)),), PngBlocks(exif=b"Exif\0\0" + EXIF)),
    (
        (make.chunk(b"tEXt", make.raw_profile(b"APP1", b"http://ns.adobe.com/xap/1.0/\0" + PACKET)),),
        PngBlocks(xmp=PACKET),
    ),
    ((_ztxt(b"Raw profile type exif\0", make.raw_profile(b"exif", EXIF)[22:]),), PngBlocks(exif=EXIF)),
    ((make.chunk(b"tEXt", make.raw_profile(b"iptc", IPTC)),), PngBlocks(iptc=IPTC)),
    ((make.chunk(b"tEXt", make.raw_profile(b"xmp", PACKET)),), PngBlocks(xmp=PACKET)),
    ((_itxt(XMP_NAME, PACKET),), PngBlocks(xmp=PACKET)),
    ((_itxt(XMP_NAME, PACKET, packed=True),), PngBlocks(xmp=PACKET)),
    ((_ztxt(XMP_NAME, PACKET),), PngBlocks(xmp=PACKET)),
    ((make.chunk(b"tEXt", b"Title\0Gr\xfcn"),), PngBlocks(words={"Title": "Grün"})),
    ((make.chunk(b"tEXt", b"Title\0" + "写真".encode()),), PngBlocks(words={"Title": "写真"})),
    ((_itxt(b"Description\0", "説明".encode()),), PngBlocks(words={"Description": "説明"})),
    (
        (make.chunk(b"tEXt", make.raw_profile(b"exif", b"old")), make.chunk(b"eXIf", EXIF)),
        PngBlocks(exif=EXIF),
    ),
    ((make.chunk(b"tEXt", b"Author\0Ann"), make.chunk(b"tIME", b"\0" * 7)), PngBlocks()),
]


@pytest.mark.parametrize(("chunks", "expected"), CASES)
def test_before_and_behind_the_pixels(chunks: tuple[bytes, ...], expected: PngBlocks) -> None:
    assert read_png(BytesIO(make.png(*chunks))) == expected
    assert read_png(BytesIO(make.png(behind=chunks))) == expected


@pytest.mark.parametrize(("chunks", "expected"), CASES)
def test_kept_by_pillow(chunks: tuple[bytes, ...], expected: PngBlocks) -> None:
    for data in (make.png(*chunks), make.png(behind=chunks)):
        picture = make.opened(data)
        picture.load()
        found = read_png_info(picture.info)
        assert (found.xmp, found.iptc, found.words) == (expected.xmp, expected.iptc, expected.words)
        assert found.exif.removeprefix(b"Exif\0\0") == expected.exif.removeprefix(b"Exif\0\0")


def test_behind_the_last_frame_of_an_animation() -> None:
    data = make.apng(make.chunk(b"eXIf", EXIF), make.chunk(b"tEXt", b"Title\0Moving"))
    assert read_png(BytesIO(data)) == PngBlocks(exif=EXIF, words={"Title": "Moving"})


def test_no_pixel_is_decoded() -> None:
    data = make.png(behind=(make.chunk(b"eXIf", EXIF),)).replace(zlib.compress(b"")[:2], b"\0\0")
    assert read_png(BytesIO(data)) == PngBlocks(exif=EXIF)


def test_the_first_counts() -> None:
    data = make.png(make.chunk(b"tEXt", b"Title\0one"), make.chunk(b"tEXt", b"Title\0two"))
    assert read_png(BytesIO(data)).words == {"Title": "one"}


def test_a_text_is_unpacked_within_bounds() -> None:
    bombs = [_ztxt(name, b"x" * 50_000_000) for name in (XMP_NAME, b"Title\0", b"Description\0")]
    found = read_png(BytesIO(make.png(_ztxt(b"Title\0", b"short"), *bombs)))
    assert found.words == {"Title": "short", "Description": ""}
    assert len(found.xmp) == 4 * 1024 * 1024 - len("short")


@pytest.mark.parametrize(
    "chunk",
    [
        make.chunk(b"zTXt", XMP_NAME + b"\0no zlib"),
        make.chunk(b"zTXt", b"Title"),
        make.chunk(b"iTXt", b"Title\0"),
        make.chunk(b"iTXt", b"Title\0\1\0\0\0broken"),
        make.chunk(b"tEXt", b"Raw profile type exif\0no digits"),
        make.chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 4\nzz"),
        make.chunk(b"tEXt", b"Raw profile type exif\0\nexif\n 4\n4"),
        make.chunk(b"tEXt", b""),
    ],
)
def test_broken_texts_are_left_out(chunk: bytes) -> None:
    found = read_png(BytesIO(make.png(chunk, make.chunk(b"tEXt", b"Description\0whole"))))
    assert (found.exif, found.xmp, found.words["Description"]) == (b"", b"", "whole")
    assert found.words.get("Title", "") == ""


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT"])
def test_no_chunks(data: bytes) -> None:
    assert read_png(BytesIO(data)) == PngBlocks()


@given(st.lists(st.tuples(st.sampled_from([b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"IDAT"]), st.binary(max_size=60))))
def test_any_chunks(chunks: list[tuple[bytes, bytes]]) -> None:
    names = (b"", XMP_NAME, b"Title\0", b"Raw profile type exif\0", b"Raw profile type APP1\0")
    data = b"".join(
        struct.pack(">I4s", len(name + body), kind) + name + body + b"crc?" for kind, body in chunks for name in names
    )
    assert isinstance(read_png(BytesIO(b"\x89PNG\r\n\x1a\n" + data)), PngBlocks)
