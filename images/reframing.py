"""Cutting and turning an image, in steps that can be taken back. The original file never changes."""

from collections.abc import Callable, Iterable

from django.db import transaction

from gallery_site.writing import writing
from images import blocking, purging, store
from images.darkroom.pool import DarkroomError
from images.developing import develop_framed
from images.framing import Framing, Step
from images.making import only_maker
from images.models import FileRemoval, Image
from images.trash import remove_files

MOST_STEPS = 100

Steps = list[Step]


class Impossible(Exception):
    """An edit that can't be, and why."""


class TooManySteps(Impossible):
    """An image has as many steps as are kept; taking some back makes room."""

    def __init__(self) -> None:
        super().__init__(f"An image has at most {MOST_STEPS} edits. Undo some first.")


class NothingToUndo(Impossible):
    """The image is as its original is."""

    def __init__(self) -> None:
        super().__init__("There is no edit to undo.")


class ShowsBlocked(Impossible):
    """What would be seen is nearly a blocked picture (images.blocking)."""

    def __init__(self) -> None:
        super().__init__(
            "That would show nearly a picture that the moderators removed from the gallery. If it is another one, ask"
            " them."
        )


def add_step(image: Image, step: Step) -> None:
    """Rotate, flip or crop what is displayed (see `images.framing`).

    All deeds here make the renditions of a new version before the row names it, and leave `image` fresh. They raise
    FileNotFoundError when the original is gone, Image.DoesNotExist when the row is, and what the darkroom raises. This
    one raises images.framing.OutOfPicture for a crop that is not inside, TooManySteps, and ShowsBlocked.
    """

    def added(steps: Steps) -> Steps:
        if len(steps) >= MOST_STEPS:
            raise TooManySteps
        return [*steps, dict(step)]

    _reframe(image, added)


def undo_step(image: Image) -> None:
    """Take the last step back. Raises NothingToUndo."""

    def shortened(steps: Steps) -> Steps:
        if not steps:
            raise NothingToUndo
        return steps[:-1]

    _reframe(image, shortened)


def undo_all(image: Image) -> None:
    """Show the original as it is; nothing happens where that is so already."""
    _reframe(image, lambda steps: [])


def _reframe(image: Image, change: Callable[[Steps], Steps]) -> None:
    """One edit of an image at a time, whatever the process; each begins with what the last one left. What is made of an
    image that is purged meanwhile, and its folders with it, does not stay."""
    folder = store.renditions_path(image.uid)
    try:
        with only_maker(store.on_disk(folder)):
            _reframe_in_turn(image, change)
    except (FileNotFoundError, DarkroomError, Image.DoesNotExist) as trouble:
        if Image.objects.filter(pk=image.pk).exists():
            raise
        with writing():
            _remove([folder])
        raise Image.DoesNotExist from trouble


def _reframe_in_turn(image: Image, change: Callable[[Steps], Steps]) -> None:
    image.refresh_from_db()
    before = image.edits.get("steps", [])
    steps = change(list(before))
    if steps == before:
        return
    source = image.source_size
    framing, version = Framing.whole(*source).after(steps), image.version + 1
    folder = store.renditions_path(image.uid, version)
    store.remove(folder)  # of an edit that was killed
    picture = develop_framed(image, framing, into=store.on_disk(folder))
    if len(steps) > len(before) and blocking.is_near_blocked(picture.likeness):
        store.remove(folder)
        raise ShowsBlocked
    width, height = framing.size
    changed = {
        "edits": {"of": source, "steps": steps} if steps else {},
        "version": version,
        "image_width": width,
        "image_height": height,
        "placeholder": picture.placeholder,
        "dominant_color": picture.dominant_color,
    }
    with writing():
        rows = Image.objects.filter(pk=image.pk)
        if rows.update(**changed):
            purging.purge(list(rows.filter(is_listed=True).values_list("uid", flat=True)))
            _remove([path(image.uid, image.version) for path in (store.renditions_path, store.converted_path)])
    image.refresh_from_db()


def _remove(paths: Iterable[str]) -> None:
    """Inside the transaction after which nothing needs them."""
    FileRemoval.objects.bulk_create(FileRemoval(path=path) for path in paths)
    transaction.on_commit(remove_files)
