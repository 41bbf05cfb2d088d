"""What can be asked of a route, and of what: the words in which the matrix is written."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from albums.models import Album
from images.models import Image
from images.renditions import RenditionKey
from images.store import rendition_path
from tests.access.gallery import ID, Gallery
from tests.plain_access import DOWNLOAD, PLACE, Asker, Reading, Row

Rule = Callable[[Reading, Asker, Any], int]
Shown = Callable[[Reading, Asker, Any], list[Row]]
Told = Callable[[Any, Reading, Asker, Any], Iterator[str]]


@dataclass(frozen=True, eq=False)
class Subject:
    """What a request names: the parts of its address and body, and the row or rows that the rules ask about."""

    parts: Mapping[str, str] = field(default_factory=dict)
    row: Any = None


@dataclass(frozen=True)
class Call:
    """One thing to ask of a route.

    `of` says what is named in the address, the query or the body, where `{uid}` and the like stand for the parts of the
    subject, `{own_album}` and `{own_image}` for something of whoever asks; `at` exchanges parts in the address. `rule`
    tells the status for each principal. Of a list, `shown` tells the rows it holds, which are images or albums
    (`kind`); `told` looks closer at an answer, and what `grants` names is his to know by it. `body` is JSON for the API
    and a form for pages. Where it is not `bold`, it is asked only of what he reaches: another call asks of the rest.
    Where it is `thorough`, it is asked of all kinds of what it can name, and not only of a few for each outcome.
    """

    method: str
    rule: Rule
    of: str = ""
    query: str = ""
    body: Any = None
    at: Mapping[str, str] = field(default_factory=dict)
    shown: Shown | None = None
    kind: str = "image"
    told: Told | None = None
    grants: Shown | None = None
    bold: bool = True
    thorough: bool = False

    def parts(self, pattern: str, subject: Subject, own: Mapping[str, str]) -> dict[str, str]:
        """The parts of the subject that this call of this route has somewhere."""
        in_path = [self.at.get(name, name) for name in _names(pattern)]
        used = {*in_path, *re.findall(r"\{(\w+)\}", f"{self.query} {json.dumps(self.body)}")}
        return {name: str(part) for name, part in {**subject.parts, **own}.items() if name in used}

    def address(self, pattern: str, parts: Mapping[str, str]) -> str:
        path = _IN_PATH.sub(lambda name: parts[self.at.get(name[1], name[1])], pattern)
        return f"/{path}?{self.query.format(**parts)}" if self.query else f"/{path}"

    def filled(self, parts: Mapping[str, str]) -> Any:
        return _filled(self.body, parts)


_IN_PATH = re.compile(r"<(?:\w+:)?(\w+)>")


def _names(pattern: str) -> list[str]:
    return _IN_PATH.findall(pattern)


def _filled(body: Any, parts: Mapping[str, str]) -> Any:
    if isinstance(body, str):
        return re.sub(r"\{(\w+)\}", lambda name: parts[name[1]], body)
    if isinstance(body, dict):
        return {name: _filled(value, parts) for name, value in body.items()}
    return [_filled(value, parts) for value in body] if isinstance(body, list) else body


# --- What a request can name ----------------------------------------------------------------------------------------


def subjects(of: str, gallery: Gallery, reading: Reading) -> list[Subject]:
    albums, images, people = reading.albums, reading.images, reading.people
    match of:
        case "":
            return [Subject()]
        case "image":
            return [Subject(_by_key(Image, image) | _rendition(image), image) for image in images.values()]
        case "album":
            return [Subject(_by_key(Album, album), album) for album in albums.values()]
        case "place":
            return [
                Subject({"uid": albums[at].uid, "image_uid": images[image].uid}, (albums[at], images[image]))
                for at, image, _ in reading.places
            ]
        case "membership":
            return [
                Subject({"uid": albums[at].uid, "user_uid": people[user].uid}, (albums[at], people[user]))
                for at, user, _ in reading.members
            ]
        case "link":
            return [
                Subject({"uid": albums[link.album_id].uid, "link_uid": link.uid}, (albums[link.album_id], link))
                for link in reading.links.values()
            ]
        case "secret":
            return [Subject({"token": gallery.secrets[link.pk]}, link) for link in reading.links.values()]
        case "tag":
            return [
                Subject({"slug": tag.slug, "name": tag.name, "object_id": tag.pk}, tag) for tag in reading.tags.values()
            ]
        case "person":
            return [
                Subject({"username": user.username, "object_id": user.pk, "id": user.pk}, user)
                for user in people.values()
            ]
        case "group":
            return [Subject({"object_id": group.pk}, Row(pk=group.pk)) for group in Group.objects.all()]
        case "row":  # of a table in which there is none
            return [Subject({"object_id": "1"})]
        case "app":
            names = ("accounts", "albums", "auth", "images")
            return [Subject({"app_label": name}, Row(pk=name, name=name)) for name in names]
        case "token":
            return [Subject({"token_id": token.uid, "object_id": token.pk}, token) for token in reading.tokens.values()]
    raise AssertionError(of)


def _by_key(model: type[Model], row: Row) -> dict[str, Any]:
    """By id, and as the admin names things."""
    content_type = ContentType.objects.get_for_model(model)
    return {"uid": row.uid, "object_id": row.pk, "content_type_id": content_type.pk}


def _rendition(image: Row) -> dict[str, Any]:
    """The parts of the path of a rendition on the disk."""
    key = RenditionKey(160, "jpeg").for_picture(image.image_width, image.image_height)
    _, shelf, _, version, name = rendition_path(image.uid, image.version, key).split("/")
    return {"shelf": shelf, "version": version, "name": name}


def asked(call: Call, gallery: Gallery, reading: Reading) -> list[Subject]:
    """What the call is asked of, which is worked out once."""
    if call.of not in gallery.kinds:
        gallery.kinds[call.of] = one_of_each_kind(call.of, gallery, reading)
    return gallery.kinds[call.of]


def one_of_each_kind(of: str, gallery: Gallery, reading: Reading) -> list[Subject]:
    """The first of those that no principal could tell from one another by what he may do with them."""
    who = list(gallery.askers.values())

    def by(*rights: Callable[[Asker, Row], object], row: Row) -> tuple[object, ...]:
        return (*(right(each, row) for right in rights for each in who), row.trashed_at is None)

    def kind(row: Any) -> tuple[object, ...]:
        match of:
            case "image":
                may = (partial(reading.may, PLACE), partial(reading.may, DOWNLOAD))
                return by(reading.sees_image, reading.owns, *may, row=row)
            case "album":
                return by(reading.sees_album, reading.owns, reading.contributes, row=row)
            case "place":
                return (*by(reading.sees_album, row=row[0]), *by(reading.sees_image, row=row[1]))
            case "membership" | "link":
                return by(reading.sees_album, reading.owns, row=row[0])
            case "secret":
                album = reading.albums[row.album_id]
                return (*by(reading.sees_album, reading.owns, row=album), bool(row.password), row.expires_at is None)
            case "tag":
                return tuple((reading.meets(each, row.pk), reading.usage_of(each, row.pk) > 0) for each in who)
        return (row and row.pk,)

    named = subjects(of, gallery, reading)
    return list({kind(subject.row): subject for subject in reversed(named)}.values())[::-1]


def own_album(reading: Reading, who: Asker) -> Row | None:
    """An album of whoever asks: a shared one if he has any, else his first."""
    albums = [album for album in reading.albums.values() if reading.edits_album(who, album)]
    return min(albums, key=lambda album: (album.privacy_setting != "shared", album.pk), default=None)


def own_parts(reading: Reading, who: Asker) -> dict[str, str]:
    """What `{own_album}` and `{own_image}` stand for; for who has neither, what never was."""
    album = own_album(reading, who)
    image = next((image for image in reading.images.values() if reading.edits_image(who, image)), None)
    return {
        "own_album": str(album.uid if album else uuid4()),
        "own_image": str(image.uid if image else uuid4()),
    }


def is_beyond(reading: Reading, who: Asker, row: Any) -> bool:
    """Whether for him it is as if this had never been."""
    if isinstance(row, tuple):
        return any(is_beyond(reading, who, part) for part in row)
    if hasattr(row, "file_hash"):
        return not reading.reaches_image(who, row)
    if hasattr(row, "path"):
        return not reading.sees_album(who, row) and not reading.owns(who, row)
    if hasattr(row, "slug"):
        return not reading.meets(who, row.pk)
    if hasattr(row, "username"):
        return not row.is_active
    return False


def never_was(parts: Mapping[str, str], subject: Subject, *, but: frozenset[str] = frozenset()) -> dict[str, str]:
    """Like these parts, but of something that never existed, save for those named in `but`."""
    return {
        name: part
        if name in but or name not in subject.parts
        else (str(uuid4()) if ID.fullmatch(part) else "999999" if part.isdigit() else "nothing-of-that-name")
        for name, part in parts.items()
    }


# --- The URL table --------------------------------------------------------------------------------------------------


def patterns(within: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every route that leads to a view, as the table writes it; the parts of regular expressions by their names."""
    for part in (within or get_resolver()).url_patterns:
        path = before + re.sub(r"\^?\(\?P(<\w+>)[^)]*\)(/?)\$", r"\1\2", str(part.pattern))
        if isinstance(part, URLResolver):
            yield from patterns(part, path)
        else:
            yield path, part
