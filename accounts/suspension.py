"""Suspending people, and letting them in again: what they showed goes from everyone's sight with them."""

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.db.models import F

from accounts import audit
from accounts.models import BearerToken, User
from gallery_site.writing import writing
from images import ledger
from images.models import Image

SUSPEND, UNSUSPEND = "suspend", "unsuspend"


def suspend(users: Sequence[User], *, by: User, reason: str) -> int:
    """Shut these people out and hide what is theirs. Returns how many were not suspended before.

    Their sessions end, also for after the suspension, and their tokens are deleted. Raises PermissionDenied when one of
    them is not for `by` to suspend, ValidationError without a reason.
    """
    return _decide(users, by=by, action=SUSPEND, reason=reason)


def unsuspend(users: Sequence[User], *, by: User, reason: str) -> int:
    """Let these people in again, and show again what they showed. They sign in anew, and make new tokens.

    Returns how many were suspended. Raises as `suspend` does.
    """
    return _decide(users, by=by, action=UNSUSPEND, reason=reason)


def _decide(users: Sequence[User], *, by: User, action: str, reason: str) -> int:
    reason = audit.clean_reason(reason)
    if not by.is_moderator:
        raise PermissionDenied("Only moderators suspend people.")
    is_active = action == UNSUSPEND
    with writing():
        found = User.objects.select_for_update().filter(pk__in=[user.pk for user in users], is_active=not is_active)
        concerned = list(found.order_by("pk"))
        for user in concerned:
            _ask_for(user, by)
        theirs = Image.objects.filter(user__in=concerned, is_listed=not is_active)
        with ledger.balanced(list(theirs.values_list("pk", flat=True))):
            changes = {"is_active": is_active} | ({} if is_active else {"session_epoch": F("session_epoch") + 1})
            User.objects.filter(pk__in=[user.pk for user in concerned]).update(**changes)
        BearerToken.objects.filter(user__in=concerned).delete()
        audit.record(map(audit.target_user, concerned), by=by, action=action, reason=reason)
    return len(concerned)


def _ask_for(user: User, by: User) -> None:
    """Whether `by`, a moderator, may decide about this user. Raises PermissionDenied."""
    if user.pk == by.pk:
        raise PermissionDenied("Nobody suspends himself.")
    if (user.is_staff or user.is_superuser) and not by.is_superuser:
        raise PermissionDenied(f"{user.username} is of the staff: only an administrator decides about that.")
