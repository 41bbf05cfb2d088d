"""The forms of the sharing page, and the one that asks for a link's password."""

from typing import Any, Self

from django import forms

from accounts.forms import SectionForm
from albums.forms import PRIVACIES, InheritedSwitch
from albums.models import Album, AlbumMember, Privacy
from albums.serializers import LONGEST_LINK_PASSWORD

ROLES = [(AlbumMember.Role.VIEWER, "see it"), (AlbumMember.Role.CONTRIBUTOR, "see it and add photos")]


class PrivacyForm(SectionForm):
    privacy_setting = forms.ChoiceField(label="Who may see it")

    def __init__(self, album: Album, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"privacy_setting": album.privacy_setting}, **kwargs)
        inside = album.parent_id is not None
        field = self.fields["privacy_setting"]
        field.choices = [(value, label) for value, label in PRIVACIES if inside or value != Privacy.INHERIT]  # type: ignore[attr-defined]


class MemberForm(SectionForm):
    """Somebody new."""

    username = forms.CharField(
        label="Name",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(choices=ROLES, label="May")


class RoleForm(forms.Form):
    """Another role for somebody who is in."""

    role = forms.ChoiceField(choices=ROLES)

    @classmethod
    def of(cls, member: AlbumMember) -> Self:
        return cls(initial={"role": member.role}, auto_id=f"member_{member.pk}_%s")


class LinkForm(SectionForm):
    password = forms.CharField(
        required=False,
        strip=False,
        max_length=LONGEST_LINK_PASSWORD,
        help_text="Empty: whoever has the link sees the album.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    expires_at = forms.DateTimeField(
        label="Ends (UTC)",
        required=False,
        help_text="Empty: when you revoke it.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    allow_download = InheritedSwitch("as the album", label="They may download my photos")
    show_location = InheritedSwitch("as the album", label="They see where my photos were taken")


class LinkPasswordForm(forms.Form):
    password = forms.CharField(
        strip=False,
        max_length=LONGEST_LINK_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
