"""Animated pictures: which renditions of them move, and that these show every frame, for its time, as often."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageStat
from rest_framework.test import APIClient

from images import store
from images.engine import animate, convert, convert_moving, render
from images.framing import Framing
from images.marking import Stamp
from images.models import Image as ImageRow
from images.renditions import LADDER, SQUARE, RenditionKey
from images.tests.animations import COLOURS, TIMES, animated, damaged, frames, shows
from images.watermarks import Watermark

WITHIN = {"most_frames": 100, "most_pixels": 10_000_000, "seconds": 60.0}


def moving(data: bytes, *names: str, **options: object) -> dict[str, bytes]:
    """The files that move, by name."""
    keys = [RenditionKey.parse(name) for name in names]
    with Image.open(io.BytesIO(data)) as picture:
        render(picture, keys, stamp=options.get("stamp"))  # type: ignore[arg-type]  # as the darkroom does first
        made = animate(picture, keys, **WITHIN | options)  # type: ignore[arg-type]
    return {key.file_name: encoded.data for key, encoded in made.items()}


def converted(data: bytes, size: tuple[int, int], **options: object) -> bytes | None:
    """The file of a conversion, if it moves."""
    with Image.open(io.BytesIO(data)) as picture:
        made = convert_moving(picture, size, **WITHIN | options)  # type: ignore[arg-type]
    if made is None:
        return None
    assert (made.width, made.height) == size
    return made.data


def kept(data: bytes, size: tuple[int, int], **options: object) -> list[tuple[Image.Image, int]]:
    """The frames of a conversion that moves, and the milliseconds of each."""
    made = converted(data, size, **options)
    assert made is not None
    return read_back(made)


def read_back(data: bytes) -> list[tuple[Image.Image, int]]:
    """The frames of an animated WebP, and the milliseconds of each."""
    found = []
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.format == "WEBP"
        for number in range(picture.n_frames):
            picture.seek(number)
            picture.load()
            found.append((picture.convert("RGBA"), picture.info["duration"]))
    return found


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_every_frame_for_its_time(form: str) -> None:
    made = moving(animated(form), "320.webp")
    found = read_back(made["320.webp"])
    assert [duration for _, duration in found] == list(TIMES)
    for (frame, _), colour in zip(found, COLOURS, strict=True):
        assert frame.size == (320, 160)
        assert shows(frame, colour)
        assert shows(frame, "white", (0.1, 0.1))


@pytest.mark.parametrize(
    ("form", "told", "plays"),
    [
        *(("GIF", None, 1), ("GIF", 0, 0), ("GIF", 2, 3)),  # GIF tells how often it is played again
        *(("WEBP", 0, 0), ("WEBP", 2, 2), ("PNG", 0, 0), ("PNG", 2, 2)),
    ],
)
def test_it_is_played_as_often(form: str, told: int | None, plays: int) -> None:
    made = moving(animated(form, loop=told), "320.webp")
    with Image.open(io.BytesIO(made["320.webp"])) as picture:
        assert picture.info["loop"] == plays


def test_a_frame_without_a_time_has_that_of_browsers() -> None:
    made = moving(animated("GIF", duration=0), "320.webp")
    assert [duration for _, duration in read_back(made["320.webp"])] == [100] * len(COLOURS)


@pytest.mark.parametrize("disposal", [0, 1, 2, 3])
def test_what_a_gif_leaves_of_a_frame_is_seen_under_the_next(disposal: int) -> None:
    """Frames of one dot each on nothing: left standing (0, 1) dots add up, cleared (2) or taken back (3) they don't."""
    dots = []
    for place in range(3):
        dot = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
        dot.paste((255, 0, 0, 255), (place * 100, 50, place * 100 + 100, 150))
        dots.append(dot)
    data = animated("GIF", dots, duration=[100] * 3, disposal=disposal, optimize=False)
    with Image.open(io.BytesIO(data)) as source:
        expected = []
        for number in range(3):
            source.seek(number)
            expected.append(source.convert("RGBA").getchannel("A").resize((8, 4)).point(lambda a: 255 * (a > 127)))
    found = read_back(moving(data, "320.webp")["320.webp"])
    for (frame, _), wanted in zip(found, expected, strict=True):
        assert frame.getchannel("A").resize((8, 4)).point(lambda a: 255 * (a > 127)).tobytes() == wanted.tobytes()
    standing = sum(shows(found[2][0], "red", (at, 0.5)) for at in (0.125, 0.375, 0.625))
    assert standing == (3 if disposal in (0, 1) else 1)


@pytest.mark.parametrize("blend", [0, 1])
def test_what_a_png_lays_over_a_frame(blend: int) -> None:
    """Blended over (1), what is clear lets the frame below be seen; set (0), it does not."""
    below = Image.new("RGBA", (400, 200), "blue")
    above = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    above.paste((255, 0, 0, 255), (0, 0, 200, 200))
    data = animated("PNG", [below, above], duration=100, blend=blend)
    second, _ = read_back(moving(data, "320.webp")["320.webp"])[1]
    assert shows(second, "red", (0.25, 0.5))
    assert shows(second, "blue", (0.75, 0.5)) == (blend == 1)
    assert (second.getpixel((240, 80))[3] == 0) == (blend == 0)  # type: ignore[index]


def test_a_default_picture_is_not_of_the_animation() -> None:
    default = Image.new("RGB", (400, 200), "black")
    data = animated("PNG", [default, *frames()], default_image=True)
    found = read_back(moving(data, "320.webp")["320.webp"])
    assert [shows(frame, colour) for (frame, _), colour in zip(found, COLOURS, strict=True)] == [True] * len(COLOURS)


def test_only_webp_of_320_and_above_moves() -> None:
    names = [f"{size}.{extension}" for size in (*LADDER, SQUARE) for extension in ("webp", "jpg", "png", "avif")]
    data = animated("GIF", frames((2500, 1250)), duration=100)
    assert set(moving(data, *names, most_pixels=100_000_000)) == {f"{size}.webp" for size in LADDER if size >= 320}
    small = animated("GIF", frames((100, 50)), duration=100)
    assert set(moving(small, "160.webp", "320.webp", "2048.webp", "square.webp")) == {"320.webp"}


@pytest.mark.parametrize(
    "limit", [{"most_frames": 3}, {"most_pixels": 320 * 160 * 4 - 1}, {"seconds": 0.0}], ids=lambda limit: str(limit)
)
def test_beyond_the_limits_it_stands_still(limit: dict[str, float]) -> None:
    assert moving(animated("GIF"), "320.webp", **limit) == {}


def test_at_the_limits_it_moves() -> None:
    assert moving(animated("GIF"), "320.webp", most_frames=4, most_pixels=320 * 160 * 4)


def test_the_largest_sizes_stand_still_first() -> None:
    data = animated("GIF", frames((1300, 650)), duration=100)
    assert set(moving(data, "320.webp", "640.webp", "1280.webp", most_pixels=2_000_000)) == {"320.webp", "640.webp"}


def test_frames_are_cut_and_turned_as_the_picture_is() -> None:
    framing = Framing.whole(400, 200).turned(6).cropped(100, 0, 100, 400)  # the white corner is top right then
    found = read_back(moving(animated("GIF"), "320.webp", framing=framing)["320.webp"])
    for (frame, _), colour in zip(found, COLOURS, strict=True):
        assert frame.size == (80, 320)
        assert shows(frame, "white", (0.8, 0.1))
        assert shows(frame, colour, (0.2, 0.1))
        assert shows(frame, colour)


def test_each_frame_has_the_watermark() -> None:
    watermark = Watermark("text", text="HHHHHH", position="center", opacity=1, size=0.9)
    name = f"320-{watermark.mark}.webp"
    clean = read_back(moving(animated("GIF"), "320.webp")["320.webp"])
    marked = read_back(moving(animated("GIF"), name, stamp=Stamp(watermark, None))[name])
    for (without, _), (with_mark, _) in zip(clean, marked, strict=True):
        middle = (100, 60, 220, 100)
        assert without.crop(middle).getcolors(100_000) != with_mark.crop(middle).getcolors(100_000)


@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_what_does_not_move(form: str) -> None:
    data = io.BytesIO()
    frames()[0].save(data, form, **({"save_all": True, "append_images": frames()[1:]} if form == "TIFF" else {}))
    assert moving(data.getvalue(), "320.webp") == {}
    single = io.BytesIO()
    frames()[0].save(single, "GIF")
    assert moving(single.getvalue(), "320.webp") == {}


def test_nothing_but_pixels_comes_out() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret"
    data = animated("WEBP", exif=exif, xmp=b"<x:xmpmeta>secret</x:xmpmeta>", icc_profile=b"secret" * 30)
    assert b"secret" in data
    made = moving(data, "320.webp")["320.webp"]
    assert b"secret" not in made
    assert not {b"EXIF", b"XMP ", b"ICCP"} & {made[at : at + 4] for at in range(0, len(made), 2)}
    assert int.from_bytes(made[4:8], "little") + 8 == len(made)


# --- To keep ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("size", [(400, 200), (150, 75), (90, 100)])
def test_a_conversion_shows_every_frame_for_its_time(form: str, size: tuple[int, int]) -> None:
    found = kept(animated(form), size)
    assert [duration for _, duration in found] == list(TIMES)
    for (frame, _), colour in zip(found, COLOURS, strict=True):
        assert frame.size == size
        assert shows(frame, colour)
        assert shows(frame, "white", (0.1, 0.1))


@pytest.mark.parametrize(("form", "told", "plays"), [("GIF", None, 1), ("GIF", 2, 3), ("WEBP", 2, 2), ("PNG", 0, 0)])
def test_a_conversion_is_played_as_often(form: str, told: int | None, plays: int) -> None:
    made = converted(animated(form, loop=told), (100, 50))
    assert made is not None
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.info["loop"] == plays


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("size", [(90, 60), (31, 20), (7, 5)])
def test_of_what_was_cut_away_no_frame_of_a_conversion_shows_anything(form: str, size: tuple[int, int]) -> None:
    """White, and in each frame a field of another colour, which is what is left."""
    made = []
    for colour in COLOURS:
        frame = Image.new("RGB", (403, 201), "white")
        frame.paste(colour, (101, 53, 191, 113))
        made.append(frame)
    found = kept(animated(form, made), size, framing=Framing((101, 53, 90, 60)))
    for (frame, _), colour in zip(found, COLOURS, strict=True):
        field = Image.new("RGB", size, colour)
        off = [most for _, most in ImageChops.difference(frame.convert("RGB"), field).getextrema()]  # type: ignore[misc]
        assert max(off) <= 4


def test_frames_of_a_conversion_are_turned_as_the_picture_is() -> None:
    framing = Framing.whole(400, 200).turned(6)  # the white corner is top right then
    for frame, _ in kept(animated("GIF"), (100, 200), framing=framing):
        assert shows(frame, "white", (0.9, 0.1))
        assert not shows(frame, "white", (0.1, 0.1))


def test_a_conversion_that_moves_has_the_quality_of_one_that_does_not() -> None:
    drawn = [Image.effect_noise((320, 160), 60).convert("RGB") for _ in range(3)]
    data = animated("WEBP", drawn, duration=100)
    with Image.open(io.BytesIO(data)) as picture:
        still = Image.open(io.BytesIO(convert(picture, "webp", (320, 160)).data))

    def loss(made: Image.Image) -> float:
        return ImageStat.Stat(ImageChops.difference(made.convert("RGB"), drawn[0])).rms[1]

    [(to_keep, _), *_] = kept(data, (320, 160))
    [(to_show, _), *_] = read_back(moving(data, "320.webp")["320.webp"])
    assert loss(to_keep) < 1.1 * loss(still) < 0.8 * loss(to_show)


@pytest.mark.parametrize(
    "limit", [{"most_frames": 3}, {"most_pixels": 100 * 50 * 4 - 1}, {"seconds": 0.0}], ids=lambda limit: str(limit)
)
def test_beyond_the_limits_no_conversion_moves(limit: dict[str, float]) -> None:
    assert converted(animated("GIF"), (100, 50), **limit) is None


def test_at_the_limits_a_conversion_moves() -> None:
    assert converted(animated("GIF"), (100, 50), most_frames=4, most_pixels=100 * 50 * 4)


def test_no_conversion_moves_of_what_does_not() -> None:
    single, pages = io.BytesIO(), io.BytesIO()
    frames()[0].save(single, "GIF")
    frames()[0].save(pages, "TIFF", save_all=True, append_images=frames()[1:])
    assert converted(single.getvalue(), (100, 50)) is None
    assert converted(pages.getvalue(), (100, 50)) is None
    assert converted(damaged(), (100, 50)) is None


def test_one_frame_beside_a_default_picture_is_no_animation() -> None:
    default, only, *_ = frames()
    data = animated("PNG", [default, only], default_image=True, duration=100)
    assert moving(data, "320.webp") == {}
    assert converted(data, (100, 50)) is None


def test_a_conversion_that_moves_tells_nothing_but_pixels() -> None:
    exif = Image.Exif()
    exif[0x010E] = "secret"
    made = converted(animated("WEBP", exif=exif, xmp=b"<x:xmpmeta>secret</x:xmpmeta>"), (400, 200))
    assert made is not None
    assert b"secret" not in made
    assert not {b"EXIF", b"XMP ", b"ICCP"} & {made[at : at + 4] for at in range(0, len(made), 2)}


# --- Over HTTP ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_thumbnails_of_an_animated_picture(as_alice: APIClient, upload: Callable[..., ImageRow]) -> None:
    image = upload(animated("GIF"), name="moving.gif")
    address = f"/api/images/{image.uid}/thumbnail?size=640"

    def shown(query: str = "", accept: str = "") -> tuple[str, int]:
        answer = as_alice.get(address + query, headers={"Accept": accept})
        assert answer.status_code == 200
        with Image.open(io.BytesIO(answer.content)) as picture:
            return picture.format or "", getattr(picture, "n_frames", 1)

    assert shown("&format=webp") == ("WEBP", 4)
    assert shown(accept="image/webp,*/*") == ("WEBP", 4)
    assert shown("&size=160&format=webp") == ("WEBP", 1)
    assert shown("&size=square&format=webp") == ("WEBP", 1)
    for form in ("jpeg", "png", "avif"):
        assert shown(f"&format={form}") == (form.upper(), 1)
    names = {path.name for path in store.on_disk(store.renditions_path(image.uid, image.version)).iterdir()}
    assert {"640.webp", "160.webp", "square.webp"} <= names


@pytest.mark.django_db
def test_a_damaged_frame_lets_the_picture_stand_still(as_alice: APIClient, upload: Callable[..., ImageRow]) -> None:
    image = upload(damaged(), name="damaged.png")
    assert image.frames == 3
    answer = as_alice.get(f"/api/images/{image.uid}/thumbnail?size=320&format=webp")
    assert answer.status_code == 200
    with Image.open(io.BytesIO(answer.content)) as picture:
        assert (picture.size, picture.n_frames) == ((320, 160), 1)
