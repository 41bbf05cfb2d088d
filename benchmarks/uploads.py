"""Photos into the real server by several clients at once, until originals are durable and all thumbnails stand.

    python benchmarks/uploads.py [FOLDER] [CLIENTS]

FOLDER holds JPEGs (looked for in all depths; without it, eight of 12 megapixels are made); CLIENTS is 4 by default. The
server is `manage.py serve` on a data folder that is thrown away. In the same run stock django-imagekit makes the same
five sizes of up to twenty of the photos, the reference for the ratio of CPU.
"""

import http.client
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from time import perf_counter

from renditions import PROJECT, cost_of, photos_of

BOUNDARY = "photo-boundary"
PATIENCE = 120.0
SAMPLE = 20


class Server:
    """The server under test, with one account and its token."""

    def __init__(self, data: Path) -> None:
        self.data = data
        environment = {
            "PATH": os.environ["PATH"],
            "GALLERY_DATA_DIR": str(data),
            "GALLERY_ADDRESS": "127.0.0.1",
            "PORT": "0",
            "RATELIMIT_ENABLE": "0",
            "GALLERY_QUOTA_BYTES": str(2**40),
        }
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        told = iter(self.process.stderr.readline, "")
        self.port = next(int(found[1]) for line in told if (found := re.search(r"http://localhost:(\d+)/", line)))
        self.token = ""
        self.make_account()

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        cookies = [value.partition(";")[0] for name, value in answer.getheaders() if name == "Set-Cookie"]
        connection.close()
        return answer.status, content, dict(cookie.split("=", 1) for cookie in cookies)

    def make_account(self) -> None:
        cookies = self.ask("GET", "/api/auth/user", b"", {})[2]
        person = {"username": "bench", "email": "bench@example.com", "password": "korrekt-Pferd-9"}
        for path, body in (("/api/auth/register", person), ("/api/auth/tokens", {"name": "bench"})):
            headers = {
                "Content-Type": "application/json",
                "X-CSRFToken": cookies["csrftoken"],
                "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            }
            status, answer, more = self.ask("POST", path, json.dumps(body).encode(), headers)
            assert status == 201, answer
            cookies |= more
        self.token = json.loads(answer)["token"]

    def upload(self, photo: Path) -> None:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="{photo.name}"\r\n\r\n'
        body = head.encode() + photo.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        status, answer, _ = self.ask(
            "POST", "/api/upload", body, {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        )
        assert status == 201, answer

    def descendants(self) -> list[int]:
        parents: dict[int, int] = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                except (FileNotFoundError, ProcessLookupError):
                    continue  # it ended just now
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def cpu(self) -> float:
        """Seconds of CPU of all its processes, the ended ones that were waited for included (proc(5), 14 to 17)."""
        fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.descendants()]
        return sum(sum(map(int, field[11:15])) for field in fields) / os.sysconf("SC_CLK_TCK")

    def peak(self) -> float:
        """The most memory that one of its processes held, in megabytes."""
        texts = [Path(f"/proc/{pid}/status").read_text() for pid in self.descendants()]
        return max(int(text.split("VmHWM:")[1].split()[0]) for text in texts) / 1024


def upload_all(server: Server, photos: list[Path], clients: int) -> None:
    waiting: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for photo in photos:
        waiting.put(photo)

    def client() -> None:
        while not waiting.empty():
            try:
                photo = waiting.get_nowait()
            except queue.Empty:
                return
            server.upload(photo)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def compare(photos: list[Path], clients: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "data")
        upload_all(server, photos[:1], 1)  # children start with the first picture
        measured = photos[1:]
        wall, cpu = perf_counter(), server.cpu()
        upload_all(server, measured, clients)
        wall, cpu = perf_counter() - wall, server.cpu() - cpu
        peak = server.peak()
        server.process.terminate()
        server.process.wait()
    reference = cost_of("stock django-imagekit", measured[:SAMPLE])
    each = cpu / len(measured)
    print(
        f"{len(measured)} photos by {clients} clients: {len(measured) / wall:.2f} photos/s, {each:.3f} CPU-s a photo,"
    )
    print(f"largest process {peak:.0f} MB (the whole upload: HTTP, hash, fsync, metadata, six renditions, database)")
    print(f"stock django-imagekit, five sizes alone: {reference.cpu:.3f} CPU-s a photo, {reference.peak:.0f} MB")
    print(f"ratio of CPU: {reference.cpu / each:.1f}")


def main(arguments: list[str]) -> None:
    with photos_of(arguments[:1], least=2) as photos:  # the first one is not counted
        compare(photos, int(arguments[1]) if len(arguments) > 1 else 4)


if __name__ == "__main__":
    main(sys.argv[1:])
