"""/api/images/<id>/download and /thumbnail: originals, what is converted of them, and thumbnails."""

import logging
from contextlib import nullcontext
from time import monotonic_ns
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from gallery_site.api_view import AnyType, GalleryView
from gallery_site.client_address import client_address
from gallery_site.making_slots import making_slot
from gallery_site.openapi import errors
from gallery_site.refusals import Busy, Gone
from images import delivery, store, visits
from images.addresses import preferred_format
from images.conversion import TooLong
from images.conversion_query import ConversionQuery, conversion_of
from images.darkroom.pool import Refused, took_too_much
from images.downloads import converted_file, is_made, saved_file
from images.finding import LOST, answered, seen_image
from images.framing import OutOfPicture
from images.imagegenerators import rendition
from images.making import Outdated, is_current
from images.marks import due_on, with_mark
from images.models import Image, Visit
from images.remembering import Question, Verdict, memory
from images.renditions import LADDER, MEDIA_TYPES, NAMED, SQUARE, Format, RenditionKey, Size
from images.watermarks import mark_of

SIZES = (*NAMED, SQUARE, *map(str, LADDER))
log = logging.getLogger("gallery.files")


class DownloadView(GalleryView):
    permission_classes = [AllowAny]
    content_negotiation_class = AnyType

    @extend_schema(
        operation_id="images_download",
        parameters=[ConversionQuery],
        responses={(200, "*/*"): OpenApiTypes.BINARY, (206, "*/*"): OpenApiTypes.BINARY, **errors(403, 404, 410, 416)},
    )
    def get(self, request: Request, uid: UUID) -> HttpResponseBase:
        """The original, byte for byte, to its owner; to others whom he allows it a copy of the same picture without
        what its file tells. Asked for a format, a size or a shape, the picture as it is shown, converted. The WebP of
        an animated picture moves, unless it has too many frames for that or they are too large; then, and in the other
        formats, it is the first frame. `Range`, `If-Range` and conditional requests are honoured."""
        return answered(lambda: seen_image(uid, self.viewer), self._saved)

    def _saved(self, image: Image) -> HttpResponseBase:
        if not Image.objects.downloadable_by(self.viewer).filter(pk=image.pk).exists():
            raise PermissionDenied("Its owner does not offer this image for download.")
        conversion = conversion_of(self.query(ConversionQuery), image, self.viewer)
        try:
            with nullcontext() if is_made(image, conversion, self.viewer) else making_slot():
                saved = converted_file(image, conversion, self.viewer) if conversion else saved_file(image, self.viewer)
            answer = delivery.serve(
                self.request,
                store.on_disk(saved.path),
                content_type=saved.mime_type,
                etag=saved.etag,
                cache_control=delivery.ASK_AGAIN,
                attachment=saved.name,
                expected_bytes=saved.size,
            )
        except OutOfPicture as trouble:
            raise ValidationError({"crop": str(trouble)}) from trouble
        except TooLong as trouble:
            raise ValidationError({"format": str(trouble)}) from trouble
        except (FileNotFoundError, Refused) as trouble:
            if took_too_much(trouble):
                too_long = ValidationError("This takes too long to convert. Ask for a smaller size.")
                raise too_long if conversion else Busy from trouble
            raise _lost(image) from trouble
        if self.request.method == "GET" and answer.status_code in (200, 206):
            visits.record(
                image,
                Visit.Kind.DOWNLOAD,
                viewer=self.viewer,
                address=client_address(self.request),
                agent=self.request.headers.get("User-Agent", ""),
            )
        return answer


class ThumbnailView(GalleryView):
    permission_classes = [AllowAny]
    content_negotiation_class = AnyType

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What was found a moment ago is answered again, as long as the database is as it was; nobody is asked then."""
        self.question = _question(request)
        known = memory.recall(self.question) if self.question else None
        self.asked_at = monotonic_ns()  # after the memory looked whether anything has changed
        if known:
            try:
                answer = _thumbnail_of(request, known)
            except FileNotFoundError:
                log.info("a rendition is gone from the disk: %s", known.path)  # the long way makes it
            else:
                if known.user:
                    request.user = known.user  # for the log
                return answer
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="images_thumbnail",
        parameters=[
            OpenApiParameter("size", str, enum=SIZES, default="medium"),
            OpenApiParameter("format", str, enum=list(MEDIA_TYPES), description="unless said, what `Accept` prefers"),
        ],
        responses={
            **{(200, mime_type): OpenApiTypes.BINARY for mime_type in MEDIA_TYPES.values()},
            **errors(400, 404, 410, 503),
        },
    )
    def get(self, request: Request, uid: UUID) -> HttpResponseBase:
        """A thumbnail, upright and in sRGB; made on demand if it is not there. From 320 on the WebP of an animated
        picture moves; everything else shows its first frame."""
        size = read_size(request.query_params.get("size", "medium"))
        form = read_format(request)
        return answered(lambda: seen_image(uid, self.viewer), lambda image: self._shown(image, size, form))

    def _shown(self, image: Image, size: Size, form: Format) -> HttpResponseBase:
        query = self.request.query_params
        watermark = due_on(image, self.viewer)
        if watermark is None and self.viewer.owns(image) and (mark := query.get("m")):
            watermark = with_mark(mark, image)  # its owner looks at it as somebody else does
        key = RenditionKey(size, form, mark_of(watermark))
        file = rendition(image, key, watermark)
        named = (query.get("v"), query.get("m", "")) == (str(image.version), key.mark)
        verdict = Verdict(
            path=file.name,
            content_type=MEDIA_TYPES[form],
            etag=f"{image.uid.hex}-{image.version}-{key.file_name}",
            cache_control=delivery.FOR_EVER if named else delivery.ASK_AGAIN,
            user=self.viewer.user,
        )
        try:
            file.generate()
            answer = _thumbnail_of(self.request, verdict)
        except (FileNotFoundError, Refused) as trouble:
            raise Busy if took_too_much(trouble) else _lost(image) from trouble
        if self.question and not self.viewer.links:  # a link may expire without a change
            memory.keep(self.question, verdict, asked_at=self.asked_at)
        return answer


def _lost(image: Image) -> Gone | Outdated:
    """What it means that a file of the image is not there, or can't be decoded."""
    if not is_current(image):
        return Outdated()
    log.error("original of image %s is missing or damaged: %s", image.uid, image.file_path)
    return Gone(LOST)


def _thumbnail_of(request: HttpRequest | Request, verdict: Verdict) -> HttpResponseBase:
    """Raises FileNotFoundError."""
    answer = delivery.serve(
        request,
        store.on_disk(verdict.path),
        content_type=verdict.content_type,
        etag=verdict.etag,
        cache_control=verdict.cache_control,
    )
    patch_vary_headers(answer, ["Cookie"] if "format" in request.GET else ["Accept", "Cookie"])
    return answer


def _question(request: HttpRequest) -> Question | None:
    """All of a request that decides about its thumbnail; None where a look of its own is needed: a bearer token counts
    its uses."""
    if request.method not in ("GET", "HEAD") or "Authorization" in request.headers:
        return None
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    form = preferred_format(request.headers.get("Accept", ""))
    return session, request.path, request.META.get("QUERY_STRING", ""), form


def read_size(text: str) -> Size:
    """A size by its name or its long edge; raises ValidationError."""
    if text not in SIZES:
        raise ValidationError({"size": f"One of {', '.join(SIZES)}."})
    if text == SQUARE:
        return SQUARE
    return NAMED[text] if text in NAMED else int(text)


def read_format(request: Request) -> Format:
    """The format asked for by name, else the one that `Accept` prefers. Raises ValidationError."""
    if (named := request.query_params.get("format")) is None:
        return preferred_format(request.headers.get("Accept", ""))
    if named not in MEDIA_TYPES:
        raise ValidationError({"format": f"One of {', '.join(MEDIA_TYPES)}."})
    return named
