"""Who is let into an album: people by name and in a role, and whoever holds a link. It ends with the row."""

import logging
from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import User
from accounts.viewer import Viewer
from albums import access
from albums.models import Album, AlbumMember, Privacy, ShareLink
from gallery_site.writing import writing

log = logging.getLogger("gallery.albums")

USES_NOTED_EVERY = timedelta(minutes=1)


class SharingError(Exception):
    """What sharing does not allow; `code` is stable, `detail` is for people and says what to do, `field` names the
    input, if it is one."""

    def __init__(self, field: str | None, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


# --- By name ------------------------------------------------------------------------------------------------------


def person_called(name: str) -> User:
    """Who may be let in by this name, in any case. Raises SharingError: nobody is told from somebody suspended."""
    person = User.objects.named(name).filter(is_active=True).first()
    if person is None:
        raise SharingError("username", "does_not_exist", "There is nobody of this name.")
    return person


def let_in(person: User, *, into: Album, by: User, role: str = AlbumMember.Role.VIEWER) -> tuple[AlbumMember, bool]:
    """Let a person in by name, or change the role of one who is in (then the second value is False).

    Raises SharingError for the owner himself, and where the album has no policy of its own that members count under.
    """
    with writing():
        album = _present(into)
        if person.pk == album.user_id:
            raise SharingError("username", "owner", "The album is this person's own.")
        if album.privacy_setting not in access.SHARING:
            raise _no_members(album)
        member, is_new = AlbumMember.objects.update_or_create(album=album, user=person, defaults={"role": role})
    _tell("let in", album, by, person=str(person.uid), role=role)
    return member, is_new


def let_go(person: User, *, out_of: Album, by: User) -> bool:
    """End a membership; what a contributor added stays in the album, and his. False if there was none."""
    with writing():
        gone, _ = AlbumMember.objects.filter(album=out_of, user=person).delete()
    if gone:
        _tell("let go", out_of, by, person=str(person.uid))
    return bool(gone)


# --- By link ------------------------------------------------------------------------------------------------------


def make_link(
    album: Album,
    *,
    by: User,
    password: str = "",
    expires_at: datetime | None = None,
    allow_download: bool | None = None,
    show_location: bool | None = None,
) -> tuple[ShareLink, str]:
    """Make a link; returns the row and its token, which cannot be had again.

    Raises SharingError where no link would open the album, and for a moment that has passed.
    """
    token = ShareLink.new_token()
    link = ShareLink(
        token_hash=ShareLink.hash_of(token),
        expires_at=expires_at,
        allow_download=allow_download,
        show_location=show_location,
    )
    link.set_password(password)  # slow on purpose: nobody is to wait for it
    with writing():
        link.album = _present(album)
        if link.album.effective_privacy not in access.SHARING:
            raise _no_links(link.album)
        if expires_at is not None and expires_at <= timezone.now():
            raise SharingError("expires_at", "past", "This is in the past.")
        link.save(force_insert=True)
    _tell("link made", album, by, link=str(link.uid))
    return link, token


def revoke_link(link: ShareLink, *, by: User) -> None:
    """From the next request on it opens nothing, also for those who opened it before."""
    with writing():
        link.delete()
    _tell("link revoked", link.album, by, link=str(link.uid))


def link_of(token: str) -> ShareLink | None:
    """The link with this token, if it opens its album now: by the rule that asks for every other look."""
    link = ShareLink.objects.opened_by(token).select_related("album").first()
    if link is None:
        return None
    holder = Viewer(links=frozenset({link.pk}))
    return link if Album.objects.visible_to(holder).filter(pk=link.album_id).exists() else None


def note_use(link: ShareLink) -> None:
    """Keep when the link was last opened, to the minute: a link that many open is not written each time."""
    now = timezone.now()
    if link.last_used_at is None or now - link.last_used_at >= USES_NOTED_EVERY:
        with writing():
            ShareLink.objects.filter(pk=link.pk).update(last_used_at=now)


# --- What they have in common -------------------------------------------------------------------------------------


def _present(album: Album) -> Album:
    """The album as it is now, under the write lock."""
    fresh = Album.objects.select_for_update(of=("self",)).with_policy().filter(pk=album.pk, trashed_at=None).first()
    if fresh is None:
        raise SharingError(None, "trashed", "The album is in the trash. Restore it first.")
    return fresh


def _no_members(album: Album) -> SharingError:
    if album.privacy_setting == Privacy.INHERIT:
        detail = "It follows the album around it: let people in there, or set its own privacy_setting to shared first."
        return SharingError(None, "inherits", detail)
    return SharingError(None, "private", "The album is private: set its privacy_setting to shared first.")


def _no_links(album: Album) -> SharingError:
    if album.privacy_setting == Privacy.INHERIT:
        detail = "It follows an album around it, which is private: set the privacy_setting of either to shared first."
        return SharingError(None, "private", detail)
    return SharingError(None, "private", "The album is private: set its privacy_setting to shared first.")


def _tell(what: str, album: Album, by: User, **extra: str) -> None:
    log.info(what, extra={"album": str(album.uid), "by": str(by.uid), **extra})
