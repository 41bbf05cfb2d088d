"""Finding: the images that a query means, ranked, counted up to a limit, and with the words that were found in them.

The ranking is in tiers: first where every word is in the title, then where it takes the tags too, then the camera,
then the description; the newest first in each. A score is the tier and the age of the image and nothing else, so it
tells nothing of what the viewer may not see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db import connection
from django.db.models import QuerySet

from gallery_site.paging import Ranked
from images.search import sqlite
from images.search.language import All
from images.search.words import FIELDS

COUNTED = 10_000  # a count is exact up to here
_EPOCH_SECONDS = 2**33  # until the year 2242 the seconds of an upload are a fraction of this


@dataclass(frozen=True)
class Hits:
    """What a query finds among `images`, which the caller has cut to what the viewer sees: a ranking of images by their
    scores, in one tier where no word is wanted."""

    images: QuerySet
    tree: All

    @cached_property
    def count(self) -> int:
        """How many, at most `COUNTED`. One query."""
        return min(self._counted, COUNTED)

    @cached_property
    def count_is_exact(self) -> bool:
        return self._counted <= COUNTED

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, part: slice) -> list[Ranked[float]]:
        """The hits from `part.start` to `part.stop`, best first: at most one query for each tier."""
        start, stop = part.start or 0, part.stop
        if stop is None or start < 0 or stop < 0 or part.step not in (None, 1):
            raise ValueError("A slice of hits is [start:stop].")
        found: list[Ranked[float]] = []
        for tier, images in enumerate(self._tiers):
            if len(found) >= stop:
                break
            found += self._hits(tier, images, stop - len(found))
        return found[start:stop]

    def after(self, place: tuple[int, int] | None, size: int) -> list[Ranked[float]]:
        """The next `size` hits after the one with this (tier, key); None: the first ones.

        A walk costs the same at every place and neither repeats nor skips an image while others are uploaded.
        """
        first_tier, last_key = place or (0, None)
        found: list[Ranked[float]] = []
        for tier, images in enumerate(self._tiers):
            if tier < first_tier or len(found) >= size:
                continue
            rest = images.filter(pk__lt=last_key) if tier == first_tier and last_key is not None else images
            found += self._hits(tier, rest, size - len(found))
        return found

    @cached_property
    def _counted(self) -> int:
        return self._all.order_by()[: COUNTED + 1].count()

    @property
    def _all(self) -> QuerySet:
        if self.tree.wanted:
            return sqlite.matching(self.images, sqlite.expression(self.tree))
        if self.tree.unwanted:
            return sqlite.not_matching(self.images, sqlite.any_of(self.tree.unwanted))
        return self.images.order_by("-pk")

    @property
    def _tiers(self) -> Iterator[QuerySet]:
        """The images of each tier, newest first; a tier leaves out what the better ones have."""
        if not self.tree.wanted:
            yield self._all
            return
        wanted = sqlite.expression(All(self.tree.wanted))
        better = ""
        for upto in range(1, len(FIELDS) + 1):
            match = reach = sqlite.within(FIELDS[:upto], wanted)
            if better:
                match = f"({match}) NOT ({better})"
            better = reach
            yield sqlite.matching(self.images, sqlite.without(match, self.tree.unwanted))

    def _hits(self, tier: int, images: QuerySet, limit: int) -> list[Ranked[float]]:
        base = len(FIELDS) - tier if self.tree.wanted else 0
        return [
            Ranked(tier, pk, base + uploaded_at.timestamp() / _EPOCH_SECONDS)
            for pk, uploaded_at in images.values_list("pk", "uploaded_at")[:limit]
        ]


def find(images: QuerySet, tree: All) -> Hits:
    """What `tree` finds among `images` (a queryset of what the viewer sees, filtered). Runs no query itself."""
    if connection.vendor != "sqlite":
        raise NotImplementedError(f"There is no full-text index for {connection.vendor}.")
    return Hits(images, tree)
