"""nginx as a front server for tests and benchmarks: `deploy/nginx.conf` itself, with other places and ports."""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
MISSING = "no nginx on this machine (Debian: apt-get install nginx)"
PATIENCE = 10.0  # seconds until it listens

_PROJECT = Path(__file__).resolve().parents[1]
_MAIN = """
{user}
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log notice;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    {site}
}}
"""


class Front:
    """A running nginx before a Gallery at `port` whose data are in `data`. `more` is put into its server block."""

    def __init__(self, folder: Path, data: Path, *, port: int, edge_key: str, more: str = "", workers: int = 1) -> None:
        assert NGINX is not None, MISSING
        folder.mkdir()
        self.folder = folder
        self.port = _free_port()
        (folder / "edge-key.conf").write_text(edge_key)
        site = (_PROJECT / "deploy" / "nginx.conf").read_text()
        for written, here in (
            ("server 127.0.0.1:8000;", f"server 127.0.0.1:{port};"),
            ("listen 80;", f"listen 127.0.0.1:{self.port};"),
            ("listen [::]:80;", more),
            ("/etc/nginx/gallery-edge-key.conf", f"{folder}/edge-key.conf"),
            ("/srv/gallery/", f"{data}/"),
        ):
            assert written in site, written
            site = site.replace(written, here)
        assert not re.search(r"^[^#\n]*/(srv|etc)/", site, re.MULTILINE)
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(_MAIN.format(folder=folder, site=site, user=user, workers=workers))
        self.process = subprocess.Popen(
            [NGINX, "-c", str(folder / "nginx.conf"), "-p", str(folder), "-e", str(folder / "error.log")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._wait()

    def _wait(self) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except ConnectionRefusedError:
                threading.Event().wait(0.02)
            else:
                return
        self.end()
        raise AssertionError((self.folder / "error.log").read_text())

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE)
        if self.process.stderr is not None:
            self.process.stderr.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
