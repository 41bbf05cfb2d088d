"""Who may see and change an image: the rule, written once. `docs/architecture.md` tells it in words."""

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q

from albums import access as album_access

if TYPE_CHECKING:
    from accounts.viewer import Viewer

NOTHING = Q(pk__in=())


def seen_by(viewer: "Viewer") -> Q:
    """Images in this viewer's sight: his own, and those listed to everyone; never one in the trash."""
    seen = Q(is_listed=True)
    if viewer.user_id is not None:
        seen |= Q(user_id=viewer.user_id)
    return Q(trashed_at=None) & seen


def owned_by(viewer: "Viewer") -> Q:
    """This viewer's own, in the library or in the trash."""
    return NOTHING if viewer.user_id is None else Q(user_id=viewer.user_id)


def edited_by(viewer: "Viewer") -> Q:
    return owned_by(viewer) & Q(trashed_at=None)


def location_seen_by(viewer: "Viewer") -> Q:
    """Images whose place on earth this viewer may know: only his own."""
    return owned_by(viewer)


def original_fetched_by(viewer: "Viewer") -> Q:
    """Images whose original this viewer may download: only his own, since an original tells all its metadata."""
    return owned_by(viewer)


def listed_to_everyone() -> Q:
    """What `Image.is_listed` keeps: public by itself, or put by its album's owner into an album that is public.

    An image is never published by somebody else's album: what a contributor added is not listed through it.
    """
    from images.models import AlbumImage

    in_public_album = Exists(
        AlbumImage.objects.filter(album_access.listed_to_everyone("album__"), image=OuterRef("pk")).filter(
            image__user=F("album__user")
        )
    )
    return Q(trashed_at=None, user__is_active=True) & (
        Q(privacy_setting="public") | (Q(privacy_setting="inherit") & Q(in_public_album))
    )
