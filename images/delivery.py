"""Files over HTTP: conditional requests, ranges, types of our own table, and nothing that a browser could run."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date

from gallery_site.client_address import is_from_trusted_proxy
from images.byte_ranges import Unsatisfiable, byte_range

BLOCK = 1 << 16
SMALL = 1 << 18  # up to here a file is sent as one piece of bytes
SANDBOX = "default-src 'none'; sandbox"
FOR_ALL = "public, s-maxage=600"  # in a shared cache, which is told when it has to forget
FOR_EVER = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"


class BoundedFile:
    """`length` bytes of an open file from where it stands. It has a `fileno`, so the server may use sendfile."""

    def __init__(self, path: Path, start: int, length: int) -> None:
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)  # few calls: each lets go of the interpreter's lock
        self._left = length
        if start:
            os.lseek(self._fd, start, os.SEEK_SET)

    def read(self, size: int = -1) -> bytes:
        data = os.read(self._fd, self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data

    def fileno(self) -> int:
        return self._fd

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK):
            yield block


class FileAnswer(StreamingHttpResponse):
    """Streams a bounded file; a WSGI server with a file wrapper sends it by itself."""

    def __init__(self, file: BoundedFile, **kwargs: Any) -> None:
        super().__init__(file, **kwargs)
        self.file_to_stream, self.block_size = file, BLOCK


def serve(
    request: HttpRequest,
    path: Path,
    *,
    content_type: str,
    etag: str,
    cache_control: str,
    attachment: str | None = None,
    resource_policy: str = "same-origin",
    expected_bytes: int | None = None,
) -> HttpResponseBase:
    """Answer GET and HEAD with a file: 200, 206, 304, 412 or 416. `etag` is strong, without quotes; the date is the
    file's own, so that who knows nothing but dates learns of an edit too.

    Call it only after the access rule was asked. `attachment` names the file for saving (RFC 6266), `resource_policy`
    says on which sites' pages it may be shown. Where a trusted front server sends files (GALLERY_X_ACCEL), it gets the
    headers and the place of the file. Raises FileNotFoundError, also for an empty file, as a power cut may leave it,
    and for one that has not the `expected_bytes`.
    """
    found = path.stat()
    size, modified = found.st_size, int(found.st_mtime)
    if not size or (expected_bytes is not None and size != expected_bytes):
        raise FileNotFoundError(path)
    quoted = f'"{etag}"'
    headers = {
        "ETag": quoted,
        "Last-Modified": http_date(modified),
        "Cache-Control": cache_control,
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": SANDBOX,
        "Cross-Origin-Resource-Policy": resource_policy,
    }
    if attachment is not None:
        headers["Content-Disposition"] = content_disposition_header(True, attachment) or "attachment"
    early = get_conditional_response(request, etag=quoted, last_modified=modified)
    if early is not None:
        return _with(early, headers)
    if _is_sent_by_front(request):
        place = settings.GALLERY_X_ACCEL + quote(str(path.relative_to(settings.MEDIA_ROOT)))
        return _with(HttpResponse(content_type=content_type), headers | {"X-Accel-Redirect": place})
    wanted, status = range(size), 200
    if request.method == "GET" and _may_be_partial(request, quoted, http_date(modified)):
        try:
            part = byte_range(request.headers["Range"], size)
        except Unsatisfiable:
            return _with(HttpResponse(status=416), headers | {"Content-Range": f"bytes */{size}"})
        if part is not None:
            wanted, status = part, 206
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    headers["Content-Length"] = str(len(wanted))
    return _with(_bytes_of(path, wanted, request, status=status, content_type=content_type), headers)


def _bytes_of(path: Path, wanted: range, request: HttpRequest, *, status: int, content_type: str) -> HttpResponseBase:
    """Some bytes of a file: a few in one piece, many as a stream, and none to who only asks for the headers."""
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=content_type)
    file = BoundedFile(path, wanted.start, len(wanted))
    if len(wanted) > SMALL:
        return FileAnswer(file, status=status, content_type=content_type)
    with closing(file):
        return HttpResponse(file.read(), status=status, content_type=content_type)


def _is_sent_by_front(request: HttpRequest) -> bool:
    """Whether the one who asks is a front server that sends files. What it can't answer by our tags is ours: it knows
    only its own when it comes to If-Match and If-Unmodified-Since."""
    asks_more = "If-Match" in request.headers or "If-Unmodified-Since" in request.headers
    return bool(settings.GALLERY_X_ACCEL) and not asks_more and is_from_trusted_proxy(request)


def _may_be_partial(request: HttpRequest, etag: str, modified: str) -> bool:
    """Whether there is a Range, and If-Range (a strong tag or the exact date) lets it count."""
    return "Range" in request.headers and request.headers.get("If-Range", etag) in (etag, modified)


def _with(answer: HttpResponseBase, headers: dict[str, str]) -> HttpResponseBase:
    for name, value in headers.items():
        answer.headers[name] = value
    return answer
