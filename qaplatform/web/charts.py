"""Charts as data: what is drawn, and the same figures as a table. The drawing is `static/js/charts.js`."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import ClassVar, Protocol, TypeAlias

from qaplatform.web.figures import NOTHING, count, interval, share

Spec: TypeAlias = dict[str, object]
Moment: TypeAlias = date | datetime


@dataclass(frozen=True)
class Table:
    """A chart's figures in words; the first column names the row."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Chart(Protocol):
    """What the chart component needs."""

    kind: ClassVar[str]

    def spec(self) -> Spec: ...

    def table(self) -> Table: ...


@dataclass(frozen=True)
class Mark:
    at: Moment
    label: str


@dataclass(frozen=True, kw_only=True)
class TrendPoint:
    at: Moment
    value: float | None
    lower: float | None = None
    upper: float | None = None
    n: int = 0


@dataclass(frozen=True)
class TrendSeries:
    name: str
    points: tuple[TrendPoint, ...]
    colour: int | None = None


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Lines over time with their intervals as ribbons, the target as a named line, policy changes as marks."""

    kind: ClassVar[str] = "trend"
    series: tuple[TrendSeries, ...]
    target: float | None = None
    target_name: str = "Target"
    marks: tuple[Mark, ...] = ()
    y_label: str = ""
    low: float | None = None
    high: float | None = None

    def spec(self) -> Spec:
        return _spec(self)

    def table(self) -> Table:
        rows = tuple(
            (
                _day(point.at),
                series.name,
                share(point.value),
                interval(point.lower, point.upper),
                count(point.n),
            )
            for series in self.series
            for point in series.points
        )
        return Table(("Date", "Series", self.y_label or "Value", "Interval", "n"), rows)


@dataclass(frozen=True)
class Whisker:
    name: str
    value: float | None
    lower: float | None
    upper: float | None
    n: int
    href: str | None = None


@dataclass(frozen=True, kw_only=True)
class Whiskers:
    """A point with its interval a row."""

    kind: ClassVar[str] = "whiskers"
    rows: tuple[Whisker, ...]
    target: float | None = None
    target_name: str = "Target"
    x_label: str = ""
    low: float | None = None
    high: float | None = None

    def spec(self) -> Spec:
        return _spec(self)

    def table(self) -> Table:
        rows = tuple((row.name, share(row.value), interval(row.lower, row.upper), count(row.n)) for row in self.rows)
        return Table(("Name", self.x_label or "Value", "Interval", "n"), rows)


@dataclass(frozen=True, kw_only=True)
class CusumPoint:
    at: Moment | int
    value: float
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Cusum:
    """A cumulative sum with its control limit, where it raised an alarm, and where the change is estimated."""

    kind: ClassVar[str] = "cusum"
    points: tuple[CusumPoint, ...]
    limit: float
    limit_name: str = "Control limit"
    alarm_index: int | None = None
    change_index: int | None = None
    y_label: str = "CUSUM"

    def spec(self) -> Spec:
        return _spec(self)

    def table(self) -> Table:
        rows = tuple(
            (
                _place(point.at),
                f"{point.value:.2f}",
                self._word(index) or point.note or NOTHING,
            )
            for index, point in enumerate(self.points)
        )
        return Table(("Answer", self.y_label, "Note"), rows)

    def _word(self, index: int) -> str:
        words = {self.change_index: "estimated change", self.alarm_index: "alarm"}
        return words.get(index, "")


@dataclass(frozen=True)
class Bar:
    name: str
    value: float | None
    n: int | None = None


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Amounts by name, longest names readable: bars lie on their side and start at zero; `high` ends the axis."""

    kind: ClassVar[str] = "bars"
    rows: tuple[Bar, ...]
    x_label: str = ""
    high: float | None = None

    def spec(self) -> Spec:
        return _spec(self)

    def table(self) -> Table:
        rows = tuple((row.name, _plain(row.value), count(row.n)) for row in self.rows)
        return Table(("Name", self.x_label or "Value", "n"), rows)


@dataclass(frozen=True, kw_only=True)
class Heat:
    """A matrix of counts or shares, such as expected against given; None is an empty cell."""

    kind: ClassVar[str] = "heat"
    row_labels: tuple[str, ...]
    column_labels: tuple[str, ...]
    cells: tuple[tuple[float | None, ...], ...]
    row_title: str = "Expected"
    column_title: str = "Given"

    def spec(self) -> Spec:
        return _spec(self)

    def table(self) -> Table:
        rows = tuple(
            (name, *(_plain(cell) for cell in cells)) for name, cells in zip(self.row_labels, self.cells, strict=True)
        )
        return Table((f"{self.row_title} / {self.column_title}", *self.column_labels), rows)


def _spec(chart: "Trend | Whiskers | Cusum | Bars | Heat") -> Spec:
    return {
        "kind": chart.kind,
        **{name: _json(value) for name, value in asdict(chart).items()},
    }


def _json(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _json(inner) for name, inner in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [_json(inner) for inner in value]
    return value


def _day(at: Moment) -> str:
    return at.strftime("%-d %b %Y")


def _place(at: Moment | int) -> str:
    return str(at) if isinstance(at, int) else _day(at)


def _plain(value: float | None) -> str:
    if value is None:
        return NOTHING
    return count(int(value)) if float(value).is_integer() else share(value)
