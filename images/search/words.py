"""The words of an image: the texts they come from, and the document that the full-text index reads."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from images.models import Image, ImageTag, SearchDocument
from images.search import sqlite
from images.search.tokens import BREAK, words

FIELDS = ("title", "tags", "camera", "description")  # the order of the tiers


@dataclass(frozen=True, slots=True)
class Texts:
    """What an image is found by, as people wrote it: each field with its separate texts (one for each tag).

    All of it is shown to everyone who sees the image; the original filename, which is not, is no part of it.
    """

    title: tuple[str, ...]
    tags: tuple[str, ...]
    camera: tuple[str, ...]
    description: tuple[str, ...]


def texts_of(image_ids: Collection[int]) -> dict[int, Texts]:
    """The texts of these images, by two queries."""
    tags: defaultdict[int, list[str]] = defaultdict(list)
    uses = ImageTag.objects.filter(content_object__in=image_ids).order_by("content_object", "pk")
    for image_id, spelling in uses.values_list("content_object", "spelling"):
        tags[image_id].append(spelling)
    rows = Image.objects.filter(pk__in=image_ids).values_list(
        "pk", "title", "description", "metadata__camera_make", "metadata__camera_model", "metadata__lens_model"
    )
    return {
        pk: Texts(
            title=_present(title),
            tags=tuple(tags[pk]),
            camera=_present(_camera(make or "", model or ""), lens),
            description=_present(description),
        )
        for pk, title, description, make, model, lens in rows
    }


def write_documents(image_ids: Collection[int]) -> None:
    """Make the search documents of these images what their texts say now, by three queries.

    A deed that changes a title, a description, tags or metadata calls it in its own transaction.
    """
    documents = [
        SearchDocument(image_id=pk, **{field: _indexed(getattr(texts, field)) for field in FIELDS})
        for pk, texts in texts_of(image_ids).items()
    ]
    if not documents:
        return
    if connection.vendor == "sqlite":
        sqlite.store(documents)
    else:
        SearchDocument.objects.bulk_create(
            documents, update_conflicts=True, unique_fields=["image"], update_fields=list(FIELDS)
        )


def _present(*texts: str | None) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _camera(make: str, model: str) -> str:
    """Make and model as one name; many cameras repeat the make in the model ("Canon", "Canon EOS R5")."""
    return model if model.casefold().startswith(make.casefold()) else f"{make} {model}".strip()


def _indexed(texts: tuple[str, ...]) -> str:
    return f" {BREAK} ".join(" ".join(words(text)) for text in texts)
