"""README.md and docs/architecture.md say what is true: settings, files and make targets that they name exist."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
README = (ROOT / "README.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def test_every_setting_is_listed() -> None:
    read = re.findall(r"\benv\.\w+\(\s*\"(\w+)\"", (ROOT / "gallery_site" / "settings.py").read_text())
    listed = re.findall(r"^\| `(\w+)` \|", README, flags=re.MULTILINE)
    assert sorted(listed) == sorted(set(read))


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for package in ("gallery_site", "accounts", "albums", "images")
        for path in (ROOT / package).rglob("*.py")
        if "tests" not in path.parts and re.search(r"os\.environ|os\.getenv|\benv\.\w+\(", path.read_text())
    }
    assert readers <= {
        "gallery_site/settings.py",
        "gallery_site/wsgi.py",  # they name the settings module, and read nothing
        "gallery_site/gunicorn_conf.py",
        "images/darkroom/pool.py",  # gives the decode children an environment of their own
    }


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([\w/]+/[\w/.]+(?:\.py|\.md|/))`", README + ARCHITECTURE))))
def test_files_named_are_there(path: str) -> None:
    assert (ROOT / path).exists() or path == "media/"


@pytest.mark.parametrize(
    "module", sorted(set(re.findall(r"`((?:gallery_site|accounts|albums|images)\.\w+)`", ARCHITECTURE)))
)
def test_modules_named_are_there(module: str) -> None:
    place = ROOT / module.replace(".", "/")
    assert place.is_dir() or place.with_suffix(".py").is_file()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z-]+)", README, flags=re.MULTILINE))))
def test_make_targets_named_are_there(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
