"""Images into albums and out of them, their order, and the cover."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import F, Max
from django.utils import timezone

from accounts.models import User
from albums.models import Album
from gallery_site.each_row import given, set_each
from gallery_site.writing import lock_rows, writing
from images import ledger
from images.models import AlbumImage


def add(image_ids: Sequence[int], *, to: Album, by: User, position: int | None = None) -> None:
    """Put images into an album, in their order, at the end or at `position` (0 = first); one that is there stays.

    Raises Album.DoesNotExist when the album is gone meanwhile; an image that is gone is left out.
    """
    with ledger.balanced(image_ids):
        lock(to)
        present = set(AlbumImage.objects.filter(album=to, image__in=image_ids).values_list("image", flat=True))
        new = [pk for pk in dict.fromkeys(image_ids) if pk not in present]
        if new:
            _insert(new, to=to, by=by, first=_make_room(len(new), within=to, at=position))
        touch([to])


def remove(image_ids: Sequence[int], *, out_of: Sequence[Album]) -> int:
    """Take images out of albums; the images themselves stay. Returns how many places went."""
    with ledger.balanced(image_ids):
        removed, _ = AlbumImage.objects.filter(album__in=out_of, image__in=image_ids).delete()
        touch(out_of)
        return removed


def reorder(image_ids: Sequence[int], *, within: Album) -> None:
    """Let these come in this order, in the places that they hold between them; the rest keeps its own."""
    with writing():
        lock(within)
        places = AlbumImage.objects.filter(album=within, image__in=image_ids).order_by("display_order", "image")
        held = list(places.values_list("image", "pk", "display_order"))
        place_of = {image: place for image, place, _ in held}
        named = [image for image in dict.fromkeys(image_ids) if image in place_of]
        moved = {
            place_of[image]: (order,)
            for image, (_, place, order) in zip(named, held, strict=True)
            if place_of[image] != place
        }
        set_each(AlbumImage, ["display_order"], moved)
        touch([within])


def set_cover(album: Album, image_id: int | None) -> None:
    """Choose the cover among the album's own images; None: the first one again."""
    with writing():
        AlbumImage.objects.filter(album=album, is_cover=True).update(is_cover=False)
        if image_id is not None:
            AlbumImage.objects.filter(album=album, image=image_id).update(is_cover=True)
        touch([album])


def lock(album: Album) -> None:
    """Let concurrent changes of this album's order take turns. Raises Album.DoesNotExist."""
    if not lock_rows(Album.objects.filter(pk=album.pk)):
        raise Album.DoesNotExist


def touch(albums: Sequence[Album]) -> None:
    Album.objects.filter(pk__in=[album.pk for album in albums]).update(updated_at=timezone.now())


def _make_room(count: int, *, within: Album, at: int | None) -> int:
    """The first of `count` free values of `display_order`: after the last image, or where the one at index `at` was."""
    places = AlbumImage.objects.filter(album=within)
    if at is not None:
        orders = places.order_by("display_order", "image").values_list("display_order", flat=True)
        if (first := next(iter(orders[at : at + 1]), None)) is not None:
            places.filter(display_order__gte=first).update(display_order=F("display_order") + count)
            return first
    last = places.aggregate(last=Max("display_order"))["last"]
    return 0 if last is None else last + 1


def _insert(image_ids: Sequence[int], *, to: Album, by: User, first: int) -> None:
    """A place for each of these images, one after the other, by one statement."""
    table, parameter = given(((pk, first + n) for n, pk in enumerate(image_ids)), pk="bigint", place="bigint")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO images_albumimage "
            "(album_id, image_id, display_order, is_cover, added_at, is_contributed, added_by_id) "
            "SELECT %s, images_image.id, given.place, %s, %s, images_image.user_id <> %s, %s "
            f"FROM {table} AS given JOIN images_image ON images_image.id = given.pk ORDER BY given.place",
            [
                *(to.pk, False, connection.ops.adapt_datetimefield_value(timezone.now()), to.user_id, by.pk),
                parameter,
            ],
        )
