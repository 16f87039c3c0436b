"""Where somebody's accuracy most likely lies, few answers pulled towards the others of the queue: for planning."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Q

from calibration.enums import Reference
from calibration.models import GoldScore, SamplingPlan
from calibration.queries.windows import window_start
from calibration.stats import BetaPrior, Estimate, fit_prior
from qaplatform.people.models import Labeler

# So many people have to be known before one of them is pulled towards them.
FEWEST_PEOPLE = 5


@dataclass(frozen=True, kw_only=True)
class BestGuess:
    """A posterior mean with its interval; `language` is None for all of a queue's answers together."""

    language: str | None
    guess: Estimate
    right: int
    n: int
    group_mean: float
    people: int


def best_guesses(
    labeler: Labeler, plans: Mapping[int, SamplingPlan], *, in_force: Mapping[int, AbstractSet[int]], now: datetime
) -> dict[int, tuple[BestGuess, ...]]:
    """By queue: over all answers, then by language where there are several. Base gold of the last 90 days: one query.

    `in_force` are the clause revisions of each queue whose gold counts.
    Never sorted by, and no table of people shows it.
    """
    counts: defaultdict[tuple[int, str], dict[int, tuple[int, int]]] = defaultdict(dict)
    rows = GoldScore.objects.filter(
        queue__in=list(plans),
        reference=Reference.GOLD,
        ended_at=None,
        is_base=True,
        answered_at__gte=window_start(now),
        answered_at__lt=now,
    )
    grouped = rows.order_by().values_list("queue_id", "question", "labeler_id", "item__language", "clause_revision_id")
    for queue_id, question, person, language, revision, n, right in grouped.annotate(
        n=Count("pk"), right=Count("pk", filter=Q(is_correct=True))
    ):
        if question == plans[queue_id].question and (revision is None or revision in in_force[queue_id]):
            before = counts[queue_id, language].get(person, (0, 0))
            counts[queue_id, language][person] = (before[0] + right, before[1] + n)
    return {queue_id: _of_queue(labeler.pk, queue_id, counts) for queue_id in plans}


def _of_queue(
    labeler_id: int, queue_id: int, counts: Mapping[tuple[int, str], Mapping[int, tuple[int, int]]]
) -> tuple[BestGuess, ...]:
    by_language = {language: people for (queue, language), people in counts.items() if queue == queue_id}
    whole: defaultdict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for people in by_language.values():
        for person, (right, n) in people.items():
            whole[person] = (whole[person][0] + right, whole[person][1] + n)
    found = [_guess(labeler_id, None, whole)]
    if len(by_language) > 1:
        found += [_guess(labeler_id, language, people) for language, people in sorted(by_language.items())]
    return tuple(guess for guess in found if guess is not None)


def _guess(labeler_id: int, language: str | None, people: Mapping[int, tuple[int, int]]) -> BestGuess | None:
    if len(people) < FEWEST_PEOPLE or labeler_id not in people:
        return None
    prior, (right, n) = prior_of(people.values()), people[labeler_id]
    return BestGuess(
        language=language,
        guess=prior.best_guess(right, n),
        right=right,
        n=n,
        group_mean=prior.mean,
        people=len(people),
    )


def prior_of(counts: Iterable[tuple[int, int]]) -> BetaPrior:
    """How accuracy spreads over a group, from right answers and answers of each."""
    return _fitted(tuple(sorted(counts)))


@lru_cache(maxsize=256)
def _fitted(counts: tuple[tuple[int, int], ...]) -> BetaPrior:
    return fit_prior([right for right, _ in counts], [n for _, n in counts])
