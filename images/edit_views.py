"""The buttons with which an owner turns and crops his image, and takes that back, on the page of the image."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.viewer import MemberRequest
from gallery_site.making_slots import making_slot
from gallery_site.page_view import page_view
from gallery_site.refusals import Busy
from images import reframing
from images.addresses import html_url
from images.darkroom.pool import Refused, took_too_much
from images.finding import LOST, editable_image
from images.forms import CropForm
from images.framing import OutOfPicture, Step
from images.models import Image

TURNS: dict[str, Step] = {
    "left": {"operation": "rotate", "angle": 270},
    "right": {"operation": "rotate", "angle": 90},
    "mirror": {"operation": "flip", "axis": "horizontal"},
    "upend": {"operation": "flip", "axis": "vertical"},
}


@require_POST
@login_required
@page_view
def edit(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Do what the button says, and go back to the page, which tells what could not be."""
    image = editable_image(uid, request.viewer)
    if trouble := _trouble_with(image, request):
        messages.error(request, trouble)
    query = request.META["QUERY_STRING"]
    return redirect(f"{html_url(image)}?{query}" if query else html_url(image))


def _trouble_with(image: Image, request: MemberRequest) -> str:
    """Edit; what is wrong, if anything is."""
    deed = request.POST.get("deed", "")
    box = CropForm(request.POST)
    if deed == "crop" and not box.is_valid():
        return "To crop takes four whole numbers of pixels."
    try:
        with making_slot():
            if deed in TURNS:
                reframing.add_step(image, TURNS[deed])
            elif deed == "crop":
                reframing.add_step(image, {"operation": "crop", **box.cleaned_data})
            elif deed == "undo":
                reframing.undo_step(image)
            elif deed == "original":
                reframing.undo_all(image)
    except (OutOfPicture, reframing.Impossible) as trouble:
        return str(trouble)
    except Busy as trouble:
        return str(trouble.detail)
    except (FileNotFoundError, Refused) as trouble:
        if took_too_much(trouble):
            return Busy.default_detail
        return f"{LOST} Ask whoever runs this gallery."
    return ""
