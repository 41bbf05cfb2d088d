"""Paging of long lists: by number for people who jump, by cursor for a walk that costs the same everywhere."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from rest_framework.exceptions import NotFound, ValidationError

DEFAULT_SIZE = 50
LARGEST_SIZE = 200
DEEPEST_OFFSET = 50_000
EXACT_COUNT = 10_000
Value = TypeVar("Value", covariant=True)


@dataclass(frozen=True)
class Ordering:
    """A column with no nulls, and a direction; the key of the row breaks ties, so the order is total."""

    name: str  # as the query says it, "-" for descending
    column: str

    @property
    def descending(self) -> bool:
        return self.name.startswith("-")

    def columns(self, *, backward: bool = False) -> list[str]:
        sign = "-" if self.descending != backward else ""
        return [f"{sign}{column}" for column in dict.fromkeys((self.column, "pk"))]

    def value(self, row: Model) -> Any:
        value: Any = row
        for part in self.column.split("__"):
            value = getattr(value, part)
        return value.isoformat() if isinstance(value, datetime) else value

    def beyond(self, value: Any, pk: int, *, backward: bool) -> Q:
        """Rows after (value, pk); the first bound is redundant, and lets the database start at the right place."""
        down = self.descending != backward
        strict, bound = ("lt", "lte") if down else ("gt", "gte")
        if self.column == "pk":
            return Q(**{f"pk__{strict}": pk})
        return Q(**{f"{self.column}__{bound}": value}) & (
            Q(**{f"{self.column}__{strict}": value}) | Q(**{self.column: value, f"pk__{strict}": pk})
        )


@dataclass(frozen=True)
class Page:
    items: Sequence[Any]
    count: int
    count_is_exact: bool
    next: str | None
    previous: str | None

    def envelope(self, results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {
            "count": self.count,
            "count_is_exact": self.count_is_exact,
            "next": self.next,
            "previous": self.previous,
            "results": results,
        }


def page_of(
    rows: QuerySet,
    request: HttpRequest,
    ordering: Ordering,
    *,
    default_size: int = DEFAULT_SIZE,
    exact: int | None = None,
) -> Page:
    """The page of `rows` that the request's `page`, `page_size` and `cursor` ask for.

    Two queries: the rows, and a count that stops at 10,000 (none when `exact`, a count kept elsewhere, is given).
    Raises ValidationError for a size, number or cursor that can't be read, NotFound for a page beyond the end.
    """
    query = request.GET
    size = _whole(query.get("page_size"), "page_size", default_size, 1, LARGEST_SIZE)
    count, is_exact = (exact, True) if exact is not None else counted(rows)
    if "cursor" in query:
        items, before, after = _by_cursor(rows, ordering, query["cursor"], size)
    else:
        number = _whole(query.get("page"), "page", 1, 1, 10**9)
        items, before, after = _by_number(rows, ordering, number, size)
    return Page(items, count, is_exact, _link(request, after), _link(request, before))


class Ranked(NamedTuple, Generic[Value]):
    """A result in an order of its own: by tier, and in each tier by key, the highest (which is the newest) first."""

    tier: int  # 0 is the best
    key: int  # of the row that it stands for; no other result in its ranking has it
    value: Value  # what its ranking tells of it


class Ranking(Protocol):
    """Results in their order, of which any part can be had."""

    @property
    def count(self) -> int: ...
    @property
    def count_is_exact(self) -> bool: ...
    def __getitem__(self, part: slice) -> Sequence[Ranked[Any]]: ...
    def after(self, place: tuple[int, int] | None, size: int) -> Sequence[Ranked[Any]]:
        """The next `size` results after this (tier, key), be that one still there or not; None: the first ones."""
        ...


RANKED = Ordering("rank", "pk")


def page_of_ranked(ranking: Ranking, request: HttpRequest) -> Page:
    """As `page_of`, of results in an order of their own; the items are `Ranked`."""
    query = request.GET
    size = _whole(query.get("page_size"), "page_size", DEFAULT_SIZE, 1, LARGEST_SIZE)
    before: dict[str, Any] = {}
    if "cursor" in query:
        tier, key, _ = _read_cursor(RANKED, query["cursor"])
        if type(tier) is not int:
            raise _unreadable_cursor()
        found = ranking.after((tier, key), size + 1)
    else:
        number = _whole(query.get("page"), "page", 1, 1, 10**9)
        offset = _offset(number, size)
        found = ranking[offset : offset + size + 1]
        if number > 1:
            if not found:
                raise NotFound("There is no such page.")
            before = {"page": number - 1}
    items = found[:size]
    after: dict[str, Any] = {}
    if len(found) > size:
        after = {"cursor": _write_cursor(RANKED, items[-1].tier, items[-1].key, backward=False)}
    return Page(items, ranking.count, ranking.count_is_exact, _link(request, after), _link(request, before))


def counted(rows: QuerySet) -> tuple[int, bool]:
    """How many rows, counted to 10,000 at most, and whether that is all."""
    count = rows.order_by()[: EXACT_COUNT + 1].count()
    return (count, True) if count <= EXACT_COUNT else (EXACT_COUNT, False)


def _by_number(
    rows: QuerySet, ordering: Ordering, number: int, size: int
) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    offset = _offset(number, size)
    found = list(rows.order_by(*ordering.columns())[offset : offset + size + 1])
    if not found and number > 1:
        raise NotFound("There is no such page.")
    items = found[:size]
    before = {"page": number - 1} if number > 1 else {}
    after = {"cursor": _cursor(ordering, items[-1], backward=False)} if len(found) > size else {}
    return items, before, after


def _offset(number: int, size: int) -> int:
    offset = (number - 1) * size
    if offset > DEEPEST_OFFSET:
        raise ValidationError(
            {"page": f"Pages end at the {DEEPEST_OFFSET:,}th row; follow `next`, whose cursor goes on for ever."},
            code="page_too_deep",
        )
    return offset


def _by_cursor(
    rows: QuerySet, ordering: Ordering, text: str, size: int
) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    value, pk, backward = _read_cursor(ordering, text)
    try:
        beyond = rows.filter(ordering.beyond(value, pk, backward=backward))
    except (DjangoValidationError, ValueError, TypeError) as trouble:  # a value that the column does not take
        raise _unreadable_cursor() from trouble
    found = list(beyond.order_by(*ordering.columns(backward=backward))[: size + 1])
    more, items = len(found) > size, found[:size]
    if backward:
        items.reverse()
    if not items:
        return [], {}, {}
    back = {"cursor": _cursor(ordering, items[0], backward=True)} if more or not backward else {}
    on = {"cursor": _cursor(ordering, items[-1], backward=False)} if more or backward else {}
    return items, back, on


def _cursor(ordering: Ordering, row: Model, *, backward: bool) -> str:
    return _write_cursor(ordering, ordering.value(row), row.pk, backward=backward)


def _write_cursor(ordering: Ordering, value: Any, pk: int, *, backward: bool) -> str:
    parts = [ordering.name, value, pk, int(backward)]
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_cursor(ordering: Ordering, text: str) -> tuple[Any, int, bool]:
    try:
        name, value, pk, backward = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError) as trouble:
        raise _unreadable_cursor() from trouble
    if name != ordering.name or type(pk) is not int or not 0 <= pk < 2**63 or not isinstance(value, str | int):
        raise _unreadable_cursor()
    if isinstance(value, int) and abs(value) >= 2**63:
        raise _unreadable_cursor()
    if isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):  # no database takes them
        raise _unreadable_cursor()
    return value, pk, bool(backward)


def _unreadable_cursor() -> ValidationError:
    return ValidationError({"cursor": "This cursor does not belong to this list; start at its first page."})


def _whole(text: str | None, name: str, default: int, least: int, most: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most):
        raise ValidationError({name: f"A whole number from {least} to {most}."})
    return int(text)


def _link(request: HttpRequest, change: Mapping[str, Any]) -> str | None:
    """The address of this list with another place in it; None without one."""
    if not change:
        return None
    query = request.GET.copy()
    for name in ("page", "cursor"):
        query.pop(name, None)
    query.update({name: str(value) for name, value in change.items()})
    return request.build_absolute_uri(f"{request.path}?{urlencode(list(query.lists()), doseq=True)}")
