"""The shape of the tree: planting, editing and moving albums, and what follows from it for the albums below."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Value
from django.db.models.functions import Concat, Substr

from accounts.models import User
from albums.models import MAX_DEPTH, SEGMENT_WIDTH, Album, Privacy, path_segment
from albums.querysets import AlbumQuerySet
from gallery_site.each_row import set_each
from gallery_site.writing import writing

Settled = dict[str, Any]
# What follows from the albums above.
FOLLOWING = ("policy_id", "is_hidden", "shows_location", "allows_download", "settled_watermark")


class TreeError(Exception):
    """A change that the tree does not allow; `code` is stable, `detail` is for people, `field` names the input."""

    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


def plant(*, owner: User, name: str, parent: Album | None = None, **values: Any) -> Album:
    """Make an album at the top, or below `parent`, whose policy it inherits unless told otherwise."""
    with writing():
        parent = _present(parent)
        values.setdefault("privacy_setting", Privacy.INHERIT if parent else Privacy.PRIVATE)
        _check_inherit(values["privacy_setting"], parent)
        if parent and parent.depth >= MAX_DEPTH:
            raise _too_deep()
        album = Album.objects.create(user=owner, name=name, parent=parent, **values)
        album.path = (parent.path if parent else "") + path_segment(album.pk)
        album.save(update_fields=["path"])
        settle(album)
        album.refresh_from_db()
        return album


def edit(album: Album, changes: Mapping[str, Any]) -> None:
    """Write changed fields; with them `parent` moves the album with its subtree, and a new privacy its policy."""
    with writing():
        album.refresh_from_db()
        if "parent" in changes and changes["parent"] != album.parent:
            _move(album, _present(changes["parent"]))
        for field, value in changes.items():
            if field != "parent":
                setattr(album, field, value)
        _check_inherit(album.privacy_setting, album.parent)
        album.save()
        settle(album)
        album.refresh_from_db()


def settle(*roots: Album) -> None:
    """Write what each album of the subtrees takes from those above it: the policy, and with it being hidden; whether
    places are shown and downloads allowed, and the watermark. One query reads them, one writes those that change."""
    parents = Album.objects.in_bulk({root.parent_id for root in roots if root.parent_id})
    _write_settled(Album.objects.below(*roots), {pk: _settled(above) for pk, above in parents.items()})


def uproot(albums: Collection[Album]) -> None:
    """Let these albums, in which everything below each of them is named too, stand at the top with what is below; who
    inherited is private from now on."""
    cut: dict[int | None, int] = {}  # characters that its path loses at the beginning: as many as its parent's
    for album in sorted(albums, key=lambda album: album.path):
        cut[album.pk] = cut.get(album.parent_id, len(album.path) - SEGMENT_WIDTH)
    with writing():
        roots = Album.objects.filter(pk__in=[album.pk for album in albums if album.parent_id not in cut])
        set_each(Album, ["path"], {album.pk: (album.path[cut[album.pk] :],) for album in albums})
        roots.filter(privacy_setting=Privacy.INHERIT).update(privacy_setting=Privacy.PRIVATE)
        roots.update(parent=None)
        _write_settled(Album.objects.filter(pk__in=[album.pk for album in albums]), {})


def settled(albums: Iterable[Album], above: Mapping[int | None, Settled]) -> Iterator[tuple[Album, Settled]]:
    """What each of these albums takes from those above it. The parent of each comes before it, or is in `above`."""
    found: dict[int | None, Settled] = {None: {}, **above}
    for album in albums:
        parent, inherits = found[album.parent_id], album.privacy_setting == Privacy.INHERIT
        found[album.pk] = {
            "policy_id": parent.get("policy_id") if inherits else album.pk,
            "is_hidden": album.hidden_at is not None or bool(inherits and parent.get("is_hidden")),
            "shows_location": _said(album.show_location, parent.get("shows_location")),
            "allows_download": _said(album.allow_download, parent.get("allows_download")),
            "settled_watermark": _said(album.watermark, parent.get("settled_watermark")),
        }
        yield album, found[album.pk]


def _write_settled(albums: AlbumQuerySet, above: Mapping[int | None, Settled]) -> None:
    changed = {
        album.pk: tuple(values[name] for name in FOLLOWING)
        for album, values in settled(albums.order_by("path"), above)
        if values != _settled(album)
    }
    set_each(Album, FOLLOWING, changed)


def _settled(album: Album) -> Settled:
    return {name: getattr(album, name) for name in FOLLOWING}


def _said(here: Any, above: Any) -> Any:
    return above if here is None else here


def _move(album: Album, parent: Album | None) -> None:
    if parent and parent.path.startswith(album.path):
        raise TreeError("parent_id", "cycle", "An album can't be moved into itself or below itself.")
    subtree = Album.objects.below(album)
    deepest = max(len(path) for path in subtree.values_list("path", flat=True)) // SEGMENT_WIDTH
    if (parent.depth if parent else 0) + deepest - album.depth + 1 > MAX_DEPTH:
        raise _too_deep()
    old, new = album.path, (parent.path if parent else "") + path_segment(album.pk)
    subtree.update(path=Concat(Value(new), Substr("path", len(old) + 1)))
    album.path, album.parent = new, parent
    if album.parent is None and album.privacy_setting == Privacy.INHERIT:
        album.privacy_setting = Privacy.PRIVATE


def _present(parent: Album | None) -> Album | None:
    """The parent as it is now, under the write lock."""
    if parent is None:
        return None
    fresh = Album.objects.select_for_update().filter(pk=parent.pk, trashed_at=None).first()
    if fresh is None:
        raise TreeError("parent_id", "does_not_exist", "There is no such album.")
    return fresh


def _check_inherit(privacy: str, parent: Album | None) -> None:
    if privacy == Privacy.INHERIT and parent is None:
        raise TreeError("privacy_setting", "inherit_at_top", "A top album has nothing to inherit from.")


def _too_deep() -> TreeError:
    return TreeError("parent_id", "too_deep", f"Albums go {MAX_DEPTH} levels deep at most.")
