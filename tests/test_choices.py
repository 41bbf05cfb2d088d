"""Who chooses what is none of the choices is told what they are: on every route, in one way."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from gallery_site.serializers import LONGEST_SAID, ChoiceField
from images import shapes
from images.tests.rows import image_row

OWN = ("gallery_site.", "accounts.", "albums.", "images.")
ANSWERS = (shapes.__name__, "gallery_site.errors")  # nobody sends these


def read_by_us(kind: type[serializers.Serializer] = serializers.Serializer) -> Iterator[type[serializers.Serializer]]:
    """Every serializer of ours that reads what is sent."""
    for each in kind.__subclasses__():
        if each.__module__.startswith(OWN) and each.__module__ not in ANSWERS:
            yield each
        yield from read_by_us(each)


def test_no_serializer_has_another_choice() -> None:
    from gallery_site import api_urls

    assert api_urls.urlpatterns  # all rooms are open
    choices = {
        (each.__name__, name): isinstance(field, ChoiceField)
        for each in read_by_us()
        if not issubclass(each, serializers.ModelSerializer)
        for name, field in each._declared_fields.items()
        if isinstance(field, serializers.ChoiceField)
    }
    assert len(choices) >= 20
    assert [name for name, is_ours in choices.items() if not is_ours] == []


ROUTES: list[tuple[str, str, dict[str, Any], str, str]] = [
    ("get", "/api/images/{image}/download", {"format": "bmp"}, "format", '"bmp" is none of jpeg, webp, avif, png.'),
    ("get", "/api/images/{image}/download", {"fit": "fill"}, "fit", '"fill" is none of contain, cover.'),
    (
        "post",
        "/api/images/{image}/edits",
        {"operation": "rotate", "angle": 45},
        "angle",
        "45 is none of 90, 180, 270.",
    ),
    (
        "post",
        "/api/images/{image}/edits",
        {"operation": "flip", "axis": "x"},
        "axis",
        '"x" is none of horizontal, vertical.',
    ),
    ("post", "/api/images/{image}/edits", {"operation": "blur"}, "operation", '"blur" is none of rotate, flip, crop.'),
    (
        "patch",
        "/api/images/{image}",
        {"privacy_setting": "shared"},
        "privacy_setting",
        '"shared" is none of inherit, private, public.',
    ),
    (
        "patch",
        "/api/albums/{album}",
        {"watermark": {"kind": "film"}},
        "watermark.kind",
        '"film" is none of text, image, none.',
    ),
    (
        "patch",
        "/api/albums/{album}",
        {"watermark": {"kind": "text", "text": "x", "position": "aside"}},
        "watermark.position",
        '"aside" is none of top_left, top, top_right, left, center, right, bottom_left, bottom, bottom_right, tiled.',
    ),
    (
        "post",
        "/api/albums/{album}/members",
        {"username": "bob", "role": "owner"},
        "role",
        '"owner" is none of viewer, contributor.',
    ),
    (
        "patch",
        "/api/auth/user",
        {"preferences": {"theme": "pink"}},
        "preferences.theme",
        '"pink" is none of auto, light, dark.',
    ),
    ("get", "/api/images", {"privacy": "secret"}, "privacy", '"secret" is none of inherit, private, public.'),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path", "sent", "attr", "detail"), ROUTES, ids=[detail for *_, detail in ROUTES])
def test_the_choices_are_told(
    as_alice: APIClient, alice: User, method: str, path: str, sent: dict[str, Any], attr: str, detail: str
) -> None:
    path = path.format(image=image_row(alice).uid, album=tree.plant(owner=alice, name="Trip").uid)
    answer = getattr(as_alice, method)(path, sent, **({} if method == "get" else {"format": "json"}))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"code": "invalid_choice", "detail": detail, "attr": attr}]


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("ü", '"ü"'),
        ("", '""'),
        (True, "true"),
        (["a"], '["a"]'),
        ({"a": None}, '{"a": null}'),
        ("x" * 1_000_000, '"' + "x" * (LONGEST_SAID - 1) + "…"),
    ],
)
def test_what_was_said_is_said_again_but_not_at_length(sent: Any, said: str) -> None:
    with pytest.raises(serializers.ValidationError) as refused:
        ChoiceField(["a", 2]).run_validation(sent)
    assert refused.value.detail == [f"{said} is none of a, 2."]
    assert ChoiceField(["a", 2]).run_validation("2") == 2
