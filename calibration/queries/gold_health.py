"""What gold items were answered, when and how fast, by whom; and what was found about each, for pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import ExpressionWrapper, F, FloatField, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast
from numpy.typing import NDArray

from calibration.enums import Reference, SuspicionState
from calibration.models import GoldAnswer, GoldHealth, GoldItem, Suspicion
from calibration.queries.clauses import RevisionsInForce
from calibration.queries.gold import GoldRow
from calibration.queries.populations import Population
from calibration.queries.rows import read_rows
from calibration.queries.suspicions import p_words
from calibration.stats import Estimate, Status, proportion
from calibration.stats.gold_health import LEAST_ANSWERS
from calibration.stats.item_response import LEAST_RATERS
from labeling.models import Queue
from qaplatform.web.figures import percent

HEALTH_SLOTS = "all monitoring gold, base and extra, first answer after undo closed; disputed answers stay in"

_SCORED = Cast(KeyTransform("scored", "health__figures"), FloatField())
SORTS: dict[str, Any] = {
    "right": ExpressionWrapper(F("health__right") * 1.0 / F("health__n"), FloatField()),
    "difficulty": F("health__difficulty"),
    "discrimination": F("health__discrimination"),
    "contested": ExpressionWrapper(F("health__disputes") / _SCORED, FloatField()),
    "exposures": KeyTransform("exposures", "health__figures"),
    "age": KeyTransform("age_days", "health__figures"),
}

# By the index score_by_queue. The time of an answer is the server's: from the claim, or from the person's last answer
# where the page was fetched before that (label_by_labeler, one probe). Decisions made elsewhere have none.
READ_ANSWERS = """
SELECT a.gold_id, s.labeler_id, s.label_id, s.is_correct, extract(epoch FROM s.answered_at)::float8,
       CASE WHEN slot.origin <> 'imported' THEN extract(epoch FROM s.answered_at - greatest(l.claimed_at, (
           SELECT max(p.created_at) FROM labeling_label p
           WHERE p.labeler_id = s.labeler_id AND p.created_at < s.answered_at AND p.revises_id IS NULL)))::float8 END
FROM calibration_goldscore s
JOIN calibration_goldanswer a ON a.id = s.gold_answer_id
JOIN labeling_label l ON l.id = s.label_id
JOIN labeling_slot slot ON slot.id = l.slot_id
WHERE s.queue_id = %(queue)s AND s.question = %(question)s AND s.reference = 'gold' AND s.ended_at IS NULL
  AND s.answered_at < %(until)s
  AND (s.clause_revision_id IS NULL OR s.clause_revision_id = ANY(%(revisions)s))
ORDER BY s.answered_at, s.id
"""

# How often an item with the content of the gold was before somebody, for whatever purpose, answered or skipped.
READ_EXPOSURES = """
WITH twin AS (
    SELECT g.id AS gold_id, i.id FROM calibration_golditem g
    JOIN labeling_item own ON own.id = g.item_id JOIN labeling_item i ON i.content_hash = own.content_hash
    WHERE g.queue_id = %(queue)s
)
SELECT gold_id, count(*) FROM (
    SELECT twin.gold_id, s.item_id, s.labeler_id FROM twin
    JOIN labeling_slot s ON s.item_id = twin.id AND s.labeler_id IS NOT NULL
    UNION
    SELECT twin.gold_id, k.item_id, k.labeler_id FROM twin JOIN labeling_skip k ON k.item_id = twin.id
) met GROUP BY gold_id
"""

# What became of the answers that were ever scored against a gold item, and under which policy versions they were given.
READ_HISTORIES = """
SELECT a.gold_id, count(DISTINCT s.label_id), count(DISTINCT d.id),
       array_agg(DISTINCT v.number) FILTER (WHERE s.ended_at IS NULL)
FROM calibration_goldscore s
JOIN calibration_goldanswer a ON a.id = s.gold_answer_id
JOIN labeling_label l ON l.id = s.label_id
JOIN labeling_policyversion v ON v.id = l.policy_version_id
LEFT JOIN calibration_evidencerow e ON e.score_id = s.id
LEFT JOIN calibration_dispute d ON d.evidence_id = e.id
WHERE s.queue_id = %(queue)s AND s.question = %(question)s
GROUP BY a.gold_id
"""


@dataclass(frozen=True)
class GoldAnswers:
    """Scored answers of a queue to one question, in the order of time; arrays of length R.

    `gold` and `labeler` are places in `gold_ids` and `labeler_ids`; `seconds` is NaN where no time is known.
    """

    gold_ids: NDArray[np.int64]
    labeler_ids: NDArray[np.int64]
    gold: NDArray[np.int64]
    labeler: NDArray[np.int64]
    label_ids: NDArray[np.int64]
    is_right: NDArray[np.bool_]
    moment: NDArray[np.float64]
    seconds: NDArray[np.float64]


@dataclass(frozen=True)
class GoldHistory:
    """Answers that were ever scored, how many of them were disputed, and the policy versions of those that count."""

    scored: int = 0
    disputes: int = 0
    versions: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class HealthView:
    """The health of a gold item as pages show it."""

    health: GoldHealth
    right: Estimate
    population: Population
    suspicions: tuple[Suspicion, ...]

    @property
    def contested(self) -> float:
        """The share of all answers ever scored that were disputed."""
        return float(self.health.disputes / max(self.health.figures["scored"], 1))

    @property
    def sentence(self) -> str:
        """What its figures say together, in one sentence."""
        row = self.health
        wrong, expected = row.n - row.right, self.figures["expected_wrong"]
        if row.n < LEAST_ANSWERS:
            return f"{row.n} of the {LEAST_ANSWERS} answers that are needed to say anything about it."
        if wrong > expected + 2 * max(expected, 0.25) ** 0.5:
            return f"Harder than other gold: {wrong} of {row.n} answers differ, where {expected:.1f} would be usual."
        if row.discrimination is not None and row.discrimination < 0:
            return "Those who are right elsewhere are wrong here more often than others: read it again."
        return f"As other gold: {wrong} of {row.n} answers differ, where {expected:.1f} would be usual."

    @property
    def rest_words(self) -> str:
        """Why there is no item-rest correlation."""
        status = Status(self.figures["item_rest_status"])
        if status == Status.ONE_CATEGORY:
            return "everybody answered alike"
        return f"{self.figures['item_rest_n']} of the {LEAST_RATERS} answers needed"

    @property
    def leak_words(self) -> str:
        """How later answers differ from earlier ones."""
        leak = self.figures["leak"]
        pace = f"{percent(abs(leak['faster']))} {'faster' if leak['faster'] > 0 else 'slower'}"
        return f"{pace}, {100 * leak['gain']:+.0f} points right, p {p_words(leak['p_value'])}"

    @property
    def figures(self) -> dict[str, Any]:
        """What stands beside the columns."""
        found: dict[str, Any] = self.health.figures
        return found


def read_gold_answers(queue: Queue, question: str, *, revisions: RevisionsInForce, until: datetime) -> GoldAnswers:
    """Scores that count, of all gold under the clauses in force, answered before a time."""
    parameters = {"queue": queue.pk, "question": question, "until": until, "revisions": list(revisions.ids)}
    rows = read_rows(READ_ANSWERS, parameters)
    gold, labeler, label, right, moment, seconds = zip(*rows, strict=True) if rows else ((),) * 6
    gold_ids, gold_places = np.unique(np.array(gold, np.int64), return_inverse=True)
    labeler_ids, labeler_places = np.unique(np.array(labeler, np.int64), return_inverse=True)
    return GoldAnswers(
        gold_ids=gold_ids,
        labeler_ids=labeler_ids,
        gold=gold_places.ravel().astype(np.int64),
        labeler=labeler_places.ravel().astype(np.int64),
        label_ids=np.array(label, np.int64),
        is_right=np.array(right, np.bool_),
        moment=np.array(moment, np.float64),
        seconds=np.array(seconds, np.float64),
    )


def read_exposures(queue: Queue) -> dict[int, int]:
    """How often each gold item's content was before somebody."""
    return dict(read_rows(READ_EXPOSURES, {"queue": queue.pk}))


def read_histories(queue: Queue, question: str) -> dict[int, GoldHistory]:
    """What became of each gold item's answers to a question."""
    rows = read_rows(READ_HISTORIES, {"queue": queue.pk, "question": question})
    return {
        gold_id: GoldHistory(scored, disputes, tuple(versions or ())) for gold_id, scored, disputes, versions in rows
    }


def answers_in_force(gold_ids: Iterable[int], question: str) -> dict[int, GoldAnswer]:
    """What is expected now on each gold item."""
    rows = GoldAnswer.objects.filter(
        gold__in=list(gold_ids), question=question, approved_at__isnull=False, replaced_at=None
    )
    return {answer.gold_id: answer for answer in rows.select_related("gold__item", "clause_revision__clause")}


def health_population(
    queue: Queue, question: str, *, revisions: RevisionsInForce, versions: Sequence[int], until: datetime
) -> Population:
    """What the health of gold and the search for wrong and leaked gold count."""
    return Population.of(
        queue,
        question,
        HEALTH_SLOTS,
        reference=Reference.GOLD,
        clauses=revisions.words,
        versions=tuple(versions),
        until=until,
    )


def health_of(gold: GoldItem) -> HealthView | None:
    """The health of a gold item; None where nothing has been counted yet."""
    return read_health([gold]).get(gold.pk)


def with_health(rows: Sequence[GoldRow], gold: Iterable[GoldItem]) -> tuple[tuple[GoldRow, HealthView | None], ...]:
    """Each row of a list beside the health of its gold item, where that has been counted."""
    items = list(gold)
    health = read_health(items)
    by_id = {item.public_id: health.get(item.pk) for item in items}
    return tuple((row, by_id[row.gold_id]) for row in rows)


def sorted_gold(gold: QuerySet[GoldItem], sort: str) -> QuerySet[GoldItem]:
    """Gold items in the order that the address asks for, else the newest first; those without a figure come last."""
    rows = gold.select_related("item", "queue")
    by = SORTS.get(sort.removeprefix("-"))
    if by is None:
        return rows.order_by("-created_at", "-id")
    wanted = by.desc(nulls_last=True) if sort.startswith("-") else by.asc(nulls_last=True)
    return rows.order_by(wanted, "-id")


def read_health(gold: Iterable[GoldItem]) -> dict[int, HealthView]:
    """The health of each of these gold items that has any, with what is suspected of it, in two queries."""
    rows = {row.gold_id: row for row in GoldHealth.objects.filter(gold__in=[item.pk for item in gold])}
    suspected: dict[int, list[Suspicion]] = {pk: [] for pk in rows}
    open_now = Suspicion.objects.filter(gold__in=list(rows), state=SuspicionState.OPEN).order_by("-score")
    for suspicion in open_now:
        suspected[suspicion.gold_id or 0].append(suspicion)
    return {
        pk: HealthView(
            health=row,
            right=proportion(row.right, row.n),
            population=Population.from_json(row.population),
            suspicions=tuple(suspected[pk]),
        )
        for pk, row in rows.items()
    }
