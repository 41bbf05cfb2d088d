"""What a query means, and what is refused with a hint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.search.language import LONGEST_QUERY, MOST_TERMS, All, Not, Phrase, QueryError, parse


def p(*words):
    return Phrase(words)


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", ()),
        ("  ", ()),
        ("sea", (p("sea"),)),
        ("Mountains  sea", (p("mountain"), p("sea"))),
        ("sea sea", (p("sea"),)),
        ("-sea", (Not(p("sea")),)),
        ("sand -sea", (p("sand"), Not(p("sea")))),
        ('"red sea"', (p("red", "sea"),)),
        ('"red sea"gull', (p("red", "sea"), p("gull"))),
        ("“red sea”", (p("red", "sea"),)),
        ('-"red sea" sand', (Not(p("red", "sea")), p("sand"))),
        ("sea & sand - rock", (p("sea"), p("sand"), p("rock"))),
        ("New-York", (p("new", "york"),)),
        ("写真", (p("写", "真"),)),
        ("3:4", (p("3", "4"),)),
        ("http://x", (p("http", "x"),)),
        ("Title: sea", (p("titl"), p("sea"))),
        ("title:", (p("titl"),)),
        ('"title:sea"', (p("titl", "sea"),)),
        ('15" screen', (p("15"), p("screen"))),
        ('sea ""', (p("sea"),)),
        ("sea (2021)", (p("sea"), p("2021"))),
        ("sea or sand", (p("sea"), p("or"), p("sand"))),
        ('"OR"', (p("or"),)),
        ("*sun", (p("sun"),)),
        ("--sea", (Not(p("sea")),)),
    ],
)
def test_meaning(text, nodes):
    assert parse(text) == All(nodes)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ('sea "red', 4),
        ('"', 0),
        ('-"red', 1),
        ("sea !!!", None),
        ("!!!", 0),
        ('""', 0),
        ("sand iso:800", 5),
        ("-Tag:x", 1),
        ("(tag:x", 0),
        ("a OR b", 2),
        ("sand sun*", 8),
        ("-(a b)", 1),
        ("a" * (LONGEST_QUERY + 1), LONGEST_QUERY),
        (" ".join(f"w{n}" for n in range(MOST_TERMS + 1)), len(" ".join(f"w{n}" for n in range(MOST_TERMS))) + 1),
    ],
)
def test_refused_with_position_and_hint(text, position):
    if position is None:
        assert parse(text).nodes
        return
    with pytest.raises(QueryError) as refused:
        parse(text)
    assert refused.value.position == position
    assert refused.value.detail
    assert refused.value.hint


def test_most_terms_are_taken():
    assert len(parse(" ".join(f"w{n}" for n in range(MOST_TERMS))).nodes) == MOST_TERMS


@given(st.text() | st.text(alphabet='ab"-()*:OR “”\0\n', max_size=40))
def test_any_text_is_a_tree_or_a_query_error(text):
    tree: All | None = None
    position = 0
    try:
        tree = parse(text)
    except QueryError as error:
        position = error.position
    assert 0 <= position <= len(text)
    if tree is None:
        return
    assert set(tree.wanted) | {Not(node) for node in tree.unwanted} == set(tree.nodes)
    assert all(node.words and all(node.words) for node in (*tree.wanted, *tree.unwanted))
