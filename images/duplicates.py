"""Duplicates of one owner: pairs are noted when an image comes, groups are made of them when he asks, and he merges
them or says that they are none."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.viewer import Viewer
from albums.models import Album
from gallery_site.writing import writing
from images import ledger, placing, tagging, trash
from images.grading import Grade, Look, grade, may_be_the_same
from images.keeper import Candidate, keeper_of
from images.likeness import BANDS
from images.models import AlbumImage, Image, ImageMetadata, ImageTag, NearPair, NotDuplicate
from images.nearness import near

MOST_NOTED = 50  # pairs of an image when it comes, the nearest: a thousand shots of one scene are no million pairs
MOST_READ = 100_000  # pairs of an owner that groups are made of, the newest
MOST_IN_GROUP = 100  # images
PLACE = ("location_lat", "location_lon", "altitude")
LIKENESS = ("likeness", *(f"likeness_{n}" for n in range(BANDS)), "tones")

# --- Pairs ----------------------------------------------------------------------------------------------------------


def liken(image: Image, *, likeness: int | None, tones: str) -> None:
    """Keep what the darkroom tells of an image's original, developed whole, and find again who is near it.

    Nothing happens where the image was purged meanwhile.
    """
    image.take_likeness(likeness)
    image.tones = tones
    with writing():
        if Image.objects.filter(pk=image.pk).update(**{name: getattr(image, name) for name in LIKENESS}):
            _in_turn(image.user_id)
            NearPair.objects.filter(Q(first=image) | Q(second=image)).delete()
            note(image)


def note(image: Image) -> None:
    """Write down who of its owner's images is near this one, whose likeness was just written. At most three queries.

    The caller has the owner's row locked: of two images that come at once, the second one to look sees the first.
    """
    if image.likeness is None:
        return
    hits = near(Image.objects.filter(user=image.user_id), image.likeness)
    distances = dict([hit for hit in hits if hit[0] != image.pk][:MOST_NOTED])
    if distances:
        NearPair.objects.bulk_create(
            NearPair(
                user_id=image.user_id,
                first_id=min(image.pk, other.pk),
                second_id=max(image.pk, other.pk),
                distance=distances[other.pk],
                pixels_due=_pixels_may_be_the_same(image, other),
            )
            for other in Image.objects.filter(pk__in=distances)
        )


def look_of(image: Image) -> Look:
    """What grades are made of. Raises TypeError for an image that has no likeness: it is near nobody."""
    if image.likeness is None:
        raise TypeError(f"image {image.pk} has no likeness")
    return Look(image.likeness, image.tones, image.source_size, image.pixel_hash)


def _in_turn(user_id: int) -> None:
    """One at a time of those who look for pairs of an owner (a row lock; SQLite has the write lock already)."""
    list(User.objects.select_for_update().filter(pk=user_id).values_list("pk"))


def _pixels_may_be_the_same(one: Image, other: Image) -> bool:
    """Of an animation only the first frame is looked at, which proves nothing."""
    return one.frames == other.frames == 1 and may_be_the_same(look_of(one), look_of(other))


# --- Groups ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Group:
    """Images that look alike, the proposed keeper (of `images.keeper`) first, each with its grade against the keeper,
    whose own is the best there is."""

    images: Sequence[Image]
    grades: Sequence[Grade]

    @property
    def keeper(self) -> Image:
        return self.images[0]

    @property
    def grade(self) -> Grade:
        """That of the least alike: what can be said of all of them."""
        return max(self.grades, key=lambda grade: grade.rank)


class Groups:
    """The groups of an owner, as keys, in the order of their newest images, the newest first: what
    `gallery_site.paging.page_of_ranked` takes. A result is (key of the newest, 0, keys)."""

    def __init__(self, keys: Iterable[Sequence[int]], *, count_is_exact: bool) -> None:
        self._found = sorted(((max(group), 0, group) for group in keys), reverse=True)
        self.count = len(self._found)
        self.count_is_exact = count_is_exact

    def __getitem__(self, part: slice) -> list[Any]:
        return self._found[part]

    def after(self, hit: tuple[int, int] | None, size: int) -> list[Any]:
        """Those whose newest image is older than the one of `hit`, which is (0, key)."""
        return [found for found in self._found if hit is None or found[0] < hit[1]][:size]


def groups_of(viewer: Viewer) -> Groups:
    """What looks alike in this viewer's own library, but what he said is no duplicate. Two queries.

    Each group has a middle to which all its images are near, so that no chain of small differences leads from one
    picture to quite another; the images with most near ones are middles first.
    """
    pairs = NearPair.objects.filter(user=viewer.user_id, first__trashed_at=None, second__trashed_at=None)
    said = NotDuplicate.objects.filter(user=viewer.user_id)
    standing = pairs.exclude(Exists(said.filter(first=OuterRef("first"), second=OuterRef("second"))))
    read = list(standing.order_by("-pk").values_list("first", "second", "distance")[: MOST_READ + 1])
    apart: dict[int, set[int]] = defaultdict(set)
    for first, second in said.values_list("first", "second"):
        apart[first].add(second)
        apart[second].add(first)
    return Groups(_grouped(read[:MOST_READ], apart), count_is_exact=len(read) <= MOST_READ)


def load(groups: Sequence[Sequence[int]]) -> list[Group]:
    """These groups with their images, by two queries. One of which less than two images are left is left out."""
    keys = [pk for group in groups for pk in group]
    found = Image.objects.select_related("user").in_bulk(keys)
    told = _told_of_taking(keys)
    there = ([found[pk] for pk in group if pk in found] for group in groups)
    return [_ranked(images, told) for images in there if len(images) > 1]


def _grouped(pairs: Iterable[tuple[int, int, int]], apart: Mapping[int, Collection[int]]) -> list[list[int]]:
    beside: dict[int, dict[int, int]] = defaultdict(dict)
    for first, second, bits in pairs:
        beside[first][second] = beside[second][first] = bits
    free, groups = set(beside), []
    for middle in sorted(beside, key=lambda pk: (-len(beside[pk]), pk)):
        if middle not in free:
            continue
        group = [middle]
        distances = beside[middle]
        for pk in sorted(distances.keys() & free, key=lambda pk: (distances[pk], pk)):
            if len(group) < MOST_IN_GROUP and not any(pk in apart.get(other, ()) for other in group):
                group.append(pk)
        if len(group) > 1:
            free.difference_update(group)
            groups.append(group)
    return groups


def _told_of_taking(keys: Collection[int]) -> dict[int, int]:
    """How many facts the files of these images tell of their taking: when, and by which camera."""
    facts = ImageMetadata.objects.only("date_taken", "camera_make", "camera_model").in_bulk(keys)
    return {pk: bool(its.date_taken) + bool(its.camera_make or its.camera_model) for pk, its in facts.items()}


def _ranked(images: Sequence[Image], told: Mapping[int, int]) -> Group:
    looks = {image.pk: look_of(image) for image in images}
    keeper = keeper_of(
        [Candidate(image.pk, looks[image.pk], image.mime_type, image.file_size, told[image.pk]) for image in images]
    )
    grades = {pk: grade(keeper.look, look) for pk, look in looks.items()} | {keeper.key: Grade.SAME_PIXELS}
    ranked = sorted(images, key=lambda image: (image.pk != keeper.key, grades[image.pk].rank, _largest_first(image)))
    return Group(ranked, [grades[image.pk] for image in ranked])


def _largest_first(image: Image) -> tuple[int, int, int]:
    """A sort key."""
    width, height = image.source_size
    return -width * height, -image.file_size, image.pk


# --- What the owner decides -----------------------------------------------------------------------------------------


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


def merge(image_ids: Collection[int], *, into: int, by: User) -> None:
    """Give the image `into` what the others have, and put these into the trash, whence they can be restored.

    It gets their tags and their places in albums (where he may still put images; a cover of his own albums stays one),
    and, where it has none itself, title, description, rating, date and place of the largest that has one. Nobody who
    may see it by its own setting is changed. Raises PermissionDenied if one is not his or is in the trash, TooManyTags.
    """
    others = [pk for pk in dict.fromkeys(image_ids) if pk != into]
    with ledger.balanced([into, *others]):
        images = _own([into, *others], by)
        keeper, rest = images[into], sorted((images[pk] for pk in others), key=_largest_first)
        _fill(keeper, rest)
        spellings = ImageTag.objects.filter(content_object__in=others).order_by("pk").values_list("spelling", flat=True)
        tagging.add_tags([into], list(spellings), by=by, most=tagging.MOST_KEYWORDS)  # writes all its words anew
        _take_places(into, others, by=by)
        trash.trash(others)


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
