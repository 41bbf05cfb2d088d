"""The JSON of people, their preferences and their tokens."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import RegexValidator
from django.utils import timezone
from rest_framework import serializers

from accounts import preferences
from accounts.models import USERNAME_PATTERN, BearerToken, User
from gallery_site.serializers import ChoiceField, StrictSerializer
from images.watermark_json import WatermarkBody
from images.watermarks import NONE

LONGEST_PASSWORD = 1_000


class PasswordField(serializers.CharField):
    """A password as it was typed: blanks at its ends are part of it."""

    def __init__(self, **kwargs: Any) -> None:
        style = {"input_type": "password"}
        super().__init__(max_length=LONGEST_PASSWORD, trim_whitespace=False, write_only=True, style=style, **kwargs)


def refuse_weak_password(password: str, user: User, *, field: str) -> None:
    """Ask Django's validators; raises a validation error on `field`."""
    try:
        validate_password(password, user)
    except DjangoValidationError as trouble:
        raise serializers.ValidationError(
            {field: serializers.as_serializer_error(trouble)["non_field_errors"]}
        ) from None


class PersonSerializer(serializers.ModelSerializer):
    """A user as he sees himself."""

    id = serializers.UUIDField(source="uid")
    storage_used = serializers.IntegerField(min_value=0, help_text="Bytes of originals, the trash included.")

    class Meta:
        model = User
        ref_name = "User"
        fields = ["id", "username", "email", "created_at", "is_verified", "total_images", "storage_used"]
        read_only_fields = fields


class RegisterSerializer(StrictSerializer):
    username = serializers.CharField(
        min_length=3,
        max_length=30,
        validators=[RegexValidator(USERNAME_PATTERN, "Letters, digits, dots, dashes and underscores only.")],
    )
    email = serializers.EmailField(max_length=254)
    password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        refuse_weak_password(
            attrs["password"], User(username=attrs["username"], email=attrs["email"]), field="password"
        )
        return attrs


class LoginSerializer(StrictSerializer):
    username = serializers.CharField(max_length=254, required=False, help_text="The name or the email.")
    email = serializers.CharField(max_length=254, required=False, help_text="The same, by another name.")
    password = PasswordField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        identifier = attrs.get("username") or attrs.get("email")
        if not identifier:
            raise serializers.ValidationError({"username": "The name or the email is needed."}, code="required")
        return {"identifier": identifier, "password": attrs["password"]}


class PreferencesSerializer(StrictSerializer):
    default_privacy = ChoiceField(preferences.IMAGE_PRIVACIES, help_text="Of new images.")
    theme = ChoiceField(preferences.THEMES)
    language = ChoiceField(preferences.LANGUAGES)
    page_size = serializers.IntegerField(min_value=1, max_value=preferences.LARGEST_PAGE)
    album_delete_mode = ChoiceField(preferences.ALBUM_DELETE_MODES)
    allow_download = serializers.BooleanField(
        help_text="Others download own images, unless an album or link says otherwise."
    )
    show_location = serializers.BooleanField(
        help_text="Others see where own images were taken, unless an album or link says otherwise."
    )
    watermark = WatermarkBody(allow_null=True, help_text="What lies over what others see; null for none.")

    def validate_watermark(self, value: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if value == NONE else value


class StatisticsSerializer(serializers.Serializer):
    images = serializers.IntegerField(help_text="Not in the trash.")
    albums = serializers.IntegerField(help_text="Not in the trash.")
    storage_used = serializers.IntegerField(help_text="Bytes of originals, the trash included.")
    storage_quota = serializers.IntegerField(help_text="Bytes.")
    trash_bytes = serializers.IntegerField()
    views = serializers.IntegerField(help_text="Of the images not in the trash.")
    downloads = serializers.IntegerField(help_text="Of the images not in the trash.")


class AccountSerializer(PersonSerializer):
    """The user with statistics and preferences; `statistics` comes by the context."""

    statistics = serializers.SerializerMethodField()
    preferences = PreferencesSerializer()

    class Meta(PersonSerializer.Meta):
        ref_name = "Account"
        fields = [*PersonSerializer.Meta.fields, "statistics", "preferences"]
        read_only_fields = fields

    def get_statistics(self, user: User) -> StatisticsSerializer:
        return self.context["statistics"]


class AccountChangeSerializer(PreferencesSerializer):
    """Preferences, in the body itself or in its `preferences` (which wins); email, password with the present one."""

    preferences = PreferencesSerializer(required=False, partial=True)
    email = serializers.EmailField(max_length=254, required=False)
    password = PasswordField(required=False, help_text="A new one: ends all other sessions, and all tokens.")
    current_password = PasswordField(required=False, help_text="Needed to change the email or the password.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("email" in attrs or "password" in attrs) and "current_password" not in attrs:
            raise serializers.ValidationError({"current_password": "Your present password is needed."}, code="required")
        if "password" in attrs:
            refuse_weak_password(attrs["password"], self.context["user"], field="password")
        return attrs

    @property
    def chosen(self) -> dict[str, Any]:
        """The preferences of the body, wherever in it they stood."""
        flat = {name: value for name, value in self.validated_data.items() if name in preferences.DEFAULTS}
        return flat | self.validated_data.get("preferences", {})


class TokenSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="uid")

    class Meta:
        model = BearerToken
        ref_name = "Token"
        fields = ["id", "name", "created_at", "expires_at", "last_used_at"]
        read_only_fields = fields


class NewTokenSerializer(TokenSerializer):
    token = serializers.CharField(source="secret", help_text="Shown this once.")

    class Meta(TokenSerializer.Meta):
        ref_name = "NewToken"
        fields = [*TokenSerializer.Meta.fields, "token"]
        read_only_fields = fields


class TokenRequestSerializer(StrictSerializer):
    name = serializers.CharField(max_length=100)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_expires_at(self, value: Any) -> Any:
        if value is not None and value <= timezone.now():
            raise serializers.ValidationError("This is in the past.", code="past")
        return value
