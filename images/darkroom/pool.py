"""The parent's side of the darkroom: a pool of warm children, and what their answers or their deaths mean.

The server is threaded, so children are started by exec (never by a bare fork), and from one thread that lives as long
as the pool: the kernel's parent-death signal, which ends them with the server, is bound to the thread that started
them.
"""

import json
import os
import select
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from secrets import token_hex
from time import monotonic
from typing import IO, Any, Final

from images.darkroom.limits import MIB, Limits, Refused
from images.framing import Framing
from images.renditions import EXTENSIONS, Format, RenditionKey
from images.watermarks import Watermark

__all__ = ["Copy", "DarkroomError", "Limits", "Made", "Picture", "Pool", "Refused", "took_too_much"]

MAX_ANSWER: Final = 8 * MIB
MAX_COMPLAINT: Final = 4_000  # characters of what a child that can't start has to say

# Mime type and extension are ours: no name or type that an uploader gives is believed.
TYPES: Final = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "GIF": ("image/gif", "gif"),
    "WEBP": ("image/webp", "webp"),
    "AVIF": ("image/avif", "avif"),
    "HEIF": ("image/heic", "heic"),
    "TIFF": ("image/tiff", "tiff"),
    "BMP": ("image/bmp", "bmp"),
}

_PROJECT: Final = Path(__file__).resolve().parents[2]
_COMMAND: Final = (sys.executable, "-E", "-s", "-X", "utf8", "-m", "images.darkroom.child")
# One arena of memory, not one a thread: they would eat the child's address space before any picture does. And one
# thread of libvips: the children are what uses all cores.
_ENVIRONMENT: Final = {"MALLOC_ARENA_MAX": "1", "VIPS_CONCURRENCY": "1"}

Json = dict[str, Any]


class DarkroomError(Exception):
    """Our own trouble, not the file's: no child could be started, the disk is full (`errno` says so), ..."""

    def __init__(self, message: str, errno: int | None = None) -> None:
        super().__init__(message)
        self.errno = errno


@dataclass(frozen=True)
class Made:
    """A rendition that stands on the disk: its size in pixels and in bytes."""

    width: int
    height: int
    bytes: int


@dataclass(frozen=True)
class Picture:
    """What was learnt of a file while it was developed. Width and height are those of the picture upright."""

    format: str  # JPEG, PNG, GIF, WEBP, AVIF, HEIF, TIFF or BMP
    mime_type: str
    extension: str
    width: int
    height: int
    frames: int
    metadata: Json
    placeholder: str
    dominant_color: str
    likeness: int | None  # of images.likeness, as are the tones
    tones: str
    renditions: dict[str, Made]  # by file name


@dataclass(frozen=True)
class Copy:
    """A picture that was decoded and encoded once more, as its file stands on the disk. Upright, in pixels."""

    file_name: str
    width: int
    height: int
    bytes: int


class Pool:
    """At most `size` children, started when they are first needed, each renewed after some pictures or any trouble.

    Safe to make before a server forks (a fork begins with no children of its own) and to use from many threads.
    """

    def __init__(self, *, size: int, limits: Limits, recycle_after: int = 200) -> None:
        self._size = size
        self._limits = limits
        self._recycle_after = recycle_after
        self._closed = False
        self._begin()
        _pools.add(self)

    def _begin(self) -> None:
        """Without children, and with locks that nobody holds."""
        self._changed = threading.Condition()
        self._children: set[_Child] = set()
        self._idle: list[_Child] = []
        self._starting = 0
        self._spawner: _Spawner | None = None

    def begin_after_fork(self) -> None:
        """In a forked process the children are somebody else's: let go of them, and of our copies of their pipes."""
        for child in self._children:
            child.forget()
        self._begin()

    def develop(
        self,
        source: Path,
        *,
        renditions: Sequence[RenditionKey],
        into: Path,
        framing: Framing | None = None,
        watermark: Watermark | None = None,
        watermark_file: Path | None = None,
        metadata: bool = True,
    ) -> Picture:
        """Decode the file wholly, write the renditions into the folder `into`, and tell what the picture is.

        Blocks until a child is free. Renditions with the same pixels are made once: for a 480 pixel picture the key of
        1280 gives "640.jpg" (see `RenditionKey.for_picture`). WebPs of 320 and above move where the picture does,
        within the limits. `framing` is the part of the upright picture to show, `watermark` (with its PNG, for one of
        kind `image`) what is laid on the renditions whose keys have its mark. `source` may be a larger rendition;
        without `metadata` none is read. Raises Refused if the file is no picture for us, DarkroomError if we are in
        trouble; then nothing stays in the folder.
        """
        moving = any(key.may_move for key in renditions)
        wanted = {
            "renditions": [key.file_name for key in renditions],
            "moving": moving,
            "metadata": metadata,
            "watermark": watermark.as_json() if watermark else None,
            "watermark_file": os.fspath(watermark_file.resolve()) if watermark_file else None,
            **_framed(framing),
        }
        return _picture(self._ask(source, into, wanted, slow=moving))

    def copy(self, source: Path, *, into: Path, stem: str, framing: Framing | None = None) -> Copy:
        """Decode the file wholly and write its picture into the folder `into` again, at full size, and nothing else.

        It becomes `stem`.jpg, or `stem`.png where it has transparent parts; of an animation it is the first frame.
        Blocks and raises as `develop` does.
        """
        return _copied(self._ask(source, into, {"copy": stem, **_framed(framing)}, slow=True), stem)

    def convert(
        self, source: Path, *, into: Path, name: str, form: Format, size: tuple[int, int], framing: Framing | None
    ) -> Made:
        """Decode the file and write what `framing` shows of it, at `size` pixels, into the folder `into` as `name`.

        A WebP moves where the picture does, within the limits; all else is its first frame. Blocks and raises as
        `develop` does.
        """
        wanted = {"convert": name, "format": form, "size": size, **_framed(framing)}
        answer = self._ask(source, into, wanted, slow=True)
        with _sense(answer):
            return Made(**answer["converted"])

    def pixels(self, source: Path) -> str:
        """The sha-256 (hex) of the file's pixels at full size, upright and in sRGB; of an animation its first frame's.

        Blocks and raises as `develop` does.
        """
        answer = self._ask(source, source.parent, {"pixels": True}, slow=True)
        with _sense(answer):
            return str(answer["pixels"])

    def _ask(self, source: Path, into: Path, wanted: Json, *, slow: bool) -> Json:
        """A child's answer to a request to make files from `source`; none that is not complete stays in `into`. What is
        `slow` has more time."""
        token = token_hex(8)
        request = {
            "source": os.fspath(source.resolve()),
            "into": os.fspath(into.resolve()),
            "token": token,
            "slow": slow,
            **wanted,
        }
        seconds = self._limits.wall_seconds * (self._limits.slow_factor if slow else 1)
        child = self._borrow()
        keep = False
        try:
            answer = child.ask(request, seconds)
            keep = not answer.get("renew", False) and child.pictures < self._recycle_after
        finally:
            self._give_back(child, keep=keep)
            if not keep:
                for left in into.glob(f".{token}-*"):
                    left.unlink(missing_ok=True)
        return answer

    def grow(self, size: int) -> None:
        """Let it have as many children, if it may not have them already."""
        with self._changed:
            self._size = max(self._size, size)
            self._changed.notify_all()

    def pids(self) -> set[int]:
        """The children there are at this moment, idle or at work."""
        with self._changed:
            return {child.pid for child in self._children}

    def close(self) -> None:
        """End the pool: who waits for a child gets DarkroomError, pictures at work are finished first."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: len(self._idle) == len(self._children) and not self._starting)
            idle, self._idle = self._idle, []
            self._children.clear()
            spawner, self._spawner = self._spawner, None
        for child in idle:
            child.end()
        if spawner is not None:
            spawner.end()

    def _borrow(self) -> "_Child":
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._closed or self._idle or self._may_start())
                if self._closed:
                    raise DarkroomError("the darkroom is closed")
                if not self._idle:
                    break
                child = self._idle.pop()
                if child.is_alive():
                    return child
                self._children.discard(child)  # ended while nothing was asked of it
                child.end()
            self._starting += 1
            if self._spawner is None:
                self._spawner = _Spawner()
            spawner = self._spawner
        started = None
        try:
            started = _Child(spawner.spawn(), self._limits)
        finally:
            with self._changed:
                self._starting -= 1
                if started is not None:
                    self._children.add(started)
                self._changed.notify_all()
        return started

    def _may_start(self) -> bool:
        return len(self._children) + self._starting < self._size

    def _give_back(self, child: "_Child", *, keep: bool) -> None:
        if not keep:
            child.end()
        with self._changed:
            if keep:
                self._idle.append(child)
            else:
                self._children.discard(child)
            self._changed.notify_all()


class _Spawner:
    """The thread that starts all children of a pool, and lives as long as they may."""

    def __init__(self) -> None:
        self._wanted: SimpleQueue[Future[subprocess.Popen[bytes]] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="darkroom-spawner", daemon=True).start()

    def spawn(self) -> subprocess.Popen[bytes]:
        started: Future[subprocess.Popen[bytes]] = Future()
        self._wanted.put(started)
        try:
            return started.result()
        except OSError as trouble:
            raise DarkroomError(f"no child can be started: {trouble}", trouble.errno) from trouble

    def end(self) -> None:
        self._wanted.put(None)

    def _run(self) -> None:
        while (started := self._wanted.get()) is not None:
            try:
                process = subprocess.Popen(
                    _COMMAND,
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    cwd=_PROJECT,
                    env=_ENVIRONMENT,
                )
            except OSError as trouble:
                started.set_exception(trouble)
            else:
                started.set_result(process)


class _Child:
    """One child process: ready to be asked once it is made, of no use once it has raised."""

    def __init__(self, process: subprocess.Popen[bytes], limits: Limits) -> None:
        """Wait until the child is ready; DarkroomError with its own last words if it never is."""
        self._process = process
        self.pictures = 0
        try:
            self._tell(asdict(limits))
            self._hear(limits.start_seconds)
        except (DarkroomError, Refused) as failure:
            words = self._last_words()
            self.end()
            raise DarkroomError(f"a decode child did not start: {words or failure}") from failure
        _pipe(process.stderr).close()

    def ask(self, request: Json, seconds: float) -> Json:
        """One request and its answer. Refused if the child dies of it or takes too long."""
        self.pictures += 1
        self._tell(request)
        return self._hear(seconds)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        """It holds nothing that could be lost."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            _pipe(pipe).close()

    def forget(self) -> None:
        """Close our copies of the pipes and leave the process to whom it belongs."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            _pipe(pipe).close()
        self._process.returncode = 0  # nothing for us to wait for

    def _tell(self, message: Json) -> None:
        try:
            _pipe(self._process.stdin).write(json.dumps(message).encode() + b"\n")
        except BrokenPipeError as trouble:
            raise DarkroomError("a decode child ended before it was asked") from trouble

    def _hear(self, seconds: float) -> Json:
        """The next line of the child."""
        answers = _pipe(self._process.stdout)
        readable = select.poll()
        readable.register(answers, select.POLLIN)
        deadline = monotonic() + seconds
        line = bytearray()
        while not line.endswith(b"\n"):
            left = deadline - monotonic()
            if left <= 0 or not readable.poll(left * 1000):
                raise Refused("too_complex", "The picture takes too long to decode. Make it smaller and send that.")
            read = answers.read(65_536)
            if not read:
                raise self._cause_of_death()
            line += read
            if len(line) > MAX_ANSWER:
                raise Refused("too_complex", "There is far too much metadata in the file. Remove it and send that.")
        try:
            answer = json.loads(line)
        except ValueError as nonsense:
            raise DarkroomError("a decode child does not speak JSON") from nonsense
        if not isinstance(answer, dict):
            raise DarkroomError("a decode child's answer is not an object")
        return answer

    def _cause_of_death(self) -> Refused | DarkroomError:
        """Killed, it was so by the kernel or the decoder because of the picture; if it ended by itself, we failed."""
        code = self._process.wait()
        if code < 0:
            return Refused("too_complex", "The picture is too much for the decoder. Save it in a simpler form.")
        return DarkroomError(f"a decode child ended by itself with {code}")

    def _last_words(self) -> str:
        self._process.kill()
        return _pipe(self._process.stderr).read().decode(errors="replace").strip()[-MAX_COMPLAINT:]


def took_too_much(trouble: Exception) -> bool:
    """Whether a picture cost its child more than it may. One that was taken once may be decoded another time, when the
    machine has less to do."""
    return isinstance(trouble, Refused) and trouble.code == "too_complex"


def _pipe(end: IO[bytes] | None) -> IO[bytes]:
    if end is None:
        raise DarkroomError("a decode child has no pipe")
    return end


def _framed(framing: Framing | None) -> Json:
    return {"framing": framing.as_json() if framing else None}


def _picture(answer: Json) -> Picture:
    with _sense(answer):
        told = answer["picture"]
        mime_type, extension = TYPES[told["format"]]
        made = {name: Made(*sizes) for name, sizes in told["renditions"].items()}
        return Picture(**told | {"mime_type": mime_type, "extension": extension, "renditions": made})


def _copied(answer: Json, stem: str) -> Copy:
    with _sense(answer):
        told = answer["copy"]
        return Copy(f"{stem}.{EXTENSIONS[told['format']]}", told["width"], told["height"], told["bytes"])


@contextmanager
def _sense(answer: Json) -> Iterator[None]:
    """Raise the error that an answer stands for. A child that was taken over may say anything."""
    try:
        if "refused" in answer:
            code, detail = answer["refused"]
            raise Refused(code, detail)
        if "trouble" in answer:
            errno, text = answer["trouble"]
            raise DarkroomError(text, errno)
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as nonsense:
        raise DarkroomError("a decode child's answer makes no sense") from nonsense


_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


def _begin_after_fork() -> None:
    for pool in _pools:
        pool.begin_after_fork()


os.register_at_fork(after_in_child=_begin_after_fork)
