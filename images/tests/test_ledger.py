"""The flag and the counts that follow from the rows, and the rule of who sees what, after any sequence of deeds."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts import suspension
from accounts.models import User
from accounts.viewer import NOBODY
from albums import sharing, tree
from albums.models import Album, AlbumMember, ShareLink
from images import album_changes, editing, ledger, moderation, placing, reporting, tagging, trash
from images.models import AlbumImage, Image, Tag
from images.tests.rows import image_row
from tests import plain_access
from tests.plain_access import Asker, Reading

TAGS = ("sea", "Sea", "summer", "été")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
WHICH = st.integers(0, 10**6)  # one of what is there, whatever its number
PRIVACIES = st.sampled_from(["inherit", "private", "public"])
ALBUM_PRIVACIES = st.sampled_from(["inherit", "inherit", "private", "shared", "public"])


def check() -> None:
    """`recount --check` finds no difference."""
    trouble = io.StringIO()
    try:
        call_command("recount", check=True, stdout=io.StringIO(), stderr=trouble)
    except CommandError as failure:
        raise AssertionError(trouble.getvalue()) from failure


def assert_sight_is_the_rule(users: list[User]) -> None:
    """What everyone sees, and what is counted of it, is what docs/access.md says, read by plain loops."""
    reading = Reading()
    for album in reading.albums.values():
        assert album.policy_id == reading.policy(album).pk
        assert album.path.endswith(tree.path_segment(album.pk))
        assert album.path.startswith(reading.albums[album.parent_id].path if album.parent_id else album.path)
    links = frozenset(reading.links)
    for who in [plain_access.NOBODY, Asker(links=links), *(_asker(user) for user in users)]:
        seen = {pk for pk, image in reading.images.items() if reading.sees_image(who, image)}
        seen_albums = {pk for pk, album in reading.albums.items() if reading.sees_album(who, album)}
        assert set(Album.objects.visible_to(who.viewer).values_list("pk", flat=True)) == seen_albums
        assert set(Image.objects.visible_to(who.viewer).values_list("pk", flat=True)) == seen
    listed = {pk for pk, image in reading.images.items() if reading.is_listed(image)}
    for tag, count in Tag.objects.values_list("pk", "usage_count"):
        assert count == sum(used == tag and image in listed for used, image in reading.uses)
    for album in reading.albums.values():
        assert album.listed_count == sum(held == album.pk and image in listed for held, image, _ in reading.places)


def _asker(user: User) -> Asker:
    return Asker(user=user.pk, moderates=user.is_moderator)


def expect(refusal: tree.TreeError | sharing.SharingError, *codes: str) -> None:
    assert refusal.code in codes


# --- Any sequence of deeds ----------------------------------------------------------------------------------------


class Gallery(RuleBasedStateMachine):
    """Two people with albums, images and tags, a moderator, and everything they can do to them."""

    def __init__(self) -> None:
        super().__init__()
        self.start = transaction.savepoint()
        self.users: list[User] = []
        self.moderator: User | None = None

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.start)

    @initialize()
    def people(self) -> None:
        self.users = [User.objects.create_user(name, f"{name}@example.com") for name in ("ann", "ben")]
        self.moderator = User.objects.create_user("mia", "mia@example.com", is_staff=True, is_superuser=True)
        for user in self.users:
            image_row(user, album=tree.plant(owner=user, name="first", privacy_setting="shared"))

    # what is there ---

    def one(self, things: Any, which: int) -> Any:
        found = list(things.order_by("pk"))
        return found[which % len(found)] if found else None

    def image(self, which: int, **kind: Any) -> Image | None:
        return self.one(Image.objects.filter(user__in=self.users, **kind), which)

    def album(self, which: int, **kind: Any) -> Album | None:
        return self.one(Album.objects.filter(user__in=self.users, trashed_at=None, **kind), which)

    # deeds ---

    @rule(
        who=st.integers(0, 1),
        where=WHICH,
        privacy=PRIVACIES,
        tags=st.lists(st.sampled_from(TAGS), max_size=3),
    )
    def upload(self, who: int, where: int, privacy: str, tags: list[str]) -> None:
        user = self.users[who]
        image_row(user, album=self.album(where, user=user), tags=tags, privacy_setting=privacy)

    @rule(who=st.integers(0, 1), where=WHICH, privacy=ALBUM_PRIVACIES)
    def plant(self, who: int, where: int, privacy: str) -> None:
        user = self.users[who]
        parent = self.album(where, user=user)
        try:
            tree.plant(owner=user, name="a", parent=parent, privacy_setting=privacy)
        except tree.TreeError as refusal:
            expect(refusal, "too_deep" if parent else "inherit_at_top")

    @rule(which=WHICH, privacy=ALBUM_PRIVACIES)
    def set_album_privacy(self, which: int, privacy: str) -> None:
        if album := self.album(which):
            try:
                album_changes.edit_album(album, {"privacy_setting": privacy})
            except tree.TreeError as refusal:
                expect(refusal, "inherit_at_top")

    @rule(which=WHICH, where=WHICH, to_top=st.booleans())
    def move_album(self, which: int, where: int, to_top: bool) -> None:
        if album := self.album(which):
            parent = None if to_top else self.album(where, user=album.user_id)
            try:
                album_changes.edit_album(album, {"parent": parent})
            except tree.TreeError as refusal:
                expect(refusal, "cycle", "too_deep")

    @rule(which=WHICH, mode=st.sampled_from(["keep", "orphans", "all"]))
    def trash_album(self, which: int, mode: str) -> None:
        if album := self.album(which):
            album_changes.trash_album(album, images=mode)

    @rule(which=WHICH)
    def restore_album(self, which: int) -> None:
        trashed = Album.objects.filter(user__in=self.users, trashed_at__isnull=False)
        if album := self.one(trashed, which):
            album_changes.restore_album(album)

    @rule(which=WHICH, where=WHICH, position=st.none() | st.integers(0, 3))
    def place(self, which: int, where: int, position: int | None) -> None:
        """Into anybody's album: what is not its owner's own is not published by it."""
        image, album = self.image(which, trashed_at=None), self.album(where)
        if image and album:
            placing.add([image.pk], to=album, by=image.user, position=position)

    @rule(which=WHICH, where=WHICH)
    def unplace(self, which: int, where: int) -> None:
        image, album = self.image(which), self.album(where)
        if image and album:
            placing.remove([image.pk], out_of=[album])

    @rule(
        which=WHICH,
        privacy=PRIVACIES,
        tags=st.lists(st.sampled_from(TAGS), max_size=3),
        where=WHICH,
    )
    def edit(self, which: int, privacy: str, tags: list[str], where: int) -> None:
        if image := self.image(which, trashed_at=None):
            album = self.album(where, user=image.user_id)
            changes = {"privacy_setting": privacy, "tags": tags, "albums": [album] if album else []}
            editing.edit(image, by=image.user, changes=changes)

    @rule(which=WHICH, tag=st.sampled_from(TAGS), off=st.booleans())
    def retag(self, which: int, tag: str, off: bool) -> None:
        if image := self.image(which, trashed_at=None):
            deed = tagging.remove_tags if off else tagging.add_tags
            deed([image.pk], [tag], by=image.user)

    @rule(which=WHICH)
    def trash_image(self, which: int) -> None:
        if image := self.image(which):
            trash.trash([image.pk])

    @rule(which=WHICH)
    def restore_image(self, which: int) -> None:
        if image := self.image(which, trashed_at__isnull=False):
            trash.restore([image.pk])

    @rule(which=WHICH)
    def purge(self, which: int) -> None:
        if image := self.image(which):
            trash.purge([image.pk])
            assert not Image.objects.filter(pk=image.pk).exists()

    @rule(which=WHICH, who=st.integers(0, 1), role=st.sampled_from(["viewer", "contributor"]))
    def let_in(self, which: int, who: int, role: str) -> None:
        if album := self.album(which):
            try:
                sharing.let_in(self.users[who], into=album, by=album.user, role=role)
            except sharing.SharingError as refusal:
                expect(refusal, "owner", "inherits", "private")

    @rule(which=WHICH)
    def let_go(self, which: int) -> None:
        if member := self.one(AlbumMember.objects.select_related("user", "album"), which):
            sharing.let_go(member.user, out_of=member.album, by=member.album.user)

    @rule(which=WHICH)
    def make_link(self, which: int) -> None:
        if album := self.album(which):
            try:
                sharing.make_link(album, by=album.user)
            except sharing.SharingError as refusal:
                expect(refusal, "private")

    @rule(which=WHICH)
    def revoke_link(self, which: int) -> None:
        if link := self.one(ShareLink.objects.select_related("album"), which):
            sharing.revoke_link(link, by=link.album.user)

    @rule(which=WHICH, album=st.booleans())
    def report(self, which: int, album: bool) -> None:
        if thing := self.album(which) if album else self.image(which, trashed_at=None):
            reporting.report(thing, by=NOBODY, address="192.0.2.1", reason="spam")

    @rule(
        which=WHICH,
        album=st.booleans(),
        deed=st.sampled_from([moderation.hide, moderation.hide, moderation.unhide, moderation.dismiss_reports]),
    )
    def decide(self, which: int, album: bool, deed: Callable[..., int]) -> None:
        if thing := self.album(which) if album else self.image(which):
            deed([thing], by=self.moderator, reason="because")

    @rule(who=st.integers(0, 1), deed=st.sampled_from([suspension.suspend, suspension.unsuspend]))
    def suspend(self, who: int, deed: Callable[..., int]) -> None:
        deed([self.users[who]], by=self.moderator, reason="because")

    # what always holds ---

    @invariant()
    def the_books_balance(self) -> None:
        check()

    @invariant()
    def sight_is_the_rule(self) -> None:
        assert_sight_is_the_rule([*self.users, self.moderator])


@pytest.mark.django_db
def test_any_sequence_of_deeds() -> None:
    run_state_machine_as_test(
        Gallery, settings=settings(max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=SLOW)
    )


# --- What each deed is about, told apart ----------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "deed",
    [
        lambda image, album: editing.edit(
            image, by=image.user, changes={"privacy_setting": "public", "tags": ["a", "b"], "albums": [album]}
        ),
        lambda image, album: tagging.set_tags([image.pk], ["c"], by=image.user),
        lambda image, album: album_changes.trash_album(album, images="all"),
        lambda image, album: trash.purge([image.pk]),
    ],
)
def test_a_deed_inside_a_deed_is_booked_once(alice: User, deed: Callable[[Image, Album], object]) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    image = image_row(alice, album=album, tags=["a"])
    check()
    deed(image, album)
    check()


@pytest.mark.django_db
def test_nothing_is_published_by_somebody_elses_album(alice: User, carol: User) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    for privacy in ("inherit", "private", "public"):
        placing.add([image_row(carol, privacy_setting=privacy, title=privacy).pk], to=album, by=carol)
    assert [image.title for image in Image.objects.visible_to(NOBODY)] == ["public"]
    assert_sight_is_the_rule([alice, carol])
    check()


@pytest.mark.django_db
def test_what_fails_inside_leaves_the_books_as_they_were(alice: User) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    image = image_row(alice, tags=["a"])

    def fail() -> None:
        with ledger.balanced([image.pk]):
            placing.add([image.pk], to=album, by=alice)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    check()
    assert not AlbumImage.objects.exists()
    placing.add([image.pk], to=album, by=alice)  # the balance that broke is not still open
    check()
    album.refresh_from_db()
    assert (album.image_count, album.listed_count) == (1, 1)
