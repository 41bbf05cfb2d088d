"""What GIF files carry in their extensions."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.gif import GifBlocks, read_gif
from images.tests.metadata import making as make

PACKET = make.xmp(make.bag("dc:subject", "写真" * 300))
PROFILE = make.icc_v2(b"Display P3" * 60)
XMP = make.gif_xmp(PACKET)
ICC = make.gif_extension(b"ICCRGBG1012", make.sub_blocks(PROFILE))
LOOP = make.gif_extension(b"NETSCAPE2.0", make.sub_blocks(b"\1\0\0"))
COMMENT = b"\x21\xfe" + make.sub_blocks(b"XMP DataXMP" * 40)


@pytest.mark.parametrize(
    ("extensions", "expected"),
    [
        ((), GifBlocks()),
        ((XMP,), GifBlocks(xmp=PACKET)),
        ((ICC,), GifBlocks(icc=PROFILE)),
        ((LOOP, COMMENT, ICC, XMP), GifBlocks(xmp=PACKET, icc=PROFILE)),
        ((XMP, make.gif_xmp(b"<second/>")), GifBlocks(xmp=PACKET)),
        ((LOOP, COMMENT), GifBlocks()),
    ],
)
def test_before_and_behind_the_picture(extensions: tuple[bytes, ...], expected: GifBlocks) -> None:
    assert read_gif(BytesIO(make.gif(*extensions))) == expected
    assert read_gif(BytesIO(make.gif(behind=extensions))) == expected


def test_the_picture_is_still_one() -> None:
    picture = make.opened(make.gif(LOOP, XMP, ICC))
    picture.load()
    assert picture.size == (8, 6)


def test_behind_frames_with_their_own_colours() -> None:
    file = BytesIO()
    frames = [make.picture().convert("P"), make.picture().rotate(180).quantize(4)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], loop=0)
    data = file.getvalue()
    assert read_gif(BytesIO(data[:-1] + XMP + data[-1:])) == GifBlocks(xmp=PACKET)


@pytest.mark.parametrize("cut", range(0, len(XMP), 97))
def test_cut_anywhere(cut: int) -> None:
    whole = make.gif(XMP)
    data = whole[: whole.index(XMP) + cut]
    found = read_gif(BytesIO(data))
    assert (PACKET + XMP[-258:]).startswith(found.xmp)
    assert found.icc == b""


def test_sub_blocks_are_counted() -> None:
    long, longer = (b"\x21\xfe" + b"\1x" * count + b"\0" for count in (50_000, 250_000))
    assert read_gif(BytesIO(make.gif(long, ICC))) == GifBlocks(icc=PROFILE)
    assert read_gif(BytesIO(make.gif(longer, ICC))) == GifBlocks()


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    for block in (data, b"GIF89a" + data, make.gif(data), make.gif(b"\x21\xff\x0bXMP DataXMP" + data)):
        assert isinstance(read_gif(BytesIO(block)), GifBlocks)
