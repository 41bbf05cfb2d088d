"""System checks: what would make this installation unsafe or useless is said at start, not found out later."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Error, Tags, register

from gallery_site import filetype

SHORTEST_SIGNED, LONGEST_SIGNED = 10, 86_400  # seconds
_LOCATION = re.compile(r"/(?:[A-Za-z0-9_.-]+/)+")

SHORTEST_SECRET = 50  # characters, as Django's own deployment check wants

# Their counters are of one process, of nobody, or read and written in two steps: a throttle would count wrong.
_CACHES_THAT_MISCOUNT = (LocMemCache, DummyCache, FileBasedCache, DatabaseCache)


@register(Tags.files)
def libmagic_loads(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    try:
        filetype.mime_of(Path(__file__))
    except ImportError as trouble:
        return [
            Error(
                f"libmagic can't be loaded: {trouble}",
                hint="Install it (Debian: apt-get install libmagic1), or the Python package pylibmagic.",
                id="gallery.E001",
            )
        ]
    return []


@register(Tags.files)
def storage_is_writable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"{folder} can't be written.",
            hint="Give it to the user who runs Gallery, or set GALLERY_DATA_DIR to another folder.",
            id="gallery.E002",
        )
        for folder in (settings.DATA_DIR, settings.MEDIA_ROOT)
        if not _is_writable(folder)
    ]


def _is_writable(folder: Path) -> bool:
    """Whether files can be made in it; for one that is not there yet, whether it can be made."""
    while not folder.exists():
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


@register(Tags.security)
def secret_is_long(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if len(settings.SECRET_KEY) >= SHORTEST_SECRET:
        return []
    return [
        Error(
            f"The secret key has less than {SHORTEST_SECRET} characters.",
            hint="Leave SECRET_KEY unset, and a good one is made in the data folder.",
            id="gallery.E003",
        )
    ]


@register(Tags.caches)
def cache_counts_for_all_processes(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    cache = caches["default"]
    if not isinstance(cache, _CACHES_THAT_MISCOUNT):
        return []
    return [
        Error(
            f"{type(cache).__name__} has no counters that all processes share: throttles would not hold.",
            hint="Use diskcache (the default) or Redis.",
            id="gallery.E004",
        )
    ]


@register(Tags.security)
def cors_names_its_origins(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    if not getattr(settings, "CORS_ALLOW_CREDENTIALS", False):
        return []
    everyone = getattr(settings, "CORS_ALLOW_ALL_ORIGINS", False) or "*" in settings.CORS_ALLOWED_ORIGINS
    matches_all = any(
        pattern.strip("^$") in {".*", ".+", r"https?://.*", r"https?://.+", r"https://.*", r"https://.+"}
        for pattern in map(_text_of, getattr(settings, "CORS_ALLOWED_ORIGIN_REGEXES", ()))
    )
    if not everyone and not matches_all:
        return []
    return [
        Error(
            "Every site could act here with the cookies of whoever visits it (CORS for all origins, with credentials).",
            hint="Name the front ends in CORS_ALLOWED_ORIGINS.",
            id="gallery.E005",
        )
    ]


@register(Tags.security)
def addresses_of_pictures_make_sense(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """CDN_URL, GALLERY_PURGE_URL, GALLERY_SIGNED_URL_SECONDS and GALLERY_X_ACCEL, each by itself and together."""
    found: list[CheckMessage] = []
    cdn, purge, front = settings.CDN_URL, settings.GALLERY_PURGE_URL, settings.GALLERY_X_ACCEL
    if cdn and not _is_web_address(cdn):
        found.append(
            Error(
                f"CDN_URL={cdn} is no address of a shared cache.",
                hint="Write it as https://cdn.example, with a path or without, and with nothing after it.",
                id="gallery.E006",
            )
        )
    if purge and not (cdn and _is_web_address(purge.partition("?")[0])):
        found.append(
            Error(
                f"GALLERY_PURGE_URL={purge} can't be told anything." if cdn else "There is no CDN_URL to purge.",
                hint="Set CDN_URL, and write GALLERY_PURGE_URL as https://host/path.",
                id="gallery.E007",
            )
        )
    if not SHORTEST_SIGNED <= settings.GALLERY_SIGNED_URL_SECONDS <= LONGEST_SIGNED:
        found.append(
            Error(
                f"GALLERY_SIGNED_URL_SECONDS must lie between {SHORTEST_SIGNED} and {LONGEST_SIGNED}.",
                hint="Pages that are open longer than half of it load their pictures anew; so long a right outlives.",
                id="gallery.E008",
            )
        )
    if front and not (_LOCATION.fullmatch(front) and settings.TRUSTED_PROXIES):
        found.append(
            Error(
                f"GALLERY_X_ACCEL={front} names no location of a front server that is trusted.",
                hint="Write it as /protected/, and name the front server's address in TRUSTED_PROXIES.",
                id="gallery.E009",
            )
        )
    return found


def _is_web_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)


def _text_of(pattern: Any) -> str:
    return str(getattr(pattern, "pattern", pattern))
