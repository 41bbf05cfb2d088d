"""Tags onto images and off them: one tag whatever its case or accents, spelt on each image as its owner likes it."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify

from accounts.models import User
from accounts.viewer import Viewer
from gallery_site.folding import fold
from images import ledger
from images.models import Image, ImageTag, Tag
from images.search.words import write_documents

LONGEST_NAME = 100  # characters
MOST_TAGS = 100  # of an image, through these deeds
MOST_KEYWORDS = 500  # of an image, with those that its file brings along
_SLUG_LENGTH = 100
_SLUG_SUFFIX = 8
_INVISIBLE = {"Cc", "Cf", "Cs", "Co"}
_JOINERS = "\u200c\u200d"  # of these, what shapes words of Persian and emoji stays


class TooManyTags(ValidationError):
    """These images would have more tags than an image may have."""

    def __init__(self, most: int, image_ids: Sequence[int]) -> None:
        super().__init__(f"An image has at most {most} tags.", code="too_many_tags")
        self.image_ids = image_ids


def set_tags(image_ids: Collection[int], names: Iterable[str], *, by: User) -> None:
    """Let these images have these tags, so spelt, and no others. Raises ValidationError, PermissionDenied."""
    _retag(image_ids, names, by=by, replace=True)


def add_tags(image_ids: Collection[int], names: Iterable[str], *, by: User, most: int = MOST_TAGS) -> None:
    """Put tags on images; one that is there stays as it is spelt. Raises ValidationError, PermissionDenied."""
    _retag(image_ids, names, by=by, most=most)


def remove_tags(image_ids: Collection[int], names: Iterable[str], *, by: User) -> None:
    """Take tags off images, however they are spelt there. Raises PermissionDenied."""
    folds = {_fold(_shown(name)) for name in names}
    with ledger.balanced(image_ids):
        _ask_for_all(image_ids, by)
        ImageTag.objects.filter(content_object__in=image_ids, tag__name_fold__in=folds).delete()
        write_documents(image_ids)


def clean_name(name: str) -> str:
    """`name` without control and other invisible characters, blanks collapsed. Raises ValidationError."""
    cleaned = _shown(name)
    if not any(_can_be_seen(char) for char in fold(cleaned)):
        raise ValidationError("A tag needs a character that can be seen.", code="blank_tag")
    if len(cleaned) > LONGEST_NAME:
        raise ValidationError(f"A tag has at most {LONGEST_NAME} characters.", code="tag_too_long")
    return cleaned


def usable_keywords(names: Iterable[str]) -> list[str]:
    """The keywords of a file that can be tags, each once, at most `MOST_KEYWORDS`; the others are dropped."""
    usable: dict[str, str] = {}
    for name in names:
        try:
            cleaned = clean_name(name)
        except ValidationError:
            continue  # what a file says wrongly is no fault of whoever uploads it
        usable.setdefault(_fold(cleaned), cleaned)
        if len(usable) == MOST_KEYWORDS:
            break
    return list(usable.values())


def _retag(
    image_ids: Collection[int], names: Iterable[str], *, by: User, most: int = MOST_TAGS, replace: bool = False
) -> None:
    spellings: dict[str, str] = {}
    for name in names:
        cleaned = clean_name(name)
        spellings.setdefault(_fold(cleaned), cleaned)
    with ledger.balanced(image_ids):
        _ask_for_all(image_ids, by)
        richer = _tag_counts_above(most, image_ids)
        tags = _tags(spellings)
        if replace:
            ImageTag.objects.filter(content_object__in=image_ids).exclude(tag__in=tags).delete()
        if tags:
            _put(image_ids, {tag: spellings[name_fold] for tag, name_fold in tags.items()}, respell=replace)
        counts = _tag_counts_above(most, image_ids)
        if beyond := [pk for pk, count in counts.items() if count > richer.get(pk, most)]:
            raise TooManyTags(most, beyond)
        write_documents(image_ids)


def _ask_for_all(image_ids: Collection[int], by: User) -> None:
    wanted = set(image_ids)
    if Image.objects.editable_by(Viewer(user=by)).filter(pk__in=wanted).count() != len(wanted):
        raise PermissionDenied("Only the owner of an image changes its tags.")


def _tag_counts_above(limit: int, image_ids: Collection[int]) -> dict[int, int]:
    """The images with more than `limit` tags, and how many (a file may have brought more than a person may add)."""
    uses = ImageTag.objects.filter(content_object__in=image_ids).order_by().values("content_object")
    return dict(uses.annotate(n=Count("pk")).filter(n__gt=limit).values_list("content_object", "n"))


def _tags(spellings: dict[str, str]) -> dict[int, str]:
    """Keys of the tags with these folded names, with the names; those that are new are made."""
    known = _keys(spellings)
    new = {name_fold: name for name_fold, name in spellings.items() if name_fold not in known.values()}
    if not new:
        return known
    slugs = _slugs(new)
    Tag.objects.bulk_create(
        (Tag(name=name, name_fold=name_fold, slug=slugs[name_fold]) for name_fold, name in new.items()),
        ignore_conflicts=True,  # someone else may have made it in between, where writers do not take turns
    )
    return _keys(spellings)


def _keys(name_folds: Iterable[str]) -> dict[int, str]:
    return dict(Tag.objects.filter(name_fold__in=list(name_folds)).values_list("pk", "name_fold"))


def _slugs(name_folds: Iterable[str]) -> dict[str, str]:
    """A slug for each new name: the name itself in its own script, with a random end where another has it already."""
    bases = {name_fold: slugify(name_fold, allow_unicode=True)[:_SLUG_LENGTH] or "tag" for name_fold in name_folds}
    taken = set(Tag.objects.filter(slug__in=set(bases.values())).values_list("slug", flat=True))
    slugs: dict[str, str] = {}
    for name_fold, base in bases.items():
        slug = base
        while slug in taken:
            end = get_random_string(_SLUG_SUFFIX, "abcdefghijklmnopqrstuvwxyz0123456789")
            slug = f"{base[: _SLUG_LENGTH - _SLUG_SUFFIX - 1]}-{end}"
        taken.add(slug)
        slugs[name_fold] = slug
    return slugs


def _put(image_ids: Collection[int], spellings: dict[int, str], *, respell: bool) -> None:
    """Each of these tags onto each of these images, by one statement."""
    images, tags = list(image_ids), list(spellings)
    spelt = " ".join("WHEN %s THEN %s" for _ in tags)
    there = "DO UPDATE SET spelling = excluded.spelling" if respell else "DO NOTHING"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO images_imagetag (image_id, tag_id, spelling, added_at) "
            f"SELECT images_image.id, images_tag.id, CASE images_tag.id {spelt} END, %s "
            "FROM images_image CROSS JOIN images_tag "
            f"WHERE images_image.id IN ({_places(images)}) AND images_tag.id IN ({_places(tags)}) "
            f"ON CONFLICT (tag_id, image_id) {there}",
            [
                *(value for item in spellings.items() for value in item),
                connection.ops.adapt_datetimefield_value(timezone.now()),
                *images,
                *tags,
            ],
        )


def _places(values: Sequence[int]) -> str:
    return ", ".join(["%s"] * len(values))


def _fold(name: str) -> str:
    return fold(name)[:LONGEST_NAME]


def _shown(name: str) -> str:
    kept = (char for char in name if char.isspace() or unicodedata.category(char) not in _INVISIBLE or char in _JOINERS)
    return " ".join("".join(kept).split())


def _can_be_seen(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LNPS" or category == "Cn"  # unassigned: an emoji younger than this Python
