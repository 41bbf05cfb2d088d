"""The full-text index of the search documents on SQLite, and the triggers that keep it.

The documents hold plain tokens with blanks between them: the `ascii` tokenizer splits at the blanks, and takes every
character beyond ASCII for a letter whatever Unicode's version. A later migration that alters SearchDocument makes
SQLite build the table anew, which drops the triggers: it has to run `make_triggers` again.
"""

from django.db import migrations

COLUMNS = ("title", "tags", "camera", "description")
NAMES = ", ".join(COLUMNS)
OLD = "INSERT INTO images_search (images_search, rowid, {names}) VALUES ('delete', old.image_id, {values});".format(
    names=NAMES, values=", ".join(f"old.{column}" for column in COLUMNS)
)
NEW = "INSERT INTO images_search (rowid, {names}) VALUES (new.image_id, {values});".format(
    names=NAMES, values=", ".join(f"new.{column}" for column in COLUMNS)
)
TRIGGERS = {"insert": NEW, "delete": OLD, "update": OLD + NEW}


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    schema_editor.execute(
        f"CREATE VIRTUAL TABLE images_search USING fts5({NAMES}, content='images_searchdocument', "
        "content_rowid='image_id', tokenize='ascii', prefix='2 3')"
    )
    schema_editor.execute("INSERT INTO images_search (images_search) VALUES ('rebuild')")
    make_triggers(schema_editor)


def make_triggers(schema_editor):
    for event, statements in TRIGGERS.items():
        schema_editor.execute(
            f"CREATE TRIGGER images_search_{event} AFTER {event.upper()} ON images_searchdocument "
            f"BEGIN {statements} END"
        )


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    for event in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER images_search_{event}")
    schema_editor.execute("DROP TABLE images_search")


class Migration(migrations.Migration):
    dependencies = [("images", "0001_initial")]

    operations = [migrations.RunPython(make_index, drop_index)]
