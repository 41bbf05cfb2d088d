"""A program that does a deed again and again, killed at another of its steps each time, until it survives.

`python -m tests.dying make` makes a library in GALLERY_DATA_DIR; `python -m tests.dying DEED N` copies it aside, and
then for every Nth step of the deed, which are its statements, its commits and the files it removes: puts the copy in
place, does the deed in a child that kills itself there, looks at what is left, and prints what it found as a line of
JSON.
"""

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
from django.conf import settings

ASKED_AGAIN = ("tag", "move", "delete", "empty")  # deeds that one may do twice
MANY = 6  # images, two in each album


class Steps:
    """Counts what is done, and kills this process before the step of the given number."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, do: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*args: Any, **kwargs: Any) -> Any:
            self()
            done = do(*args, **kwargs)
            self()
            return done

        return stepping

    def statement(self, execute: Callable[..., Any], *args: Any) -> Any:
        self()
        return execute(*args)


def make() -> None:
    """Ann's albums, one below the other and public, and one of her own; images with tags, and files of a few bytes."""
    from django.core.management import call_command
    from django.db import connection

    from accounts.models import User
    from albums import tree
    from images import store, trash
    from images.tests.rows import image_row

    call_command("migrate", verbosity=0)
    (settings.MEDIA_ROOT / store.INCOMING).mkdir(parents=True)
    store.on_disk(store.MARKER).touch()
    ann = User.objects.create_user("ann", "ann@example.com")
    top = tree.plant(owner=ann, name="top", privacy_setting="public")
    below = tree.plant(owner=ann, name="below", parent=top)
    other = tree.plant(owner=ann, name="other")
    for n in range(MANY):
        image = image_row(ann, album=(top, below, other)[n % 3], tags=["sea", f"tag {n}"], title=f"{n}")
        original, renditions = store.on_disk(image.file_path), store.on_disk(store.renditions_path(image.uid))
        for path in (original, renditions / "1" / "320.jpeg"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"bytes")
    trash.trash([image.pk])
    connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def deeds() -> dict[str, Callable[[], object]]:
    from accounts.models import User
    from accounts.viewer import Viewer
    from albums.models import Album
    from images import album_changes, batch, emptying, kept_answers
    from images.batch import Batch
    from images.kept_answers import Answer
    from images.models import Image

    ann = Viewer(user=User.objects.get())
    album = {album.name: album for album in Album.objects.all()}

    def asked(operation: str, **said: Any) -> Batch:
        uids = list(Image.objects.filter(trashed_at=None).order_by("pk").values_list("uid", flat=True))
        return Batch(operation=operation, image_ids=uids, **said)

    def once(operation: str, **said: Any) -> None:
        """As a client does that hears nothing and asks again with the same key."""

        def answer() -> Answer:
            return Answer(200, [str(uid) for uid in batch.carry_out(asked(operation, **said), by=ann)])

        kept_answers.once(key="k", by=User.objects.get(), asked={"operation": operation}, answer=answer)

    def purge() -> None:
        settings.GALLERY_TRASH_DAYS = 0
        batch.carry_out(asked("delete"), by=ann)

    return {
        "tag": lambda: once("tag", tags=["new", "SEA"]),
        "move": lambda: once("move", album_id=album["other"].uid),
        "delete": lambda: once("delete"),
        "purge": purge,
        "flip": lambda: album_changes.edit_album(album["top"], {"privacy_setting": "private"}),
        "trash-album": lambda: album_changes.trash_album(album["top"], images="all"),
        "purge-album": lambda: album_changes.trash_album(album["top"], images="orphans", for_good=True),
        "empty": lambda: emptying.empty_trash(of=ann),
    }


def state() -> str:
    """What a deed may change, without the moments."""
    from django.db.models import Q

    from accounts.models import User
    from albums.models import Album
    from images.models import AlbumImage, Image, ImageTag

    trashed = Q(trashed_at__isnull=False)
    images, albums = (kind.objects.annotate(trashed=trashed).order_by("pk") for kind in (Image, Album))
    rows: list[Any] = [
        images.values_list("pk", "privacy_setting", "trashed", "is_listed"),
        AlbumImage.objects.order_by("album", "display_order").values_list("album", "image", "display_order"),
        ImageTag.objects.order_by("content_object", "tag").values_list("content_object", "tag__name", "spelling"),
        albums.values_list("pk", "path", "policy", "privacy_setting", "trashed"),
        User.objects.values_list("total_images", "storage_used", "trash_bytes"),
    ]
    return json.dumps([list(map(list, row)) for row in rows])


def untold_files() -> list[str]:
    """After housekeeping: files without a row, and rows without their file."""
    from images import store, trash
    from images.models import FileRemoval, Image

    trash.remove_files()
    told = {store.on_disk(path) for path in Image.objects.values_list("file_path", flat=True)}
    told |= {store.on_disk(store.renditions_path(uid)) for uid in Image.objects.values_list("uid", flat=True)}
    roots = (store.on_disk(store.ORIGINALS), store.on_disk(store.RENDITIONS))
    there = {path for root in roots for shelf in root.iterdir() for path in shelf.iterdir()}
    left = [note.path for note in FileRemoval.objects.all()]
    return [*map(str, told ^ there), *left, *map(str, store.on_disk(store.INCOMING).iterdir())]


def survives(deed: str, *, last: int) -> bool:
    """Do it in a child that dies before its step of that number; whether it got to its end."""
    pid = os.fork()
    if pid == 0:
        from django.db import connection

        from images import store

        do = deeds()[deed]
        steps = Steps(last)
        connection._commit = steps.around(connection._commit)
        store.remove = steps.around(store.remove)
        with connection.execute_wrapper(steps.statement):
            do()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if not os.WIFSIGNALED(status) and os.WEXITSTATUS(status):
        raise RuntimeError(f"{deed} failed by itself")
    return not os.WIFSIGNALED(status)


def deaths(deed: str, every: int) -> Iterator[dict[str, Any]]:
    """What was left after each: before any, after dying at each step, and at last after the whole deed."""
    from django.core.management import CommandError, call_command
    from django.db import connection

    data = Path(settings.DATA_DIR)
    aside = data.with_name(f"{data.name}-aside")
    shutil.copytree(data, aside)
    connection.close()
    yield {"state": state(), "wrong": "", "files": []}
    done, step = False, 1 - every
    while not done:
        step += every
        connection.close()
        shutil.rmtree(data)
        shutil.copytree(aside, data)
        done = survives(deed, last=step)
        wrong = ""
        try:
            call_command("recount", check=True, stdout=open(os.devnull, "w"))  # noqa: SIM115  it ends with us
        except CommandError as trouble:
            wrong = str(trouble)
        left = {"state": state(), "wrong": wrong, "files": untold_files()}
        connection.close()
        if deed in ASKED_AGAIN:
            survives(deed, last=-1)
            left["again"] = state()
        yield left


if __name__ == "__main__":
    settings.DATABASES["default"]["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"  # nobody cuts the power
    django.setup()
    if sys.argv[1] == "make":
        make()
    else:
        for death in deaths(sys.argv[1], int(sys.argv[2])):
            print(json.dumps(death))  # noqa: T201  it is what the program is for
