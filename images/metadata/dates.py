"""The moment a picture was taken, as text that keeps what the camera wrote and no more."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

_MOMENT = re.compile(
    r"([0-9]{4})[:/.-]([0-9]{1,2})[:/.-]([0-9]{1,2})"
    r"[Tt ] ?([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2})(?:[.,]([0-9]+))?)?"
    r" ?([Zz]|[+-][0-9]{1,2}:?[0-9]{2})?"
)
_OFFSET = re.compile(r"([+-])([0-9]{1,2}):?([0-9]{2})")
_IPTC_DAY = re.compile(r"([0-9]{4})[:-]?([0-9]{2})[:-]?([0-9]{2})")
_IPTC_TIME = re.compile(r"([0-9]{2}):?([0-9]{2}):?([0-9]{2})([+-][0-9]{2}:?[0-9]{2}|[Zz])?")
_DIGITS = re.compile(r"[0-9]+")

_LONGEST = 64
_FRACTION_DIGITS = 9
# Software writes year 1 for "unset". The upper end leaves room for the offset when the moment is turned into UTC.
_FIRST_YEAR, _LAST_YEAR = 1000, 9998


def parse_date_taken(text: str) -> str:
    """`text` as `YYYY-MM-DDTHH:MM:SS[.fff…][±HH:MM]`, or "" if it is not a moment in time.

    Lenient about separators (EXIF's colons, `-`, `/`, `T` or a blank), strict about calendar, clock and offset: no
    30 February, hour 24 or second 60, and a day without a time of day is no moment. A fraction keeps its digits (at
    most 9), an offset is kept as `±HH:MM` ("Z" is "+00:00"); without one the time is local, and stays so.
    """
    moment = _read(text)
    return moment.text() if moment else ""


def parse_offset(text: str) -> str:
    """An offset from UTC as `±HH:MM`; "" if there is none or it is no offset (none is more than 14 hours)."""
    text = text.strip()
    if text in ("Z", "z"):
        return "+00:00"
    match = _OFFSET.fullmatch(text)
    if match is None:
        return ""
    sign, hours, minutes = match[1], int(match[2]), int(match[3])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        return ""
    return f"{sign if hours or minutes else '+'}{hours:02}:{minutes:02}"


def exif_date(moment: str, subseconds: str, offset: str) -> str:
    """A moment out of EXIF's three tags for it: the digits of `subseconds` stand behind the point ("05" is 0.05).

    What `moment` itself says of a fraction or an offset goes before the tags beside it.
    """
    read = _read(moment)
    if read is None:
        return ""
    digits = subseconds.strip()[:_FRACTION_DIGITS]
    fraction = read.fraction or (digits if _DIGITS.fullmatch(digits) else "")
    return _Moment(read.seconds, fraction, read.offset or parse_offset(offset)).text()


def iptc_date(day: str, time: str) -> str:
    """A moment out of IPTC's DateCreated (CCYYMMDD) and TimeCreated (HHMMSS±HHMM): both, or it is none."""
    day_match, time_match = _IPTC_DAY.fullmatch(day.strip()), _IPTC_TIME.fullmatch(time.strip())
    if day_match is None or time_match is None:
        return ""
    seconds = _seconds(*day_match.groups(), *time_match.groups()[:3])
    return seconds and seconds + parse_offset(time_match[4] or "")


def instant_of(date_taken: str) -> datetime:
    """The instant in UTC behind a `date_taken` (as `parse_date_taken` gives it); without an offset it is taken as UTC.

    Raises ValueError for anything else.
    """
    moment = datetime.fromisoformat(date_taken)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Moment(NamedTuple):
    seconds: str  # YYYY-MM-DDTHH:MM:SS
    fraction: str  # digits, or ""
    offset: str  # ±HH:MM, or ""

    def text(self) -> str:
        return self.seconds + (f".{self.fraction}" if self.fraction else "") + self.offset


def _read(text: str) -> _Moment | None:
    text = text.strip()
    match = _MOMENT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    *numbers, fraction, offset_text = match.groups(default="")
    seconds, offset = _seconds(*numbers), parse_offset(offset_text)
    if not seconds or (offset_text and not offset):
        return None
    return _Moment(seconds, fraction[:_FRACTION_DIGITS], offset)


def _seconds(year: str, month: str, day: str, hour: str, minute: str, second: str) -> str:
    """Six numbers as `YYYY-MM-DDTHH:MM:SS`, or "" where the calendar or the clock has no such moment."""
    try:
        moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    except ValueError:
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}" if _FIRST_YEAR <= moment.year <= _LAST_YEAR else ""
