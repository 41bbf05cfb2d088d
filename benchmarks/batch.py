"""What deeds on many images cost: each as Gallery does it, against the same done image by image with the ORM.

    python benchmarks/batch.py [IMAGES]

A library of rows without files (1,000 images to work on by default, of ten times as many in one big album) in an SQLite
database that is thrown away, synchronous=FULL as in use. Prints the best of several runs in milliseconds; ratios are
worth more than times. The obvious way keeps no counts, flags or search documents at all, so it has less to do; it runs
in one transaction too, which is undone again.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
RUNS = 3
TAGS = ["sea", "dawn", "family", "summer 2024", "boat"]

Way = Callable[[], object]


def seed(images: int) -> tuple[Any, Any, Any, list[Any]]:
    """The owner, a big album that is public, an empty one, and the images to work on: the first of the big album."""
    from django.core.management import call_command
    from scale import seed as seed_library

    from accounts.models import User
    from accounts.viewer import Viewer
    from albums import tree
    from images import placing
    from images.models import Image

    seed_library(images * 10)
    owner = User.objects.first()
    Image.objects.update(user=owner)
    big = tree.plant(owner=owner, name="big", privacy_setting="public")
    placing.add(list(Image.objects.order_by("pk").values_list("pk", flat=True)), to=big, by=owner)
    call_command("recount", stdout=open(os.devnull, "w"), stderr=open(os.devnull, "w"))  # noqa: SIM115
    chosen = list(Image.objects.order_by("pk")[:images])
    return Viewer(user=owner), big, tree.plant(owner=owner, name="target"), chosen


def deeds(viewer: Any, big: Any, target: Any, images: list[Any]) -> Iterator[tuple[str, Way, Way, Way]]:
    """Name, our way, the obvious way, and what puts things back (not measured)."""
    from django.utils import timezone

    from images import album_changes, batch, placing
    from images.batch import Batch
    from images.models import AlbumImage, ImageTag, Tag

    uids, keys = [image.uid for image in images], [image.pk for image in images]

    def ask(operation: str, **said: Any) -> Way:
        return lambda: batch.carry_out(Batch(operation=operation, image_ids=uids, **said), by=viewer)

    def save_each(**values: Any) -> None:
        for image in images:
            for name, value in values.items():
                setattr(image, name, value)
            image.save(update_fields=list(values))

    def tag_each() -> None:
        for image in images:
            for name in TAGS:
                tag, _ = Tag.objects.get_or_create(name_fold=name, defaults={"name": name, "slug": name})
                ImageTag.objects.get_or_create(tag=tag, content_object=image, defaults={"spelling": name})

    def untag_each() -> None:
        for image in images:
            ImageTag.objects.filter(content_object=image, tag__name__in=TAGS).delete()

    def move_each() -> None:
        for n, image in enumerate(images):
            AlbumImage.objects.filter(image=image, album__user=viewer.user).exclude(album=target).delete()
            AlbumImage.objects.get_or_create(album=target, image=image, defaults={"display_order": n})

    def shift_each() -> None:
        for place in AlbumImage.objects.filter(album=big):
            place.display_order += len(images)
            place.save(update_fields=["display_order"])

    def reorder_each() -> None:
        for n, image in enumerate(images):
            AlbumImage.objects.filter(album=big, image=image).update(display_order=n)

    def put_back() -> None:
        placing.remove(keys, out_of=[target])
        placing.add(keys, to=big, by=viewer.user)

    trashed = {"trashed_at": timezone.now()}
    yield "delete", ask("delete"), lambda: save_each(**trashed), ask("restore")
    ask("delete")()
    yield "restore", ask("restore"), lambda: save_each(trashed_at=None), ask("delete")
    ask("restore")()
    yield "privacy", ask("privacy", privacy_setting="private"), lambda: save_each(privacy_setting="private"), nothing
    ask("privacy", privacy_setting="inherit")()
    yield f"tag, {len(TAGS)} tags", ask("tag", tags=TAGS), tag_each, ask("untag", tags=TAGS)
    ask("tag", tags=TAGS)()
    yield f"untag, {len(TAGS)} tags", ask("untag", tags=TAGS), untag_each, ask("tag", tags=TAGS)
    yield "move", ask("move", album_id=target.uid), move_each, put_back
    placing.remove(keys, out_of=[big, target])
    first = f"insert before {AlbumImage.objects.filter(album=big).count():,} others"
    yield (
        first,
        lambda: placing.add(keys, to=big, by=viewer.user, position=0),
        shift_each,
        lambda: placing.remove(keys, out_of=[big]),
    )
    placing.add(keys, to=big, by=viewer.user)
    yield "put in reverse order", lambda: placing.reorder(keys[::-1], within=big), reorder_each, nothing
    turns = iter(["private", "public"] * 10)
    yield (
        f"flip of {AlbumImage.objects.filter(album=big).count():,}",
        lambda: album_changes.edit_album(big, {"privacy_setting": next(turns)}),
        lambda: [image.save(update_fields=["is_listed"]) for image in big.images.all()],
        nothing,
    )


def undone(way: Way) -> Way:
    from gallery_site.writing import rehearsing

    def rehearse() -> None:
        with rehearsing():
            way()

    return rehearse


def nothing() -> None:
    """There is nothing to put back."""


def best(way: Way, put_back: Way) -> float:
    """Milliseconds, the least of several runs; each run begins with things put back."""
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        way()
        times.append((perf_counter() - start) * 1000)
        put_back()
    return min(times)


def main(arguments: list[str]) -> None:
    images = int(arguments[0]) if arguments else 1_000
    with tempfile.TemporaryDirectory() as data:
        os.environ |= {"GALLERY_DATA_DIR": data, "DJANGO_SETTINGS_MODULE": "gallery_site.settings"}
        sys.path[:0] = [str(PROJECT), str(PROJECT / "benchmarks")]
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        made = seed(images)
        print(f"{images:,} images of {images * 10:,}")
        print(f"{'':32}{'Gallery ms':>12}{'obvious ms':>12}{'ratio':>9}")
        for name, ours, obvious, put_back in deeds(*made):
            mine, theirs = best(ours, put_back), best(undone(obvious), nothing)
            print(f"{name:32}{mine:12.1f}{theirs:12.1f}{theirs / mine:9.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
