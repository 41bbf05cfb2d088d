"""What people report, and what may not come again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from albums.models import Album
from gallery_site.public_id import new_public_id
from images.models.image import Image
from images.models.likened import Likened, band_indexes


class Report(models.Model):
    """Somebody says that an image or an album should not be here. Open until a moderator has decided.

    `reporter_hash` tells two reports of one person from those of two, also where nobody is signed in.
    """

    class Reason(models.TextChoices):
        SPAM = "spam"
        NUDITY = "nudity"
        VIOLENCE = "violence"
        COPYRIGHT = "copyright"
        PRIVACY = "privacy"
        ILLEGAL = "illegal", "against the law"
        OTHER = "other", "something else"

    uid = models.UUIDField("id", unique=True, editable=False, default=new_public_id)
    image = models.ForeignKey(Image, models.CASCADE, null=True, blank=True, related_name="reports")
    album = models.ForeignKey(Album, models.CASCADE, null=True, blank=True, related_name="reports")
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reporter_hash = models.CharField(max_length=32, editable=False)
    reason = models.CharField(max_length=10, choices=Reason)
    note = models.TextField(max_length=2_000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(image=None, album__isnull=False) | Q(image__isnull=False, album=None),
                name="report_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["image", "reporter_hash"], condition=Q(closed_at=None), name="report_once_of_image"
            ),
            models.UniqueConstraint(
                fields=["album", "reporter_hash"], condition=Q(closed_at=None), name="report_once_of_album"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.image or self.album}"


class BlockedHash(Likened):
    """The sha-256 of a picture that was removed and is refused when anybody uploads it again, and its likeness, by
    which near copies are."""

    file_hash = models.CharField("sha-256", max_length=64, unique=True)
    reason = models.CharField(max_length=500)
    blocked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "blocked hashes"
        indexes = band_indexes("blocked")

    def __str__(self) -> str:
        return self.file_hash
