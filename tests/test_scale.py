"""The benchmark of a large library, on a small one: it runs, and asks every question."""

import subprocess
import sys

from django.conf import settings


def test_it_runs() -> None:
    told = subprocess.run(
        [sys.executable, "benchmarks/scale.py", "300"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0].startswith("300 images")
    assert len(lines) == 16
