"""The form in which one says what lies over one's photos: over all of them, or over those in an album."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import User
from images.models import WatermarkPicture
from images.watermarks import KINDS, LEAST_OPACITY, LEAST_SIZE, LONGEST_TEXT, NONE, Unfit, Watermark

NOTHING = (NONE["kind"], "nothing")
TEXT = ("text", "a line of text")
IMAGE = ("image", "a picture")
POSITION_NAMES = [
    *(("bottom_right", "bottom right"), ("bottom", "bottom"), ("bottom_left", "bottom left"), ("center", "centre")),
    *(("left", "left"), ("right", "right"), ("top_left", "top left"), ("top", "top"), ("top_right", "top right")),
    ("tiled", "all over"),
]


class PictureField(forms.ModelChoiceField):
    def label_from_instance(self, picture: WatermarkPicture) -> str:
        return f"{picture.created_at:%Y-%m-%d}, {picture.width} × {picture.height}"


class PercentField(forms.IntegerField):
    """Per cent of one in 100; the cleaned value is the share. The help says what is taken, and then `of_what`."""

    def __init__(self, least: float, share: float, *, label: str, of_what: str = "") -> None:
        fewest = round(100 * least)
        span = f"{fewest} to 100"
        super().__init__(
            label=label,
            help_text=f"From {span}{of_what and f', {of_what}'}.",
            min_value=fewest,
            max_value=100,
            initial=round(100 * share),
            required=False,
            error_messages=dict.fromkeys(("min_value", "max_value"), f"From {span}.")
            | {"invalid": f"A whole number from {span}."},
        )

    def clean(self, value: Any) -> Any:
        per_cent = super().clean(value)
        return (self.initial if per_cent is None else per_cent) / 100


class WatermarkForm(forms.Form):
    """Only what belongs to the `kind` counts. `watermark` is what was said, once the form is valid; the template is
    _parts/watermark_fields.html."""

    kinds = [NOTHING, TEXT, IMAGE]

    kind = forms.ChoiceField(label="On my photos, for others", required=False)
    text = forms.CharField(
        max_length=LONGEST_TEXT, required=False, help_text="Latin, Greek or Cyrillic letters, on one line."
    )
    position = forms.ChoiceField(choices=POSITION_NAMES, required=False)
    opacity = PercentField(LEAST_OPACITY, Watermark.opacity, label="Opacity, %")
    size = PercentField(LEAST_SIZE, Watermark.size, label="Length, %", of_what="of the shorter side of what it lies on")

    def __init__(
        self, owner: User, data: Any = None, *, said: Mapping[str, Any] | None = None, prefix: str | None = None
    ) -> None:
        super().__init__(data, initial=_initial(said), prefix=prefix)
        fields: Any = self.fields
        fields["kind"].choices = self.kinds
        fields["picture"] = PictureField(
            WatermarkPicture.objects.filter(user=owner).order_by("pk"),
            to_field_name="uid",
            required=False,
            empty_label="choose…",
            help_text="One of those that you have added to your account.",
        )
        self.order_fields(["kind", "text", "picture"])

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if self.errors or given["kind"] not in KINDS:
            return given
        picture = str(given["picture"].uid) if given["picture"] else ""
        position = given["position"] or Watermark.position
        try:
            watermark = Watermark.from_json({**given, "picture": picture, "position": position})
        except Unfit as trouble:
            self.add_error(trouble.field, trouble.detail)
        else:
            given["watermark"] = watermark
        return given

    @property
    def watermark(self) -> Watermark | None:
        return self.cleaned_data.get("watermark")

    @property
    def json(self) -> dict[str, Any] | None:
        """As an album or a preference keeps it."""
        return self.watermark.as_json() if self.watermark else None

    @property
    def query(self) -> str:
        """What is in the form, as the query of an address; "" where it says nothing that can be shown."""
        if not self.is_bound:
            said = {name: self.get_initial_for_field(field, name) or "" for name, field in self.fields.items()}
        elif self.is_valid():
            said = {name: self.data.get(self.add_prefix(name), "") for name in self.fields}
        else:
            return ""
        return urlencode(said) if said["kind"] in KINDS else ""


class AlbumWatermarkForm(WatermarkForm):
    """Of an album, which may also say nothing, or that nothing lies over what is in it."""

    kinds = [("", "as the album around it, else as my account says"), NOTHING, TEXT, IMAGE]

    def __init__(self, owner: User, data: Any = None, *, said: Mapping[str, Any] | None = None) -> None:
        super().__init__(owner, data, said=said, prefix="watermark")
        self.fields["kind"].label = "Watermark on my photos in it, for others"
        self.fields["kind"].help_text = "Whoever may download the photos sees them clean."

    @property
    def json(self) -> dict[str, Any] | None:
        return dict(NONE) if self.cleaned_data["kind"] == NONE["kind"] else super().json


def _initial(said: Mapping[str, Any] | None) -> dict[str, Any]:
    if said is None:
        return {"kind": "", "position": Watermark.position}
    shares = {name: round(100 * said[name]) for name in ("opacity", "size") if name in said}
    return {"position": Watermark.position, **said, **shares}
