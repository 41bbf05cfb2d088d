"""`manage.py import_photos`: a folder of pictures into somebody's library."""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from albums import tree
from albums.models import Album
from gallery_site.stopping import stoppable
from images.intake import Wishes, take_in
from images.intake.rejection import Rejected
from images.intake.staging import Staged
from images.metadata.text import clean_line

BAR = 30  # characters


class Command(BaseCommand):
    help = "Take in every picture below FOLDER. Safe to run again: what is there already is not stored twice."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--user", required=True, help="name or email of the owner")
        parser.add_argument(
            "--album-per-folder", action="store_true", help="one album for each folder, in the tree of the folders"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with stoppable(self, "Run the same command again: what was taken in is not stored twice."):
            self._import(**options)

    def _import(self, *, folder: Path, user: str, album_per_folder: bool, **options: Any) -> None:
        try:
            owner = User.objects.get_by_natural_key(user)
        except User.DoesNotExist:
            raise CommandError(f"There is no user {user!r}.") from None
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.")
        files = list(_files(folder))
        counts: Counter[str] = Counter()
        refused: list[tuple[Path, str]] = []
        albums: dict[Path, Album | None] = {folder: None}
        for number, path in enumerate(files, 1):
            album = _album_for(path.parent, albums, owner) if album_per_folder else None
            try:
                taken = take_in(
                    Staged.copy_of(path),
                    filename=clean_line(path.name, 255) or "unnamed",
                    owner=owner,
                    wishes=Wishes(album=album),
                )
            except Rejected as refusal:
                counts["rejected"] += 1
                refused.append((path, refusal.detail))
                if refusal.code in ("quota_exceeded", "disk_full"):
                    self._summary(counts, refused)
                    raise CommandError(refusal.detail) from refusal
            except OSError as trouble:
                counts["rejected"] += 1
                refused.append((path, str(trouble)))
            else:
                counts[taken.status] += 1
            owner.refresh_from_db(fields=["storage_used"])
            self._progress(number, len(files))
        self._summary(counts, refused)

    def _progress(self, done: int, of: int) -> None:
        if sys.stderr.isatty():
            filled = BAR * done // of
            self.stderr.write(
                f"\r[{'#' * filled}{'.' * (BAR - filled)}] {done} of {of}", ending="" if done < of else "\n"
            )

    def _summary(self, counts: Counter[str], refused: list[tuple[Path, str]]) -> None:
        for path, reason in refused:
            self.stdout.write(f"not taken: {path}: {reason}")
        self.stdout.write(
            f"{counts['created']} taken in, {counts['duplicate']} already there, {counts['rejected']} not taken."
        )


def _files(folder: Path) -> Iterator[Path]:
    """All files below the folder in a steady order, without hidden ones; links to folders are not followed."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def _album_for(folder: Path, albums: dict[Path, Album | None], owner: User) -> Album | None:
    """The album of a folder (None for the top one): the one of that name in its place, made if it is not there."""
    if folder not in albums:
        parent = _album_for(folder.parent, albums, owner)
        name = clean_line(folder.name, 200)
        there = Album.objects.filter(user=owner, parent=parent, name=name, trashed_at=None).order_by("pk").first()
        albums[folder] = there or tree.plant(owner=owner, name=name, parent=parent)
    return albums[folder]
