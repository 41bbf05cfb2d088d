"""What an owner decides of images that look alike: he merges them into one, or says that they are no duplicates."""

from collections.abc import Collection, Sequence
from itertools import combinations

from django.core.exceptions import PermissionDenied

from accounts.models import User
from accounts.viewer import Viewer
from albums.models import Album
from gallery_site.writing import writing
from images import ledger, placing, tagging, trash
from images.duplicate_groups import largest_first
from images.models import AlbumImage, Image, ImageMetadata, ImageTag, NotDuplicate

PLACE = ("location_lat", "location_lon", "altitude")


def merge(image_ids: Collection[int], *, into: int, by: User) -> None:
    """Give the image `into` what the others have, and put these into the trash, whence they can be restored.

    It gets their tags and their places in albums (where he may still put images; a cover of his own albums stays one),
    and, where it has none itself, title, description, rating, date and place of the largest that has one. Nobody who
    may see it by its own setting is changed. Raises PermissionDenied if one is not his or is in the trash, TooManyTags.
    """
    others = [pk for pk in dict.fromkeys(image_ids) if pk != into]
    with ledger.balanced([into, *others]):
        images = _own([into, *others], by)
        keeper, rest = images[into], sorted((images[pk] for pk in others), key=largest_first)
        _fill(keeper, rest)
        spellings = ImageTag.objects.filter(content_object__in=others).order_by("pk").values_list("spelling", flat=True)
        tagging.add_tags([into], list(spellings), by=by, most=tagging.MOST_KEYWORDS)  # writes all its words anew
        _take_places(into, others, by=by)
        trash.trash(others)


def keep_apart(image_ids: Collection[int], *, by: User) -> None:
    """Remember that none of these images is a duplicate of another. Raises PermissionDenied if one is not his."""
    with writing():
        _own(image_ids, by)
        NotDuplicate.objects.bulk_create(
            (
                NotDuplicate(user=by, first_id=first, second_id=second)
                for first, second in combinations(sorted(set(image_ids)), 2)
            ),
            ignore_conflicts=True,
        )


def _own(image_ids: Collection[int], by: User) -> dict[int, Image]:
    """These images by key, locked, all in his library."""
    rows = Image.objects.editable_by(Viewer(user=by)).select_for_update().order_by("pk")
    found = rows.in_bulk(list(image_ids))
    if len(found) != len(set(image_ids)):
        raise PermissionDenied("One of these images is not yours, or in the trash.")
    return found


def _fill(keeper: Image, others: Sequence[Image]) -> None:
    for name in ("title", "description"):
        setattr(keeper, name, getattr(keeper, name) or next(filter(None, (getattr(o, name) for o in others)), ""))
    if keeper.rating is None:
        keeper.rating = next((other.rating for other in others if other.rating is not None), None)
    facts = ImageMetadata.objects.in_bulk([keeper.pk, *(other.pk for other in others)])
    told = facts[keeper.pk]
    theirs = [facts[other.pk] for other in others]
    if not told.date_taken:
        told.date_taken = next((other.date_taken for other in theirs if other.date_taken), "")
        keeper.take_date(told.date_taken)
    if told.location_lat is None and (known := [other for other in theirs if other.location_lat is not None]):
        for name in PLACE:
            setattr(told, name, getattr(known[0], name))
    told.save(update_fields=["date_taken", *PLACE])
    keeper.save(update_fields=["title", "description", "rating", "taken_sort", "name_sort"])


def _take_places(into: int, others: Sequence[int], *, by: User) -> None:
    """A place beside the first of the others, in every album that has one of them and not this one yet."""
    albums = list(Album.objects.may_contribute(Viewer(user=by)).filter(places__image__in=others).distinct())
    places = AlbumImage.objects.filter(album__in=albums)
    held = set(places.filter(image=into).values_list("album", flat=True))
    first: dict[int, AlbumImage] = {}
    for place in places.filter(image__in=others).order_by("display_order", "pk"):
        first.setdefault(place.album_id, place)
    AlbumImage.objects.bulk_create(
        AlbumImage(
            album_id=album,
            image_id=into,
            display_order=place.display_order,
            is_contributed=place.is_contributed,
            added_by=by,
        )
        for album, place in first.items()
        if album not in held
    )
    covers = places.filter(image__in=others, is_cover=True, is_contributed=False)
    covered = list(covers.values_list("album", flat=True))
    covers.update(is_cover=False)
    places.filter(image=into, album__in=covered).update(is_cover=True)
    placing.touch(albums)
