"""/api/upload: files in."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.viewer import Viewer
from gallery_site.api_view import GalleryView
from gallery_site.openapi import WHY, errors
from gallery_site.refusals import TooLarge
from gallery_site.throttle import throttle
from images import shapes
from images.bodies import UploadBody
from images.intake import Wishes
from images.intake.outcomes import Outcome, http_status, take_in_each
from images.serializers import image_cards

FILE_FIELDS = ("files", "file", "images", "image", "files[]")
# When no file is taken the answer tells why for each; when the request itself is wrong, it is the error of all routes.
ALL_REFUSED = {
    status: OpenApiResponse(
        {"oneOf": [{"$ref": "#/components/schemas/UploadResults"}, {"$ref": "#/components/schemas/Error"}]},
        description=WHY[status],
    )
    for status in (400, 413, 415, 507)
}


class UploadView(GalleryView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="upload",
        request={
            "multipart/form-data": {
                "type": "object",
                "required": ["files"],
                "properties": {
                    "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                    "album_id": {"type": "string", "format": "uuid"},
                    "title": {"type": "string", "maxLength": 255},
                    "description": {"type": "string", "maxLength": 10_000},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "privacy_setting": {"type": "string", "enum": ["inherit", "private", "public"]},
                    "on_duplicate": {"type": "string", "enum": ["keep", "restore"]},
                },
            }
        },
        responses=dict.fromkeys((201, 207), shapes.UploadResults) | errors(429) | ALL_REFUSED,
    )
    def post(self, request: Request) -> Response:
        """Take in one or more pictures, each by itself; the results come in the order of the files."""
        form = request.POST
        if getattr(request._request, "upload_too_large", False):
            raise TooLarge("The request is larger than the gallery takes at once; send fewer files.")
        uploads = [upload for field in FILE_FIELDS for upload in request.FILES.getlist(field)]
        if not uploads:
            raise ValidationError({"files": "Send at least one file, in the field `files` of a multipart form."})
        serializer = UploadBody(
            data={name: form.getlist(name) if name == "tags" else form[name] for name in form},
            context={"viewer": self.viewer},
        )
        serializer.is_valid(raise_exception=True)
        wishes = wishes_of(serializer.validated_data)
        for _ in uploads:
            throttle(request, "upload", f"{settings.GALLERY_UPLOADS_PER_HOUR}/h", str(self.user.pk))
        outcomes = take_in_each(uploads, owner=self.user, wishes=wishes)
        return Response(results_of(outcomes, self.viewer), status=http_status(outcomes))


def wishes_of(values: dict[str, Any]) -> Wishes:
    wished = dict(values)
    restore = wished.pop("on_duplicate", "keep") == "restore"
    return Wishes(**wished, restore_duplicates=restore)


def results_of(outcomes: list[Outcome], viewer: Viewer) -> dict[str, Any]:
    cards = {
        card["id"]: card
        for card in image_cards({o.taken.image.pk: o.taken.image for o in outcomes if o.taken}.values(), viewer)
    }
    results = [_result(outcome, cards) for outcome in outcomes]
    statuses = [result["status"] for result in results]
    return {
        "results": results,
        "created": statuses.count("created"),
        "duplicates": statuses.count("duplicate"),
        "rejected": statuses.count("rejected"),
    }


def _result(outcome: Outcome, cards: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if outcome.taken is None:
        problem = outcome.problem | {"attr": "files"}
        return {"filename": outcome.filename, "status": "rejected", "id": None, "errors": [problem]}
    uid = str(outcome.taken.image.uid)
    return {
        "filename": outcome.filename,
        "status": outcome.status,
        "id": uid,
        "image": cards[uid],
        "location": outcome.taken.location,
    }
