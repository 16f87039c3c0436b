"""What an import did, or why it did nothing."""

from dataclasses import dataclass

from labeling.importing.problems import Problems


@dataclass(frozen=True)
class Outcome:
    """Rows by what became of them; `notes` are sentences about what came along."""

    new: int
    changed: int
    same: int
    notes: tuple[str, ...] = ()


class RowsRefused(Exception):
    """Some rows do not fit, so the whole file is rolled back."""

    def __init__(self, problems: Problems) -> None:
        super().__init__(f"{problems.count} problems")
        self.problems = problems


def refuse_if_any(problems: Problems) -> None:
    """Raise RowsRefused where there are problems."""
    if problems:
        raise RowsRefused(problems)
