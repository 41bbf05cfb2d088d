"""/api/images/batch: one deed on many images."""

import re

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gallery_site.api_view import GalleryView, flag
from gallery_site.openapi import errors
from gallery_site.refusals import Conflict
from images import batch, kept_answers, shapes
from images.batch import Batch
from images.bodies import BatchBody
from images.finding import refusals_told
from images.kept_answers import Answer

KEY = "Idempotency-Key"
A_KEY = re.compile(r"[\x21-\x7e]{1,255}")


class BatchView(GalleryView):
    @extend_schema(
        operation_id="images_batch",
        request=BatchBody,
        parameters=[
            OpenApiParameter("dry_run", bool, description="Answer the same without doing it; as in the body."),
            OpenApiParameter(
                KEY,
                str,
                OpenApiParameter.HEADER,
                description="1 to 255 visible ASCII characters of the client's choice. The same request with the same "
                "key, within 24 hours, is done once and answered the same; errors and dry runs are not kept.",
            ),
        ],
        responses={200: shapes.BatchAnswer, **errors(403, 404, 409)},
    )
    def post(self, request: Request) -> Response:
        """Do it to all of these images or to none: an error names each that can't be seen (404), else each that can't
        be changed (403), else each with which it is not possible (400)."""
        asked = self.body(BatchBody)
        dry_run = asked.pop("dry_run", False) or flag(request, "dry_run")
        key = _key_of(request)
        if key is None or dry_run:
            return Response(self._carried_out(Batch(**asked), dry_run=dry_run).body)
        try:
            answer = kept_answers.once(
                key=key,
                by=self.user,
                asked={"path": request.path.rstrip("/"), "body": asked},
                answer=lambda: self._carried_out(Batch(**asked)),
            )
        except kept_answers.KeyTaken:
            raise Conflict(f"This {KEY} came with another request before.", code="idempotency_key_taken") from None
        return Response(answer.body, status=answer.status)

    def _carried_out(self, asked: Batch, *, dry_run: bool = False) -> Answer:
        with refusals_told():
            done = batch.carry_out(asked, by=self.viewer, dry_run=dry_run)
        becomes = batch.OPERATIONS[asked.operation].becomes
        results = [{"id": str(uid), "status": becomes} for uid in done]
        return Answer(200, {"operation": asked.operation, "processed": len(done), "results": results})


def _key_of(request: Request) -> str | None:
    key = request.headers.get(KEY)
    if key is not None and not A_KEY.fullmatch(key):
        detail = ErrorDetail("1 to 255 visible ASCII characters.", code="invalid")
        raise ValidationError({KEY: [detail]})
    return key
