"""People in the admin. Suspending and deleting are moderation's, which keeps what follows from them right."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from accounts.models import BearerToken, User


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ["username", "email"]


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class PersonAdmin(UserAdmin):
    form, add_form = UserForm, NewUserForm
    list_display = [
        *("username", "email", "is_verified", "is_active", "is_staff"),
        *("total_images", "storage_used", "created_at"),
    ]
    list_filter = ["is_active", "is_staff", "is_superuser", "is_verified", "created_at", "groups"]
    search_fields = ["username", "email"]
    ordering = ["-id"]
    list_per_page = 50
    show_full_result_count = False
    readonly_fields = [
        *("uid", "is_active", "total_images", "storage_used", "trash_bytes"),
        *("created_at", "last_login", "chosen_preferences"),
    ]
    fieldsets = [
        (None, {"fields": ["uid", "username", "email", "is_verified", "password"]}),
        ("Storage", {"fields": ["quota_bytes", "total_images", "storage_used", "trash_bytes"]}),
        ("Rights", {"fields": ["is_active", "is_staff", "is_superuser", "groups"]}),
        ("Traces", {"fields": ["created_at", "last_login", "chosen_preferences"]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "email", "usable_password", "password1", "password2"]})]
    filter_horizontal = ["groups"]

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Rows would go and leave their files behind: moderation blocks and deletes."""
        return False


@admin.register(BearerToken)
class BearerTokenAdmin(admin.ModelAdmin):
    """Tokens are looked at and revoked here, never made: the secret belongs to the user alone."""

    list_display = ["name", "user", "created_at", "expires_at", "last_used_at"]
    list_select_related = ["user"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["name", "user__username"]
    fields = ["uid", "user", "name", "created_at", "expires_at", "last_used_at"]
    readonly_fields = ["uid", "user", "name", "created_at", "expires_at", "last_used_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: BearerToken | None = None) -> bool:
        return False


def _by_our_own_page(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """The admin has no door of its own: one login, one throttle."""
    return redirect_to_login(request.GET.get("next", request.path.removesuffix("login/")))


admin.site.login = _by_our_own_page  # type: ignore[method-assign]
