"""Which watermark lies over an image for whom, by the roads on which he comes to it. docs/adr/0012 tells the rule."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.viewer import NOBODY
from images import access
from images.models import AlbumImage, Image, Privacy
from images.watermarks import KINDS, Watermark

if TYPE_CHECKING:
    from accounts.viewer import Viewer
    from images.querysets import ImageQuerySet

Marks = dict[int, Watermark | None]
MOST_AT_ONCE = 10_000  # images asked about in one query; a database takes only so many values


def due(images: Sequence[Image], viewer: "Viewer", *, downloadable: Collection[int] | None = None) -> Marks:
    """What lies over each of these images, which this viewer sees, by key; None: he gets it clean.

    His own are clean, and those that he may download (`downloadable`: their keys, where the caller knows them). Else
    each road to an image says what lies over it there, and one road without a watermark is enough; of several
    watermarks the one with the least mark is taken, so that it is always the same. At most two queries, beside those
    for the `user` of each image where it is not loaded.
    """
    others = [image for image in images if not viewer.owns(image)]
    if not others:
        return {image.pk: None for image in images}
    preferred = {user.pk: preferred_by(user) for user in {image.user for image in others}}
    by_road = _by_road(others, preferred, viewer)
    marked: dict[int, Watermark] = {}
    for image in others:
        said = by_road[image.pk] or {preferred[image.user_id]}
        if None not in said:
            marked[image.pk] = min((each for each in said if each), key=lambda watermark: watermark.mark)
    if marked and downloadable is None:
        allowed = Image.objects.downloadable_by(viewer).filter(pk__in=marked)
        downloadable = set(allowed.values_list("pk", flat=True))
    return {image.pk: None if image.pk in (downloadable or ()) else marked.get(image.pk) for image in images}


def due_on(image: Image, viewer: "Viewer") -> Watermark | None:
    return due([image], viewer)[image.pk]


def lying_over(images: "ImageQuerySet", viewer: "Viewer") -> dict[int, str]:
    """The marks of the watermarks over these images, which this viewer sees, by key: of those that he gets with one.

    One query where none of them can have one, else at most four for each MOST_AT_ONCE of those that can.
    """
    found: dict[int, str] = {}
    concerned = images.filter(_can_be_marked()).only("user", "privacy_setting").prefetch_related("user")
    for part in concerned.in_parts(MOST_AT_ONCE):
        found |= {pk: watermark.mark for pk, watermark in due(part, viewer).items() if watermark}
    return found


def same_for_everyone(images: Sequence[Image], found: Marks, viewer: "Viewer") -> set[int]:
    """Keys of those that everyone may see, and with that over them which was `found` due to this viewer: what a shared
    cache may keep. None where there is no such cache. At most two queries."""
    if not settings.CDN_URL:
        return set()
    listed = [image for image in images if image.is_listed]
    everyone = found if viewer == NOBODY else due(listed, NOBODY)
    return {image.pk for image in listed if everyone[image.pk] == found[image.pk]}


def with_mark(mark: str, image: Image) -> Watermark | None:
    """The watermark of this mark, if it lies over this image on any road now."""
    places = AlbumImage.objects.filter(image=image, album__settled_watermark__isnull=False)
    said = [Watermark.from_json(told) for told in places.values_list("album__settled_watermark", flat=True)]
    candidates = [preferred_by(image.user), *said]
    return next((each for each in candidates if each is not None and each.mark == mark), None)


def preferred_by(user: User) -> Watermark | None:
    """What a user wants over his images where no album says anything else."""
    return Watermark.from_json(user.preferences["watermark"])


def _can_be_marked() -> Q:
    """Images over which something may lie for somebody: their owner prefers it, or an album says so."""
    preferring = User.objects.filter(chosen_preferences__watermark__kind__in=KINDS)
    marking = AlbumImage.objects.filter(image=OuterRef("pk"), album__settled_watermark__kind__in=KINDS)
    return Q(user__in=preferring.values("pk")) | Q(Exists(marking))


def _by_road(
    images: Sequence[Image], preferred: dict[int, Watermark | None], viewer: "Viewer"
) -> dict[int, set[Watermark | None]]:
    """What each road to an image says: as the image is public by itself, and through albums. A private image has none:
    a moderator comes to it as it was reported."""
    said: dict[int, set[Watermark | None]] = defaultdict(set)
    owners = {image.pk: image.user_id for image in images}
    for image in images:
        if image.privacy_setting == Privacy.PUBLIC:
            said[image.pk].add(preferred[image.user_id])
    asked = [image.pk for image in images if image.privacy_setting != Privacy.PRIVATE and None not in said[image.pk]]
    places = AlbumImage.objects.filter(access.shown_through(viewer), image__in=asked)
    of_album: dict[int, Watermark | None] = {}
    rows = places.values_list("image", "is_contributed", "album", "album__settled_watermark")
    for pk, is_contributed, album, album_says in rows:
        if is_contributed or album_says is None:  # an album speaks for its owner's images only
            said[pk].add(preferred[owners[pk]])
        else:
            if album not in of_album:
                of_album[album] = Watermark.from_json(album_says)
            said[pk].add(of_album[album])
    return said
