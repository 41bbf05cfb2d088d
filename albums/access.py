"""Who may see, change and add to an album: the rule, written once. It knows nothing of images. docs/access.md tells it
as a table."""

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts import preferences

if TYPE_CHECKING:
    from accounts.viewer import Viewer

NOTHING = Q(pk__in=())
SHARING = ("shared", "public")  # the privacies of a policy under which its members and links count

# What an owner may allow beyond sight: the setting of albums and links, and the column with what an album inherits.
LOCATION, DOWNLOAD = "show_location", "allow_download"
SETTLED = {LOCATION: "shows_location", DOWNLOAD: "allows_download"}


def seen_by(viewer: "Viewer", prefix: str = "") -> Q:
    """Albums this viewer sees: his own, those opened to him, and as a moderator what is reported or hidden; never one
    in the trash. `prefix` asks through a relation ("album__")."""
    seen = owned_by(viewer, prefix) | opened_to(viewer, prefix=prefix)
    if viewer.is_moderator:
        seen |= moderated(prefix)
    return Q(**{f"{prefix}trashed_at": None}) & seen


def edited_by(viewer: "Viewer") -> Q:
    """Albums this viewer may change: his own; never one in the trash."""
    return owned_by(viewer) & Q(trashed_at=None)


def contributed_by(viewer: "Viewer") -> Q:
    """Albums this viewer may put his images into: his own, and those he is let into as a contributor."""
    return edited_by(viewer) | (_standing() & _membership(viewer, role="contributor"))


def owned_by(viewer: "Viewer", prefix: str = "") -> Q:
    return NOTHING if viewer.user_id is None else Q(**{f"{prefix}user_id": viewer.user_id})


def opened_to(viewer: "Viewer", *, allowing: str | None = None, prefix: str = "") -> Q:
    """Albums that show this viewer their owner's images, by being public, by membership or by a link.

    `allowing` (LOCATION or DOWNLOAD) narrows them to those that allow it too, by one of these roads.
    """
    roads = Q(**{f"{prefix}policy__privacy_setting": "public"}) | _membership(viewer, prefix=prefix)
    if allowing is None:
        roads |= _link(viewer, prefix=prefix)
    else:
        says = allows(allowing, prefix=prefix)
        roads = (roads & says) | _link(viewer, prefix=prefix, **{allowing: True})
        roads |= _link(viewer, prefix=prefix, **{allowing: None}) & says
    return _standing(prefix) & roads


def entered_by(viewer: "Viewer", prefix: str = "") -> Q:
    """Albums that let this viewer in by name: he sees what their owner and what contributors put there."""
    return _standing(prefix) & _membership(viewer, prefix=prefix)


def reached_by(viewer: "Viewer", prefix: str = "") -> Q:
    """Albums that a link opened by this viewer shows him: what their owner put there."""
    return _standing(prefix) & _link(viewer, prefix=prefix)


def kept_by(viewer: "Viewer", prefix: str = "") -> Q:
    """His own albums, as far as they grant him anything: sight of what contributors added."""
    return _standing(prefix) & owned_by(viewer, prefix)


def listed_to_everyone(prefix: str = "") -> Q:
    """Albums that grant sight of what is in them to anyone at all."""
    return _standing(prefix) & Q(**{f"{prefix}policy__privacy_setting": "public"})


def moderated(prefix: str = "") -> Q:
    """Albums that moderators see though nobody else may: reported, hidden, or the public ones of a suspended owner."""
    return (
        Q(**{f"{prefix}open_reports__gt": 0})
        | Q(**{f"{prefix}is_hidden": True})
        | Q(**{f"{prefix}user__is_active": False, f"{prefix}policy__privacy_setting": "public"})
    )


def judged(prefix: str = "") -> Q:
    """Albums that moderators look into: reported or hidden ones, as long as they are not private."""
    troubled = Q(**{f"{prefix}open_reports__gt": 0}) | Q(**{f"{prefix}is_hidden": True})
    return troubled & Q(**{f"{prefix}trashed_at": None, f"{prefix}policy__privacy_setting__in": SHARING})


def allows(setting: str, prefix: str = "") -> Q:
    """Albums in which LOCATION or DOWNLOAD is allowed: they or an ancestor say so, or none does and the owner does."""
    settled = f"{prefix}{SETTLED[setting]}"
    return Q(**{settled: True}) | (Q(**{settled: None}) & preferred(setting, prefix=f"{prefix}user__"))


def preferred(setting: str, prefix: str = "user__") -> Q:
    """Things of users whose preference is on; `prefix` leads to the user."""
    chosen = f"{prefix}chosen_preferences__{setting}"
    if preferences.DEFAULTS[setting]:
        return Q(**{chosen: True}) | Q(**{f"{chosen}__isnull": True})
    return Q(**{chosen: True})


def _standing(prefix: str = "") -> Q:
    """Albums that can grant anything: not in the trash, not hidden, of an owner who is not suspended."""
    return Q(**{f"{prefix}trashed_at": None, f"{prefix}is_hidden": False, f"{prefix}user__is_active": True})


def _membership(viewer: "Viewer", *, prefix: str = "", role: str | None = None) -> Q:
    """Albums whose policy lets this viewer in by name."""
    from albums.models import AlbumMember

    if viewer.member_id is None:
        return NOTHING
    rows = AlbumMember.objects.filter(user=viewer.member_id, album__privacy_setting__in=SHARING)
    if viewer.host is not None:
        rows = rows.filter(album__user=viewer.host)
    if role is not None:
        rows = rows.filter(role=role)
    return Q(**{f"{prefix}policy__in": rows.values("album")})


def _link(viewer: "Viewer", *, prefix: str = "", **settings: bool | None) -> Q:
    """Albums that a link opened by this viewer reaches: the link's own, and those below with the same policy."""
    from albums.models import ShareLink

    if not viewer.links:
        return NOTHING
    links = ShareLink.objects.in_force().filter(pk__in=viewer.links, **settings)
    return Q(**{f"{prefix}policy__in": links.values("album__policy")}) & Q(
        Exists(_reaching(links, policy=OuterRef(f"{prefix}policy"), path=OuterRef(f"{prefix}path")))
    )


def _reaching(links: QuerySet, *, policy: OuterRef, path: OuterRef) -> QuerySet:
    """Those of the links whose album is the one at `path` or above it, under the same policy."""
    ends = Concat(F("album__path"), Value("~"))
    return links.alias(ends=ends).filter(album__policy=policy, album__path__lte=path, ends__gt=path)
