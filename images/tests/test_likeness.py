"""Likeness: what was only encoded, scaled or toned anew stays near; what shows something else, or nothing, does not."""

import itertools
import random
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from images import engine
from images.engine import Rendering
from images.likeness import GRID, SEARCHED, bands, distance, likeness_of, near_bands, tone_distance, tones_of
from images.renditions import RenditionKey
from tests.pictures import encoded, scene

HASHES = st.integers(-(2**63), 2**63 - 1)
SIZE = (320, 240)


def rendered(picture: Image.Image, file_format: str = "PNG", **options: object) -> Rendering:
    """As an upload of this picture, in this format, is developed."""
    with Image.open(BytesIO(encoded(picture, file_format, **options))) as opened:
        return engine.render(opened, [RenditionKey(160, "jpeg")])


def likeness(picture: Image.Image, file_format: str = "PNG", **options: object) -> int:
    found = rendered(picture, file_format, **options).likeness
    assert found is not None
    return found


def marked(picture: Image.Image) -> Image.Image:
    copy = picture.copy()
    copy.paste("white", (260, 222, 300, 230))
    return copy


ENCODED = {
    "JPEG": lambda picture: rendered(picture, "JPEG", quality=45),
    "WebP": lambda picture: rendered(picture, "WEBP", quality=70),
    "half": lambda picture: rendered(picture.resize((160, 120)), "JPEG"),
    "fifth": lambda picture: rendered(picture.resize((64, 48)), "JPEG"),
}
EDITED = {
    "brighter": lambda picture: rendered(ImageEnhance.Brightness(picture).enhance(1.15)),
    "darker": lambda picture: rendered(ImageEnhance.Brightness(picture).enhance(0.85)),
    "contrast": lambda picture: rendered(ImageEnhance.Contrast(picture).enhance(1.2)),
    "grey": lambda picture: rendered(picture.convert("L")),
}
LIKEWISE = {
    "blurred": lambda picture: rendered(picture.filter(ImageFilter.GaussianBlur(2))),
    "marked": lambda picture: rendered(marked(picture)),
    "stretched": lambda picture: rendered(picture.resize((320, 226))),
}


@pytest.mark.parametrize("change", [*ENCODED.values(), *EDITED.values(), *LIKEWISE.values()])
def test_the_same_picture_is_near(change: object) -> None:
    assert callable(change)
    for seed in range(3):
        picture = scene(*SIZE, seed=seed)
        assert distance(likeness(picture), change(picture).likeness) <= SEARCHED


def test_tones_tell_an_edit_from_a_new_encoding() -> None:
    for seed in range(3):
        picture = scene(*SIZE, seed=seed)
        tones = rendered(picture).tones
        assert max(tone_distance(tones, change(picture).tones) for change in ENCODED.values()) < 2
        assert min(tone_distance(tones, change(picture).tones) for change in EDITED.values()) > 2


def test_other_pictures_are_far() -> None:
    hashes = [likeness(scene(seed=seed)) for seed in range(40)]
    assert min(distance(*pair) for pair in itertools.combinations(hashes, 2)) > SEARCHED


def test_how_a_picture_lies_in_its_file_does_not_matter() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = scene(*SIZE)
    turned = picture.transpose(Image.Transpose.ROTATE_90)
    assert distance(likeness(picture), likeness(turned, "JPEG", exif=exif.tobytes())) <= SEARCHED
    assert distance(likeness(picture), likeness(turned, "JPEG")) > SEARCHED


def _bordered(width: int) -> Image.Image:
    page = Image.new("RGB", SIZE, "white")
    page.paste("silver", (0, 0, width, SIZE[1]))
    return page


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", SIZE, "black"),
        Image.new("RGB", (1, 1), "white"),
        Image.new("RGB", SIZE, (90, 91, 92)),
        Image.linear_gradient("L"),
        Image.linear_gradient("L").rotate(90),
        _bordered(20),
        Image.new("RGBA", SIZE, (255, 0, 0, 0)),
    ],
)
@pytest.mark.parametrize("quality", [30, 95])
def test_where_there_is_nothing_to_know_it_by_it_has_none(picture: Image.Image, quality: int) -> None:
    assert rendered(picture).likeness is None
    assert rendered(picture.convert("RGB"), "JPEG", quality=quality).likeness is None or picture.mode == "RGBA"


def test_rounding_is_no_detail() -> None:
    dice = random.Random(1)
    assert likeness_of(bytes(128 + dice.randrange(2) for _ in range(GRID**2))) is None
    assert likeness_of(bytes(128 + 20 * dice.randrange(2) for _ in range(GRID**2))) is not None


def test_hashes_that_are_kept_stay_true() -> None:
    """Whoever changes how they are made has to make them all again."""
    assert likeness_of(random.Random(7).randbytes(GRID**2)) == 5347511654492890323
    assert likeness_of(random.Random(8).randbytes(GRID**2)) == 4017148873020829760


@settings(max_examples=50, deadline=None)
@given(HASHES)
def test_bands_are_the_hash_in_four_parts(one: int) -> None:
    parts = bands(one)
    assert sum(part << 16 * n for n, part in enumerate(parts)) == one % 2**64
    assert all(0 <= part < 2**16 for part in parts)


@settings(max_examples=200, deadline=None)
@given(HASHES, st.sets(st.integers(0, 63), max_size=SEARCHED))
def test_what_is_near_is_found_by_a_band(one: int, flipped: set[int]) -> None:
    other = one % 2**64
    for bit in flipped:
        other ^= 1 << bit
    other -= 2**64 if other >= 2**63 else 0
    assert distance(one, other) == distance(other, one) == len(flipped)
    assert any(theirs in near_bands(ours) for ours, theirs in zip(bands(one), bands(other), strict=True))


def test_a_band_has_seventeen_near_ones() -> None:
    near = near_bands(0b1010)
    assert len(set(near)) == 17
    assert max((0b1010 ^ other).bit_count() for other in near) == 1


def test_how_far_tones_are() -> None:
    dark, light = tones_of(bytes(48)), tones_of(bytes([10]) * 48)
    assert len(dark) == 64
    assert tone_distance(dark, dark) == 0
    assert tone_distance(dark, light) == pytest.approx(10)
