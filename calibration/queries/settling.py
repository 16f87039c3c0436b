"""How many more answers would settle a standing, in words."""

from functools import lru_cache

from calibration.enums import Reference
from calibration.queries.references import NO_ANSWERS
from calibration.stats import Estimate, answers_to_settle, group_answers_to_settle
from qaplatform.web.figures import count

# Counts of people change with their answers only, pages are opened oftener.
_more = lru_cache(maxsize=4096)(answers_to_settle)
_more_of_group = lru_cache(maxsize=4096)(group_answers_to_settle)


def settle_words(correct: int, n: int, *, target: float, reference: Reference = Reference.GOLD) -> str:
    """What is missing for a standing, in words: with probability .8, if the person is as they look.

    >>> settle_words(95, 100, target=0.98)
    'About 59 more answers would probably settle it.'
    """
    return _words(n, more_to_settle(correct, n, target=target), reference)


def settle_group_words(judged: Estimate, *, target: float, reference: Reference = Reference.GOLD) -> str:
    """The same of a queue, vendor or team by its clustered interval: further answers are taken to hang together alike.

    >>> from calibration.stats import standing
    >>> settle_group_words(standing(95, 100, target=0.98).accuracy, target=0.98)
    'About 59 more answers would probably settle it.'
    """
    return _words(judged.n, more_to_settle_group(judged, target=target), reference)


def more_to_settle(correct: int, n: int, *, target: float) -> int | None:
    """How many more answers settle one person's standing; 0 where it is settled, None where it cannot be told."""
    return _more(correct, n, target=target)


def more_to_settle_group(judged: Estimate, *, target: float) -> int | None:
    """The same of a group by its clustered interval, about."""
    return _more_of_group(judged, target=target)


def _words(n: int, more: int | None, reference: Reference) -> str:
    if n == 0:
        return f"No {NO_ANSWERS[reference]} yet."
    if more == 0:
        return ""
    if more is None:
        return f"So close to the target that even {count(5000)} more answers would not settle it."
    return f"About {count(more)} more answers would probably settle it."
