"""What a file's first bytes and its skeleton say of it, read without any decoder: its kind, size, frames and scans.

All functions take the whole file as bytes (or a memory map) and touch a bounded number of its parts. They are there to
refuse early what decoders would choke on; where a header lies, the decoder still has the last word.
Formats: JPEG ITU-T T.81; PNG 3rd edition (APNG included); GIF89a; RFC 9649 (WebP); TIFF 6.0 and BigTIFF;
BITMAPINFOHEADER; ISO/IEC 14496-12 `ftyp` with the brands of 23008-12 (HEIF) and AVIF.
"""

import re
import struct
from dataclasses import dataclass
from mmap import mmap
from typing import Final

from images.darkroom.limits import Limits, Refused, truncated

Data = bytes | mmap

TAKEN: Final = "JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF and BMP"

_AVIF_BRANDS: Final = {b"avif", b"avis"}
_HEVC_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_HEIF_BRANDS: Final = _HEVC_BRANDS | {b"mif1", b"mif2", b"msf1", b"heif"}

# What people upload by mistake, named so that the answer can be clear.
_KNOWN: Final = (
    (b"%PDF", "a PDF"),
    (b"%!PS", "PostScript"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x00\x02\x00", "a cursor"),
    (b"icns", "an icon"),
    (b"DDS ", "a DirectDraw surface"),
    (b"\x76\x2f\x31\x01", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"qoif", "QOI"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
    (b"IIRO", "a camera's raw file"),
    (b"IIRS", "a camera's raw file"),
    (b"IIU\x00", "a camera's raw file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)
_TEXT: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(\?xml|svg|!doctype|html)", re.IGNORECASE | re.DOTALL
)

# A marker of a JPEG after entropy-coded data: not a stuffed zero, not a fill byte, not a restart.
_JPEG_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SEQUENTIAL: Final = frozenset({0xC0, 0xC1})
_JPEG_PROGRESSIVE: Final = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
_JPEG_MAX_SEGMENTS: Final = 5_000  # before the first scan; a 16 MB profile takes 256
_JPEG_MAX_JUNK: Final = 65_536  # bytes between two segments

_TIFF_SUBFILE_TYPE, _TIFF_WIDTH, _TIFF_HEIGHT, _TIFF_SUB_IFDS, _TIFF_DNG_VERSION = 254, 256, 257, 330, 50706
_TIFF_INTEGERS: Final = {1: "B", 3: "H", 4: "I", 16: "Q"}


@dataclass(frozen=True)
class Header:
    """Kind is Pillow's name of the format. Sizes are as coded, before any turn; None where only the decoder knows."""

    kind: str
    width: int | None = None
    height: int | None = None
    frames: int = 1
    progressive: bool = False


def inspect(data: Data, limits: Limits) -> Header:
    """Find out the kind and check all that can be checked before decoding; Refused if it is nothing for us."""
    kind = sniff(data)
    try:
        header = _READERS[kind](data, limits)
    except struct.error:
        raise truncated() from None
    if header.width is not None and header.height is not None:
        limits.check_size(kind, header.width, header.height, progressive=header.progressive)
        limits.check_frames(header.width, header.height, header.frames)
    return header


def sniff(data: Data) -> str:
    """The kind by the first bytes: JPEG, PNG, GIF, WEBP, AVIF, HEIF, TIFF or BMP; Refused for all others."""
    head = bytes(data[:64])
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")):
        return "TIFF"
    if head.startswith(b"BM"):
        return "BMP"
    if head[4:8] == b"ftyp":
        return _sniff_ftyp(data)
    for magic, name in _KNOWN:
        if head.startswith(magic):
            raise _unsupported(name)
    if text := _TEXT.match(bytes(data[:4096])):
        raise _unsupported("SVG or XML" if text[1].lower() in (b"?xml", b"svg") else "a web page")
    if not head:
        raise Refused("not_an_image", "The file is empty.")
    raise Refused("not_an_image", f"This is not a picture that we know; {TAKEN} are taken.")


def _sniff_ftyp(data: Data) -> str:
    size = int.from_bytes(data[:4], "big")
    major, compatible = bytes(data[8:12]), bytes(data[16 : min(size, 1024)])
    brands = [major, *(compatible[at : at + 4] for at in range(0, len(compatible), 4))]
    if major in _HEVC_BRANDS:
        return "HEIF"
    if not _AVIF_BRANDS.isdisjoint(brands):
        return "AVIF"
    if not _HEIF_BRANDS.isdisjoint(brands):
        return "HEIF"
    raise _unsupported("a camera's raw file" if major == b"crx " else "a film or another media file")


def _unsupported(name: str) -> Refused:
    return Refused("unsupported_format", f"This is {name}; {TAKEN} are taken.")


def _too_complex(what: str) -> Refused:
    return Refused("too_complex", f"The file has far too many {what}. Open it in an image editor and save it again.")


def _jpeg(data: Data, limits: Limits) -> Header:
    """Walk the segments to the first scan, and on through the scans where the decoder reads more than one."""
    at, frame, components, least = 2, None, 0, 0
    for _ in range(_JPEG_MAX_SEGMENTS):
        found = _JPEG_MARKER.search(data, at, at + _JPEG_MAX_JUNK)
        if found is None:
            raise truncated() if at + _JPEG_MAX_JUNK >= len(data) else _too_complex("bytes of junk")
        marker, at = found[0][1], found.end()
        if marker in _JPEG_ALONE:
            continue
        if marker == 0xD9:
            raise truncated()
        (length,) = struct.unpack_from(">H", data, at)
        if marker in _JPEG_FRAMES and frame is None:
            height, width, components = struct.unpack_from(">HHB", data, at + 3)
            frame = Header("JPEG", width, height, progressive=marker in _JPEG_PROGRESSIVE)
            limits.check_size("JPEG", width, height, progressive=frame.progressive)
            if marker in _JPEG_SEQUENTIAL:
                least = _least_jpeg_bytes(width, height, bytes(data[at + 8 : at + 8 + 3 * components]))
        if marker == 0xDA:
            if frame is None:
                raise Refused("damaged", "The picture has no size before its first scan.")
            if least > len(data) - at:
                raise truncated()
            (in_scan,) = struct.unpack_from(">B", data, at + 2)
            if frame.progressive or in_scan < components:
                _check_scans(data, at + length, limits)
            return frame
        at += length
    raise _too_complex("segments")


def _least_jpeg_bytes(width: int, height: int, components: bytes) -> int:
    """The fewest bytes that Huffman-coded blocks of this many pixels can take: two bits each, one for DC, one for AC.

    A file with fewer has lost its end or lies about its size; decoders would fill up with grey. `components` are the
    triples of the frame header: id, sampling factors (horizontal, vertical), table.
    """
    sampling = [(factors >> 4 or 1, factors & 15 or 1) for factors in components[1::3]]
    across, down = (max((factors[axis] for factors in sampling), default=1) for axis in (0, 1))
    blocks = sum(-(-width * h // (8 * across)) * -(-height * v // (8 * down)) for h, v in sampling)
    return blocks // 4


def _check_scans(data: Data, at: int, limits: Limits) -> None:
    """Count the scans from the end of the first one's header: each costs a pass over the whole picture."""
    scans = 1
    for _ in range(limits.max_parts):
        found = _JPEG_MARKER.search(data, at)
        if found is None or found[0][1] == 0xD9:
            return
        at = found.end()
        if found[0][1] == 0xDA:
            scans += 1
            if scans > limits.max_scans:
                raise Refused(
                    "too_many_scans",
                    f"The JPEG has more than {limits.max_scans} scans. Open it in an image editor and save it again.",
                )
        if found[0][1] not in _JPEG_ALONE:
            at += int.from_bytes(data[at : at + 2], "big")
    raise _too_complex("segments")


def _png(data: Data, limits: Limits) -> Header:
    length, name, width, height = struct.unpack_from(">I4sII", data, 8)
    if name != b"IHDR" or length != 13:
        raise Refused("damaged", "The PNG does not begin with its header.")
    at, frames, complete = 8, 0, False
    for _ in range(limits.max_parts):
        if at + 12 > len(data):
            break
        length, name = struct.unpack_from(">I4s", data, at)
        at += length + 12
        frames += name == b"fcTL"
        if frames > limits.max_frames or name == b"IEND":
            complete = True
            break
    else:
        raise _too_complex("chunks")
    if at > len(data) and not complete:
        raise truncated()
    return Header("PNG", width, height, frames=max(1, frames))


def _gif(data: Data, limits: Limits) -> Header:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at, frames, parts = 13 + _gif_colours(flags), 0, 0
    while at < len(data) and parts < limits.max_parts and frames <= limits.max_frames:
        block, at, parts = data[at], at + 1, parts + 1
        if block == 0x3B:
            break
        if block == 0x21:
            at += 1
        elif block == 0x2C:
            frames += 1
            at += 9 + _gif_colours(data[at + 8]) + 1 if at + 8 < len(data) else 9
        else:
            continue  # junk, which decoders skip
        at, walked = _past_sub_blocks(data, at, limits.max_parts - parts)
        parts += walked
    if parts >= limits.max_parts:
        raise _too_complex("blocks")
    if at > len(data):
        raise truncated()
    return Header("GIF", width, height, frames=max(1, frames))


def _gif_colours(flags: int) -> int:
    """Bytes of the colour table that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _past_sub_blocks(data: Data, at: int, most: int) -> tuple[int, int]:
    """Where the sub-blocks that begin at `at` end (beyond the file where they are cut), and how many they are."""
    for walked in range(most):
        if at >= len(data):
            return len(data) + 1, walked
        size = data[at]
        at += size + 1
        if size == 0:
            return at, walked + 1
    return at, most


def _webp(data: Data, limits: Limits) -> Header:
    (riff,) = struct.unpack_from("<I", data, 4)
    if riff + 8 > len(data):
        raise truncated()
    width = height = None
    at, frames = 12, 0
    for _ in range(limits.max_parts):
        if at + 8 > riff + 8:
            break
        name, length = struct.unpack_from("<4sI", data, at)
        body = at + 8
        if name == b"VP8X" and width is None:
            width = 1 + int.from_bytes(data[body + 4 : body + 7], "little")
            height = 1 + int.from_bytes(data[body + 7 : body + 10], "little")
        elif name == b"VP8 " and width is None:
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", data, body + 6))
        elif name == b"VP8L" and width is None:
            (bits,) = struct.unpack_from("<I", data, body + 1)
            width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        frames += name == b"ANMF"
        if frames > limits.max_frames:
            break
        at = body + length + (length & 1)
    else:
        raise _too_complex("chunks")
    if width is None:
        raise Refused("damaged", "The WebP holds no picture.")
    return Header("WEBP", width, height, frames=max(1, frames))


def _tiff(data: Data, limits: Limits) -> Header:
    """The first page; the others are only counted, up to the limit of frames."""
    order = "<" if data[:1] == b"I" else ">"
    big = data[2:4] in (b"+\x00", b"\x00+")
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), data, 8 if big else 4)
    if data[8:10] == b"CR" and not big:
        raise _unsupported("a camera's raw file")
    first, at = _tiff_page(data, at, order, big)
    reduced = first.get(_TIFF_SUBFILE_TYPE, 0) & 1 and _TIFF_SUB_IFDS in first
    if reduced or _TIFF_DNG_VERSION in first:
        raise _unsupported("a camera's raw file")
    pages, seen = 1, {at}
    while at and pages < limits.max_frames:
        try:
            at = _tiff_next(data, at, order, big)
        except struct.error:
            break
        pages += 1
        if at in seen:
            break
        seen.add(at)
    return Header("TIFF", first.get(_TIFF_WIDTH, 0), first.get(_TIFF_HEIGHT, 0), frames=pages)


def _tiff_page(data: Data, at: int, order: str, big: bool) -> tuple[dict[int, int], int]:
    """The single integers of a directory by tag (0 for other values), and where the next directory is."""
    head, size, inline = (order + "Q", 20, 12) if big else (order + "H", 12, 8)
    (count,) = struct.unpack_from(head, data, at)
    if count > 4096:
        raise _too_complex("tags")
    at += struct.calcsize(head)
    values: dict[int, int] = {}
    for entry in range(at, at + count * size, size):
        tag, form, number = struct.unpack_from(order + ("HHQ" if big else "HHI"), data, entry)
        values.setdefault(tag, 0)
        if number == 1 and form in _TIFF_INTEGERS and (big or form != 16):
            (values[tag],) = struct.unpack_from(order + _TIFF_INTEGERS[form], data, entry + inline)
    return values, _tiff_offset(data, at + count * size, order, big)


def _tiff_next(data: Data, at: int, order: str, big: bool) -> int:
    """Where the directory after the one at `at` is; 0 for none."""
    head, size = (order + "Q", 20) if big else (order + "H", 12)
    (count,) = struct.unpack_from(head, data, at)
    return _tiff_offset(data, at + struct.calcsize(head) + count * size, order, big)


def _tiff_offset(data: Data, at: int, order: str, big: bool) -> int:
    form = order + ("Q" if big else "I")
    if at + struct.calcsize(form) > len(data):
        return 0  # many writers leave the closing zero out
    offset: int = struct.unpack_from(form, data, at)[0]
    return offset


def _bmp(data: Data, limits: Limits) -> Header:
    (size,) = struct.unpack_from("<I", data, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", data, 18)
    return Header("BMP", width, abs(height))


def _of_plugin(kind: str) -> Header:
    """Their boxes are read by the decoder's own parser when the file is opened, before any pixel."""
    return Header(kind)


_READERS: Final = {
    "JPEG": _jpeg,
    "PNG": _png,
    "GIF": _gif,
    "WEBP": _webp,
    "TIFF": _tiff,
    "BMP": _bmp,
    "AVIF": lambda data, limits: _of_plugin("AVIF"),
    "HEIF": lambda data, limits: _of_plugin("HEIF"),
}
