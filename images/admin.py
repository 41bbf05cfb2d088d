"""Images in the admin: the moderation desk, an administrator's look at a private one, blocked files, tags."""

import base64
import logging
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from taggit.models import Tag as TaggitTag

from accounts.staff import Deed, ForAdministrators, ReasonedActions, ReasonForm, viewer_in
from accounts.viewer import Viewer
from images import addresses, blocking, marks, store
from images.darkroom.pool import Refused
from images.desk import DeskAdmin, WaitingFilter
from images.imagegenerators import rendition
from images.looking import look
from images.making import Outdated
from images.models import BlockedHash, Image, Tag
from images.renditions import NAMED, RenditionKey
from images.watermarks import mark_of

KINDS = ("jpeg", "png", "gif", "webp", "avif", "heic", "tiff", "bmp")
UUID_TEXT = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
log = logging.getLogger("gallery.moderation")
admin.site.unregister(TaggitTag)  # ours is another


class MimeTypeFilter(admin.SimpleListFilter):
    """By the types we take, so that no page reads the table to find which there are."""

    title = "type"
    parameter_name = "mime_type"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(f"image/{kind}", kind) for kind in KINDS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        return queryset.filter(mime_type=self.value()) if self.value() else queryset


class LookForm(ReasonForm):
    image = forms.CharField(label="Id or address of the image", max_length=500)
    field_order = ["image", "reason"]

    def clean_image(self) -> UUID:
        found = UUID_TEXT.search(self.cleaned_data["image"])
        if found is None:
            raise ValidationError("Here is no id of an image: it looks like 0197a3c2-….", code="invalid")
        return UUID(found[0])


@admin.register(Image)
class ImageAdmin(DeskAdmin):
    """What everyone may see, and what is reported or hidden. A private picture is its owner's alone, for the staff too;
    an administrator who has to look at one does so on a page of its own, and the audit log knows."""

    list_filter = (WaitingFilter, "privacy_setting", MimeTypeFilter, "uploaded_at")
    search_fields = ("title", "user__username")
    change_list_template = "admin/images_list.html"
    fields = readonly_fields = (
        *("uid", "title", "description", "owner", "privacy_setting", "state", "mime_type"),
        *("image_width", "image_height", "file_size", "view_count", "download_count", "uploaded_at"),
    )

    def pictures(self, things: Sequence[Image], viewer: Viewer, size: str = "small") -> dict[int, dict[str, Any]]:
        due = marks.due(things, viewer)
        return {image.pk: addresses.thumbnail(image, NAMED[size], mark_of(due[image.pk])) for image in things}

    def is_hidden(self, thing: Image) -> bool:
        return thing.hidden_at is not None

    def sight(self, thing: Image) -> str:
        return "seen by everyone" if thing.is_listed else "not listed"

    def get_urls(self) -> list[URLPattern]:
        look_page = path("look", self.admin_site.admin_view(self.look_view), name="images_image_look")
        return [look_page, *super().get_urls()]

    def look_view(self, request: HttpRequest) -> HttpResponse:
        """One image that is not the administrator's to see: asked for with a reason, logged, shown in this one page."""
        if not request.user.is_superuser:
            raise PermissionDenied("Only administrators look at private images.")
        form = LookForm(request.POST or None, initial=request.GET.dict())
        image = None
        if form.is_valid():
            given = form.cleaned_data
            image = look(given["image"], by=request.user, reason=given["reason"])
            if image is None:
                form.add_error("image", "There is no such image.")
        context = {
            **self.admin_site.each_context(request),
            "title": "Look at a private image",
            "opts": self.opts,
            "form": form,
            "image": image,
            "picture": _as_data(image) if image else None,
        }
        return TemplateResponse(
            request, "admin/look.html", context, status=200 if form.is_valid() or not form.is_bound else 400
        )


def _as_data(image: Image) -> str | None:
    """The large rendition as a data URI, since no address of it is open; None when it can't be made just now."""
    file = rendition(image, RenditionKey(NAMED["large"], "jpeg"))
    try:
        file.generate()
    except (FileNotFoundError, Refused, Outdated) as trouble:
        log.error("image %s can't be looked at: %s", image.uid, trouble)
        return None
    return f"data:image/jpeg;base64,{base64.b64encode(store.on_disk(file.name).read_bytes()).decode()}"


@admin.register(BlockedHash)
class BlockedHashAdmin(ReasonedActions, ForAdministrators):
    """Files that nobody can upload; the way back is an act with a reason."""

    list_display = ("file_hash", "reason", "blocked_by", "at")
    list_select_related = ("blocked_by",)
    search_fields = ("file_hash", "reason")
    ordering = ("-pk",)
    fields = readonly_fields = ("file_hash", "reason", "blocked_by", "at")
    deeds = (Deed("unblock", "Unblock", "These files can be uploaded again, by anybody.", blocking.unblock),)


@admin.register(Tag)
class TagAdmin(ForAdministrators):
    """The tags that an administrator meets as everyone does: on images that he sees."""

    list_display = ("name", "usage_count", "created_at")
    search_fields = ("name_fold",)
    ordering = ("-usage_count", "name_fold")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        return super().get_queryset(request).met_by(viewer_in(request))  # type: ignore[attr-defined]
