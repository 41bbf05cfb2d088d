"""What both HTTP rooms tell an album's owner of who sees it: through which rule, and what a change would change."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from accounts.models import User
from accounts.viewer import NOBODY, Viewer
from albums.models import Album, AlbumMember, ShareLink
from albums.serializers import link_json
from images import access_told
from images.audience import Remarked, Sight
from images.foresight import Difference, Foresight
from images.models import Image
from images.serializers import instant

SAMPLE = 20  # albums and images named of those that a change shows or takes, the newest

Card = dict[str, Any]


def access_card(album: Album, owner: Viewer) -> Card:
    """Who can see this album and the images in it, and through which rule: a fixed number of queries."""
    policy = album.policy or album
    members = list(AlbumMember.objects.filter(album=policy).select_related("user").order_by("pk"))
    as_member = Viewer(as_member=members[0].user, host=album.user) if members else NOBODY
    members_in_force = bool(members) and _opens(album, as_member)
    upward = ShareLink.objects.filter(album__in=[album.pk, *album.ancestor_ids], album__policy=policy)
    links = list(upward.select_related("album"))
    in_time = frozenset(upward.in_force().values_list("pk", flat=True))
    as_holder = Viewer(links=in_time)
    links_in_force = in_time if in_time and _opens(album, as_holder) else frozenset()
    images = Image.objects.visible_to(owner).in_album(album)
    card = {
        "album": _name(album),
        "owner": _person(album.user),
        "privacy_setting": album.privacy_setting,
        "effective_privacy": album.effective_privacy,
        "policy": _name(policy) | {"inherited": policy.pk != album.pk},
        "is_hidden": album.is_hidden,
        "hidden": _hidden(album),
        "everyone": _opens(album, NOBODY),
        "members": [
            {
                "user": _person(member.user),
                "role": member.role,
                "in_force": members_in_force,
                "through": _name(policy),
            }
            for member in members
        ],
        "links": [
            {**link_json(link), "in_force": link.pk in links_in_force, "through": _name(link.album)} for link in links
        ],
        "images": {
            "total": images.count(),
            "seen_by_everyone": images.visible_to(NOBODY).count(),
            "seen_by_members": images.visible_to(as_member).count() if members_in_force else 0,
            "seen_by_link_holders": images.visible_to(as_holder).count() if links_in_force else 0,
            "private": images.with_privacy("private").count(),
            "contributed": images.exclude(user=album.user_id).count(),
            "hidden": images.filter(hidden_at__isnull=False).count(),
        },
    }
    rules = [{"who": who, "what": what, "because": because} for who, what, because in access_told.rules(card)]
    return card | {"rules": rules}


def foresight_card(foresight: Foresight) -> Card:
    """The answer to a `dry_run`: two queries, for what is gained and lost by name."""
    differences = [*foresight.gains, *foresight.loses]
    albums = {pk: _name(album) for pk, album in Album.objects.in_bulk(_samples(differences, "albums")).items()}
    images = {pk: str(image.uid) for pk, image in Image.objects.in_bulk(_samples(differences, "images")).items()}

    def cards(told: Sequence[Difference[Sight]], sentences: Callable[[Card], Iterator[str]]) -> list[Card]:
        return [_with_words(_difference(difference, albums, images), sentences) for difference in told]

    return {
        "dry_run": True,
        "gains": cards(foresight.gains, access_told.gained),
        "loses": cards(foresight.loses, access_told.lost),
        "watermarks": [_with_words(_remarking(each), access_told.remarked) for each in foresight.watermarks],
    }


def shown(foresight: Card) -> list[Card]:
    """What a `foresight_card` tells that shows others more than they see now."""
    return [*foresight["gains"], *(each for each in foresight["watermarks"] if each["removed_count"])]


def fingerprint(foresight: Card) -> str:
    """Of what would newly be shown: that somebody agreed to it is known again by this."""
    return hashlib.sha256(json.dumps(shown(foresight), sort_keys=True).encode()).hexdigest()


def _opens(album: Album, viewer: Viewer) -> bool:
    return Album.objects.visible_to(viewer).filter(pk=album.pk).exists()


def _hidden(album: Album) -> Card | None:
    """Who it was that a moderator hid: this album, or one that it inherits through."""
    if not album.is_hidden:
        return None
    upward = Album.objects.filter(pk__in=[album.pk, *album.ancestor_ids], policy=album.policy_id)
    [hidden] = upward.filter(hidden_at__isnull=False).order_by("-path")[:1]
    return {"reason": hidden.hidden_reason, "at": instant(hidden.hidden_at), "through": _name(hidden)}


def _with_words(card: Card, sentences: Callable[[Card], Iterator[str]]) -> Card:
    return card | {"told": list(sentences(card))}


def _remarking(difference: Difference[Remarked]) -> Card:
    remarked = difference.what
    return {
        "who": _who(difference),
        "added_count": len(remarked.added),
        "replaced_count": len(remarked.replaced),
        "removed_count": len(remarked.removed),
    }


def _difference(difference: Difference[Sight], albums: Mapping[int, Card], images: Mapping[int, str]) -> Card:
    sight = difference.what
    return {
        "who": _who(difference),
        "albums": [albums[pk] for pk in _sample(sight.albums)],
        "albums_count": len(sight.albums),
        "image_ids": [images[pk] for pk in _sample(sight.images)],
        "images_count": len(sight.images),
        "downloads_count": len(sight.downloads),
        "locations_count": len(sight.locations),
    }


def _who(difference: Difference) -> Card:
    if difference.users:
        return {"kind": "members", "users": [_person(user) for user in difference.users]}
    if difference.links:
        links = [{"id": str(link.uid), "album": _name(link.album)} for link in difference.links]
        return {"kind": "links", "links": links}
    return {"kind": "everyone"}


def _samples(differences: Sequence[Difference[Sight]], part: str) -> list[int]:
    return sorted({pk for difference in differences for pk in _sample(getattr(difference.what, part))})


def _sample(pks: frozenset[int]) -> list[int]:
    return sorted(pks, reverse=True)[:SAMPLE]


def _name(album: Album) -> Card:
    return {"id": str(album.uid), "name": album.name}


def _person(user: User) -> Card:
    return {"id": str(user.uid), "username": user.username}
