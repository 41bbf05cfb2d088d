"""Children come, work, are renewed and die; the parent stays well, and nobody waits for ever."""

import json
import os
import resource
import select
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from images.darkroom import pool as parents_side
from images.darkroom.child import MAX_LINE
from images.darkroom.limits import MIB
from images.darkroom.pool import DarkroomError, Limits, Pool, Refused
from images.renditions import LADDER, RenditionKey
from images.tests.darkroom import hostile
from images.tests.darkroom.hostile import drawing, saved

PROJECT = Path(__file__).resolve().parents[3]
SMALL = [RenditionKey(160, "jpeg")]

Keep = Callable[[bytes], Path]
MakePool = Callable[..., Pool]


def ends(pidfd: int) -> bool:
    """Whether the process ends within ten seconds."""
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    ended = bool(waiting.poll(10_000))
    os.close(pidfd)
    return ended


def only(pids: set[int]) -> int:
    (pid,) = pids
    return pid


@pytest.fixture
def picture(keep: Keep) -> Path:
    return keep(saved(drawing(), "JPEG"))


@pytest.fixture
def stuck(tmp_path: Path) -> Path:
    """A source that a child never finishes to open: a pipe that nobody writes to."""
    path = tmp_path / "stuck"
    os.mkfifo(path)
    return path


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when a child has been told something."""
    event = threading.Event()
    tell = parents_side._Child._tell

    def tell_and_say_so(child: parents_side._Child, message: dict[str, object]) -> None:
        tell(child, message)
        event.set()

    monkeypatch.setattr(parents_side._Child, "_tell", tell_and_say_so)
    return event


# --- Life ---------------------------------------------------------------------------------------------------------


def test_no_child_before_the_first_picture(make_pool: MakePool, picture: Path, into: Path) -> None:
    pool = make_pool()
    assert pool.pids() == set()
    pool.develop(picture, renditions=SMALL, into=into)
    assert len(pool.pids()) == 1


def test_a_child_serves_many_pictures_and_is_renewed(make_pool: MakePool, picture: Path, into: Path) -> None:
    pool = make_pool(recycle_after=3)
    served = []
    for _ in range(3):
        pool.develop(picture, renditions=SMALL, into=into)
        served.append(pool.pids())
    assert served[0] == served[1]
    assert served[2] == set()  # it has done its share
    pool.develop(picture, renditions=SMALL, into=into)
    assert pool.pids() != served[0]


def test_a_child_that_a_picture_made_large_is_renewed(make_pool: MakePool, keep: Keep, into: Path) -> None:
    pool = make_pool(kept_memory=150 * MIB)
    small = keep(saved(drawing(), "JPEG"))
    pool.develop(small, renditions=SMALL, into=into)
    first = pool.pids()
    pool.develop(small, renditions=SMALL, into=into)
    assert pool.pids() == first
    large = keep(saved(drawing().resize((6000, 5000)), "PNG", compress_level=1))
    pool.develop(large, renditions=SMALL, into=into)
    assert pool.pids() == set()


def test_a_child_whose_decoder_failed_is_not_asked_again(make_pool: MakePool, keep: Keep, into: Path) -> None:
    pool = make_pool()
    pool.develop(keep(saved(drawing(), "PNG")), renditions=SMALL, into=into)
    before = pool.pids()
    with pytest.raises(Refused):
        pool.develop(keep(b"hello"), renditions=SMALL, into=into)
    assert pool.pids() == before  # no decoder saw that one
    with pytest.raises(Refused):
        pool.develop(keep(saved(hostile.noise(99, 99), "JPEG")[:-999]), renditions=SMALL, into=into)
    assert pool.pids() == set()


def test_many_threads_share_few_children(make_pool: MakePool, keep: Keep, tmp_path: Path) -> None:
    pool = make_pool(size=2)
    source = keep(saved(drawing(), "JPEG"))
    seen: list[set[int]] = []

    def develop(number: int) -> int:
        folder = tmp_path / str(number)
        folder.mkdir()
        seen.append(pool.pids())
        return pool.develop(source, renditions=[RenditionKey(size, "jpeg") for size in LADDER], into=folder).width

    with ThreadPoolExecutor(12) as threads:
        assert list(threads.map(develop, range(48))) == [320] * 48
    assert max(len(pids) for pids in seen) <= 2
    assert len(pool.pids()) == 2
    assert all(len(list((tmp_path / str(number)).iterdir())) == 2 for number in range(48))


def test_closing_ends_the_children_and_those_who_ask(make_pool: MakePool, picture: Path, into: Path) -> None:
    pool = make_pool()
    pool.develop(picture, renditions=SMALL, into=into)
    child = os.pidfd_open(only(pool.pids()))
    pool.close()
    assert ends(child)
    assert pool.pids() == set()
    with pytest.raises(DarkroomError, match="closed"):
        pool.develop(picture, renditions=SMALL, into=into)
    pool.close()


def test_closing_waits_for_the_picture_at_work(
    make_pool: MakePool, picture: Path, stuck: Path, into: Path, told: threading.Event
) -> None:
    pool = make_pool(wall_seconds=0.5)
    pool.develop(picture, renditions=SMALL, into=into)
    told.clear()
    with ThreadPoolExecutor(1) as threads:
        at_work = threads.submit(pool.develop, stuck, renditions=SMALL, into=into)
        assert told.wait(10)
        pool.close()
        assert pool.pids() == set()
        with pytest.raises(Refused):
            at_work.result()


# --- Death --------------------------------------------------------------------------------------------------------


def test_a_child_killed_at_work(
    make_pool: MakePool, picture: Path, stuck: Path, into: Path, told: threading.Event
) -> None:
    pool = make_pool()
    pool.develop(picture, renditions=SMALL, into=into)
    told.clear()
    with ThreadPoolExecutor(1) as threads:
        at_work = threads.submit(pool.develop, stuck, renditions=SMALL, into=into)
        assert told.wait(10)
        os.kill(only(pool.pids()), signal.SIGKILL)
        with pytest.raises(Refused, match="too much for the decoder") as refusal:
            at_work.result()
    assert refusal.value.code == "too_complex"
    assert pool.develop(picture, renditions=SMALL, into=into).width == 320


def test_a_child_killed_while_idle_is_nobodys_fault(make_pool: MakePool, picture: Path, into: Path) -> None:
    pool = make_pool()
    pool.develop(picture, renditions=SMALL, into=into)
    killed = only(pool.pids())
    child = os.pidfd_open(killed)
    os.kill(killed, signal.SIGKILL)
    assert ends(child)
    assert pool.develop(picture, renditions=SMALL, into=into).width == 320
    assert killed not in pool.pids()


def test_too_much_time(make_pool: MakePool, picture: Path, stuck: Path, into: Path) -> None:
    pool = make_pool(wall_seconds=0.5)
    with pytest.raises(Refused, match="too long") as refusal:
        pool.develop(stuck, renditions=SMALL, into=into)
    assert refusal.value.code == "too_complex"
    assert pool.pids() == set()
    assert pool.develop(picture, renditions=SMALL, into=into).width == 320


def test_too_much_cpu(make_pool: MakePool, keep: Keep, into: Path) -> None:
    pool = make_pool(cpu_seconds=0, wall_seconds=60)  # up to the end of the second that the start began
    source = keep(saved(hostile.noise(2048, 2048), "JPEG"))
    with pytest.raises(Refused, match="too much for the decoder"):
        pool.develop(source, renditions=[RenditionKey(2048, "avif"), RenditionKey(2048, "png")], into=into)
    assert list(into.iterdir()) == []


def test_cpu_is_counted_anew_for_each_picture(make_pool: MakePool, keep: Keep, into: Path) -> None:
    pool = make_pool(cpu_seconds=1)
    source = keep(saved(hostile.noise(700, 700), "PNG"))
    before: set[int] = set()
    spent = 0.0
    while spent < 2.2:
        pool.develop(source, renditions=[RenditionKey(640, "webp"), RenditionKey(640, "png")], into=into)
        assert before <= pool.pids()
        before = pool.pids()
        ticks = Path(f"/proc/{only(before)}/stat").read_text().rpartition(")")[2].split()[11:13]
        spent = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def test_too_much_memory(make_pool: MakePool, keep: Keep, picture: Path, into: Path) -> None:
    pool = make_pool(address_space=300 * MIB)
    bomb = into.parent / "bomb"
    bomb.write_bytes(hostile.png(9000, 9000, colour=2))
    with pytest.raises(Refused, match="too much memory") as refusal:
        pool.develop(bomb, renditions=SMALL, into=into)
    assert refusal.value.code == "too_complex"
    assert pool.develop(picture, renditions=SMALL, into=into).width == 320


def test_what_a_killed_child_left_is_removed(
    make_pool: MakePool, stuck: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parents_side, "token_hex", lambda size: "cafe")
    (into / ".cafe-160.jpg").write_bytes(b"half a file")
    (into / ".beef-160.jpg").write_bytes(b"another's")
    with pytest.raises(Refused):
        make_pool(wall_seconds=0.2).develop(stuck, renditions=SMALL, into=into)
    assert [path.name for path in into.iterdir()] == [".beef-160.jpg"]


@pytest.mark.parametrize(
    ("command", "words", "seconds"),
    [
        ((sys.executable, "-c", "raise SystemExit('no decoder here')"), "no decoder here", 30),
        ((sys.executable, "-c", "import sys; sys.stdin.readline(); print('hello')"), "does not speak JSON", 30),
        ((sys.executable, "-c", "import sys; sys.stdin.readline(); print('[]')"), "is not an object", 30),
        (("/nowhere/python",), "no child can be started", 30),
        ((sys.executable, "-c", "import sys; sys.stdin.read()"), "did not start", 0.3),
    ],
)
def test_no_child_can_be_started(
    make_pool: MakePool,
    picture: Path,
    into: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    words: str,
    seconds: float,
) -> None:
    pool = make_pool(start_seconds=seconds)
    with monkeypatch.context() as broken:
        broken.setattr(parents_side, "_COMMAND", command)
        for _ in range(2):  # a failed start takes no place
            with pytest.raises(DarkroomError, match=words):
                pool.develop(picture, renditions=SMALL, into=into)
    monkeypatch.setattr(pool, "_limits", Limits())
    assert pool.develop(picture, renditions=SMALL, into=into).width == 320


def test_an_answer_without_end(make_pool: MakePool, picture: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = make_pool()
    script = """
        import sys
        sys.stdin.readline()
        print('{"ready": true}', flush=True)
        sys.stdin.readline()
        while True:
            sys.stdout.write("x" * 65536)
    """
    monkeypatch.setattr(parents_side, "_COMMAND", (sys.executable, "-c", textwrap.dedent(script)))
    with pytest.raises(Refused, match="metadata"):
        pool.develop(picture, renditions=SMALL, into=into)


def test_a_child_that_ends_by_itself_is_our_fault(
    make_pool: MakePool, picture: Path, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = "import sys; sys.stdin.readline(); print('{}', flush=True); sys.stdin.readline(); sys.exit(3)"
    monkeypatch.setattr(parents_side, "_COMMAND", (sys.executable, "-c", script))
    with pytest.raises(DarkroomError, match="by itself with 3"):
        make_pool().develop(picture, renditions=SMALL, into=into)


@pytest.mark.parametrize(
    "answer", ["{}", '{"refused": ["x"]}', '{"picture": []}', '{"picture": {"format": "EXE"}}', '{"trouble": 3}']
)
def test_a_child_that_talks_nonsense(
    make_pool: MakePool, picture: Path, into: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    script = f"import sys; print('{{}}', flush=True); sys.stdin.readline(); sys.stdin.readline(); print({answer!r})"
    monkeypatch.setattr(parents_side, "_COMMAND", (sys.executable, "-c", script))
    with pytest.raises(DarkroomError, match="makes no sense"):
        make_pool().develop(picture, renditions=SMALL, into=into)


# --- The parent ---------------------------------------------------------------------------------------------------


@contextmanager
def running(script: str, *arguments: object) -> Iterator["subprocess.Popen[str]"]:
    """A process of its own that uses a pool."""
    head = """
        import os, sys
        from pathlib import Path
        from images.darkroom import pool as parents_side
        from images.darkroom.pool import Limits, Pool
        from images.renditions import RenditionKey
        picture, stuck, into = map(Path, sys.argv[1:4])
        SMALL = [RenditionKey(160, "jpeg")]
        pool = Pool(size=1, limits=Limits())
    """
    program = textwrap.dedent(head) + textwrap.dedent(script)
    command = [sys.executable, "-c", program, *map(str, arguments)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("busy", [False, True])
def test_children_die_with_their_parent(*, picture: Path, stuck: Path, into: Path, busy: bool) -> None:
    script = """
        pool.develop(picture, renditions=SMALL, into=into)
        (child,) = pool.pids()
        tell = parents_side._Child._tell
        def tell_and_say_so(self, message):
            tell(self, message)
            print(child, flush=True)
        parents_side._Child._tell = tell_and_say_so
        pool.develop(stuck, renditions=SMALL, into=into)
    """
    if not busy:
        script = """
            pool.develop(picture, renditions=SMALL, into=into)
            print(*pool.pids(), flush=True)
            sys.stdin.read()
        """
    with running(script, picture, stuck, into) as parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert ends(child)


def test_children_survive_the_threads_that_first_asked_for_them(make_pool: MakePool, picture: Path, into: Path) -> None:
    pool = make_pool()
    thread = threading.Thread(target=pool.develop, args=[picture], kwargs={"renditions": SMALL, "into": into})
    thread.start()
    thread.join()
    before = pool.pids()
    pool.develop(picture, renditions=SMALL, into=into)
    assert pool.pids() == before


def test_a_forked_server_has_children_of_its_own(picture: Path, stuck: Path, into: Path) -> None:
    script = """
        pool.develop(picture, renditions=SMALL, into=into)
        before = pool.pids()
        fork = os.fork()
        if fork == 0:
            had = pool.pids()
            pool.develop(picture, renditions=SMALL, into=into)
            ok = not had and pool.pids() and not pool.pids() & before
            pool.close()
            os._exit(0 if ok else 1)
        _, status = os.waitpid(fork, 0)
        pool.develop(picture, renditions=SMALL, into=into)
        print(status, pool.pids() == before, flush=True)
        pool.close()
    """
    with running(script, picture, stuck, into) as parent:
        told, _ = parent.communicate(timeout=60)
    assert told == "0 True\n"


# --- The child's bounds -------------------------------------------------------------------------------------------


def test_a_child_has_no_more_than_it_needs(make_pool: MakePool, picture: Path, into: Path) -> None:
    pool = make_pool(address_space=1_500 * MIB, cpu_seconds=7)
    with (into.parent / "inherited").open("wb") as file:
        os.set_inheritable(file.fileno(), True)
        pool.develop(picture, renditions=SMALL, into=into)
    child = Path(f"/proc/{only(pool.pids())}")
    assert (child / "environ").read_bytes() == b"MALLOC_ARENA_MAX=1\0VIPS_CONCURRENCY=1\0"
    open_files = {os.readlink(entry) for entry in (child / "fd").iterdir()}
    assert {name.split(":")[0] for name in open_files} == {"/dev/null", "pipe"}
    assert len([name for name in open_files if name.startswith("pipe")]) == 2
    pid = int(child.name)
    assert resource.prlimit(pid, resource.RLIMIT_AS) == (1_500 * MIB, 1_500 * MIB)
    assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
    assert 7 <= resource.prlimit(pid, resource.RLIMIT_CPU)[0] <= 9
    assert "NoNewPrivs:\t1" in (child / "status").read_text()
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 5)


def converse(program: str, *requests: dict[str, object]) -> list[dict[str, object]]:
    """Talk with a child whose code was tampered with."""
    lines = [json.dumps(message) for message in ({"wall_seconds": 8.0}, *requests)]
    command = [sys.executable, "-c", textwrap.dedent(program)]
    talk = subprocess.run(
        command, cwd=PROJECT, input="\n".join(lines) + "\n", stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    return [json.loads(line) for line in talk.stdout.splitlines()]


def test_what_a_library_prints_is_no_answer(picture: Path, into: Path) -> None:
    noisy = """
        import os
        from images.darkroom import child
        develop = child._develop
        def noisy(request, limits):
            os.write(1, b'{"refused": ["not_an_image", "printf"]}\\n')
            print("and Python's own", flush=True)
            os.write(2, b"x" * 200_000)
            assert os.read(0, 10) == b""
            return develop(request, limits)
        child._develop = noisy
        child.main()
    """
    how = {"metadata": False, "token": "t", "slow": False}
    request = {"source": str(picture), "renditions": [], "into": str(into), **how}
    ready, first, second = converse(noisy, request, request)
    assert ready == {"ready": True}
    assert first == second
    assert first["picture"]["width"] == 320


def test_metadata_without_end_is_cut(picture: Path, into: Path) -> None:
    flood = """
        from images.darkroom import child
        class Flood:
            def as_dict(self):
                return {"iso": 100, "exif_data": {str(n): "x" * 1000 for n in range(10_000)}}
        child.read_metadata = lambda picture: Flood()
        child.main()
    """
    how = {"metadata": True, "token": "t", "slow": False}
    request = {"source": str(picture), "renditions": [], "into": str(into), **how}
    _, answer = converse(flood, request)
    assert answer["picture"]["metadata"] == {"iso": 100}
    assert len(json.dumps(answer)) < MAX_LINE
