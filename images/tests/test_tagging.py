"""Tags onto images and off them."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.viewer import NOBODY
from images import tagging
from images.models import Image, ImageTag, SearchDocument, Tag
from images.search.finding import find
from images.search.language import parse
from images.tests.search.making import image, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return person("alice")


def spellings(made):
    return sorted(ImageTag.objects.filter(content_object=made).values_list("spelling", flat=True))


def usage():
    return dict(Tag.objects.values_list("name", "usage_count"))


def code_of(call, *args, **kwargs):
    with pytest.raises(ValidationError) as refused:
        call(*args, **kwargs)
    return refused.value.code


def test_set_replaces(alice):
    made = image(alice, tags=["sea", "sand"])
    tagging.set_tags([made.pk], ["sea", "Rock"], by=alice.user)
    assert spellings(made) == ["Rock", "sea"]
    tagging.set_tags([made.pk], [], by=alice.user)
    assert spellings(made) == []


def test_add_keeps_what_is_there(alice):
    made = image(alice, tags=["Sea"])
    tagging.add_tags([made.pk], ["SEA", "sand", "Sand"], by=alice.user)
    assert spellings(made) == ["Sea", "sand"]


def test_one_tag_whatever_case_or_accents_each_image_with_its_spelling(alice):
    one, other = image(alice, tags=["Été"]), image(alice, tags=["ete"])
    assert Tag.objects.get().name_fold == "ete"
    assert spellings(one) == ["Été"]
    assert spellings(other) == ["ete"]
    tagging.set_tags([other.pk], ["ÉTÉ"], by=alice.user)
    assert spellings(other) == ["ÉTÉ"]
    assert spellings(one) == ["Été"]


def test_remove_takes_any_spelling(alice):
    one, other = image(alice, tags=["Été", "sea"]), image(alice, tags=["ete"])
    tagging.remove_tags([one.pk, other.pk], [" ETE\n", "unknown"], by=alice.user)
    assert spellings(one) == ["sea"]
    assert spellings(other) == []


def test_counts_follow_what_is_listed(alice):
    one, _ = image(alice, tags=["sea", "sand"]), image(alice, tags=["sea"], privacy="private")
    assert usage() == {"sea": 1, "sand": 1}
    tagging.set_tags([one.pk], ["sand", "rock"], by=alice.user)
    assert usage() == {"sea": 0, "sand": 1, "rock": 1}


def test_the_words_follow(alice):
    made = image(alice, tags=["sea"])
    tagging.set_tags([made.pk], ["sand"], by=alice.user)
    assert SearchDocument.objects.get(pk=made.pk).tags == "sand"
    tagging.remove_tags([made.pk], ["sand"], by=alice.user)
    assert find(Image.objects.visible_to(NOBODY), parse("sand"))[:1] == []


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("  New \t York\n", "New York"),
        ("a\0b\x1b", "ab"),
        ("a\u200bb\ufeff", "ab"),
        ("\u202eevil", "evil"),
        ("a, b", "a, b"),
        ("👩‍👧", "👩‍👧"),
        ("می‌خواهم", "می‌خواهم"),
        ("x" * 100, "x" * 100),
        ("++", "++"),
    ],
)
def test_names_are_cleaned(name, clean):
    assert tagging.clean_name(name) == clean


@pytest.mark.parametrize("name", ["", "  ", "\0", "\u200b", "\u200d", "\u0301", "\ud800"])
def test_a_name_that_cannot_be_seen_is_refused(name):
    assert code_of(tagging.clean_name, name) == "blank_tag"


def test_a_name_has_at_most_a_hundred_characters():
    assert code_of(tagging.clean_name, "x" * 101) == "tag_too_long"


@given(st.text(max_size=120))
def test_a_clean_name_stays_as_it_is(name):
    for clean in tagging.usable_keywords([name]):
        assert tagging.clean_name(clean) == clean
        assert 1 <= len(clean) <= 100


def test_one_bad_name_changes_nothing(alice):
    made = image(alice, tags=["sea"])
    assert code_of(tagging.set_tags, [made.pk], ["sand", ""], by=alice.user) == "blank_tag"
    assert spellings(made) == ["sea"]


def test_at_most_a_hundred_tags(alice):
    made = image(alice, tags=[f"t{n}" for n in range(100)])
    assert code_of(tagging.add_tags, [made.pk], ["one more"], by=alice.user) == "too_many_tags"
    assert len(spellings(made)) == 100
    tagging.add_tags([made.pk], ["T99"], by=alice.user)


def test_an_image_that_came_with_more_keywords_can_still_be_edited(alice):
    made = image(alice)
    keywords = tagging.usable_keywords([f"k{n}" for n in range(300)] + ["K1", "", "x" * 101])
    assert len(keywords) == 300
    tagging.add_tags([made.pk], keywords, by=alice.user, most=tagging.MOST_KEYWORDS)
    tagging.set_tags([made.pk], keywords, by=alice.user)
    assert code_of(tagging.set_tags, [made.pk], [*keywords, "more"], by=alice.user) == "too_many_tags"
    tagging.set_tags([made.pk], keywords[:200], by=alice.user)
    assert len(spellings(made)) == 200


def test_usable_keywords_are_bounded():
    assert len(tagging.usable_keywords(f"k{n}" for n in range(1000))) == tagging.MOST_KEYWORDS


def test_slugs_are_unique_in_any_script(alice):
    image(alice, tags=["写真", "C++", "C", "c#", "🌅", "🌊", "été", "x" * 100, "x" * 99 + "!"])
    slugs = dict(Tag.objects.values_list("name", "slug"))
    assert slugs["写真"] == "写真"
    assert slugs["C++"] == "c"
    assert slugs["été"] == "ete"
    assert slugs["🌅"] == "tag"
    assert len(set(slugs.values())) == len(slugs) == 9
    assert all(0 < len(slug) <= 100 for slug in slugs.values())
    image(alice, tags=["c!"])
    assert Tag.objects.get(name="c!").slug.startswith("c-")


def test_only_the_owner_tags(alice):
    bob = person("bob")
    one, other = image(alice, tags=["sea"]), image(bob)
    for deed in (tagging.set_tags, tagging.add_tags, tagging.remove_tags):
        with pytest.raises(PermissionDenied):
            deed([one.pk, other.pk], ["sea"], by=bob.user)
    assert spellings(one) == ["sea"]
    assert spellings(other) == []


@pytest.mark.parametrize("deed", [tagging.set_tags, tagging.add_tags, tagging.remove_tags])
def test_the_number_of_queries_does_not_grow_with_the_images(alice, deed):
    pks = [image(alice, tags=["old", "b"]).pk for _ in range(30)]
    counts = []
    for part in (pks[:2], pks[2:]):
        with CaptureQueriesContext(connection) as queries:
            deed(part, ["a", "b", "c", "d"], by=alice.user)
        counts.append(len(queries))
        Tag.objects.filter(uses=None).delete()
    assert counts[1] <= counts[0]
