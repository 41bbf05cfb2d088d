"""Files full of secrets, made byte by byte, and what is looked at in them once they are stripped."""

import io
import struct
from typing import Any

from PIL import Image

from images.darkroom.headers import sniff
from images.engine import orientation
from images.stripping import strip
from images.tests.metadata import making as make
from images.tests.profiles import DISPLAY_P3, rgb_profile
from tests.pictures import encoded, picture

MIME = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
PROFILE = rgb_profile(DISPLAY_P3, 2.2)
# A word that stands in whatever is planted, as text of one byte or two a letter.
SECRET = "hush-hush"
SECRETS = (SECRET.encode(), SECRET.encode("utf-16-le"), SECRET.encode("utf-16-be"))
APPENDED = b"PK\x03\x04" + SECRETS[0] + b"\0\0\0\x18ftypmp42" + SECRETS[0]


def stripped(data: bytes) -> bytes:
    """The file stripped, which is done twice: the second time must not change it any more."""
    mime_type = MIME[sniff(data)]
    once, twice = io.BytesIO(), io.BytesIO()
    strip(data, once, mime_type)
    strip(once.getvalue(), twice, mime_type)
    assert once.getvalue() == twice.getvalue()
    return once.getvalue()


def frames(data: bytes) -> list[tuple[Any, ...]]:
    """What Pillow shows: mode, size, pixels, palette and transparency, timing of each frame, and how often they run."""
    with Image.open(io.BytesIO(data)) as shown:
        found = []
        for number in range(1 if shown.format == "MPO" else getattr(shown, "n_frames", 1)):
            shown.seek(number)
            shown.load()
            told = [shown.info.get(name) for name in ("transparency", "duration", "disposal", "blend", "loop", "gamma")]
            found.append((shown.mode, shown.size, shown.tobytes(), shown.convert("RGBA").tobytes(), *told))
        return found


def profile_in(data: bytes) -> bytes | None:
    with Image.open(io.BytesIO(data)) as shown:
        shown.load()
        return shown.info.get("icc_profile")


def turn_in(data: bytes) -> int:
    """How the gallery turns the picture."""
    with Image.open(io.BytesIO(data)) as shown:
        return orientation(shown)


def assert_nothing_told(data: bytes) -> None:
    assert not [secret for secret in SECRETS if secret in data]
    with Image.open(io.BytesIO(data)) as shown:
        shown.load()
        assert set(shown.getexif()) <= {make.ORIENTATION}
        assert not {"xmp", "XML:com.adobe.xmp", "comment", "photoshop", "mp", "Title"} & shown.info.keys()


def exif(turn: int = 1, *, order: str = "<") -> bytes:
    """An EXIF block with a place, a serial number, an owner, a maker note and, as if behind a second directory, a
    picture."""
    main = {
        make.MAKE: make.ascii_(SECRET),
        make.ORIENTATION: make.short(turn),
        make.XP_TITLE: make.utf16(SECRET),
        0x013B: make.ascii_(f"{SECRET} artist"),
    }
    camera = {
        make.MAKER_NOTE: make.undefined(SECRETS[0] + b" maker note"),
        0xA430: make.ascii_(f"{SECRET} owner"),
        0xA431: make.ascii_(f"{SECRET} serial number"),
    }
    gps = {
        make.LATITUDE_REF: make.ascii_("N"),
        make.LATITUDE: make.rational((48, 1), (30, 1), (0, 1)),
        make.LONGITUDE_REF: make.ascii_("E"),
        make.LONGITUDE: make.rational((2, 1), (15, 1), (0, 1)),
        0x1B: make.undefined(SECRETS[0] + b" method"),
    }
    return make.tiff(main, camera, gps, order=order) + SECRETS[0] + b" thumbnail"


XMP = make.xmp(f"<dc:title>{SECRET}</dc:title>", attributes='tiff:Orientation="1"')
IPTC = make.resource(0x0404, make.dataset(105, SECRET))


def segment(marker: int, content: bytes) -> bytes:
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def profile_segments(profile: bytes = PROFILE, *, parts: int = 3) -> list[bytes]:
    size = -(-len(profile) // parts)
    return [
        segment(0xE2, b"ICC_PROFILE\0" + bytes([at + 1, parts]) + profile[at * size : (at + 1) * size])
        for at in range(parts)
    ]


def jpeg(*segments: bytes, image: Image.Image | None = None, **options: Any) -> bytes:
    """A JPEG with these segments behind its start."""
    plain = encoded(image or picture(), "JPEG", **options)
    return plain[:2] + b"".join(segments) + plain[2:]


def telling_jpeg(turn: int = 1, **options: Any) -> bytes:
    """A JPEG with all the places in which something was ever hidden."""
    thumbnail = b"JFIF\0\x01\x02\x01\x00\x48\x00\x48\x03\x01" + SECRETS[0]
    first, *others = profile_segments()
    data = jpeg(
        segment(0xE0, thumbnail),
        segment(0xE0, b"JFXX\0\x10" + SECRETS[0]),
        segment(0xE1, make.exif_segment(exif(turn))[1]),
        segment(0xE1, make.xmp_segment(XMP)[1]),
        segment(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + SECRETS[0]),
        *others,  # not in their order
        segment(0xE2, b"MPF\0" + make.tiff({0xB001: make.long(1), 0xB002: make.undefined(bytes(16))}) + SECRETS[0]),
        segment(0xE2, b"FPXR\0" + SECRETS[0]),
        first,
        *(segment(marker, SECRETS[0]) for marker in (0xE3, 0xE4, 0xE5, 0xE6, 0xE7, 0xE8, 0xE9, 0xEA, 0xEB, 0xEC)),
        segment(*make.photoshop_segment(IPTC)),
        segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SECRETS[0]),
        segment(0xEF, SECRETS[0]),
        segment(0xFE, SECRETS[0]),
        **options,
    )
    table = data.rindex(b"\xff\xdb")
    data = data[:table] + b"\xff\xff" + data[table:]
    return data + jpeg(segment(0xFE, SECRETS[0])) + APPENDED


def telling_png(turn: int = 1, plain: bytes | None = None) -> bytes:
    """A PNG (or the one given) with texts before and behind its pixels, and more behind its end."""
    plain = plain or encoded(picture(), "PNG", icc_profile=PROFILE)
    before = (
        make.chunk(b"tEXt", b"Title\0" + SECRETS[0]),
        make.chunk(b"zTXt", b"Comment\0\0" + SECRETS[0]),
        make.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        make.chunk(b"tIME", bytes(7)),
        make.chunk(b"sPLT", SECRETS[0] + b"\0\x08"),
        make.chunk(b"prVt", SECRETS[0]),
        make.chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1) + SECRETS[0]),  # longer than it may be
        make.chunk(b"gAMA", struct.pack(">I", 45_455)),
        make.chunk(b"bKGD", bytes(6)),
    )
    behind = (
        make.chunk(b"eXIf", exif(turn, order=">")),
        make.chunk(b"tEXt", make.raw_profile(b"iptc", IPTC)),
        make.chunk(b"iTXt", b"Description\0\0\0\0\0" + SECRETS[0]),
    )
    header, end = 33, plain.rindex(b"IEND") - 4
    return plain[:header] + b"".join(before) + plain[header:end] + b"".join(behind) + plain[end:] + APPENDED


def webp_chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"!" * (len(content) & 1)


def webp_chunks(data: bytes, at: int = 12) -> list[tuple[bytes, bytes]]:
    found = []
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        found.append((name, data[at + 8 : at + 8 + length]))
        at += 8 + length + (length & 1)
    return found


def webp_of(chunks: list[tuple[bytes, bytes]]) -> bytes:
    body = b"".join(webp_chunk(*chunk) for chunk in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def telling_webp(turn: int = 1, **options: Any) -> bytes:
    """A WebP with metadata, with chunks that nobody knows between the others and in frames, and more behind its end."""
    image = options.pop("image", None) or picture(63, 47)
    options = {"icc_profile": PROFILE, "exif": exif(turn), "xmp": XMP} | options
    told: list[tuple[bytes, bytes]] = []
    for name, content in webp_chunks(encoded(image, "WEBP", **options)):
        if name == b"ANMF":
            content += webp_chunk(b"more", SECRETS[0])
        told.append((name, content))
        if name != b"ALPH":  # decoders want the bitstream next to it
            told.append((b"hush", SECRETS[0]))
    return webp_of(told) + APPENDED


def telling_gif(plain: bytes | None = None) -> bytes:
    """A GIF (or the one given) with comments, a text, XMP and other applications' data, and more behind its end."""
    plain = plain or encoded(picture(), "GIF")
    at = 13 + (3 << (plain[10] & 7) + 1 if plain[10] & 0x80 else 0)
    text = b"\x21\x01" + make.sub_blocks(SECRETS[0])
    comment = b"\x21\xfe" + make.sub_blocks(SECRETS[0] * 100)
    unknown = b"\x21\x77" + make.sub_blocks(SECRETS[0])
    extensions = [
        make.gif_xmp(XMP),
        make.gif_extension(b"ICCRGBG1012", make.sub_blocks(SECRETS[0])),
        make.gif_extension(b"NETSCAPE2.0", make.sub_blocks(b"\x02" + SECRETS[0])),
        comment,
        text,
        unknown,
    ]
    added = b"".join(extensions)
    return plain[:at] + added + plain[at:-1] + comment + text + b"\0\0" + plain[-1:] + APPENDED
