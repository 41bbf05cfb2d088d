"""Who may see and change an album: the rule, written once. It knows nothing of images."""

from typing import TYPE_CHECKING

from django.db.models import Q

if TYPE_CHECKING:
    from accounts.viewer import Viewer

NOTHING = Q(pk__in=())


def seen_by(viewer: "Viewer") -> Q:
    """Albums this viewer sees: his own, and those whose policy is public; never one in the trash."""
    seen = listed_to_everyone()
    if viewer.user_id is not None:
        seen |= Q(user_id=viewer.user_id, trashed_at=None)
    return seen


def edited_by(viewer: "Viewer") -> Q:
    """Albums this viewer may change: his own; never one in the trash."""
    if viewer.user_id is None:
        return NOTHING
    return Q(user_id=viewer.user_id, trashed_at=None)


def listed_to_everyone(prefix: str = "") -> Q:
    """Albums that grant sight of what is in them to anyone at all; `prefix` asks through a relation ("album__")."""
    return Q(
        **{
            f"{prefix}policy__privacy_setting": "public",
            f"{prefix}user__is_active": True,
            f"{prefix}trashed_at": None,
        }
    )
