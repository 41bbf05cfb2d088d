"""The forms of the album pages."""

from typing import Any

from django import forms
from django.db.models import QuerySet

from accounts.models import User
from accounts.preferences import ALBUM_DELETE_MODES
from accounts.viewer import Viewer
from albums.models import Album, Privacy
from images.watermark_form import AlbumWatermarkForm

PRIVACIES = [
    (Privacy.INHERIT, "as the album around it"),
    (Privacy.PRIVATE, "only me"),
    (Privacy.SHARED, "people I choose, and links"),
    (Privacy.PUBLIC, "everyone"),
]
AS_AROUND = "as the album around it, else as my account says"
DELETE_MODES = dict(
    zip(
        ALBUM_DELETE_MODES,
        ("keep them in the library", "those in no other album go to the trash", "all of mine go to the trash"),
        strict=True,
    )
)


class ParentField(forms.ModelChoiceField):
    """One of the viewer's albums, by its public id, shown as a tree; none is the top."""

    def label_from_instance(self, album: Album) -> str:
        return "\N{EM DASH} " * (album.depth - 1) + album.name


class InheritedSwitch(forms.NullBooleanField):
    """Yes, no, or (None) what holds without an answer here, which `otherwise` names."""

    def __init__(self, otherwise: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.choices = [("unknown", otherwise), ("true", "yes"), ("false", "no")]


class AlbumForm(forms.Form):
    name = forms.CharField(max_length=200)
    description = forms.CharField(max_length=10_000, required=False, widget=forms.Textarea(attrs={"rows": 4}))
    privacy_setting = forms.ChoiceField(choices=PRIVACIES, label="Who may see it", initial=Privacy.PRIVATE)
    allow_download = InheritedSwitch(AS_AROUND, label="Others may download my photos in it")
    show_location = InheritedSwitch(AS_AROUND, label="Others see where my photos in it were taken")

    def __init__(self, viewer: Viewer, owner: User, data: Any = None, *, initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.watermark_form = AlbumWatermarkForm(owner, data, said=initial.get("watermark"))
        self.fields["parent"] = ParentField(
            Album.objects.editable_by(viewer).order_by("path"),
            to_field_name="uid",
            required=False,
            label="Inside the album",
            empty_label="none: at the top",
        )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.watermark_form.is_valid():
            given["watermark"] = self.watermark_form.json
        else:
            self.add_error(None, "Something is wrong with the watermark below.")
        return given

    @property
    def changes(self) -> dict[str, Any]:
        """What `images.album_changes.edit_album` is to write: only the fields that were changed."""
        changed = [*self.changed_data, *(["watermark"] if self.watermark_form.has_changed() else [])]
        return {name: self.cleaned_data[name] for name in changed}


class DeleteAlbumForm(forms.Form):
    images = forms.ChoiceField(choices=list(DELETE_MODES.items()), label="The photos in it")


class PlaceForm(forms.Form):
    """The image whose place is meant, one of those that the album shows its owner."""

    def __init__(self, images: QuerySet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["image"] = forms.ModelChoiceField(images, to_field_name="uid")
