"""What the search for duplicates finds out in the background, some of it in every round of the housekeeping: the
likeness of images that came before it was kept, and proofs that two files show the same pixels."""

import logging
from time import monotonic

from images import duplicates
from images.darkroom.pool import DarkroomError, Refused
from images.developing import develop_likeness, hash_pixels
from images.models import Image, NearPair

AT_ONCE = 100  # images or pairs in one round
LONGEST_ROUND = (
    30.0  # seconds after which no other is begun: the housekeeping has more to do, and huge pictures take long
)
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
            duplicates.liken(image, likeness=None, tones=UNKNOWABLE)
        else:
            duplicates.liken(image, likeness=picture.likeness, tones=picture.tones)
            known += 1
        if monotonic() > ends:
            break
    return known


def prove_some(most: int = AT_ONCE) -> int:
    """Decode images that may show the same pixels as another, and keep the hash of these. Returns how many pairs are
    settled by it; where we had trouble, the next round tries again."""
    ends = monotonic() + LONGEST_ROUND
    looked_at: dict[int, bool] = {}
    settled = []
    for pair in NearPair.objects.filter(pixels_due=True).select_related("first", "second").order_by("pk")[:most]:
        for image in (pair.first, pair.second):
            if image.pk not in looked_at:
                looked_at[image.pk] = bool(image.pixel_hash) or _is_hashed(image)
        if looked_at[pair.first_id] and looked_at[pair.second_id]:
            settled.append(pair.pk)
        if monotonic() > ends:
            break
    return NearPair.objects.filter(pk__in=settled).update(pixels_due=False)


def _is_hashed(image: Image) -> bool:
    """Whether the pixels of this image have been looked at: one that can't be decoded any more is the same as no other,
    and that is known then."""
    try:
        pixel_hash = hash_pixels(image)
    except DarkroomError as trouble:
        log.warning("the pixels of image %s have to wait: %s", image.uid, trouble)
        return False
    except (FileNotFoundError, Refused) as trouble:
        log.warning("the pixels of image %s can't be compared: %s", image.uid, trouble)
    else:
        Image.objects.filter(pk=image.pk).update(pixel_hash=pixel_hash)
    return True
