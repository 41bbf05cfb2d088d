"""`docs/schema.md`: every column of the plan has a place, and the models have it."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models

# What the plan asks of the data, table by table: names, in its order.
PLAN = {
    "users": "id username email password_hash created_at total_images storage_used is_verified",
    "images": "id user_id filename original_filename file_path thumbnail_path file_size image_width image_height "
    "mime_type file_hash title description uploaded_at view_count download_count",
    "albums": "id user_id name description cover_image_id privacy_setting created_at updated_at image_count",
    "album_images": "album_id image_id added_at display_order",
    "image_metadata": "image_id exif_data camera_make camera_model date_taken location_lat location_lon focal_length "
    "aperture iso shutter_speed",
    "tags": "id name usage_count created_at",
    "image_tags": "image_id tag_id added_at",
}
DOCUMENT = Path(__file__).parents[1] / "docs" / "schema.md"
ROW = re.compile(r"^\| (\w+) \| (\w+) \| (\w+)\.(\w+)\.(\w+) \| (column|property) \|$", re.MULTILINE)
ROWS = ROW.findall(DOCUMENT.read_text(encoding="utf-8"))


def test_every_column_of_the_plan_is_listed_once() -> None:
    listed: dict[str, list[str]] = {}
    for table, column, *_ in ROWS:
        listed.setdefault(table, []).append(column)
    assert {table: " ".join(columns) for table, columns in listed.items()} == PLAN
    assert DOCUMENT.read_text(encoding="utf-8").count("\n| ") == len(ROWS) + 1  # and the heading: no row is misspelt


def column_of(model: type[models.Model], name: str) -> models.Field | None:
    """The field whose attribute, name or column this is."""
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname, field.column):
            return field
    return None


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}.{row[1]}")
def test_its_place_is_there(row: tuple[str, ...]) -> None:
    _, _, app, model_name, name, kind = row
    model = apps.get_model(app, model_name)
    if kind == "property":
        assert isinstance(getattr(model, name), property)
        with pytest.raises(FieldDoesNotExist):
            model._meta.get_field(name)
        return
    field = column_of(model, name)
    assert field is not None
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, model._meta.db_table)
    assert field.column in {column.name for column in described}


@pytest.mark.parametrize(
    ("place", "default"),
    [
        ("accounts.User.total_images", 0),
        ("accounts.User.storage_used", 0),
        ("accounts.User.is_verified", False),
        ("images.Image.view_count", 0),
        ("images.Image.download_count", 0),
        ("albums.Album.privacy_setting", "private"),
        ("albums.Album.image_count", 0),
        ("images.Tag.usage_count", 0),
    ],
)
def test_defaults_of_the_plan(place: str, default: object) -> None:
    app, model, name = place.split(".")
    assert apps.get_model(app, model)._meta.get_field(name).get_default() == default


@pytest.mark.parametrize("place", ["accounts.User.username", "accounts.User.email", "images.Tag.name"])
def test_what_is_unique_in_the_plan(place: str) -> None:
    app, model, name = place.split(".")
    assert apps.get_model(app, model)._meta.get_field(name).unique
