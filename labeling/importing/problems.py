"""What is wrong with a file, by line."""

from dataclasses import dataclass, field

KEPT = 100


class FileRefused(Exception):
    """The file cannot be read on from `line`; line 0 means the file as a whole."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class RowRefused(Exception):
    """One row does not fit; the next ones are still read, so that all problems are told at once."""


@dataclass(frozen=True)
class Problem:
    """A sentence about one line; line 0 means the file as a whole."""

    line: int
    message: str


@dataclass
class Problems:
    """Collects problems: all are counted, the first hundred kept."""

    count: int = 0
    kept: list[Problem] = field(default_factory=list)

    def add(self, line: int, message: str) -> None:
        """Note one more problem."""
        self.count += 1
        if len(self.kept) < KEPT:
            self.kept.append(Problem(line, message))

    def add_many(self, found: list[Problem], *, count: int) -> None:
        """Note problems of which `count` were counted and some were read."""
        self.kept.extend(found[: KEPT - len(self.kept)])
        self.count += count

    def __bool__(self) -> bool:
        return self.count > 0

    def in_order(self) -> tuple[Problem, ...]:
        """The kept problems by line."""
        return tuple(sorted(self.kept, key=lambda problem: problem.line))
