"""How a view comes by an image or an album: through the access rule, or not at all."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TypeVar
from uuid import UUID

from rest_framework.exceptions import APIException, ErrorDetail, NotFound, PermissionDenied, ValidationError

from accounts.viewer import Viewer
from albums.models import Album
from gallery_site.refusals import Busy, Conflict
from images import batch
from images.batch import Reason
from images.making import Outdated
from images.models import Image

REFUSALS: dict[Reason, type[APIException]] = {
    Reason.UNSEEN: NotFound,
    Reason.FORBIDDEN: PermissionDenied,
    Reason.IMPOSSIBLE: ValidationError,
}
NO_IMAGE, NO_ALBUM = "There is no such image.", "There is no such album."
LOST = "The original of this image is missing from the server's disk, or damaged there."
LOOKS: Final = 3  # at an image that is edited again and again while a file of it is asked for

Answer = TypeVar("Answer")


def seen_image(uid: UUID, viewer: Viewer) -> Image:
    """The image, if this viewer may see it (his own in the trash too). Raises NotFound."""
    images = Image.objects.select_related("user")
    image = images.plainly_reachable_by(viewer, [uid]).first() or images.reachable_by(viewer, [uid]).first()
    if image is None:
        raise NotFound(NO_IMAGE)
    return image


def answered(find: Callable[[], Image], answer: Callable[[Image], Answer]) -> Answer:
    """The answer that is made of an image; where that was edited or purged meanwhile (`answer` raises Outdated), of the
    image as it is found then, by the rule. Raises Busy where it never holds still, what `find` raises, and `answer`."""
    for _ in range(LOOKS):
        try:
            return answer(find())
        except Outdated as trouble:
            outdated = trouble
    raise Busy("This image is being edited. Try again in a moment.") from outdated


def own_image(uid: UUID, viewer: Viewer) -> Image:
    """The image, if it is this viewer's, in library or trash. Raises NotFound, or PermissionDenied for one he sees."""
    image = seen_image(uid, viewer)
    if not Image.objects.owned_by(viewer).filter(pk=image.pk).exists():
        raise PermissionDenied("This image is somebody else's.")
    return image


def editable_image(uid: UUID, viewer: Viewer) -> Image:
    """As `own_image`, and not in the trash. Raises Conflict for one that is."""
    image = own_image(uid, viewer)
    if not Image.objects.editable_by(viewer).filter(pk=image.pk).exists():
        raise Conflict("The image is in the trash; restore it first.")
    return image


def own_images(uids: Sequence[UUID], viewer: Viewer) -> list[int]:
    """The keys of these images in their order, if all are the viewer's own and in the library. Raises what
    `refusals_told` tells."""
    with refusals_told():
        return batch.own_images(uids, by=viewer)


@contextmanager
def refusals_told() -> Iterator[None]:
    """What a deed on many images refuses, as an error for each image: NotFound, else PermissionDenied, else
    ValidationError."""
    try:
        yield
    except batch.NothingDone as refusal:
        told = {name: [ErrorDetail(it.detail, code=it.code)] for name, it in refusal.troubles.items()}
        raise REFUSALS[refusal.reason](told) from refusal


def seen_album(uid: UUID, viewer: Viewer) -> Album:
    album = Album.objects.visible_to(viewer).with_policy().filter(uid=uid).first()
    if album is None:
        raise NotFound(NO_ALBUM)
    return album


def editable_album(uid: UUID, viewer: Viewer) -> Album:
    album = seen_album(uid, viewer)
    if not Album.objects.editable_by(viewer).filter(pk=album.pk).exists():
        raise PermissionDenied("This album is somebody else's.")
    return album


def own_album(uid: UUID, viewer: Viewer) -> Album:
    """The album, if it is this viewer's, in the tree or in the trash. Raises NotFound, or PermissionDenied."""
    trashed = Album.objects.in_trash_of(viewer).with_policy().filter(uid=uid).first()
    return trashed or editable_album(uid, viewer)


def fillable_album(uid: UUID, viewer: Viewer) -> Album:
    """The album, if this viewer may put images of his own into it. Raises NotFound, or PermissionDenied."""
    album = seen_album(uid, viewer)
    if not Album.objects.may_contribute(viewer).filter(pk=album.pk).exists():
        raise PermissionDenied("You may not add to this album.")
    return album


def removable_place(uid: UUID, image_uid: UUID, viewer: Viewer) -> tuple[Album, Image]:
    """An album and an image in it that this viewer may take out: one that he sees in an album of his, or his own.

    His own comes out of any album, also of one that he does not see any more. Raises NotFound, or PermissionDenied.
    """
    own = Image.objects.editable_by(viewer).filter(uid=image_uid).first()
    if own and (album := Album.objects.filter(uid=uid, trashed_at=None, places__image=own).first()):
        return album, own
    album = editable_album(uid, viewer)
    image = Image.objects.visible_to(viewer).in_album(album).filter(uid=image_uid).first()
    if image is None:
        raise NotFound(NO_IMAGE)
    return album, image


def trashed_album(uid: UUID, viewer: Viewer) -> Album:
    album = Album.objects.in_trash_of(viewer).with_policy().filter(uid=uid).first()
    if album is None:
        raise NotFound(NO_ALBUM)
    return album
