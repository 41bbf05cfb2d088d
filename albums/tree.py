"""The shape of the tree: planting, editing and moving albums, and the policy that follows from it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Value
from django.db.models.functions import Concat, Substr

from accounts.models import User
from albums.models import MAX_DEPTH, SEGMENT_WIDTH, Album, Privacy, path_segment
from gallery_site.writing import writing


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
        album.policy = parent.policy if parent and album.privacy_setting == Privacy.INHERIT else album
        album.save(update_fields=["path", "policy"])
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
        settle_policies(album)
        album.refresh_from_db()


def settle_policies(root: Album) -> None:
    """Point every album of the subtree to the nearest ancestor-or-self that does not inherit."""
    above = root.parent.policy_id if root.parent else root.pk
    policy_of: dict[int | None, int | None] = {root.parent_id: above}
    holders: dict[int | None, list[int]] = {}
    for pk, parent_id, privacy in (
        Album.objects.below(root).order_by("path").values_list("pk", "parent", "privacy_setting")
    ):
        policy_of[pk] = policy_of[parent_id] if privacy == Privacy.INHERIT else pk
        holders.setdefault(policy_of[pk], []).append(pk)
    for policy_id, pks in holders.items():
        Album.objects.filter(pk__in=pks).exclude(policy=policy_id).update(policy=policy_id)


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
