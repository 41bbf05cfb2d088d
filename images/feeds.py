"""The list that an image was opened from, and who stands beside it there."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from accounts.viewer import NOBODY, Viewer
from albums.models import Album
from gallery_site.paging import Ordering
from images.filters import NEWEST_FIRST, ORDERINGS, ordering_of
from images.models import Image
from images.querysets import ImageQuerySet

IN_ITS_ORDER = Ordering("display_order", "position")  # of an album


@dataclass(frozen=True)
class Feed:
    """Images in an order; `query` ("?album=…") is what the links to them carry, so that their pages know the feed."""

    images: ImageQuerySet
    ordering: Ordering
    query: str = ""

    def keys(self) -> list[int]:
        """Keys of all its images, in order."""
        return list(self.images.order_by(*self.ordering.columns()).values_list("pk", flat=True))

    def neighbours(self, image: Image) -> tuple[Image | None, Image | None]:
        """Who comes before and after; nobody for an image that is not in this feed. At most three queries."""
        here = self.images.filter(pk=image.pk).first()
        if here is None:
            return None, None
        return self._beside(here, backward=True), self._beside(here, backward=False)

    def _beside(self, here: Image, *, backward: bool) -> Image | None:
        beyond = self.ordering.beyond(self.ordering.value(here), here.pk, backward=backward)
        return self.images.filter(beyond).order_by(*self.ordering.columns(backward=backward)).first()


def public() -> Feed:
    """What everyone may see, the newest first."""
    return Feed(Image.objects.visible_to(NOBODY), ordering_of(NEWEST_FIRST))


def of_album(album: Album, viewer: Viewer) -> Feed:
    """What the viewer may see in an album, in its own order."""
    images = Image.objects.visible_to(viewer).in_album(album).by_position()
    return Feed(images, IN_ITS_ORDER, _query("album", album.uid))


def of_user(username: str, viewer: Viewer) -> Feed:
    images = Image.objects.visible_to(viewer).of_user(username)
    return Feed(images, ordering_of(NEWEST_FIRST), _query("user", username))


def of_tag(name: str, viewer: Viewer) -> Feed:
    images = Image.objects.visible_to(viewer).tagged([name])
    return Feed(images, ordering_of(NEWEST_FIRST), _query("tag", name))


def of_library(viewer: Viewer, order: str = NEWEST_FIRST) -> Feed:
    """The viewer's own images, in an order of `images.filters.ORDERINGS`."""
    return Feed(Image.objects.editable_by(viewer), ordering_of(order), _query("library", order))


def asked_for(query: Mapping[str, str], viewer: Viewer) -> Feed:
    """The feed that a link's query names, as far as the viewer may see it; the public one when it names none."""
    if (uid := _uuid(query.get("album", ""))) and (album := Album.objects.visible_to(viewer).filter(uid=uid).first()):
        return of_album(album, viewer)
    if name := query.get("user"):
        return of_user(name, viewer)
    if name := query.get("tag"):
        return of_tag(name, viewer)
    if query.get("library") in ORDERINGS:
        return of_library(viewer, query["library"])
    return public()


def _query(name: str, value: object) -> str:
    return f"?{urlencode({name: value})}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
