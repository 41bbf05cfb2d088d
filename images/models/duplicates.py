"""What an owner has said of images that look alike."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from images.models.image import Image


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
