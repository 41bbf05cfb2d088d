"""WebP stripped: bitstreams byte for byte, with a header that tells what is still there."""

import io
import struct
from typing import Any

import pytest
from PIL import Image

from images.stripping import BrokenStructure, strip
from images.tests.stripping.making import (
    APPENDED,
    PROFILE,
    SECRETS,
    assert_nothing_told,
    exif,
    frames,
    profile_in,
    stripped,
    telling_webp,
    turn_in,
    webp_chunk,
    webp_chunks,
    webp_of,
)
from tests.pictures import encoded, picture


def with_alpha() -> Image.Image:
    image = picture(63, 47).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image


SAVED: dict[str, dict[str, Any]] = {
    "lossy": {},
    "lossless": {"lossless": True},
    "with alpha": {"image": with_alpha()},
    "lossless with alpha": {"image": with_alpha(), "lossless": True},
    "animated": {"save_all": True, "append_images": [picture(63, 47, seed=1), picture(63, 47, seed=2)], "duration": 90},
    "animated with alpha": {"image": with_alpha(), "save_all": True, "append_images": [picture(63, 47)], "loop": 2},
}


@pytest.mark.parametrize("how", SAVED)
def test_pixels_stay_and_secrets_go(how: str) -> None:
    told = telling_webp(6, **SAVED[how])
    data = stripped(told)
    assert frames(data) == frames(told)
    assert profile_in(data) == PROFILE
    assert turn_in(data) == 6
    assert_nothing_told(data)
    assert int.from_bytes(data[4:8], "little") == len(data) - 8
    assert not {b"XMP ", b"hush", b"more"} & {name for name, _ in webp_chunks(data)}


@pytest.mark.parametrize("how", SAVED)
def test_bitstreams_stay_byte_for_byte(how: str) -> None:
    saved = {"exif": exif(1), "icc_profile": b""} | SAVED[how]
    plain = encoded(saved.pop("image", None) or picture(63, 47), "WEBP", **saved)
    pictures = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
    assert [chunk for chunk in webp_chunks(stripped(plain)) if chunk[0] in pictures] == [
        chunk for chunk in webp_chunks(plain) if chunk[0] in pictures
    ]


def flags(data: bytes) -> int:
    ((name, content), *_) = webp_chunks(data)
    assert name == b"VP8X"
    assert content[1:4] == bytes(3)
    return content[0]


def test_the_header_tells_what_is_there() -> None:
    assert flags(telling_webp(6)) & 0x2C == 0x2C
    assert flags(stripped(telling_webp(6))) & 0x2C == 0x28
    assert flags(stripped(telling_webp(1))) & 0x2C == 0x20
    assert flags(stripped(telling_webp(1, icc_profile=b""))) & 0x2C == 0
    assert flags(stripped(telling_webp(image=with_alpha()))) & 0x12 == 0x10
    assert flags(stripped(telling_webp(**SAVED["animated"]))) & 0x02 == 0x02


def test_the_header_tells_nothing_else() -> None:
    (name, content), *rest = webp_chunks(telling_webp()[: -len(APPENDED)])
    data = webp_of([(name, bytes([content[0] | 0xC1]) + b"hus" + content[4:] + SECRETS[0]), *rest])
    assert stripped(data) == stripped(telling_webp())


def test_a_file_without_the_extended_header_ends_with_its_picture() -> None:
    plain = encoded(picture(63, 47), "WEBP")
    assert [name for name, _ in webp_chunks(plain)] == [b"VP8 "]
    assert stripped(plain) == plain
    told = webp_of([*webp_chunks(plain), (b"EXIF", exif(6)), (b"XMP ", SECRETS[0])])
    assert frames(told) == frames(plain)
    assert stripped(told + APPENDED) == plain


def test_what_the_header_does_not_announce_is_not_there() -> None:
    """Decoders don't look at it."""
    (header, told), *rest = webp_chunks(telling_webp(6)[: -len(APPENDED)])
    data = webp_of([(header, bytes([told[0] & 0x10]) + told[1:]), *rest])
    assert turn_in(data) == 1
    assert [name for name, _ in webp_chunks(stripped(data))] == [b"VP8X", b"VP8 "]


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientation(turn: int) -> None:
    for header in (b"", b"Exif\0\0"):
        told = telling_webp(turn, exif=header + exif(turn))
        data = stripped(told)
        assert turn_in(data) == turn_in(told) == turn
        assert (b"EXIF" in data) == (turn != 1)


@pytest.mark.parametrize("profile", [PROFILE + bytes(2**20), SECRETS[0] * 20])
def test_what_is_no_profile_goes(profile: bytes) -> None:
    data = stripped(telling_webp(icc_profile=profile))
    assert b"ICCP" not in data
    assert flags(data) & 0x20 == 0


STILL = webp_chunks(telling_webp()[: -len(APPENDED)])
ANIMATED = webp_chunks(telling_webp(**SAVED["animated"])[: -len(APPENDED)])


def without(chunks: list[tuple[bytes, bytes]], name: bytes) -> bytes:
    return webp_of([chunk for chunk in chunks if chunk[0] != name])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"RIFF\4\0\0\0WEBP",
        b"RIFF" + bytes(4) + b"WAVE",
        webp_of(STILL)[:-1],
        webp_of(STILL)[:100],
        webp_of([(b"EXIF", exif(6)), *STILL]),
        webp_of([(b"VP8X", bytes(9)), *STILL[1:]]),
        webp_of([(b"VP8X", bytes(10)), (b"ICCP", PROFILE)]),
        webp_of([(b"ALPH", bytes(9)), (b"VP8 ", bytes(9))]),
        without(ANIMATED, b"ANIM"),
        without(ANIMATED, b"ANMF"),
        webp_of([(name, content[:15] if name == b"ANMF" else content) for name, content in ANIMATED]),
        webp_of([(name, content[:16] if name == b"ANMF" else content) for name, content in ANIMATED]),
        webp_of([(name, content[:-9] if name == b"ANMF" else content) for name, content in ANIMATED]),
        webp_of([(name, content[:5] if name == b"ANIM" else content) for name, content in ANIMATED]),
        b"RIFF" + struct.pack("<I", 4 + 8 * 200_001) + b"WEBP" + webp_chunk(b"hush", b"") * 200_001,
    ],
)
def test_what_can_not_be_followed(data: bytes) -> None:
    target = io.BytesIO()
    with pytest.raises(BrokenStructure):
        strip(data, target, "image/webp")
    assert target.getvalue() == b""
