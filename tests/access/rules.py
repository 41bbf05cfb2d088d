"""What each principal gets: the status of an answer, the rows of a list, what a single answer says."""

from collections.abc import Callable, Iterator
from typing import Any

from tests.access.calls import Rule, Shown, own_album
from tests.plain_access import DOWNLOAD, PLACE, SHARING, Asker, Reading, Row


class Undone(int):
    """The status of an answer that looks like others by which something is done, while nothing is."""


SIGN_IN = Undone(302)  # a redirect that sends whoever asks to sign in


def may_anyone(status: int) -> Rule:
    return lambda reading, who, row: status


EVERYONE = may_anyone(200)


def signed_in(rule: Rule | int, *, nobody: int = 401) -> Rule:
    """As `rule` says, of those who are signed in."""
    inner = may_anyone(rule) if isinstance(rule, int) else rule
    return lambda reading, who, row: inner(reading, who, row) if who.user else nobody


def on_page(rule: Rule | int) -> Rule:
    return signed_in(rule, nobody=SIGN_IN)


def if_(may: Callable[[Reading, Asker, Any], bool], status: int, otherwise: int) -> Rule:
    return lambda reading, who, row: status if may(reading, who, row) else otherwise


# --- Images ---------------------------------------------------------------------------------------------------------


def reaching_image(status: int = 200, *, trashed: int = 200) -> Rule:
    def rule(reading: Reading, who: Asker, image: Row) -> int:
        if not reading.reaches_image(who, image):
            return 404
        return trashed if image.trashed_at else status

    return rule


def fetching_image(reading: Reading, who: Asker, image: Row) -> int:
    if not reading.reaches_image(who, image):
        return 404
    return 200 if reading.may(DOWNLOAD, who, image) else 403


def owning_image(status: int, *, trashed: int) -> Rule:
    def rule(reading: Reading, who: Asker, image: Row) -> int:
        if not reading.reaches_image(who, image):
            return 404
        if not reading.owns(who, image):
            return 403
        return trashed if image.trashed_at else status

    return rule


def edits(reading: Reading, who: Asker, image: Row) -> bool:
    return reading.edits_image(who, image)


def in_own_trash(reading: Reading, who: Asker, image: Row) -> bool:
    return reading.owns(who, image) and image.trashed_at is not None


# --- Albums ---------------------------------------------------------------------------------------------------------


def seeing_album(status: int = 200) -> Rule:
    return if_(lambda reading, who, album: reading.sees_album(who, album), status, 404)


def owning_album(status: int | Rule, *, trashed: int = 404) -> Rule:
    inner = may_anyone(status) if isinstance(status, int) else status

    def rule(reading: Reading, who: Asker, album: Row) -> int:
        if reading.owns(who, album) and album.trashed_at:
            return trashed
        if not reading.sees_album(who, album):
            return 404
        return inner(reading, who, album) if reading.owns(who, album) else 403

    return rule


def restoring_album(status: int) -> Rule:
    """What isn't in one's own trash can't be brought back from it."""
    return if_(lambda reading, who, album: reading.owns(who, album) and bool(album.trashed_at), status, 404)


def contributing(status: int) -> Rule:
    def rule(reading: Reading, who: Asker, album: Row) -> int:
        if not reading.sees_album(who, album):
            return 404
        return status if reading.contributes(who, album) else 403

    return rule


def contributes(reading: Reading, who: Asker, album: Row) -> bool:
    return reading.contributes(who, album)


def sees_another(reading: Reading, who: Asker, album: Row) -> bool:
    return reading.sees_album(who, album) and album != own_album(reading, who)


def edits_album(reading: Reading, who: Asker, album: Row) -> bool:
    return reading.edits_album(who, album)


def inside_own(reading: Reading, who: Asker, image: Row) -> bool:
    """Whether he sees it in the album that the matrix calls his own."""
    album = own_album(reading, who)
    return album is not None and image in reading.images_in(who, album)


def takes_own_album(reading: Reading, who: Asker, album: Row) -> bool:
    """Whether his own album can be moved below this one: not below itself."""
    return reading.edits_album(who, album) and own_album(reading, who) not in reading.chain(album)


def takes_members(reading: Reading, who: Asker, album: Row) -> bool:
    return album.privacy_setting in SHARING


def takes_links(reading: Reading, who: Asker, album: Row) -> bool:
    return reading.policy(album).privacy_setting in SHARING


def taking_out(reading: Reading, who: Asker, place: tuple[Row, Row]) -> int:
    """The album's owner takes out what he sees in it, anybody his own, also where he sees the album no more."""
    album, image = place
    if reading.edits_image(who, image) and album.trashed_at is None:
        return 200
    if not reading.sees_album(who, album):
        return 404
    if not reading.owns(who, album):
        return 403
    return 200 if reading.sees_image(who, image) else 404


def arranging(reading: Reading, who: Asker, place: tuple[Row, Row]) -> int:
    album, image = place
    if not reading.sees_album(who, album):
        return 404
    if not reading.owns(who, album):
        return 403
    return 302 if reading.sees_image(who, image) else 404


def ordering(reading: Reading, who: Asker, place: tuple[Row, Row]) -> int:
    """The owner alone, and by what he sees in it."""
    status = arranging(reading, who, place)
    if status == 404 and reading.edits_album(who, place[0]):
        return 400
    return 200 if status == 302 else status


def taking_out_ones_own(reading: Reading, who: Asker, place: tuple[Row, Row]) -> int:
    album, image = place
    return 302 if reading.sees_album(who, album) and reading.edits_image(who, image) else 404


def leaving(reading: Reading, who: Asker, album: Row) -> int:
    member = any((at, user) == (album.pk, who.user) for at, user, _ in reading.members)
    return 302 if member and reading.sees_album(who, album) else 404


def ending_membership(reading: Reading, who: Asker, membership: tuple[Row, Row]) -> int:
    """The owner anybody's, a member his own."""
    album, person = membership
    if not reading.sees_album(who, album):
        return 404
    return 204 if reading.owns(who, album) or person.pk == who.user else 403


def of_album_in(pair: Rule) -> Rule:
    """A rule about the album of a pair."""
    return lambda reading, who, row: pair(reading, who, row[0])


def opens(reading: Reading, who: Asker, link: Row) -> list[Row]:
    """The album that a link opens, while it does."""
    album = reading.albums[link.album_id]
    return [album] if reading.sees_album(Asker(links=frozenset({link.pk})), album) else []


def following(reading: Reading, who: Asker, link: Row) -> int:
    """A link that opens its album leads there; one with a password asks for it first, unless it was given."""
    if not opens(reading, who, link):
        return 404
    return 200 if link.password and link.pk not in who.links else 302


def unlocking(reading: Reading, who: Asker, link: Row) -> int:
    return 303 if opens(reading, who, link) else 404


def album_without_password(reading: Reading, who: Asker, link: Row) -> list[Row]:
    return [] if link.password else opens(reading, who, link)


# --- Others ---------------------------------------------------------------------------------------------------------


def meeting_tag(reading: Reading, who: Asker, tag: Row) -> int:
    return 200 if reading.meets(who, tag.pk) else 404


def active_person(reading: Reading, who: Asker, person: Row) -> int:
    return 200 if person.is_active else 404


def owning_token(status: int) -> Rule:
    return if_(lambda reading, who, token: token.user_id == who.user, status, 404)


def staff(moderator: Rule | int, administrator: Rule | int | None = None) -> Rule:
    """A page of the admin: everyone else is sent to sign in. `administrator`: where he gets another answer."""

    def rule(reading: Reading, who: Asker, row: Any) -> int:
        person = reading.people.get(who.user or 0)
        if person is None or not person.is_staff:
            return SIGN_IN
        own = moderator if administrator is None or not person.is_superuser else administrator
        return own if isinstance(own, int) else own(reading, who, row)

    return rule


def on_desk(status: int) -> Rule:
    """Of what he sees; else the admin says that there is no such thing, and leads to its first page."""

    def rule(reading: Reading, who: Asker, thing: Row) -> int:
        if hasattr(thing, "slug"):
            sees = reading.meets(who, thing.pk)
        else:
            sees = (reading.sees_image if hasattr(thing, "file_hash") else reading.sees_album)(who, thing)
        return status if sees else Undone(302)

    return rule


def of_desk_app(reading: Reading, who: Asker, app: Row) -> int:
    return 200 if app.name in ("albums", "images") else 404


def look(reading: Reading, who: Asker, image: Row) -> list[Row]:
    """The image that an administrator looks at, giving a reason."""
    return [image] if who.user and reading.people[who.user].is_superuser else []


# --- What lists hold ------------------------------------------------------------------------------------------------


def images_that(*matches: Callable[[Reading, Asker, Row], bool]) -> Shown:
    """The images that he sees and that match."""
    return lambda reading, who, row: [
        image
        for image in reading.images.values()
        if reading.sees_image(who, image) and all(match(reading, who, image) for match in matches)
    ]


def of(username: str) -> Callable[[Reading, Asker, Row], bool]:
    return lambda reading, who, thing: reading.people[thing.user_id].username == username


def set_to(privacy: str) -> Callable[[Reading, Asker, Row], bool]:
    return lambda reading, who, thing: thing.privacy_setting == privacy


def owned(reading: Reading, who: Asker, thing: Row) -> bool:
    return reading.owns(who, thing)


def listed(reading: Reading, who: Asker, image: Row) -> bool:
    return reading.is_listed(image)


def shared(reading: Reading, who: Asker, image: Row) -> bool:
    return reading.is_shared_image(who, image)


def with_place(reading: Reading, who: Asker, image: Row) -> bool:
    return reading.may(PLACE, who, image) and reading.has_place(image)


def own_trash(reading: Reading, who: Asker, row: Any) -> list[Row]:
    return [image for image in reading.images.values() if in_own_trash(reading, who, image)]


def in_album(reading: Reading, who: Asker, album: Row) -> list[Row]:
    return reading.images_in(who, album) if reading.sees_album(who, album) else []


def own_in_album(reading: Reading, who: Asker, album: Row) -> list[Row]:
    return [image for image in in_album(reading, who, album) if reading.owns(who, image)]


def tagged(reading: Reading, who: Asker, tag: Row) -> list[Row]:
    used = {image for used, image in reading.uses if used == tag.pk}
    return images_that(lambda _, __, image: image.pk in used)(reading, who, None)


def of_person(reading: Reading, who: Asker, person: Row) -> list[Row]:
    return images_that(lambda _, __, image: image.user_id == person.pk)(reading, who, None)


def beside_in_album(reading: Reading, who: Asker, place: tuple[Row, Row]) -> list[Row]:
    """Who comes before and after in the album that the address names; where he does not see it, on the home page."""
    album, image = place
    if reading.sees_album(who, album):
        feed = reading.images_in(who, album)
    else:
        feed = sorted(images_that(listed)(reading, who, None), key=lambda image: -image.pk)
    keys = [other.pk for other in feed]
    if image.pk not in keys:
        return []
    nth = keys.index(image.pk)
    return [feed[n] for n in (nth - 1, nth + 1) if 0 <= n < len(feed)]


def albums_that(*matches: Callable[[Reading, Asker, Row], bool]) -> Shown:
    return lambda reading, who, row: [
        album
        for album in reading.albums.values()
        if reading.sees_album(who, album) and all(match(reading, who, album) for match in matches)
    ]


def topmost(reading: Reading, who: Asker, album: Row) -> bool:
    """In no other that he sees."""
    parent = reading.albums.get(album.parent_id)
    return parent is None or not reading.sees_album(who, parent)


def at_top(reading: Reading, who: Asker, album: Row) -> bool:
    return album.parent_id is None


def shared_album(reading: Reading, who: Asker, album: Row) -> bool:
    return reading.is_shared_album(who, album)


def topmost_shared(reading: Reading, who: Asker, album: Row) -> bool:
    parent = reading.albums.get(album.parent_id)
    return shared_album(reading, who, album) and not (parent and shared_album(reading, who, parent))


def own_trashed_albums(reading: Reading, who: Asker, row: Any) -> list[Row]:
    return [album for album in reading.albums.values() if reading.owns(who, album) and album.trashed_at]


def children(reading: Reading, who: Asker, album: Row) -> list[Row]:
    return reading.children_of(who, album) if reading.sees_album(who, album) else []


# --- What a single answer says --------------------------------------------------------------------------------------


def image_told(answer: Any, reading: Reading, who: Asker, image: Row) -> Iterator[str]:
    """Trouble with the detail of an image: what it says of albums, download, place, and to whom it says more."""
    said, own = answer.json(), reading.owns(who, image)
    albums = {str(album.uid) for album in reading.holders(image) if reading.sees_album(who, album)}
    if {album["id"] for album in said["albums"]} != albums:
        yield f"names the albums {said['albums']}"
    if (said["download_url"] is not None) != reading.may(DOWNLOAD, who, image):
        yield f"download_url is {said['download_url']}"
    placed = reading.may(PLACE, who, image)
    if ("location_lat" in said["metadata"]) != placed or ("location_lon" in said["metadata"]) != placed:
        yield "tells the place" if not placed else "does not tell the place"
    for field, told in [
        *((name, own) for name in ("original_filename", "file_hash", "rating", "trashed_at")),
        *((name, own or who.moderates) for name in ("is_hidden", "hidden_reason")),
        ("open_reports", who.moderates),
    ]:
        if (field in said) != told:
            yield f"{field} is {'' if field in said else 'not '}there"
    for field in ("altitude", "exif_data", "iptc", "xmp"):
        if (field in said["metadata"]) != own:
            yield f"{field} is {'' if field in said['metadata'] else 'not '}there"
    if ("recent_access" in said["statistics"]) != own:
        yield "tells who looked" if not own else "does not tell who looked"


def album_told(answer: Any, reading: Reading, who: Asker, album: Row) -> Iterator[str]:
    """Trouble with the answer about an album: counts, cover and way up are what he sees of them."""
    said, cover = answer.json(), reading.cover_of(who, album)
    parent = reading.albums.get(album.parent_id)
    for field, told in [
        ("image_count", len(reading.images_in(who, album))),
        ("total_image_count", reading.total_in(who, album)),
        ("children_count", len(reading.children_of(who, album))),
        ("cover_image_id", str(cover.uid) if cover else None),
        ("parent_id", str(parent.uid) if parent and reading.sees_album(who, parent) else None),
        ("effective_privacy", reading.policy(album).privacy_setting),
    ]:
        if said[field] != told:
            yield f"{field} is {said[field]} instead of {told}"
    if [step["id"] for step in said["path"]] != [str(step.uid) for step in reading.path_to(who, album)]:
        yield f"path is {said['path']}"
    if ("is_hidden" in said) != (reading.owns(who, album) or who.moderates):
        yield f"is_hidden is {'' if 'is_hidden' in said else 'not '}there"


def desk_told(answer: Any, reading: Reading, who: Asker, row: Any) -> Iterator[str]:
    """Trouble with a list of the admin: it names each image or each album that he sees, and no other."""
    said = answer.content.decode()
    of_images = "/images/image/" in answer.request["PATH_INFO"]
    things, sees = (reading.images, reading.sees_image) if of_images else (reading.albums, reading.sees_album)
    names = {pk: thing.title if of_images else thing.name for pk, thing in things.items()}
    if wrong := [name for pk, name in names.items() if (name in said) != sees(who, things[pk])]:
        yield f"names {wrong}, or does not"


def tags_told(answer: Any, reading: Reading, who: Asker, row: Any) -> Iterator[str]:
    counted = {tag.name: count for tag in reading.tags.values() if (count := reading.usage_of(who, tag.pk))}
    said = {tag["name"]: tag["usage_count"] for tag in answer.json()["results"]}
    if said != counted:
        yield f"tags are {set(said.items()) ^ set(counted.items())} off"
    if answer.json()["count"] != len(counted):
        yield f"counts {answer.json()['count']} instead of {len(counted)}"
