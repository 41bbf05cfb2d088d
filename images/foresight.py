"""What a change of an album would show to whom, and take from whom: the change is made, looked at, and undone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from albums.models import Album, ShareLink
from gallery_site.writing import rehearsing, writing
from images import album_changes, audience
from images.audience import Party, Sight
from images.models import Image

SHOWING = frozenset({"parent", "privacy_setting", "show_location", "allow_download"})  # what others' sight follows


@dataclass(frozen=True)
class Difference:
    """What these see that they did not see before, or no longer see; everyone where no one is named."""

    sight: Sight
    users: tuple[User, ...] = ()
    links: tuple[ShareLink, ...] = ()


@dataclass(frozen=True)
class Foresight:
    """Who gains and who loses what. What everyone gains (loses) is told once and not of each member and link."""

    gains: Sequence[Difference] = ()
    loses: Sequence[Difference] = ()


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
            then = [audience.sight(party.viewer, album) for party in parties]
        album.refresh_from_db()
        now = [audience.sight(party.viewer, album) for party in parties]
        own = _own_images(album)
    return Foresight(gains=_differences(parties, then, now, own), loses=_differences(parties, now, then, own))


def _differences(
    parties: Sequence[Party], more: Sequence[Sight], less: Sequence[Sight], own: Mapping[int, frozenset[int]]
) -> list[Difference]:
    """Of each party, everyone first, what it has in `more` and not in `less`; those with the same are told together."""
    for_everyone = more[0] - less[0]
    members: dict[Sight, list[User]] = defaultdict(list)
    holders: dict[Sight, list[ShareLink]] = defaultdict(list)
    for party, has, has_not in zip(parties, more, less, strict=True):
        difference = has - has_not - for_everyone
        for user in party.users:
            members[_without(difference, own.get(user.pk, frozenset()))].append(user)
        holders[difference] += party.links
    told = [
        Difference(for_everyone),
        *(Difference(sight, users=tuple(users)) for sight, users in members.items()),
        *(Difference(sight, links=tuple(links)) for sight, links in holders.items() if links),
    ]
    return [difference for difference in told if difference.sight]


def _without(sight: Sight, images: Iterable[int]) -> Sight:
    own = frozenset(images)
    return sight - Sight(images=own, downloads=own, locations=own)


def _own_images(album: Album) -> dict[int, frozenset[int]]:
    """Keys of the images that others contributed to the album or below it, by their owner."""
    contributed = Image.objects.in_any_of(Album.objects.below(album)).exclude(user=album.user_id)
    own: dict[int, set[int]] = defaultdict(set)
    for user_id, pk in contributed.values_list("user", "pk"):
        own[user_id].add(pk)
    return {user_id: frozenset(images) for user_id, images in own.items()}
