"""One gallery that holds every case of `cases.py` at once, with a secret word in whatever could give something away."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.models import BearerToken, User
from accounts.viewer import OPENED_LINKS
from albums import tree
from albums.models import Album, AlbumMember, ShareLink
from images import ledger, placing, store, trash
from images.album_changes import trash_album
from images.models import AlbumImage, Image
from images.search.words import write_documents
from images.tests.rows import image_row
from tests.access.cases import ALBUMS, IMAGES, AlbumCase, ImageCase
from tests.pictures import jpeg
from tests.plain_access import Asker, Reading

LETTERS = "bcdfghjklmnpqrtvwxz"  # no vowel and no s: a stemmer leaves such words alone
SECRET = re.compile(r"zq[" + LETTERS + "]{4}qz", re.IGNORECASE)
ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
HASH = re.compile(r"\b[0-9a-f]{64}\b")
COMMON = "harbour"  # stands in every title and is a tag of every image
PASSWORD = "correct horse battery"

# Whose eyes the principals look with; those with links only are signed in as nobody.
PEOPLE = {
    "owner": "alice",
    "member": "bob",
    "contributor": "dora",
    "stranger": "carol",
    "moderator": "mia",
    "administrator": "ada",
}
LINK_HOLDERS = ("link", "part link", "locked link", "unlocked link", "expired link")
PRINCIPALS = (*PEOPLE, "nobody", *LINK_HOLDERS)


@dataclass
class Gallery:
    """Who and what is there. `askers` and `sessions` go by principal, `albums` by the key of their case, `images` by
    the words of theirs; `told` says of each secret word, id and hash what it belongs to and how."""

    people: dict[str, User] = field(default_factory=dict)
    albums: dict[str, Album] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    links: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in LINK_HOLDERS})
    secrets: dict[int, str] = field(default_factory=dict)
    told: dict[str, tuple[str, int]] = field(default_factory=dict)
    askers: dict[str, Asker] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    kinds: dict[str, list[Any]] = field(default_factory=dict)  # of each kind of what can be named, one
    words: Iterator[str] = field(default_factory=lambda: _words())

    def secret(self, kind: str, of: int) -> str:
        """A new word that stands in nothing else; `kind` says who may know it, with `of`."""
        word = next(self.words)
        self.told[word] = (kind, of)
        return word

    def inside(self, album: int) -> list[UUID]:
        """The ids of all images in an album, in its order."""
        places = AlbumImage.objects.filter(album=album).order_by("display_order", "image")
        return list(places.values_list("image__uid", flat=True))

    def client(self, principal: str) -> Client:
        """A browser of this principal, as he left it."""
        client = Client()
        client.cookies.load(self.cookies[principal])
        return client


def _words() -> Iterator[str]:
    n = 0
    while True:
        digits, rest = "", n
        for _ in range(4):
            rest, digit = divmod(rest, len(LETTERS))
            digits = LETTERS[digit] + digits
        yield f"zq{digits}qz"
        n += 1


def build() -> Gallery:
    """All of it, by the deeds of the product; inside a transaction that the caller rolls back."""
    gallery = Gallery()
    with ledger.balanced(()):  # one balance for all that is done: what is listed follows at its end
        _people(gallery)
        for key, case in ALBUMS.items():
            _album(gallery, key, case)
        for image_case in IMAGES:
            _image(gallery, image_case)
        _bystanders(gallery)
        for key, case in ALBUMS.items():
            if case.trashed:
                trash_album(gallery.albums[key])
        User.objects.filter(username="sid").update(is_active=False)
    for things in (gallery.people, gallery.albums, gallery.images):
        for thing in things.values():
            thing.refresh_from_db()
    for name in PRINCIPALS:
        _principal(gallery, name)
    return gallery


# --- People ---------------------------------------------------------------------------------------------------------


def _people(gallery: Gallery) -> None:
    for name in (*PEOPLE.values(), "sid", "don"):
        user = User.objects.create_user(name, f"{name}@example.com", PASSWORD)
        user.email = f"{gallery.secret('account', user.pk)}@example.com"
        user.save()
        gallery.people[name] = user
        gallery.told[str(user.uid)] = ("person", user.pk)
    User.objects.filter(username__in=("mia", "ada")).update(is_staff=True)
    User.objects.filter(username="ada").update(is_superuser=True)
    User.objects.filter(username="don").update(chosen_preferences={"show_location": True, "allow_download": False})
    gallery.people["mia"].groups.add(Group.objects.get_or_create(name="Moderators")[0])
    for name in ("alice", "carol"):
        token, _ = BearerToken.issue(user=gallery.people[name], name=next(gallery.words))
        gallery.told |= dict.fromkeys((str(token.uid), token.name, token.token_hash), ("account", token.user_id))


def _principal(gallery: Gallery, name: str) -> None:
    links = frozenset(gallery.links[name]) if name in LINK_HOLDERS and name != "locked link" else frozenset()
    user = gallery.people[PEOPLE[name]] if name in PEOPLE else None
    gallery.askers[name] = Asker(
        user=user.pk if user else None, moderates=name in ("moderator", "administrator"), links=links
    )
    client = Client()
    if user:
        client.force_login(user)
    elif links:
        session = client.session
        session[OPENED_LINKS] = sorted(links)
        session.save()
    gallery.cookies[name] = {cookie: morsel.value for cookie, morsel in client.cookies.items()}


# --- Albums ---------------------------------------------------------------------------------------------------------


def _album(gallery: Gallery, key: str, case: AlbumCase) -> None:
    owner, album = gallery.people[case.by], None
    for depth, privacy in enumerate(case.chain):
        says = dict(case.says.get(depth, {}))
        album = tree.plant(owner=owner, name="-", parent=album, privacy_setting=privacy, **says)
        album.name, album.description = gallery.secret("album", album.pk), gallery.secret("album", album.pk)
        if case.hidden == depth:
            album.hidden_at, album.hidden_reason = timezone.now(), gallery.secret("album's judgement", album.pk)
        album.save()
        tree.settle(album)
        gallery.told[str(album.uid)] = ("album", album.pk)
        if privacy != "inherit":
            _let_in(gallery, album, case.links_say)
        elif depth == 1:
            _link(gallery, album, "part link")
    assert album
    if case.reported:
        Album.objects.filter(pk=album.pk).update(open_reports=1)
    album.refresh_from_db()
    gallery.albums[key] = album


def _let_in(gallery: Gallery, album: Album, says: Mapping[str, bool]) -> None:
    AlbumMember.objects.create(album=album, user=gallery.people["bob"], role="viewer")
    for name in ("dora", "don"):
        AlbumMember.objects.create(album=album, user=gallery.people[name], role="contributor")
    _link(gallery, album, "link", **says)
    _link(gallery, album, "expired link", expires_at=timezone.now() - timedelta(seconds=1), **says)
    with_password = _link(gallery, album, "locked link", password=PASSWORD, **says)
    gallery.links["unlocked link"].append(with_password)


def _link(gallery: Gallery, album: Album, holder: str, *, password: str = "", **says: Any) -> int:
    token = ShareLink.new_token()
    link = ShareLink(album=album, token_hash=ShareLink.hash_of(token), **says)
    link.set_password(password)
    link.save()
    gallery.links[holder].append(link.pk)
    gallery.secrets[link.pk] = token
    for given_away in (str(link.uid), link.token_hash):
        gallery.told[given_away] = ("link", album.pk)
    return link.pk


# --- Images ---------------------------------------------------------------------------------------------------------


def image_with_secrets(gallery: Gallery, owner: User, **values: Any) -> Image:
    """An image with an original, whose every text is a secret word; its place is numbers that no other image has."""
    nth = Image.objects.count() + 1
    lat, lon, altitude = (round(start + nth / 7, 6) for start in (10, 20, 1000))
    name, remark, tag, camera, *sections = (next(gallery.words) for _ in range(7))
    original = jpeg(seed=nth, comment=remark.encode())
    image = image_row(
        owner,
        tags=[COMMON, tag],
        metadata={
            **dict(zip(("exif_data", "iptc", "xmp"), ({"Told": word} for word in sections), strict=True)),
            "camera_model": camera,
            "location_lat": lat,
            "location_lon": lon,
            "altitude": altitude,
        },
        original_filename=f"{name}.jpg",
        file_hash=hashlib.sha256(original).hexdigest(),
        file_size=len(original),
        **values,
    )
    path = store.on_disk(image.file_path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(original)
    told = dict.fromkeys((tag, camera, str(image.uid)), "image")
    told |= dict.fromkeys((name, remark, *sections, image.file_hash, str(altitude)), "original")
    told |= dict.fromkeys((str(lat), str(lon)), "place")
    gallery.told |= {word: (kind, image.pk) for word, kind in told.items()}
    image.title, image.description = f"{COMMON} {gallery.secret('image', image.pk)}", gallery.secret("image", image.pk)
    image.save()
    write_documents([image.pk])
    return image


def _image(gallery: Gallery, case: ImageCase) -> None:
    owner = gallery.people[case.by]
    image = image_with_secrets(gallery, owner, privacy_setting=case.privacy)
    with ledger.balanced([image.pk]):
        if case.album:
            placing.add([image.pk], to=gallery.albums[case.album], by=owner)
        if case.hidden:
            image.hidden_at, image.hidden_reason = timezone.now(), gallery.secret("image's judgement", image.pk)
        image.open_reports = int(case.reported)
        image.save()
    if case.trashed:
        trash.trash([image.pk])
    image.refresh_from_db()
    gallery.images[case.words] = image


def _bystanders(gallery: Gallery) -> None:
    """Private things of those who only look, so that a list of one's own shows what is one's own."""
    for name in ("bob", "carol", "dora", "mia", "ada"):
        owner = gallery.people[name]
        album = tree.plant(owner=owner, name=f"-{name}", privacy_setting="private")
        album.name = gallery.secret("album", album.pk)
        album.save()
        gallery.told[str(album.uid)] = ("album", album.pk)
        gallery.albums[f"private, of {name}"] = album
        image = image_with_secrets(gallery, owner)
        placing.add([image.pk], to=album, by=owner)
        gallery.images[f"as its albums, in a private one of {name}"] = image
    covered = AlbumImage.objects.filter(album=gallery.albums["shared"]).order_by("-pk").first()
    assert covered
    placing.set_cover(gallery.albums["shared"], covered.image_id)


# --- What may be known ----------------------------------------------------------------------------------------------


def knowable(gallery: Gallery, reading: Reading, principal: str) -> set[str]:
    """Every secret word, id and hash that an answer to this principal may hold, whatever the route."""
    who = gallery.askers[principal]
    staff = principal in ("moderator", "administrator")
    known = set()
    for word, (kind, pk) in gallery.told.items():
        if kind == "person":
            may = True  # a name and its id are told with whatever one shows
        elif kind == "account":
            may = pk == who.user or staff
        elif kind == "album":
            may = reading.sees_album(who, reading.albums[pk]) or reading.owns(who, reading.albums[pk])
        elif kind == "album's judgement":
            may = reading.owns(who, reading.albums[pk]) or staff
        elif kind == "link":
            may = reading.owns(who, reading.albums[pk])
        elif kind == "image":
            may = reading.reaches_image(who, reading.images[pk])
        elif kind == "image's judgement":
            may = reading.owns(who, reading.images[pk]) or staff
        elif kind == "place":
            may = reading.may("show_location", who, reading.images[pk])
        else:
            assert kind == "original"
            may = reading.owns(who, reading.images[pk])
        if may:
            known.add(word)
    return known


def words_in(text: str, gallery: Gallery) -> set[str]:
    """The secrets that a text holds, in whatever case and with or without dashes."""
    found = {word.lower() for word in SECRET.findall(text)}
    for uid in ID.findall(text):
        plain = uid.replace("-", "").lower()
        found.add("-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:])))
    found.update(HASH.findall(text))
    found.update(re.findall(r"\d{2,4}\.\d{3,6}\b", text))
    return found & gallery.told.keys()
