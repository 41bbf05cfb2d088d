"""In sentences: who can see an album and why, and what a change of it would show and take."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

NAMED = 3  # people named in a sentence; of more, how many they are

Card = Mapping[str, Any]


def rules(access: Card) -> Iterator[tuple[str, str, str]]:
    """Who, can see what, because of which rule."""
    images = access["images"]
    owner = access["owner"]["username"]
    yield owner, f"can see and change the album and {_images(images['total'])}", "it is the owner's"
    if access["hidden"]:
        yield "Everyone else", "can't see the album", _hidden(access)
    else:
        yield _to_everyone(access)
    if (seen := images["seen_by_everyone"]) and not access["everyone"]:
        yield (
            "Everyone",
            f"can see {_photos(seen)} of those in it, and not the album",
            "photos that are public by themselves or by another album can be seen wherever they are",
        )
    for role in ("viewer", "contributor"):
        if of_role := [member for member in access["members"] if member["role"] == role]:
            yield _to_members(role, of_role, access)
    for link in access["links"]:
        yield _to_holder(link, access)
    if images["private"]:
        yield "Nobody but their owner", f"can see {_photos(images['private'])} of those in it", "private photos stay so"
    if images["contributed"]:
        yield (
            "Everyone and holders of links",
            f"can't see {_photos(images['contributed'])} added by others, but for those that these made public",
            "what a contributor adds is shown to members alone",
        )
    if images["hidden"]:
        yield "Nobody but their owner", f"can see {_photos(images['hidden'])} of those in it", "a moderator hid them"
    yield "Moderators", "can see what everyone can, and what is reported or hidden", "they look after the gallery"


def gained(gain: Card) -> Iterator[str]:
    """`12 photos and 1 album become visible to everyone.`"""
    who, images, albums = called(gain["who"]), gain["images_count"], gain["albums_count"]
    if images or albums:
        yield f"{_things(images, albums)} {'becomes' if images + albums == 1 else 'become'} visible to {who}."
    if downloads := gain["downloads_count"]:
        yield f"{_photos(downloads)} can be downloaded by {who}."
    if locations := gain["locations_count"]:
        yield f"The place of {_photos(locations)} becomes known to {who}."


def lost(loss: Card) -> Iterator[str]:
    """`12 photos and 1 album are no longer visible to everyone.`"""
    who, images, albums = called(loss["who"]), loss["images_count"], loss["albums_count"]
    if images or albums:
        yield f"{_things(images, albums)} {'is' if images + albums == 1 else 'are'} no longer visible to {who}."
    if downloads := loss["downloads_count"]:
        yield f"{_photos(downloads)} can no longer be downloaded by {who}."
    if locations := loss["locations_count"]:
        yield f"The place of {_photos(locations)} is no longer known to {who}."


def remarked(remarking: Card) -> Iterator[str]:
    """`12 photos get a watermark for everyone.`"""
    who = called(remarking["who"])
    for name, one, many in (
        ("added_count", "gets a watermark", "get a watermark"),
        ("replaced_count", "gets another watermark", "get another watermark"),
        ("removed_count", "loses its watermark", "lose their watermark"),
    ):
        if count := remarking[name]:
            yield f"{_photos(count)} {one if count == 1 else many} for {who}."


def called(who: Card) -> str:
    """`everyone`, `bob and carol`, `holders of a link to “Trip”`."""
    if who["kind"] == "members":
        return _names(who["users"])
    if who["kind"] == "links":
        link = who["links"][0]
        number = len(who["links"])
        return f"holders of {f'{number} links' if number > 1 else 'a link'} to “{link['album']['name']}”"
    return "everyone"


def _to_everyone(access: Card) -> tuple[str, str, str]:
    privacy = access["effective_privacy"]
    because = f"“{access['policy']['name']}” is {privacy}{_inherited(access, access['policy'])}"
    if access["everyone"]:
        return "Everyone", f"can see the album and {_images(access['images']['seen_by_everyone'])}", because
    return "Everyone", "can't see the album", because


def _to_members(role: str, members: Sequence[Card], access: Card) -> tuple[str, str, str]:
    named = f"“{access['policy']['name']}” lets them in as {role}"
    who = _names([member["user"] for member in members])
    if not members[0]["in_force"]:
        return who, "can see no more than everyone", f"{named}, {_without_effect(access)}"
    adds = " and add their own" if role == "contributor" else ""
    what = f"can see the album and {_images(access['images']['seen_by_members'])}{adds}"
    return who, what, f"{named}{_inherited(access, access['policy'])}"


def _to_holder(link: Card, access: Card) -> tuple[str, str, str]:
    opens = f"it opens “{link['through']['name']}”"
    who = f"Whoever holds the link made on {_day(link['created_at'])}"
    if not link["in_force"]:
        return who, "can see no more than everyone", f"{opens}, {_without_effect(access)}"
    password = ", with its password," if link["has_password"] else ""
    until = f" until {_day(link['expires_at'])}" if link["expires_at"] else ""
    what = f"can{password} see the album and {_images(access['images']['seen_by_link_holders'])}{until}"
    return who, what, f"{opens}{_inherited(access, link['through'])}"


def _hidden(access: Card) -> str:
    hidden = access["hidden"]
    return f"a moderator hid “{hidden['through']['name']}”: {hidden['reason'] or 'no reason given'}"


def _without_effect(access: Card) -> str:
    """Why a membership or a link of this album shows nothing: a link of one that is open can only have ended."""
    if access["hidden"]:
        return "but the album is hidden"
    return "but that is private" if access["effective_privacy"] == "private" else "but has expired"


def _inherited(access: Card, source: Card) -> str:
    return "" if source["id"] == access["album"]["id"] else ", and this album inherits from it"


def _images(count: int) -> str:
    return f"{_photos(count)} in it"


def _things(images: int, albums: int) -> str:
    counted = [_photos(images)] * bool(images) + [f"{albums} album{'s' if albums > 1 else ''}"] * bool(albums)
    return " and ".join(counted)


def _photos(count: int) -> str:
    return "1 photo" if count == 1 else f"{count} photos"


def _names(people: Sequence[Card]) -> str:
    """`bob`, `bob and carol`, `bob, carol, dan and 4 others`."""
    names = [person["username"] for person in people[:NAMED]]
    if more := len(people) - NAMED:
        names += [f"{more} other{'s' if more > 1 else ''}"] * (more > 0)
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _day(instant: str) -> str:
    moment = datetime.fromisoformat(instant)
    return f"{moment.day} {moment:%B %Y}"
