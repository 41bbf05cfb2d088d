"""The words in which albums are asked for."""

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from django.db import models
from django.utils import timezone

from accounts.querysets import named_user
from albums import access
from gallery_site.folding import fold

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.viewer import Viewer
    from albums.models import Album, AlbumMember, ShareLink  # noqa: F401  they are named in strings


class AlbumQuerySet(models.QuerySet["Album"]):
    def visible_to(self, viewer: "Viewer") -> Self:
        """Those the viewer may see: the only road to an album from outside, with the two below."""
        return self.filter(access.seen_by(viewer))

    def editable_by(self, viewer: "Viewer") -> Self:
        return self.filter(access.edited_by(viewer))

    def may_contribute(self, viewer: "Viewer") -> Self:
        """Those that this viewer may put his own images into."""
        return self.filter(access.contributed_by(viewer))

    def in_trash_of(self, viewer: "Viewer") -> Self:
        return self.filter(user_id=viewer.user_id, trashed_at__isnull=False)

    def owned_by(self, user: "User") -> Self:
        return self.filter(user=user)

    def own_first(self, viewer: "Viewer") -> Self:
        """As a tree, the viewer's own before those of others."""
        others = models.Case(models.When(access.owned_by(viewer), then=0), default=1)
        return self.order_by(others, "path")

    def at_top(self) -> Self:
        return self.filter(parent=None)

    def topmost_for(self, viewer: "Viewer") -> Self:
        """Those that hang in no album that the viewer sees: where the way down the tree begins for him."""
        return self.exclude(parent__in=type(self)(self.model).visible_to(viewer))

    def topmost_shared_with(self, viewer: "Viewer") -> Self:
        """Those of `shared_with` that hang in no other of them."""
        shared = type(self)(self.model).visible_to(viewer).shared_with(viewer)
        return self.shared_with(viewer).exclude(parent__in=shared.values("pk"))

    def topmost_in_trash(self) -> Self:
        """After `in_trash_of`: those that no album around them took along; restoring one brings its own."""
        return self.exclude(parent__trash_step=models.F("trash_step"))

    def taken_by_step(self, step: UUID | None) -> "AlbumQuerySet":
        """Those that one deletion put into the trash; the first by `path` is the one that was deleted."""
        return self.none() if step is None else self.filter(trash_step=step)

    def inside(self, album: "Album") -> Self:
        """Directly inside, not further down."""
        return self.filter(parent=album)

    def below(self, *albums: "Album") -> Self:
        """These albums and all their descendants, by ranges over `path`."""
        ranges = (models.Q(path__gte=album.path, path__lt=album.path + "~") for album in albums)
        return self.filter(reduce(or_, ranges, access.NOTHING))

    def called(self, text: str) -> Self:
        """Those whose folded name holds the folded text."""
        return self.filter(name_sort__contains=fold(text))

    def with_policy(self) -> Self:
        return self.select_related("user", "policy")

    def of_user(self, name_or_id: str) -> Self:
        return self.filter(named_user(name_or_id))

    def shared_with(self, viewer: "Viewer") -> Self:
        """Other people's that this viewer sees by more than their being public."""
        granted = self.filter(access.opened_to(viewer), trashed_at=None).exclude(user=viewer.user_id)
        return granted.exclude(pk__in=type(self)(self.model).filter(access.listed_to_everyone()).values("pk"))

    def matching(self, asked: Mapping[str, Any], viewer: "Viewer") -> Self:
        """Narrowed by the filters of the list: user, privacy, parent (None: the top), shared, search."""
        albums = self
        if "user" in asked:
            albums = albums.of_user(asked["user"])
        if "privacy" in asked:
            albums = albums.filter(privacy_setting=asked["privacy"])
        if "parent" in asked:
            albums = albums.filter(parent__uid=asked["parent"]) if asked["parent"] else albums.at_top()
        if asked.get("shared"):
            albums = albums.shared_with(viewer)
        if "search" in asked:
            albums = albums.called(asked["search"])
        return albums


class AlbumMemberQuerySet(models.QuerySet["AlbumMember"]):
    def of(self, album: "Album") -> Self:
        """Those with a row at this album, whether it counts or not."""
        return self.filter(album=album)

    def of_any(self, albums: Iterable["Album"]) -> Self:
        return self.filter(album__in=[album.pk for album in albums])

    def held_by(self, user: "User") -> Self:
        return self.filter(user=user)

    def counting_in(self, album: "Album") -> Self:
        """Those that its policy lets in now."""
        return self.filter(album=album.policy_id, album__privacy_setting__in=access.SHARING, user__is_active=True)

    def with_people(self) -> Self:
        return self.select_related("user")


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def in_force(self) -> Self:
        """Not expired, and of an album that is shared or public; what is revoked has no row."""
        unexpired = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(unexpired, album__trashed_at=None, album__policy__privacy_setting__in=access.SHARING)

    def of(self, album: "Album") -> Self:
        """Those made for this album, whether they hold or not."""
        return self.filter(album=album)

    def reaching(self, album: "Album") -> Self:
        """Those in force that open it: its own, and those of albums above it with the same policy."""
        return self.in_force().filter(album__policy=album.policy_id, album__in=[album.pk, *album.ancestor_ids])

    def opened_by(self, token: str) -> Self:
        """The one whose secret this is."""
        return self.filter(token_hash=self.model.hash_of(token))
