"""How many more answers would settle a standing, in words."""

from functools import lru_cache

from calibration.enums import Reference
from calibration.queries.references import NO_ANSWERS
from calibration.stats import answers_to_settle
from qaplatform.web.figures import count

# Counts of people change with their answers only, pages are opened oftener.
_more = lru_cache(maxsize=4096)(answers_to_settle)


def settle_words(correct: int, n: int, *, target: float, reference: Reference = Reference.GOLD) -> str:
    """What is missing for a standing, in words: with probability .8, if the person is as they look.

    >>> settle_words(95, 100, target=0.98)
    'About 59 more answers would probably settle it.'
    """
    if n == 0:
        return f"No {NO_ANSWERS[reference]} yet."
    more = _more(correct, n, target=target)
    if more == 0:
        return ""
    if more is None:
        return f"So close to the target that even {count(5000)} more answers would not settle it."
    return f"About {count(more)} more answers would probably settle it."
