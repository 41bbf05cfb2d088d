"""Who could see an album beside its owner (everyone, its members, holders of its links), and what they see of it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from typing import Self

from django.db.models import Q

from accounts.models import User
from accounts.viewer import NOBODY, Viewer
from albums.access import SHARING
from albums.models import Album, AlbumMember, ShareLink
from images import marks
from images.models import Image


@dataclass(frozen=True)
class Party:
    """People who see the same of the owner's albums: everyone, or these members, or whoever holds one of these links.

    `viewer` is how the rule is asked for all of them at once.
    """

    viewer: Viewer = NOBODY
    users: tuple[User, ...] = ()
    links: tuple[ShareLink, ...] = ()


EVERYONE = Party()


@dataclass(frozen=True)
class Keys:
    """Several sets of keys, which are subtracted set by set."""

    def __sub__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, part.name) - getattr(other, part.name) for part in fields(self)))

    def __bool__(self) -> bool:
        return any(getattr(self, part.name) for part in fields(self))

    def without_images(self, images: frozenset[int]) -> Self:
        """What is left when these are somebody's own."""
        return self - type(self)(**{part.name: images for part in fields(self) if part.name != "albums"})


@dataclass(frozen=True)
class Sight(Keys):
    """Keys of what somebody sees: albums and images; and of the images those that he may download, and those whose
    place on earth he may know."""

    albums: frozenset[int] = frozenset()
    images: frozenset[int] = frozenset()
    downloads: frozenset[int] = frozenset()
    locations: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Remarked(Keys):
    """Keys of images that somebody sees before and after a change: those over which there is a watermark now, another
    one, or none any more."""

    added: frozenset[int] = frozenset()
    replaced: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Openings:
    """Keys of the policies whose members, and of the links whose holders, may see something of a subtree."""

    policies: frozenset[int]
    links: frozenset[int]

    def __or__(self, other: "Openings") -> "Openings":
        return Openings(self.policies | other.policies, self.links | other.links)


def sight(viewer: Viewer, below: Album) -> Sight:
    """What this viewer sees of an album, of those below it, and of the images in them: four queries."""
    subtree = Album.objects.below(below)
    images = Image.objects.visible_to(viewer).in_any_of(subtree)
    return Sight(
        albums=frozenset(subtree.visible_to(viewer).values_list("pk", flat=True)),
        images=frozenset(images.values_list("pk", flat=True)),
        downloads=frozenset(images.downloadable_by(viewer).values_list("pk", flat=True)),
        locations=frozenset(images.located(viewer).values_list("pk", flat=True)),
    )


def watermarks(viewer: Viewer, below: Album) -> dict[int, str]:
    """The marks of what lies for this viewer over the images that he sees in an album and below it, by key: of those
    over which there is something. One query where there can't be, else a few for each many thousands of images."""
    return marks.lying_over(Image.objects.visible_to(viewer).in_any_of(Album.objects.below(below)), viewer)


def openings(album: Album) -> Openings:
    """Those into an album and what is below it, as they are now: two queries."""
    subtree = Album.objects.below(album)
    policies = subtree.filter(policy__privacy_setting__in=SHARING).values_list("policy_id", flat=True)
    links = ShareLink.objects.in_force()
    reaching = links.filter(Q(album__in=subtree.values("pk")) | Q(album__in=album.ancestor_ids))
    return Openings(frozenset(filter(None, policies)), frozenset(reaching.values_list("pk", flat=True)))


def parties(album: Album, into: Openings) -> list[Party]:
    """Everyone first, then those who come by these openings; who sees the same is one party, so that asking them all
    costs the same for one member as for a thousand."""
    return [EVERYONE, *_members(album, into.policies), *_holders(into.links)]


def _members(album: Album, policies: Collection[int]) -> Iterator[Party]:
    """Those let into one of these policies, by all the owner's albums with images from here that they are let into."""
    images = Image.objects.in_any_of(Album.objects.below(album))
    roads = Album.objects.filter(user=album.user_id, images__in=images.values("pk")).values("policy")
    concerned = AlbumMember.objects.filter(album__in=policies)
    rows = AlbumMember.objects.filter(user__in=concerned.values("user")).select_related("user").order_by("user")
    let_in: dict[User, set[int]] = defaultdict(set)
    for member in rows.filter(Q(album__in=roads) | Q(album__in=policies)):
        let_in[member.user].add(member.album_id)
    alike: dict[frozenset[int], list[User]] = defaultdict(list)
    for user, memberships in let_in.items():
        alike[frozenset(memberships)].append(user)
    for users in alike.values():
        yield Party(viewer=Viewer(as_member=users[0], host=album.user), users=tuple(users))


def _holders(links: Collection[int]) -> Iterator[Party]:
    """Holders of links to the same album that allow the same."""
    alike: dict[tuple, list[ShareLink]] = defaultdict(list)
    for link in ShareLink.objects.filter(pk__in=links).select_related("album"):
        alike[link.album_id, link.allow_download, link.show_location].append(link)
    for same in alike.values():
        yield Party(viewer=Viewer(links=frozenset({same[0].pk})), links=tuple(same))
