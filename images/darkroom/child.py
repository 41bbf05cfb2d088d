"""The child of the darkroom: one picture after another, each within the limits, told by lines of JSON.

Run as `python -m images.darkroom.child` by `images.darkroom.pool`. The first line on standard input holds the limits,
each further one a request; every line gets one line on the first standard output. It never imports Django, holds no
secret, and ends with its parent.
"""

import ctypes
import errno
import importlib
import json
import math
import mmap
import os
import resource
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any, BinaryIO, Final

import pillow_heif
from PIL import Image, PngImagePlugin

from images import engine
from images.animation import moves
from images.darkroom import headers
from images.darkroom.limits import MIB, Limits, Refused, truncated
from images.framing import Framing
from images.marking import Stamp
from images.metadata.reading import read_metadata
from images.renditions import EXTENSIONS, RenditionKey
from images.watermarks import Watermark

MAX_LINE: Final = 4 * MIB  # of an answer; the parent reads no more
MAX_VALUE: Final = 64 * 1024  # of one value of the metadata, where an answer would be longer than that
MAX_PNG_TEXT: Final = 4 * MIB  # of one text chunk of a PNG, unpacked

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

Json = dict[str, Any]


def main() -> None:
    """Answer requests until the parent closes standard input, or dies."""
    requests, answers = _own_channels()
    limits = Limits(**json.loads(requests.readline()))
    _bound(limits)
    _warm_up()
    _say(answers, {"ready": True})
    _be_silent()
    for line in requests:
        request = json.loads(line)
        _allow_cpu_seconds(limits.cpu_seconds * (limits.slow_factor if request["slow"] else 1))
        told = answer(request, limits)
        _say(answers, told | {"renew": told.get("renew", False) or _most_memory() > limits.kept_memory})


def answer(request: Json, limits: Limits) -> Json:
    """Develop, copy, convert or hash one picture: what came of it, or {"refused": [code, detail], "renew": bool}, or
    {"trouble": [errno, text]}.

    "renew" asks for another child: after a decoder has failed, nobody knows what it left behind.
    """
    try:
        if "copy" in request:
            return {"copy": _copy(request, limits)}
        if "convert" in request:
            return {"converted": _convert(request, limits)}
        if "pixels" in request:
            return {"pixels": _pixels(request, limits)}
        return {"picture": _develop(request, limits)}
    except Refused as refusal:
        return {"refused": [refusal.code, refusal.detail], "renew": False}
    except _Failed as failure:
        meant = _refusal_of(failure.cause)
        return {"refused": [meant.code, meant.detail], "renew": True}
    except OSError as trouble:  # not the picture's: its file is gone, or the disk is full
        if trouble.errno == errno.EFBIG:
            return {"refused": ["too_complex", "A rendition of the picture would be too large a file."], "renew": False}
        return {"trouble": [trouble.errno, str(trouble)]}


class _Failed(Exception):
    """A decoder raised on a stranger's file."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(cause)
        self.cause = cause


@contextmanager
def _strangers_bytes() -> Iterator[None]:
    """Around all that decodes a stranger's file: whatever is raised there means that the file is refused.

    A dozen types of exception come out of the decoders for damaged files, so here, and only here, all are caught.
    """
    try:
        yield
    except Refused:
        raise
    except Exception as failure:
        raise _Failed(failure) from failure


@dataclass(frozen=True)
class _Opened:
    """A picture whose header is within the limits; no pixel of it is decoded yet."""

    picture: Image.Image
    kind: str
    frames: int


@contextmanager
def _opened(request: Json, limits: Limits) -> Iterator[_Opened]:
    """The request's source. What is raised while it is open is the file's fault."""
    with Path(request["source"]).open("rb") as file:
        header = _inspect(file, limits)
        Image.MAX_IMAGE_PIXELS = limits.pixels_for(header.kind, progressive=header.progressive)
        with _strangers_bytes():
            picture = Image.open(file, formats=[header.kind])
            frames = header.frames if header.width is not None else getattr(picture, "n_frames", 1)
            limits.check_size(header.kind, *picture.size, progressive=header.progressive)
            limits.check_frames(*picture.size, frames)
            if header.kind == "PNG":
                picture.load()  # its text may stand behind its pixels
            yield _Opened(picture, header.kind, frames)


def _develop(request: Json, limits: Limits) -> Json:
    keys = [RenditionKey.parse(name) for name in request["renditions"]]
    stamp = _stamp(request)
    with _opened(request, limits) as opened:
        metadata = read_metadata(opened.picture).as_dict() if request["metadata"] else {}
        framing = _framing(request)
        how: Json = {"framing": framing, "stamp": stamp, "max_icc_bytes": limits.max_icc_bytes}
        rendering = engine.render(opened.picture, keys, **how)
        moving = engine.animate(
            opened.picture,
            keys if request.get("moving") and opened.frames > 1 else (),
            **_moving_within(limits),
            **how,
        )
    files = rendering.files | moving
    _write({key.file_name: encoded.data for key, encoded in files.items()}, request)
    return {
        "format": opened.kind,
        "width": rendering.width,
        "height": rendering.height,
        "frames": opened.frames,
        "metadata": metadata,
        "placeholder": rendering.placeholder,
        "dominant_color": rendering.dominant_color,
        "likeness": rendering.likeness,
        "tones": rendering.tones,
        "renditions": {
            key.file_name: [encoded.width, encoded.height, len(encoded.data)] for key, encoded in files.items()
        },
    }


def _copy(request: Json, limits: Limits) -> Json:
    with _opened(request, limits) as opened:
        form, encoded = engine.copy(opened.picture, framing=_framing(request), max_icc_bytes=limits.max_icc_bytes)
    _write({f"{request['copy']}.{EXTENSIONS[form]}": encoded.data}, request)
    return {"format": form, "width": encoded.width, "height": encoded.height, "bytes": len(encoded.data)}


def _convert(request: Json, limits: Limits) -> Json:
    width, height = request["size"]
    with _opened(request, limits) as opened:
        how: Json = {"framing": _framing(request), "max_icc_bytes": limits.max_icc_bytes}
        encoded = None
        if request["format"] == "webp" and moves(opened.picture):
            encoded = engine.convert_moving(opened.picture, (width, height), **_moving_within(limits), **how)
            opened.picture.seek(0)
        if encoded is None:
            encoded = engine.convert(opened.picture, request["format"], (width, height), **how)
    _write({request["convert"]: encoded.data}, request)
    return {"width": encoded.width, "height": encoded.height, "bytes": len(encoded.data)}


def _pixels(request: Json, limits: Limits) -> str:
    with _opened(request, limits) as opened:
        return engine.pixel_hash(opened.picture, max_icc_bytes=limits.max_icc_bytes)


def _moving_within(limits: Limits) -> Json:
    """The limits of what moves, as the engine calls them."""
    return {
        "most_frames": limits.max_moving_frames,
        "most_pixels": limits.max_moving_pixels,
        "seconds": limits.moving_seconds,
    }


def _framing(request: Json) -> Framing | None:
    framing = request.get("framing")
    return Framing.from_json(framing) if framing else None


def _stamp(request: Json) -> Stamp | None:
    """The watermark of the request. Its picture is ours, made by `develop` when its owner gave it: what is wrong with
    it is not the fault of the file that is to be marked."""
    watermark = Watermark.from_json(request.get("watermark"))
    file = request.get("watermark_file")
    return Stamp(watermark, Path(file) if file else None) if watermark else None


def _inspect(file: BinaryIO, limits: Limits) -> headers.Header:
    if os.fstat(file.fileno()).st_size == 0:
        return headers.inspect(b"", limits)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return headers.inspect(data, limits)


def _refusal_of(failure: Exception) -> Refused:
    """What a decoder's exception means to a human."""
    text = str(failure).lower()
    if isinstance(failure, MemoryError) or "memory" in text:
        return Refused("too_complex", "The picture takes too much memory to decode. Make it smaller and send that.")
    if isinstance(failure, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return Refused("too_many_pixels", "The picture has too many pixels. Make it smaller and send that.")
    if isinstance(failure, EOFError) or "truncated" in text or "end of file" in text:
        return truncated()
    return Refused("damaged", "The picture can't be decoded. Open it in an image editor, save it again and send that.")


def _write(files: dict[str, bytes], request: Json) -> None:
    """Write all files under temporary names, then give them their names: a reader sees a whole file or none."""
    into = Path(request["into"])
    staged = {into / f".{request['token']}-{name}": into / name for name in files}
    try:
        for path, data in zip(staged, files.values(), strict=True):
            path.write_bytes(data)
        for path, final in staged.items():
            os.replace(path, final)
    except OSError:
        for path in staged:
            path.unlink(missing_ok=True)
        raise


def _own_channels() -> tuple[BinaryIO, BinaryIO]:
    """The two ends of the conversation, moved out of the way of whatever a C library reads or prints."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("r+b", buffering=0) as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(nothing.fileno(), 1)
    return requests, answers


def _be_silent() -> None:
    """From now on standard error goes nowhere; until here it told the parent why a child can't start."""
    with Path(os.devnull).open("wb", buffering=0) as nothing:
        os.dup2(nothing.fileno(), 2)


def _say(answers: BinaryIO, message: Json) -> None:
    line = json.dumps(message, allow_nan=False).encode()
    if len(line) >= MAX_LINE:
        metadata = message["picture"]["metadata"]
        short = {name: value for name, value in metadata.items() if len(json.dumps(value)) <= MAX_VALUE}
        line = json.dumps(message | {"picture": message["picture"] | {"metadata": short}}, allow_nan=False).encode()
    answers.write(line + b"\n")
    answers.flush()


def _bound(limits: Limits) -> None:
    """Take this process's own rights away: it dies with its parent, dumps no core, grows no further than allowed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent; the end of its input tells the child
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        with suppress(OSError):  # not every container lets it: then the child is as likely a victim as its parent
            Path("/proc/self/oom_score_adj").write_text("1000")
    os.nice(5)
    for kind, bound in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (bound, bound))


def _most_memory() -> int:
    """The most bytes that this process has held so far; 0 where the system does not tell. (What getrusage tells counts
    the parent in, which was this process until it became another program.)"""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024


def _allow_cpu_seconds(seconds: int) -> None:
    """From now on; the limit counts from the start of the process. Beyond it the kernel ends the process."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(process_time() + seconds), hard))


def _warm_up() -> None:
    """Load the decoders of what is taken, and no others, so that a picture costs no start-up."""
    for name in ("Jpeg", "Mpo", "Png", "Gif", "WebP", "Avif", "Tiff", "Bmp"):
        importlib.import_module(f"PIL.{name}ImagePlugin")
    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    PngImagePlugin.MAX_TEXT_CHUNK = MAX_PNG_TEXT
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", Image.DecompressionBombWarning)


if __name__ == "__main__":
    main()
