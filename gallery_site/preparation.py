"""What must be in place before anything is served: one owner of the data, its folders, the schema, the static files."""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import IO

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from images import store
from images.models import Image

PATIENCE = 2.0  # seconds in which the processes of a server that was just killed are surely gone
MARKER_TEXT = "While this file is here, Gallery knows that the disk with its originals is. Keep it.\n"


class DataInUse(Exception):
    """Another server works on the same data folder."""


@contextmanager
def own_data() -> Iterator[IO[str]]:
    """Hold the data folder for this process and the children that inherit the lock, until the last of them is gone.

    Raises DataInUse, or OSError when the folder can't be made.
    """
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with open(settings.DATA_DIR / "gallery.lock", "a+") as lock:
        _take(lock)
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield lock


def _take(lock: IO[str]) -> None:
    patience_ends = time.monotonic() + PATIENCE
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= patience_ends:
                lock.seek(0)
                holder = lock.read().strip()
                raise DataInUse(f"{settings.DATA_DIR} is in use by another Gallery (process {holder}).") from None
            time.sleep(0.1)


def unapplied_migrations() -> list[str]:
    """Names of the migrations that the database lacks, in order."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> list[str]:
    """Bring the database to the schema of this version; answers what was applied."""
    missing = unapplied_migrations()
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
    return missing


def open_media() -> bool:
    """Make the folders of the media root; false when it is not the one that the database speaks of.

    The marker is made only where no originals can be missing: for a new gallery, or when they are seen to be here.
    An empty folder beside a database that knows images is a disk that is not mounted, and is left alone.
    """
    if not (settings.MEDIA_ROOT / store.MARKER).is_file() and not _originals_are_here():
        return False
    for folder in (store.ORIGINALS, store.RENDITIONS, store.INCOMING):
        (settings.MEDIA_ROOT / folder).mkdir(parents=True, exist_ok=True)
    marker = settings.MEDIA_ROOT / store.MARKER
    if not marker.is_file():
        marker.write_text(MARKER_TEXT)
        store.sync(marker)
        store.sync(settings.MEDIA_ROOT)
    return True


def _originals_are_here() -> bool:
    first = Image.objects.order_by("pk").first()
    if first is not None:
        return (settings.MEDIA_ROOT / first.file_path).is_file()
    originals = settings.MEDIA_ROOT / store.ORIGINALS
    return not originals.is_dir() or not any(originals.iterdir())


def collect_static() -> bool:
    """Fingerprint and compress the static files into STATIC_ROOT; nothing is done when they are as they were."""
    wanted = _state_of_static_files()
    made = settings.STATIC_ROOT / ".made-from"
    if made.is_file() and made.read_text() == wanted:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    made.write_text(wanted)
    return True


def _state_of_static_files() -> str:
    """A hash that changes when a source file, or what makes the collected files of them, does."""
    state = hashlib.sha256()
    state.update(f"{version('django')} {version('whitenoise')} {settings.STORAGES['staticfiles']}".encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = os.stat(storage.path(path))
            state.update(f"{path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return state.hexdigest()
