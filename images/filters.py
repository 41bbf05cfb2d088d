"""The filters and orderings of the lists of images, as the query says them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from accounts.viewer import Viewer
from albums.models import Album
from gallery_site.moments import MomentField
from gallery_site.paging import Ordering
from gallery_site.serializers import ChoiceField
from images.models import Image, Privacy
from images.querysets import ImageQuerySet

COLUMNS = {
    "date_taken": "taken_sort",
    "uploaded_at": "pk",
    "name": "name_sort",
    "file_size": "file_size",
    "view_count": "view_count",
}
NEWEST_FIRST = "-uploaded_at"
ORDERINGS = [sign + name for name in COLUMNS for sign in ("", "-")]


class ImageFilters(serializers.Serializer):
    album = serializers.UUIDField(required=False)
    user = serializers.CharField(required=False, max_length=254)
    tag = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=20)
    any_tag = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=20)
    taken_after = MomentField(required=False)
    taken_before = MomentField(required=False)
    uploaded_after = MomentField(required=False)
    uploaded_before = MomentField(required=False)
    camera = serializers.CharField(required=False, max_length=100)
    mime_type = serializers.CharField(required=False, max_length=50)
    privacy = ChoiceField(Privacy.choices, required=False)
    has_location = serializers.BooleanField(required=False, allow_null=True, default=None)
    mine = serializers.BooleanField(required=False, default=False)
    shared = serializers.BooleanField(required=False, default=False)
    in_trash = serializers.BooleanField(required=False, default=False)


class ImageOrdering(serializers.Serializer):
    ordering = ChoiceField(ORDERINGS, required=False, default=NEWEST_FIRST)


def ordering_of(name: str) -> Ordering:
    return Ordering(name, COLUMNS[name.removeprefix("-")])


def filtered(filters: Mapping[str, Any], viewer: Viewer) -> ImageQuerySet:
    """What this viewer may see, narrowed by what was asked."""
    images = Image.objects.in_trash_of(viewer) if filters["in_trash"] else Image.objects.visible_to(viewer)
    if filters["mine"]:
        images = images.owned_by(viewer)
    if filters["shared"]:
        images = images.shared_with(viewer)
    if "album" in filters:
        images = images.in_album(Album.objects.visible_to(viewer).filter(uid=filters["album"]).first())
    if "user" in filters:
        images = images.of_user(filters["user"])
    if "tag" in filters:
        images = images.tagged(filters["tag"])
    if "any_tag" in filters:
        images = images.tagged_any(filters["any_tag"])
    if "camera" in filters:
        images = images.with_camera(filters["camera"])
    if "mime_type" in filters:
        images = images.of_type(filters["mime_type"])
    if "privacy" in filters:
        images = images.with_privacy(filters["privacy"])
    if filters["has_location"] is not None:
        images = images.located(viewer, known=filters["has_location"])
    images = images.taken(after=filters.get("taken_after"), before=filters.get("taken_before"))
    return images.uploaded(after=filters.get("uploaded_after"), before=filters.get("uploaded_before"))
