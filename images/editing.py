"""Changing what is said of an image; its file never changes."""

from collections.abc import Mapping, Sequence
from typing import Any

from accounts.models import User
from albums.models import Album
from gallery_site.writing import lock_rows
from images import ledger, placing, tagging
from images.models import Image
from images.search.words import write_documents

PLAIN = ("title", "description", "rating", "privacy_setting")
OF_METADATA = ("date_taken", "location_lat", "location_lon")


def lock(image: Image) -> None:
    """Inside a transaction: let concurrent edits of this image take turns, and read it as the last one left it."""
    lock_rows(Image.objects.filter(pk=image.pk))
    image.refresh_from_db()


def edit(image: Image, *, by: User, changes: Mapping[str, Any]) -> None:
    """Write the given fields and leave the rest, in one transaction; the image is fresh afterwards.

    `changes` may hold title, description, rating, privacy_setting, date_taken (as the API writes it, "" for
    none), location_lat and location_lon, `tags` (replaces the list), `album` (puts it in that one too) and `albums`
    (sets the albums that hold it: his image is taken out of all others, also out of those of other people).
    """
    with ledger.balanced([image.pk]):
        image.refresh_from_db()
        for name in PLAIN:
            if name in changes:
                setattr(image, name, changes[name])
        if of_metadata := {name: changes[name] for name in OF_METADATA if name in changes}:
            for name, value in of_metadata.items():
                setattr(image.metadata, name, value)
            image.metadata.save(update_fields=list(of_metadata))
            image.take_date(image.metadata.date_taken)
        image.save()
        if "tags" in changes:
            tagging.set_tags([image.pk], changes["tags"], by=by)
        if "albums" in changes:
            _set_albums(image, changes["albums"], by=by)
        if changes.get("album"):
            placing.add([image.pk], to=changes["album"], by=by)
        write_documents([image.pk])
    image.refresh_from_db()


def _set_albums(image: Image, albums: Sequence[Album], *, by: User) -> None:
    """An album in the trash keeps the place, for the day it is restored."""
    wanted = {album.pk for album in albums}
    held = list(Album.objects.filter(places__image=image, trashed_at=None))
    placing.remove([image.pk], out_of=[album for album in held if album.pk not in wanted])
    present = {album.pk for album in held}
    for album in albums:
        if album.pk not in present:
            placing.add([image.pk], to=album, by=by)
