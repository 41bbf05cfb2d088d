"""The system checks: each trouble is found, and a good installation has none."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as current
from pytest_django import Settings

from gallery_site import checks, filetype

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\b\0\0\0\0:~\x9bU"

ALL = [
    checks.libmagic_loads,
    checks.storage_is_writable,
    checks.secret_is_long,
    checks.cache_counts_for_all_processes,
    checks.cors_names_its_origins,
    checks.addresses_of_pictures_make_sense,
]


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.__name__)
def test_nothing_is_wrong(check) -> None:
    assert check(None) == []


def test_all_are_registered() -> None:
    from django.core.checks.registry import registry

    assert set(ALL) <= set(registry.get_checks(include_deployment_checks=False))


def test_no_libmagic(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ImportError("failed to find libmagic")

    monkeypatch.setattr(filetype, "_libmagic", missing)
    (error,) = checks.libmagic_loads(None)
    assert (error.id, "failed to find" in error.msg) == ("gallery.E001", True)


def test_folder_that_is_a_file(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    (error,) = checks.storage_is_writable(None)
    assert error.id == "gallery.E002"
    assert str(settings.MEDIA_ROOT) in error.msg


def test_folder_of_somebody_else(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(checks.os, "access", lambda path, mode: False)  # root may write anywhere
    assert [error.id for error in checks.storage_is_writable(None)] == ["gallery.E002"] * 2


def test_folder_that_can_be_made(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = settings.MEDIA_ROOT = tmp_path / "not" / "yet"
    assert checks.storage_is_writable(None) == []


@pytest.mark.parametrize(("length", "found"), [(49, ["gallery.E003"]), (50, [])])
def test_secret(settings: Settings, length: int, found: list[str]) -> None:
    settings.SECRET_KEY = "x" * length
    assert [error.id for error in checks.secret_is_long(None)] == found


@pytest.mark.parametrize(
    "backend", ["locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache", "db.DatabaseCache"]
)
def test_cache_that_miscounts(settings: Settings, tmp_path: Path, backend: str) -> None:
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}", "LOCATION": str(tmp_path / "c")}}
    assert [error.id for error in checks.cache_counts_for_all_processes(None)] == ["gallery.E004"]


@pytest.mark.parametrize(
    "setting",
    [
        {"CORS_ALLOW_ALL_ORIGINS": True},
        {"CORS_ALLOWED_ORIGINS": ["*"]},
        {"CORS_ALLOWED_ORIGIN_REGEXES": ["^https://.*$"]},
        {"CORS_ALLOWED_ORIGIN_REGEXES": [re.compile(".*")]},
    ],
)
def test_cors_for_everybody(settings: Settings, setting: dict[str, object]) -> None:
    for name, value in setting.items():
        setattr(settings, name, value)
    assert [error.id for error in checks.cors_names_its_origins(None)] == ["gallery.E005"]
    settings.CORS_ALLOW_CREDENTIALS = False
    assert checks.cors_names_its_origins(None) == []


def test_cors_for_friends(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]
    settings.CORS_ALLOWED_ORIGIN_REGEXES = [r"^https://\w+\.example$"]
    assert checks.cors_names_its_origins(None) == []


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        *(
            ({"CDN_URL": url}, ["gallery.E006"])
            for url in ("cdn.example", "ftp://cdn.example", "https://", "https://a?b")
        ),
        ({"CDN_URL": "https://cdn.example/gallery"}, []),
        ({"GALLERY_PURGE_URL": "https://cdn.example/purge"}, ["gallery.E007"]),
        ({"GALLERY_PURGE_URL": "purge", "CDN_URL": "https://cdn.example"}, ["gallery.E007"]),
        ({"GALLERY_PURGE_URL": "https://host/purge?key=1", "CDN_URL": "https://cdn.example"}, []),
        *(({"GALLERY_SIGNED_URL_SECONDS": seconds}, ["gallery.E008"]) for seconds in (-1, 0, 9, 86_401)),
        *(({"GALLERY_SIGNED_URL_SECONDS": seconds}, []) for seconds in (10, 86_400)),
        ({"GALLERY_X_ACCEL": "/protected/"}, ["gallery.E009"]),
        *(
            ({"GALLERY_X_ACCEL": place, "TRUSTED_PROXIES": ["127.0.0.1"]}, ["gallery.E009"])
            for place in ("protected", "/protected", "protected/", "/", "//", "/a b/", "1")
        ),
        ({"GALLERY_X_ACCEL": "/protected/media/", "TRUSTED_PROXIES": ["127.0.0.1"]}, []),
    ],
    ids=str,
)
def test_addresses_of_pictures(settings: Settings, setting: dict[str, object], found: list[str]) -> None:
    for name, value in setting.items():
        setattr(settings, name, value)
    assert [error.id for error in checks.addresses_of_pictures_make_sense(None)] == found


def test_mime_of(tmp_path: Path) -> None:
    picture, text = tmp_path / "picture", tmp_path / "text"
    picture.write_bytes(PNG)
    text.write_text("only words\n")
    assert filetype.mime_of(picture) == "image/png"
    assert filetype.mime_of(text) == "text/plain"
    with pytest.raises(FileNotFoundError):
        filetype.mime_of(tmp_path / "missing")


WITHOUT_THE_SYSTEMS = """
import ctypes.util, ctypes, pathlib, sys
real, init = ctypes.util.find_library, ctypes.CDLL.__init__
ctypes.util.find_library = lambda name: None if name == "magic" else real(name)
def no_system_library(self, name, *args, **kwargs):
    if name == "libmagic.so.1":
        raise OSError("not on this machine")
    init(self, name, *args, **kwargs)
if sys.argv[2] == "hide":
    ctypes.CDLL.__init__ = no_system_library
from gallery_site.filetype import mime_of
print(mime_of(pathlib.Path(sys.argv[1])), "pylibmagic" in sys.modules)
"""


def test_a_machine_without_libmagic(tmp_path: Path) -> None:
    """pylibmagic brings its own there, and is not even loaded elsewhere."""
    picture = tmp_path / "picture"
    picture.write_bytes(PNG)
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_SYSTEMS, picture, "hide"],
        cwd=current.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.split() == ["image/png", "True"]


def test_production_settings_pass_djangos_own_check(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=current.BASE_DIR,
        env={
            "PATH": "/usr/bin:/bin",
            "SITE_URL": "https://gallery.example",
            "GALLERY_DATA_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")
