"""Renditions by addresses that name a file: signed ones, for which nobody is asked, and those of the shared cache.

A front server may answer both by itself (`deploy/nginx.conf`). None begins or reads a session, or sets a cookie.
"""

import logging
from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.viewer import NOBODY
from gallery_site.errors import plain_page
from images import addresses, delivery, marks, signing, store
from images.darkroom.pool import Refused, took_too_much
from images.imagegenerators import rendition
from images.making import Outdated, is_current
from images.models import Image
from images.renditions import EXTENSIONS, LADDER, MEDIA_TYPES, SQUARE, RenditionKey
from images.watermarks import Watermark, mark_of

log = logging.getLogger("gallery.files")


@require_safe
def signed(request: HttpRequest, shelf: str, uid: UUID, version: int, name: str) -> HttpResponseBase:
    """The rendition at this path to whoever has it signed, from the disk; only one that is missing there asks the
    database. 403 without a signature that holds."""
    expires, sig = request.GET.get("expires", ""), request.GET.get("sig", "")
    if not signing.is_signed(request.path, expires=expires, sig=sig):
        return _refusal(HTTPStatus.FORBIDDEN, "Address expired", "Load the page of this picture again.")
    key = RenditionKey.parse(name)
    try:
        return _serve(request, uid, version, key, cache_control=delivery.FOR_EVER)
    except FileNotFoundError:
        image = Image.objects.select_related("user").filter(uid=uid, version=version).first()
        if image is None or key != key.for_picture(image.image_width, image.image_height):
            return _not_here()
        watermark = marks.with_mark(key.mark, image) if key.mark else None
        if mark_of(watermark) != key.mark:
            return _not_here()
        return _made_and_served(request, image, key, watermark, cache_control=delivery.FOR_EVER)


@require_safe
def public(request: HttpRequest, shelf: str, uid: UUID, version: int, name: str) -> HttpResponseBase:
    """The rendition at this path for a shared cache, if everyone may see it now and gets this very one."""
    image = Image.objects.visible_to(NOBODY).select_related("user").filter(uid=uid, version=version).first()
    if not settings.CDN_URL or image is None:
        return _not_here()
    watermark = marks.due_on(image, NOBODY)
    keys = (RenditionKey(size, form, mark_of(watermark)) for size in (*LADDER, SQUARE) for form in EXTENSIONS)
    for key in keys:
        file = key.for_picture(image.image_width, image.image_height)
        if addresses.public_path(store.rendition_path(uid, version, file)) == request.path:
            return _made_and_served(request, image, file, watermark, cache_control=delivery.FOR_ALL)
    return _not_here()


def _made_and_served(
    request: HttpRequest, image: Image, key: RenditionKey, watermark: Watermark | None, *, cache_control: str
) -> HttpResponseBase:
    """See to it that the rendition stands on the disk, and answer with it; 410 where it can't be made, 404 where it is
    outdated by the time that it is."""
    file = rendition(image, key, watermark)
    try:
        file.generate()
        return _serve(request, image.uid, image.version, key, cache_control=cache_control)
    except Outdated:
        return _not_here()
    except (FileNotFoundError, Refused) as trouble:
        if not is_current(image):
            return _not_here()
        if took_too_much(trouble):
            return _refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, "Not just now", "The gallery is busy. Try again in a moment."
            )
        log.error("original of image %s is missing or damaged: %s", image.uid, image.file_path)
        return _refusal(HTTPStatus.GONE, "Lost", "The original of this picture is missing from the server's disk.")


def _serve(request: HttpRequest, uid: UUID, version: int, key: RenditionKey, *, cache_control: str) -> HttpResponseBase:
    path = store.on_disk(store.rendition_path(uid, version, key))
    return delivery.serve(
        request,
        path,
        content_type=MEDIA_TYPES[key.format],
        etag=f"{uid.hex}-{version}-{key.file_name}",
        cache_control=cache_control,
        resource_policy="cross-origin" if cache_control == delivery.FOR_ALL else "same-origin",
    )


def _not_here() -> HttpResponse:
    return _refusal(HTTPStatus.NOT_FOUND, "Not here", "It is gone, or not everyone may see it.")


def _refusal(status: int, title: str, detail: str) -> HttpResponse:
    """A page that asks for no session, and that nothing on the way may keep."""
    return plain_page(status, title, detail, headers={"Cache-Control": "no-store"})
