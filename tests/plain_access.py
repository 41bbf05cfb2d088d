"""The rule of docs/access.md, read once more and differently: all rows at once, plain loops, no queryset.

It is written from the document and not from the code of the product, whose answers tests hold against it. What the
product keeps in columns (policy, path, is_hidden, is_listed, is_contributed, counts) is worked out here from the rows
they follow from.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from accounts.models import BearerToken, User
from accounts.viewer import Viewer
from albums.models import Album, AlbumMember, ShareLink
from images.models import AlbumImage, Image, ImageMetadata, ImageTag, Tag

PLACE, DOWNLOAD = "show_location", "allow_download"
UNLESS_SAID = {PLACE: False, DOWNLOAD: True}  # what an owner allows who never said anything
SHARING = ("shared", "public")

Row = SimpleNamespace


@dataclass(frozen=True)
class Asker:
    """Who asks: the key of a user or None, whether he moderates, the keys of the links he opened; or whom an owner
    (`host`) pretends to be, to see what that one sees as a member of his albums."""

    user: int | None = None
    moderates: bool = False
    links: frozenset[int] = field(default_factory=frozenset)
    as_member: int | None = None
    host: int | None = None

    @property
    def viewer(self) -> Viewer:
        """The same person as the product knows him."""
        return Viewer(
            user=User.objects.get(pk=self.user) if self.user else None,
            is_moderator=self.moderates,
            links=self.links,
            as_member=User.objects.get(pk=self.as_member) if self.as_member else None,
            host=User.objects.get(pk=self.host) if self.host else None,
        )


NOBODY = Asker()


def _rows(model: Any) -> dict[int, Row]:
    return {row["pk"]: Row(**row) for row in ({**values, "pk": _key(values)} for values in model.objects.values())}


def _key(values: dict[str, Any]) -> int:
    return values["id"] if "id" in values else values["image_id"]


class Reading:
    """Everything there is, as it is now."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or timezone.now()
        self.people, self.albums, self.images = _rows(User), _rows(Album), _rows(Image)
        self.facts, self.tags, self.tokens = _rows(ImageMetadata), _rows(Tag), _rows(BearerToken)
        self.members = list(AlbumMember.objects.values_list("album", "user", "role"))
        self.links = _rows(ShareLink)
        self.places = list(
            AlbumImage.objects.order_by("album", "display_order", "image").values_list("album", "image", "is_cover")
        )
        self.uses = list(ImageTag.objects.order_by("pk").values_list("tag", "content_object"))

    # --- the tree ---

    def chain(self, album: Row) -> Iterator[Row]:
        """The album, its parent, and so on up to the top."""
        step: Row | None = album
        while step is not None:
            yield step
            step = self.albums[step.parent_id] if step.parent_id else None

    def inherits_through(self, album: Row) -> list[Row]:
        """The album and those above it up to its policy album, both included."""
        through = []
        for step in self.chain(album):
            through.append(step)
            if step.privacy_setting != "inherit":
                break
        return through

    def policy(self, album: Row) -> Row:
        return self.inherits_through(album)[-1]

    def is_hidden(self, album: Row) -> bool:
        return any(step.hidden_at is not None for step in self.inherits_through(album))

    def below(self, album: Row) -> list[Row]:
        """The album and all below it."""
        return [other for other in self.albums.values() if any(step.pk == album.pk for step in self.chain(other))]

    def says(self, album: Row, setting: str) -> bool:
        """What the nearest ancestor-or-self says that says anything, else the owner's preference."""
        for step in self.chain(album):
            if getattr(step, setting) is not None:
                return getattr(step, setting)
        return self.prefers(album.user_id, setting)

    def prefers(self, user: int, setting: str) -> bool:
        return self.people[user].chosen_preferences.get(setting, UNLESS_SAID[setting])

    # --- what can be seen by others at all ---

    def album_stands(self, album: Row) -> bool:
        return album.trashed_at is None and not self.is_hidden(album) and self.people[album.user_id].is_active

    def image_stands(self, image: Row) -> bool:
        return image.trashed_at is None and image.hidden_at is None and self.people[image.user_id].is_active

    # --- the roads to an album, for others than its owner ---

    def is_public(self, album: Row) -> bool:
        return self.album_stands(album) and self.policy(album).privacy_setting == "public"

    def is_member(self, who: Asker, album: Row, role: str | None = None) -> bool:
        """Let in by name: on the policy album, as long as that is shared or public."""
        name = who.as_member or who.user
        policy = self.policy(album)
        if name is None or policy.privacy_setting not in SHARING or not self.album_stands(album):
            return False
        if who.host is not None and policy.user_id != who.host:
            return False
        return any((at, user) == (policy.pk, name) and role in (None, has) for at, user, has in self.members)

    def links_to(self, who: Asker, album: Row) -> list[Row]:
        """The opened links by which he comes to this album."""
        if not self.album_stands(album) or self.policy(album).privacy_setting not in SHARING:
            return []
        return [
            link
            for link in self.links.values()
            if link.pk in who.links
            and (link.expires_at is None or link.expires_at > self.now)
            and any(step.pk == link.album_id for step in self.inherits_through(album))
        ]

    # --- albums ---

    def owns(self, who: Asker, thing: Row) -> bool:
        return who.user is not None and thing.user_id == who.user

    def sees_album(self, who: Asker, album: Row) -> bool:
        if album.trashed_at is not None:
            return False
        if self.owns(who, album) or self.is_public(album) or self.is_member(who, album):
            return True
        if who.moderates and self.is_moderated_album(album):
            return True
        return bool(self.links_to(who, album))

    def is_moderated_album(self, album: Row) -> bool:
        suspended = not self.people[album.user_id].is_active
        was_public = self.policy(album).privacy_setting == "public"
        return album.open_reports > 0 or self.is_hidden(album) or (suspended and was_public)

    def is_judged(self, album: Row) -> bool:
        """Moderators look into it."""
        is_private = self.policy(album).privacy_setting == "private"
        return album.trashed_at is None and not is_private and (album.open_reports > 0 or self.is_hidden(album))

    def edits_album(self, who: Asker, album: Row) -> bool:
        return self.owns(who, album) and album.trashed_at is None

    def contributes(self, who: Asker, album: Row) -> bool:
        return self.edits_album(who, album) or self.is_member(who, album, role="contributor")

    def is_shared_album(self, who: Asker, album: Row) -> bool:
        """Somebody else's, and not everybody's."""
        opened = self.is_member(who, album) or bool(self.links_to(who, album))
        return opened and not self.owns(who, album) and not self.is_public(album)

    # --- images ---

    def holders(self, image: Row) -> list[Row]:
        return [self.albums[album] for album, inside, _ in self.places if inside == image.pk]

    def is_contributed(self, image: Row, album: Row) -> bool:
        return image.user_id != album.user_id

    def granted(self, who: Asker, image: Row) -> bool:
        """An album shows it to him: as its owner's, or as what a contributor added."""
        for album in self.holders(image):
            if self.is_member(who, album):
                return True
            if self.is_contributed(image, album):
                if self.owns(who, album) and self.album_stands(album):
                    return True
            elif self.is_public(album) or self.links_to(who, album):
                return True
        return False

    def sees_image(self, who: Asker, image: Row) -> bool:
        if image.trashed_at is not None:
            return False
        if self.owns(who, image) or (who.moderates and self.is_moderated_image(image)):
            return True
        if not self.image_stands(image) or image.privacy_setting == "private":
            return False
        return image.privacy_setting == "public" or self.granted(who, image)

    def reaches_image(self, who: Asker, image: Row) -> bool:
        """Sees it, or has it in his own trash."""
        return self.sees_image(who, image) or self.owns(who, image)

    def is_listed(self, image: Row) -> bool:
        """Everyone sees it."""
        return self.sees_image(NOBODY, image)

    def is_moderated_image(self, image: Row) -> bool:
        if image.open_reports > 0 or image.hidden_at is not None:
            return True
        if image.privacy_setting == "inherit" and any(map(self.is_judged, self.holders(image))):
            return True
        if self.people[image.user_id].is_active:
            return False
        own_public_albums = [
            album
            for album in self.holders(image)
            if album.trashed_at is None
            and not self.is_contributed(image, album)
            and self.policy(album).privacy_setting == "public"
        ]
        return image.privacy_setting == "public" or (image.privacy_setting == "inherit" and bool(own_public_albums))

    def edits_image(self, who: Asker, image: Row) -> bool:
        return self.owns(who, image) and image.trashed_at is None

    def is_shared_image(self, who: Asker, image: Row) -> bool:
        """Somebody else's, and not everybody's: an album shows it."""
        if self.owns(who, image) or image.privacy_setting != "inherit" or not self.image_stands(image):
            return False
        return self.granted(who, image) and not self.is_listed(image)

    def may(self, setting: str, who: Asker, image: Row) -> bool:
        """Whether he may know its place (PLACE) or download it (DOWNLOAD): by one road at least."""
        if self.owns(who, image):
            return True
        if not self.image_stands(image) or image.privacy_setting == "private":
            return False
        if image.privacy_setting == "public" and self.prefers(image.user_id, setting):
            return True
        return any(self._allows(setting, who, image, album) for album in self.holders(image))

    def _allows(self, setting: str, who: Asker, image: Row, album: Row) -> bool:
        if self.is_contributed(image, album):
            let_in = self.is_member(who, album) or (self.owns(who, album) and self.album_stands(album))
            return let_in and self.prefers(image.user_id, setting)
        if (self.is_public(album) or self.is_member(who, album)) and self.says(album, setting):
            return True
        for link in self.links_to(who, album):
            said = getattr(link, setting)
            if said or (said is None and self.says(album, setting)):
                return True
        return False

    def has_place(self, image: Row) -> bool:
        return self.facts[image.pk].location_lat is not None

    # --- what is counted, for one viewer ---

    def images_in(self, who: Asker, album: Row) -> list[Row]:
        """What he sees in an album, in its order."""
        inside = [self.images[image] for at, image, _ in self.places if at == album.pk]
        return [image for image in inside if self.sees_image(who, image)]

    def total_in(self, who: Asker, album: Row) -> int:
        """Each image that he sees once, over this album and all below it that he sees."""
        seen = [other for other in self.below(album) if self.sees_album(who, other)]
        return len({image.pk for other in seen for image in self.images_in(who, other)})

    def children_of(self, who: Asker, album: Row) -> list[Row]:
        return [other for other in self.albums.values() if other.parent_id == album.pk and self.sees_album(who, other)]

    def path_to(self, who: Asker, album: Row) -> list[Row]:
        """The ancestors that he sees, from the top."""
        return [step for step in [*self.chain(album)][:0:-1] if self.sees_album(who, step)]

    def cover_of(self, who: Asker, album: Row) -> Row | None:
        """The chosen one if he sees it, else the first that he sees here, else in the first child that he sees."""
        here = self.images_in(who, album)
        chosen = [image for image in here if (album.pk, image.pk, True) in self.places]
        if chosen or here:
            return (chosen or here)[0]
        children = sorted(self.children_of(who, album), key=lambda child: (child.name_sort, child.pk))
        for child in children:
            inside = self.images_in(who, child)
            chosen = [image for image in inside if (child.pk, image.pk, True) in self.places]
            if chosen or inside:
                return (chosen or inside)[0]
        return None

    def meets(self, who: Asker, tag: int) -> bool:
        """Whether he sees an image that carries the tag."""
        return any(used == tag and self.sees_image(who, self.images[image]) for used, image in self.uses)

    def usage_of(self, who: Asker, tag: int) -> int:
        """How often a tag is used on what everyone may see, and on his own."""
        used = [self.images[image] for used, image in self.uses if used == tag]
        return sum(self.is_listed(image) or self.edits_image(who, image) for image in used)
