"""Pixels: how an opened picture becomes its renditions, a copy, a conversion, or a hash of what it shows.

One decode serves all sizes. The decoder (or a box filter) brings the picture near the largest size wanted, Lanczos
brings it there, and each smaller size is made from the one above. Colours are turned to sRGB and the picture upright
once, on the largest size. What comes out are pixels and nothing else: no EXIF, XMP, profile or comment.
"""

import base64
import hashlib
import io
import math
import struct
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from PIL import ExifTags, Image

from images.animation import encode_moving, frames, moves, plays
from images.colour import to_srgb
from images.framing import Box, Framing
from images.likeness import FIELDS, GRID, likeness_of, tones_of
from images.marking import Stamp
from images.renditions import LADDER, SQUARE, Format, RenditionKey, Size, rendition_size
from images.resampling import bring_near, plain, resize

PROGRESSIVE_FROM: Final = 1280  # long edge; below, a progressive JPEG costs its time and gains nothing
QUALITY: Final = 80  # of a JPEG or WebP that is shown
COPY_QUALITY: Final = 92  # of one to keep
PLACEHOLDER_LENGTH: Final = 200  # characters of the whole data URI

# How much larger than the largest size wanted the decoder's (or the box filter's) picture has to be: enough for Lanczos
# to work with. At the top of the ladder as large is enough.
_ROOM: Final = 1.5

# What decoders raise of damaged frames.
_UNDECODABLE: Final = (
    *(OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError, RuntimeError, EOFError, struct.error),
    MemoryError,
)
_STRIP: Final = 64  # rows
_XMP: Final = ("xmp", "XML:com.adobe.xmp")
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Encoded:
    """A rendition as the bytes of its file."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True)
class Rendering:
    """All that is made of one picture. `width` and `height` are those of the original, upright."""

    width: int
    height: int
    files: dict[RenditionKey, Encoded]
    placeholder: str  # data URI of a WebP of at most 16 pixels, at most 200 characters long
    dominant_color: str  # "#rrggbb"
    likeness: int | None  # of images.likeness, as are the tones
    tones: str


def render(
    picture: Image.Image,
    keys: Iterable[RenditionKey],
    *,
    framing: Framing | None = None,
    stamp: Stamp | None = None,
    max_icc_bytes: int = 2**20,
) -> Rendering:
    """Make the renditions of a picture that is opened and not yet scaled, or of the part of it that `framing` shows.

    Keys that stand for the same pixels are made once, under the name that `RenditionKey.for_picture` gives. JPEGs are
    flattened on white, the other formats keep transparency. Keys with a mark get the `stamp` of this mark, ValueError
    where there is none: what is named for a watermark never goes without. Raises whatever Pillow raises of a damaged
    file.
    """
    shown = _shown(picture, framing)
    width, height = shown.size
    wanted = {key.for_picture(width, height) for key in keys}
    levels, level = _levels(picture, {key.size for key in wanted}, shown, max_icc_bytes)
    files = {
        key: Encoded(*levels[key.size].size, encode(_marked(levels[key.size], key.mark, stamp), key.format))
        for key in wanted
    }
    smallest = _on_white(level)
    return Rendering(
        width, height, files, _placeholder(smallest), _dominant_color(smallest), _likeness(smallest), _tones(smallest)
    )


def animate(
    picture: Image.Image,
    keys: Iterable[RenditionKey],
    *,
    most_frames: int,
    most_pixels: int,
    seconds: float,
    framing: Framing | None = None,
    stamp: Stamp | None = None,
    max_icc_bytes: int = 2**20,
) -> dict[RenditionKey, Encoded]:
    """Those of the renditions that move, of an animated GIF, WebP or PNG: each frame as `render` makes a picture, for
    the time that it has, and the whole as many times as the source says.

    Empty for what does not move, and for an animation of more than `most_frames`, that takes more than `seconds` of
    this process, or has a frame that can't be decoded. The largest sizes are left out until all frames of the rest have
    at most `most_pixels`.
    """
    if not moves(picture):
        return {}
    shown = _shown(picture, framing)
    wanted = {key.for_picture(*shown.size) for key in keys if key.may_move}

    def fitted(frame: Image.Image, keys: Iterable[RenditionKey]) -> dict[RenditionKey, Image.Image]:
        levels, _ = _levels(frame, {key.size for key in keys}, shown, max_icc_bytes)
        return {key: _marked(levels[key.size], key.mark, stamp) for key in keys}

    return _filmed(
        picture,
        {key: rendition_size(*shown.size, key.size) for key in wanted},
        fitted,
        most_frames=most_frames,
        most_pixels=most_pixels,
        seconds=seconds,
        quality=QUALITY,
    )


def _marked(level: Image.Image, mark: str, stamp: Stamp | None) -> Image.Image:
    """The picture as it is, or with the watermark that its name will say."""
    if not mark:
        return level
    if stamp is None or stamp.watermark.mark != mark:
        raise ValueError(f"there is no watermark {mark}")
    return stamp.on(level)


def copy(picture: Image.Image, *, framing: Framing | None = None, max_icc_bytes: int = 2**20) -> tuple[Format, Encoded]:
    """The whole picture again, or the part that `framing` shows, upright and in sRGB: as JPEG, or as PNG where
    something shows through.

    Made to take little time and memory for large pictures: neither encoder does its utmost, and JPEG is written as it
    comes. Of an animation it is the first frame. Raises whatever Pillow raises of a damaged file.
    """
    shown = _shown(picture, framing)
    picture.load()
    profile = _profile_of(picture, max_icc_bytes)
    whole = to_srgb(_without_idle_alpha(_upright(_cut(plain(picture), shown.crop), shown.turn)), profile)
    whole.info = {}  # of which the encoders would write some
    form: Format = "png" if whole.mode in ("LA", "RGBA") else "jpeg"
    file = io.BytesIO()
    if form == "png":
        whole.save(file, "PNG", compress_level=1)
    else:
        whole.save(file, "JPEG", quality=COPY_QUALITY, subsampling=0)
    return form, Encoded(*whole.size, file.getvalue())


def convert(
    picture: Image.Image,
    form: Format,
    size: tuple[int, int],
    *,
    framing: Framing | None = None,
    max_icc_bytes: int = 2**20,
) -> Encoded:
    """The picture, or the part that `framing` shows, at exactly `size`, upright and in sRGB, in a quality to keep.

    Of an animation it is the frame that the picture stands at, which is the first of one just opened. Raises whatever
    Pillow raises of a damaged file.
    """
    base = _converted(picture, size, _shown(picture, framing), max_icc_bytes)
    return Encoded(*base.size, encode(base, form, fine=True))


def convert_moving(
    picture: Image.Image,
    size: tuple[int, int],
    *,
    most_frames: int,
    most_pixels: int,
    seconds: float,
    framing: Framing | None = None,
    max_icc_bytes: int = 2**20,
) -> Encoded | None:
    """An animated WebP of an animated GIF, WebP or PNG: each frame as `convert` makes a picture, for the time that it
    has, and the whole as many times as the source says.

    None for what does not move, and for an animation of more than `most_frames`, of more than `most_pixels` in all its
    frames at `size`, that takes more than `seconds` of this process, or has a frame that can't be decoded. The picture
    may stand at any of its frames then.
    """
    if not moves(picture):
        return None
    shown = _shown(picture, framing)
    made = _filmed(
        picture,
        {size: size},
        lambda frame, sizes: {asked: _converted(frame, asked, shown, max_icc_bytes) for asked in sizes},
        most_frames=most_frames,
        most_pixels=most_pixels,
        seconds=seconds,
        quality=COPY_QUALITY,
    )
    return made.get(size)


def pixel_hash(picture: Image.Image, *, max_icc_bytes: int = 2**20) -> str:
    """The sha-256 of a picture's size and pixels, upright and in sRGB: equal for files that show exactly the same.

    Of an animation it is the first frame's. Raises whatever Pillow raises of a damaged file.
    """
    turn = orientation(picture)
    picture.load()
    profile = _profile_of(picture, max_icc_bytes)
    whole = to_srgb(_without_idle_alpha(_upright(plain(picture), turn)), profile)
    mode = "RGBA" if whole.mode in ("LA", "RGBA") else "RGB"
    seen = hashlib.sha256(f"{mode} {whole.width} {whole.height} ".encode())
    for top in range(0, whole.height, _STRIP):  # a few rows at a time: the whole again would be too much memory
        strip = whole.crop((0, top, whole.width, min(top + _STRIP, whole.height)))
        seen.update(strip.convert(mode).tobytes())
    return seen.hexdigest()


def orientation(picture: Image.Image) -> int:
    """How the pixels that the decoder gives still have to be turned: an EXIF orientation, 1 to 8.

    pillow_heif turns HEIF while decoding, and Pillow TIFF, unless the tag is a BYTE where a SHORT should be; a tag that
    was obeyed must not be obeyed again. What XMP says is not obeyed, as in browsers. For AVIF, Pillow puts what the
    file's irot and imir boxes say into the tag.
    """
    if picture.format == "HEIF":
        return 1
    if picture.format == "PNG":
        picture.load()  # what its chunks tell may stand behind the pixels
    # Pillow would take the word of XMP too.
    xmp: dict[str | tuple[int, int], Any] = {name: picture.info.pop(name) for name in _XMP if name in picture.info}
    try:
        value = picture.getexif().get(ExifTags.Base.Orientation)
    except (SyntaxError, ValueError, KeyError, TypeError, IndexError, OSError, struct.error):
        return 1  # an EXIF block that can't be read is none
    finally:
        picture.info.update(xmp)
    if picture.format == "TIFF":
        value = value[0] if isinstance(value, bytes) and len(value) == 1 else 1
    return value if isinstance(value, int) and value in _TURNS else 1


def encode(picture: Image.Image, form: Format, *, fine: bool = False) -> bytes:
    """The bytes of a picture's file: JPEG and WebP at quality 80, AVIF at 60 (which looks alike), PNG without loss.

    `fine` is for pictures to keep: 92, 92 and 75.
    """
    file = io.BytesIO()
    quality = COPY_QUALITY if fine else QUALITY
    if form == "jpeg":
        progressive = max(picture.size) >= PROGRESSIVE_FROM
        colours = {"subsampling": 0} if fine else {}
        _on_white(picture).save(file, "JPEG", optimize=True, progressive=progressive, quality=quality, **colours)
    elif form == "webp":
        picture.save(file, "WEBP", quality=quality, method=2)
    elif form == "avif":
        picture.save(file, "AVIF", quality=75 if fine else 60, speed=8, max_threads=1)
    else:
        picture.save(file, "PNG")
    return file.getvalue()


def _filmed(
    picture: Image.Image,
    sizes: Mapping[_Key, tuple[int, int]],
    fitted: Callable[[Image.Image, Iterable[_Key]], Mapping[_Key, Image.Image]],
    *,
    most_frames: int,
    most_pixels: int,
    seconds: float,
    quality: int,
) -> dict[_Key, Encoded]:
    """An animated WebP in each of the sizes, of the frames that `fitted` makes for their keys of one of the picture.

    The largest are left out until all frames of the rest have at most `most_pixels`; all are, beyond the other limits,
    where a frame can't be decoded, and where there is only one.
    """
    ends = time.process_time() + seconds
    areas = {key: math.prod(size) for key, size in sizes.items()}
    films: dict[_Key, list[Image.Image]] = {key: [] for key in sizes}
    durations: list[int] = []
    try:
        for frame, duration in frames(picture):
            durations.append(duration)
            while films and len(durations) * sum(areas[key] for key in films) > most_pixels:
                del films[max(films, key=lambda key: areas[key])]
            if not films or len(durations) > most_frames or time.process_time() > ends:
                return {}
            for key, made in fitted(frame, films).items():
                films[key].append(made)
    except _UNDECODABLE:
        return {}
    if len(durations) < 2:
        return {}
    times = plays(picture)
    return {
        key: Encoded(*film[0].size, encode_moving(film, durations, times, quality=quality))
        for key, film in films.items()
    }


def _levels(
    picture: Image.Image, sizes: set[Size], shown: Framing, max_icc_bytes: int
) -> tuple[dict[Size, Image.Image], Image.Image]:
    """The picture, or the frame of it that is to be seen, in each of the sizes, and the smallest that was made."""
    width, height = shown.size
    steps = sorted((size for size in sizes if size != SQUARE), reverse=True)
    least = _long_edge_for_square(width, height) if SQUARE in sizes else 0
    target = max(steps[0] if steps else LADDER[0], least)

    size = rendition_size(width, height, target)
    room = max(least, max(size) if target == LADDER[-1] else target * _ROOM)
    base = _fitted(picture, size, shown, room, max_icc_bytes)

    levels: dict[Size, Image.Image] = {}
    level = base
    for step in steps:
        if step != target:
            level = resize(level, rendition_size(width, height, step))
        levels[step] = level
    if SQUARE in sizes:
        levels[SQUARE] = _square([base, *levels.values()], rendition_size(width, height, SQUARE)[0])
    return levels, level


def _converted(picture: Image.Image, size: tuple[int, int], shown: Framing, max_icc_bytes: int) -> Image.Image:
    """The picture, or the frame of it that is to be seen, as a conversion of that size shows it."""
    return _fitted(picture, size, shown, max(size) * (_ROOM if size != shown.size else 1), max_icc_bytes)


def _fitted(
    picture: Image.Image, size: tuple[int, int], shown: Framing, room: float, max_icc_bytes: int
) -> Image.Image:
    """What is shown of the picture, or of the frame of it that is to be seen, at exactly `size`, upright and in sRGB;
    decoded with a long edge of at least `room`."""
    profile = _profile_of(picture, max_icc_bytes)
    near = bring_near(picture, shown.crop, room)
    base = _upright(near.resized(_turned_size(size, shown.turn)), shown.turn)
    return _without_idle_alpha(to_srgb(base, profile))


def _profile_of(picture: Image.Image, max_bytes: int) -> bytes | None:
    """The colour profile that a picture brings along; one that is larger than any real one counts for none."""
    profile: bytes | None = picture.info.get("icc_profile")
    return profile if profile and len(profile) <= max_bytes else None


def _turned_size(size: tuple[int, int], turn: int) -> tuple[int, int]:
    width, height = size
    return (height, width) if turn >= 5 else (width, height)


def _shown(picture: Image.Image, framing: Framing | None) -> Framing:
    """Which part of the decoder's pixels is displayed, and how it is turned for that."""
    turn = orientation(picture)
    if picture.format == "HEIF":
        picture.load()  # the size in the header may not be the picture's
    upright = Framing.whole(*picture.size).turned(turn)
    return upright if framing is None else framing.within(upright)


def _cut(picture: Image.Image, crop: Box) -> Image.Image:
    left, top, width, height = crop
    return picture if crop == (0, 0, *picture.size) else picture.crop((left, top, left + width, top + height))


def _long_edge_for_square(width: int, height: int) -> int:
    """How long a picture's long edge has to be for its short edge to fill the square."""
    side, _ = rendition_size(width, height, SQUARE)
    return math.ceil(side * max(width, height) / min(width, height))


def _upright(picture: Image.Image, turn: int) -> Image.Image:
    return picture.transpose(_TURNS[turn]) if turn in _TURNS else picture


def _square(levels: list[Image.Image], side: int) -> Image.Image:
    """A centred square from the smallest level that fills it."""
    level = min((level for level in levels if min(level.size) >= side), key=lambda level: level.width)
    width, height = level.size
    edge = min(width, height)
    left, top = (width - edge) // 2, (height - edge) // 2
    return resize(level.crop((left, top, left + edge, top + edge)), (side, side))


def _without_idle_alpha(picture: Image.Image) -> Image.Image:
    """A picture whose alpha channel is opaque everywhere, without it."""
    if picture.mode in ("LA", "RGBA") and picture.getchannel("A").getextrema() == (255, 255):
        return picture.convert(picture.mode[:-1])
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode not in ("LA", "RGBA"):
        return picture
    opaque = picture.mode[:-1]
    ground = Image.new(opaque, picture.size, "white")
    ground.paste(picture.convert(opaque), mask=picture.getchannel("A"))
    return ground


def _placeholder(picture: Image.Image) -> str:
    """A blurred hint of the picture to stand in its place while it loads."""
    uri = ""
    for edge, quality in ((16, 40), (16, 10), (12, 10), (8, 5), (4, 0)):
        file = io.BytesIO()
        small = resize(picture, rendition_size(*picture.size, edge))
        small.save(file, "WEBP", quality=quality, method=4)
        uri = "data:image/webp;base64," + base64.b64encode(file.getvalue()).decode()
        if len(uri) <= PLACEHOLDER_LENGTH:
            break
    return uri


def _likeness(picture: Image.Image) -> int | None:
    return likeness_of(picture.convert("L").resize((GRID, GRID), Image.Resampling.BOX).tobytes())


def _tones(picture: Image.Image) -> str:
    return tones_of(picture.convert("RGB").resize((FIELDS, FIELDS), Image.Resampling.BOX).tobytes())


def _dominant_color(picture: Image.Image) -> str:
    """The colour of the largest of eight groups of like colours."""
    small = picture.convert("RGB").resize((32, 32), Image.Resampling.BOX, reducing_gap=1.0)
    grouped = small.quantize(8, method=Image.Quantize.MEDIANCUT)
    counts = grouped.histogram()
    index = counts.index(max(counts))
    red, green, blue = (grouped.getpalette() or [])[3 * index : 3 * index + 3]
    return f"#{red:02x}{green:02x}{blue:02x}"
