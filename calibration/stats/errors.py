"""What the statistics refuse to compute, and why."""


class NotEnoughData(ValueError):
    """An interval was asked for without a single observation."""


class DuplicateRating(ValueError):
    """The same rater gave two ratings to one item. `row` is the position of the second."""

    def __init__(self, row: int) -> None:
        super().__init__(f"The rating at position {row} repeats an item and a rater: keep one of the two.")
        self.row = row
