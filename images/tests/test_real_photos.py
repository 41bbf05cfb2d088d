"""The renditions of real photos, where the environment names a folder of them, against a full decode."""

import io
import os
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from images.engine import render
from images.renditions import RenditionKey
from images.tests.test_engine import UNDONE, psnr

pillow_heif.register_heif_opener()

LEAST = {1280: 45, 320: 40}  # dB
KEYS = [RenditionKey(size, "png") for size in LEAST]
TURNS = {turn: undone for turn, undone in UNDONE.items() if undone is not None}
# The turn that undoes the undoing; a quarter turn is not its own opposite.
OPPOSITE = {
    Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
    Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
}


def upright(picture: Image.Image) -> Image.Image:
    undone = TURNS.get(picture.getexif().get(0x0112, 1))
    whole = picture.convert("RGB")
    return whole.transpose(OPPOSITE.get(undone, undone)) if undone is not None else whole


def quality(path: Path) -> dict[int, float]:
    """dB by size, of the pixels before they are encoded, in the file's own colours."""
    with Image.open(path) as picture:
        made = render(picture, KEYS, max_icc_bytes=0).files
    with Image.open(path) as picture:
        reference = upright(picture)
    found = {}
    for key, encoded in made.items():
        size = (encoded.width, encoded.height)
        rendition = Image.open(io.BytesIO(encoded.data)).convert("RGB")
        found[int(key.size)] = psnr(rendition, reference.resize(size, Image.Resampling.LANCZOS))
    return found


def test_renditions_are_near_a_full_decode() -> None:
    if "GALLERY_PHOTOS" not in os.environ:
        pytest.skip("GALLERY_PHOTOS names no folder of test files")
    looked_at, poor = 0, {}
    for path in sorted((Path(os.environ["GALLERY_PHOTOS"]) / "images").iterdir()):
        if path.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp"):
            continue
        with Image.open(path) as picture:
            large_photo = picture.mode == "RGB" and max(picture.size) > 1280
        if large_photo:
            looked_at += 1
            poor |= {(path.name, size): dB for size, dB in quality(path).items() if dB < LEAST.get(size, 40)}
    assert looked_at >= 10
    assert poor == {}
