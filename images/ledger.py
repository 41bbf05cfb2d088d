"""The flag and the counts that follow from the rows: `Image.is_listed`, album counts, tag counts, a user's totals.

Every deed that can change one of them runs inside `balanced`, which looks at what the images contribute before and
after, and books the difference: the cost follows the images touched, never the size of an album or of a tag. A shared
cache is told in the same way: of what everyone saw before, and does not see after, or not with that over it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Q, Sum

from accounts.models import User
from albums.models import Album
from gallery_site.each_row import add_to_each
from gallery_site.writing import writing
from images import access, purging
from images.models import AlbumImage, Image, ImageTag, Tag

Column = tuple[type[models.Model], str]
Counts = dict[Column, Counter[int]]
MOST_NAMED = 10_000  # images named in one query; a database takes only so many values at once


@dataclass
class _Balance:
    """The images that a change touches, and what they contributed before it."""

    touched: set[int]
    before: Counts
    watch: purging.Watch

    def join(self, image_ids: Collection[int]) -> None:
        """Take images in that the change comes to touch, as they are now (those it made itself contributed nothing)."""
        new = set(image_ids) - self.touched
        if not new:
            return
        for column, counts in contributions(new).items():
            self.before[column].update(counts)
        self.look_at(new)
        self.touched |= new

    def look_at(self, image_ids: Collection[int]) -> None:
        """Have it seen what a shared cache may hold of these."""
        for part in _parts(image_ids) if image_ids else ():
            self.watch.look_at(Image.objects.filter(pk__in=part))


_open: ContextVar[_Balance | None] = ContextVar("open balance", default=None)


@contextmanager
def balanced(image_ids: Collection[int]) -> Iterator[set[int]]:
    """Run a change of these images and what hangs on them; flags and counts are right when it commits.

    Yields the set of ids, to which the change adds those of images that it makes. A deed inside a deed joins the
    balance that is open: each difference is booked once, at the end of the outermost.
    """
    with writing():
        if (outer := _open.get()) is not None:
            outer.join(image_ids)
            yield outer.touched
            return
        touched = set(image_ids)
        balance = _Balance(touched, contributions(touched), purging.Watch())
        balance.look_at(touched)
        opened = _open.set(balance)
        try:
            yield touched
        finally:
            _open.reset(opened)
        relist(touched)
        balance.watch.purge()
        after = contributions(touched)
        for (model, column), before in balance.before.items():
            after[model, column].subtract(before)
            add_to_each(model, column, after[model, column])


def relist(image_ids: Collection[int]) -> None:
    """Make `is_listed` of these images what the rule says."""
    for part in _parts(image_ids):
        images = Image.objects.filter(pk__in=part)
        listed = set(images.filter(access.listed_to_everyone()).values_list("pk", flat=True))
        shown = set(images.filter(is_listed=True).values_list("pk", flat=True))
        Image.objects.filter(pk__in=listed - shown).update(is_listed=True)
        Image.objects.filter(pk__in=shown - listed).update(is_listed=False)


def contributions(image_ids: Collection[int] | None) -> Counts:
    """What these images (None: all) add to each maintained count, by the key of the row that keeps it."""
    if image_ids is None:
        return _contributions(None)
    total: Counts = defaultdict(Counter)
    for part in _parts(image_ids):
        for column, counts in _contributions(part).items():
            total[column].update(counts)
    return total


def _parts(image_ids: Collection[int]) -> Iterator[list[int]]:
    ids = list(image_ids)
    for start in range(0, max(len(ids), 1), MOST_NAMED):
        yield ids[start : start + MOST_NAMED]


def _contributions(image_ids: Collection[int] | None) -> Counts:
    of_image, of_place, of_use = Q(), Q(), Q()
    if image_ids is not None:
        of_image, of_place = Q(pk__in=image_ids), Q(image__in=image_ids)
        of_use = Q(content_object__in=image_ids)
    images = Image.objects.filter(of_image).order_by()
    places = AlbumImage.objects.filter(of_place, image__trashed_at=None).order_by()
    uses = ImageTag.objects.filter(of_use, content_object__is_listed=True).order_by()
    in_library, in_trash = images.filter(trashed_at=None), images.filter(trashed_at__isnull=False)
    return {
        (User, "total_images"): _sums(in_library.values_list("user").annotate(n=Count("pk"))),
        (User, "trash_bytes"): _sums(in_trash.values_list("user").annotate(n=Sum("file_size"))),
        (Album, "image_count"): _sums(places.values_list("album").annotate(n=Count("pk"))),
        (Album, "listed_count"): _sums(
            places.filter(image__is_listed=True).values_list("album").annotate(n=Count("pk"))
        ),
        (Tag, "usage_count"): _sums(uses.values_list("tag").annotate(n=Count("pk"))),
    }


def _sums(rows: models.QuerySet) -> Counter[int]:
    return Counter(dict(rows))
