"""What the page of the account does with watermarks: choosing and trying one, and the pictures for them."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from rest_framework.exceptions import Throttled

from accounts.account_page import account_page
from accounts.viewer import signed_in
from gallery_site.throttle import throttle
from images import preference_changes, watermark_pictures
from images.darkroom.pool import Refused
from images.intake.staging import StagedUpload
from images.models import WatermarkPicture
from images.watermark_form import WatermarkForm
from images.watermark_preview import preview

PREVIEWS = "300/h"


@require_POST
@never_cache
@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Keep what the form says; with the other button only show what it would look like."""
    user = signed_in(request)
    form = WatermarkForm(user, request.POST)
    if not form.is_valid():
        return account_page(request, status=400, watermark_form=form)
    if "preview" in request.POST:
        return account_page(request, watermark_form=form)
    try:
        preference_changes.choose(user, {"watermark": form.json})
    except watermark_pictures.NotThere as trouble:
        form.add_error("picture", str(trouble))
        return account_page(request, status=400, watermark_form=form)
    messages.success(request, "Saved.")
    return _back()


@require_GET
@never_cache
@login_required
def preview_picture(request: HttpRequest) -> HttpResponse:
    """The picture of the preview: the watermark of the query over the newest photo."""
    user = signed_in(request)
    form = WatermarkForm(user, request.GET)
    if not form.is_valid() or form.watermark is None:
        raise Http404("There is nothing to show.")
    try:
        throttle(request, "watermark preview", PREVIEWS, str(user.pk))
        picture = preview(form.watermark, owner=user)
    except Throttled as pause:
        return _too_many(pause)
    except (FileNotFoundError, Refused) as trouble:
        raise Http404("There is nothing to show.") from trouble
    return HttpResponse(picture, content_type="image/jpeg")


@require_POST
@login_required
def picture_add(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    try:
        throttle(request, "watermark picture", watermark_pictures.RATE, str(user.pk))
        file = cast(StagedUpload | None, request.FILES.get("picture"))
        if file is None:
            too_large = getattr(request, "upload_too_large", False)
            trouble = watermark_pictures.TOO_LARGE if too_large else "Choose a file."
            return account_page(request, status=400, watermark_picture_error=trouble)
        watermark_pictures.add(file.staged, owner=user)
    except Throttled as pause:
        return account_page(request, _seconds(pause), watermark_picture_error="Too many. Try again later.")
    except Refused as refusal:
        return account_page(request, status=400, watermark_picture_error=refusal.detail)
    except (watermark_pictures.TooMany, watermark_pictures.TooLarge) as trouble:
        return account_page(request, status=400, watermark_picture_error=str(trouble))
    messages.success(request, "The picture was added: choose it as what lies over your photos.")
    return _back()


@require_POST
@login_required
def picture_remove(request: HttpRequest, uid: UUID) -> HttpResponse:
    pictures = WatermarkPicture.objects.filter(user=signed_in(request)).select_related("user")
    try:
        watermark_pictures.remove(get_object_or_404(pictures, uid=uid))
    except watermark_pictures.InUse as trouble:
        return account_page(request, status=400, watermark_picture_error=str(trouble))
    messages.success(request, "The picture was removed.")
    return _back()


def _back() -> HttpResponse:
    return redirect(reverse("account") + "#watermark")


def _too_many(pause: Throttled) -> HttpResponse:
    return HttpResponse(status=429, headers={"Retry-After": str(_seconds(pause))})


def _seconds(pause: Throttled) -> int:
    return round(getattr(pause, "wait", None) or 1)
