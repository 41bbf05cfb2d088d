"""What the darkroom makes of a file: the picture it tells of, the files it writes, and the reasons it refuses by."""

import base64
import errno
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from images.darkroom.pool import TYPES, DarkroomError, Made, Pool, Refused
from images.renditions import LADDER, SQUARE, RenditionKey
from images.tests.darkroom import hostile
from images.tests.darkroom.hostile import drawing, saved
from tests.pictures import jpeg_with_place

pillow_heif.register_heif_opener()

Keep = Callable[[bytes], Path]
ALL = [RenditionKey(size, "jpeg") for size in (*LADDER, SQUARE)]


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_picture(darkroom: Pool, keep: Keep, into: Path) -> None:
    picture = darkroom.develop(keep(saved(drawing(1000, 750), "JPEG")), renditions=ALL, into=into)
    assert (picture.format, picture.mime_type, picture.extension) == ("JPEG", "image/jpeg", "jpg")
    assert (picture.width, picture.height, picture.frames) == (1000, 750, 1)
    assert picture.dominant_color in ("#ffa500", "#000080", "#fea500", "#00007f", "#ffa400")
    assert base64.b64decode(picture.placeholder.removeprefix("data:image/webp;base64,")).startswith(b"RIFF")
    expected = {"160.jpg": (160, 120), "320.jpg": (320, 240), "640.jpg": (640, 480), "1280.jpg": (1000, 750)}
    expected["square.jpg"] = (320, 320)
    assert {name: (made.width, made.height) for name, made in picture.renditions.items()} == expected
    assert names(into) == set(expected)
    for name, made in picture.renditions.items():
        assert size_of(into / name) == (made.width, made.height)
        assert (into / name).stat().st_size == made.bytes


@pytest.mark.parametrize("form", TYPES)
def test_kinds(darkroom: Pool, keep: Keep, into: Path, form: str) -> None:
    picture = darkroom.develop(keep(saved(drawing(), form)), renditions=[RenditionKey(160, "webp")], into=into)
    assert (picture.format, picture.width, picture.height) == (form, 320, 240)
    assert (picture.mime_type, picture.extension) == TYPES[form]
    assert names(into) == {"160.webp"}


def test_a_stereo_pair_of_jpegs_is_a_jpeg(darkroom: Pool, keep: Keep, into: Path) -> None:
    pair = saved(drawing(4000, 3000), "MPO", save_all=True, append_images=[drawing(4000, 3000)])
    picture = darkroom.develop(keep(pair), renditions=[RenditionKey(2048, "jpeg")], into=into)
    assert (picture.format, picture.mime_type, picture.frames) == ("JPEG", "image/jpeg", 1)
    assert picture.renditions["2048.jpg"].width == 2000


def test_metadata(darkroom: Pool, keep: Keep, into: Path) -> None:
    source = keep(jpeg_with_place())
    picture = darkroom.develop(source, renditions=ALL, into=into)
    assert picture.metadata["camera_model"] == "EOS R5"
    assert picture.metadata["iso"] == 400
    assert darkroom.develop(source, renditions=ALL, into=into, metadata=False).metadata == {}


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_the_picture_is_told_upright(darkroom: Pool, keep: Keep, into: Path, form: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(drawing(), form, exif=exif.tobytes())
    picture = darkroom.develop(keep(data), renditions=[RenditionKey(160, "jpeg")], into=into)
    assert (picture.width, picture.height) == (240, 320)
    assert picture.renditions == {"160.jpg": Made(120, 160, picture.renditions["160.jpg"].bytes)}
    assert picture.metadata["orientation"] == (1 if form in ("HEIF", "AVIF") else 6)


@pytest.mark.parametrize(
    ("form", "data"), [("GIF", hostile.gif(7)), ("PNG", hostile.apng(7)), ("WEBP", hostile.webp(7))]
)
def test_frames(darkroom: Pool, keep: Keep, into: Path, form: str, data: bytes) -> None:
    picture = darkroom.develop(keep(data), renditions=ALL, into=into)
    assert (picture.format, picture.frames) == (form, 7)


def test_frames_of_an_avif(darkroom: Pool, keep: Keep, into: Path) -> None:
    data = saved(drawing(), "AVIF", save_all=True, append_images=[drawing(), drawing()])
    assert darkroom.develop(keep(data), renditions=[], into=into).frames == 3


def test_one_missing_rendition_from_a_larger_one(darkroom: Pool, keep: Keep, into: Path) -> None:
    original = keep(saved(drawing(4000, 3000), "JPEG"))
    darkroom.develop(original, renditions=[RenditionKey(2048, "jpeg")], into=into)
    original.unlink()
    missing = [RenditionKey(640, "webp")]
    picture = darkroom.develop(into / "2048.jpg", renditions=missing, into=into, metadata=False)
    assert names(into) == {"2048.jpg", "640.webp"}
    assert (picture.renditions["640.webp"].width, picture.renditions["640.webp"].height) == (640, 480)


def test_a_rendition_that_is_there_is_replaced(darkroom: Pool, keep: Keep, into: Path) -> None:
    (into / "160.jpg").write_bytes(b"")
    darkroom.develop(keep(saved(drawing(), "PNG")), renditions=[RenditionKey(160, "jpeg")], into=into)
    assert size_of(into / "160.jpg") == (160, 120)


def half(form: str) -> bytes:
    data = saved(hostile.noise(300, 300), form)
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_an_image"),
        (b"hello", "not_an_image"),
        (b"<svg/>", "unsupported_format"),
        (half("JPEG"), "truncated"),
        (half("PNG"), "truncated"),
        (half("GIF"), "truncated"),
        (half("WEBP"), "truncated"),
        (half("AVIF"), "truncated"),
        (half("BMP"), "truncated"),
        (half("TIFF"), "truncated"),
        (saved(drawing(), "HEIF")[:-500], "truncated"),
        (hostile.PNG_SIGNATURE + b"noise" * 100, "damaged"),
        (b"\xff\xd8\xff" + b"noise" * 100, "truncated"),
        (hostile.png(9, 9).replace(b"IHDR\0\0\0\x09", b"IHDR\0\0\0\x0a"), "damaged"),
        (hostile.png(20_000, 20_000, rows=b""), "too_many_pixels"),
        (hostile.jpeg_of_size(15_000, 15_000), "truncated"),
        (hostile.jpeg_of_scans(5000), "too_many_scans"),
        (hostile.gif(10_000), "too_many_frames"),
        (hostile.apng(10_000), "too_many_frames"),
        (hostile.webp(10_000), "too_many_frames"),
    ],
)
def test_refusals(darkroom: Pool, keep: Keep, into: Path, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        darkroom.develop(keep(data), renditions=ALL, into=into)
    assert refusal.value.code == code
    assert len(refusal.value.detail) > 15
    assert names(into) == set()


def test_sizes_that_only_the_decoder_knows_are_checked_too(
    make_pool: Callable[..., Pool], keep: Keep, into: Path
) -> None:
    for form in ("HEIF", "AVIF"):
        pool = make_pool(max_side=319)
        with pytest.raises(Refused) as refusal:
            pool.develop(keep(saved(drawing(), form)), renditions=ALL, into=into)
        assert refusal.value.code == "side_too_long"


def test_frames_that_only_the_decoder_knows_are_checked_too(
    make_pool: Callable[..., Pool], keep: Keep, into: Path
) -> None:
    data = saved(drawing(), "AVIF", save_all=True, append_images=[drawing(), drawing()])
    with pytest.raises(Refused) as refusal:
        make_pool(max_frames=2).develop(keep(data), renditions=ALL, into=into)
    assert refusal.value.code == "too_many_frames"


def test_a_profile_beyond_the_limit_is_dropped_and_the_picture_taken(
    make_pool: Callable[..., Pool], keep: Keep, into: Path
) -> None:
    data = saved(drawing(), "JPEG", icc_profile=b"x" * 200_000)
    assert make_pool(max_icc_bytes=1000).develop(keep(data), renditions=ALL, into=into).width == 320


def test_too_large_a_rendition(make_pool: Callable[..., Pool], keep: Keep, into: Path) -> None:
    pool = make_pool(file_size=100)
    with pytest.raises(Refused) as refusal:
        pool.develop(keep(saved(drawing(), "PNG")), renditions=ALL, into=into)
    assert refusal.value.code == "too_complex"
    assert names(into) == set()


def test_our_own_trouble_is_not_the_pictures(darkroom: Pool, keep: Keep, into: Path) -> None:
    source = keep(saved(drawing(), "PNG"))
    with pytest.raises(DarkroomError) as trouble:
        darkroom.develop(source, renditions=ALL, into=into / "nowhere")
    assert trouble.value.errno == errno.ENOENT
    with pytest.raises(DarkroomError) as trouble:
        darkroom.develop(source, renditions=ALL, into=source)
    assert trouble.value.errno == errno.ENOTDIR
    with pytest.raises(DarkroomError) as trouble:
        darkroom.develop(into / "gone", renditions=ALL, into=into)
    assert trouble.value.errno == errno.ENOENT
    assert darkroom.develop(source, renditions=[], into=into).width == 320
