"""Full text on SQLite: the FTS5 index over the search documents (migration 0002 makes it), and trees as MATCH."""

import json
from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from images.models import SearchDocument
from images.search.language import All, Node, Not, Phrase

INDEX = "images_search"


def store(documents: Iterable[SearchDocument]) -> None:
    """Insert or replace documents, any number by one statement; the triggers bring the index along."""
    rows = [[d.image_id, d.title, d.tags, d.camera, d.description] for d in documents]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO images_searchdocument (image_id, title, tags, camera, description) "
            "SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(%s) WHERE true "
            "ON CONFLICT (image_id) DO UPDATE SET title = excluded.title, tags = excluded.tags, "
            "camera = excluded.camera, description = excluded.description",
            [json.dumps(rows)],
        )


def matching(images: QuerySet, match: str) -> QuerySet:
    """Those of `images` that the MATCH expression finds, newest first, read from the index in that order.

    The plus keeps the planner from asking the index once for each image.
    """
    return images.extra(
        tables=[INDEX],
        where=[f"{INDEX} MATCH %s", f"images_image.id = +{INDEX}.rowid"],
        params=[match],
    ).order_by(RawSQL(f"{INDEX}.rowid", ()).desc())


def not_matching(images: QuerySet, match: str) -> QuerySet:
    return images.exclude(pk__in=RawSQL(f"SELECT rowid FROM {INDEX} WHERE {INDEX} MATCH %s", (match,))).order_by("-pk")


def expression(node: Node) -> str:
    """The MATCH expression of a tree with at least one wanted word. Words are quoted: no input becomes syntax."""
    match node:
        case Phrase(words):
            return '"' + " ".join(words) + '"'
        case All():
            wanted = " AND ".join(f"({expression(each)})" for each in node.wanted)
            return without(wanted, node.unwanted)
        case Not():
            raise ValueError("Nothing but words to leave out: ask what they match, and take that away.")


def any_of(nodes: Iterable[Node]) -> str:
    return " OR ".join(f"({expression(node)})" for node in nodes)


def without(match: str, unwanted: Iterable[Node]) -> str:
    for node in unwanted:
        match = f"({match}) NOT ({expression(node)})"
    return match


def within(columns: Iterable[str], match: str) -> str:
    """The expression, every word of it to be found in one of these columns."""
    return f"{{{' '.join(columns)}}} : ({match})"
