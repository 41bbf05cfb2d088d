"""Groups of duplicates in an owner's library: made of the noted pairs when he asks, each with the keeper that is
proposed and how alike the others are to it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from accounts.viewer import Viewer
from gallery_site.paging import Ranked
from images.grading import Grade, grade
from images.keeper import Candidate, keeper_of
from images.models import Image, ImageMetadata, NearPair, NotDuplicate
from images.near_pairs import look_of

MOST_READ = 100_000  # pairs of an owner that groups are made of, the newest
MOST_IN_GROUP = 100  # images


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
    """The groups of an owner, as keys of their images, in the order of their newest images, the newest first: a ranking
    of one tier, in which a group has the key of its newest image."""

    def __init__(self, groups: Iterable[Sequence[int]], *, count_is_exact: bool) -> None:
        ranked = (Ranked(tier=0, key=max(group), value=group) for group in groups)
        self._found = sorted(ranked, key=lambda group: group.key, reverse=True)
        self.count = len(self._found)
        self.count_is_exact = count_is_exact

    def __getitem__(self, part: slice) -> list[Ranked[Sequence[int]]]:
        return self._found[part]

    def after(self, place: tuple[int, int] | None, size: int) -> list[Ranked[Sequence[int]]]:
        """The next `size` groups after the place (0, key): those whose newest image is older."""
        return [found for found in self._found if place is None or found.key < place[1]][:size]


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
    return Groups(_stars(read[:MOST_READ], apart), count_is_exact=len(read) <= MOST_READ)


def load(groups: Sequence[Sequence[int]]) -> list[Group]:
    """These groups with their images, by two queries. One of which less than two images are left is left out."""
    keys = [pk for group in groups for pk in group]
    found = Image.objects.select_related("user").in_bulk(keys)
    told = _told_of_taking(keys)
    there = ([found[pk] for pk in group if pk in found] for group in groups)
    return [_group_of(images, told) for images in there if len(images) > 1]


def largest_first(image: Image) -> tuple[int, int, int]:
    """A sort key: who has most pixels, of these the largest file, of these the oldest image."""
    width, height = image.source_size
    return -width * height, -image.file_size, image.pk


def _stars(pairs: Iterable[tuple[int, int, int]], apart: Mapping[int, Collection[int]]) -> list[list[int]]:
    """The groups, each with its middle first: (first, second, bits) of the pairs, and who is kept apart from whom."""
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


def _group_of(images: Sequence[Image], told: Mapping[int, int]) -> Group:
    looks = {image.pk: look_of(image) for image in images}
    keeper = keeper_of(
        [Candidate(image.pk, looks[image.pk], image.mime_type, image.file_size, told[image.pk]) for image in images]
    )
    grades = {pk: grade(keeper.look, look) for pk, look in looks.items()} | {keeper.key: Grade.SAME_PIXELS}
    ranked = sorted(images, key=lambda image: (image.pk != keeper.key, grades[image.pk].rank, largest_first(image)))
    return Group(ranked, [grades[image.pk] for image in ranked])
