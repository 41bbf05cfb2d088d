"""Images into albums and out of them, their order, and the cover."""

from collections.abc import Sequence

from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from albums.models import Album
from gallery_site.writing import writing
from images import ledger
from images.models import AlbumImage, Image


def add(image_ids: Sequence[int], *, to: Album, by: User, position: int | None = None) -> None:
    """Put images into an album, in their order, at the end or at `position` (0 = first); one that is there stays."""
    with ledger.balanced(image_ids):
        lock(to)
        present = set(AlbumImage.objects.filter(album=to, image__in=image_ids).values_list("image", flat=True))
        new = [pk for pk in dict.fromkeys(image_ids) if pk not in present]
        last = AlbumImage.objects.filter(album=to).aggregate(last=Max("display_order"))["last"]
        start = 0 if last is None else last + 1
        own = set(Image.objects.filter(pk__in=new, user=to.user_id).values_list("pk", flat=True))
        AlbumImage.objects.bulk_create(
            AlbumImage(album=to, image_id=pk, added_by=by, is_contributed=pk not in own, display_order=start + i)
            for i, pk in enumerate(new)
        )
        if position is not None and new:
            order = [pk for pk in _order(to) if pk not in set(new)]
            _write_order(to, order[:position] + new + order[position:])
        touch(to)


def remove(image_ids: Sequence[int], *, out_of: Sequence[Album]) -> int:
    """Take images out of albums; the images themselves stay. Returns how many places went."""
    with ledger.balanced(image_ids):
        removed, _ = AlbumImage.objects.filter(album__in=out_of, image__in=image_ids).delete()
        for album in out_of:
            touch(album)
        return removed


def reorder(image_ids: Sequence[int], *, within: Album) -> None:
    """Let these come in this order, in the places that they hold between them; the rest keeps its own."""
    with writing():
        lock(within)
        order = _order(within)
        present = set(order)
        named = [pk for pk in dict.fromkeys(image_ids) if pk in present]
        wanted, queue = set(named), iter(named)
        _write_order(within, [next(queue) if pk in wanted else pk for pk in order])
        touch(within)


def set_cover(album: Album, image_id: int | None) -> None:
    """Choose the cover among the album's own images; None: the first one again."""
    with writing():
        AlbumImage.objects.filter(album=album, is_cover=True).update(is_cover=False)
        if image_id is not None:
            AlbumImage.objects.filter(album=album, image=image_id).update(is_cover=True)
        touch(album)


def lock(album: Album) -> None:
    """Let concurrent changes of this album's order take turns (a row lock; SQLite has the write lock already)."""
    Album.objects.select_for_update().filter(pk=album.pk).values_list("pk").first()


def touch(album: Album) -> None:
    Album.objects.filter(pk=album.pk).update(updated_at=timezone.now())


def _order(album: Album) -> list[int]:
    return list(
        AlbumImage.objects.filter(album=album).order_by("display_order", "image").values_list("image", flat=True)
    )


def _write_order(album: Album, order: Sequence[int]) -> None:
    places = {place.image_id: place for place in AlbumImage.objects.filter(album=album)}
    changed = []
    for position, pk in enumerate(order):
        if places[pk].display_order != position:
            places[pk].display_order = position
            changed.append(places[pk])
    AlbumImage.objects.bulk_update(changed, ["display_order"], batch_size=500)
