"""Before a form shows more of an album to others, its owner is told what, and agrees with a second button."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts.viewer import MemberRequest
from albums.models import Album
from images import foresight
from images.access_cards import fingerprint, foresight_card, shown

AGREED = "agreed"  # the field with the fingerprint of what was agreed to


def question(request: MemberRequest, album: Album, changes: Mapping[str, Any]) -> HttpResponse | None:
    """The page that tells what this POST would newly show and to whom; None if it is nothing, or is agreed to.

    The page posts the same form again, with the fingerprint of what it told: should that have become more meanwhile,
    it asks anew. Raises what `images.album_changes.edit_album` does.
    """
    if not foresight.SHOWING & changes.keys():
        return None
    foreseen = foresight_card(foresight.of_edit(album, changes))
    agreed = fingerprint(foreseen)
    if not shown(foreseen) or request.POST.get(AGREED) == agreed:
        return None
    said = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in ("csrfmiddlewaretoken", AGREED)
        for value in values
    ]
    context = {"album": album, "foreseen": foreseen, "said": said, AGREED: agreed, "here": request.path}
    return render(request, "albums/agreement.html", context)
