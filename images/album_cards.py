"""What both HTTP rooms show of albums, as the API's JSON: counts and covers are those of the viewer."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Concat

from accounts.viewer import NOBODY, Viewer
from albums import access as album_access
from albums.models import Album
from images import access, addresses, marks
from images.models import AlbumImage, Image
from images.serializers import instant, moderated_state
from images.watermarks import mark_of


def album_cards(albums: Iterable[Album], viewer: Viewer) -> list[dict[str, Any]]:
    """These albums in the API's form, in a fixed number of queries."""
    pks = [album.pk for album in albums]
    shown = (
        Album.objects.filter(pk__in=pks)
        .select_related("user", "policy", "parent")
        .annotate(total_seen=_total_seen(viewer), children_seen=_children_seen(viewer), cover=_cover(viewer))
    )
    by_pk = {album.pk: album for album in shown}
    counts = _images_seen(list(by_pk.values()), viewer)
    covers = Image.objects.select_related("user").in_bulk({album.cover for album in by_pk.values() if album.cover})
    due = marks.due(list(covers.values()), viewer)
    public = marks.same_for_everyone(list(covers.values()), due, viewer)
    ancestors = {pk for album in by_pk.values() for pk in album.ancestor_ids}
    visible = {
        pk: {"id": str(uid), "name": name}
        for pk, uid, name in Album.objects.visible_to(viewer).filter(pk__in=ancestors).values_list("pk", "uid", "name")
    }
    shown_covers = {
        pk: _cover_card(cover, mark_of(due[pk]), viewer, public=pk in public) for pk, cover in covers.items()
    }
    return [_card(by_pk[pk], viewer, counts, shown_covers, visible) for pk in pks if pk in by_pk]


def album_card(album: Album, viewer: Viewer) -> dict[str, Any]:
    return album_cards([album], viewer)[0]


def _card(
    album: Any,
    viewer: Viewer,
    counts: Mapping[int, int],
    covers: Mapping[int, dict[str, Any]],
    visible: Mapping[int, dict[str, str]],
) -> dict[str, Any]:
    own = viewer.owns(album)
    cover = covers.get(album.cover)
    card = {
        "id": str(album.uid),
        "user": {"id": str(album.user.uid), "username": album.user.username},
        "name": album.name,
        "description": album.description,
        "parent_id": visible[album.parent_id]["id"] if album.parent_id in visible else None,
        "path": [visible[pk] for pk in album.ancestor_ids if pk in visible],
        "privacy_setting": album.privacy_setting,
        "effective_privacy": album.effective_privacy,
        "cover_image": cover,
        "cover_image_id": cover["id"] if cover else None,
        "image_count": counts.get(album.pk, 0),
        "total_image_count": album.total_seen,
        "children_count": album.children_seen,
        "show_location": album.show_location,
        "allow_download": album.allow_download,
        "watermark": album.watermark,
        "created_at": instant(album.created_at),
        "updated_at": instant(album.updated_at),
    }
    trashed = {"trashed_at": instant(album.trashed_at)} if own else {}
    return card | trashed | moderated_state(album, viewer, hidden=album.is_hidden)


def _cover_card(cover: Image, mark: str, viewer: Viewer, *, public: bool) -> dict[str, Any]:
    form = addresses.preferred_format(viewer.accept)
    return {"id": str(cover.uid), "thumbnails": addresses.thumbnails(cover, mark, form=form, public=public)}


def _images_seen(albums: Sequence[Album], viewer: Viewer) -> dict[int, int]:
    """How many images of each album the viewer sees: for nobody, and for the owner save for what others added, the
    count that is kept; else counted, all albums by one query."""
    if viewer == NOBODY:
        return {album.pk: album.listed_count for album in albums}
    own = {album.pk: album.image_count for album in albums if viewer.owns(album)}
    others = [album.pk for album in albums if album.pk not in own]
    unseen = AlbumImage.objects.filter(
        ~access.seen_by(viewer, prefix="image__"), album__in=own, is_contributed=True, image__trashed_at=None
    )
    for album, n in _by_album(unseen) if own else ():
        own[album] -= n
    return own | (dict(_by_album(_places_seen(viewer).filter(album__in=others))) if others else {})


def _by_album(places: QuerySet) -> QuerySet:
    return places.order_by().values_list("album").annotate(n=Count("pk"))


def _places_seen(viewer: Viewer) -> QuerySet:
    return AlbumImage.objects.filter(access.seen_by(viewer, prefix="image__"))


def _total_seen(viewer: Viewer) -> Coalesce:
    """Each visible image once, over the album and all visible albums below it."""
    here_and_below = {"album__path__gte": OuterRef("path"), "album__path__lt": Concat(OuterRef("path"), Value("~"))}
    counted = (
        _places_seen(viewer)
        .filter(album_access.seen_by(viewer, "album__"), **here_and_below)
        .order_by()
        .annotate(one=Value(1))
        .values("one")
        .annotate(n=Count("image", distinct=True))
        .values("n")
    )
    return Coalesce(Subquery(counted), 0)


def _children_seen(viewer: Viewer) -> Coalesce:
    counted = (
        Album.objects.visible_to(viewer)
        .filter(parent=OuterRef("pk"))
        .order_by()
        .values("parent")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(counted), 0)


def _cover(viewer: Viewer) -> Coalesce:
    """The chosen one if the viewer sees it, else the first visible here, else the first of the first visible child."""
    seen = _places_seen(viewer)
    here = seen.filter(album=OuterRef("pk")).order_by("-is_cover", "display_order", "image")
    below = seen.filter(album_access.seen_by(viewer, "album__"), album__parent=OuterRef("pk"))
    below = below.order_by("album__name_sort", "album", "-is_cover", "display_order", "image")
    return Coalesce(Subquery(here.values("image")[:1]), Subquery(below.values("image")[:1]))
