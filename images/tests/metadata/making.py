"""Blocks of metadata made byte by byte, and small pictures that carry them."""

import struct
import zlib
from collections.abc import Mapping
from io import BytesIO
from typing import NamedTuple

from PIL import Image, PngImagePlugin

MAKE, MODEL, ORIENTATION, DESCRIPTION, DATE_TIME = 0x010F, 0x0110, 0x0112, 0x010E, 0x0132
EXPOSURE_TIME, F_NUMBER, ISO, FOCAL_LENGTH, LENS_MODEL = 0x829A, 0x829D, 0x8827, 0x920A, 0xA434
DATE_ORIGINAL, DATE_DIGITIZED = 0x9003, 0x9004
SUBSECONDS, SUBSECONDS_ORIGINAL, SUBSECONDS_DIGITIZED = 0x9290, 0x9291, 0x9292
OFFSET, OFFSET_ORIGINAL, OFFSET_DIGITIZED = 0x9010, 0x9011, 0x9012
RATING, XP_TITLE, XP_KEYWORDS, USER_COMMENT, MAKER_NOTE = 0x4746, 0x9C9B, 0x9C9E, 0x9286, 0x927C
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE, ALTITUDE_REF, ALTITUDE, GPS_TIME, GPS_DATE = 1, 2, 3, 4, 5, 6, 7, 29
EXIF_POINTER, GPS_POINTER, INTEROP_POINTER = 0x8769, 0x8825, 0xA005


class Value(NamedTuple):
    """A tag's value: its type, how many, and its numbers' struct letter with the numbers, or its bytes."""

    kind: int
    count: int
    letter: str
    numbers: tuple[int | float, ...] = ()
    data: bytes = b""

    def packed(self, order: str) -> bytes:
        return self.data or struct.pack(f"{order}{len(self.numbers)}{self.letter}", *self.numbers)


def ascii_(text: str | bytes) -> Value:
    data = text if isinstance(text, bytes) else text.encode() + b"\0"
    return Value(2, len(data), "s", data=data)


def byte(*numbers: int) -> Value:
    return Value(1, len(numbers), "B", numbers)


def short(*numbers: int) -> Value:
    return Value(3, len(numbers), "H", numbers)


def long(*numbers: int) -> Value:
    return Value(4, len(numbers), "I", numbers)


def rational(*pairs: tuple[int, int]) -> Value:
    return Value(5, len(pairs), "I", tuple(number for pair in pairs for number in pair))


def signed_rational(*pairs: tuple[int, int]) -> Value:
    return Value(10, len(pairs), "i", tuple(number for pair in pairs for number in pair))


def double(*numbers: float) -> Value:
    return Value(12, len(numbers), "d", numbers)


def undefined(data: bytes) -> Value:
    return Value(7, len(data), "s", data=data)


def utf16(text: str) -> Value:
    data = text.encode("utf-16-le") + b"\0\0"
    return Value(1, len(data), "s", data=data)


Tags = Mapping[int, Value]


def tiff(main: Tags, camera: Tags | None = None, gps: Tags | None = None, *, order: str = "<") -> bytes:
    """A TIFF structure: header, the main directory, and those of the camera and of GPS that it points to."""
    inner = {EXIF_POINTER: camera, GPS_POINTER: gps}
    directories = {pointer: tags for pointer, tags in inner.items() if tags is not None}
    pointers, bodies = {}, b""
    at = 8 + _head_size(len(main) + len(directories))
    for pointer, tags in directories.items():
        pointers[pointer] = long(at + len(bodies))
        bodies += b"".join(_entries(tags, at + len(bodies) + _head_size(len(tags)), order))
    head, values = _entries({**main, **pointers}, at + len(bodies), order)
    return {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "HI", 42, 8) + head + bodies + values


def _head_size(tags: int) -> int:
    return 2 + 12 * tags + 4


def _entries(tags: Tags, values_at: int, order: str) -> tuple[bytes, bytes]:
    head, values = struct.pack(order + "H", len(tags)), b""
    for number, value in sorted(tags.items()):
        data = value.packed(order)
        head += struct.pack(order + "HHI", number, value.kind, value.count)
        if len(data) <= 4:
            head += data.ljust(4, b"\0")
        else:
            head += struct.pack(order + "I", values_at + len(values))
            values += data + b"\0" * (len(data) % 2)
    return head + b"\0\0\0\0", values


def dataset(number: int, value: str | bytes, *, record: int = 2) -> bytes:
    """One dataset of IPTC."""
    data = value if isinstance(value, bytes) else value.encode()
    return struct.pack(">BBBH", 0x1C, record, number, len(data)) + data


UTF8_MARK = dataset(90, b"\x1b%G", record=1)


def resource(number: int, data: bytes, *, name: bytes = b"") -> bytes:
    """One of Photoshop's image resources."""
    title = bytes([len(name)]) + name
    padded = title + b"\0" * (len(title) % 2)
    return b"8BIM" + struct.pack(">H", number) + padded + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)


def xmp(*elements: str, attributes: str = "") -> bytes:
    """A packet with these property elements, as software writes it."""
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" {attributes}>
{"".join(elements)}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>""".encode()


def alternatives(name: str, **languages: str) -> str:
    """A property with a text for each language; `x_default` stands for x-default."""
    items = (f'<rdf:li xml:lang="{lang.replace("_", "-")}">{text}</rdf:li>' for lang, text in languages.items())
    return f"<{name}><rdf:Alt>{''.join(items)}</rdf:Alt></{name}>"


def bag(name: str, *items: str) -> str:
    return f"<{name}><rdf:Bag>{''.join(f'<rdf:li>{item}</rdf:li>' for item in items)}</rdf:Bag></{name}>"


def icc(description: bytes) -> bytes:
    """A colour profile with nothing in it but its description."""
    header = b"\0" * 36 + b"acsp" + b"\0" * 88
    return header + struct.pack(">I4sII", 1, b"desc", 144, len(description)) + description


def icc_v2(name: bytes) -> bytes:
    return icc(b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name + b"\0")


def icc_v4(**names: str) -> bytes:
    records, texts = b"", b""
    for language, name in names.items():
        text = name.encode("utf-16-be")
        records += struct.pack(">2s2sII", language.encode(), b"XX", len(text), 16 + 12 * len(names) + len(texts))
        texts += text
    return icc(b"mluc\0\0\0\0" + struct.pack(">II", len(names), 12) + records + texts)


def picture() -> Image.Image:
    return Image.new("RGB", (8, 6), "teal")


def encoded(kind: str, **options: object) -> bytes:
    file = BytesIO()
    picture().save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG with these segments (marker and payload) behind its start."""
    plain = encoded("JPEG")
    added = b"".join(b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data for marker, data in segments)
    return plain[:2] + added + plain[2:]


def exif_segment(block: bytes) -> tuple[int, bytes]:
    return 0xE1, b"Exif\0\0" + block


def xmp_segment(packet: bytes) -> tuple[int, bytes]:
    return 0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet


def photoshop_segment(resources: bytes) -> tuple[int, bytes]:
    return 0xED, b"Photoshop 3.0\0" + resources


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: bytes, behind: tuple[bytes, ...] = ()) -> bytes:
    """A PNG with these chunks before, and others behind its pixels."""
    plain = encoded("PNG")
    pixels, end = plain.index(b"IDAT") - 4, plain.index(b"IEND") - 4
    return plain[:pixels] + b"".join(chunks) + plain[pixels:end] + b"".join(behind) + plain[end:]


def raw_profile(name: bytes, data: bytes) -> bytes:
    """A profile as ImageMagick writes it: its name, its size and hexadecimal digits, 72 a line."""
    digits = data.hex().encode()
    lines = b"\n".join(digits[at : at + 72] for at in range(0, len(digits), 72))
    return b"Raw profile type " + name + b"\0\n" + name + b"\n%8d\n" % len(data) + lines + b"\n"


def apng(*behind: bytes) -> bytes:
    """An animated PNG of two frames, with chunks behind the last one."""
    file = BytesIO()
    Image.new("RGB", (8, 6), "teal").save(
        file, "PNG", save_all=True, append_images=[Image.new("RGB", (8, 6), "red")], pnginfo=PngImagePlugin.PngInfo()
    )
    data = file.getvalue()
    end = data.index(b"IEND") - 4
    return data[:end] + b"".join(behind) + data[end:]


def gif_extension(name: bytes, content: bytes) -> bytes:
    return b"\x21\xff" + bytes([len(name)]) + name + content


def sub_blocks(data: bytes) -> bytes:
    return b"".join(bytes([len(data[at : at + 255])]) + data[at : at + 255] for at in range(0, len(data), 255)) + b"\0"


def gif_xmp(packet: bytes) -> bytes:
    """XMP as GIF has it: the packet as it is, and the tail of falling numbers that leads any reader to the end."""
    return gif_extension(b"XMP DataXMP", packet + b"\x01" + bytes(range(255, -1, -1)) + b"\0")


def gif(*extensions: bytes, behind: tuple[bytes, ...] = ()) -> bytes:
    """A GIF with these extensions before, and others behind its picture."""
    plain = encoded("GIF")
    colours = 3 << (plain[10] & 7) + 1 if plain[10] & 0x80 else 0
    at = 13 + colours
    return plain[:at] + b"".join(extensions) + plain[at:-1] + b"".join(behind) + plain[-1:]
