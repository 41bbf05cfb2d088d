"""The forms of the pages about images: editing one, uploading, and deeds on many."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.viewer import Viewer
from albums.models import Album
from images.duplicate_groups import MOST_IN_GROUP
from images.filters import ImageFilters
from images.models import Image, Privacy
from images.search.language import LONGEST_QUERY
from images.tag_field import TagField

RATINGS = [("", "none"), (-1, "rejected"), (0, "0"), *((stars, "★" * stars) for stars in range(1, 6))]


class FillableAlbumField(forms.ModelChoiceField):
    """An album that the viewer may put his images into, by its public id: his own, shown as a tree, then others'."""

    def __init__(self, viewer: Viewer, **kwargs: Any) -> None:
        albums = Album.objects.may_contribute(viewer).own_first(viewer).select_related("user")
        super().__init__(albums, to_field_name="uid", required=False, empty_label="none", **kwargs)
        self.viewer = viewer

    def label_from_instance(self, album: Album) -> str:
        if not self.viewer.owns(album):
            return f"{album.name} (by {album.user})"
        return "\N{EM DASH} " * (album.depth - 1) + album.name


class DayField(forms.DateField):
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class ImageForm(forms.Form):
    title = forms.CharField(max_length=255, required=False)
    description = forms.CharField(max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    tags = TagField()
    privacy_setting = forms.ChoiceField(choices=Privacy.choices, label="Who may see it")
    rating = forms.TypedChoiceField(choices=RATINGS, coerce=int, empty_value=None, required=False)

    @property
    def changes(self) -> dict[str, Any]:
        """What `images.editing.edit` is to write: only the fields that were changed."""
        return {name: self.cleaned_data[name] for name in self.changed_data}


class CropForm(forms.Form):
    """A box in displayed pixels."""

    x = forms.IntegerField(min_value=0, label="From left")
    y = forms.IntegerField(min_value=0, label="From top")
    width = forms.IntegerField(min_value=1)
    height = forms.IntegerField(min_value=1)


class ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.Field):
    """Any number of files; what they are is asked later, of each by itself."""

    widget = ManyFiles(attrs={"accept": "image/*,.heic,.heif,.avif,.tif,.tiff"})


class UploadForm(forms.Form):
    files = ManyFilesField(  # type: ignore[assignment]  # Django keeps the field apart from what it is called on a form
        label="Photos", error_messages={"required": "Choose at least one file."}
    )
    title = forms.CharField(max_length=255, required=False, help_text="For all of them; else each file's own.")
    tags = TagField(help_text="Separated by commas; added to the keywords in the files.")
    privacy_setting = forms.ChoiceField(choices=Privacy.choices, label="Who may see them")

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["album"] = FillableAlbumField(viewer, label="Into the album")
        if viewer.user:
            self.fields["privacy_setting"].initial = viewer.user.preferences["default_privacy"]


class ImageChoiceForm(forms.Form):
    """Which images were ticked; a form for a deed on many adds what the deed needs."""

    def __init__(self, images: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["image_ids"] = forms.ModelMultipleChoiceField(
            images,
            to_field_name="uid",
            error_messages={
                "required": "Nothing is selected.",
                "invalid_choice": "One of these is not there any more.",
                "invalid_pk_value": "One of these is not there any more.",
            },
        )

    @property
    def images(self) -> list[Image]:
        """What was ticked, in the order of upload."""
        return sorted(self.cleaned_data["image_ids"], key=lambda image: image.pk)


class LibraryForm(ImageChoiceForm):
    tags = TagField(help_text="", widget=forms.TextInput(attrs={"placeholder": "sea, dawn"}))
    privacy_setting = forms.ChoiceField(choices=Privacy.choices, required=False, label="Who may see them")

    NEEDS = {"tag": "tags", "untag": "tags", "place": "album", "move": "album", "privacy": "privacy_setting"}

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(Image.objects.editable_by(viewer), *args, **kwargs)
        self.fields["album"] = FillableAlbumField(viewer, label="Album")
        self.order_fields(["image_ids", "tags", "album", "privacy_setting"])

    def clean(self) -> dict[str, Any]:
        wanted = self.NEEDS.get(self.data.get("deed", ""))
        if wanted and not self.errors.get(wanted) and not self.cleaned_data.get(wanted):
            self.add_error(wanted, ValidationError("Say which.", code="required"))
        return self.cleaned_data


class DuplicatesForm(ImageChoiceForm):
    """Some images that look alike, and which of them is kept; without one, they are no duplicates."""

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        own = Image.objects.editable_by(viewer)
        super().__init__(own, *args, **kwargs)
        self.fields["keeper"] = forms.ModelChoiceField(
            own,
            to_field_name="uid",
            required=False,
            error_messages={"invalid_choice": "The photo to keep is not there any more."},
        )

    def clean(self) -> dict[str, Any]:
        chosen, keeper = self.cleaned_data.get("image_ids"), self.cleaned_data.get("keeper")
        if chosen is not None and "keeper" in self.cleaned_data:
            if len({*chosen, *([keeper] if keeper else [])}) < 2:
                raise ValidationError("Select at least two photos of the group.", code="too_few")
            if len(chosen) > MOST_IN_GROUP:
                raise ValidationError(f"Select {MOST_IN_GROUP} photos at most.", code="too_many")
        return self.cleaned_data


class SearchForm(forms.Form):
    query = forms.CharField(
        required=False,
        max_length=LONGEST_QUERY,
        label="Words",
        help_text='"A phrase" in quotes; -word for what should not be there.',
        strip=False,
    )
    tag = forms.CharField(required=False, max_length=100, label="Tag")
    user = forms.CharField(required=False, max_length=254, label="Person")
    camera = forms.CharField(required=False, max_length=100, label="Camera")
    taken_after = DayField(required=False, label="Taken from")
    taken_before = DayField(required=False, label="Taken before")
    mine = forms.BooleanField(required=False, label="Only mine")

    @property
    def narrowing(self) -> dict[str, Any]:
        """The fields beside the words that were filled in."""
        return {name: value for name, value in self.cleaned_data.items() if value and name != "query"}

    @property
    def filters(self) -> dict[str, Any]:
        """What `images.filters.filtered` understands."""
        asked = {name: str(value) for name, value in self.narrowing.items()}
        shape = ImageFilters(data=asked | ({"tag": [asked["tag"]]} if "tag" in asked else {}))
        shape.is_valid(raise_exception=True)
        return shape.validated_data
