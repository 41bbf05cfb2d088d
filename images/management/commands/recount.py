"""`manage.py recount`: prove or mend what follows from other rows: flags, counts, and what albums take from above."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count, F, Model, QuerySet, Sum

from accounts.models import User
from albums import tree
from albums.models import Album, Privacy, path_segment
from gallery_site.each_row import Value, set_each
from gallery_site.writing import writing
from images import access, ledger
from images.models import AlbumImage, Image, Report


class Command(BaseCommand):
    help = "Compare flags, counts and the columns of the album tree with what the rows say, and mend what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only compare; exit 1 if anything differs.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        # In this order: what an album takes from above decides who may see its images, and that is counted.
        parts = (self.circles, self.paths, self.inheritance, self.contributed, self.flags, self.counts)
        with writing():
            wrong = sum(part(mend=not check) for part in parts)
        if check and wrong:
            raise CommandError(f"{wrong} differences; `manage.py recount` mends them.")
        self.stdout.write(f"{wrong} mended." if wrong else "All is right.")

    def circles(self, *, mend: bool) -> int:
        """Albums that no way up leads to the top: the oldest of each circle is put there."""
        above = dict(Album.objects.values_list("pk", "parent"))
        cut = [pk for pk, parent in above.items() if parent is not None and pk == min(_circle(pk, above), default=None)]
        for pk in cut:
            self.stderr.write(f"album {pk} is below itself")
        if mend:
            Album.objects.filter(pk__in=cut, privacy_setting=Privacy.INHERIT).update(privacy_setting=Privacy.PRIVATE)
            Album.objects.filter(pk__in=cut).update(parent=None)
        return len(cut)

    def paths(self, *, mend: bool) -> int:
        paths: dict[int | None, str] = {None: ""}
        wrong = {}
        for album in _from_the_top(Album.objects.only("pk", "parent", "path")):
            paths[album.pk] = paths[album.parent_id] + path_segment(album.pk)
            if album.path != paths[album.pk]:
                wrong[album.pk] = (paths[album.pk],)
        return self._differences(Album, ["path"], wrong, mend=mend)

    def inheritance(self, *, mend: bool) -> int:
        wrong = {}
        for album, values in tree.settled(_from_the_top(Album.objects.all()), {}):
            right = tuple(values[name] for name in tree.FOLLOWING)
            if right != tuple(getattr(album, name) for name in tree.FOLLOWING):
                wrong[album.pk] = right
        return self._differences(Album, tree.FOLLOWING, wrong, mend=mend)

    def contributed(self, *, mend: bool) -> int:
        own = AlbumImage.objects.filter(image__user=F("album__user"))
        others = AlbumImage.objects.exclude(image__user=F("album__user"))
        wrong = dict.fromkeys(_keys(own.filter(is_contributed=True)), (False,))
        wrong |= dict.fromkeys(_keys(others.filter(is_contributed=False)), (True,))
        return self._differences(AlbumImage, ["is_contributed"], wrong, mend=mend)

    def flags(self, *, mend: bool) -> int:
        listed = Image.objects.filter(access.listed_to_everyone()).values("pk")
        wrong = dict.fromkeys(_keys(Image.objects.filter(is_listed=False, pk__in=listed)), (True,))
        wrong |= dict.fromkeys(_keys(Image.objects.filter(is_listed=True).exclude(pk__in=listed)), (False,))
        return self._differences(Image, ["is_listed"], wrong, mend=mend)

    def counts(self, *, mend: bool) -> int:
        expected = ledger.contributions(None)
        stored = Image.objects.order_by().values_list("user").annotate(n=Sum("file_size"))
        expected[(User, "storage_used")] = Counter(dict(stored))
        still_open = Report.objects.filter(closed_at=None).order_by()
        of_images = still_open.exclude(image=None).values_list("image").annotate(n=Count("pk"))
        of_albums = still_open.exclude(album=None).values_list("album").annotate(n=Count("pk"))
        expected[(Image, "open_reports")] = Counter(dict(of_images))
        expected[(Album, "open_reports")] = Counter(dict(of_albums))
        found = 0
        for (model, column), counts in expected.items():
            rows = model._default_manager.values_list("pk", column).iterator()
            wrong = {pk: (counts[pk],) for pk, value in rows if value != counts[pk]}
            found += self._differences(model, [column], wrong, mend=mend)
        return found

    def _differences(
        self, model: type[Model], columns: Sequence[str], right: Mapping[int, Sequence[Value]], *, mend: bool
    ) -> int:
        """Tell of each row that is not as it should be, and with `mend` write it."""
        for pk, values in right.items():
            told = ", ".join(f"{name} should be {value}" for name, value in zip(columns, values, strict=True))
            self.stderr.write(f"{model._meta.label} {pk}: {told}")
        if mend:
            set_each(model, columns, right)
        return len(right)


def _keys(rows: QuerySet) -> Iterable[int]:
    return rows.values_list("pk", flat=True)


def _circle(pk: int, above: dict[int, int | None]) -> list[int]:
    """The albums that are above this one and below it too, with itself; none if the way up ends."""
    way: list[int] = []
    here: int | None = pk
    while here is not None and here not in way:
        way.append(here)
        here = above[here]
    return way if here == pk else []


def _from_the_top(albums: QuerySet[Album]) -> Iterator[Album]:
    """These albums, each after its parent, whatever their paths say; those in a circle do not come."""
    inside: dict[int | None, list[Album]] = {}
    for album in albums.order_by("pk"):
        inside.setdefault(album.parent_id, []).append(album)
    waiting = inside.get(None, [])[::-1]
    while waiting:
        album = waiting.pop()
        yield album
        waiting += inside.get(album.pk, [])
