"""What a change of an album would show to whom, and take from whom: the change is made, looked at, and undone."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from accounts.models import User
from albums.models import Album, ShareLink
from gallery_site.writing import rehearsing, writing
from images import album_changes, audience
from images.audience import Keys, Party, Remarked, Sight
from images.models import Image

# What others' sight follows.
SHOWING = frozenset({"parent", "privacy_setting", "show_location", "allow_download", "watermark"})

K = TypeVar("K", bound=Keys)


@dataclass(frozen=True)
class Difference(Generic[K]):
    """What is other than before for these; for everyone where no one is named."""

    what: K
    users: tuple[User, ...] = ()
    links: tuple[ShareLink, ...] = ()


@dataclass(frozen=True)
class Foresight:
    """Who gains and who loses what, and who sees with another watermark what he saw before and still sees. What holds
    for everyone is told once and not of each member and link."""

    gains: Sequence[Difference[Sight]] = ()
    loses: Sequence[Difference[Sight]] = ()
    watermarks: Sequence[Difference[Remarked]] = ()


@dataclass(frozen=True)
class _Look:
    """What each party sees, in their order, and the marks of what lies over it."""

    sights: Sequence[Sight]
    marks: Sequence[Mapping[int, str]]


def of_edit(album: Album, changes: Mapping[str, Any]) -> Foresight:
    """What `images.album_changes.edit_album` would lead to, which raises the same here.

    The rule itself is asked, before and after, for each party whom the owner's albums let in: what a member gains is
    what these albums newly show him, whatever others show him too, and without what is his own. Queries grow with the
    ways in, not with people, albums or images.
    """
    with writing():  # nothing else changes between the two looks
        before = audience.openings(album)
        with rehearsing():
            album_changes.edit_album(album, changes)
            parties = audience.parties(album, before | audience.openings(album))
            then = _look(parties, album)
        album.refresh_from_db()
        now = _look(parties, album)
        own = _own_images(album)
    return Foresight(
        gains=_told(parties, [after - before for after, before in zip(then.sights, now.sights, strict=True)], own),
        loses=_told(parties, [before - after for after, before in zip(then.sights, now.sights, strict=True)], own),
        watermarks=_told(parties, _remarked(now, then), own),
    )


def _look(parties: Sequence[Party], album: Album) -> _Look:
    return _Look(
        [audience.sight(party.viewer, album) for party in parties],
        [audience.watermarks(party.viewer, album) for party in parties],
    )


def _remarked(now: _Look, then: _Look) -> list[Remarked]:
    """Of each party, the images that it sees now and then, with another watermark."""
    remarked = []
    for seen, still, before, after in zip(now.sights, then.sights, now.marks, then.marks, strict=True):
        both = seen.images & still.images
        remarked.append(
            Remarked(
                added=both & (after.keys() - before.keys()),
                replaced=frozenset(pk for pk in both & after.keys() & before.keys() if after[pk] != before[pk]),
                removed=both & (before.keys() - after.keys()),
            )
        )
    return remarked


def _told(parties: Sequence[Party], of_each: Sequence[K], own: Mapping[int, frozenset[int]]) -> list[Difference[K]]:
    """What holds for everyone, who is the first of the parties, and of each other what holds for it alone; those with
    the same are told together."""
    for_everyone = of_each[0]
    members: dict[K, list[User]] = defaultdict(list)
    holders: dict[K, list[ShareLink]] = defaultdict(list)
    for party, what in zip(parties, of_each, strict=True):
        for user in party.users:
            members[(what - for_everyone).without_images(own.get(user.pk, frozenset()))].append(user)
        holders[what - for_everyone] += party.links
    told = [
        Difference(for_everyone),
        *(Difference(what, users=tuple(users)) for what, users in members.items()),
        *(Difference(what, links=tuple(links)) for what, links in holders.items() if links),
    ]
    return [difference for difference in told if difference.what]


def _own_images(album: Album) -> dict[int, frozenset[int]]:
    """Keys of the images that others contributed to the album or below it, by their owner."""
    contributed = Image.objects.in_any_of(Album.objects.below(album)).exclude(user=album.user_id)
    own: dict[int, set[int]] = defaultdict(set)
    for user_id, pk in contributed.values_list("user", "pk"):
        own[user_id].add(pk)
    return {user_id: frozenset(images) for user_id, images in own.items()}
