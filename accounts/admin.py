"""People and what concerns them in the admin, for administrators: accounts, rights, tokens, the audit log."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts import audit, suspension
from accounts.models import AuditEntry, BearerToken, User
from accounts.staff import Deed, ForAdministrators, ReasonedActions
from accounts.viewer import signed_in

RIGHTS = ("is_staff", "is_superuser", "groups")
admin.site.unregister(Group)


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "email"]


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class NewPasswordForm(AdminPasswordChangeForm):
    """Ends all tokens too, as every new password does."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit)
        BearerToken.objects.owned_by(user).delete()
        return user


@admin.register(User)
class PersonAdmin(ReasonedActions, ForAdministrators, UserAdmin):
    """Accounts. Nobody lifts or lowers himself; rights that are given or taken stand in the audit log."""

    form, add_form, change_password_form = UserForm, NewUserForm, NewPasswordForm
    list_display = [
        *("username", "email", "is_verified", "is_active", "is_staff"),
        *("total_images", "storage_used", "created_at"),
    ]
    list_filter = ["is_active", "is_staff", "is_superuser", "is_verified", "created_at", "groups"]
    search_fields = ["username", "email"]
    ordering = ["-id"]
    readonly_fields = [
        *("uid", "is_active", "total_images", "storage_used", "trash_bytes"),
        *("created_at", "last_login", "chosen_preferences"),
    ]
    fieldsets = [
        (None, {"fields": ["uid", "username", "email", "is_verified", "password"]}),
        ("Storage", {"fields": ["quota_bytes", "total_images", "storage_used", "trash_bytes"]}),
        ("Rights", {"fields": ["is_active", *RIGHTS]}),
        ("Traces", {"fields": ["created_at", "last_login", "chosen_preferences"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]
    filter_horizontal = ["groups"]
    deeds = (
        Deed(
            "suspend",
            "Suspend",
            "They are signed out everywhere and can't sign in; everything of theirs is out of sight. It can be undone.",
            suspension.suspend,
            is_grave=True,
        ),
        Deed(
            "unsuspend",
            "Let in again",
            "They can sign in again, and what they showed is seen again.",
            suspension.unsuspend,
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return self.has_view_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        readonly = [*super().get_readonly_fields(request, obj)]
        return [*readonly, *RIGHTS] if obj is not None and obj.pk == request.user.pk else readonly

    def shown(self, request: HttpRequest, things: Sequence[User]) -> list[dict[str, Any]]:
        return [
            {
                "key": user.pk,
                "name": user.username,
                "facts": [f"{user.total_images} images", *([] if user.is_active else ["suspended"])],
            }
            for user in things
        ]

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        before = {name: form.initial.get(name) for name in RIGHTS}
        super().save_related(request, form, formsets, change)
        if given := [_change_of(name, before[name], form) for name in RIGHTS if name in form.changed_data]:
            _record(request, form.instance, "change_rights", "; ".join(given))

    def log_addition(self, request: HttpRequest, object: User, message: Any) -> Any:  # noqa: A002  Django's name
        _record(request, object, "add_user", "Added in the admin.")
        return super().log_addition(request, object, message)

    def log_change(self, request: HttpRequest, object: User, message: Any) -> Any:  # noqa: A002  Django's name
        entry = super().log_change(request, object, message)
        _record(request, object, "change_user", entry.get_change_message() or "Nothing changed.")
        return entry


def _record(request: HttpRequest, user: User, action: str, what: str) -> None:
    """Nobody is asked why here: what was done stands where the reason is."""
    audit.record([audit.target_user(user)], by=signed_in(request), action=action, reason=what[: audit.LONGEST_REASON])


def _change_of(name: str, before: Any, form: ModelForm) -> str:
    after = form.cleaned_data[name]
    if name == "groups":
        before, after = (
            ", ".join(sorted(group.name for group in groups)) or "none" for groups in (before or [], after)
        )
    return f"{name}: {before} → {after}"


@admin.register(Group)
class GroupAdmin(ForAdministrators):
    """Who is in the one group that means something: Moderators. People join and leave it on their own pages."""

    list_display = ["name", "members"]
    fields = readonly_fields = ("name", "members")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Group]:
        return super().get_queryset(request).prefetch_related("user_set")

    @admin.display(description="members")
    def members(self, group: Group) -> str:
        return ", ".join(sorted(user.username for user in group.user_set.all())) or "nobody"


@admin.register(BearerToken)
class BearerTokenAdmin(ForAdministrators):
    """Tokens are looked at and revoked here, never made: the secret belongs to the user alone."""

    list_display = ["name", "user", "created_at", "expires_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    fields = readonly_fields = ("uid", "user", "name", "created_at", "expires_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: BearerToken | None = None) -> bool:
        return self.has_view_permission(request)

    def log_deletions(self, request: HttpRequest, queryset: Iterable[BearerToken]) -> Any:
        for token in queryset:
            _record(request, token.user, "revoke_token", f"Token “{token.name}”.")
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]  # Django gives a list too


@admin.register(AuditEntry)
class AuditEntryAdmin(ForAdministrators):
    """What the staff did. It is written by the acts themselves, and changed by nobody."""

    list_display = ["at", "actor_name", "action", "target_kind", "target_name", "reason"]
    list_filter = ["action", "target_kind", "at"]
    search_fields = ["actor_name", "target_name", "reason"]
    ordering = ["-id"]
    fields = readonly_fields = (
        "at",
        "actor",
        "actor_name",
        "action",
        "target_kind",
        "target_id",
        "target_name",
        "reason",
    )


def _by_our_own_page(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """The admin has no door of its own: one login, one throttle."""
    return redirect_to_login(request.GET.get("next", request.path.removesuffix("login/")))


def _on_our_own_page(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """One's own password is changed on the account page, which asks for the present one and ends tokens too."""
    return redirect("account")


admin.site.site_header = admin.site.site_title = "Gallery"
admin.site.index_title = "Administration"
admin.site.login = _by_our_own_page  # type: ignore[method-assign]
admin.site.password_change = _on_our_own_page  # type: ignore[method-assign, assignment]
