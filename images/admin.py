"""Images in the admin: found by filters and words, shown with thumbnails, changed only by the deeds of their owners."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from taggit.models import Tag as TaggitTag

from images import addresses
from images.models import Image, Tag

KINDS = ("jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp")
admin.site.unregister(TaggitTag)  # ours is another


class MimeTypeFilter(admin.SimpleListFilter):
    """By the types we take, so that no page reads the table to find which there are."""

    title = "type"
    parameter_name = "mime_type"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(f"image/{kind}", kind) for kind in KINDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        return queryset.filter(mime_type=self.value()) if self.value() else queryset


@admin.register(Image)
class ImageAdmin(admin.ModelAdmin):
    """What everyone may see. A private picture is its owner's alone, for the staff too."""

    list_display = ("thumbnail", "title", "owner", "privacy_setting", "mime_type", "file_size", "uploaded_at")
    list_display_links = ("thumbnail", "title")
    list_filter = ("privacy_setting", MimeTypeFilter, "status", "uploaded_at")
    search_fields = ("title", "user__username")
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-pk",)
    fields = readonly_fields = (
        *("thumbnail", "uid", "title", "description", "owner", "privacy_setting", "mime_type"),
        *("image_width", "image_height", "file_size", "view_count", "download_count", "uploaded_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return super().get_queryset(request).visible_to(request.viewer)  # type: ignore[attr-defined]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        return False

    @admin.display(description="picture")
    def thumbnail(self, image: Image) -> SafeString:
        size = addresses.square(image)
        return format_html('<img src="{}" width="80" height="80" alt="" loading="lazy">', size["url"])

    @admin.display(description="owner", ordering="user")
    def owner(self, image: Image) -> str:
        return image.user.username


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    list_display = ("name", "usage_count", "created_at")
    search_fields = ("name_fold",)
    show_full_result_count = False
    ordering = ("-usage_count", "name_fold")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        return False
