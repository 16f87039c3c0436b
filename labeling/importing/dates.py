"""Dates as exports write them: most forms say themselves which number is the day, one does not."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

CENTURY = 2000
LAST_MONTH = 12
TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?\s*"
    r"(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
NUMBERS = re.compile(r"(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})")
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[/.](?P<month>\d{1,2})[/.](?P<day>\d{1,2})")
DAY_AND_NAME = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[ -](?P<month>[A-Za-z]{3,9})\.?,?[ -](?P<year>\d{4}|\d{2})")
NAME_AND_DAY = re.compile(r"(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})")
EPOCH = re.compile(r"(?P<seconds>\d{9,10})(?:\.\d+)?|(?P<milliseconds>\d{12,13})|(?P<microseconds>\d{15,16})")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DateForm(StrEnum):
    """How a date is written, as pages show it."""

    ISO = "2026-01-31"
    SECONDS = "seconds since 1970"
    MILLISECONDS = "milliseconds since 1970"
    DOTTED = "31.01.2026"
    DAY_FIRST = "31/01/2026, the day first"
    MONTH_FIRST = "01/31/2026, the month first"
    EITHER = "03/04/2026, day or month first"
    NAMED = "31 Jan 2026"


@dataclass
class DateForms:
    """The forms seen in one column, with how often and one example each."""

    counts: dict[DateForm, int] = field(default_factory=dict)
    examples: dict[DateForm, str] = field(default_factory=dict)

    def note(self, form: DateForm, text: str) -> None:
        """Count one date."""
        self.counts[form] = self.counts.get(form, 0) + 1
        self.examples.setdefault(form, text)

    @property
    def day_first(self) -> bool | None:
        """What the other dates of the column say about the order, or None where they say nothing or both."""
        is_day, is_month = DateForm.DAY_FIRST in self.counts, DateForm.MONTH_FIRST in self.counts
        return None if is_day == is_month else is_day

    @property
    def must_ask(self) -> bool:
        """Whether a person has to say which number is the day."""
        return DateForm.EITHER in self.counts and self.day_first is None


def read_date(text: str, *, day_first: bool) -> tuple[datetime, DateForm]:
    """A moment, in UTC where no zone is named, and the form it is written in. Raises ValueError for anything else.

    `day_first` says what 03/04/2026 means; other forms say it themselves.

    >>> read_date("03/04/2026 9:05 PM", day_first=True)[0].isoformat()
    '2026-04-03T21:05:00+00:00'
    """
    if (text[4:5] == "-" and text[:4].isdigit()) or (len(text) == 8 and text.isdigit()):
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), DateForm.ISO
    epoch = EPOCH.fullmatch(text)
    if epoch:
        return _from_epoch(text, epoch)
    for pattern, read in _READERS:
        found = pattern.match(text)
        if found:
            (year, month, day), form = read(found, day_first)
            return _moment(year, month, day, text[found.end() :]), form
    raise ValueError(text)


def looks_like_date(text: str) -> bool:
    """Whether a value can be read as a date."""
    try:
        moment, _ = read_date(text, day_first=True)
    except ValueError:
        return False
    return 1990 <= moment.year <= 2100


def _from_epoch(text: str, found: re.Match[str]) -> tuple[datetime, DateForm]:
    if found["seconds"]:
        return datetime.fromtimestamp(float(text), UTC), DateForm.SECONDS
    share = 1_000 if found["milliseconds"] else 1_000_000
    return datetime.fromtimestamp(int(text) / share, UTC), DateForm.MILLISECONDS


_Day = tuple[tuple[int, int, int], DateForm]


def _read_numbers(found: re.Match[str], day_first: bool) -> _Day:  # noqa: FBT001
    first, second, year = int(found["first"]), int(found["second"]), _year(found["year"])
    if found["mark"] == ".":
        return (year, second, first), DateForm.DOTTED
    if first > LAST_MONTH:
        return (year, second, first), DateForm.DAY_FIRST
    if second > LAST_MONTH:
        return (year, first, second), DateForm.MONTH_FIRST
    return ((year, second, first) if day_first else (year, first, second)), DateForm.EITHER


def _read_year_first(found: re.Match[str], _: bool) -> _Day:  # noqa: FBT001
    return (int(found["year"]), int(found["month"]), int(found["day"])), DateForm.ISO


def _read_named(found: re.Match[str], _: bool) -> _Day:  # noqa: FBT001
    return (_year(found["year"]), MONTHS.index(found["month"][:3].lower()) + 1, int(found["day"])), DateForm.NAMED


_READERS = (
    (NUMBERS, _read_numbers),
    (YEAR_FIRST, _read_year_first),
    (DAY_AND_NAME, _read_named),
    (NAME_AND_DAY, _read_named),
)


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else CENTURY + int(text)


def _moment(year: int, month: int, day: int, rest: str) -> datetime:
    rest = rest.lstrip(" ,T")
    midnight = datetime(year, month, day, tzinfo=UTC)
    return midnight + _time_of_day(rest) if rest else midnight


@lru_cache(maxsize=4096)
def _time_of_day(text: str) -> timedelta:
    """Time since midnight UTC."""
    found = TIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0] in "pP" else 0)
    if hour > 23 or int(found["minute"]) > 59 or int(found["second"] or 0) > 60:
        raise ValueError(text)
    parts = timedelta(hours=hour, minutes=int(found["minute"]), seconds=int(found["second"] or 0))
    return parts + timedelta(seconds=float(f"0.{found['part'] or 0}")) - _offset(found["zone"] or "Z")


def _offset(zone: str) -> timedelta:
    if zone[0] not in "+-":
        return timedelta()
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return ahead if zone[0] == "+" else -ahead
