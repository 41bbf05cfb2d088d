"""Images that look alike, and what their owner has said of them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from images.models.image import Image


class NearPair(models.Model):
    """Two images of one owner, in library or trash, whose likeness is near: written down when the second one came, so
    that nobody has to search for pairs. `first` has the lower key.

    `pixels_due` says that they may show the same pixels and that nobody has looked yet (`images.comparing` does).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    first = models.ForeignKey(Image, models.CASCADE, related_name="+")
    second = models.ForeignKey(Image, models.CASCADE, related_name="+")
    distance = models.PositiveSmallIntegerField("bits that differ", editable=False)
    pixels_due = models.BooleanField(default=False, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="near_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="near_pair_in_order"),
        ]
        indexes = [
            models.Index(fields=["user", "distance", "id"], condition=Q(pixels_due=True), name="near_pair_due"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} is like {self.second_id}"


class NotDuplicate(models.Model):
    """Two images of one owner that he wants to keep apart, however alike they look; `first` has the lower key."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    first = models.ForeignKey(Image, models.CASCADE, related_name="+")
    second = models.ForeignKey(Image, models.CASCADE, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="kept_apart_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="kept_apart_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} is not {self.second_id}"
