"""Uploaded bytes on their way in: streamed to a file of the media disk, counted and hashed as they come."""

import fcntl
import hashlib
import os
import shutil
from pathlib import Path
from typing import IO, Any, Self
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from gallery_site.public_id import new_public_id
from images import store

CHUNK = 1 << 20
FORM_ROOM = 1 << 20  # bytes of a request's form around its files


class Staged:
    """A folder of its own for one incoming file, which stays locked while its process lives.

    The lock is the kernel's: when the process is killed it is free, and `sweep_incoming` knows the folder for dead.
    Its name is the public id that the image will have, so the sweep also knows what else to look for.
    """

    def __init__(self) -> None:
        self._lock = -1  # first, for `discard`: a full disk or Ctrl-C may end this anywhere
        self._file: IO[bytes] | None = None
        self.uid: UUID = new_public_id()
        self.folder: Path = store.on_disk(store.INCOMING) / str(self.uid)
        self.folder.mkdir(parents=True)
        self._lock = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self.path = self.folder / "original"
        self.size = 0
        self.too_large = False
        self._hash = hashlib.sha256()
        self._file = self.path.open("wb")

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; past the limit nothing more is kept, and `too_large` says so."""
        self.size += len(chunk)
        if self.size > settings.GALLERY_MAX_FILE_BYTES:
            self.too_large = True
        if self._file is not None and not self.too_large:
            self._hash.update(chunk)
            self._file.write(chunk)

    def finish(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    @property
    def renditions(self) -> Path:
        return self.folder / "renditions"

    def discard(self) -> None:
        """Remove the folder with whatever is still in it; no error when that was done already."""
        self.finish()
        if self._lock >= 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        self.discard()

    __del__ = discard

    @classmethod
    def copy_of(cls, path: Path) -> Self:
        """Stage a file of this machine's disk (a folder import)."""
        staged = cls()
        try:
            with path.open("rb") as source:
                while not staged.too_large and (chunk := source.read(CHUNK)):
                    staged.write(chunk)
        except BaseException:
            staged.discard()
            raise
        staged.finish()
        return staged


class StagedUpload(UploadedFile):
    """What `request.FILES` holds: a name and the staged file. `close` (called when the request ends) discards it."""

    def __init__(self, staged: Staged, name: str | None, content_type: str | None, charset: str | None) -> None:
        super().__init__(None, name, content_type, staged.size, charset)
        self.staged = staged

    def close(self) -> None:
        self.staged.discard()


class StagingUploadHandler(FileUploadHandler):
    """Django's road into staging. Only an upload path takes files; a request over its limit is stopped at once."""

    chunk_size = CHUNK

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.request: Any = request
        self._staged: Staged  # made by new_file, which comes before every chunk
        self._room = settings.GALLERY_MAX_REQUEST_BYTES  # bytes of files that may still come

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> tuple[QueryDict, MultiValueDict] | None:
        path = self.request.path.rstrip("/")
        if path in settings.GALLERY_PICTURE_PATHS:
            self._room = 2 * settings.GALLERY_MAX_PICTURE_BYTES  # one not much too large is read, and told to be
        elif path not in settings.GALLERY_UPLOAD_PATHS:
            self._room = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if content_length <= self._room + FORM_ROOM:
            return None
        self.request.upload_too_large = True
        return QueryDict(), MultiValueDict()  # nothing is read

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._staged = Staged()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._room -= len(raw_data)
        if self._room < 0:
            self.request.upload_too_large = True
            self._staged.discard()
            raise StopUpload(connection_reset=True)
        self._staged.write(raw_data)

    def file_complete(self, file_size: int) -> StagedUpload:
        self._staged.finish()
        return StagedUpload(self._staged, self.file_name, self.content_type, self.charset)

    def upload_interrupted(self) -> None:
        self._staged.discard()


def sweep_incoming() -> int:
    """Clear what dead uploads left: their folders, and files placed for a row that never came. Returns how many."""
    from images.models import Image, WatermarkPicture

    swept = 0
    incoming = store.on_disk(store.INCOMING)
    for folder in incoming.iterdir() if incoming.is_dir() else ():
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:
            continue  # finished this very moment
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue  # alive
        else:
            uid = UUID(folder.name)
            if not any(model.objects.filter(uid=uid).exists() for model in (Image, WatermarkPicture)):
                for leftover in store.files_of(uid):
                    store.remove(leftover)
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
        finally:
            os.close(lock)
    return swept
