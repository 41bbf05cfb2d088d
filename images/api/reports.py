"""Reporting an image or an album to the moderators."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import BearerAuthentication, GuardedSessionAuthentication
from albums.models import Album
from gallery_site.api_view import GalleryView
from gallery_site.openapi import errors
from gallery_site.serializers import ChoiceField, StrictSerializer
from images import shapes
from images.finding import seen_album, seen_image
from images.models import Image, Report
from images.report_filing import LONGEST_NOTE, file_report
from images.serializers import instant


class ReportBody(StrictSerializer):
    reason = ChoiceField(Report.Reason.choices)
    note = serializers.CharField(max_length=LONGEST_NOTE, required=False, allow_blank=True, default="")


class _ReportView(GalleryView):
    """Open to whoever sees the thing; the CSRF check is for nobody too, or a stranger's page could report for him."""

    authentication_classes = [BearerAuthentication, GuardedSessionAuthentication]
    permission_classes = [AllowAny]

    def report(self, request: Request, thing: Image | Album) -> Response:
        said = self.body(ReportBody)
        made, is_new = file_report(request._request, thing, by=self.viewer, **said)
        return Response(_shown(made), status=201 if is_new else 200)


class ImageReportView(_ReportView):
    @extend_schema(
        operation_id="images_report",
        request=ReportBody,
        responses={201: shapes.ReportShape, 200: shapes.ReportShape, **errors(409, 429)},
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Tell the moderators of an image. While one's report is open, another takes its place (200)."""
        return self.report(request, seen_image(uid, self.viewer))


class AlbumReportView(_ReportView):
    @extend_schema(
        operation_id="albums_report",
        request=ReportBody,
        responses={201: shapes.ReportShape, 200: shapes.ReportShape, **errors(429)},
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Tell the moderators of an album. While one's report is open, another takes its place (200)."""
        return self.report(request, seen_album(uid, self.viewer))


def _shown(report: Report) -> dict[str, Any]:
    return {
        "id": str(report.uid),
        "reason": report.reason,
        "note": report.note,
        "created_at": instant(report.created_at),
    }
