"""As whom else an owner may look at his albums: as somebody unknown, as a member, as whoever holds a link."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from accounts.models import User
from accounts.viewer import NOBODY, Viewer
from albums.models import Album, AlbumMember, ShareLink

MOST_OFFERED = 200  # members, and links


@dataclass(frozen=True)
class Guise:
    """`said` is what the query says (`nobody`, `member:bob`, `link:<id>`), `name` what people say."""

    said: str
    name: str
    viewer: Viewer

    @property
    def query(self) -> str:
        """What the links of a page seen in this guise carry."""
        return f"?{urlencode({'as': self.said})}"


UNKNOWN = Guise("nobody", "somebody without an account", NOBODY)


def offered(album: Album) -> Iterator[Guise]:
    """Those that the album's own rule knows: two queries."""
    yield UNKNOWN
    members = AlbumMember.objects.filter(album=album.policy_id).select_related("user").order_by("user__username")
    for member in members[:MOST_OFFERED]:
        yield _of_member(member.user, album)
    links = ShareLink.objects.filter(album__in=[album.pk, *album.ancestor_ids], album__policy=album.policy_id)
    for link in links[:MOST_OFFERED]:
        yield _of_holder(link)


def taken(said: str, album: Album) -> Guise | None:
    """The guise of that name, if it is known to any album of this owner (so that one may go from album to album);
    None otherwise. One query."""
    kind, _, name = said.partition(":")
    if said == UNKNOWN.said:
        return UNKNOWN
    if kind == "member":
        person = User.objects.named(name).filter(memberships__album__user=album.user_id).first()
        return _of_member(person, album) if person else None
    if kind == "link" and (uid := _uuid(name)):
        link = ShareLink.objects.filter(uid=uid, album__user=album.user_id).first()
        return _of_holder(link) if link else None
    return None


def _of_member(person: User, album: Album) -> Guise:
    return Guise(f"member:{person.username}", person.username, Viewer(as_member=person, host=album.user))


def _of_holder(link: ShareLink) -> Guise:
    made = f"{link.created_at.day} {link.created_at:%B %Y, %H:%M}"
    return Guise(f"link:{link.uid}", f"whoever holds the link made on {made}", Viewer(links=frozenset({link.pk})))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
