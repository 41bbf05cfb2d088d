"""What is kept of a picture's likeness."""

from django.db import models
from django.db.models import Q

from images.likeness import BANDS, bands


class Likened(models.Model):
    """Something that shows a picture. `likeness` is its hash (see `images.likeness`), None where there is too little to
    see; `likeness_0` to `_3` are the bands of it by which `images.nearness` finds what is near."""

    likeness = models.BigIntegerField("perceptual hash", null=True, editable=False)
    likeness_0 = models.PositiveIntegerField(null=True, editable=False)
    likeness_1 = models.PositiveIntegerField(null=True, editable=False)
    likeness_2 = models.PositiveIntegerField(null=True, editable=False)
    likeness_3 = models.PositiveIntegerField(null=True, editable=False)

    class Meta:
        abstract = True

    def take_likeness(self, likeness: int | None) -> None:
        """Set the hash and its bands, which belong together."""
        self.likeness = likeness
        for n in range(BANDS):
            setattr(self, f"likeness_{n}", None if likeness is None else bands(likeness)[n])


def band_indexes(name: str, *within: str) -> list[models.Index]:
    """An index for each band, which answers a search alone: also one among the rows that share the columns `within`."""
    return [
        models.Index(
            fields=[f"likeness_{n}", *within, "likeness"],
            condition=Q(**{f"likeness_{n}__isnull": False}),
            name=f"{name}_likeness_{n}",
        )
        for n in range(BANDS)
    ]
