"""The page on which one goes through what looks alike in one's own library."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from accounts.viewer import MemberRequest
from gallery_site.page_view import back_to_list, page_view
from gallery_site.paging import page_of_ranked
from images import duplicate_groups, merging
from images.duplicate_groups import Group
from images.forms import DuplicatesForm
from images.grading import Grade
from images.serializers import image_cards

GRADES = {
    Grade.SAME_PIXELS: "the same picture",
    Grade.REENCODED: "saved again or resized",
    Grade.EDITED: "edited",
    Grade.SIMILAR: "similar",
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page_view
def review(request: MemberRequest) -> HttpResponse:
    """Groups of images side by side: one is kept and the others go to the trash, or they are no duplicates."""
    form = DuplicatesForm(request.viewer, request.POST if request.method == "POST" else None)
    if form.is_bound and _done(form, request):
        return back_to_list(request)
    page = page_of_ranked(duplicate_groups.groups_of(request.viewer), request)
    groups = duplicate_groups.load([ranked.value for ranked in page.items])
    context = {"form": form, "page": page, "groups": _shown(groups, request)}
    return render(request, "images/duplicates.html", context, status=400 if form.is_bound else 200)


def _done(form: DuplicatesForm, request: MemberRequest) -> bool:
    """Do what was asked; false, and the form says why, when that can't be."""
    if not form.is_valid():
        return False
    chosen, keeper = [image.pk for image in form.images], form.cleaned_data["keeper"]
    if keeper is None:
        merging.keep_apart(chosen, by=request.user)
        messages.success(request, "They are no duplicates; you won't be asked again.")
        return True
    try:
        merging.merge(chosen, into=keeper.pk, by=request.user)
    except ValidationError as trouble:
        form.add_error(None, trouble)
        return False
    gone = len(set(chosen) - {keeper.pk})
    told = format_html(
        'Kept one; {} moved to <a href="{}">the trash</a>.', f"{gone} photo{'' if gone == 1 else 's'}", reverse("trash")
    )
    messages.success(request, told)
    return True


def _shown(groups: list[Group], request: MemberRequest) -> list[dict]:
    """The cards of all groups, in a fixed number of queries; the keeper says what is proposed, the others their
    grade."""
    cards = iter(image_cards([image for group in groups for image in group.images], request.viewer))
    return [
        {
            "said": GRADES[group.grade],
            "images": [
                {"card": next(cards), "said": GRADES[grade] if n else "suggested to keep"}
                for n, grade in enumerate(group.grades)
            ],
        }
        for group in groups
    ]
