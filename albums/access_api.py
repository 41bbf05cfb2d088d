"""Who can see an album, and through which rule: told to its owner."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gallery_site.api_view import GalleryView
from gallery_site.openapi import errors
from images import shapes
from images.access_cards import access_card
from images.finding import editable_album


class AlbumAccessView(GalleryView):
    @extend_schema(operation_id="albums_access_retrieve", responses={200: shapes.AlbumAccess, **errors(403, 404)})
    def get(self, request: Request, uid: UUID) -> Response:
        """Who can see the album and what is in it, and through which rule; `rules` says the same in sentences."""
        return Response(access_card(editable_album(uid, self.viewer), self.viewer))
