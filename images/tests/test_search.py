"""What a search finds, for whom, in which order, how it is counted and what it marks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.viewer import NOBODY
from images.models import Image, ImageTag, SearchDocument
from images.search import finding
from images.search.finding import find
from images.search.highlighting import ELLIPSIS, SNIPPET, highlights, pieces
from images.search.language import QueryError, parse
from images.search.words import write_documents
from images.tests.search.making import image, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice():
    return person("alice")


@pytest.fixture
def bob():
    return person("bob")


def found(query, viewer=NOBODY, images=Image.objects):
    hits = find(images.visible_to(viewer), parse(query))
    ids = [hit.key for hit in hits[:100]]
    assert hits.count == len(ids)
    return ids


def test_words_phrases_and_what_is_left_out(alice):
    red = image(alice, title="The red sea at dawn").pk
    reversed_ = image(alice, title="Sea, red with algae").pk
    blue = image(alice, title="Blue seas").pk
    assert found("sea") == [blue, reversed_, red]
    assert found("red SEA") == [reversed_, red]
    assert found('"red sea"') == [red]
    assert found("sea -red") == [blue]
    assert found('sea -"red sea"') == [blue, reversed_]
    assert found("-red") == [blue]
    assert found("-dawn -blue") == [reversed_]
    assert found("") == [blue, reversed_, red]
    assert found("sea desert") == []
    assert found("nothing -sea") == []


def test_words_may_stand_in_different_fields(alice):
    pk = image(alice, title="Dawn", tags=["Sea"], description="with Bob", make="Canon", lens="RF 50mm").pk
    assert found("dawn sea bob canon 50mm") == [pk]
    assert found('"dawn sea"') == []


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("Fête à Zürich", "FETE zurich"),
        ("Running mountains", "run mountain"),
        ("東京の写真", "写真"),
        ("東京の写真", "東京"),
        ("서울 사진", "사진"),
        ("Москва", "москва"),
        ("sun🌅", "🌅"),
        ("C++ / 3:4", "3:4"),
        ("Bob's", "bob"),
        ("a AND b NOT c", "and not"),
        ("NEAR(x)", "NEAR"),
    ],
)
def test_any_script_is_found(alice, title, query):
    pk = image(alice, title=title).pk
    image(alice, title="something else")
    assert found(query) == [pk]


def test_ideographs_are_found_in_their_order_only(alice):
    image(alice, title="真写")
    assert found("写真") == []


def test_no_phrase_reaches_from_one_tag_to_the_next(alice):
    pk = image(alice, tags=["red", "sea"]).pk
    assert found("red sea") == [pk]
    assert found('"red sea"') == []


def test_the_original_filename_tells_nothing(alice):
    pk = image(alice).pk
    Image.objects.filter(pk=pk).update(original_filename="secret.jpg")
    write_documents([pk])
    assert found("secret") == []


def test_only_what_the_viewer_sees(alice, bob):
    private = image(alice, title="sea", privacy="private").pk
    public = image(bob, title="sea").pk
    assert found("sea") == [public]
    assert found("sea", bob) == [public]
    assert found("sea", alice) == [public, private]
    assert found("-desert", bob) == [public]
    assert find(Image.objects.visible_to(bob), parse("sea")).count == 1


def test_filters_narrow_what_is_found(alice):
    tagged = image(alice, title="sea", tags=["x"]).pk
    image(alice, title="sea")
    assert found("sea", images=Image.objects.tagged(["X"])) == [tagged]


def test_tiers_title_then_tags_then_camera_then_description_newest_first(alice):
    title_old = image(alice, title="leica").pk
    description = image(alice, description="leica").pk
    camera = image(alice, make="Leica").pk
    tag = image(alice, tags=["Leica"], description="leica").pk
    title_new = image(alice, title="leica", tags=["leica"], description="leica").pk
    assert found("leica") == [title_new, title_old, tag, camera, description]
    hits = find(Image.objects.visible_to(NOBODY), parse("leica"))[:10]
    assert [hit.tier for hit in hits] == [0, 0, 1, 2, 3]
    scores = [hit.value for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


def test_the_tier_is_that_of_the_word_found_farthest_down(alice):
    both_in_tags = image(alice, tags=["red", "sea"]).pk
    title_and_tag = image(alice, title="red", tags=["sea"]).pk
    title_and_description = image(alice, title="red", description="sea").pk
    assert found("red sea") == [title_and_tag, both_in_tags, title_and_description]


def test_a_score_does_not_depend_on_what_others_have(alice, bob):
    image(alice, title="sea")
    before = find(Image.objects.visible_to(NOBODY), parse("sea"))[:1]
    for _ in range(3):
        image(bob, title="sea", privacy="private")
    assert find(Image.objects.visible_to(NOBODY), parse("sea"))[:1] == before


def test_slices_and_walks_give_the_same_order(alice):
    for n in range(4):
        image(alice, title="sea" if n % 2 else "", tags=["sea"], description="sea")
        image(alice, description="sea")
    hits = find(Image.objects.visible_to(NOBODY), parse("sea"))
    whole = hits[:100]
    assert len(whole) == 8
    assert [hit for start in range(0, 9, 3) for hit in hits[start : start + 3]] == whole
    walked, last = [], None
    while len(walked) <= len(whole) and (page := hits.after(last, 3)):
        walked += page
        last = page[-1].tier, page[-1].key
        image(alice, title="sea")  # what is uploaded meanwhile moves nothing
    assert walked == whole


def test_a_count_is_exact_up_to_its_limit(alice, monkeypatch):
    monkeypatch.setattr(finding, "COUNTED", 2)
    for expected in ((1, True), (2, True), (2, False)):
        image(alice, title="sea")
        hits = find(Image.objects.visible_to(NOBODY), parse("sea"))
        assert (hits.count, hits.count_is_exact) == expected


def test_a_page_takes_a_query_for_each_tier(alice):
    for _ in range(3):
        image(alice, title="sea", description="sea")
    hits = find(Image.objects.visible_to(NOBODY), parse("sea"))
    with CaptureQueriesContext(connection) as one_tier:
        assert len(hits[:3]) == 3
    with CaptureQueriesContext(connection) as all_tiers:
        assert len(hits[:4]) == 3
    assert (len(one_tier), len(all_tiers)) == (1, 4)


def test_the_index_drives_and_is_asked_once(alice):
    plan = find(Image.objects.visible_to(alice), parse("sea -sand"))._all.explain()
    first, second = plan.splitlines()[:2]
    assert "SCAN images_search VIRTUAL TABLE" in first
    assert "SEARCH images_image USING INTEGER PRIMARY KEY" in second
    assert "TEMP B-TREE" not in plan


def test_the_index_follows_the_documents(alice):
    pk = image(alice, title="sea").pk
    Image.objects.filter(pk=pk).update(title="sand")
    write_documents([pk])
    assert found("sea") == []
    assert found("sand") == [pk]
    SearchDocument.objects.filter(pk=pk).delete()
    assert found("sand") == []
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO images_search (images_search, rank) VALUES ('integrity-check', 1)")


def test_documents_are_written_by_a_fixed_number_of_queries(alice):
    pks = [image(alice, title=f"sea {n}", tags=["x", "y"]).pk for n in range(30)]
    ImageTag.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        write_documents(pks)
    assert len(queries) == 3
    assert found("x") == []
    assert len(found("sea")) == 30
    write_documents([])


def test_a_purged_image_leaves_no_word(alice):
    made = image(alice, title="sea")
    made.delete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM images_search WHERE images_search MATCH 'sea'")
        assert cursor.fetchone() == (0,)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=60) | st.text(alphabet='ab"-()*:^{}+ANDORNEAR \0\ue000\u3042', max_size=40))
def test_no_query_is_an_error_of_the_database(alice, text):
    try:
        tree = parse(text)
    except QueryError:
        return
    assert find(Image.objects.visible_to(alice), tree)[:10] == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)
@given(st.text(min_size=1, max_size=40))
def test_every_title_is_found_by_itself(alice, text):
    pk = image(alice, title=text).pk
    quoted = "".join(" " if c in '"“”„' else c for c in text)
    try:
        tree = parse(f'"{quoted}"')
    except QueryError:
        tree = parse("")
    assert pk in [hit.key for hit in find(Image.objects.filter(pk=pk), tree)[:1]]


# --- highlights ---------------------------------------------------------------------------------------------------


def test_highlights_mark_the_words_in_the_texts_as_they_were_written(alice):
    pk = image(
        alice, title="<b>Mers</b> & Été's", tags=["Sea", "été"], description="no match", make="Canon", model="Canon R5"
    ).pk
    with CaptureQueriesContext(connection) as queries:
        marked = highlights([pk], parse("ete canon -sea"))
    assert len(queries) == 2
    assert marked == {
        pk: {
            "title": [[("<b>Mers</b> & ", False), ("Été", True), ("'s", False)]],
            "tags": [[("été", True)]],
            "camera": [[("Canon", True), (" R5", False)]],
        }
    }


def test_nothing_to_mark(alice):
    pk = image(alice, title="sand").pk
    assert highlights([pk], parse("-sea")) == {pk: {}}


def test_a_phrase_is_marked_whole_and_only_as_a_phrase():
    assert pieces("sea, red sea", [("red", "sea")]) == [("sea, ", False), ("red sea", True)]
    assert pieces("写真", [("写",), ("真",)]) == [("写真", True)]
    assert pieces("古い写真です", [("写", "真")]) == [("古い", False), ("写真", True), ("です", False)]


def test_a_long_text_is_cut_around_the_first_match():
    text = "before " * 100 + "sea " + "after " * 100
    cut = pieces(text, [("sea",)])
    assert cut[0] == cut[-1] == (ELLIPSIS, False)
    assert ("sea", True) in cut
    shown = "".join(piece.text for piece in cut[1:-1])
    assert shown in text
    assert len(shown) <= SNIPPET
    assert shown.startswith("before ")


@given(st.text(max_size=600), st.lists(st.sampled_from(["a", "b", "0", "é", "写"]), min_size=1, max_size=2))
def test_pieces_make_the_text_whole_again(text, phrase):
    cut = pieces(text, [tuple(phrase)])
    shown = "".join(piece.text for piece in cut)
    assert shown.strip(ELLIPSIS) in text
    if cut:
        assert any(piece.matched for piece in cut)
        if len(text) <= SNIPPET:
            assert shown == text
