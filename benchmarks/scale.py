"""What the lists cost in a large library: each question as Gallery asks it, against the obvious way to ask it.

    python benchmarks/scale.py [IMAGES]

Makes a library of rows without files (a million by default: an owner for every 500 images, an album for every 50, two
tags an image of a long-tailed choice, three in five listed to everyone, one in ten a near copy of another of its
owner's; one guest is let into 30 albums) in an SQLite database that is thrown away, and prints the median of several
runs in milliseconds. Ratios are worth more than times.
"""

import os
import random
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
RUNS = 7
BATCH = 5_000
SHARED = 30  # albums of the guest
WORDS = [
    "sunset",
    "beach",
    "family",
    "mountain",
    "lake",
    "forest",
    "city",
    "night",
    "bird",
    "flower",
    "garden",
    "snow",
    "train",
    "bridge",
    "river",
    "island",
]


def seed(images: int) -> None:
    """Rows for a library of this many images; counts and flags are made by `recount`, as for a real one."""
    from django.core.management import call_command

    from accounts.models import User
    from albums import tree
    from albums.models import Album, AlbumMember, ShareLink
    from images.models import AlbumImage, Image, ImageMetadata, ImageTag, NearPair, Tag
    from images.search.words import write_documents

    dice = random.Random(1)
    start = datetime(2015, 1, 1, tzinfo=UTC)
    owners = User.objects.bulk_create(
        User(username=f"user{n}", email=f"user{n}@example.com", password="!") for n in range(max(2, images // 500))
    )
    albums = [
        tree.plant(owner=owners[n % len(owners)], name=f"Album {n}", privacy_setting=dice.choice(["private", "public"]))
        for n in range(max(2, images // 50 // len(owners)) * len(owners))
    ]
    tags = Tag.objects.bulk_create(
        Tag(name=f"tag{n}", slug=f"tag{n}", name_fold=f"tag{n}") for n in range(max(20, images // 100))
    )
    for first in range(0, images, BATCH):
        numbers = range(first, min(images, first + BATCH))
        rows = Image.objects.bulk_create(_image(n, owners, dice, start) for n in numbers)
        ImageMetadata.objects.bulk_create(ImageMetadata(image=row, camera_model="EOS R5") for row in rows)
        AlbumImage.objects.bulk_create(
            AlbumImage(album=_album_of(row, n, owners, albums), image=row, display_order=n, added_by_id=row.user_id)
            for n, row in zip(numbers, rows, strict=True)
        )
        ImageTag.objects.bulk_create(_uses(rows, tags, dice))
        write_documents([row.pk for row in rows])
        NearPair.objects.bulk_create(_pairs(rows, len(owners)))
    guest = User.objects.create(username="guest", email="guest@example.com", password="!")
    shared = [album for album in albums if album.privacy_setting == "private"][:SHARED]
    Album.objects.filter(pk__in=[album.pk for album in shared]).update(privacy_setting="shared")
    AlbumMember.objects.bulk_create(AlbumMember(album=album, user=guest) for album in shared)
    ShareLink.objects.create(album=shared[0], token_hash="0" * 64)
    call_command("recount", stdout=open(os.devnull, "w"), stderr=open(os.devnull, "w"))  # noqa: SIM115


def _image(number: int, owners: list[Any], dice: random.Random, start: datetime) -> Any:
    from images.likeness import tones_of
    from images.models import Image

    title = " ".join(dice.sample(WORDS, 3))
    moment = start + timedelta(minutes=number)
    image = Image(
        user=owners[number % len(owners)],
        filename=f"{number}.jpg",
        original_filename=f"IMG_{number}.jpg",
        file_path=f"originals/{number}.jpg",
        file_size=dice.randrange(10**5, 10**7),
        file_hash=f"{number:064x}",
        mime_type="image/jpeg",
        image_width=4000,
        image_height=3000,
        title=title,
        name_sort=title,
        uploaded_at=moment,
        taken_sort=moment - timedelta(days=dice.randrange(3000)),
        privacy_setting=dice.choice(["public", "public", "inherit", "private"]),
        view_count=dice.randrange(1000),
        tones=tones_of(bytes(48)),
    )
    image.take_likeness(_likeness(number, len(owners)))
    return image


def _likeness(number: int, owners: int) -> int:
    """Of one image in ten: that of its owner's image before it, but for two bits."""
    if _is_copy(number, owners):
        return _likeness(number - owners, owners) ^ 0b101
    return random.Random(number).getrandbits(64) - 2**63


def _is_copy(number: int, owners: int) -> bool:
    return number >= owners and number // owners % 10 == 9


def _pairs(rows: list[Any], owners: int) -> Iterator[Any]:
    """What an upload of each copy would have written down. Keys are numbers from 1: the database was empty."""
    from images.models import NearPair

    for row in rows:
        if _is_copy(row.pk - 1, owners):
            yield NearPair(user_id=row.user_id, first_id=row.pk - owners, second_id=row.pk, distance=2)


def _album_of(row: Any, number: int, owners: list[Any], albums: list[Any]) -> Any:
    """One of the owner's own albums, in turn."""
    rounds = len(albums) // len(owners)
    return albums[(number // len(owners)) % rounds * len(owners) + number % len(owners)]


def _uses(rows: list[Any], tags: list[Any], dice: random.Random) -> Iterator[Any]:
    from images.models import ImageTag

    for row in rows:
        for tag in {tags[int(len(tags) * dice.random() ** 4)] for _ in range(2)}:
            yield ImageTag(tag=tag, content_object=row, spelling=tag.name)


def questions() -> Iterator[tuple[str, Callable[[], object], Callable[[], object]]]:
    """Name, our way, the obvious way."""
    from django.db.models import Count, Q

    from accounts.models import User
    from accounts.viewer import NOBODY, Viewer
    from albums.models import Album, ShareLink
    from gallery_site.paging import counted
    from images import access, duplicate_groups
    from images.album_cards import album_cards
    from images.filters import ordering_of
    from images.likeness import SEARCHED, distance
    from images.models import Image, ImageTag, Tag
    from images.nearness import near
    from images.search.finding import find
    from images.search.language import parse

    shown = Image.objects.visible_to(NOBODY)
    ruled = Image.objects.filter(access.listed_to_everyone())
    owner = Viewer(user=Image.objects.select_related("user").first().user)
    deep = min(50_000, shown.count() // 2)
    taken = ordering_of("-date_taken")
    middle = shown.order_by(*taken.columns())[deep]
    tag = Tag.objects.order_by("-usage_count").first()
    yield "public feed", lambda: list(shown.order_by("-pk")[:50]), lambda: list(ruled.order_by("-pk")[:50])
    yield "count of the feed", lambda: counted(shown), ruled.count
    yield (
        "own library by date",
        lambda: list(Image.objects.visible_to(owner).owned_by(owner).order_by(*taken.columns())[:50]),
        lambda: list(Image.objects.filter(user__username=owner.user.username).order_by("taken_sort")[:50]),
    )
    yield (
        f"page at row {deep:,} by date",
        lambda: list(
            shown.filter(taken.beyond(middle.taken_sort, middle.pk, backward=False)).order_by(*taken.columns())[:50]
        ),
        lambda: list(shown.order_by(*taken.columns())[deep : deep + 50]),
    )
    yield (
        "commonest tag",
        lambda: list(shown.tagged([tag.name]).order_by("-pk")[:50]),
        lambda: list(shown.filter(tag_uses__tag__name__iexact=tag.name).distinct().order_by("-pk")[:50]),
    )
    yield (
        "tags by use",
        lambda: list(Tag.objects.counted_for(NOBODY)[:50]),
        lambda: list(
            ImageTag.objects.filter(content_object__is_listed=True)
            .values("tag__name")
            .annotate(n=Count("pk"))
            .order_by("-n")[:50]
        ),
    )
    guest = Viewer(user=User.objects.get(username="guest"))
    linked = Viewer(links=frozenset(ShareLink.objects.values_list("pk", flat=True)))
    let_in = Q(places__album__policy__members__user=guest.user, privacy_setting="inherit")
    by_link = Q(places__album__policy__links__in=linked.links, privacy_setting="inherit")
    one = Image.objects.filter(places__album__members__user=guest.user, privacy_setting="inherit").first()
    yield (
        f"feed of a guest in {SHARED} albums",
        lambda: list(Image.objects.visible_to(guest).order_by("-pk")[:50]),
        lambda: list(Image.objects.filter(access.listed_to_everyone() | let_in).distinct().order_by("-pk")[:50]),
    )
    yield (
        "what is shared with him",
        lambda: list(Image.objects.visible_to(guest).shared_with(guest).order_by("-pk")[:50]),
        lambda: list(Image.objects.filter(let_in).exclude(access.listed_to_everyone()).order_by("-pk")[:50]),
    )
    yield (
        "may he see this image",
        lambda: Image.objects.reachable_by(guest, [one.uid]).first(),
        lambda: Image.objects.filter(access.listed_to_everyone() | let_in, uid=one.uid).distinct().first(),
    )
    yield (
        "feed by a link",
        lambda: list(Image.objects.visible_to(linked).order_by("-pk")[:50]),
        lambda: list(Image.objects.filter(access.listed_to_everyone() | by_link).distinct().order_by("-pk")[:50]),
    )
    page = list(Album.objects.visible_to(owner).order_by("name_sort")[:50])
    yield (
        "50 albums with counts and covers",
        lambda: album_cards(page, owner),
        lambda: [
            (
                Image.objects.visible_to(owner).in_album(album).count(),
                Image.objects.visible_to(owner).in_album(album).first(),
            )
            for album in page
        ],
    )
    tree = parse("sunset beach")
    yield (
        "search for two words",
        lambda: find(shown, tree)[0:50],
        lambda: list(shown.filter(Q(title__icontains="sunset"), Q(title__icontains="beach")).order_by("-pk")[:50]),
    )
    likeness = Image.objects.order_by("pk")[Image.objects.count() // 2].likeness or 0
    known = Image.objects.filter(likeness__isnull=False)
    yield (
        "who looks like this, among all",
        lambda: near(Image.objects.all(), likeness),
        lambda: [pk for pk, other in known.values_list("pk", "likeness") if distance(likeness, other) <= SEARCHED],
    )
    yield (
        "duplicates of an owner",
        lambda: duplicate_groups.load([ranked.value for ranked in duplicate_groups.groups_of(owner)[:50]]),
        lambda: [
            (one, other)
            for one, other in combinations(known.filter(user=owner.user), 2)
            if distance(one.likeness or 0, other.likeness or 0) <= SEARCHED
        ][:50],
    )


def median(question: Callable[[], object]) -> float:
    question()
    times = []
    for _ in range(RUNS):
        start = perf_counter()
        question()
        times.append((perf_counter() - start) * 1000)
    return statistics.median(times)


def main(arguments: list[str]) -> None:
    images = int(arguments[0]) if arguments else 1_000_000
    with tempfile.TemporaryDirectory() as data:
        os.environ |= {"GALLERY_DATA_DIR": data, "DJANGO_SETTINGS_MODULE": "gallery_site.settings"}
        sys.path.insert(0, str(PROJECT))
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        start = perf_counter()
        seed(images)
        print(f"{images:,} images, made in {perf_counter() - start:.0f} s")
        print(f"{'':32}{'Gallery ms':>12}{'obvious ms':>12}{'ratio':>9}")
        for name, ours, obvious in questions():
            mine, theirs = median(ours), median(obvious)
            print(f"{name:32}{mine:12.2f}{theirs:12.2f}{theirs / mine:9.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
