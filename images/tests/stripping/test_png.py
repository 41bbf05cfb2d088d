"""PNG stripped: all that shows the picture stays, chunk by chunk, and no text."""

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from images.stripping import BrokenStructure, strip
from images.tests.darkroom import hostile
from images.tests.metadata import making as make
from images.tests.stripping.making import (
    APPENDED,
    PROFILE,
    SECRETS,
    assert_nothing_told,
    exif,
    frames,
    profile_in,
    stripped,
    telling_png,
    turn_in,
)
from tests.pictures import encoded, picture


def animation(**options: Any) -> bytes:
    others = [picture(seed=1), picture(seed=2)]
    options = {"duration": [100, 200, 300], "loop": 3} | options
    return encoded(picture(), "PNG", save_all=True, append_images=others, **options)


def with_alpha() -> Image.Image:
    image = picture().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


PLAIN = {
    "RGB": encoded(picture(), "PNG"),
    "RGBA": encoded(with_alpha(), "PNG"),
    "black and white": encoded(picture().convert("1"), "PNG"),
    "grey and alpha": encoded(with_alpha().convert("LA"), "PNG"),
    "16 bit": encoded(picture().convert("I;16"), "PNG"),
    "palette": encoded(picture().quantize(7), "PNG", transparency=2),
    "one colour transparent": encoded(picture(), "PNG", transparency=(255, 0, 0)),
    "interlaced, small chunks": encoded(picture(300, 200), "PNG", compress_level=0),
    "animated": animation(),
    "animated, with a picture before": animation(default_image=True),
}


def names(data: bytes) -> list[bytes]:
    found, at = [], 8
    while at < len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        assert zlib.crc32(data[at + 4 : at + 8 + length]) == int.from_bytes(data[at + 8 + length : at + 12 + length])
        found.append(name)
        at += length + 12
    return found


@pytest.mark.parametrize("kind", PLAIN)
def test_pixels_stay_and_secrets_go(kind: str) -> None:
    told = telling_png(6, PLAIN[kind])
    data = stripped(told)
    assert frames(data) == frames(told)
    assert turn_in(data) == 6
    assert_nothing_told(data)
    assert not {b"tEXt", b"zTXt", b"iTXt", b"tIME", b"sPLT", b"prVt", b"pHYs"} & set(names(data))
    assert names(data)[-1] == b"IEND"


@pytest.mark.parametrize("kind", PLAIN)
def test_a_png_that_tells_nothing_stays_as_it_is(kind: str) -> None:
    assert stripped(PLAIN[kind]) == PLAIN[kind]
    assert stripped(PLAIN[kind] + APPENDED) == PLAIN[kind]


def test_what_tells_of_colours_stays() -> None:
    told = make.png(
        make.chunk(b"cHRM", bytes(32)),
        make.chunk(b"gAMA", bytes(4)),
        make.chunk(b"sRGB", b"\0"),
        make.chunk(b"cICP", b"\x01\x0d\0\x01"),
        make.chunk(b"mDCV", bytes(24)),
        make.chunk(b"cLLI", bytes(8)),
        make.chunk(b"sBIT", b"\x08\x08\x08"),
        make.chunk(b"bKGD", bytes(6)),
        make.chunk(b"pHYs", bytes(9)),
    )
    assert stripped(told) == told


def test_what_is_longer_than_its_kind_goes() -> None:
    kinds = {b"cHRM": 32, b"gAMA": 4, b"sRGB": 1, b"cICP": 4, b"sBIT": 4, b"bKGD": 6, b"hIST": 512, b"pHYs": 9}
    told = make.png(*(make.chunk(kind, bytes(size) + SECRETS[0]) for kind, size in kinds.items()))
    assert stripped(told) == make.png()


def test_the_profile_stays_and_its_name_goes() -> None:
    told = make.png(make.chunk(b"iCCP", SECRETS[0] + b"\0\0" + zlib.compress(PROFILE) + SECRETS[0]))
    data = stripped(told)
    assert profile_in(data) == PROFILE
    assert_nothing_told(data)
    assert b"iCCPicc\0" in data


@pytest.mark.parametrize(
    "content",
    [
        b"icc\0\0" + zlib.compress(PROFILE + bytes(2**20)),
        b"icc\0\0" + zlib.compress(bytes(2**26)),
        b"icc\0\0" + zlib.compress(PROFILE) + bytes(2**20),
        b"icc\0\0" + zlib.compress(SECRETS[0] * 20),
        b"icc\0\0" + zlib.compress(PROFILE, 0)[:30],  # cut before what makes it a profile
        b"icc\0\0" + SECRETS[0],
        b"icc",
        b"",
    ],
)
def test_what_is_no_whole_profile_goes(content: bytes) -> None:
    assert stripped(make.png(make.chunk(b"iCCP", content))) == make.png()


def test_a_profile_without_its_check_sum_stays() -> None:
    told = make.png(make.chunk(b"iCCP", b"icc\0\0" + zlib.compress(PROFILE)[:-4]))
    assert profile_in(stripped(told)) == profile_in(told) == PROFILE


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation(turn: int) -> None:
    block = exif(turn)
    segment = b"Exif\0\0" + block
    for told in (
        make.png(make.chunk(b"eXIf", block)),
        make.png(behind=(make.chunk(b"eXIf", block),)),
        make.png(make.chunk(b"tEXt", make.raw_profile(b"exif", segment))),
    ):
        data = stripped(told)
        assert turn_in(data) == turn_in(told) == turn
        assert (b"eXIf" in data) == (turn != 1)
        assert_nothing_told(data)


def spoilt(name: bytes, content: bytes) -> bytes:
    return make.png(make.chunk(name, content))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        make.png()[:8],
        make.png()[:-12],
        make.png()[:-1],
        make.png()[:50],
        hostile.PNG_SIGNATURE + make.png()[33:],
        make.png(make.png()[8:33]),  # a second header
        spoilt(b"CgBI", bytes(4)),  # needed, and known to nobody
        spoilt(b"PLTE", bytes(771)),
        spoilt(b"PLTE", bytes(4)),
        spoilt(b"tRNS", bytes(257)),
        spoilt(b"acTL", bytes(9)),
        spoilt(b"fcTL", bytes(27)),
        spoilt(b"fdAT", bytes(3)),
        make.png(make.chunk(b"IDAT", b"") * 200_000),
    ],
)
def test_what_can_not_be_followed(data: bytes) -> None:
    target = io.BytesIO()
    with pytest.raises(BrokenStructure):
        strip(data, target, "image/png")
    assert target.getvalue() == b""
