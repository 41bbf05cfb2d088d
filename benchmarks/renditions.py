"""What the five JPEG sizes of a photo cost: Gallery's darkroom, stock django-imagekit, and the least Pillow can do.

    python benchmarks/renditions.py [FOLDER]

FOLDER holds JPEGs (looked for in all depths); without it, eight photos of 12 megapixels are made for the run. All three
work on the same photos, one after another, each in a process of its own; times are per photo, after a first photo that
is not counted. Ratios are worth more than times.
"""

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from PIL import Image, ImageDraw  # noqa: E402  the project is found by the line above

from images.darkroom.pool import Limits, Pool  # noqa: E402
from images.renditions import LADDER, RenditionKey, rendition_size  # noqa: E402

QUALITY = 80


class Cost(NamedTuple):
    """Per photo: seconds on the clock and of CPU, and kilobytes made; the most memory that was held, in megabytes."""

    wall: float
    cpu: float
    peak: float
    made: float


def gallery(photos: list[Path], into: Path) -> Cost:
    """The product's own way: one child, all sizes from one decode; its CPU and memory count with the parent's."""
    pool = Pool(size=1, limits=Limits(), recycle_after=len(photos) + 2)
    keys = [RenditionKey(size, "jpeg") for size in LADDER]
    pool.develop(photos[0], renditions=keys, into=into)
    (child,) = pool.pids()
    before = _cpu_of(child)
    wall, cpu, made = _measured(
        lambda photo: sum(made.bytes for made in pool.develop(photo, renditions=keys, into=into).renditions.values()),
        photos,
    )
    cpu += (_cpu_of(child) - before) / len(photos)
    status = Path(f"/proc/{child}/status").read_text()
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    pool.close()
    return Cost(wall, cpu, peak, made)


def imagekit(photos: list[Path], into: Path) -> Cost:
    """Five specs as ImageKit's documentation writes them, each with its source opened anew."""
    from django.conf import settings

    settings.configure(INSTALLED_APPS=["imagekit"], CACHES={"default": {"BACKEND": f"{_CACHES}.locmem.LocMemCache"}})
    from imagekit import ImageSpec
    from imagekit.processors import ResizeToFit

    specs = [
        type(
            f"Fit{size}",
            (ImageSpec,),
            {"processors": [ResizeToFit(size, size)], "format": "JPEG", "options": {"quality": QUALITY}},
        )
        for size in LADDER
    ]

    def develop(photo: Path) -> int:
        made = 0
        for size, spec in zip(LADDER, specs, strict=True):
            with photo.open("rb") as source:
                data = spec(source=source).generate().read()
            (into / f"{size}.jpg").write_bytes(data)
            made += len(data)
        return made

    develop(photos[0])
    return Cost(*_with_own_peak(_measured(develop, photos)))


def least(photos: list[Path], into: Path) -> Cost:
    """What nobody can leave out: reading the file at the scale needed, and five encodings; pixels are just picked."""

    def develop(photo: Path) -> int:
        made = 0
        with Image.open(photo) as picture:
            size = picture.size
            divisor = next((by for by in (8, 4, 2) if max(size) // by >= max(rendition_size(*size, LADDER[-1]))), 1)
            picture.draft(None, (size[0] // divisor, size[1] // divisor))
            for step in LADDER:
                fitted = picture.resize(rendition_size(*size, step), Image.Resampling.NEAREST)
                fitted.info = {}
                file = io.BytesIO()
                fitted.save(file, "JPEG", quality=QUALITY, optimize=True, progressive=step >= 1280)
                (into / f"{step}.jpg").write_bytes(file.getvalue())
                made += file.tell()
        return made

    develop(photos[0])
    return Cost(*_with_own_peak(_measured(develop, photos)))


_CACHES = "django.core.cache.backends"
CONTENDERS: dict[str, Callable[[list[Path], Path], Cost]] = {
    "stock django-imagekit": imagekit,
    "Gallery": gallery,
    "decode and encode alone": least,
}


def _measured(develop: Callable[[Path], int], photos: list[Path]) -> tuple[float, float, float]:
    """Seconds on the clock, seconds of this process's CPU, and kilobytes made, per photo."""
    wall, cpu = perf_counter(), process_time()
    made = sum(develop(photo) for photo in photos)
    return (perf_counter() - wall) / len(photos), (process_time() - cpu) / len(photos), made / 1000 / len(photos)


def _with_own_peak(measured: tuple[float, float, float]) -> tuple[float, float, float, float]:
    wall, cpu, made = measured
    return wall, cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, made


def _cpu_of(pid: int) -> float:
    """Seconds of CPU, its own and the kernel's for it (proc(5): fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def make_photos(folder: Path, count: int = 8) -> None:
    """Photos of 4000 x 3000 with soft light, edges and grain."""
    for number in range(count):
        bands = []
        for _ in range(3):
            light = Image.effect_noise((25, 19), 110).resize((1000, 750), Image.Resampling.BICUBIC)
            bands.append(Image.blend(light, Image.effect_noise((1000, 750), 40), 0.25))
        picture = Image.merge("RGB", bands).resize((4000, 3000), Image.Resampling.BICUBIC)
        draw = ImageDraw.Draw(picture)
        for line in range(0, 4000, 60 + number):
            draw.line((line, 0, 4000 - line, 3000), fill=(line % 256, 90, 200 - number), width=3)
        picture.save(folder / f"{number}.jpg", quality=90)


@contextmanager
def photos_of(folders: list[str], *, least: int = 1) -> Iterator[list[Path]]:
    """The JPEGs in the folder that is named, in all depths, else some that are made for the run; ends it where they are
    fewer than `least`."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(folders[0] if folders else made)
        if not folders:
            make_photos(folder)
        photos = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg"))
        if len(photos) < least:
            sys.exit(f"{len(photos)} JPEGs in {folder}; {least} or more are needed")
        yield photos


def cost_of(name: str, photos: list[Path]) -> Cost:
    """What one of the contenders takes, in a process of its own."""
    command = [sys.executable, __file__, "--contender", name, *map(str, photos)]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=True, cwd=PROJECT)
    return Cost(*json.loads(told.stdout))


def compare(photos: list[Path]) -> None:
    """Run all contenders and print a table."""
    costs = {name: cost_of(name, photos) for name in CONTENDERS}
    stock, bottom = costs["stock django-imagekit"], costs["decode and encode alone"]
    print(f"{len(photos)} photos, five JPEG sizes each ({', '.join(map(str, LADDER))} pixels)")
    print(
        f"{'':25}{'CPU ms':>9}{'wall ms':>9}{'peak MB':>9}{'made kB':>9}{'less CPU than stock':>22}{'x the least':>13}"
    )
    for name, cost in costs.items():
        print(
            f"{name:25}{cost.cpu * 1000:9.0f}{cost.wall * 1000:9.0f}{cost.peak:9.0f}{cost.made:9.0f}"
            f"{stock.cpu / cost.cpu:21.1f}x{cost.cpu / bottom.cpu:13.2f}"
        )


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--contender"]:
        with tempfile.TemporaryDirectory() as into:
            print(json.dumps(CONTENDERS[arguments[1]]([Path(name) for name in arguments[2:]], Path(into))))
        return
    with photos_of(arguments[:1]) as photos:
        compare(photos)


if __name__ == "__main__":
    main(sys.argv[1:])
