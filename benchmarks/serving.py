"""Thumbnails and originals over HTTP, as requests a second and as shares of the least that the same server can do.

    python benchmarks/serving.py [SECONDS]

Each way is measured in rounds, beside its yardstick, for SECONDS (3 by default) a round; what is told is the median
of the rounds. The server is `manage.py serve` on a data folder that is thrown away, with one library of made pictures;
nginx runs with `deploy/nginx.conf`. Needs wrk and nginx (Debian: apt-get install wrk nginx).
"""

import io
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT))

from PIL import Image  # noqa: E402  the project is found by the line above

from tests.fronts import MISSING, NGINX, Front  # noqa: E402
from tests.people import Person, ask  # noqa: E402

CONNECTIONS = 8
ROUNDS = 5
WRITE_ADDRESSES = "--write-addresses"
FRONT = {"TRUSTED_PROXIES": "127.0.0.1", "GALLERY_SIGNED_URLS": "1", "GALLERY_X_ACCEL": "/protected/"}


class Rate(NamedTuple):
    """Requests a second of one way, by round."""

    name: str
    rounds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def share_of(self, yardstick: "Rate") -> float:
        """The median of the shares within each round: the machine may be busier in one than in another."""
        return statistics.median(one / other for one, other in zip(self.rounds, yardstick.rounds, strict=True))


class Way(NamedTuple):
    name: str
    url: str
    headers: tuple[str, ...] = ()


@contextmanager
def serving(data: Path, **environment: str) -> Iterator[int]:
    """The port of a running Gallery."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "serve"],
        cwd=PROJECT,
        env={"PATH": "/usr/bin:/bin", "GALLERY_DATA_DIR": str(data), "GALLERY_ADDRESS": "127.0.0.1", "PORT": "0"}
        | {"RATELIMIT_ENABLE": "0", **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        told = iter(process.stderr.readline, "")
        yield next(int(found[1]) for line in told if (found := re.search(r"http://localhost:(\d+)/", line)))
    finally:
        process.terminate()
        process.wait()


def measure(ways: list[Way], seconds: float) -> list[Rate]:
    """All ways in turn, round after round."""
    rates = [Rate(way.name, []) for way in ways]
    for number in range(ROUNDS + 1):
        for way, rate in zip(ways, rates, strict=True):
            found = _requests_per_second(way, seconds if number else 1)
            if number:  # the round before the first warms up
                rate.rounds.append(found)
    return rates


def _requests_per_second(way: Way, seconds: float) -> float:
    headers = [part for header in way.headers for part in ("-H", header)]
    told = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:g}s", *headers, way.url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Non-2xx" not in told, (way, told)
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    assert found, told
    return float(found[1])


def photo() -> bytes:
    """A picture whose 640 is a thumbnail of usual size, some 60 kB."""
    noise = Image.effect_noise((1600, 1200), 40)
    file = io.BytesIO()
    Image.merge("RGB", [noise.resize((200, 150)).resize((1600, 1200)), noise, noise.rotate(180)]).save(file, "JPEG")
    return file.getvalue()


def library(port: int) -> tuple[Person, str]:
    """Somebody with a session, and a picture of hers."""
    person = Person(port, "bench")
    return person, person.upload("photo.jpg", photo())


def tell(rates: list[Rate], shares: list[tuple[int, int, float]]) -> None:
    for rate in rates:
        print(f"  {rate.name:<58}{rate.median:>9.0f}/s")
    for one, yardstick, target in shares:
        share = rates[one].share_of(rates[yardstick])
        print(f"  {rates[one].name}: {share:.2f} of {rates[yardstick].name} (wanted: {target})")


def embedded(folder: Path, seconds: float) -> None:
    with serving(folder / "data") as port:
        person, image = library(port)
        here, cookie = f"http://127.0.0.1:{port}", f"Cookie: {person.cookie}"
        path = f"/api/images/{image}/thumbnail?size=640&v=1"
        size = len(person.ask(path).content)
        print(f"embedded server, {CONNECTIONS} connections, a thumbnail of {size // 1000} kB")
        ways = [
            Way("empty 200", f"{here}/healthz", (cookie,)),
            Way("thumbnail, signed in", here + path, (cookie,)),
            Way("thumbnail as WebP, signed in", here + path, (cookie, "Accept: image/webp,*/*")),
        ]
        tell(measure(ways, seconds), [(1, 0, 0.5)])
    with serving(folder / "data", GALLERY_SIGNED_URLS="1") as port:
        person.port = port
        url = person.ask(f"/api/images/{image}").json["thumbnails"]["medium"]["url"]
        ways = [
            Way("empty 200", f"http://127.0.0.1:{port}/healthz"),
            Way("thumbnail by a signed address", f"http://127.0.0.1:{port}{url}"),
        ]
        tell(measure(ways, seconds), [(1, 0, 0.5)])


def fronted(folder: Path, seconds: float) -> None:
    data = folder / "fronted"
    with serving(data, **FRONT) as port:
        key = subprocess.run(
            [sys.executable, "manage.py", "edge_key"],
            cwd=PROJECT,
            env={"PATH": "/usr/bin:/bin", "GALLERY_DATA_DIR": str(data)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        bare = f"location /bare/ {{ alias {data}/media/; }}"
        front = Front(folder / "nginx", data, port=port, edge_key=key, more=bare, workers=2)
        try:
            person, image = library(front.port)
            here, cookie = f"http://127.0.0.1:{front.port}", f"Cookie: {person.cookie}"
            url = person.ask(f"/api/images/{image}").json["thumbnails"]["medium"]["url"]
            path = f"/api/images/{image}/thumbnail?size=640&v=1"
            assert ask(front.port, f"{url}0").status == 403
            print(f"nginx in front, {CONNECTIONS} connections")
            edge = [
                Way("the bare file", f"{here}/bare{url.partition('?')[0]}"),
                Way("the same by a signed address, checked by nginx", here + url),
            ]
            tell(measure(edge, seconds), [(1, 0, 0.7)])
            through = [
                Way("empty 200", f"{here}/healthz", (cookie,)),
                Way("thumbnail, signed in, sent by X-Accel-Redirect", here + path, (cookie,)),
                Way("original, signed in, sent by X-Accel-Redirect", f"{here}/api/images/{image}/download", (cookie,)),
            ]
            tell(measure(through, seconds), [(1, 0, 0.5)])
        finally:
            front.end()


def address_books(data: Path) -> None:
    """What the addresses of a list cost, in a process with Django."""
    environment = {"PATH": "/usr/bin:/bin", "GALLERY_DATA_DIR": str(data), "CDN_URL": "https://cdn.example"}
    for name, signed in (("as usual", "0"), ("signed", "1")):
        command = [sys.executable, __file__, WRITE_ADDRESSES]
        told = subprocess.run(
            command, env=environment | {"GALLERY_SIGNED_URLS": signed}, capture_output=True, text=True, check=True
        )
        print(f"  500 addresses of 100 images, {name:<10}{float(told.stdout):>41.1f} ms")


def write_addresses() -> None:
    """Print the milliseconds of CPU for 500 addresses, the median of some rounds."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "gallery_site.settings"
    import django

    django.setup()
    from accounts.models import User
    from images import addresses
    from images.models import Image as Row
    from images.renditions import LADDER

    rows = [Row(user=User(username="bench"), image_width=4032, image_height=3024) for _ in range(100)]
    spent = []
    for _ in range(20):
        began = time.process_time()
        made = [addresses.thumbnail_url(row, size) for row in rows for size in LADDER]
        spent.append(time.process_time() - began)
        assert len(set(made)) == 500
    print(statistics.median(spent) * 1000)


def main(arguments: list[str]) -> None:
    if arguments == [WRITE_ADDRESSES]:
        write_addresses()
        return
    if not shutil.which("wrk") or NGINX is None:
        sys.exit(f"wrk is needed (Debian: apt-get install wrk), and nginx: {MISSING if NGINX is None else 'there'}.")
    seconds = float(arguments[0]) if arguments else 3.0
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        embedded(Path(folder), seconds)
        fronted(Path(folder), seconds)
        address_books(Path(folder) / "data")
    print(f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
