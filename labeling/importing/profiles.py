"""What the first rows of a file show about its columns: measured, not yet understood."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from labeling.importing.dates import looks_like_date
from labeling.importing.tables import Row
from labeling.importing.values import value_key

DATES_TRIED = 200
EXAMPLES = 5


@dataclass(frozen=True)
class Profile:
    """One column: its cells in the order of the rows, empty where nothing stands."""

    name: str
    cells: tuple[str, ...]

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """The cells that hold something."""
        return tuple(cell for cell in self.cells if cell)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The cells as values that are told apart."""
        return tuple(value_key(cell) if cell else "" for cell in self.cells)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value stands."""
        return Counter(key for key in self.keys if key)

    @property
    def fill(self) -> float:
        """The share of rows that hold something."""
        return len(self.filled) / len(self.cells) if self.cells else 0.0

    @property
    def distinct(self) -> int:
        """How many different values there are."""
        return len(self.counts)

    @property
    def variety(self) -> float:
        """Different values a filled cell: 1 where none repeats."""
        return self.distinct / len(self.filled) if self.filled else 0.0

    @cached_property
    def mean_length(self) -> float:
        """Characters a filled cell."""
        return sum(map(len, self.filled)) / len(self.filled) if self.filled else 0.0

    @cached_property
    def words(self) -> float:
        """Words a filled cell."""
        return sum(len(cell.split()) for cell in self.filled) / len(self.filled) if self.filled else 0.0

    @cached_property
    def dates(self) -> float:
        """The share of filled cells that can be read as dates."""
        tried = self.filled[:DATES_TRIED]
        return sum(map(looks_like_date, tried)) / len(tried) if tried else 0.0

    @cached_property
    def fractions(self) -> float:
        """The share of filled cells that are numbers with a fraction: measurements, never names."""
        tried = self.filled[:DATES_TRIED]
        return sum("." in cell and cell.replace(".", "", 1).lstrip("-").isdigit() for cell in tried) / max(
            len(tried), 1
        )

    @property
    def examples(self) -> tuple[str, ...]:
        """A few different cells."""
        return tuple(dict.fromkeys(self.filled))[:EXAMPLES]

    def follows(self, other: "Profile") -> float:
        """The share of rows in which this value is the most frequent one beside the other's value: 1 for a function."""
        pairs = Counter((theirs, own) for theirs, own in zip(other.keys, self.keys, strict=True) if theirs and own)
        best: dict[str, int] = {}
        for (theirs, _), n in pairs.items():
            best[theirs] = max(best.get(theirs, 0), n)
        return sum(best.values()) / max(sum(pairs.values()), 1)

    def shared(self, other: "Profile") -> float:
        """How much of the rarer set of values is in both, by rows."""
        both = self.counts.keys() & other.counts.keys()
        return min(_covered(self, both), _covered(other, both))

    def equal(self, other: "Profile") -> float:
        """The share of rows in which both say the same, of those in which both say something."""
        pairs = [(own, theirs) for own, theirs in zip(self.keys, other.keys, strict=True) if own and theirs]
        return sum(own == theirs for own, theirs in pairs) / len(pairs) if pairs else 0.0

    def filled_with(self, other: "Profile") -> float:
        """The share of rows in which both are filled or both are empty."""
        same = sum(bool(own) == bool(theirs) for own, theirs in zip(self.keys, other.keys, strict=True))
        return same / len(self.keys) if self.keys else 0.0


def profiles_of(columns: Sequence[str], rows: Iterable[Row]) -> tuple[Profile, ...]:
    """A profile a column over these rows."""
    read = list(rows)
    return tuple(Profile(name, tuple(_cell(row.values.get(name)) for row in read)) for name in columns)


def _cell(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else str(value)


def _covered(profile: Profile, values: Iterable[str]) -> float:
    total = sum(profile.counts.values())
    return sum(profile.counts[value] for value in values) / total if total else 0.0
