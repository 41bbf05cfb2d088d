"""What the bodies of requests about images and albums may hold."""

import json
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.fields import get_error_detail

from accounts.viewer import Viewer
from albums.models import Album
from albums.models import Privacy as AlbumPrivacy
from albums.querysets import AlbumQuerySet
from gallery_site.serializers import ChoiceField, StrictSerializer
from images.batch import OPERATIONS
from images.duplicate_groups import MOST_IN_GROUP
from images.metadata.dates import parse_date_taken
from images.models import Image, Privacy
from images.tagging import clean_name
from images.watermark_json import WatermarkBody

MOST_IDS = 1_000


class DateTakenField(serializers.CharField):
    """`YYYY-MM-DDTHH:MM:SS[.fff][±HH:MM]`; null or "" takes the date away."""

    default_error_messages = {"invalid_date": "A moment like 2021-05-03T10:20:30, with an offset if it is known."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_blank=True, allow_null=True, max_length=40, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        moment = parse_date_taken(text)
        if text and not moment:
            self.fail("invalid_date")
        return moment


class TagsField(serializers.ListField):
    """A list of words; in a form also one JSON array, since a comma may stand inside a tag."""

    child = serializers.CharField(max_length=100)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, list) and len(data) == 1 and isinstance(data[0], str) and data[0].startswith("["):
            try:
                data = json.loads(data[0])
            except (ValueError, RecursionError):
                pass  # a tag that begins with a bracket
        return [self._cleaned(tag) for tag in super().to_internal_value(data) if tag]

    def _cleaned(self, tag: str) -> str:
        try:
            return clean_name(tag)
        except DjangoValidationError as trouble:
            raise serializers.ValidationError(get_error_detail(trouble)) from trouble


class EditableAlbumField(serializers.UUIDField):
    """The id of an album that is the viewer's own; becomes the album."""

    default_error_messages = {"does_not_exist": "There is no such album among yours."}

    def to_internal_value(self, data: Any) -> Album:  # type: ignore[override]  # a field that turns an id into its row
        uid = super().to_internal_value(data)
        album = self.albums_of(self.context["viewer"]).with_policy().filter(uid=uid).first()
        if album is None:
            self.fail("does_not_exist")
        return album

    def albums_of(self, viewer: Viewer) -> AlbumQuerySet:
        return Album.objects.editable_by(viewer)


class FillableAlbumField(EditableAlbumField):
    """The id of an album that the viewer may put his images into: his own, or one where he contributes."""

    default_error_messages = {"does_not_exist": "There is no such album that you may add to."}

    def albums_of(self, viewer: Viewer) -> AlbumQuerySet:
        return Album.objects.may_contribute(viewer)


class AlbumsOfImageField(serializers.ListField):
    """Ids of the albums that are to hold an image, the serializer's instance: those that the viewer may put it into,
    and those that hold it already; becomes the albums. Two queries, whatever the number."""

    child = serializers.UUIDField()
    default_error_messages = FillableAlbumField.default_error_messages

    def to_internal_value(self, data: Any) -> list[Album]:
        uids, viewer = super().to_internal_value(data), self.context["viewer"]
        fillable = Album.objects.may_contribute(viewer).filter(uid__in=uids)
        holding = Album.objects.visible_to(viewer).filter(uid__in=uids, places__image=self.root.instance)
        found = {album.uid: album for albums in (fillable, holding) for album in albums}
        missing = {
            str(n): [ErrorDetail(str(self.error_messages["does_not_exist"]), code="does_not_exist")]
            for n, uid in enumerate(uids)
            if uid not in found
        }
        if missing:
            raise serializers.ValidationError(missing)
        return [found[uid] for uid in dict.fromkeys(uids)]


class UploadBody(StrictSerializer):
    album_id = FillableAlbumField(source="album", required=False)
    title = serializers.CharField(max_length=255, required=False, allow_blank=True)
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    tags = TagsField(required=False)
    privacy_setting = ChoiceField(Privacy.choices, required=False)
    on_duplicate = ChoiceField(["keep", "restore"], required=False, default="keep")


class ImageBody(StrictSerializer):
    title = serializers.CharField(max_length=255, allow_blank=True)
    description = serializers.CharField(max_length=10_000, allow_blank=True)
    tags = TagsField()
    album_id = FillableAlbumField(source="album", allow_null=True)
    album_ids = AlbumsOfImageField(source="albums", max_length=200)
    privacy_setting = ChoiceField(Privacy.choices)
    date_taken = DateTakenField()
    location_lat = serializers.FloatField(min_value=-90, max_value=90, allow_null=True)
    location_lon = serializers.FloatField(min_value=-180, max_value=180, allow_null=True)
    rating = serializers.IntegerField(min_value=-1, max_value=5, allow_null=True)

    def validate_date_taken(self, value: str | None) -> str:
        return value or ""


class AlbumBody(StrictSerializer):
    name = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=10_000, allow_blank=True, required=False)
    privacy_setting = ChoiceField(AlbumPrivacy.choices, required=False)
    parent_id = EditableAlbumField(source="parent", allow_null=True, required=False)
    show_location = serializers.BooleanField(allow_null=True, required=False, default=None)
    allow_download = serializers.BooleanField(allow_null=True, required=False, default=None)
    watermark = WatermarkBody(
        allow_null=True, required=False, help_text="null: as the album around it, else as the owner's preference"
    )


class AlbumChanges(AlbumBody):
    show_location = serializers.BooleanField(allow_null=True)
    allow_download = serializers.BooleanField(allow_null=True)
    cover_image_id = serializers.UUIDField(allow_null=True)


class ImageIds(StrictSerializer):
    image_ids = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=MOST_IDS)


class OwnImageField(serializers.UUIDField):
    """The id of an image of the viewer's own, in the library; becomes the image."""

    default_error_messages = {"does_not_exist": "There is no such image among yours."}

    def to_internal_value(self, data: Any) -> Image:  # type: ignore[override]  # a field that turns an id into its row
        uid = super().to_internal_value(data)
        image = Image.objects.editable_by(self.context["viewer"]).filter(uid=uid).first()
        if image is None:
            self.fail("does_not_exist")
        return image


class KeepApartBody(StrictSerializer):
    image_ids = serializers.ListField(child=serializers.UUIDField(), min_length=2, max_length=MOST_IN_GROUP)


class MergeBody(StrictSerializer):
    keeper = OwnImageField()
    image_ids = serializers.ListField(
        child=serializers.UUIDField(),
        min_length=1,
        max_length=MOST_IN_GROUP,
        help_text="what goes to the trash; the keeper among them stays",
    )


class PlacesBody(ImageIds):
    position = serializers.IntegerField(min_value=0, max_value=10**9, required=False)


class BatchBody(ImageIds):
    """A field that is null is as one that is not sent."""

    operation = ChoiceField(list(OPERATIONS))
    album_id = serializers.UUIDField(required=False, allow_null=True, help_text="`move`: where they go")
    source_album_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="`move`: where they are taken from; else from all own albums"
    )
    tags = TagsField(required=False, allow_null=True, help_text="`tag`, `untag`")
    privacy_setting = ChoiceField(Privacy.choices, required=False, allow_null=True, help_text="`privacy`: what is set")
    dry_run = serializers.BooleanField(required=False, default=False)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        said = {name: value for name, value in asked.items() if value not in (None, [])}
        operation = OPERATIONS[said["operation"]]
        allowed = {"operation", "image_ids", "dry_run", operation.needs, operation.may_take}
        wrong = {
            name: [ErrorDetail(f"`{said['operation']}` takes no such field.", code="unexpected")]
            for name in said
            if name not in allowed
        }
        if operation.needs and operation.needs not in said:
            wrong[operation.needs] = [ErrorDetail(f"`{said['operation']}` has to be told.", code="required")]
        if "album_id" in said and said["album_id"] == said.get("source_album_id"):
            wrong["source_album_id"] = [ErrorDetail("The album they go to is another one.", code="same_album")]
        if wrong:
            raise serializers.ValidationError(wrong)
        return said
