"""/api/albums: albums, and what is in them."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.viewer import Viewer
from albums import tree
from albums.models import Album, Privacy
from gallery_site.api_view import GalleryView, flag
from gallery_site.openapi import PAGE_PARAMETERS, errors, page_shape
from gallery_site.paging import Ordering, page_of
from gallery_site.serializers import ChoiceField
from images import album_changes, foresight, placing, shapes, trash
from images.access_cards import foresight_card
from images.album_cards import album_card, album_cards
from images.bodies import AlbumBody, AlbumChanges, ImageIds, PlacesBody
from images.filters import ORDERINGS, ordering_of
from images.finding import (
    editable_album,
    fillable_album,
    own_album,
    own_images,
    removable_place,
    seen_album,
    trashed_album,
)
from images.models import Image
from images.serializers import image_cards

COLUMNS = {"name": "name_sort", "created_at": "created_at", "updated_at": "updated_at"}
BY_POSITION = "display_order"
DRY_RUN = OpenApiParameter("dry_run", bool, description="change nothing, and tell who would gain and lose what")
CHANGED_OR_FORESEEN = PolymorphicProxySerializer(
    "AlbumChanged", [shapes.AlbumCard, shapes.AlbumForesight], resource_type_field_name=None
)


class AlbumFilters(serializers.Serializer):
    user = serializers.CharField(required=False, max_length=254)
    privacy = ChoiceField(Privacy.choices, required=False)
    parent = serializers.CharField(  # type: ignore[assignment]  # the query's name for it
        required=False, max_length=36, help_text="an album's id, or `root`"
    )
    shared = serializers.BooleanField(required=False, default=False)
    search = serializers.CharField(required=False, max_length=200)
    in_trash = serializers.BooleanField(required=False, default=False)
    ordering = ChoiceField([sign + name for name in COLUMNS for sign in ("", "-")], required=False, default="name")

    def validate_parent(self, value: str) -> UUID | None:
        try:
            return None if value == "root" else UUID(value)
        except ValueError:
            raise serializers.ValidationError("An album's id, or `root`.") from None


class AlbumsView(GalleryView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(
        operation_id="albums_list",
        parameters=[AlbumFilters, *PAGE_PARAMETERS],
        responses={200: page_shape(shapes.AlbumCard), **errors(400)},
    )
    def get(self, request: Request) -> Response:
        """The albums that the viewer may see."""
        asked = self.query(AlbumFilters)
        albums = Album.objects.in_trash_of(self.viewer) if asked["in_trash"] else Album.objects.visible_to(self.viewer)
        albums = albums.matching(asked, self.viewer)
        name = asked["ordering"]
        page = page_of(albums, request, Ordering(name, COLUMNS[name.removeprefix("-")]))
        return Response(page.envelope(album_cards(page.items, self.viewer)))

    @extend_schema(operation_id="albums_create", request=AlbumBody, responses={201: shapes.AlbumCard})
    def post(self, request: Request) -> Response:
        """Make an album: private at the top, as its parent below, unless told otherwise."""
        album = _grown(lambda: album_changes.plant_album(owner=self.user, **self.body(AlbumBody)))
        return Response(album_card(album, self.viewer), status=201, headers={"Location": f"/api/albums/{album.uid}"})


class AlbumView(GalleryView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="albums_retrieve", responses={200: shapes.AlbumCard, **errors(404)})
    def get(self, request: Request, uid: UUID) -> Response:
        return Response(album_card(seen_album(uid, self.viewer), self.viewer))

    @extend_schema(
        operation_id="albums_update",
        parameters=[DRY_RUN],
        request=AlbumChanges,
        responses={200: CHANGED_OR_FORESEEN, **errors(403, 404)},
    )
    def put(self, request: Request, uid: UUID) -> Response:
        """Change what is sent and leave the rest; `parent_id` moves the album with all below it.

        With `dry_run=true` nothing changes, and the answer tells who would gain and lose the sight of what, and over
        how many images the watermark would be another one.
        """
        album = editable_album(uid, self.viewer)
        changes = self.body(AlbumChanges, partial=True)
        cover = _cover(album, changes.pop("cover_image_id"), self.viewer) if "cover_image_id" in changes else ...
        if flag(request, "dry_run"):
            return Response(foresight_card(_grown(lambda: foresight.of_edit(album, changes))))
        _grown(lambda: album_changes.edit_album(album, changes))
        if cover is not ...:
            placing.set_cover(album, cover)
        return Response(album_card(album, self.viewer))

    @extend_schema(
        operation_id="albums_partial_update",
        parameters=[DRY_RUN],
        request=AlbumChanges,
        responses={200: CHANGED_OR_FORESEEN, **errors(403, 404)},
    )
    def patch(self, request: Request, uid: UUID) -> Response:
        """The same as PUT."""
        return self.put(request, uid)

    @extend_schema(
        operation_id="albums_destroy",
        parameters=[
            OpenApiParameter("images", str, enum=["keep", "orphans", "all"], description="of the images in it"),
            OpenApiParameter("permanent", bool, description="remove the albums for good, now; the images are spared"),
        ],
        responses={204: None, **errors(403, 404)},
    )
    def delete(self, request: Request, uid: UUID) -> Response:
        """Into the trash, with all below it, as one step that can be undone; for good with `permanent=true`, from the
        trash too. Of the images in it, those that go too go to the trash."""
        for_good = flag(request, "permanent")
        album = own_album(uid, self.viewer) if for_good else editable_album(uid, self.viewer)
        images = request.query_params.get("images", self.user.preferences["album_delete_mode"])
        if images not in (album_changes.KEEP, album_changes.ORPHANS, album_changes.ALL):
            raise ValidationError({"images": "One of keep, orphans, all."})
        album_changes.trash_album(album, images=images, for_good=for_good)
        return Response(status=204)


class AlbumRestoreView(GalleryView):
    @extend_schema(operation_id="albums_restore", request=None, responses={200: shapes.AlbumCard, **errors(404)})
    def post(self, request: Request, uid: UUID) -> Response:
        """Undo the deletion: albums, places, and the images that it put into the trash."""
        album = trashed_album(uid, self.viewer)
        album_changes.restore_album(album)
        return Response(album_card(album, self.viewer))


class AlbumImageOrdering(serializers.Serializer):
    ordering = ChoiceField([BY_POSITION, *ORDERINGS], required=False, default=BY_POSITION)


class AlbumImagesView(GalleryView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(
        operation_id="albums_images_list",
        parameters=[AlbumImageOrdering, *PAGE_PARAMETERS],
        responses={200: page_shape(shapes.ImageCard), **errors(400, 404)},
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """The images in the album that the viewer may see."""
        album = seen_album(uid, self.viewer)
        name = self.query(AlbumImageOrdering)["ordering"]
        images = Image.objects.visible_to(self.viewer).in_album(album).select_related("user").by_position()
        page = page_of(images, request, Ordering(name, "position") if name == BY_POSITION else ordering_of(name))
        return Response(page.envelope(image_cards(page.items, self.viewer)))

    @extend_schema(
        operation_id="albums_images_add", request=PlacesBody, responses={200: shapes.AlbumCard, **errors(403, 404)}
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Put one's own images into the album, all or none; one that is there already stays."""
        album = fillable_album(uid, self.viewer)
        body = self.body(PlacesBody)
        images = own_images(body["image_ids"], self.viewer)
        placing.add(images, to=album, by=self.user, position=body.get("position"))
        return Response(album_card(album, self.viewer))

    @extend_schema(
        operation_id="albums_images_reorder", request=ImageIds, responses={200: shapes.AlbumCard, **errors(403, 404)}
    )
    def patch(self, request: Request, uid: UUID) -> Response:
        """Let these come in this order; the rest keeps its own."""
        album = editable_album(uid, self.viewer)
        uids = self.body(ImageIds)["image_ids"]
        inside = dict(Image.objects.visible_to(self.viewer).in_album(album).keys_of(uids))
        missing = {
            str(n): [ErrorDetail("There is no such image in this album.", code="does_not_exist")]
            for n, uid in enumerate(uids)
            if uid not in inside
        }
        if missing:
            raise ValidationError({"image_ids": missing})
        placing.reorder([inside[uid] for uid in uids], within=album)
        return Response(album_card(album, self.viewer))


class AlbumImageView(GalleryView):
    @extend_schema(
        operation_id="albums_images_remove",
        parameters=[OpenApiParameter("delete_image", bool, description="the image itself goes to the trash too")],
        responses={200: shapes.Removal, **errors(403, 404)},
    )
    def delete(self, request: Request, uid: UUID, image_uid: UUID) -> Response:
        """Take an image out of the album: its owner any, a contributor his own."""
        album, image = removable_place(uid, image_uid, self.viewer)
        delete = flag(request, "delete_image")
        if delete and not self.viewer.owns(image):
            raise PermissionDenied("This image is somebody else's.")
        placing.remove([image.pk], out_of=[album])
        if delete:
            trash.trash([image.pk])
        return Response({"removed": True, "deleted": delete})


def _cover(album: Album, uid: UUID | None, viewer: Viewer) -> int | None:
    """The key of an image of this album, one that its owner sees; raises ValidationError."""
    if uid is None:
        return None
    found = dict(Image.objects.visible_to(viewer).in_album(album).keys_of([uid]))
    if not found:
        raise ValidationError({"cover_image_id": "There is no such image in this album."})
    return found[uid]


def _grown(change: Any) -> Any:
    """Run a change of the tree; what the tree does not allow is an error of its field."""
    try:
        return change()
    except tree.TreeError as refusal:
        raise ValidationError({refusal.field: [ErrorDetail(refusal.detail, code=refusal.code)]}) from refusal
