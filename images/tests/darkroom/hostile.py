"""Files that are made to hurt, small and made in code."""

import io
import struct
import zlib

from PIL import Image, ImageDraw

from images.tests.metadata.making import Value

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def drawing(width: int = 320, height: int = 240) -> Image.Image:
    picture = Image.new("RGB", (width, height), "navy")
    ImageDraw.Draw(picture).ellipse((width // 4, 0, width, height), "orange")
    return picture


def noise(width: int, height: int) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise((width, height), 100) for _ in range(3)])


def jpeg_of_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    data = saved(drawing(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    scan = data[last:-2]
    return data[:-2] + scan * (scans - data.count(b"\xff\xda")) + b"\xff\xd9"


def jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose header says that it is another size."""
    data = bytearray(saved(drawing(), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int, height: int, *, depth: int = 8, colour: int = 0, extra: bytes = b"", rows: bytes | None = None
) -> bytes:
    """A PNG of one shade, packed as tightly as zlib can."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = b"\0" * (1 + (width * channels * depth + 7) // 8)
    if rows is None:
        pack = zlib.compressobj(9)
        rows = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return PNG_SIGNATURE + header + extra + chunk(b"IDAT", rows) + chunk(b"IEND")


def apng(frames: int) -> bytes:
    control = chunk(b"acTL", struct.pack(">II", frames, 0))
    control += chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 1, 1, 0, 0, 1, 10, 0, 0))
    still = png(1, 1, extra=control)[: -len(chunk(b"IEND"))]
    rest = b"".join(
        chunk(b"fcTL", struct.pack(">IIIIIHHBB", 2 * at - 1, 1, 1, 0, 0, 1, 10, 0, 0))
        + chunk(b"fdAT", struct.pack(">I", 2 * at) + zlib.compress(b"\0\0"))
        for at in range(1, frames)
    )
    return still + rest + chunk(b"IEND")


def gif(frames: int, width: int = 1, height: int = 1) -> bytes:
    """Frames of one pixel on a canvas of the size given."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return (
        b"GIF89a" + struct.pack("<HHB", width, height, 0x80) + b"\0\0" + b"\0\0\0\xff\xff\xff" + frame * frames + b";"
    )


def webp(frames: int = 0, width: int = 16, height: int = 16) -> bytes:
    """One colour, without loss: the picture takes no bits, so its header may claim any size; or many of it."""
    data = bytearray(saved(Image.new("RGB", (16, 16), (10, 200, 30)), "WEBP", lossless=True))
    at = data.index(b"VP8L") + 9
    bits = int.from_bytes(data[at : at + 4], "little") >> 28 << 28
    data[at : at + 4] = (bits | (height - 1) << 14 | (width - 1)).to_bytes(4, "little")
    if not frames:
        return bytes(data)
    still = bytes(data[12:])
    body = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + _three(width - 1) + _three(height - 1)
    body += b"ANIM" + struct.pack("<IIH", 6, 0, 0)
    frame = _three(0) * 2 + _three(width - 1) + _three(height - 1) + _three(100) + b"\0" + still
    body += (b"ANMF" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) & 1)) * frames
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")


def tiff(tags: dict[int, Value], *, order: str = "<", following: int = 0) -> bytes:
    """One directory of single values and no pixels."""
    entries = b"".join(
        struct.pack(order + "HHI", tag, value.kind, value.count) + value.packed(order).ljust(4, b"\0")
        for tag, value in sorted(tags.items())
    )
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return head + struct.pack(order + "H", len(tags)) + entries + struct.pack(order + "I", following)
