"""Whatever bytes a file has, stripping it ends soon, and either way: a file that stays as it is, or the one refusal."""

import io
import mmap
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.stripping import STRIPPED, BrokenStructure, strip
from images.tests.stripping import making as plant
from tests.pictures import encoded, picture

WHOLE = {
    "image/jpeg": [plant.telling_jpeg(6), plant.telling_jpeg(progressive=True)],
    "image/png": [plant.telling_png(6), encoded(picture(), "PNG", save_all=True, append_images=[picture(seed=1)])],
    "image/webp": [
        plant.telling_webp(6),
        plant.telling_webp(save_all=True, append_images=[picture(63, 47, seed=1)]),
    ],
    "image/gif": [
        plant.telling_gif(),
        encoded(picture(), "GIF", save_all=True, append_images=[picture(seed=1)], loop=0),
    ],
}
changes = st.lists(st.tuples(st.integers(0, 1_000_000), st.binary(min_size=1, max_size=6)), max_size=6)


def spoil(data: bytes, changed: list[tuple[int, bytes]], cut: int) -> bytes:
    spoilt = bytearray(data)
    for at, value in changed:
        at %= len(spoilt)
        spoilt[at : at + len(value)] = value
    return bytes(spoilt[: len(spoilt) - cut % len(spoilt)])


def mapped(data: bytes) -> mmap.mmap:
    """In memory of the kind that files are stripped from."""
    memory = mmap.mmap(-1, len(data))
    memory.write(data)
    return memory


@pytest.mark.parametrize("mime_type", sorted(STRIPPED))
@given(st.integers(0, 1), changes, st.just(0) | st.integers(0, 1_000_000))
def test_spoilt_files(mime_type: str, which: int, changed: list[tuple[int, bytes]], cut: int) -> None:
    data = spoil(WHOLE[mime_type][which], changed, cut)
    once, twice = io.BytesIO(), io.BytesIO()
    with mapped(data) as source:
        try:
            strip(source, once, mime_type)
        except BrokenStructure:
            assert once.getvalue() == b""
            return
    strip(once.getvalue(), twice, mime_type)
    assert once.getvalue() == twice.getvalue()
    assert len(once.getvalue()) <= len(data) + 100


@pytest.mark.parametrize("mime_type", sorted(STRIPPED))
@given(st.binary(max_size=300))
def test_any_bytes(mime_type: str, data: bytes) -> None:
    start = WHOLE[mime_type][0][:20]
    for guess in (data, start + data):
        with pytest.raises(BrokenStructure):
            strip(guess, io.BytesIO(), mime_type)
    with mapped(start + data) as source, pytest.raises(BrokenStructure):
        strip(source, io.BytesIO(), mime_type)


@pytest.mark.parametrize("mime_type", ["image/heic", "image/tiff", "text/html", ""])
def test_other_types(mime_type: str) -> None:
    with pytest.raises(BrokenStructure):
        strip(WHOLE["image/jpeg"][0], io.BytesIO(), mime_type)


@pytest.mark.parametrize("mime_type", sorted(STRIPPED))
def test_bytes_are_as_good_as_a_memory_map(mime_type: str) -> None:
    for data in WHOLE[mime_type]:
        target, same = io.BytesIO(), io.BytesIO()
        with mapped(data) as source:
            strip(source, target, mime_type)
        strip(data, same, mime_type)
        assert target.getvalue() == same.getvalue()


class Noting(io.BytesIO):
    """Remembers the size of the largest piece that was written to it."""

    largest = 0

    def writelines(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self.largest = max(self.largest, len(line))
            self.write(line)


def test_a_large_file_is_written_in_pieces() -> None:
    small = plant.jpeg()
    data = small[:-2] + bytes(5_000_001) + small[-2:]
    target = Noting()
    strip(data, target, "image/jpeg")
    assert target.getvalue() == data
    assert target.largest == 2**20
