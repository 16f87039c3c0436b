"""How numbers are written on pages: shares as .86, intervals as (.61 to .97), undefined as words."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor
from typing import Protocol

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
MOST_DIGITS = 3
# Bars of shares never span less than this, so that small differences do not look large.
LEAST_SPAN = 0.2
FEW = 20

STATUS_SENTENCES = {
    "empty": "No data yet.",
    "no_overlap": "No item has two answers yet, so agreement cannot be measured.",
    "one_category": "Every answer is the same category, so this coefficient is not defined.",
    "too_few": "Not enough data yet.",
    "few_positives": "Few answers in this category: the interval may be too narrow.",
    "not_enough_data": "Not enough data yet.",
}


class EstimateLike(Protocol):
    """What components read from an estimate; `value` is None when it is undefined."""

    @property
    def value(self) -> float | None: ...
    @property
    def lower(self) -> float | None: ...
    @property
    def upper(self) -> float | None: ...
    @property
    def n(self) -> int: ...
    @property
    def status(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class BarGeometry:
    """Places on an interval bar, each in per cent of its width; None where nothing is drawn."""

    start: str
    width: str
    point: str | None
    target: str | None


@dataclass(frozen=True)
class Axis:
    """From where to where the interval bars of a table run; one axis for all its rows."""

    low: float = 0.0
    high: float = 1.0

    @property
    def words(self) -> str:
        """What is said once beside the bars."""
        if self.low == 0.0:
            return f"Bars run from 0 to {share(self.high)}."
        return f"Bars run from {share(self.low)} to {share(self.high)}, cut there where an interval goes on."


def axis_of(estimates: Iterable[EstimateLike], *, targets: Iterable[float | None] = ()) -> Axis:
    """An axis for shares that shows the targets and whoever has 20 answers or more, down to a full tenth.

    >>> axis_of([], targets=[0.95])
    Axis(low=0.8, high=1.0)
    """
    known = [(estimate.lower, estimate.n) for estimate in estimates if estimate.lower is not None]
    large = [lower for lower, n in known if n >= FEW] or [lower for lower, _ in known]
    lowest = min([*large, *(target for target in targets if target is not None)], default=0.0)
    return Axis(low=max(0.0, min(floor(lowest * 10) / 10, 1 - LEAST_SPAN)))


def share(value: float | None, digits: int = 2) -> str:
    """A share with its leading zero dropped; where rounding would claim 1 or 0, one more digit or what it is not.

    >>> share(0.864), share(0.998), share(0.9998), share(1.0), share(None)
    ('.86', '.998', '>.999', '1.00', '–')
    """
    if value is None:
        return NOTHING
    text = _rounded(abs(value), digits)
    if float(text) in {0.0, 1.0} and float(text) != abs(value):
        return _beyond(value, max(digits, MOST_DIGITS))
    sign = MINUS if value < 0 and float(text) else ""
    return sign + text.removeprefix("0")


def percent(value: float | None, digits: int = 0) -> str:
    """A share in per cent; one more digit where rounding would claim all or nothing.

    >>> percent(0.864).replace(THIN_SPACE, " "), percent(0.998).replace(THIN_SPACE, " ")
    ('86 %', '99.8 %')
    """
    return NOTHING if value is None else f"{_percent_number(value, digits)}{THIN_SPACE}%"


def count(value: int | None) -> str:
    """A whole number with thin spaces between thousands.

    >>> count(110000).replace(THIN_SPACE, " ")
    '110 000'
    """
    return NOTHING if value is None else f"{value:,}".replace(",", THIN_SPACE).replace("-", MINUS)


def number(value: float | None, digits: int = 2) -> str:
    """A plain number with a true minus sign."""
    if value is None:
        return NOTHING
    return f"{value:,.{digits}f}".replace(",", THIN_SPACE).replace("-", MINUS)


def signed(value: float | None, digits: int = 2) -> str:
    """A difference of shares, always with its sign.

    >>> signed(0.05), signed(0.0)
    ('+.05', '.00')
    """
    text = share(value, digits)
    return f"+{text}" if value is not None and value > 0 and text[0] not in "<>" else text


def points(difference: float | None) -> str:
    """A difference of shares in whole points, with its sign.

    >>> points(0.124), points(0.001)
    ('+12', '0')
    """
    if difference is None:
        return NOTHING
    rounded = round(100 * difference)
    sign = "+" if rounded > 0 else MINUS if rounded < 0 else ""
    return f"{sign}{abs(rounded)}"


def interval(
    lower: float | None,
    upper: float | None,
    *,
    digits: int = 2,
    as_percent: bool = False,
    target: float | None = None,
) -> str:
    """An interval in words, empty when there is none; a bound that rounds to the target it misses has one more digit.

    >>> interval(0.61, 0.97), interval(0.83, 0.9462, target=0.95)
    ('(.61 to .97)', '(.83 to .946)')
    """
    if lower is None or upper is None:
        return ""
    if as_percent:
        low, high = (_digits_beside(bound, target, 0, scale=100) for bound in (lower, upper))
        return f"({_percent_number(lower, low)} to {percent(upper, high)})"
    return f"({beside(lower, target, digits)} to {beside(upper, target, digits)})"


def beside(value: float | None, target: float | None, digits: int = 2) -> str:
    """A share as it is read beside a target: one more digit where it would round to the target without being it.

    >>> beside(0.9462, 0.95), beside(0.95, 0.95), beside(0.93, 0.95), beside(0.93, None)
    ('.946', '.95', '.93', '.93')
    """
    return share(value, digits if value is None else _digits_beside(value, target, digits))


def duration(seconds: float | None) -> str:
    """Time in the two largest units that matter.

    >>> duration(4800).replace(THIN_SPACE, " "), duration(45).replace(THIN_SPACE, " ")
    ('1 h 20 min', '45 s')
    """
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return _joined((hours, "h"), (minutes_left, "min"))
    return _joined((minutes, "min"), (rest, "s")) or f"0{THIN_SPACE}s"


def status_sentence(estimate: object) -> str:
    """Why an estimate is undefined or to be read with care; empty when all is well."""
    reason = getattr(estimate, "reason", "")
    if reason:
        return str(reason)
    status = getattr(estimate, "status", "")
    return STATUS_SENTENCES.get(str(getattr(status, "value", status)), "")


def bar_geometry(estimate: EstimateLike, *, target: float | None, low: float, high: float) -> BarGeometry | None:
    """Where interval, point and target lie on a bar from low to high; None if the estimate is undefined."""
    if estimate.value is None:
        return None
    start = _place(estimate.value if estimate.lower is None else estimate.lower, low, high)
    end = _place(estimate.value if estimate.upper is None else estimate.upper, low, high)
    return BarGeometry(
        start=_percent_of(start),
        width=_percent_of(max(end - start, 0.01)),
        point=_percent_of(_place(estimate.value, low, high)) if low <= estimate.value <= high else None,
        target=None if target is None else _percent_of(_place(target, low, high)),
    )


def _rounded(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    while float(text) in {0.0, 1.0} and float(text) != value and digits < MOST_DIGITS:
        digits += 1
        text = f"{value:.{digits}f}"
    return text


def _digits_beside(value: float, target: float | None, digits: int, *, scale: int = 1) -> int:
    if target is None or value == target:
        return digits
    return digits + (round(value * scale, digits) == round(target * scale, digits))


def _beyond(value: float, digits: int) -> str:
    """What is said of a share so near 0 or 1 that no digit shown tells it from them."""
    least = f".{'0' * (digits - 1)}1"
    if abs(value) < 0.5:
        return f"<{least}" if value > 0 else f">{MINUS}{least}"
    most = f".{'9' * digits}" if abs(value) < 1 else f"1{least}"
    return f"{'>' if abs(value) < 1 else '<'}{most}" if value > 0 else f"{'<' if value > -1 else '>'}{MINUS}{most}"


def _percent_number(value: float, digits: int) -> str:
    text = number(value * 100, digits)
    while round(value * 100, digits) in {0.0, 100.0} and value not in {0.0, 1.0} and digits < MOST_DIGITS:
        digits += 1
        text = number(value * 100, digits)
    return text


def _joined(*parts: tuple[int, str]) -> str:
    return " ".join(f"{amount}{THIN_SPACE}{unit}" for amount, unit in parts if amount)


def _place(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _percent_of(share_of_width: float) -> str:
    return f"{share_of_width * 100:.2f}%"
