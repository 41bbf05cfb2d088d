"""Images made as rows, without files: for what is about rows alone, and has to be quick."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from accounts.models import User
from albums.models import Album
from gallery_site.public_id import new_public_id
from images import ledger, placing, store, tagging
from images.models import Image, ImageMetadata
from images.search.words import write_documents


def image_row(
    owner: User,
    *,
    album: Album | None = None,
    tags: Sequence[str] = (),
    metadata: dict[str, Any] | None = None,
    **values: Any,
) -> Image:
    """An image as an upload leaves it, except for its files."""
    uid = new_public_id()
    facts = metadata or {}
    image = Image(
        **{
            "uid": uid,
            "user": owner,
            "filename": f"{uid}.jpg",
            "original_filename": f"IMG_{uid.hex[-4:]}.jpg",
            "file_path": store.original_path(uid, "jpg"),
            "file_size": 1_000,
            "file_hash": uid.hex * 2,
            "mime_type": "image/jpeg",
            "image_width": 64,
            "image_height": 48,
            **values,
        }
    )
    image.take_date(facts.get("date_taken", ""))
    with ledger.balanced(()) as touched:
        User.objects.filter(pk=owner.pk).update(storage_used=F("storage_used") + image.file_size)
        image.save(force_insert=True)
        touched.add(image.pk)
        ImageMetadata.objects.create(image=image, **facts)
        tagging.add_tags([image.pk], tags, by=owner)
        write_documents([image.pk])
        if album:
            placing.add([image.pk], to=album, by=owner)
    image.refresh_from_db()
    return image
