"""GIF stripped: pictures, their timing and how often they run stay, and no word."""

import io
from typing import Any

import pytest

from images.stripping import BrokenStructure, strip
from images.tests.metadata import making as make
from images.tests.stripping.making import APPENDED, SECRETS, assert_nothing_told, frames, stripped, telling_gif
from tests.pictures import encoded, picture


def animation(**options: Any) -> bytes:
    others = [picture(seed=1).quantize(5), picture(seed=2).quantize(200)]
    options = {"duration": [100, 200, 300], "loop": 3, "disposal": 2} | options
    return encoded(picture().quantize(9), "GIF", save_all=True, append_images=others, **options)


PLAIN = {
    "still": encoded(picture(), "GIF"),
    "one colour transparent": encoded(picture().quantize(7), "GIF", transparency=1),
    "interlaced, large": encoded(picture(300, 200), "GIF", interlace=1),
    "animated": animation(),
    "animated for ever": animation(loop=0),
    "animated once": animation(loop=None),
}


@pytest.mark.parametrize("kind", PLAIN)
def test_pixels_stay_and_secrets_go(kind: str) -> None:
    told = telling_gif(PLAIN[kind])
    data = stripped(told)
    assert frames(data) == frames(told)
    assert_nothing_told(data)


@pytest.mark.parametrize("kind", PLAIN)
def test_a_gif_that_tells_nothing_stays_as_it_is(kind: str) -> None:
    assert stripped(telling_gif(PLAIN[kind])) == stripped(PLAIN[kind] + APPENDED) == stripped(PLAIN[kind])
    assert stripped(PLAIN[kind]) == PLAIN[kind]


@pytest.mark.parametrize("name", [b"NETSCAPE2.0", b"ANIMEXTS1.0"])
def test_loops_stay_without_what_else_is_told_there(name: bytes) -> None:
    told = make.gif(make.gif_extension(name, b"\x10\x01\x05\0" + b"hush-hush-hus" + make.sub_blocks(SECRETS[0])))
    assert stripped(told) == make.gif(make.gif_extension(name, b"\x03\x01\x05\0\0"))


@pytest.mark.parametrize("block", [b"", b"\x01", b"\x01\x05", b"\x02\x05\0\0"])
def test_what_is_no_loop_count_goes(block: bytes) -> None:
    assert stripped(make.gif(make.gif_extension(b"NETSCAPE2.0", make.sub_blocks(block)))) == make.gif()


def test_timing_stays_without_what_else_is_told_there() -> None:
    told = make.gif(b"\x21\xf9" + make.sub_blocks(b"\x05\x0a\0\x01" + SECRETS[0]))
    assert stripped(told) == make.gif(b"\x21\xf9\x04\x05\x0a\0\x01\0")


def test_a_missing_end_is_put_there() -> None:
    assert stripped(make.gif()[:-1]) == make.gif()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        make.gif()[:12],
        make.gif()[:20],
        make.gif()[:-2],
        make.gif()[:-5],
        make.gif()[:13] + b";",
        b"GIF88a" + make.gif()[6:],
        make.gif(b"\x21"),
        make.gif(b"\x21\xf9\x03\x01\x02\x03\0"),
        make.gif(b"\x21\xfe\xff"),
        make.gif(b"\0" * 200_001),
    ],
)
def test_what_can_not_be_followed(data: bytes) -> None:
    target = io.BytesIO()
    with pytest.raises(BrokenStructure):
        strip(data, target, "image/gif")
    assert target.getvalue() == b""
