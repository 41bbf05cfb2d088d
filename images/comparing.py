"""What the search for duplicates finds out in the background, some of it in every round of the housekeeping: the
likeness of images that came before it was kept, and proofs that two files show the same pixels."""

import logging
from collections.abc import Collection
from time import monotonic

from django.db.models import F, Q, Window
from django.db.models.functions import RowNumber

from gallery_site.writing import writing
from images import near_pairs
from images.darkroom.pool import DarkroomError, Refused
from images.developing import develop_likeness, hash_pixels
from images.models import Image, NearPair

AT_ONCE = 100  # images in one round
PAIRS_READ = 10  # for each image of a round: of a burst, whose images are all near to each other, many have few images
LONGEST_ROUND = 30.0  # seconds; then no other is begun: the housekeeping has more to do, and huge pictures take long
UNKNOWABLE = "?"  # the tones of an image whose file is gone or can't be decoded any more: nobody tries again

log = logging.getLogger("gallery.comparing")


def is_likened(image: Image) -> bool:
    """Whether its likeness is known, be it that there is too little to know it by; not where it could not be found."""
    return image.tones not in ("", UNKNOWABLE)


def likeness_of_some(most: int = AT_ONCE) -> int:
    """Find out the likeness of images that have none yet. Returns of how many; where we had trouble (and not the file),
    the next round tries again."""
    known, ends = 0, monotonic() + LONGEST_ROUND
    for image in Image.objects.filter(tones="").order_by("pk")[:most]:
        try:
            picture = develop_likeness(image)
        except DarkroomError as trouble:
            log.warning("the likeness of image %s has to wait: %s", image.uid, trouble)
        except (FileNotFoundError, Refused) as trouble:
            log.warning("image %s has no likeness: %s", image.uid, trouble)
            near_pairs.liken(image, likeness=None, tones=UNKNOWABLE)
        else:
            near_pairs.liken(image, likeness=picture.likeness, tones=picture.tones)
            known += 1
        if monotonic() > ends:
            break
    return known


def prove_some(most: int = AT_ONCE) -> int:
    """Decode up to `most` images that may show the same pixels as another, and keep the hash of these. Returns how many
    pairs are settled by it; where we had trouble, the next round tries again.

    Owners take turns, so that nobody waits for another one's thousands, and of each it is the nearest pairs first. An
    image is decoded once, however many it is near to. Nothing is written where nothing is due.
    """
    pairs = _due_in_turn(PAIRS_READ * most)
    if not pairs:
        return 0
    keys = list(dict.fromkeys(key for pair in pairs for key in pair))
    images = Image.objects.in_bulk(keys)
    ends = monotonic() + LONGEST_ROUND
    lost = []
    for image in [images[key] for key in keys if key in images and not images[key].pixel_hash][:most]:
        try:
            pixel_hash = hash_pixels(image)
        except DarkroomError as trouble:
            log.warning("the pixels of image %s have to wait: %s", image.uid, trouble)
        except (FileNotFoundError, Refused) as trouble:
            log.warning("the pixels of image %s can't be compared: %s", image.uid, trouble)
            lost.append(image.pk)
        else:
            with writing():
                Image.objects.filter(pk=image.pk).update(pixel_hash=pixel_hash)
        if monotonic() > ends:
            break
    return _settle(keys, lost)


def _due_in_turn(most: int) -> list[tuple[int, int]]:
    """Pairs that may show the same pixels: the nearest of each owner, then the second nearest of each, ..."""
    turn = Window(RowNumber(), partition_by=F("user"), order_by=["distance", "pk"])
    due = NearPair.objects.filter(pixels_due=True).order_by(turn, "pk")
    return list(due.values_list("first", "second")[:most])


def _settle(keys: Collection[int], lost: Collection[int]) -> int:
    """Nothing is due any more of pairs with these images where both have their hash, or where one is lost: what can't
    be decoded is the same as no other, and that is known then."""
    due = NearPair.objects.filter(Q(first__in=keys) | Q(second__in=keys), pixels_due=True)
    hashed = Q(first__pixel_hash__gt="", second__pixel_hash__gt="")
    with writing():
        return due.filter(hashed | Q(first__in=lost) | Q(second__in=lost)).update(pixels_due=False)
