"""The pictures that owners lay over their images: taken in, kept while something needs them, removed."""

import os
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.models import User
from albums.models import Album
from gallery_site.writing import lock_rows, writing
from images import store
from images.developing import darkroom
from images.intake.staging import Staged
from images.models import FileRemoval, WatermarkPicture
from images.renditions import RenditionKey
from images.trash import remove_files

MOST: Final = 20  # of one owner
RATE: Final = "60/h"  # attempts of one owner, wherever he adds them
LONGEST_EDGE: Final = 1024  # pixels; a larger one is made smaller
TOO_LARGE: Final = (
    f"A picture for watermarks has at most {settings.GALLERY_MAX_PICTURE_BYTES // 2**20} MB: make it smaller."
)


class TooMany(Exception):
    """The owner has MOST of them already."""

    def __init__(self) -> None:
        super().__init__(f"You have {MOST} pictures for watermarks: remove one first.")


class TooLarge(Exception):
    """The file has more bytes than a picture for watermarks may have."""

    def __init__(self) -> None:
        super().__init__(TOO_LARGE)


class InUse(Exception):
    """Something would lack it; the text says what."""


class NotThere(Exception):
    """There is no such picture of this owner's."""

    def __init__(self) -> None:
        super().__init__("There is no such watermark picture of yours.")


def add(staged: Staged, *, owner: User) -> WatermarkPicture:
    """Keep a picture as a PNG that holds nothing but its pixels.

    Raises TooMany, TooLarge, images.darkroom.pool.Refused for what is no picture, DarkroomError.
    """
    if staged.size > settings.GALLERY_MAX_PICTURE_BYTES:
        raise TooLarge
    staged.renditions.mkdir(exist_ok=True)
    key = RenditionKey(LONGEST_EDGE, "png")
    developed = darkroom().develop(staged.path, renditions=[key], into=staged.renditions, metadata=False)
    [(name, made)] = developed.renditions.items()
    path = store.watermark_path(staged.uid)
    try:
        with writing():
            _in_turn(owner)
            if WatermarkPicture.objects.filter(user=owner).count() >= MOST:
                raise TooMany
            _place(staged, name, path)
            return WatermarkPicture.objects.create(uid=staged.uid, user=owner, width=made.width, height=made.height)
    except BaseException:
        store.remove(path)
        raise


def remove(picture: WatermarkPicture) -> None:
    """Remove it with its file; raises InUse where a preference or an album, in the trash or not, still needs it."""
    with writing():
        _in_turn(picture.user)
        users = User.objects.filter(pk=picture.user_id, chosen_preferences__watermark__picture=str(picture.uid))
        if users.exists():
            raise InUse("It lies over your images: choose another watermark in your account first.")
        album = Album.objects.filter(user=picture.user_id, watermark__picture=str(picture.uid)).first()
        if album is not None:
            where = ", which is in the trash" if album.trashed_at else ""
            raise InUse(f"The album “{album.name}”{where} needs it: choose another watermark there first.")
        FileRemoval.objects.create(path=store.watermark_path(picture.uid))
        picture.delete()
        transaction.on_commit(remove_files)


def claim(said: Mapping[str, Any] | None, *, owner: User) -> None:
    """Inside the transaction that writes this watermark: make sure that its picture, if it has one, is the owner's,
    and is not removed meanwhile. Raises NotThere."""
    if said and (uid := said.get("picture")):
        _in_turn(owner)
        if not WatermarkPicture.objects.filter(user=owner, uid=UUID(uid)).exists():
            raise NotThere


def _in_turn(owner: User) -> None:
    """One at a time of what is done with an owner's pictures."""
    lock_rows(User.objects.filter(pk=owner.pk))


def _place(staged: Staged, name: str, path: str) -> None:
    """Give the PNG its final name, so that it survives a power cut."""
    final = store.on_disk(path)
    final.parent.mkdir(exist_ok=True)
    store.sync(staged.renditions / name)
    os.rename(staged.renditions / name, final)
    store.sync(final.parent)
