"""What the statistics refuse to compute, and why."""


class NotEnoughData(ValueError):
    """An interval was asked for without a single observation."""


class DuplicateRating(ValueError):
    """The same rater gave two ratings to one item. `row` is the position of the second."""

    def __init__(self, row: int) -> None:
        super().__init__(f"The rating at position {row} repeats an item and a rater: keep one of the two.")
        self.row = row


class InvalidInput(ValueError):
    """What was given is not what the function measures; the kinds below say how."""


class UnlikeLengths(InvalidInput):
    """Arrays that have one entry a rating (or answer, or labeler) differ in length."""


class NotFinite(InvalidInput):
    """A number is missing (NaN) or infinite."""


class OutOfRange(InvalidInput):
    """A number is not whole where it counts something, or lies outside what it can be."""


class NotDeclared(InvalidInput):
    """A label lies outside the taxonomy."""


class TooLarge(InvalidInput):
    """Counts beyond 2^53, above which sums would no longer be exact."""
