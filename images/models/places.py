"""Where images stand in albums."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from albums.models import Album
from images.models.image import Image


class AlbumImage(models.Model):
    """An image's place in an album. The cover is a flag here: one per album, so there is no circle of keys.

    `is_contributed` says that the image is not the album owner's own; owners never change, so it is set once.
    """

    album = models.ForeignKey(Album, models.CASCADE, related_name="places")
    image = models.ForeignKey(Image, models.CASCADE, related_name="places")
    display_order = models.BigIntegerField(default=0)
    is_cover = models.BooleanField(default=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    is_contributed = models.BooleanField(default=False, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["album", "image"], name="image_once_per_album"),
            models.UniqueConstraint(fields=["album"], condition=Q(is_cover=True), name="one_cover_per_album"),
        ]
        indexes = [
            models.Index(fields=["album", "display_order", "image"], name="place_order"),
            models.Index(fields=["album", "image"], condition=Q(is_contributed=True), name="place_contributed"),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} in {self.album_id}"
