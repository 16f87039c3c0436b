"""Joining the answers of several labelers, queue by queue: every way is tried, the queue's own gold chooses.

A joint answer counts for nothing: it is a reference of its own, is never pooled with gold or audits, and opens no flag.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from numpy.typing import NDArray

from calibration.enums import Aggregator, Reference
from calibration.models import ConsensusAnswer, ConsensusRun
from calibration.queries.clauses import Eras, RevisionsInForce, eras_of, read_versions, revisions_in_force
from calibration.queries.joined_answers import HELD_AGAINST, JOINED_SLOTS, Ratings, SharedAnswers, read_shared
from calibration.queries.populations import Population
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.services.locks import QueueLock, try_lock_for_long
from calibration.stats import Choice, GoldAccuracy, choose_aggregator, dawid_skene, glad, majority, one_coin
from calibration.stats.consensus import MOST_CELLS
from calibration.stats.votes import leaders
from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.models import User
from qaplatform.trail.services import record

# Shares are kept to so many digits; smaller ones are left out.
DIGITS = 6
_WRITTEN = ["category", "is_tied", "certainty", "shares"]

Floats = NDArray[np.float64]
Fits = Mapping[Aggregator, Floats]


@dataclass(frozen=True, kw_only=True)
class JoinResult:
    """What a run did; `ran` is False where somebody else is joining the queue's answers right now."""

    queue_id: int
    ran: bool
    questions: int = 0
    items: int = 0
    written: int = 0


@transaction.atomic
def join_queue(queue_id: int, *, now: datetime | None = None) -> JoinResult:
    """Join the answers to every question of a queue; twice in a row writes nothing but the time."""
    if not try_lock_for_long(QueueLock.JOINT_ANSWERS, queue_id):
        return JoinResult(queue_id=queue_id, ran=False)
    queue, at = Queue.objects.get(pk=queue_id), now or clock.database_now()
    versions, questions = read_versions(queue), read_questions(queue)
    revisions = revisions_in_force(versions, queue)
    runs, written = [], 0
    for question in questions:
        eras = eras_of(versions, queue, question)
        found = read_shared(queue.pk, question, eras, revisions)
        if found.shared:
            run, changed = _store(_run(queue, question, found, eras, revisions), at)
            runs.append(run)
            written += changed
    ConsensusRun.objects.filter(queue=queue).exclude(pk__in=[run.pk for run in runs]).delete()
    items = sum(run.n_items for run in runs)
    return JoinResult(queue_id=queue_id, ran=True, questions=len(runs), items=items, written=written)


def ask_to_join(queue: Queue, *, actor: User) -> None:
    """Write down that somebody did not want to wait for the night."""
    record("joint_answers_asked_for", queue, actor=actor)


def fits_of(ratings: Ratings) -> Fits:
    """Soft labels float64[N, K] by each way of joining; Dawid-Skene is left out where its tables would fill memory."""
    sizes = {"n_items": len(ratings.item_ids), "n_categories": len(ratings.categories)}
    answers = (ratings.items, ratings.labelers, ratings.labels)
    people = len(ratings.labeler_ids)
    fits = {
        Aggregator.MAJORITY: majority(ratings.items, ratings.labels, **sizes).posterior,
        Aggregator.ONE_COIN: one_coin(*answers, n_raters=people, **sizes).posterior,
        Aggregator.GLAD: glad(*answers, n_raters=people, **sizes).posterior,
    }
    if people * len(ratings.categories) ** 2 <= MOST_CELLS:
        fits[Aggregator.DAWID_SKENE] = dawid_skene(*answers, n_raters=people, **sizes).posterior
    return {way: fits[way] for way in Aggregator if way in fits}


def choose_on_gold(found: SharedAnswers, question: MeasuredQuestion) -> Choice:
    """Which way is right most often on gold, each fitted to the shared answers and to those that gold was given."""
    ratings = found.coded_with_gold(question)
    items = {item: place for place, item in enumerate(ratings.item_ids)}
    codes = {code: place for place, code in enumerate(ratings.categories)}
    fits = {way.value: fit for way, fit in fits_of(ratings).items()}
    known = found.known
    return choose_aggregator(fits, [items[item] for item, _ in known], [codes[code] for _, code in known])


@dataclass(frozen=True)
class _Joined:
    """A run that is not stored yet, the soft labels that it rests on, and the answers that they join."""

    run: ConsensusRun
    posterior: Floats
    ratings: Ratings


def _run(
    queue: Queue, question: MeasuredQuestion, found: SharedAnswers, eras: Eras, revisions: RevisionsInForce
) -> _Joined:
    ratings, choice = found.coded(question), choose_on_gold(found, question)
    fits, chosen = fits_of(ratings), Aggregator(choice.aggregator)
    joined = Population.of(queue, question.key, JOINED_SLOTS, versions=eras.versions_of(eras.current))
    held = Population.of(queue, question.key, HELD_AGAINST, reference=Reference.GOLD, clauses=revisions.words)
    run = ConsensusRun(
        queue=queue,
        question=question.key,
        aggregator=chosen,
        words=choice.words,
        accuracies={
            "status": choice.status.value,
            "n": choice.n,
            "n_ratings": len(ratings.items),
            "categories": list(ratings.categories),
            "population": held.as_json(),
            "ways": [_way(way, fits[Aggregator(way.name)]) for way in choice.accuracies],
        },
        population=joined.as_json(),
        n_items=len(ratings.item_ids),
    )
    return _Joined(run, fits[chosen], ratings)


def _way(found: GoldAccuracy, posterior: Floats) -> dict[str, Any]:
    """How a way does on gold, and how many of the joined items it leaves tied."""
    ties = int((leaders(posterior).sum(axis=1) > 1).sum())
    return {**asdict(found), "accuracy": found.accuracy.to_json(), "joined_ties": ties}


def _store(joined: _Joined, now: datetime) -> tuple[ConsensusRun, int]:
    """Make a question's joint answers exactly these; says how many were written or deleted."""
    run, _ = ConsensusRun.objects.update_or_create(
        queue=joined.run.queue,
        question=joined.run.question,
        defaults={
            "aggregator": joined.run.aggregator,
            "words": joined.run.words,
            "accuracies": joined.run.accuracies,
            "population": joined.run.population,
            "n_items": joined.run.n_items,
            "computed_at": now,
        },
    )
    stored = {row.item_id: row for row in run.answers.all()}
    answers = _answers(run, joined.posterior, joined.ratings)
    changed = [row for row in answers if not _is_same(row, stored.get(row.item_id))]
    ConsensusAnswer.objects.bulk_create(
        changed, update_conflicts=True, update_fields=_WRITTEN, unique_fields=["run", "item"], batch_size=2000
    )
    gone = set(stored) - set(joined.ratings.item_ids)
    run.answers.filter(item__in=gone).delete()
    return run, len(changed) + len(gone)


def _answers(run: ConsensusRun, posterior: Floats, ratings: Ratings) -> list[ConsensusAnswer]:
    first, leading = posterior.argmax(axis=1).tolist(), leaders(posterior).sum(axis=1).tolist()
    rounded = posterior.round(DIGITS).tolist()
    return [
        ConsensusAnswer(
            run=run,
            item_id=item_id,
            category=ratings.categories[best] if leaders_here == 1 else "",
            is_tied=leaders_here > 1,
            certainty=shares[best],
            shares={code: share for code, share in zip(ratings.categories, shares, strict=True) if share},
        )
        for item_id, best, leaders_here, shares in zip(ratings.item_ids, first, leading, rounded, strict=True)
    ]


def _is_same(row: ConsensusAnswer, stored: ConsensusAnswer | None) -> bool:
    return stored is not None and all(getattr(row, name) == getattr(stored, name) for name in _WRITTEN)
