"""Who may see and change an image: the rule, written once. docs/access.md tells it as a table."""

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from albums import access as album_access
from albums.access import DOWNLOAD, LOCATION

if TYPE_CHECKING:
    from accounts.viewer import Viewer

NOTHING = Q(pk__in=())


def seen_by(viewer: "Viewer", *, among: Q | None = None, prefix: str = "") -> Q:
    """Images in this viewer's sight: his own, those listed to everyone, those that an album grants him, and as a
    moderator what is reported or hidden; never one in the trash.

    `among` is a condition on the image that the caller asks too: with it only the places of those images are read.
    `prefix` asks through a relation ("image__").
    """
    seen = plainly_seen_by(viewer, prefix)
    if granted := _granted_to(viewer, among, prefix):
        seen |= _standing(prefix) & Q(**{f"{prefix}privacy_setting": "inherit"}) & granted
    if viewer.is_moderator:
        seen |= moderated(prefix)
    return Q(**{f"{prefix}trashed_at": None}) & seen


def plainly_seen_by(viewer: "Viewer", prefix: str = "") -> Q:
    """Images whose own row says that this viewer sees them: most that anybody looks at."""
    return Q(**{f"{prefix}is_listed": True}) | owned_by(viewer, prefix)


def shared_with(viewer: "Viewer") -> Q:
    """Other people's images that an album grants this viewer and not everybody."""
    granted = _granted_to(viewer)
    if not granted:
        return NOTHING
    return Q(trashed_at=None, is_listed=False, privacy_setting="inherit") & _standing() & granted & ~owned_by(viewer)


def owned_by(viewer: "Viewer", prefix: str = "") -> Q:
    """This viewer's own, in the library or in the trash."""
    return NOTHING if viewer.user_id is None else Q(**{f"{prefix}user_id": viewer.user_id})


def edited_by(viewer: "Viewer") -> Q:
    return owned_by(viewer) & Q(trashed_at=None)


def location_seen_by(viewer: "Viewer") -> Q:
    """Images whose place on earth this viewer may know."""
    return _allowed_to(viewer, LOCATION)


def original_fetched_by(viewer: "Viewer") -> Q:
    """Images that this viewer may download: the owner the file as it is, others a copy without what it tells."""
    return _allowed_to(viewer, DOWNLOAD)


def shown_through(viewer: "Viewer") -> Q:
    """Places (AlbumImage) by which an album shows this viewer its owner's image, or what a contributor added."""
    by_name = album_access.entered_by(viewer, "album__") | album_access.kept_by(viewer, "album__")
    return (Q(is_contributed=False) & album_access.opened_to(viewer, prefix="album__")) | (
        Q(is_contributed=True) & by_name
    )


def moderated(prefix: str = "") -> Q:
    """Images that moderators see though nobody else may: reported or hidden, in an album that is (or it could not be
    judged), or public ones of a suspended owner."""
    suspended = Q(**{f"{prefix}user__is_active": False})
    public = Q(album__policy__privacy_setting="public", album__trashed_at=None, is_contributed=False)
    return (
        Q(**{f"{prefix}open_reports__gt": 0})
        | Q(**{f"{prefix}hidden_at__isnull": False})
        | _held_by(album_access.judged("album__"), prefix)
        | (suspended & (Q(**{f"{prefix}privacy_setting": "public"}) | _held_by(public, prefix)))
    )


def listed_to_everyone() -> Q:
    """What `Image.is_listed` keeps: public by itself, or put by its album's owner into an album that is public.

    An image is never published by somebody else's album: what a contributor added is not listed through it.
    """
    published = album_access.listed_to_everyone("album__") & Q(is_contributed=False)
    return Q(trashed_at=None) & _standing() & (Q(privacy_setting="public") | _held_by(published))


def _standing(prefix: str = "") -> Q:
    """Images that can be seen by others at all: not hidden, of an owner who is not suspended."""
    return Q(**{f"{prefix}hidden_at": None, f"{prefix}user__is_active": True})


def _held_by(places: Q, prefix: str = "") -> Q:
    """Images that are as their albums and stand at one of these places."""
    here = _places().filter(places, image=OuterRef(f"{prefix}pk"))
    return Q(**{f"{prefix}privacy_setting": "inherit"}) & Q(Exists(here))


def _granted_to(viewer: "Viewer", among: Q | None = None, prefix: str = "") -> Q:
    """Images in albums that show them to this viewer: everybody's where he is a member, what contributors added to his
    own, their owner's where he came by a link. Empty for who has none of these.

    Each road is a subquery of its own, so that the database walks the few places behind it and not the images.
    """
    from albums.models import Album

    roads: list[tuple[Q, Q]] = []
    if viewer.member_id is not None:
        roads.append((album_access.entered_by(viewer), Q()))
    if viewer.user_id is not None:
        roads.append((album_access.kept_by(viewer), Q(is_contributed=True)))
    if viewer.links:
        roads.append((album_access.reached_by(viewer), Q(is_contributed=False)))
    granted = Q()
    for albums, kind in roads:
        places = _places().filter(kind, album__in=Album.objects.filter(albums).values("pk"))
        if among is not None:
            places = places.filter(image__in=_images().filter(among).values("pk"))
        granted |= Q(**{f"{prefix}pk__in": places.values("image")})
    return granted


def _allowed_to(viewer: "Viewer", setting: str) -> Q:
    """Images with which this viewer may do what `setting` is about: his own, and those that one road to them allows.

    The roads of others: the image is public by itself, and its owner's preference allows; an album that is open to
    the viewer shows the image of its own owner, and allows; an album shows him what a contributor added, and that
    one's own preference allows.
    """
    preferred = album_access.preferred(setting)
    here = _places().filter(image=OuterRef("pk"))
    of_owner = here.filter(album_access.opened_to(viewer, allowing=setting, prefix="album__"), is_contributed=False)
    added = here.filter(
        album_access.entered_by(viewer, "album__") | album_access.kept_by(viewer, "album__"), is_contributed=True
    )
    roads = Q(Exists(of_owner)) | (preferred & (Q(privacy_setting="public") | Q(Exists(added))))
    return owned_by(viewer) | (Q(trashed_at=None) & _standing() & Q(privacy_setting__in=("inherit", "public")) & roads)


def _places() -> QuerySet:
    from images.models import AlbumImage

    return AlbumImage.objects.all()


def _images() -> QuerySet:
    from images.models import Image

    return Image.objects.all()
