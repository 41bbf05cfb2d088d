"""What the darkroom makes of a file that is to be copied: one picture at full size, upright, in sRGB, and silent."""

import io
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageChops, ImageStat

from images.darkroom.pool import TYPES, Copy, DarkroomError, Pool, Refused, _Child
from images.tests.darkroom import hostile
from images.tests.darkroom.hostile import drawing, noise, saved
from images.tests.profiles import DISPLAY_P3, rgb_profile
from images.tests.stripping.making import APPENDED, XMP, assert_nothing_told, exif

pillow_heif.register_heif_opener()

Keep = Callable[[bytes], Path]
ALIKE = 4  # levels; another way round the difference is far above
TURNS = (
    *(Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM),
    *(Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_90),
)


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of their levels, 0 to 255."""
    assert one.size == other.size
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


def unlike() -> Image.Image:
    """A drawing that is another one whichever way it is turned."""
    picture = drawing()
    picture.paste("white", (0, 0, 160, 60))
    return picture


def glass(width: int = 320, height: int = 240) -> Image.Image:
    """A drawing that one can see through on the left."""
    picture = drawing(width, height).convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").rotate(90).resize(picture.size))
    return picture


@pytest.mark.parametrize("form", TYPES)
def test_every_kind(darkroom: Pool, keep: Keep, into: Path, form: str) -> None:
    source, path = keep(saved(drawing(), form)), into / "clean.jpg"
    made = darkroom.copy(source, into=into, stem="clean")
    assert made == Copy("clean.jpg", 320, 240, path.stat().st_size)
    assert list(into.iterdir()) == [path]
    with Image.open(path) as copy, Image.open(source) as original:
        assert copy.format == "JPEG"
        assert difference(copy, original) < 1.5


@pytest.mark.parametrize("form", ["HEIF", "AVIF", "TIFF", "PNG", "WEBP"])
def test_what_shows_through_does_so_in_the_copy(darkroom: Pool, keep: Keep, into: Path, form: str) -> None:
    made = darkroom.copy(keep(saved(glass(), form)), into=into, stem="clean")
    assert made.file_name == "clean.png"
    with Image.open(into / "clean.png") as copy:
        assert copy.format == "PNG"
        alpha, wanted = copy.convert("RGBA").getchannel("A"), glass().getchannel("A")
        assert ImageStat.Stat(ImageChops.difference(alpha, wanted)).mean[0] < 1


def test_an_idle_alpha_channel_is_none(darkroom: Pool, keep: Keep, into: Path) -> None:
    made = darkroom.copy(keep(saved(drawing().convert("RGBA"), "TIFF")), into=into, stem="clean")
    assert made.file_name == "clean.jpg"


def test_a_palette_with_a_transparent_colour(darkroom: Pool, keep: Keep, into: Path) -> None:
    data = saved(drawing().quantize(4), "GIF", transparency=1)
    assert darkroom.copy(keep(data), into=into, stem="clean").file_name == "clean.png"


@pytest.mark.parametrize("form", ["JPEG", "HEIF", "AVIF", "TIFF", "PNG", "WEBP"])
@pytest.mark.parametrize("picture", [drawing(), glass()], ids=["drawing", "glass"])
@pytest.mark.parametrize("profile", [rgb_profile(DISPLAY_P3, 2.2), b"no profile " * 9], ids=["P3", "no profile"])
def test_nothing_is_told(
    darkroom: Pool, keep: Keep, into: Path, form: str, picture: Image.Image, profile: bytes
) -> None:
    """Whether colours have to be changed, so that all is made anew, or not."""
    if form == "JPEG":
        picture = picture.convert("RGB")
    told = {"exif": exif(1), "xmp": XMP, "icc_profile": profile}
    if form == "TIFF":
        told = {"description": "hush-hush", "icc_profile": told["icc_profile"]}
    elif form == "JPEG":
        told["comment"] = b"hush-hush"
    made = darkroom.copy(keep(saved(picture, form, **told) + APPENDED), into=into, stem="clean")
    data = (into / made.file_name).read_bytes()
    assert_nothing_told(data)
    with Image.open(io.BytesIO(data)) as copy:
        assert not {"exif", "icc_profile", "dpi"} & copy.info.keys()


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["HEIF", "AVIF", "TIFF", "JPEG"])
def test_upright(darkroom: Pool, keep: Keep, into: Path, form: str, turn: int) -> None:
    told = Image.Exif()
    told[0x0112] = turn
    made = darkroom.copy(keep(saved(unlike(), form, exif=told.tobytes())), into=into, stem="clean")
    wanted = unlike().transpose(TURNS[turn - 2]) if turn > 1 else unlike()
    assert (made.width, made.height) == wanted.size
    with Image.open(into / made.file_name) as copy:
        assert difference(copy, wanted) < ALIKE


def test_colours_are_those_of_the_profile(darkroom: Pool, keep: Keep, into: Path) -> None:
    red = Image.new("RGB", (64, 64), (200, 60, 60))
    told = saved(red, "TIFF", icc_profile=rgb_profile(DISPLAY_P3, 2.2))
    darkroom.copy(keep(told), into=into, stem="clean")
    with Image.open(into / "clean.jpg") as copy:
        shown, *_ = copy.getpixel((32, 32))
        assert shown > 208  # a red that P3 calls 200 is more of sRGB's


def test_the_first_frame_of_an_animation(darkroom: Pool, keep: Keep, into: Path) -> None:
    others = [Image.new("RGB", (320, 240), "red"), Image.new("RGB", (320, 240), "lime")]
    for form in ("AVIF", "TIFF", "HEIF"):
        data = saved(drawing(), form, save_all=True, append_images=others)
        made = darkroom.copy(keep(data), into=into, stem="clean")
        with Image.open(into / made.file_name) as copy:
            assert getattr(copy, "n_frames", 1) == 1
            assert difference(copy, drawing()) < ALIKE


def test_little_is_lost(darkroom: Pool, keep: Keep, into: Path) -> None:
    """Noise is the worst there is, for the quality as for the encoder's room."""
    darkroom.copy(keep(saved(noise(500, 400), "BMP")), into=into, stem="clean")
    with Image.open(into / "clean.jpg") as copy:
        assert copy.size == (500, 400)
        assert copy.layer[0][1:3] == copy.layer[1][1:3] == (1, 1)  # no colour is thinned out
        assert copy.quantization[0][0] <= 3


@pytest.mark.parametrize("size", [(1, 1), (5000, 1), (1, 3000)])
def test_odd_sizes(darkroom: Pool, keep: Keep, into: Path, size: tuple[int, int]) -> None:
    made = darkroom.copy(keep(saved(drawing().resize(size), "TIFF")), into=into, stem="clean")
    assert (made.width, made.height) == size


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_an_image"),
        (b"<svg/>", "unsupported_format"),
        (hostile.png(20_000, 20_000, rows=b""), "too_many_pixels"),
        (saved(drawing(), "TIFF")[:-5000], "truncated"),
    ],
)
def test_refusals(darkroom: Pool, keep: Keep, into: Path, data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refusal:
        darkroom.copy(keep(data), into=into, stem="clean")
    assert refusal.value.code == code
    assert list(into.iterdir()) == []


def test_too_large_a_copy(make_pool: Callable[..., Pool], keep: Keep, into: Path) -> None:
    with pytest.raises(Refused) as refusal:
        make_pool(file_size=100).copy(keep(saved(drawing(), "TIFF")), into=into, stem="clean")
    assert refusal.value.code == "too_complex"
    assert list(into.iterdir()) == []


def cpu_limit(pool: Pool) -> int:
    """Seconds after which the kernel ends the pool's only child."""
    (pid,) = pool.pids()
    limits = Path(f"/proc/{pid}/limits").read_text()
    return int(next(line for line in limits.splitlines() if line.startswith("Max cpu time")).split()[3])


def test_a_copy_may_take_twice_as_long(
    make_pool: Callable[..., Pool], keep: Keep, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed: list[float] = []
    hear = _Child._hear

    def noted(child: _Child, seconds: float) -> dict[str, object]:
        allowed.append(seconds)
        return hear(child, seconds)

    pool, source = make_pool(cpu_seconds=100, wall_seconds=50.0, start_seconds=30.0), keep(saved(drawing(), "TIFF"))
    monkeypatch.setattr(_Child, "_hear", noted)
    pool.copy(source, into=into, stem="clean")
    assert cpu_limit(pool) >= 200
    pool.develop(source, renditions=[], into=into)
    assert 100 <= cpu_limit(pool) < 200
    assert allowed == [30.0, 100.0, 50.0]


def test_our_own_trouble_is_not_the_pictures(darkroom: Pool, into: Path) -> None:
    with pytest.raises(DarkroomError):
        darkroom.copy(into / "gone", into=into, stem="clean")
