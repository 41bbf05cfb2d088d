"""One deed on up to a thousand images: on all of them, or on none."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from uuid import UUID

from accounts.models import User
from accounts.viewer import Viewer
from albums.models import Album
from gallery_site.writing import rehearsing, writing
from images import ledger, placing, tagging, trash
from images.models import Image


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What is asked. An id that comes twice counts once.

    `move` puts the images into `album_id`, and takes them out of `source_album_id`, or of all other albums of the
    viewer where none is named.
    """

    operation: str
    image_ids: Sequence[UUID]
    album_id: UUID | None = None
    source_album_id: UUID | None = None
    tags: Sequence[str] = ()
    privacy_setting: str = ""


class Reason(Enum):
    UNSEEN = auto()
    FORBIDDEN = auto()
    IMPOSSIBLE = auto()


@dataclass(frozen=True)
class Trouble:
    """What is wrong with a thing that was asked: `code` is stable, `detail` is for people."""

    code: str
    detail: str


class NothingDone(Exception):
    """Nothing was done. All troubles of the gravest kind, each by the field it is about (`image_ids.3`: the fourth)."""

    def __init__(self, reason: Reason, troubles: Mapping[str, Trouble]) -> None:
        super().__init__(next(iter(troubles.values())).detail)
        self.reason, self.troubles = reason, troubles


def carry_out(batch: Batch, *, by: Viewer, dry_run: bool = False) -> list[UUID]:
    """Do it; with `dry_run` do it and undo it, which tells the same. Returns the ids in the order asked, each once.

    Raises NothingDone. The number of queries is the same for one image as for a thousand.
    """
    with rehearsing() if dry_run else writing():
        keys = own_images(batch.image_ids, by=by, in_trash=batch.operation == "restore")
        OPERATIONS[batch.operation].deed(keys, batch, by)
        return list(dict.fromkeys(batch.image_ids))


def own_images(uids: Sequence[UUID], *, by: Viewer, in_trash: bool = False) -> list[int]:
    """The keys of these images in the order asked, each once, if every one is the viewer's own and in the library (or
    `in_trash`). Raises NothingDone. Inside of a transaction nobody else changes them until its end."""
    own = Image.objects.in_trash_of(by) if in_trash else Image.objects.editable_by(by)
    with writing():
        keys = dict(own.select_for_update().order_by("pk").keys_of(uids))  # in one order: no two wait crosswise
        if missing := {uid for uid in uids if uid not in keys}:
            raise _refusal_of(missing, uids, by, in_trash=in_trash)
    return [keys[uid] for uid in dict.fromkeys(uids)]


# --- The operations -------------------------------------------------------------------------------------------------


def _delete(keys: Sequence[int], batch: Batch, by: Viewer) -> None:
    trash.trash(keys)


def _restore(keys: Sequence[int], batch: Batch, by: Viewer) -> None:
    trash.restore(keys)


def _move(keys: Sequence[int], batch: Batch, by: Viewer) -> None:
    target = batch.album_id and Album.objects.may_contribute(by).filter(uid=batch.album_id).first()
    if not target:
        raise _no_such("album_id", "There is no such album that you may put photos into.")
    if batch.source_album_id is None:
        sources = list(Album.objects.editable_by(by).filter(places__image__in=keys).distinct())
    else:
        sources = list(Album.objects.visible_to(by).filter(uid=batch.source_album_id))
        if not sources:
            raise _no_such("source_album_id", "There is no such album.")
    with ledger.balanced(keys):
        placing.add(keys, to=target, by=person(by))
        placing.remove(keys, out_of=[source for source in sources if source != target])


def _tag(keys: Sequence[int], batch: Batch, by: Viewer) -> None:
    try:
        tagging.add_tags(keys, batch.tags, by=person(by))
    except tagging.TooManyTags as refusal:
        beyond = {uid for uid, pk in zip(dict.fromkeys(batch.image_ids), keys, strict=True) if pk in refusal.image_ids}
        trouble = Trouble("too_many_tags", str(refusal.message))
        raise _refusal(batch.image_ids, beyond, Reason.IMPOSSIBLE, trouble) from refusal


def _untag(keys: Sequence[int], batch: Batch, by: Viewer) -> None:
    tagging.remove_tags(keys, batch.tags, by=person(by))


def _set_privacy(keys: Sequence[int], batch: Batch, by: Viewer) -> None:
    with ledger.balanced(keys):
        Image.objects.filter(pk__in=keys).update(privacy_setting=batch.privacy_setting)


@dataclass(frozen=True)
class Operation:
    deed: Callable[[Sequence[int], Batch, Viewer], None]
    becomes: str  # what an image is afterwards
    needs: str | None = None  # the field of the batch that it has to be told
    may_take: str | None = None


OPERATIONS: Mapping[str, Operation] = {
    "delete": Operation(_delete, "deleted"),
    "restore": Operation(_restore, "restored"),
    "move": Operation(_move, "moved", needs="album_id", may_take="source_album_id"),
    "tag": Operation(_tag, "tagged", needs="tags"),
    "untag": Operation(_untag, "untagged", needs="tags"),
    "privacy": Operation(_set_privacy, "updated", needs="privacy_setting"),
}


# --- What can't be done -----------------------------------------------------------------------------------------------


def _refusal_of(missing: set[UUID], uids: Sequence[UUID], viewer: Viewer, *, in_trash: bool) -> NothingDone:
    """Why these images can't be worked on: the gravest reason, with all that it is true of."""
    seen = set(Image.objects.reachable_by(viewer, missing).values_list("uid", flat=True))
    if unseen := missing - seen:
        return _refusal(uids, unseen, Reason.UNSEEN, Trouble("not_found", "There is no such image."))
    if others := missing - dict(Image.objects.owned_by(viewer).keys_of(missing)).keys():
        return _refusal(uids, others, Reason.FORBIDDEN, Trouble("permission_denied", "This image is somebody else's."))
    if in_trash:
        return _refusal(uids, missing, Reason.IMPOSSIBLE, Trouble("not_in_trash", "The image is not in the trash."))
    elsewhere = Trouble("in_trash", "The image is in the trash; restore it first.")
    return _refusal(uids, missing, Reason.IMPOSSIBLE, elsewhere)


def _refusal(uids: Sequence[UUID], wrong: Collection[UUID], reason: Reason, trouble: Trouble) -> NothingDone:
    """The same trouble with each of these images, at the place where its id comes first."""
    places = {uid: n for n, uid in reversed(list(enumerate(uids)))}
    return NothingDone(reason, {f"image_ids.{n}": trouble for n in sorted(places[uid] for uid in wrong)})


def _no_such(field: str, detail: str) -> NothingDone:
    return NothingDone(Reason.IMPOSSIBLE, {field: Trouble("does_not_exist", detail)})


def person(viewer: Viewer) -> User:
    """Whoever has images of his own to work on is somebody."""
    if viewer.user is None:
        raise TypeError("Nobody has no images.")
    return viewer.user
