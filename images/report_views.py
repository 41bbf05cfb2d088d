"""The pages on which an image or an album is reported to the moderators."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import Throttled

from accounts.viewer import GalleryRequest
from albums.models import Album
from gallery_site.page_view import page_view
from images.finding import seen_album, seen_image
from images.models import Image
from images.report_filing import ReportForm, file_report

PAGE_AND_FORM = require_http_methods(["GET", "HEAD", "POST"])
THANKS = "Thank you. A moderator will look at it."


@PAGE_AND_FORM
@page_view
def image(request: GalleryRequest, uid: UUID) -> HttpResponse:
    return _report(request, seen_image(uid, request.viewer), kind="photo", back="image")


@PAGE_AND_FORM
@page_view
def album(request: GalleryRequest, uid: UUID) -> HttpResponse:
    return _report(request, seen_album(uid, request.viewer), kind="album", back="album")


def _report(request: GalleryRequest, thing: Image | Album, *, kind: str, back: str) -> HttpResponse:
    form = ReportForm(request.POST or None)
    context = {"form": form, "thing": thing, "kind": kind, "back": back}
    if not form.is_valid():
        return render(request, "images/report.html", context, status=400 if form.is_bound else 200)
    try:
        file_report(request, thing, by=request.viewer, **form.cleaned_data)
    except Throttled as pause:
        form.add_error(None, str(pause.detail))
        answer = render(request, "images/report.html", context, status=pause.status_code)
        answer["Retry-After"] = str(round(getattr(pause, "wait", None) or 1))
        return answer
    messages.success(request, THANKS)
    return redirect(back, thing.uid)
