"""Pairs of an owner's images that look alike: found and written down when an image comes, so that nobody has to search
for them later."""

from django.db.models import Q

from accounts.models import User
from gallery_site.writing import lock_rows, writing
from images.grading import Look, may_be_the_same
from images.likeness import BANDS
from images.models import Image, NearPair
from images.nearness import near

MOST_NOTED = 50  # pairs of an image when it comes, the nearest: a thousand shots of one scene are no million pairs
LIKENESS = ("likeness", *(f"likeness_{n}" for n in range(BANDS)), "tones")


def liken(image: Image, *, likeness: int | None, tones: str) -> None:
    """Keep what the darkroom tells of an image's original, developed whole, and find again who is near it.

    Nothing happens where the image was purged meanwhile.
    """
    image.take_likeness(likeness)
    image.tones = tones
    with writing():
        if Image.objects.filter(pk=image.pk).update(**{name: getattr(image, name) for name in LIKENESS}):
            lock_rows(User.objects.filter(pk=image.user_id))
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


def _pixels_may_be_the_same(one: Image, other: Image) -> bool:
    """Of an animation only the first frame is looked at, which proves nothing."""
    return one.frames == other.frames == 1 and may_be_the_same(look_of(one), look_of(other))
