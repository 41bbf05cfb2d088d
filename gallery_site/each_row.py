"""A value of its own for each of many rows, by one statement whatever their number."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from django.db import connection, models

Value = int | str | bool | Mapping | None  # an object is for a column of JSON


def given(rows: Iterable[Sequence[Value]], **columns: str) -> tuple[str, str]:
    """SQL for a table of these rows, and its one parameter.

    `columns` names them with their types as PostgreSQL calls them (SQLite keeps those of the JSON): pk="bigint".
    """
    if connection.vendor == "sqlite":
        read = ", ".join(f"value ->> {n} AS {name}" for n, name in enumerate(columns))
        table = f"(SELECT {read} FROM json_each(%s))"
    else:
        read = ", ".join(f"(cells ->> {n})::{kind} AS {name}" for n, (name, kind) in enumerate(columns.items()))
        table = f"(SELECT {read} FROM jsonb_array_elements(%s::jsonb) AS one (cells))"
    return table, json.dumps([list(row) for row in rows])


def set_each(model: type[models.Model], columns: Sequence[str], values: Mapping[int, Sequence[Value]]) -> None:
    """Write to the row of each key its values, one for each of the columns."""
    _update(model, {name: f"given.new_{name}" for name in columns}, values)


def add_to_each(model: type[models.Model], column: str, deltas: Mapping[int, int]) -> None:
    """Add each difference to the row of its key; one that is 0 touches no row."""
    total = f"{_quoted(model._meta.db_table)}.{_quoted(column)} + given.new_{column}"
    _update(model, {column: total}, {pk: (delta,) for pk, delta in deltas.items() if delta})


def _update(model: type[models.Model], columns: Mapping[str, str], values: Mapping[int, Sequence[Value]]) -> None:
    if not values:
        return
    kinds = {f"new_{name}": _kind(model, name) for name in columns}
    table, parameter = given(((pk, *row) for pk, row in values.items()), pk="bigint", **kinds)
    written = ", ".join(f"{_quoted(name)} = {new}" for name, new in columns.items())
    name = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {name} SET {written} FROM {table} AS given WHERE {name}.id = given.pk", [parameter])


def _kind(model: type[models.Model], column: str) -> str:
    field = cast(models.Field, model._meta.get_field(column))
    return field.cast_db_type(connection) or "text"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
