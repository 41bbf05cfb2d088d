"""Albums: a tree with one policy for who may see what, its members, and the links that open it."""

import hashlib
import secrets
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import models
from django.utils import timezone

from albums.querysets import AlbumMemberQuerySet, AlbumQuerySet, ShareLinkQuerySet
from gallery_site.folding import fold
from gallery_site.public_id import new_public_id

# The sort keys of the lists.
SORT_KEYS = ("name_sort", "created_at", "updated_at")
MAX_DEPTH = 10
SEGMENT_WIDTH = 7
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Privacy(models.TextChoices):
    INHERIT = "inherit"
    PRIVATE = "private"
    SHARED = "shared"
    PUBLIC = "public"


def path_segment(pk: int) -> str:
    """`pk` in base 36, SEGMENT_WIDTH characters wide (78 thousand million albums): sorts as the number does."""
    digits = ""
    while pk:
        pk, rest = divmod(pk, 36)
        digits = _DIGITS[rest] + digits
    return digits.rjust(SEGMENT_WIDTH, "0")


class Album(models.Model):
    """An ordered set of images and a place in its owner's tree.

    `path` is the materialised path: one fixed-width segment for each ancestor and itself, so a subtree is a range of
    strings. `policy` is the nearest ancestor-or-self whose privacy is not `inherit`; its members and links count here
    too. `is_hidden` says that a moderator hid it, or one that it inherits through. `shows_location`,
    `allows_download` and `settled_watermark` are what the nearest ancestor-or-self says that says anything (None:
    nobody does, so the owner's preference holds). All of these are kept by `albums.tree`.

    `image_count` counts the images in it that are not in the trash, `listed_count` those of them that everyone may
    see; both are kept by `images.ledger`.
    """

    uid = models.UUIDField("id", unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="albums")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=SEGMENT_WIDTH * MAX_DEPTH, editable=False, default="")
    policy = models.ForeignKey("self", models.CASCADE, null=True, editable=False, related_name="+")
    name = models.CharField(max_length=200)
    name_sort = models.CharField(max_length=200, editable=False, default="")
    description = models.TextField(max_length=10_000, blank=True)
    privacy_setting = models.CharField(max_length=7, choices=Privacy, default=Privacy.PRIVATE)
    show_location = models.BooleanField(null=True, blank=True)
    allow_download = models.BooleanField(null=True, blank=True)
    watermark = models.JSONField(null=True, blank=True)
    image_count = models.PositiveIntegerField(default=0, editable=False)
    listed_count = models.PositiveIntegerField(default=0, editable=False)
    shows_location = models.BooleanField(null=True, editable=False)
    allows_download = models.BooleanField(null=True, editable=False)
    settled_watermark = models.JSONField(null=True, editable=False)
    hidden_at = models.DateTimeField("hidden by a moderator at", null=True, blank=True, editable=False)
    hidden_reason = models.CharField(max_length=500, blank=True, editable=False)
    is_hidden = models.BooleanField(default=False, editable=False)
    open_reports = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    trashed_at = models.DateTimeField(null=True, blank=True, editable=False)
    trash_step = models.UUIDField(null=True, blank=True, editable=False, db_index=True)

    objects: ClassVar[models.Manager["Album"]] = AlbumQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["path"], name="album_path"),
            models.Index(fields=["user", "name_sort", "id"], name="album_user_name"),
            models.Index(fields=["user", "created_at", "id"], name="album_user_created"),
            models.Index(fields=["user", "updated_at", "id"], name="album_user_updated"),
            *(models.Index(fields=[key, "id"], name=f"album_{key}") for key in SORT_KEYS),
            models.Index(fields=["policy"], name="album_policy"),
            models.Index(fields=["-open_reports", "-id"], name="album_reported"),
            models.Index(
                fields=["trashed_at", "id"], condition=models.Q(trashed_at__isnull=False), name="album_trashed"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        self.name_sort = fold(self.name)[:200]
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def depth(self) -> int:
        """1 for a top album."""
        return len(self.path) // SEGMENT_WIDTH

    @property
    def ancestor_ids(self) -> list[int]:
        """Integer keys of the ancestors, top first."""
        segments = [self.path[i : i + SEGMENT_WIDTH] for i in range(0, len(self.path), SEGMENT_WIDTH)]
        return [int(segment, 36) for segment in segments[:-1]]

    @property
    def effective_privacy(self) -> str:
        return self.policy.privacy_setting if self.policy else Privacy.PRIVATE


class AlbumMember(models.Model):
    """Somebody whom the owner lets in: a viewer sees, a contributor may also add images of his own.

    A row counts for the album and for all that inherit from it, as long as the album is shared or public.
    """

    class Role(models.TextChoices):
        VIEWER = "viewer"
        CONTRIBUTOR = "contributor"

    album = models.ForeignKey(Album, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=11, choices=Role, default=Role.VIEWER)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[models.Manager["AlbumMember"]] = AlbumMemberQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "album"], name="member_once_per_album")]

    def __str__(self) -> str:
        return f"{self.user} in {self.album}"


class ShareLink(models.Model):
    """A secret address that opens an album, and those below it with the same policy, to whoever holds it.

    The token is shown once; only its hash is kept, and of the password too. `allow_download` and `show_location`
    speak for whoever comes by this link; None: as the album.
    """

    uid = models.UUIDField("id", unique=True, editable=False, default=new_public_id)
    album = models.ForeignKey(Album, models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    password = models.CharField(max_length=128, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    allow_download = models.BooleanField(null=True, blank=True)
    show_location = models.BooleanField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[models.Manager["ShareLink"]] = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"link {self.uid} to {self.album}"

    @staticmethod
    def hash_of(token: str) -> str:
        """sha-256, hex: enough for a secret of 256 random bits, which no dictionary holds."""
        return hashlib.sha256(token.encode()).hexdigest()

    @staticmethod
    def new_token() -> str:
        return secrets.token_urlsafe(32)

    @property
    def has_ended(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def has_password(self) -> bool:
        return bool(self.password)

    def set_password(self, password: str) -> None:
        """Keep a slow hash of it; "" for none."""
        self.password = make_password(password) if password else ""

    def opens_with(self, password: str) -> bool:
        return not self.password or check_password(password, self.password)
