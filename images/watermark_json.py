"""Watermarks and the pictures for them as the API reads and writes them."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from gallery_site.serializers import ChoiceField, StrictSerializer
from images.models import WatermarkPicture
from images.serializers import instant
from images.watermarks import KINDS, LEAST_OPACITY, LEAST_SIZE, LONGEST_TEXT, NONE, POSITIONS, Unfit, Watermark


class PositionField(ChoiceField):
    """Takes `top-left` for `top_left` too."""

    def to_internal_value(self, data: Any) -> Any:
        return super().to_internal_value(data.replace("-", "_") if isinstance(data, str) else data)


class WatermarkBody(StrictSerializer):
    """Becomes the JSON of a valid watermark, or NONE; null is the affair of the field that holds it."""

    kind = ChoiceField([*KINDS, NONE["kind"]])
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False, help_text="of kind `text`")
    picture = serializers.UUIDField(required=False, help_text="of kind `image`: the id of a watermark picture")
    position = PositionField(POSITIONS, required=False, help_text=f"unless said, {Watermark.position}")
    opacity = serializers.FloatField(
        min_value=LEAST_OPACITY, max_value=1, required=False, help_text=f"unless said, {Watermark.opacity}"
    )
    size = serializers.FloatField(
        min_value=LEAST_SIZE,
        max_value=1,
        required=False,
        help_text=f"how long it is, as a share of the shorter side of what it lies on; unless said, {Watermark.size}",
    )

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError("An object with a `kind`, or null.", code="invalid")
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            watermark = Watermark.from_json(attrs)
        except Unfit as trouble:
            raise serializers.ValidationError({trouble.field: [ErrorDetail(trouble.detail, trouble.code)]}) from trouble
        return watermark.as_json() if watermark else NONE


def picture_card(picture: WatermarkPicture) -> dict[str, Any]:
    return {
        "id": str(picture.uid),
        "width": picture.width,
        "height": picture.height,
        "created_at": instant(picture.created_at),
        "url": f"/api/watermarks/{picture.uid}",
    }


class WatermarkPictureShape(serializers.Serializer):
    id = serializers.UUIDField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    url = serializers.CharField()
