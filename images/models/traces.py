"""What is left behind by what people do: visits, files to be removed, answers to be given again."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from images.models.image import Image


class Visit(models.Model):
    """A view or a download that counted: who as far as known, when, and from where (a keyed hash)."""

    class Kind(models.TextChoices):
        VIEW = "view"
        DOWNLOAD = "download"

    image = models.ForeignKey(Image, models.CASCADE, related_name="visits")
    kind = models.CharField(max_length=8, choices=Kind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    visitor = models.CharField("who, hashed", max_length=32)
    address_hash = models.CharField(max_length=32)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["image", "visitor", "kind", "at"], name="visit_window"),
            models.Index(fields=["image", "at"], name="visit_history"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.image_id}"


class FileRemoval(models.Model):
    """A file or folder of the media root that no row names any more: written in the transaction that removed the row,
    cleared once it is gone from the disk."""

    path = models.CharField(max_length=200)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.path


class KeptAnswer(models.Model):
    """The answer to a request with an `Idempotency-Key`, to be given again when the same request comes again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField("sha-256 of what was asked", max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="answer_once_per_key")]

    def __str__(self) -> str:
        return self.key


class CachePurge(models.Model):
    """Renditions that a shared cache may still hold though not everyone may see them any more: written in the
    transaction that took the right away, cleared once GALLERY_PURGE_URL was told. `paths` are below the public root; a
    note without an image is about all that the cache holds."""

    uid = models.UUIDField("image", null=True)
    paths = models.JSONField(default=list)
    since = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.uid or "all")
