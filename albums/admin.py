"""Albums in the admin: the moderation desk."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from accounts.staff import Deed, viewer_in
from accounts.viewer import Viewer
from albums.models import Album
from images import addresses, marks, moderation
from images.album_cards import album_cards
from images.desk import DeskAdmin, WaitingFilter
from images.models import Image
from images.renditions import NAMED
from images.watermarks import mark_of

IMAGES_SHOWN = 24


class WaitingAlbumFilter(WaitingFilter):
    hidden = Q(is_hidden=True)


@admin.register(Album)
class AlbumAdmin(DeskAdmin):
    list_filter = (WaitingAlbumFilter, "privacy_setting", "created_at")
    search_fields = ("name", "user__username")
    fields = readonly_fields = (
        *("uid", "name", "description", "owner", "privacy_setting", "effective_privacy", "state", "image_count"),
        *("created_at", "updated_at"),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("policy")

    def pictures(self, things: Sequence[Album], viewer: Viewer, size: str = "small") -> dict[int, dict[str, Any]]:
        """Covers, as this moderator may see them."""
        covers = [card["cover_image"] for card in album_cards(things, viewer)]
        return {
            album.pk: cover["thumbnails"][size]
            for album, cover in zip(things, covers, strict=True)
            if cover is not None
        }

    def is_hidden(self, thing: Album) -> bool:
        return thing.is_hidden

    def sight(self, thing: Album) -> str:
        return thing.effective_privacy

    def consequences(self, deed: Deed, things: Sequence[Album]) -> list[str]:
        if deed.name != "delete_and_block":
            return super().consequences(deed, things)
        doomed, staying = moderation.contents(things)
        return [
            f"Albums that are deleted, with those below: {Album.objects.below(*things).count()}.",
            f"Images that are deleted and blocked: {doomed.count()}.",
            f"Images that others contributed, which stay theirs: {staying.count()}.",
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        viewer = viewer_in(request)
        images = Image.objects.visible_to(viewer).in_album(context["original"]).select_related("user")
        shown = list(images.order_by("places__display_order", "pk")[:IMAGES_SHOWN])
        due = marks.due(shown, viewer)
        context["images"] = [
            (image, addresses.thumbnail(image, NAMED["small"], mark_of(due[image.pk]))) for image in shown
        ]
        return super().render_change_form(request, context, *args, **kwargs)
