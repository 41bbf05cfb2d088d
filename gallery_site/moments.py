"""Moments in a query: an instant, a day or a month, in UTC."""

import re
from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework import serializers

_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)


def read_moment(text: str) -> datetime:
    """The instant that `2021-05-03T10:00:00Z`, `2021-05-03` or `2021-05` begins with; ValueError for anything else."""
    if match := _MONTH.fullmatch(text):
        return datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC)
    if match := _DAY.fullmatch(text):
        return datetime(int(match[1]), int(match[2]), int(match[3]), tzinfo=UTC)
    moment = parse_datetime(text.replace(" ", "+"))  # a "+" of an offset that a client did not quote
    if moment is None:
        raise ValueError(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


class MomentField(serializers.CharField):
    default_error_messages = {"invalid_moment": "A date (2021-05-03), a month (2021-05) or an instant in ISO 8601."}

    def to_internal_value(self, data: Any) -> datetime:  # type: ignore[override]
        try:
            return read_moment(super().to_internal_value(data))
        except (ValueError, OverflowError):
            self.fail("invalid_moment")
