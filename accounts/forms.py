"""The forms of the account pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.validators import MinLengthValidator, RegexValidator
from django.utils import timezone

from accounts import preferences
from accounts.credentials import change_password
from accounts.models import USERNAME_PATTERN, User
from accounts.serializers import LONGEST_PASSWORD


def password_field(label: str, autocomplete: str, **kwargs: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, widget=widget, strip=False, max_length=LONGEST_PASSWORD, **kwargs)


class LoginForm(forms.Form):
    username = forms.CharField(
        label="Name or email",
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = password_field("Password", "current-password")


class RegisterForm(forms.Form):
    username = forms.CharField(
        label="Name",
        max_length=30,
        help_text="3 to 30 letters, digits, dots, dashes or underscores; everyone sees it.",
        validators=[
            MinLengthValidator(3),
            RegexValidator(USERNAME_PATTERN, "3 to 30 letters, digits, dots, dashes or underscores."),
        ],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "autocapitalize": "none"}),
    )
    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = password_field("Password", "new-password", help_text=password_validators_help_text_html())

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        user = User(username=given.get("username", ""), email=given.get("email", ""))
        _refuse_weak(self, "password", user)
        return given


class SectionForm(forms.Form):
    """One of several forms on a page: ids of its own, for two of them may ask for the same."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = f"{type(self).__name__}_%s"


class EmailForm(SectionForm):
    email = forms.EmailField(
        label="New email", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    current_password = password_field("Your password", "current-password")


class PasswordForm(SectionForm):
    current_password = password_field("Present password", "current-password")
    new_password = password_field("New password", "new-password", help_text=password_validators_help_text_html())

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        _refuse_weak(self, "new_password", self.user)
        return self.cleaned_data


class ResetForm(SetPasswordForm):
    """The last step of a password reset: ends all tokens too."""

    def save(self, commit: bool = True) -> User:
        change_password(user=self.user, password=self.cleaned_data["new_password1"])
        return self.user


class PreferencesForm(SectionForm):
    """The preferences that change something today; the API keeps the others for what reads them later."""

    default_privacy = forms.ChoiceField(
        label="New images are seen by",
        choices=[("inherit", "whoever sees their albums"), ("private", "only me"), ("public", "everyone")],
    )
    allow_download = forms.BooleanField(
        label="Others may download my images that they see",
        required=False,
        help_text="Without what the file tells of you. An album or a link can say otherwise for what is in it.",
    )
    show_location = forms.BooleanField(
        label="Others see where my images were taken",
        required=False,
        help_text="An album or a link can say otherwise for what is in it.",
    )
    theme = forms.ChoiceField(choices=[("auto", "as the device"), ("light", "light"), ("dark", "dark")])
    page_size = forms.IntegerField(label="Images on a page", min_value=1, max_value=preferences.LARGEST_PAGE)
    album_delete_mode = forms.ChoiceField(
        label="When I delete an album, its images",
        choices=[
            ("keep", "stay in my library"),
            ("orphans", "go to the trash if they are in no other album"),
            ("all", "go to the trash"),
        ],
    )


class TokenForm(SectionForm):
    name = forms.CharField(max_length=100, help_text="What uses it: a word to know it by.")
    expires_at = forms.DateTimeField(
        label="Ends (UTC)",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def clean_expires_at(self) -> Any:
        moment = self.cleaned_data["expires_at"]
        if moment is not None and moment <= timezone.now():
            raise forms.ValidationError("This is in the past.", code="past")
        return moment


def _refuse_weak(form: forms.Form, field: str, user: User) -> None:
    try:
        if password := form.cleaned_data.get(field):
            validate_password(password, user)
    except forms.ValidationError as weak:
        form.add_error(field, weak)
