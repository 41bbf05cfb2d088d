"""kill -9 at every step of a deed: what is left is as if it had been done wholly, or not at all."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = [pytest.mark.fault]

WHOLE = ("tag", "move", "delete", "purge", "flip", "trash-album", "purge-album")
LEAST_STEPS = 30


def dying(data: Path, *what: str) -> list[dict]:
    told = subprocess.run(
        [sys.executable, "-m", "tests.dying", *what],
        cwd=settings.BASE_DIR,
        env={
            "PATH": os.environ["PATH"],
            "GALLERY_DATA_DIR": str(data),
            "DJANGO_SETTINGS_MODULE": "gallery_site.settings",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("library")
    dying(data, "make")
    return data


@pytest.fixture
def data(library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(library, tmp_path / "data"))


every_step = pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.slow)])


@every_step
@pytest.mark.parametrize("deed", WHOLE)
def test_wholly_or_not_at_all(data: Path, deed: str, stride: int) -> None:
    before, *deaths, survived = dying(data, deed, str(stride))
    assert len(deaths) >= LEAST_STEPS / stride
    assert before["state"] != survived["state"]
    for left in (*deaths, survived):
        assert (left["wrong"], left["files"]) == ("", [])
        assert left["state"] in (before["state"], survived["state"])
        assert left.get("again", survived["state"]) == survived["state"]  # a request with a key, sent once more
    done = [death["state"] == survived["state"] for death in deaths]
    assert done == sorted(done)  # not done, up to the commit; done from there on
    assert not done[0]
    assert done[-1] or stride > 1


@every_step
def test_emptying_the_trash_in_parts(data: Path, stride: int) -> None:
    """Each part is whole; what is left goes the next time."""
    _, *deaths, survived = dying(data, "empty", str(stride))
    assert len(deaths) >= LEAST_STEPS / stride
    for left in (*deaths, survived):
        assert (left["wrong"], left["files"], left["again"]) == ("", [], survived["state"])
