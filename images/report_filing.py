"""Reporting over HTTP, the same for the API and the pages: who reports, how often, and what he may say."""

from django import forms
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest
from rest_framework.exceptions import NotFound

from accounts.viewer import Viewer
from albums.models import Album
from gallery_site.client_address import client_network
from gallery_site.refusals import Conflict
from gallery_site.throttle import throttle
from images import reporting
from images.models import Image, Report

PER_REPORTER = "60/h"
LONGEST_NOTE = 2_000  # characters


class ReportForm(forms.Form):
    reason = forms.ChoiceField(
        label="What is wrong with it?",
        choices=[
            ("", "Choose…"),
            (Report.Reason.SPAM, "It is spam"),
            (Report.Reason.NUDITY, "It shows nudity"),
            (Report.Reason.VIOLENCE, "It shows violence"),
            (Report.Reason.COPYRIGHT, "It is somebody else's work"),
            (Report.Reason.PRIVACY, "It shows somebody who does not want it"),
            (Report.Reason.ILLEGAL, "It is against the law"),
            (Report.Reason.OTHER, "Something else"),
        ],
    )
    note = forms.CharField(
        label="What should a moderator know?",
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Moderators alone read it; the owner is not told who reported.",
    )


def file_report(
    request: HttpRequest, thing: Image | Album, *, by: Viewer, reason: str, note: str
) -> tuple[Report, bool]:
    """Report what this viewer sees. Returns the report, and whether it is new.

    Raises Throttled, Conflict for what its owner has in the trash, NotFound if it has gone meanwhile.
    """
    if thing.trashed_at is not None:
        raise Conflict("It is in your trash: nobody else sees it.")
    address = client_network(request)
    throttle(request, "report", PER_REPORTER, f"user {by.user_id}" if by.user else address)
    try:
        return reporting.report(thing, by=by, address=address, reason=reason, note=note)
    except ObjectDoesNotExist as gone:
        raise NotFound from gone
