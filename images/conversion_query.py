"""What a download may ask for beside the file as it is: another format, size or shape."""

from collections.abc import Mapping
from typing import Any, get_args

from rest_framework import serializers

from accounts.viewer import Viewer
from gallery_site.serializers import ChoiceField
from images.conversion import LONGEST_SIDE, Conversion, Fit
from images.framing import Box
from images.models import Image
from images.renditions import EXTENSIONS, LADDER, Format


class BoxField(serializers.CharField):
    """`x,y,width,height` in whole displayed pixels."""

    default_error_messages = {"invalid_box": "Four whole numbers: x,y,width,height in displayed pixels."}

    def to_internal_value(self, data: Any) -> Box:  # type: ignore[override]  # a text that says four numbers
        numbers = super().to_internal_value(data).split(",")
        if len(numbers) != 4 or not all(n.strip().isascii() and n.strip().isdigit() and len(n) < 7 for n in numbers):
            self.fail("invalid_box")
        left, top, width, height = map(int, numbers)
        return left, top, width, height


class ConversionQuery(serializers.Serializer):
    format = ChoiceField(
        get_args(Format),
        required=False,
        help_text="`webp` of an animated picture moves, within limits; the others show its first frame",
    )
    width = serializers.IntegerField(min_value=1, max_value=LONGEST_SIDE, required=False, help_text="pixels, at most")
    height = serializers.IntegerField(min_value=1, max_value=LONGEST_SIDE, required=False, help_text="pixels, at most")
    fit = ChoiceField(
        get_args(Fit), required=False, help_text="`contain` keeps the shape, `cover` fills width x height and is cut"
    )
    crop = BoxField(required=False, max_length=30, help_text="x,y,width,height in displayed pixels; for the owner")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("fit") == "cover" and not ("width" in attrs and "height" in attrs):
            raise serializers.ValidationError({"fit": "To cover takes both a width and a height."})
        return attrs


def conversion_of(asked: Mapping[str, Any], image: Image, viewer: Viewer) -> Conversion | None:
    """The conversion that a query asks for, if any. Who is not the owner chooses among the steps of the ladder, so that
    nobody fills the disk with sizes. Raises ValidationError."""
    if not asked:
        return None
    if not viewer.owns(image):
        if "crop" in asked:
            raise serializers.ValidationError({"crop": "Only the owner of the image cuts it."})
        steps = f"One of {', '.join(map(str, LADDER))}; other sizes are for its owner."
        odd = {name: steps for name in ("width", "height") if name in asked and asked[name] not in LADDER}
        if odd:
            raise serializers.ValidationError(odd)
    own = image.mime_type.removeprefix("image/")
    wanted = {"format": own if own in EXTENSIONS else "jpeg", **asked}
    return Conversion(**wanted, moving=wanted["format"] == "webp" and image.frames > 1)
