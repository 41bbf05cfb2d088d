"""What moderators decide about images and albums. Each deed names its actor and its reason, closes the open reports of
the things decided about, stands in the audit log, and is seen by everyone at once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils import timezone

from accounts import audit, suspension
from accounts.audit import Target
from accounts.models import User
from accounts.viewer import Viewer
from albums import tree
from albums.models import Album
from gallery_site.writing import writing
from images import blocking, ledger, trash
from images.models import AlbumImage, Image, Report

Things = Sequence[Image] | Sequence[Album]  # of one kind


def dismiss_reports(things: Things, *, by: User, reason: str) -> int:
    """Leave them as they are. Returns how many had open reports.

    As all deeds here it raises PermissionDenied for who is no moderator, ValidationError without a reason.
    """
    with _decision(things, "dismiss_reports", by=by, reason=reason) as decision:
        return decision.about([thing for thing in decision.things if thing.open_reports])


def hide(things: Things, *, by: User, reason: str) -> int:
    """Take them from everyone's sight but the moderators' and, marked with the reason, their owners'. An album takes
    along what inherits from it. Returns how many."""
    return _set_hidden(things, "hide", by=by, reason=reason)


def unhide(things: Things, *, by: User, reason: str) -> int:
    """Show them again to whom they were shown. Returns how many were hidden."""
    return _set_hidden(things, "unhide", by=by, reason=reason)


def delete_and_block(things: Things, *, by: User, reason: str) -> int:
    """Delete for good, now, and let nobody upload these files or near copies again. Returns how many went.

    An album goes with those below it, and its owner's images in them; what others contributed stays theirs.
    """
    with _decision(things, "delete_and_block", by=by, reason=reason) as decision:
        count = decision.about(decision.things)
        if albums := [thing for thing in decision.things if isinstance(thing, Album)]:
            doomed, _ = contents(albums)
            _purge_and_block(doomed, decision)
            Album.objects.below(*albums).delete()  # what others put there was never listed through it
        else:
            _purge_and_block(Image.objects.filter(pk__in=decision.pks), decision)
        return count


def suspend_owner(things: Things, *, by: User, reason: str) -> int:
    """Suspend the owners of these things. Returns how many people."""
    with _decision(things, "suspend_owner", by=by, reason=reason) as decision:
        decision.about(decision.things)
        return suspension.suspend(owners(decision.things), by=by, reason=reason)


def unsuspend_owner(things: Things, *, by: User, reason: str) -> int:
    """Let the owners of these things in again. Returns how many people."""
    with _decision(things, "unsuspend_owner", by=by, reason=reason) as decision:
        decision.about(decision.things)
        return suspension.unsuspend(owners(decision.things), by=by, reason=reason)


def owners(things: Things) -> list[User]:
    """Whose they are, each once, in the order of their names."""
    return list(User.objects.filter(pk__in={thing.user_id for thing in things}).order_by("username"))


def contents(albums: Sequence[Album]) -> tuple[QuerySet[Image], QuerySet[Image]]:
    """The images in these albums and below: those of the albums' owners, and those that others contributed."""
    places = AlbumImage.objects.filter(album__in=Album.objects.below(*albums).values("pk"))
    own, contributed = places.filter(is_contributed=False), places.filter(is_contributed=True)
    return (
        Image.objects.filter(pk__in=own.values("image")),
        Image.objects.filter(pk__in=contributed.values("image")),
    )


def target_of(thing: Image | Album) -> Target:
    """What the audit log says of it; never the name of an uploader's file."""
    if isinstance(thing, Album):
        return Target("album", thing.uid, thing.name)
    return Target("image", thing.uid, thing.title or thing.filename)


# --- How a decision is made ---------------------------------------------------------------------------------------


@dataclass
class _Decision:
    """The things decided about, read under the lock, and by whom and why."""

    things: list[Image] | list[Album]
    action: str
    by: User
    reason: str

    @property
    def pks(self) -> list[int]:
        return [thing.pk for thing in self.things]

    def about(self, things: Sequence[Image | Album]) -> int:
        """Close the open reports of these and write them down. Returns how many they are."""
        if things:
            pks, model = [thing.pk for thing in things], type(things[0])
            reports = Report.objects.filter(**{f"{model._meta.model_name}__in": pks}, closed_at=None)
            reports.update(closed_at=timezone.now())
            model._default_manager.filter(pk__in=pks).update(open_reports=0)
            audit.record(map(target_of, things), by=self.by, action=self.action, reason=self.reason)
        return len(things)


@contextmanager
def _decision(things: Things, action: str, *, by: User, reason: str) -> Iterator[_Decision]:
    """One transaction, about those of the things that are still there and in a moderator's sight."""
    reason = audit.clean_reason(reason)
    if not by.is_moderator:
        raise PermissionDenied("Only moderators decide about what others put here.")
    with writing():
        found: list = []
        if things:
            rows = type(things[0]).objects.visible_to(Viewer(user=by, is_moderator=True))
            rows = rows.filter(pk__in=[thing.pk for thing in things])
            found = list(rows.select_for_update(of=("self",)).order_by("pk"))
        yield _Decision(found, action, by, reason)


def _set_hidden(things: Things, action: str, *, by: User, reason: str) -> int:
    with _decision(things, action, by=by, reason=reason) as decision:
        hides = action == "hide"
        concerned = [thing for thing in decision.things if hides or thing.hidden_at]
        values = {"hidden_at": timezone.now() if hides else None, "hidden_reason": decision.reason if hides else ""}
        albums = [thing for thing in concerned if isinstance(thing, Album)]
        pks = [thing.pk for thing in concerned]
        touched = [pk for images in contents(albums) for pk in images.values_list("pk", flat=True)] if albums else pks
        with ledger.balanced(touched):
            if albums:
                Album.objects.filter(pk__in=pks).update(**values)
                tree.settle(*albums)
            else:
                Image.objects.filter(pk__in=pks).update(**values)
        return decision.about(concerned)


def _purge_and_block(doomed: QuerySet[Image], decision: _Decision) -> None:
    rows = list(doomed.values_list("pk", "file_hash", "likeness"))
    likenesses = {file_hash: likeness for _, file_hash, likeness in rows}
    blocking.block(dict.fromkeys(likenesses, decision.reason), by=decision.by, likenesses=likenesses)
    trash.purge([pk for pk, *_ in rows])
