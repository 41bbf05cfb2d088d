"""/api/images: the list, one image, its changes, the trash."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny, IsAuthenticatedOrReadOnly
from rest_framework.request import Request
from rest_framework.response import Response

from gallery_site.api_view import GalleryView, flag
from gallery_site.client_address import client_address
from gallery_site.openapi import PAGE_PARAMETERS, errors, page_shape
from gallery_site.paging import page_of
from gallery_site.refusals import PreconditionFailed
from gallery_site.writing import writing
from images import editing, shapes, trash, visits
from images.bodies import ImageBody
from images.filters import ImageFilters, ImageOrdering, filtered, ordering_of
from images.finding import editable_image, own_image, seen_image
from images.models import Visit
from images.serializers import image_cards, image_detail

COUNTED = (
    "view_count",
    "download_count",
    "statistics",
)  # what others change; an ETag that If-Match holds is of the rest


class ImagesView(GalleryView):
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="images_list",
        parameters=[ImageFilters, ImageOrdering, *PAGE_PARAMETERS],
        responses={200: page_shape(shapes.ImageCard)},
    )
    def get(self, request: Request) -> Response:
        """The images that the viewer may see."""
        ordering = ordering_of(self.query(ImageOrdering)["ordering"])
        page = page_of(filtered(self.query(ImageFilters), self.viewer).select_related("user"), request, ordering)
        return Response(page.envelope(image_cards(page.items, self.viewer)))


class ImageView(GalleryView):
    permission_classes = [IsAuthenticatedOrReadOnly]

    @extend_schema(operation_id="images_retrieve", responses={200: shapes.ImageDetail, **errors(404)})
    def get(self, request: Request, uid: UUID) -> Response | HttpResponse:
        """One image, whole. Counts a view, once per viewer and half hour."""
        image = seen_image(uid, self.viewer)
        if request.method == "GET":
            visits.record(
                image,
                Visit.Kind.VIEW,
                viewer=self.viewer,
                address=client_address(request),
                agent=request.headers.get("User-Agent", ""),
            )
        detail = image_detail(image, self.viewer)
        etag = etag_of(detail)
        unchanged = get_conditional_response(request, etag=etag)
        return unchanged or Response(detail, headers={"ETag": etag})

    @extend_schema(
        operation_id="images_update",
        request=ImageBody,
        responses={200: shapes.ImageDetail, **errors(403, 404, 409, 412)},
    )
    def put(self, request: Request, uid: UUID) -> Response:
        """Change what is sent and leave the rest; honours `If-Match`."""
        image = editable_image(uid, self.viewer)
        changes = self.body(ImageBody, instance=image, partial=True)
        expected = parse_etags(request.headers.get("If-Match", "*"))
        with writing():  # nobody else's edit comes between the look and the change
            editing.lock(image)
            if "*" not in expected and etag_of(image_detail(image, self.viewer)) not in expected:
                raise PreconditionFailed
            editing.edit(image, by=self.user, changes=changes)
        detail = image_detail(image, self.viewer)
        return Response(detail, headers={"ETag": etag_of(detail)})

    @extend_schema(
        operation_id="images_partial_update",
        request=ImageBody,
        responses={200: shapes.ImageDetail, **errors(403, 404, 409, 412)},
    )
    def patch(self, request: Request, uid: UUID) -> Response:
        """The same as PUT."""
        return self.put(request, uid)

    @extend_schema(
        operation_id="images_destroy",
        parameters=[OpenApiParameter("permanent", bool, description="remove it for good, now")],
        responses={204: None, **errors(403, 404)},
    )
    def delete(self, request: Request, uid: UUID) -> Response:
        """Into the trash; for good with `permanent=true`."""
        image = own_image(uid, self.viewer)
        if flag(request, "permanent"):
            trash.purge([image.pk])
        else:
            trash.trash([image.pk])
        return Response(status=204)


class ImageRestoreView(GalleryView):
    @extend_schema(operation_id="images_restore", request=None, responses={200: shapes.ImageDetail, **errors(403, 404)})
    def post(self, request: Request, uid: UUID) -> Response:
        """Back from the trash, with its places in albums."""
        image = own_image(uid, self.viewer)
        trash.restore([image.pk])
        image.refresh_from_db()
        return Response(image_detail(image, self.viewer))


def etag_of(detail: dict[str, Any]) -> str:
    """A strong tag of what an edit can change."""
    kept = {name: value for name, value in detail.items() if name not in COUNTED}
    return f'"{hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:32]}"'
