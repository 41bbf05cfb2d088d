"""What `manage.py rederive` takes to make all JPEG sizes of the photos of a gallery again.

    python benchmarks/rederiving.py [FOLDER]

FOLDER holds JPEGs (looked for in all depths); without it, eight photos of 12 megapixels are made for the run. They are
taken into a gallery that is thrown away, each several times with another comment in it, about a hundred in all. CPU is
compared with stock django-imagekit and with the least Pillow can do (see renditions.py) on the same photos; that of the
command's start, which a large gallery does not notice, is told apart. Then one core makes them alone.
"""

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from renditions import PROJECT, cost_of, photos_of

ENOUGH = 96  # photos
ROUNDS = 3
PR_SET_CHILD_SUBREAPER = 36


class Run(NamedTuple):
    """Seconds on the clock, and of CPU of a command and of all that it started."""

    wall: float
    cpu: float


class Gallery:
    """One with a single user, in a folder of its own."""

    def __init__(self, data: Path) -> None:
        self._environment = {
            "PATH": os.environ["PATH"],
            "GALLERY_DATA_DIR": str(data),
            "GALLERY_QUOTA_BYTES": str(2**40),
            "DJANGO_SUPERUSER_PASSWORD": "korrekt-Pferd-9",
        }
        self.manage("migrate", "--verbosity=0")
        self.manage("createsuperuser", "--noinput", "--username=bench", "--email=bench@example.com")

    def manage(self, *arguments: str, cores: Collection[int] = ()) -> Run:
        """Run a command, on these cores or on all; children that outlive it are waited for and counted."""
        cpu, wall = _cpu(), perf_counter()
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.DEVNULL,
            check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores or os.sched_getaffinity(0)),
        )
        wall = perf_counter() - wall
        _wait_for_orphans()
        return Run(wall, _cpu() - cpu)


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _wait_for_orphans() -> None:
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def multiply(photos: list[Path], into: Path) -> int:
    """Write each photo as many times as it takes, with a comment that makes it another file; the number of files."""
    times = max(1, ENOUGH // len(photos))
    for number, photo in enumerate(photos):
        data = photo.read_bytes()
        for again in range(times):
            comment = f"{number} {again}".encode()
            segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
            (into / f"{number}-{again}.jpg").write_bytes(data[:2] + segment + data[2:])
    return times * len(photos)


def compare(photos: list[Path], folder: Path) -> None:
    copies = folder / "photos"
    copies.mkdir()
    number = multiply(photos, copies)
    gallery = Gallery(folder / "data")
    gallery.manage("import_photos", str(copies), "--user=bench")
    start = gallery.manage("rederive", "--restart", "--missing")
    cores = sorted(os.sched_getaffinity(0))
    rounds = [
        [gallery.manage("rederive", "--restart", cores=chosen) for chosen in (cores, cores[:1])] for _ in range(ROUNDS)
    ]
    together, alone = (min(runs) for runs in zip(*rounds, strict=True))  # the least disturbed by others
    stock, least = cost_of("stock django-imagekit", photos), cost_of("decode and encode alone", photos)
    each = (together.cpu - start.cpu) / number
    print(f"{number} photos, six JPEG sizes each by `manage.py rederive`; its start takes {start.cpu:.1f} s of CPU")
    print(f"CPU a photo: {each * 1000:.0f} ms; with the start {together.cpu / number * 1000:.0f} ms")
    print(f"stock django-imagekit, five sizes: {stock.cpu * 1000:.0f} ms, {stock.cpu / each:.1f} times as much")
    print(f"decode and encode alone, five sizes: {least.cpu * 1000:.0f} ms; ours is {each / least.cpu:.2f} times that")
    many, one = (number / (run.wall - start.wall) for run in (together, alone))
    print(
        f"photos a second, after the start: {many:.1f} on {len(cores)} cores, {many / one:.2f} times as many as on one"
    )


def main(arguments: list[str]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with photos_of(arguments[:1]) as photos, tempfile.TemporaryDirectory() as folder:
        compare(photos, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
