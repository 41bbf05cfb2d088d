"""The benchmark of deeds on many images, on a few: it runs, and measures each."""

import subprocess
import sys

from django.conf import settings


def test_it_runs() -> None:
    told = subprocess.run(
        [sys.executable, "benchmarks/batch.py", "20"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    assert lines[0] == "20 images of 200"
    assert len(lines) == 11
