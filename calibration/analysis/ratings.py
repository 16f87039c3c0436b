"""Ratings of a file as codes, with what they are measured against."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from calibration.stats import AgreementTally

Codes = NDArray[np.int64]

# Code of an audit that calls a label wrong without saying what would be right.
AUDITED_WRONG = -2

# Beyond so many pairs of ratings, comparing all pairs of raters takes minutes and gigabytes.
_MOST_PAIRED = 100_000_000


@dataclass(frozen=True, slots=True)
class Cut:
    """A column that figures are cut by: its values, and int64[R], the value of each rating."""

    values: tuple[str, ...]
    codes: Codes


@dataclass(frozen=True, slots=True)
class Ratings:
    """R ratings: int64[R] codes of item, rater and label, one an (item, rater).

    `labels` are the words behind the codes: first the K categories, then golds that nobody gave. `gold` is int64[N],
    the expected label of each item, -1 where there is none. `audit` is int64[R], the label that a QA decision gave,
    -1 without one; AUDITED_WRONG where it only calls the label wrong. `rows` counts the rows of the file,
    `duplicates` the ratings that were dropped. `seconds`, float64[R], is how long each took, NaN where unknown, or
    None. Where labels are sets, `separator` stands between their members and `members` names all of those.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    labels: tuple[str, ...]
    n_categories: int
    item: Codes
    rater: Codes
    label: Codes
    gold: Codes
    audit: Codes | None
    rows: int
    duplicates: int = 0
    cuts: dict[str, Cut] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    seconds: NDArray[np.float64] | None = None
    separator: str = ""
    members: tuple[str, ...] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        """The declared categories, or the labels seen."""
        return self.labels[: self.n_categories]

    @property
    def has_gold(self) -> bool:
        """Whether any item has an expected label."""
        return bool((self.gold >= 0).any())

    @property
    def can_be_paired(self) -> bool:
        """Whether items have so few ratings that all pairs of raters can be compared."""
        return float((np.bincount(self.item).astype(np.float64) ** 2).sum()) <= _MOST_PAIRED

    def tally(self, order: Sequence[str] = ()) -> AgreementTally:
        """The agreement tally, with the categories in `order` where one is given."""
        names = tuple(order) or self.categories
        places = np.array([names.index(name) for name in self.categories], np.int64)
        _, units = np.unique(self.item, return_inverse=True)
        return AgreementTally.from_codes(units, places[self.label], names)

    def only(self, kept: NDArray[np.bool_]) -> Self:
        """The ratings where `kept`, bool[R], holds; items and raters keep their codes."""
        audit = None if self.audit is None else self.audit[kept]
        return replace(
            self,
            item=self.item[kept],
            rater=self.rater[kept],
            label=self.label[kept],
            audit=audit,
            seconds=None if self.seconds is None else self.seconds[kept],
            rows=int(kept.sum()),
            duplicates=0,
            cuts={},
        )
