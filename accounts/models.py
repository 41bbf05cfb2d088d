"""People and the tokens they sign in with."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone

from accounts import preferences
from gallery_site.public_id import new_public_id
from gallery_site.writing import writing

USERNAME_PATTERN = r"^[A-Za-z0-9_.-]{3,30}\Z"


class UserQuerySet(models.QuerySet["User"]):
    """Words that compare in the database's own lower case, so that the unique indexes answer them."""

    def named(self, name: str) -> "UserQuerySet":
        """The user of this name, without regard to case."""
        return self.alias(any_case=Lower("username")).filter(any_case=Lower(Value(name)))

    def with_email(self, email: str) -> "UserQuerySet":
        """The user of this email, without regard to case."""
        return self.alias(any_case=Lower("email")).filter(any_case=Lower(Value(UserManager.normalize_email(email))))

    def known_as(self, identifier: str) -> "UserQuerySet":
        """By name **or** email: a name holds no `@`, so the two never cross."""
        return self.with_email(identifier) if "@" in identifier else self.named(identifier)


class UserManager(DjangoUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # a class made at run time
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.known_as(username or "").get()


class User(AbstractUser):
    """A person. Counters are kept by the deeds that change them, and proved by `manage.py recount`."""

    first_name = None  # type: ignore[assignment]  # a gallery asks for no civil name
    last_name = None  # type: ignore[assignment]
    date_joined = None  # type: ignore[assignment]  # `created_at` says it

    uid = models.UUIDField("id", unique=True, editable=False, default=new_public_id)
    username = models.CharField(
        max_length=30,
        unique=True,
        validators=[RegexValidator(USERNAME_PATTERN, "3 to 30 letters, digits, dots, dashes or underscores.")],
        error_messages={"unique": "This name is taken."},
    )
    email = models.EmailField(max_length=254, unique=True, error_messages={"unique": "This email is taken."})
    is_verified = models.BooleanField("email verified", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    quota_bytes = models.PositiveBigIntegerField(null=True, blank=True, help_text="Empty: the quota of the site.")
    total_images = models.PositiveIntegerField(default=0, editable=False)
    storage_used = models.PositiveBigIntegerField(default=0, editable=False)
    trash_bytes = models.PositiveBigIntegerField(default=0, editable=False)
    chosen_preferences = models.JSONField(default=dict, blank=True)
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    REQUIRED_FIELDS = ["email"]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_name_any_case"),
            models.UniqueConstraint(Lower("email"), name="user_email_any_case"),
        ]

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django's, which ends all sessions when the password changes; with another epoch they end too."""
        return f"{super()._get_session_auth_hash(secret)}{self.session_epoch}"  # type: ignore[misc]

    @property
    def preferences(self) -> dict[str, Any]:
        return preferences.with_defaults(self.chosen_preferences)

    def choose(self, chosen: Mapping[str, Any]) -> None:
        """Change these preferences (validated) and leave the rest, whatever was chosen elsewhere meanwhile."""
        if not chosen:
            return
        with writing():
            now = User.objects.select_for_update().values_list("chosen_preferences", flat=True).get(pk=self.pk)
            self.chosen_preferences = {**now, **chosen}
            self.save(update_fields=["chosen_preferences"])

    @property
    def storage_quota(self) -> int:
        """Bytes of originals this user may store."""
        return settings.GALLERY_QUOTA_BYTES if self.quota_bytes is None else self.quota_bytes

    @property
    def is_moderator(self) -> bool:
        """Of the staff, and an administrator or in the group; asks the database for staff only."""
        return (
            self.is_active and self.is_staff and (self.is_superuser or self.groups.filter(name="Moderators").exists())
        )


class BearerTokenQuerySet(models.QuerySet["BearerToken"]):
    def valid(self, at: datetime) -> "BearerTokenQuerySet":
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=at), user__is_active=True)

    def owned_by(self, user: User) -> "BearerTokenQuerySet":
        return self.filter(user=user)

    def opened_by(self, secret: str) -> "BearerTokenQuerySet":
        """The one whose secret this is."""
        return self.filter(token_hash=BearerToken.hash_of(secret))


class BearerToken(models.Model):
    """What a program signs in with. The token itself is shown once; only its hash is kept."""

    uid = models.UUIDField(unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = BearerTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def hash_of(token: str) -> str:
        """sha-256, hex: enough for a secret of 256 random bits, which no dictionary holds."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, *, user: User, name: str, expires_at: datetime | None = None) -> tuple["BearerToken", str]:
        """Make a token for `user`; returns the row and the secret, which cannot be had again."""
        secret = secrets.token_urlsafe(32)
        return cls.objects.create(user=user, name=name, expires_at=expires_at, token_hash=cls.hash_of(secret)), secret


class AuditEntry(models.Model):
    """An act of the staff: who, what, to whom or what, when and why. Names are kept, since rows may go."""

    at = models.DateTimeField(default=timezone.now, editable=False, db_index=True)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", editable=False)
    actor_name = models.CharField(max_length=30, editable=False)
    action = models.CharField(max_length=30, editable=False)
    target_kind = models.CharField(max_length=10, editable=False)
    target_id = models.UUIDField(editable=False, db_index=True)
    target_name = models.CharField(max_length=255, editable=False)
    reason = models.CharField(max_length=500, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit log"

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.action} {self.target_kind} {self.target_name}"
