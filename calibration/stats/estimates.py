"""What every statistic returns: a value with its interval, what it rests on, and why it may be missing."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isfinite
from typing import Any, NamedTuple, Self

from calibration.stats.errors import NotFinite, OutOfRange


class Status(StrEnum):
    """Whether a value can be relied on, and if not, which case it is."""

    OK = "ok"
    NO_OVERLAP = "no_overlap"
    ONE_CATEGORY = "one_category"
    TOO_FEW = "too_few"
    FEW_POSITIVES = "few_positives"
    EMPTY = "empty"

    @property
    def words(self) -> str:
        """The status as a sentence.

        >>> Status.EMPTY.words
        'Nothing has been rated yet.'
        """
        return _WORDS[self]


_WORDS = {
    Status.OK: "The value and its interval can be read as they stand.",
    Status.NO_OVERLAP: "No item has two ratings, so agreement cannot be told. Raise the overlap.",
    Status.ONE_CATEGORY: "Only one category was used, so agreement by chance is undefined. Rate other items.",
    Status.TOO_FEW: "Too few items for an interval. Collect more ratings.",
    Status.FEW_POSITIVES: "A category has fewer than 20 ratings, so the interval is narrower than it should be.",
    Status.EMPTY: "Nothing has been rated yet.",
}


class Interval(NamedTuple):
    """Two bounds in the unit of the value."""

    lower: float
    upper: float

    def rounded(self, digits: int = 3) -> tuple[float, float]:
        """The bounds as plain rounded numbers.

        >>> Interval(0.4901, 0.9433).rounded(2)
        (0.49, 0.94)
        """
        return round(self.lower, digits), round(self.upper, digits)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value, its interval at `confidence`, the `n` items (or trials) it rests on, and a status.

    `value`, `lower` and `upper` are None where they cannot be told; they never are NaN. `n_ratings` counts the
    ratings behind the items, `method` names the formula. Raises NotFinite for a NaN or infinite number and OutOfRange
    for a confidence outside 0..1.

    >>> Estimate(value=0.9, lower=0.8, upper=0.95, confidence=0.95, n=40, status=Status.OK).rounded(2)
    (0.9, 0.8, 0.95)
    >>> Estimate.undefined(Status.NO_OVERLAP, n=3).is_known
    False
    """

    value: float | None
    lower: float | None
    upper: float | None
    confidence: float
    n: int
    status: Status
    n_ratings: int = 0
    method: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.confidence < 1:
            raise OutOfRange(f"confidence lies between 0 and 1, not at {self.confidence}.")
        if not all(number is None or isfinite(number) for number in (self.value, self.lower, self.upper)):
            raise NotFinite("An estimate holds numbers or nothing, never NaN and nothing infinite.")

    @classmethod
    def undefined(
        cls, status: Status, *, n: int = 0, n_ratings: int = 0, confidence: float = 0.95, method: str = ""
    ) -> Self:
        """An estimate without a value, for the reason that `status` names."""
        return cls(None, None, None, confidence, n, status, n_ratings, method)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The estimate that `to_json` wrote."""
        return cls(**{**values, "status": Status(values["status"])})

    @property
    def is_known(self) -> bool:
        """Whether there is a value at all."""
        return self.value is not None

    @property
    def words(self) -> str:
        """The status as a sentence."""
        return self.status.words

    def rounded(self, digits: int = 3) -> tuple[float | None, float | None, float | None]:
        """Value, lower and upper bound, rounded; None stays None."""
        return (_rounded(self.value, digits), _rounded(self.lower, digits), _rounded(self.upper, digits))

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON field."""
        return {**asdict(self), "status": self.status.value}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
