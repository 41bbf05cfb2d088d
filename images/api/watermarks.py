"""The pictures for one's watermarks."""

from uuid import UUID

from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from gallery_site.api_view import AnyType, GalleryView
from gallery_site.openapi import PAGE_PARAMETERS, errors, page_shape
from gallery_site.paging import Ordering, page_of
from gallery_site.refusals import Conflict, Gone, TooLarge
from gallery_site.throttle import throttle
from images import delivery, store, watermark_pictures
from images.darkroom.pool import Refused
from images.models import WatermarkPicture
from images.watermark_json import WatermarkPictureShape, picture_card

OLDEST_FIRST = Ordering("created_at", "pk")


class WatermarksView(GalleryView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="watermarks_list",
        parameters=PAGE_PARAMETERS,
        responses={200: page_shape(WatermarkPictureShape), **errors(400)},
    )
    def get(self, request: Request) -> Response:
        """One's own pictures, the oldest first."""
        page = page_of(WatermarkPicture.objects.filter(user=self.user), request, OLDEST_FIRST)
        return Response(page.envelope([picture_card(picture) for picture in page.items]))

    @extend_schema(
        operation_id="watermarks_add",
        request={
            "multipart/form-data": {
                "type": "object",
                "required": ["picture"],
                "properties": {"picture": {"type": "string", "format": "binary"}},
            }
        },
        responses={201: WatermarkPictureShape, **errors(400, 409, 413, 415, 429, 507)},
    )
    def post(self, request: Request) -> Response:
        """Take in a picture of at most 4 MiB: it becomes a PNG of at most 1024 pixels, its transparency kept."""
        file = request.FILES.get("picture")
        if getattr(request._request, "upload_too_large", False):
            raise TooLarge(watermark_pictures.TOO_LARGE)
        if file is None:
            raise ValidationError({"picture": "Send a file in the field `picture` of a multipart form."})
        throttle(request, "watermark picture", watermark_pictures.RATE, str(self.user.pk))
        try:
            picture = watermark_pictures.add(file.staged, owner=self.user)
        except watermark_pictures.TooLarge as trouble:
            raise TooLarge(str(trouble)) from trouble
        except Refused as trouble:
            raise ValidationError({"picture": trouble.detail}, code=trouble.code) from trouble
        except watermark_pictures.TooMany as trouble:
            raise Conflict(str(trouble), code="too_many") from trouble
        return Response(picture_card(picture), status=201)


class WatermarkView(GalleryView):
    content_negotiation_class = AnyType

    @extend_schema(
        operation_id="watermarks_retrieve", responses={(200, "image/png"): OpenApiTypes.BINARY, **errors(404, 410)}
    )
    def get(self, request: Request, uid: UUID) -> HttpResponseBase:
        """The picture itself, as it was made: a PNG that never changes."""
        self._own(uid)
        try:
            return delivery.serve(
                request,
                store.on_disk(store.watermark_path(uid)),
                content_type="image/png",
                etag=uid.hex,
                cache_control=delivery.ASK_AGAIN,
            )
        except FileNotFoundError as trouble:
            raise Gone("This picture is missing from the server's disk.") from trouble

    @extend_schema(operation_id="watermarks_remove", responses={204: None, **errors(404, 409)})
    def delete(self, request: Request, uid: UUID) -> Response:
        """Remove it; not while it is in one's watermark, or in that of an album."""
        try:
            watermark_pictures.remove(self._own(uid))
        except watermark_pictures.InUse as trouble:
            raise Conflict(str(trouble), code="in_use") from trouble
        return Response(status=204)

    def _own(self, uid: UUID) -> WatermarkPicture:
        picture = WatermarkPicture.objects.select_related("user").filter(user=self.user, uid=uid).first()
        if picture is None:
            raise NotFound("There is no such picture of yours.")
        return picture
