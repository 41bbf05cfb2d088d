"""Pixels: sizes, turns, colours, transparency, and that nothing but pixels comes out."""

import base64
import io
import math
import random
import struct

import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageDraw, ImageFilter, ImageStat, PngImagePlugin

from images.engine import Rendering, orientation, render
from images.renditions import EXTENSIONS, LADDER, SQUARE, RenditionKey, rendition_size
from images.tests import profiles

pillow_heif.register_heif_opener()

SECRET = b"a secret that must not leave"
ORIENTATION = 0x0112
# How a picture has to be stored so that each orientation shows it upright: the turn undone.
UNDONE = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def rendered(data: bytes, *names: str, **options: int) -> Rendering:
    with Image.open(io.BytesIO(data)) as picture:
        return render(picture, [RenditionKey.parse(name) for name in names], **options)


def opened(rendering: Rendering, name: str) -> Image.Image:
    picture = Image.open(io.BytesIO(rendering.files[RenditionKey.parse(name)].data))
    picture.load()
    return picture


def develop(picture: Image.Image, form: str, name: str = "160.png", **options: object) -> Image.Image:
    """What becomes of a picture that is stored in a format, as one rendition."""
    return opened(rendered(saved(picture, form, **options), name), name)


def with_orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = value
    return exif.tobytes()


def corners() -> Image.Image:
    """96 x 64; red top left, green top right, blue bottom left, white bottom right."""
    picture = Image.new("RGB", (96, 64), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 47, 31), "red")
    draw.rectangle((48, 0, 95, 31), "lime")
    draw.rectangle((0, 32, 47, 63), "blue")
    return picture


def photo(width: int, height: int) -> Image.Image:
    """Soft light, edges and grain at several scales, in colours."""
    bands = []
    for band in range(3):
        whole = Image.effect_noise((max(2, width // 160), max(2, height // 160)), 90 + 10 * band)
        whole = whole.resize((width, height), Image.Resampling.BICUBIC)
        for divisor, sigma, share in ((24, 70, 0.35), (4, 50, 0.25), (1, 20, 0.15)):
            grain = Image.effect_noise((width // divisor, height // divisor), sigma)
            whole = Image.blend(whole, grain.resize((width, height), Image.Resampling.BICUBIC), share)
        bands.append(whole)
    picture = Image.merge("RGB", bands)
    draw = ImageDraw.Draw(picture)
    dice = random.Random(1)
    for _ in range(60):
        x, y = dice.randrange(width), dice.randrange(height)
        reach = dice.randrange(width // 40, width // 8)
        colour = tuple(dice.randrange(256) for _ in range(3))
        draw.ellipse((x, y, x + reach, y + reach // 2), fill=colour if dice.random() < 0.5 else None, outline=colour)
    return picture.filter(ImageFilter.GaussianBlur(0.8))


def psnr(picture: Image.Image, reference: Image.Image) -> float:
    """Peak signal to noise ratio in dB."""
    squares = ImageStat.Stat(ImageChops.difference(picture, reference)).sum2
    error = sum(squares) / (3 * picture.width * picture.height)
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)


def mean_difference(picture: Image.Image, reference: Image.Image) -> float:
    return max(ImageStat.Stat(ImageChops.difference(picture.convert("RGB"), reference.convert("RGB"))).mean)


# --- Sizes --------------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 700), st.integers(1, 700), st.sampled_from(["JPEG", "PNG"]), st.integers(1, 8))
def test_sizes_are_those_of_the_geometry(width: int, height: int, form: str, turn: int) -> None:
    data = saved(Image.new("RGB", (width, height), "teal"), form, exif=with_orientation(turn))
    shown = (height, width) if turn >= 5 else (width, height)
    keys = [RenditionKey(size, "jpeg") for size in (*LADDER, SQUARE)]
    with Image.open(io.BytesIO(data)) as picture:
        rendering = render(picture, keys)
    assert (rendering.width, rendering.height) == shown
    assert set(rendering.files) == {key.for_picture(*shown) for key in keys}
    for key, encoded in rendering.files.items():
        size = rendition_size(*shown, key.size)
        assert (encoded.width, encoded.height) == size
        assert Image.open(io.BytesIO(encoded.data)).size == size


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4032, 3024), {"2048.jpg": (2016, 1512), "1280.jpg": (1280, 960), "640.jpg": (640, 480)}),
        ((4096, 3072), {"2048.jpg": (2048, 1536)}),
        ((4200, 3150), {"2048.jpg": (2048, 1536)}),
        ((3900, 2600), {"2048.jpg": (1950, 1300)}),
        ((4031, 3023), {"2048.jpg": (2015, 1511)}),
        ((6000, 400), {"2048.jpg": (2048, 137)}),
        ((30_000, 500), {"2048.jpg": (2048, 34)}),
        ((2560, 1920), {"2048.jpg": (2048, 1536), "1280.jpg": (1280, 960)}),
        ((2016, 1512), {"1280.jpg": (1280, 960), "640.jpg": (640, 480), "square.jpg": (320, 320)}),
        ((2600, 1950), {"1280.jpg": (1280, 960)}),
        ((4032, 3024), {"640.jpg": (640, 480), "square.jpg": (320, 320)}),
        ((5000, 1), {"2048.jpg": (2048, 1), "160.jpg": (160, 1), "square.jpg": (1, 1)}),
        ((1, 1), {"160.jpg": (1, 1)}),
        ((12_160, 1900), {"square.jpg": (320, 320), "2048.jpg": (2048, 320)}),
        ((12_350, 1900), {"square.jpg": (320, 320), "160.jpg": (160, 25)}),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_half_of_a_phones_photo_is_its_largest_rendition(
    form: str, size: tuple[int, int], expected: dict[str, tuple[int, int]]
) -> None:
    rendering = rendered(saved(Image.new("L", size, 90), form), *expected)
    assert {key.file_name: (made.width, made.height) for key, made in rendering.files.items()} == expected


def test_equal_files_are_made_once() -> None:
    rendering = rendered(saved(corners(), "PNG"), "160.jpg", "320.jpg", "2048.jpg", "160.webp", "640.webp")
    assert {key.file_name for key in rendering.files} == {"160.jpg", "160.webp", "320.webp"}  # one of them may move


def test_the_square_is_the_middle() -> None:
    picture = Image.new("RGB", (1000, 400), "red")
    picture.paste("blue", (300, 0, 700, 400))
    square = develop(picture, "PNG", "square.png")
    assert square.size == (320, 320)
    for at in ((8, 8), (311, 8), (8, 311), (311, 311), (160, 160)):
        assert square.getpixel(at) == (0, 0, 255)


def test_quality_is_near_that_of_a_full_decode() -> None:
    quarter = photo(2000, 1500)
    picture = Image.new("RGB", (4000, 3000))
    for at in ((0, 0), (2000, 0), (0, 1500), (2000, 1500)):
        picture.paste(quarter, at)
    data = saved(picture, "JPEG", quality=92)
    whole = Image.open(io.BytesIO(data))
    rendering = rendered(data, "2048.jpg", "1280.png", "640.png", "320.png")
    assert opened(rendering, "2048.jpg").size == (2000, 1500)
    for name, size, least in (("1280.png", (1280, 960), 45), ("640.png", (640, 480), 45), ("320.png", (320, 240), 40)):
        reference = whole.resize(size, Image.Resampling.LANCZOS)
        assert psnr(opened(rendering, name), reference) >= least, name


def test_quality_does_not_suffer_where_a_cheap_scale_comes_near_the_size() -> None:
    grain = Image.merge("RGB", [Image.effect_noise((1400, 1050), 60) for _ in range(3)])
    data = saved(grain, "JPEG", quality=92)
    reference = Image.open(io.BytesIO(data)).resize((640, 480), Image.Resampling.LANCZOS)
    assert psnr(opened(rendered(data, "640.png"), "640.png"), reference) >= 45


@pytest.mark.parametrize(
    ("form", "size", "names"),
    [
        ("JPEG", (2999, 1681), ("1280.png", "320.png")),
        ("JPEG", (1511, 2579), ("640.png", "160.png")),
        ("JPEG", (4097, 2305), ("2048.png", "1280.png")),
        ("JPEG", (4031, 2267), ("1280.png", "320.png")),  # at the top it is kept as it comes
        ("PNG", (1511, 1079), ("640.png", "160.png")),
        ("PNG", (1000, 1333), ("320.png", "160.png")),
    ],
)
def test_quality_does_not_suffer_where_the_cheap_scale_does_not_divide_the_size(
    form: str, size: tuple[int, int], names: tuple[str, ...]
) -> None:
    """Half of an odd number of rows is a row that stands for half of one: taken for a whole, all others move."""
    sharp = photo(1200, 1200).resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.SHARPEN)
    data = saved(sharp, form, **{"quality": 95} if form == "JPEG" else {"compress_level": 1})
    rendering = rendered(data, *names)
    whole = Image.open(io.BytesIO(data))
    for key, encoded in rendering.files.items():
        reference = whole.resize((encoded.width, encoded.height), Image.Resampling.LANCZOS)
        assert psnr(Image.open(io.BytesIO(encoded.data)), reference) >= 45, key


@pytest.mark.parametrize(("name", "marker"), [("1280.jpg", 0xC2), ("2048.jpg", 0xC2), ("640.jpg", 0xC0)])
def test_large_jpegs_are_progressive(name: str, marker: int) -> None:
    rendering = rendered(saved(Image.new("RGB", (2048, 100), "teal"), "PNG"), name)
    assert bytes([0xFF, marker]) in rendering.files[RenditionKey.parse(name)].data


def test_a_truncated_jpeg_is_noticed_at_the_smallest_size() -> None:
    data = saved(photo(1600, 1200), "JPEG")
    with pytest.raises(OSError, match="truncated"):
        rendered(data[: len(data) * 9 // 10], "160.jpg")


# --- Turns --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", FORMATS)
def test_upright(form: str, turn: int) -> None:
    undone = UNDONE[turn]
    stored = corners() if undone is None else corners().transpose(undone)
    upright = develop(stored, form, exif=with_orientation(turn), quality=95)
    assert upright.size == (96, 64)
    assert mean_difference(upright, corners()) < 8
    for at, colour in (((20, 14), (255, 0, 0)), ((76, 14), (0, 255, 0)), ((20, 50), (0, 0, 255))):
        assert max(abs(a - b) for a, b in zip(upright.getpixel(at), colour, strict=True)) < 20


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_xmp_says_turns_nothing(form: str) -> None:
    """As in browsers, and as the stripped copy of the file shows it."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode())
    told = {"pnginfo": text} if form == "PNG" else {"xmp": xmp}
    picture = Image.open(io.BytesIO(saved(Image.new("RGB", (40, 20)), form, **told)))
    picture.load()
    assert orientation(picture) == 1
    assert picture.getexif().get(ORIENTATION) in (None, 6)
    assert (render(picture, [RenditionKey(160, "png")]).width, picture.width) == (40, 40)


def test_a_heif_is_turned_by_its_container_alone() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    data = saved(corners(), "HEIF", exif=exif)  # given so, the tag alone is written, and no turn of the container
    assert b"irot" not in data
    assert opened(rendered(data, "160.png"), "160.png").size == (96, 64)
    turned = corners()
    turned.format = "HEIF"
    turned.getexif()[ORIENTATION] = 6  # if the plugin left the tag in place
    assert orientation(turned) == 1


def test_a_tiff_whose_orientation_is_a_byte_is_turned_too() -> None:
    data = saved(corners().transpose(UNDONE[6]), "TIFF", exif=with_orientation(6))
    short, byte = (struct.pack("<HHI", ORIENTATION, kind, 1) for kind in (3, 1))
    assert data.count(short) == 1
    upright = opened(rendered(data.replace(short, byte), "160.png"), "160.png")
    assert upright.tobytes() == corners().tobytes()


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning", "ignore:Truncated File Read:UserWarning")
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x00\0\0\0\0\0\0\0",  # 0
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0\0\0\0\0",  # 9
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\x006\0\0\0\0\0\0\0",  # text
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x03\0\0\0\xff\0\0\0\0\0\0\0",  # three numbers outside the block
        b"Exif\0\0not a TIFF header",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0",
    ],
)
def test_an_orientation_that_is_none_turns_nothing(exif: bytes) -> None:
    with Image.open(io.BytesIO(saved(corners(), "JPEG", exif=exif))) as picture:
        assert orientation(picture) == 1
    assert develop(corners(), "JPEG", exif=exif).size == (96, 64)


# --- Nothing but pixels -------------------------------------------------------------------------------------------


def laden(form: str) -> bytes:
    """A picture with all that its format can carry."""
    exif = Image.Exif()
    exif[0x010E], exif[0x013B] = SECRET.decode(), SECRET.decode()
    exif.get_ifd(0x8825)[1] = "N"
    profile = profiles.rgb_profile(profiles.DISPLAY_P3, 2.2)
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    options: dict[str, object] = {"exif": exif, "icc_profile": profile, "xmp": xmp}
    if form == "JPEG":
        options |= {"comment": SECRET, "dpi": (300, 300)}
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", SECRET.decode())
        options = {"exif": exif, "icc_profile": profile, "pnginfo": text, "dpi": (300, 300)}
    if form == "GIF":
        options = {"comment": SECRET}
    if form == "TIFF":
        options = {"exif": exif, "icc_profile": profile, "description": SECRET.decode(), "dpi": (300, 300)}
    return saved(photo(400, 300), form, **options) + (b"" if form in ("WEBP", "HEIF", "AVIF") else SECRET)


@pytest.mark.parametrize("form", [*FORMATS, "GIF"])
def test_renditions_hold_pixels_and_nothing_else(form: str) -> None:
    data = laden(form)
    assert SECRET in data
    names = [f"{size}.{extension}" for size in ("320", "square") for extension in EXTENSIONS.values()]
    rendering = rendered(data, *names)
    assert len(rendering.files) == len(names)
    for key, encoded in rendering.files.items():
        assert SECRET not in encoded.data, key
        for word in (b"Exif", b"ICC_PROFILE", b"ICCP", b"iCCP", b"xmpmeta", b"tEXt", b"acsp", b"mntr", b"pHYs"):
            assert word not in encoded.data, (key, word)
        picture = Image.open(io.BytesIO(encoded.data))
        assert not picture.getexif()
        assert not {"exif", "icc_profile", "xmp", "comment", "dpi"} & (set(picture.info) - {"jfif_density"}), key


def test_a_jpeg_of_the_engine_has_no_segments_beyond_its_pixels() -> None:
    data = rendered(laden("JPEG"), "320.jpg").files[RenditionKey(320, "jpeg")].data
    at, markers = 2, set()
    while data[at + 1] != 0xDA:
        markers.add(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    assert markers <= {0xE0, 0xDB, 0xC0, 0xC4}
    assert data.endswith(b"\xff\xd9")


# --- Colours ------------------------------------------------------------------------------------------------------


def by_lcms(picture: Image.Image, profile: bytes) -> Image.Image:
    """The reference: colours turned by Little CMS at full size."""
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    turned = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    assert turned is not None
    return turned


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
@pytest.mark.parametrize("primaries", [profiles.DISPLAY_P3, profiles.ADOBE_RGB, profiles.PROPHOTO])
def test_colours_of_a_wide_space_are_turned_to_srgb(
    primaries: tuple[tuple[float, float, float], ...], form: str
) -> None:
    profile = profiles.rgb_profile(primaries, 1.8 if primaries is profiles.PROPHOTO else 2.2)
    data = saved(photo(480, 360), form, icc_profile=profile, quality=95)
    stored = Image.open(io.BytesIO(data)).convert("RGB")
    reference = by_lcms(stored, profile).resize((320, 240), Image.Resampling.LANCZOS)
    result = opened(rendered(data, "320.png"), "320.png")
    assert mean_difference(result, reference) < 2.5
    assert mean_difference(result, stored.resize((320, 240), Image.Resampling.LANCZOS)) > 4  # it did something


def test_transparent_pictures_get_their_colours_turned_too() -> None:
    picture = corners().convert("RGBA")
    picture.putalpha(Image.linear_gradient("L").resize((96, 64)))
    profile = profiles.rgb_profile(profiles.ADOBE_RGB, 2.2)
    result = develop(picture, "PNG", icc_profile=profile)
    assert result.mode == "RGBA"
    assert mean_difference(result, by_lcms(corners(), profile)) < 1
    assert result.getchannel("A").tobytes() == picture.getchannel("A").tobytes()


def test_srgb_by_another_name_changes_nothing() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert develop(photo(150, 100), "PNG", icc_profile=srgb).size == (150, 100)
    picture = photo(150, 100)
    assert develop(picture, "PNG", icc_profile=srgb).tobytes() == picture.tobytes()


@pytest.mark.parametrize(
    "profile",
    [b"no profile", profiles.rgb_profile(profiles.ADOBE_RGB, 2.2)[:300], profiles.grey_profile(1.8)],
    ids=["garbage", "cut", "of another mode"],
)
def test_a_profile_that_does_not_fit_is_ignored(profile: bytes) -> None:
    picture = photo(150, 100)
    assert develop(picture, "PNG", icc_profile=profile).tobytes() == picture.tobytes()


def test_a_profile_beyond_the_limit_is_ignored() -> None:
    picture = photo(150, 100)
    data = saved(picture, "PNG", icc_profile=profiles.rgb_profile(profiles.ADOBE_RGB, 2.2, padding=5000))
    turned, ignored = (opened(rendered(data, "160.png", max_icc_bytes=most), "160.png") for most in (6000, 5000))
    assert ignored.tobytes() == picture.tobytes()
    assert turned.tobytes() != picture.tobytes()


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_greys_of_another_gamma_are_turned_and_stay_grey(mode: str) -> None:
    profile = profiles.grey_profile(1.0)
    grey = Image.linear_gradient("L").resize((160, 100))
    picture = grey if mode == "L" else Image.merge("LA", (grey, Image.new("L", grey.size, 128)))
    result = develop(picture, "PNG", icc_profile=profile)
    assert result.mode == mode
    assert mean_difference(result.getchannel("L"), by_lcms(grey, profile)) < 1
    assert result.getchannel("L").getpixel((80, 20)) > grey.getpixel((80, 20)) + 30
    if mode == "LA":
        assert result.getchannel("A").getextrema() == (128, 128)


def dull_inks(c: float, m: float, y: float, k: float) -> tuple[float, float, float]:
    """L*a*b* of inks on paper, far from Pillow's own idea of CMYK."""
    return 95 * (1 - k) * (1 - 0.3 * c - 0.35 * m - 0.1 * y), 50 * (m - 0.6 * c) * (1 - k), 60 * (y - 0.7 * c) * (1 - k)


def inks() -> Image.Image:
    bands = [Image.linear_gradient("L").resize((160, 120)).rotate(90 * turn) for turn in range(4)]
    return Image.merge("CMYK", [*bands[:3], bands[3].point(lambda value: value // 3)])


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_with_a_profile(form: str) -> None:
    profile = profiles.cmyk_profile(dull_inks)
    data = saved(inks(), form, icc_profile=profile, quality=95)
    with Image.open(io.BytesIO(data)) as stored:
        reference = by_lcms(stored, profile)
        naive = stored.convert("RGB")
    result = opened(rendered(data, "160.png"), "160.png")
    assert result.mode == "RGB"
    assert mean_difference(result, reference) < 1
    assert mean_difference(result, naive) > 10


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_without_a_profile(form: str) -> None:
    result = develop(inks(), form, quality=95)
    assert result.mode == "RGB"
    assert mean_difference(result, inks().convert("RGB")) < 4


# --- Modes and transparency ---------------------------------------------------------------------------------------


def test_sixteen_bits_become_eight() -> None:
    deep = Image.new("I;16", (40, 30), 0x8000)
    for form in ("PNG", "TIFF"):
        result = develop(deep, form)
        assert (result.mode, result.getextrema()) == ("L", (128, 128)), form


def test_sixteen_bits_the_other_way_round() -> None:
    strip = struct.pack(">16H", *([0x4000] * 16))
    entries = [(256, 3, 4), (257, 3, 4), (258, 3, 16), (259, 3, 1), (262, 3, 1), (273, 4, 134), (278, 3, 4)]
    entries += [(277, 3, 1), (279, 4, len(strip))]
    directory = b"".join(
        struct.pack(">HHI", tag, kind, 1) + (struct.pack(">HH", value, 0) if kind == 3 else struct.pack(">I", value))
        for tag, kind, value in sorted(entries)
    )
    tiff = b"MM\0*" + struct.pack(">IH", 8, len(entries)) + directory + b"\0\0\0\0"
    data = tiff.ljust(134, b"\0") + strip
    assert Image.open(io.BytesIO(data)).mode == "I;16B"
    assert opened(rendered(data, "160.png"), "160.png").getextrema() == (64, 64)


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("F", (0.0, 0.5, 1.0), (0, 127, 255)),
        ("F", (0.0, 100.0, 255.0), (0, 100, 255)),
        ("F", (-1.0, 0.0, 1.0), (0, 127, 255)),
        ("F", (0.0, 5e5, 1e6), (0, 127, 255)),
        ("I", (0, 32_768, 65_535), (0, 127, 255)),
        ("F", (0.0, 0.0, 0.0), (0, 0, 0)),
        ("F", (-5.0, -5.0, -5.0), (0, 0, 0)),
    ],
)
def test_numbers_of_unknown_range(mode: str, values: tuple[float, ...], expected: tuple[int, ...]) -> None:
    picture = Image.new(mode, (3, 1))
    for at, value in enumerate(values):
        picture.putpixel((at, 0), value)
    result = develop(picture, "TIFF")
    assert all(abs(a - b) <= 1 for a, b in zip(result.tobytes(), expected, strict=True))


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_none(value: float) -> None:
    picture = Image.new("F", (4, 4), 0.5)
    picture.putpixel((0, 0), value)
    assert develop(picture, "TIFF").mode == "L"


@pytest.mark.parametrize(
    ("mode", "form", "expected"),
    [
        ("1", "PNG", "L"), ("1", "TIFF", "L"), ("L", "JPEG", "L"), ("P", "PNG", "RGB"), ("P", "GIF", "RGB"),
        ("LA", "PNG", "L"), ("RGBA", "PNG", "RGB"), ("RGB", "BMP", "RGB"), ("YCbCr", "TIFF", "RGB"),
        ("LAB", "TIFF", "RGB"),
    ],
)  # fmt: skip
def test_modes(mode: str, form: str, expected: str) -> None:
    picture = Image.new(mode, (200, 100), (255, 128, 128) if mode in ("YCbCr", "LAB") else "white")
    result = develop(picture, form)
    assert (result.mode, result.size) == (expected, (160, 80))
    assert min(result.convert("L").tobytes()) > 250


def half_transparent() -> Image.Image:
    picture = Image.new("RGBA", (120, 80), (255, 0, 0, 255))
    picture.paste((0, 0, 0, 0), (60, 0, 120, 80))
    return picture


def test_jpeg_is_flattened_on_white_and_the_others_keep_transparency() -> None:
    rendering = rendered(saved(half_transparent(), "PNG"), "160.jpg", "160.webp", "160.png", "160.avif")
    red, white = (opened(rendering, "160.jpg").getpixel((x, 40)) for x in (20, 100))
    assert min(white) > 245
    assert red[0] > 245
    assert max(red[1:]) < 10
    for name in ("160.webp", "160.png", "160.avif"):
        picture = opened(rendering, name)
        assert picture.mode == "RGBA", name
        assert picture.getpixel((20, 40))[3] > 250, name
        assert picture.getpixel((100, 40))[3] < 5, name


def test_what_is_transparent_does_not_bleed_into_what_is_not() -> None:
    picture = Image.new("RGBA", (1000, 1000), (255, 0, 0, 255))
    picture.paste((0, 255, 0, 0), (501, 0, 1000, 1000))
    small = develop(picture, "PNG", "160.png")
    assert all(small.getpixel((x, 80))[1] < 3 for x in range(160) if small.getpixel((x, 80))[3] > 30)


@pytest.mark.parametrize("mode", ["P", "L", "1"])
def test_one_transparent_colour(mode: str) -> None:
    picture = Image.new(mode, (40, 20), 1)
    picture.paste(0, (20, 0, 40, 20))
    result = develop(picture, "PNG", transparency=0)
    assert result.getchannel("A").getpixel((30, 10)) == 0
    assert result.getchannel("A").getpixel((10, 10)) == 255


def test_an_opaque_alpha_is_dropped() -> None:
    assert develop(corners().convert("RGBA"), "PNG").mode == "RGB"


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "AVIF"])
def test_of_an_animation_the_first_frame(form: str) -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "lime", "blue")]
    result = develop(frames[0], form, "160.png", save_all=True, append_images=frames[1:]).convert("RGB")
    red, green, blue = result.getpixel((30, 20))
    assert red > 240
    assert max(green, blue) < 15


# --- Placeholder and colour ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(400, 300), (300, 400), (5000, 2), (1, 1), (16, 16)])
@pytest.mark.parametrize("noisy", [False, True])
def test_placeholder(size: tuple[int, int], *, noisy: bool) -> None:
    picture = Image.merge("RGB", [Image.effect_noise(size, 120) for _ in range(3)]) if noisy else Image.new("RGB", size)
    uri = rendered(saved(picture, "PNG"), "320.jpg").placeholder
    assert len(uri) <= 200
    head, data = uri.split(",")
    assert head == "data:image/webp;base64"
    small = Image.open(io.BytesIO(base64.b64decode(data, validate=True)))
    assert small.format == "WEBP"
    assert max(small.size) <= 16


def test_placeholder_looks_like_its_picture() -> None:
    uri = rendered(saved(corners(), "PNG"), "160.jpg").placeholder
    small = Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))).convert("RGB")
    red, green, blue = small.getpixel((3, 3))
    assert red > 150
    assert max(green, blue) < 120


def test_dominant_colour_is_that_of_the_largest_part() -> None:
    picture = Image.new("RGB", (300, 200), (200, 30, 40))
    picture.paste((0, 0, 255), (0, 0, 100, 200))
    colour = rendered(saved(picture, "PNG"), "160.jpg").dominant_color
    assert colour.startswith("#")
    got = bytes.fromhex(colour[1:])
    assert max(abs(a - b) for a, b in zip(got, (200, 30, 40), strict=True)) <= 6


def test_no_rendition_asked_still_tells_the_picture() -> None:
    rendering = rendered(saved(corners(), "PNG"))
    assert (rendering.width, rendering.height, rendering.files) == (96, 64, {})
    assert rendering.placeholder.startswith("data:image/webp")
