"""The page of the account: many forms, each with an address of its own that answers with the page again."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import forms
from accounts.models import BearerToken
from accounts.viewer import signed_in
from images.models import WatermarkPicture
from images.watermark_form import WatermarkForm


def account_page(request: HttpRequest, wait: int | None = None, *, status: int = 200, **context: Any) -> HttpResponse:
    """The account with empty forms, or those (and the new token) in `context`; 429 with seconds to `wait`."""
    user = signed_in(request)
    shown = {
        "preferences_form": forms.PreferencesForm(initial=user.preferences),
        "watermark_form": WatermarkForm(user, said=user.preferences["watermark"]),
        "watermark_pictures": WatermarkPicture.objects.filter(user=user).order_by("pk"),
        "watermark_picture_bytes": settings.GALLERY_MAX_PICTURE_BYTES,
        "email_form": forms.EmailForm(),
        "password_form": forms.PasswordForm(user=user),
        "token_form": forms.TokenForm(),
        "tokens": BearerToken.objects.owned_by(user),
        **context,
    }
    answer = render(request, "accounts/account.html", shown, status=429 if wait else status)
    if wait:
        answer["Retry-After"] = str(wait)
    return answer
