"""The words in which images are asked for; each is built from words, none decides about access by itself."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Self
from uuid import UUID

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.querysets import named_user
from gallery_site.folding import fold
from images import access

if TYPE_CHECKING:
    from accounts.viewer import Viewer
    from albums.models import Album
    from images.models import Image


class ImageQuerySet(models.QuerySet["Image"]):
    # --- who may (the only roads to an image from outside) ---

    def visible_to(self, viewer: "Viewer") -> Self:
        return self.filter(access.seen_by(viewer))

    def editable_by(self, viewer: "Viewer") -> Self:
        return self.filter(access.edited_by(viewer))

    def reachable_by(self, viewer: "Viewer", uids: Iterable[UUID]) -> Self:
        """Those of these ids that are visible, or the viewer's own in the trash."""
        named = Q(uid__in=uids)
        return self.filter(named, access.seen_by(viewer, among=named) | access.owned_by(viewer))

    def plainly_reachable_by(self, viewer: "Viewer", uids: Iterable[UUID]) -> Self:
        """Those of `reachable_by` whose own row says so: a short question, to be asked before the long one."""
        trashed = Q(trashed_at=None) | access.owned_by(viewer)
        return self.filter(trashed, access.plainly_seen_by(viewer), uid__in=uids)

    def in_trash_of(self, viewer: "Viewer") -> Self:
        return self.filter(access.owned_by(viewer), trashed_at__isnull=False)

    def downloadable_by(self, viewer: "Viewer") -> Self:
        return self.filter(access.original_fetched_by(viewer))

    # --- how many at once ---

    def in_parts(self, size: int, *, after: int = 0) -> "Iterator[Sequence[Image]]":
        """All of them whose key comes after `after`, by key, `size` at a time: no reader stays open between two parts,
        and none of what changes meanwhile is skipped or comes twice."""
        while part := list(self.filter(pk__gt=after).order_by("pk")[:size]):
            yield part
            if len(part) < size:
                return
            after = part[-1].pk

    # --- which ---

    def of_user(self, name_or_id: str) -> Self:
        return self.filter(named_user(name_or_id))

    def owned_by(self, viewer: "Viewer") -> Self:
        return self.filter(access.owned_by(viewer))

    def shared_with(self, viewer: "Viewer") -> Self:
        """Other people's that this viewer sees by more than their being public."""
        return self.filter(access.shared_with(viewer))

    def in_album(self, album: "Album | None") -> Self:
        """Those in this album; an album that is not there holds nothing."""
        return self.none() if album is None else self.filter(places__album=album)

    def in_any_of(self, albums: "models.QuerySet[Album]") -> Self:
        """Those in at least one of these albums, each once."""
        from images.models import AlbumImage

        return self.filter(pk__in=AlbumImage.objects.filter(album__in=albums.values("pk")).values("image"))

    def by_position(self) -> Self:
        """After `in_album`: each with its `position` in that album."""
        return self.annotate(position=F("places__display_order"))

    def keys_of(self, uids: Iterable[UUID]) -> models.QuerySet:
        """Pairs of public id and key, of those of these ids that are here."""
        return self.filter(uid__in=uids).values_list("uid", "pk")

    def in_no_album(self) -> Self:
        return self.filter(~Exists(self._places()))

    def tagged(self, names: Iterable[str]) -> Self:
        """Those that carry every one of the tags."""
        found = self
        for name in names:
            found = found.filter(Exists(self._uses([name])))
        return found

    def tagged_any(self, names: Iterable[str]) -> Self:
        return self.filter(Exists(self._uses(list(names))))

    def taken(self, *, after: datetime | None = None, before: datetime | None = None) -> Self:
        """Taken at or after the one moment and before the other (no date: the upload counts)."""
        return self._between("taken_sort", after, before)

    def uploaded(self, *, after: datetime | None = None, before: datetime | None = None) -> Self:
        return self._between("uploaded_at", after, before)

    def with_camera(self, part: str) -> Self:
        return self.filter(Q(metadata__camera_make__icontains=part) | Q(metadata__camera_model__icontains=part))

    def of_type(self, mime_type: str) -> Self:
        return self.filter(mime_type=mime_type)

    def with_privacy(self, privacy: str) -> Self:
        return self.filter(privacy_setting=privacy)

    def located(self, viewer: "Viewer", *, known: bool = True) -> Self:
        """Those with a known place, among the images whose place this viewer may know (`known=False`: without one)."""
        return self.filter(access.location_seen_by(viewer), metadata__location_lat__isnull=not known)

    def _between(self, field: str, after: datetime | None, before: datetime | None) -> Self:
        bounds = {f"{field}__gte": after, f"{field}__lt": before}
        return self.filter(**{bound: moment for bound, moment in bounds.items() if moment is not None})

    @staticmethod
    def _uses(names: list[str]) -> models.QuerySet:
        from images.models import ImageTag

        return ImageTag.objects.filter(content_object=OuterRef("pk"), tag__name_fold__in=[fold(n)[:100] for n in names])

    @staticmethod
    def _places() -> models.QuerySet:
        from images.models import AlbumImage

        return AlbumImage.objects.filter(image=OuterRef("pk"), album__trashed_at=None)
