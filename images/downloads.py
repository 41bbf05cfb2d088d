"""What is saved by whom: the original by its owner, by others a clean copy under a name that tells nothing private."""

import unicodedata
from pathlib import PurePath
from typing import NamedTuple

from accounts.viewer import Viewer
from images import clean_copies, store
from images.clean_copies import clean_copy
from images.conversion import Conversion
from images.developing import conversion_path, convert_again
from images.models import Image
from images.renditions import EXTENSIONS, MEDIA_TYPES

LONGEST_TITLE = 100  # characters of it in a file's name
_NOT_IN_NAMES = frozenset('/\\:*?"<>|')  # some file system or other takes them ill


class SavedFile(NamedTuple):
    """A file below the media root, with what the browser that saves it is to know."""

    path: str
    mime_type: str
    name: str
    etag: str
    size: int | None = None  # bytes, where it is known from the time when it was whole


def saved_file(image: Image, viewer: Viewer) -> SavedFile:
    """What this viewer, who may download the image, gets.

    Raises FileNotFoundError when the original is missing, and what `images.clean_copies` raises.
    """
    if viewer.owns(image):
        return SavedFile(image.file_path, image.mime_type, image.original_filename, image.file_hash, image.file_size)
    copy = clean_copy(image)
    etag = f"{image.uid.hex}-{image.version}-clean"
    return SavedFile(copy.path, copy.mime_type, public_name(image, copy.extension), etag)


def converted_file(image: Image, conversion: Conversion, viewer: Viewer) -> SavedFile:
    """The picture as it is shown, in another size, shape or format.

    Raises images.framing.OutOfPicture for a crop that is not inside, images.conversion.TooLong, FileNotFoundError when
    the original is missing, images.making.Outdated, and what the darkroom raises.
    """
    path = convert_again(image, conversion)
    extension = EXTENSIONS[conversion.format]
    own_name = f"{PurePath(image.original_filename).stem}.{extension}"
    name = own_name if viewer.owns(image) else public_name(image, extension)
    etag = f"{image.uid.hex}-{image.version}-{conversion.file_name}"
    return SavedFile(path, MEDIA_TYPES[conversion.format], name, etag)


def is_made(image: Image, conversion: Conversion | None, viewer: Viewer) -> bool:
    """Whether the file that this viewer gets stands on the disk already."""
    if conversion:
        return store.is_there(conversion_path(image, conversion))
    return viewer.owns(image) or clean_copies.is_made(image)


def public_name(image: Image, extension: str) -> str:
    """`<title or photo>-<short id>.<extension>`, as every file system takes it."""
    shown = "".join(" " if _unfit(char) else char for char in image.title)
    title = " ".join(shown.split())[:LONGEST_TITLE].strip(" .")
    return f"{title or 'photo'}-{image.uid.hex[-8:]}.{extension}"


def _unfit(char: str) -> bool:
    """Whether it separates paths, or can't be seen (controls, and marks that turn the reading direction)."""
    return char in _NOT_IN_NAMES or unicodedata.category(char).startswith("C")
