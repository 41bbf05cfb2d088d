"""What the admin of every app shares: what administrators alone see, and acts that ask for a reason first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from accounts.audit import LONGEST_REASON
from accounts.viewer import Viewer

MOST_AT_ONCE = 500  # things that one act may be about
LONGEST_KEY = 18  # digits of a row's key


def viewer_in(request: HttpRequest) -> Viewer:
    """Who looks at the admin (the middleware has put it on the request)."""
    return request.viewer  # type: ignore[attr-defined]


class ForAdministrators(admin.ModelAdmin):
    """Looked at by administrators alone; made, changed and deleted by nobody, where a subclass does not say so."""

    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@dataclass(frozen=True)
class Deed:
    """An act of the staff: what the menu calls it, what it does in a sentence, and the function that does it.

    `do(things, by=, reason=)` answers how many it was done to, and raises PermissionDenied.
    """

    name: str
    label: str
    tells: str
    do: Callable[..., int]
    is_grave: bool = False


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80, "autofocus": True}),
        help_text="It stands in the audit log.",
    )


class ReasonedActions(admin.ModelAdmin):
    """Offers `deeds` in the menu of the list. Each leads to a page that says what will happen to what and asks why;
    a POST with `action`, `_selected_action`, `confirm` (or `post`) and a `reason` does it at once.
    """

    deeds: Sequence[Deed] = ()

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        offered = {deed.name: (partial(_act, deed), deed.name, f"{deed.label}…") for deed in self.deeds}
        return {**super().get_actions(request), **offered}

    def response_action(self, request: HttpRequest, queryset: QuerySet, *args: Any) -> HttpResponse | None:
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(key.isascii() and key.isdigit() and len(key) <= LONGEST_KEY for key in keys):
            raise BadRequest("These are no keys of rows.")
        return super().response_action(request, queryset, *args)

    def consequences(self, deed: Deed, things: Sequence[Any]) -> list[str]:
        """What follows from a deed for these things beyond what it tells, in sentences."""
        return []

    def shown(self, request: HttpRequest, things: Sequence[Any]) -> list[dict[str, Any]]:
        """What the page shows of each thing: its `key`, its `name`, and where there are any, its `facts` and
        `picture` (url, width, height)."""
        return [{"key": thing.pk, "name": str(thing)} for thing in things]

    def ask(self, deed: Deed, request: HttpRequest, queryset: QuerySet) -> HttpResponse | None:
        things = list(queryset[: MOST_AT_ONCE + 1])
        if len(things) > MOST_AT_ONCE:
            self.message_user(request, f"Choose at most {MOST_AT_ONCE} at once.", messages.ERROR)
            return None
        confirmed = "confirm" in request.POST or "post" in request.POST
        form = ReasonForm(request.POST if confirmed else None, initial={"reason": request.POST.get("reason", "")})
        status = 400 if confirmed else 200
        if form.is_valid():
            try:
                count = deed.do(things, by=request.user, reason=form.cleaned_data["reason"])
            except PermissionDenied as refusal:
                form.add_error(None, str(refusal))
                status = 403
            else:
                self.message_user(request, f"{deed.label}: done with {count}.", messages.SUCCESS)
                return None
        context = {
            **self.admin_site.each_context(request),
            "title": deed.label,
            "opts": self.opts,
            "media": self.media,
            "deed": deed,
            "things": self.shown(request, things),
            "consequences": self.consequences(deed, things),
            "form": form,
        }
        return TemplateResponse(request, "admin/reasoned_action.html", context, status=status)


def _act(
    deed: Deed, modeladmin: ReasonedActions, request: HttpRequest, queryset: QuerySet[Model]
) -> HttpResponse | None:
    return modeladmin.ask(deed, request, queryset)
