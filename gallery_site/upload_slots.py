"""A share of the server's threads for uploads: slow ones must not starve everybody else."""

import threading
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gallery_site.errors import error_response, is_api, plain_page
from gallery_site.refusals import Busy

WAIT = 5  # seconds after which to try again


class UploadSlotMiddleware:
    """Counts the uploads of this process before a body is read; beyond its slots the answer is 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.slots = threading.BoundedSemaphore(settings.GALLERY_UPLOAD_SLOTS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method != "POST" or request.path.rstrip("/") not in settings.GALLERY_UPLOAD_PATHS:
            return self.get_response(request)
        if not self.slots.acquire(blocking=False):
            return _busy(request)
        try:
            return self.get_response(request)
        finally:
            self.slots.release()


def _busy(request: HttpRequest) -> HttpResponseBase:
    trouble = Busy("All upload slots are taken. Try again in a moment.")
    if is_api(request):
        return error_response(
            trouble.status_code, trouble.default_code, str(trouble.detail), headers={"Retry-After": str(WAIT)}
        )
    return plain_page(
        trouble.status_code, "Many uploads just now", str(trouble.detail), headers={"Retry-After": str(WAIT)}
    )
