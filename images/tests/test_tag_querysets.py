"""Which tags a viewer learns of, how often they count for him, and in which order."""

import pytest

from accounts.viewer import NOBODY
from images import trash
from images.models import Tag
from images.tests.search.making import image, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return person("alice")


@pytest.fixture
def bob():
    return person("bob")


def seen(viewer, tags=Tag.objects):
    return list(tags.counted_for(viewer).values_list("name", "count_seen"))


def test_counts_are_the_listed_uses_and_ones_own(alice, bob):
    image(alice, tags=["sea", "sand"])
    image(bob, tags=["sea"])
    image(bob, tags=["sea", "secret"], privacy="private")
    image(bob, tags=["sand"], privacy="private")
    image(bob, tags=["sand"], privacy="private")
    assert seen(NOBODY) == seen(alice) == [("sea", 2), ("sand", 1)]
    assert seen(bob) == [("sand", 3), ("sea", 3), ("secret", 1)]


def test_what_is_in_the_trash_does_not_count(alice):
    made = image(alice, tags=["sea"], privacy="private")
    other = image(alice, tags=["sand"])
    trash.trash([made.pk, other.pk])
    assert seen(alice) == []
    assert seen(NOBODY) == []


def test_starting_with_folds(alice):
    image(alice, tags=["Éte", "etude", "Zoo", "100%", "写真"])
    expected = {"et": {"Éte", "etude"}, "ÉTE": {"Éte"}, "写": {"写真"}, "%": set(), "100%": {"100%"}}
    for prefix, names in expected.items():
        assert {name for name, _ in seen(alice, Tag.objects.starting_with(prefix))} == names
    assert len(seen(alice, Tag.objects.starting_with(" "))) == 5


def test_named(alice):
    image(alice, tags=["Été"])
    assert Tag.objects.named("ETE").get().name == "Été"


def test_it_can_be_counted_and_cut(alice):
    image(alice, tags=["a", "b", "c"], privacy="private")
    tags = Tag.objects.counted_for(alice)
    assert tags.count() == 3
    assert [tag.count_seen for tag in tags[:2]] == [1, 1]


def test_a_prefix_is_a_range_of_the_index():
    plan = Tag.objects.starting_with("se").order_by().explain()
    assert "USING INDEX" in plan
    assert "name_fold>? AND name_fold<?" in plan


def test_the_list_of_everybody_comes_from_its_index():
    plan = Tag.objects.counted_for(NOBODY)[:50].explain()
    assert "tag_usage" in plan
    assert "TEMP B-TREE" not in plan


def test_ones_own_are_counted_by_one_pass_over_ones_images(alice):
    plan = Tag.objects.counted_for(alice)[:50].explain()
    assert "MATERIALIZE own" in plan
    assert "image_own" in plan
