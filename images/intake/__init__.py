"""Taking a file in: the whole story of an upload on one screen."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from django.db import IntegrityError
from django.db.models import F

from accounts.models import User
from albums.models import Album
from gallery_site.writing import writing
from images import ledger, near_pairs, placing, store, tagging, trash
from images.darkroom.pool import Picture, Refused
from images.developing import develop_upload
from images.intake import checks
from images.intake.rejection import Rejected
from images.intake.staging import Staged
from images.metadata.reading import Metadata
from images.models import Image, ImageMetadata
from images.search.words import write_documents


@dataclass(frozen=True)
class Wishes:
    """What the uploader asked for, for every file of a request; what is empty comes from the file itself."""

    album: Album | None = None
    title: str = ""
    description: str = ""
    tags: Sequence[str] = field(default_factory=tuple)
    privacy_setting: str = ""
    restore_duplicates: bool = False


@dataclass(frozen=True)
class Taken:
    """What became of a file: a new image, or the one that its owner had already."""

    image: Image
    status: Literal["created", "duplicate"]

    @property
    def location(self) -> Literal["library", "trash"]:
        return "trash" if self.image.trashed_at else "library"


def take_in(staged: Staged, *, filename: str, owner: User, wishes: Wishes) -> Taken:
    """Make an image of a staged file, or name the one that is there already; raises Rejected with nothing kept.

    When it returns, the original is durable (fsync, rename, fsync of its folder, commit) and all renditions stand. The
    staged file is used up, whatever happens.
    """
    with staged:
        checks.not_empty(staged)
        checks.not_too_large(staged)
        checks.not_blocked(staged)
        if twin := _twin(staged, owner):
            return _settle_duplicate(twin, wishes, owner)
        checks.looks_like_a_picture(staged)
        checks.fits_quota(staged, owner)
        try:
            picture = develop_upload(staged.path, staged.renditions)
            image = _place(staged, picture, filename=filename, owner=owner)
            try:
                with writing():
                    checks.not_blocked(staged)  # it may have been decided while the picture was developed
                    checks.no_copy_of_blocked(picture)
                    _record(image, picture, wishes, owner)
            except IntegrityError:
                _unplace(image)
                if twin := _twin(staged, owner):  # the same file came twice at once; the other was first
                    return _settle_duplicate(twin, wishes, owner)
                raise
            except BaseException:
                _unplace(image)
                raise
        except Refused as refusal:
            raise Rejected(refusal.code, refusal.detail) from refusal
        except OSError as trouble:
            if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Rejected(
                    "disk_full", "The server's disk is full; nothing was stored. Try again later."
                ) from trouble
            raise
        return Taken(image, "created")


def _twin(staged: Staged, owner: User) -> Image | None:
    return Image.objects.filter(user=owner, file_hash=staged.sha256).first()


def _settle_duplicate(twin: Image, wishes: Wishes, owner: User) -> Taken:
    """Store nothing again; still put it in the asked album, and bring it back from the trash when asked."""
    if wishes.restore_duplicates and twin.trashed_at:
        trash.restore([twin.pk])
        twin.refresh_from_db()
    if wishes.album:
        placing.add([twin.pk], to=wishes.album, by=owner)
    return Taken(twin, "duplicate")


def _place(staged: Staged, picture: Picture, *, filename: str, owner: User) -> Image:
    """Give original and renditions their final places; the row is made next, from the (unsaved) image returned."""
    image = Image(
        uid=staged.uid,
        user=owner,
        filename=f"{staged.uid}.{picture.extension}",
        original_filename=filename,
        file_path=store.original_path(staged.uid, picture.extension),
        file_size=staged.size,
        file_hash=staged.sha256,
        mime_type=picture.mime_type,
        image_width=picture.width,
        image_height=picture.height,
        frames=picture.frames,
        placeholder=picture.placeholder,
        dominant_color=picture.dominant_color,
        tones=picture.tones,
    )
    image.take_likeness(picture.likeness)
    store.place_original(staged.path, image.file_path)
    store.place_renditions(staged.renditions, store.renditions_path(image.uid, image.version))
    return image


def _unplace(image: Image) -> None:
    store.remove(image.file_path)
    store.remove(store.renditions_path(image.uid))


def _record(image: Image, picture: Picture, wishes: Wishes, owner: User) -> None:
    """Everything in the database, in one transaction: quota, image, who is like it, metadata, tags, words, album."""
    facts = Metadata.from_dict(picture.metadata)
    image.title = wishes.title or facts.title
    image.description = wishes.description or facts.description
    image.rating = facts.rating
    image.privacy_setting = wishes.privacy_setting or owner.preferences["default_privacy"]
    image.take_date(facts.date_taken)
    with ledger.balanced(()) as touched:
        booked = User.objects.filter(pk=owner.pk, storage_used__lte=owner.storage_quota - image.file_size).update(
            storage_used=F("storage_used") + image.file_size
        )
        if not booked:
            raise checks.quota_exceeded(owner)
        image.save(force_insert=True)
        touched.add(image.pk)
        near_pairs.note(image)
        ImageMetadata.objects.create(image=image, **_columns(facts))
        keywords = tagging.usable_keywords([*wishes.tags, *facts.keywords])
        tagging.add_tags([image.pk], keywords, by=owner, most=tagging.MOST_KEYWORDS)
        write_documents([image.pk])
        if wishes.album:
            placing.add([image.pk], to=wishes.album, by=owner)
    image.refresh_from_db(fields=["is_listed"])


def _columns(facts: Metadata) -> dict[str, object]:
    names = {f.name for f in ImageMetadata._meta.concrete_fields} - {"image"}
    return {name: value for name, value in facts.as_dict().items() if name in names}
