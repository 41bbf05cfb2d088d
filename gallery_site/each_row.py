"""A value of its own for each of many rows, by one statement whatever their number."""

import json
from collections.abc import Iterable, Mapping, Sequence

from django.db import connection, models

Value = int | str


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


def set_each(model: type[models.Model], column: str, values: Mapping[int, Value]) -> None:
    """Write each value to the row of its key."""
    _update(model, column, "given.new", values)


def add_to_each(model: type[models.Model], column: str, deltas: Mapping[int, int]) -> None:
    """Add each difference to the row of its key; one that is 0 touches no row."""
    _update(model, column, f"{_quoted(model._meta.db_table)}.{_quoted(column)} + given.new", deltas, skip=0)


def _update(
    model: type[models.Model], column: str, new: str, values: Mapping[int, Value], *, skip: Value | None = None
) -> None:
    rows = [row for row in values.items() if row[1] != skip]
    if not rows:
        return
    kind = "text" if isinstance(rows[0][1], str) else "bigint"
    table, parameter = given(rows, pk="bigint", new=kind)
    name = _quoted(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {name} SET {_quoted(column)} = {new} FROM {table} AS given WHERE {name}.id = given.pk",
            [parameter],
        )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
