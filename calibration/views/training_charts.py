"""What a pass mark does, in people and drawn."""

from dataclasses import dataclass

from calibration.stats import PassMark
from qaplatform.web.charts import Bar, Bars
from qaplatform.web.figures import share

ACCURACIES = (0.99, 0.97, 0.95, 0.93, 0.90, 0.85, 0.80, 0.70)
SAID = (0.97, 0.95, 0.90, 0.85, 0.80)
PEOPLE = 100
MOST_TRIES_SAID = 3


@dataclass(frozen=True)
class MarkWords:
    """What a pass mark does to people, in sentences: of one try, and of as many as the pool gives."""

    once: str
    again: str


def mark_words(mark: PassMark, *, tries: int = 1) -> MarkWords:
    """The operating curve in people; further tries let more people through, also those who should not pass.

    >>> mark_words(PassMark()).once.split(", 42")[0]
    '37 of 40 right pass: 97 in 100 people at .97, 86 in 100 at .95'
    >>> mark_words(PassMark(), tries=2).again
    'With 2 tries on other items each, 24 in 100 people at .85 pass at least once.'
    """
    parts = [
        f"{_of_hundred(chance)} in 100{' people' if n == 0 else ''} at {share(accuracy)}"
        for n, (accuracy, chance) in enumerate(mark.curve(SAID))
    ]
    once = f"{mark.right} of {mark.items} right pass: {', '.join(parts)}."
    said = min(tries, MOST_TRIES_SAID)
    if said < 2:
        return MarkWords(once, "")
    passed = _of_hundred(1 - (1 - mark.chance(0.85)) ** said)
    return MarkWords(
        once, f"With {said} tries on other items each, {passed} in 100 people at {share(0.85)} pass at least once."
    )


def pass_chart(mark: PassMark) -> Bars:
    """How many of 100 people of each accuracy pass."""
    rows = tuple(Bar(f"{accuracy:.0%} right", _of_hundred(chance)) for accuracy, chance in mark.curve(ACCURACIES))
    return Bars(rows=rows, x_label="Of 100 people, so many pass", high=PEOPLE)


def _of_hundred(chance: float) -> int:
    return round(PEOPLE * chance)
