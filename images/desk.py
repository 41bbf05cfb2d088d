"""The moderation desk: what the admin of images and that of albums have in common. docs/moderation.md tells its use."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import F, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from accounts.models import AuditEntry
from accounts.staff import Deed, ForAdministrators, ReasonedActions, viewer_in
from accounts.viewer import Viewer
from images import moderation
from images.models import Report

Thing = Any  # an Image or an Album
REPORTS_READ = 20  # of a thing, for the list: the newest
NOTES_SHOWN = 2
REPORTS_SHOWN = 200  # of a thing, on its own page
ENTRIES_SHOWN = 100  # of the audit log, there
EXACT_COUNT = 10_000  # rows counted for a list, at most

DEEDS = (
    Deed(
        "dismiss_reports",
        "Dismiss reports",
        "The reports are closed, and everything stays as it is.",
        moderation.dismiss_reports,
    ),
    Deed(
        "hide",
        "Hide",
        "Nobody sees it any more but moderators and its owner, to whom the reason is shown. It can be undone.",
        moderation.hide,
    ),
    Deed(
        "unhide",
        "Show again",
        "What was hidden is seen again by whoever saw it before.",
        moderation.unhide,
    ),
    Deed(
        "delete_and_block",
        "Delete and block",
        "It is deleted for good, now, and nobody can upload the same files or near copies again. This can't be undone.",
        moderation.delete_and_block,
        is_grave=True,
    ),
    Deed(
        "suspend_owner",
        "Suspend the owner",
        "The owners are signed out everywhere and can't sign in; what is theirs is out of sight. It can be undone.",
        moderation.suspend_owner,
        is_grave=True,
    ),
    Deed(
        "unsuspend_owner",
        "Let the owner in again",
        "The owners can sign in again, and what they showed is seen again.",
        moderation.unsuspend_owner,
    ),
)


class WaitingFilter(admin.SimpleListFilter):
    """What waits for a decision, and what one has hidden."""

    title = "state"
    parameter_name = "state"
    hidden: Q = Q(hidden_at__isnull=False)

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("waiting", "waiting for a decision"), ("hidden", "hidden"), ("suspended", "of suspended owners")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = {
            "waiting": Q(open_reports__gt=0),
            "hidden": self.hidden,
            "suspended": Q(user__is_active=False),
        }
        return queryset.filter(asked.get(self.value() or "", Q()))


class BoundedPaginator(Paginator):
    """Counts as far as EXACT_COUNT: a longer list is never paged to its end."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows.order_by().values_list("pk")[:EXACT_COUNT])


class DeskList(ChangeList):
    """A page of the list, each row with its `picture`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = f"Moderation of {self.opts.verbose_name_plural}"

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        desk: Any = self.model_admin
        pictures = desk.pictures(self.result_list, viewer_in(request))
        for thing in self.result_list:
            thing.picture = pictures.get(thing.pk)


class DeskAdmin(ReasonedActions, ForAdministrators):
    """The queue: what a moderator may see, the reported first; one thing with all that was said about it."""

    deeds = DEEDS
    paginator = BoundedPaginator
    list_per_page = 25
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-open_reports", "-pk")
    list_display = ("shown_picture", "told", "owner", "state", "reported")
    list_display_links = ("told",)
    change_form_template = "admin/desk_thing.html"

    class Media:
        css = {"all": ["css/desk.css"]}

    def has_view_permission(self, request: HttpRequest, obj: Thing = None) -> bool:
        return viewer_in(request).is_moderator

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        newest = Report.objects.filter(closed_at=None).order_by("-pk")[:REPORTS_READ]
        seen: Any = super().get_queryset(request)
        seen = seen.visible_to(viewer_in(request)).select_related("user")
        return seen.prefetch_related(Prefetch("reports", newest, to_attr="newest_reports"))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return DeskList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Thing:
        """By its public id too, which is how the pages of the gallery lead here."""
        try:
            UUID(object_id)
        except ValueError:
            return super().get_object(request, object_id, from_field)
        return super().get_object(request, object_id, "uid")

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Its history is on its own page."""
        return HttpResponseRedirect(reverse(f"admin:{self._route}_change", args=[object_id]))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        thing = context["original"]
        reports = thing.reports.select_related("reporter").order_by(F("closed_at").desc(nulls_first=True), "-pk")
        context |= {
            "subtitle": None,
            "title": self.name_of(thing),
            "thing": thing,
            "picture": self.pictures([thing], viewer_in(request), "large").get(thing.pk),
            "list_address": reverse(f"admin:{self._route}_changelist"),
            "page_address": reverse(self.opts.model_name or "", args=[thing.uid]),
            "offered": [deed for deed in self.deeds if _fits(deed, thing)],
            "reports": reports[:REPORTS_SHOWN],
            "history": AuditEntry.objects.filter(target_id=thing.uid)[:ENTRIES_SHOWN],
            "is_administrator": request.user.is_superuser,
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @property
    def _route(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    # --- What is shown of a thing; images and albums differ in the first three ---

    def pictures(self, things: Sequence[Thing], viewer: Viewer, size: str = "small") -> dict[int, dict[str, Any]]:
        """A thumbnail (url, width, height) by the key of the thing, for those that have one."""
        raise NotImplementedError

    def is_hidden(self, thing: Thing) -> bool:
        raise NotImplementedError

    def sight(self, thing: Thing) -> str:
        """Who sees it, in a word or two."""
        raise NotImplementedError

    def name_of(self, thing: Thing) -> str:
        return moderation.target_of(thing).name

    def consequences(self, deed: Deed, things: Sequence[Thing]) -> list[str]:
        if deed.name not in ("suspend_owner", "unsuspend_owner"):
            return []
        people = ", ".join(owner.username for owner in moderation.owners(things))
        return [f"It is about {people}, and everything that is theirs."]

    def shown(self, request: HttpRequest, things: Sequence[Thing]) -> list[dict[str, Any]]:
        pictures = self.pictures(things, viewer_in(request))
        return [
            {
                "key": thing.pk,
                "name": self.name_of(thing),
                "picture": pictures.get(thing.pk),
                "facts": [f"by {thing.user.username}", *self._states(thing)],
            }
            for thing in things
        ]

    def action_checkbox(self, obj: Thing) -> SafeString:
        """Django's would name the thing by its text, which for an image may be the name of its owner's file."""
        return format_html(
            '<input type="checkbox" name="{}" value="{}" class="action-select" aria-label="Select {}">',
            ACTION_CHECKBOX_NAME,
            obj.pk,
            self.name_of(obj),
        )

    @admin.display(description="picture")
    def shown_picture(self, thing: Thing) -> SafeString:
        if not thing.picture:
            return format_html('<span class="desk-nothing">{}</span>', "no picture")
        return format_html(
            '<a href="{}"><img class="desk-thumbnail" src="{}" width="{}" height="{}" alt="{}" loading="lazy"></a>',
            reverse(f"admin:{self._route}_change", args=[thing.pk]),
            *(thing.picture[name] for name in ("url", "width", "height")),
            self.name_of(thing),
        )

    @admin.display(description="what")
    def told(self, thing: Thing) -> str:
        return Truncator(self.name_of(thing)).chars(80)

    @admin.display(description="owner", ordering="user")
    def owner(self, thing: Thing) -> str:
        return thing.user.username

    @admin.display(description="state")
    def state(self, thing: Thing) -> SafeString:
        return format_html_join("", '<span class="desk-state">{}</span>', ((said,) for said in self._states(thing)))

    @admin.display(description="reports", ordering="open_reports")
    def reported(self, thing: Thing) -> SafeString:
        """How many, why, and what the newest say; of a thing that very many report, the newest tell the reasons."""
        if not thing.open_reports:
            return format_html('<span class="desk-nothing">{}</span>', "none")
        reasons = Counter(report.get_reason_display().lower() for report in thing.newest_reports)
        told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        notes = [report.note for report in thing.newest_reports if report.note][:NOTES_SHOWN]
        return format_html(
            "<strong>{}</strong> <span>({})</span>{}",
            thing.open_reports,
            told,
            format_html_join("", "<blockquote>{}</blockquote>", ((Truncator(note).chars(160),) for note in notes)),
        )

    def _states(self, thing: Thing) -> list[str]:
        said = []
        if self.is_hidden(thing):
            said.append(f"hidden: {thing.hidden_reason}" if thing.hidden_reason else "hidden with an album above it")
        if thing.open_reports:
            said.append("reported")
        if not thing.user.is_active:
            said.append("owner suspended")
        return said or [self.sight(thing)]


def _fits(deed: Deed, thing: Thing) -> bool:
    """Whether a deed would change anything here: then there is a button for it."""
    return {
        "dismiss_reports": thing.open_reports > 0,
        "hide": thing.hidden_at is None,
        "unhide": thing.hidden_at is not None,
        "suspend_owner": thing.user.is_active,
        "unsuspend_owner": not thing.user.is_active,
    }.get(deed.name, True)
