"""The JSON of members and links: what is sent, and what is answered."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from albums.models import AlbumMember, ShareLink
from gallery_site.serializers import ChoiceField, StrictSerializer
from images.shapes import Person

LONGEST_LINK_PASSWORD = 128


class MemberBody(StrictSerializer):
    username = serializers.CharField(max_length=254)
    role = ChoiceField(AlbumMember.Role.choices, required=False, default=AlbumMember.Role.VIEWER)


class MemberSerializer(serializers.ModelSerializer):
    user = serializers.SerializerMethodField()

    class Meta:
        model = AlbumMember
        ref_name = "Member"
        fields = ["user", "role", "added_at"]
        read_only_fields = fields

    @extend_schema_field(Person)
    def get_user(self, member: AlbumMember) -> dict[str, str]:
        return {"id": str(member.user.uid), "username": member.user.username}


class LinkBody(StrictSerializer):
    password = serializers.CharField(
        max_length=LONGEST_LINK_PASSWORD, required=False, allow_null=True, trim_whitespace=False, write_only=True
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)
    allow_download = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="null: as the album"
    )
    show_location = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="null: as the album"
    )

    def validate_password(self, value: str | None) -> str:
        return value or ""


class LinkSerializer(serializers.ModelSerializer):
    id = serializers.UUIDField(source="uid")
    has_password = serializers.BooleanField()

    class Meta:
        model = ShareLink
        ref_name = "Link"
        fields = ["id", "has_password", "expires_at", "allow_download", "show_location", "created_at", "last_used_at"]
        read_only_fields = fields


class NewLinkSerializer(LinkSerializer):
    url = serializers.URLField(help_text="Shown this once.")
    token = serializers.CharField(help_text="The secret in it, shown this once.")

    class Meta(LinkSerializer.Meta):
        ref_name = "NewLink"
        fields = ["id", "url", "token", *LinkSerializer.Meta.fields[1:]]
        read_only_fields = fields


def link_json(link: ShareLink, **secrets: Any) -> dict[str, Any]:
    """A link in its form; `secrets` (url, token) are there for one just made."""
    return {**LinkSerializer(link).data, **secrets}
