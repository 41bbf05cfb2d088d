"""An image, and what its file tells of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from albums.models import Album
from gallery_site.folding import fold
from gallery_site.public_id import new_public_id
from images.framing import Framing
from images.metadata.dates import instant_of
from images.models.likened import Likened, band_indexes
from images.querysets import ImageQuerySet
from images.renditions import RenditionKey
from images.store import rendition_path

# The sort keys of the lists; upload order is the order of `id`.
SORT_KEYS = ("taken_sort", "name_sort", "file_size", "view_count")


class Privacy(models.TextChoices):
    INHERIT = "inherit", "as its albums"
    PRIVATE = "private", "only me"
    PUBLIC = "public", "everyone"


class Status(models.TextChoices):
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Image(Likened):  # type: ignore[django-manager-missing]  # ImageTag comes from taggit, which has no types
    """One uploaded original. The file itself is never changed.

    `is_listed` says that everyone may see it now; `images.ledger` keeps it, with the counts that follow from it, in
    the transaction of whatever changes it. `edits` is {"of": [width, height] of the original upright, "steps": [...]}
    (see `images.framing`), or empty; `image_width` and `image_height` are of what is displayed. Likeness,
    `tones` (of `images.likeness`; empty until they are known) and `pixel_hash` (empty unless a duplicate is suspected)
    are of the original. `taken_sort` and `name_sort` are never null: keyset paging needs that. The order of `id` is the
    order of upload.
    """

    uid = models.UUIDField("id", unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="images")
    filename = models.CharField(max_length=60, editable=False)
    original_filename = models.CharField(max_length=255, editable=False)
    file_path = models.CharField(max_length=100, editable=False)
    file_size = models.PositiveBigIntegerField(editable=False)
    file_hash = models.CharField("sha-256", max_length=64, editable=False)
    mime_type = models.CharField(max_length=30, editable=False)
    image_width = models.PositiveIntegerField(editable=False)
    image_height = models.PositiveIntegerField(editable=False)
    frames = models.PositiveIntegerField(default=1, editable=False)
    placeholder = models.CharField(max_length=200, blank=True, editable=False)
    dominant_color = models.CharField(max_length=7, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    edits = models.JSONField(default=dict, blank=True, editable=False)
    tones = models.CharField("colours of sixteen fields", max_length=64, blank=True, editable=False)
    pixel_hash = models.CharField("sha-256 of the decoded pixels", max_length=64, blank=True, editable=False)

    title = models.CharField(max_length=255, blank=True)
    description = models.TextField(max_length=10_000, blank=True)
    rating = models.SmallIntegerField(null=True, blank=True)
    privacy_setting = models.CharField(max_length=7, choices=Privacy, default=Privacy.INHERIT)
    status = models.CharField(max_length=10, choices=Status, default=Status.READY, editable=False)

    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    trash_step = models.UUIDField(null=True, blank=True, editable=False)
    view_count = models.PositiveIntegerField(default=0, editable=False)
    download_count = models.PositiveIntegerField(default=0, editable=False)
    last_viewed_at = models.DateTimeField(null=True, blank=True, editable=False)

    hidden_at = models.DateTimeField("hidden by a moderator at", null=True, blank=True, editable=False)
    hidden_reason = models.CharField(max_length=500, blank=True, editable=False)
    open_reports = models.PositiveIntegerField(default=0, editable=False)

    is_listed = models.BooleanField(default=False, editable=False)
    taken_sort = models.DateTimeField(default=timezone.now, editable=False)
    name_sort = models.CharField(max_length=255, editable=False)

    albums = models.ManyToManyField(Album, through="AlbumImage", related_name="images")

    objects: ClassVar[models.Manager["Image"]] = ImageQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "file_hash"], name="image_once_per_owner")]
        indexes = [
            models.Index(fields=["id"], condition=Q(is_listed=True), name="image_listed"),
            models.Index(fields=["user", "id"], condition=Q(trashed_at=None), name="image_own"),
            *(
                models.Index(fields=[key, "id"], condition=Q(is_listed=True), name=f"image_listed_{key}")
                for key in SORT_KEYS
            ),
            *(
                models.Index(fields=["user", key, "id"], condition=Q(trashed_at=None), name=f"image_own_{key}")
                for key in SORT_KEYS
            ),
            models.Index(fields=["trashed_at", "id"], condition=Q(trashed_at__isnull=False), name="image_trashed"),
            models.Index(fields=["id"], condition=Q(hidden_at__isnull=False), name="image_hidden"),
            models.Index(fields=["-open_reports", "-id"], name="image_reported"),
            *band_indexes("image", "user"),
            models.Index(fields=["id"], condition=Q(tones=""), name="image_without_tones"),
            models.Index(fields=["trash_step"], condition=Q(trash_step__isnull=False), name="image_trash_step"),
        ]

    def __str__(self) -> str:
        return self.title or self.original_filename

    def save(self, *args: object, **kwargs: object) -> None:
        self.name_sort = fold(self.title or self.original_filename)[:255]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def take_date(self, date_taken: str) -> None:
        """Set the moment behind `date_taken` by which the image is ordered; without a date it is the upload."""
        self.taken_sort = instant_of(date_taken) if date_taken else self.uploaded_at

    @property
    def source_size(self) -> tuple[int, int]:
        """Width and height of the original, upright, whatever was cut and turned since."""
        width, height = self.edits["of"] if self.edits else (self.image_width, self.image_height)
        return width, height

    @property
    def framing(self) -> Framing | None:
        """The part of the original that is shown, and how it is turned; None: all of it, as it is."""
        return Framing.whole(*self.source_size).after(self.edits["steps"]) if self.edits else None

    @property
    def thumbnail_path(self) -> str:
        """Where the default thumbnail stands, relative to the media root (derived, never stored)."""
        return rendition_path(self.uid, self.version, RenditionKey(640, "jpeg"))


class ImageMetadata(models.Model):
    """What the file tells of its picture. `date_taken` is as the camera wrote it (its own offset, or none)."""

    image = models.OneToOneField(Image, models.CASCADE, primary_key=True, related_name="metadata")
    camera_make = models.CharField(max_length=100, blank=True)
    camera_model = models.CharField(max_length=100, blank=True)
    lens_model = models.CharField(max_length=100, blank=True)
    date_taken = models.CharField(max_length=40, blank=True)
    focal_length = models.FloatField("focal length, mm", null=True, blank=True)
    aperture = models.CharField("f-number", max_length=20, blank=True)
    iso = models.PositiveIntegerField(null=True, blank=True)
    shutter_speed = models.CharField(max_length=20, blank=True)
    orientation = models.PositiveSmallIntegerField(default=1)
    color_profile = models.CharField(max_length=255, blank=True)
    location_lat = models.FloatField("latitude, degrees", null=True, blank=True)
    location_lon = models.FloatField("longitude, degrees", null=True, blank=True)
    altitude = models.FloatField("altitude, m", null=True, blank=True)
    exif_data = models.JSONField(default=dict, blank=True)
    iptc = models.JSONField(default=dict, blank=True)
    xmp = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["camera_model", "image"], name="metadata_camera"),
            models.Index(fields=["location_lat", "location_lon"], name="metadata_location"),
        ]

    def __str__(self) -> str:
        return f"metadata of {self.image_id}"
