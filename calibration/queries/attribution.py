"""Where disagreement and errors in a queue come from: clauses that split the certified, people, items, or slips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from calibration.enums import Cut, Metric, Reference
from calibration.models import MetricSnapshot
from calibration.queries.clauses import Eras, RevisionsInForce
from calibration.queries.counted_answers import CODE, COUNTS, parameters
from calibration.queries.populations import Population
from calibration.queries.questions import JOIN, MeasuredQuestion
from calibration.queries.rows import read_rows
from calibration.queries.score_counts import ScoreRow, read_scores
from calibration.queries.windows import window_start
from calibration.stats import Estimate, Retest, Split, SplitKind, VarianceShares, clause_splits, retest, variance_shares
from labeling.models import Clause, Queue

Ints = NDArray[np.int64]

SPLIT_SLOTS = (
    "answers of ordinary, overlap and imported slots by people who are certified now and have no open quality flag; "
    "gold, audit, exam and training slots are out"
)
SHARE_SLOTS = "all monitoring gold of the last 90 days, base and extra, first answer after undo closed"
REPEAT_SLOTS = "answers to the same content that came to the same person more than once, gold and exams out"
PARTS = ("item", "labeler", "clause", "remainder")

# As COUNT_PATTERNS counts, an answer a row, of those who are certified and have no open flag: one pass over
# label_by_queue with hashed joins; run at night.
READ_CERTIFIED = f"""
SELECT l.item_id, l.labeler_id, p.vendor_id,{CODE} AS code
FROM labeling_label l
JOIN labeling_slot s ON s.id = l.slot_id
JOIN labeling_item i ON i.id = l.item_id
JOIN people_labeler p ON p.id = l.labeler_id
WHERE l.queue_id = %(queue)s AND l.policy_version_id = ANY(%(versions)s) AND l.created_at < %(now)s AND {COUNTS}
  AND NOT EXISTS (SELECT FROM calibration_flag f WHERE f.labeler_id = l.labeler_id AND f.queue_id = l.queue_id
                  AND f.state IN ('open', 'coaching', 'retraining'))
  AND (%(skill)s::bigint IS NULL OR EXISTS (
      SELECT FROM people_skillgrant g WHERE g.labeler_id = l.labeler_id AND g.skill_id = %(skill)s
      AND g.suspended_at IS NULL AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > %(now)s)))
ORDER BY l.id
"""  # noqa: S608  Constants only.

# Answers as COUNT_PATTERNS counts them, of contents that one person met more than once in the queue.
READ_REPEATS = f"""
SELECT labeler_id, content_hash, code FROM (
    SELECT l.id, l.labeler_id, i.content_hash,{CODE} AS code,
           count(*) OVER (PARTITION BY l.labeler_id, i.content_hash) AS times
    FROM labeling_label l
    JOIN labeling_slot s ON s.id = l.slot_id
    JOIN labeling_item i ON i.id = l.item_id
    WHERE l.queue_id = %(queue)s AND l.policy_version_id = ANY(%(versions)s) AND {COUNTS}
) answered
WHERE times > 1 ORDER BY id
"""  # noqa: S608  Constants only.


@dataclass(frozen=True, slots=True)
class CertifiedAnswer:
    """An ordinary answer of somebody certified."""

    item_id: int
    labeler_id: int
    vendor_id: int
    code: str


@dataclass(frozen=True, kw_only=True)
class ClauseSplit:
    """What one clause does, in words."""

    code: str
    title: str
    within: Estimate
    between: Estimate
    others: Estimate
    kind: SplitKind

    @property
    def words(self) -> str:
        """The finding as a sentence with its numbers and what to do."""
        if self.kind is SplitKind.AMBIGUOUS:
            return (
                f"Clause {self.code} splits the certified: of {self.within.n_ratings:,} pairs of colleagues of whom at "
                f"least one saw it, {_percent(self.within)} disagreed, where on all other clauses "
                f"{_percent(self.others)} did; rewrite it, or add examples of both sides."
            )
        if self.kind is SplitKind.PLURAL:
            return (
                f"Vendors read clause {self.code} differently: pairs of two vendors disagreed in "
                f"{_percent(self.between)}, colleagues of one in {_percent(self.within)}; decide which reading holds, "
                "or let both stand."
            )
        if self.kind is SplitKind.CLEAR:
            return f"Clause {self.code} is read alike: {_percent(self.within)} of the pairs disagreed."
        return f"Too few pairs of answers on clause {self.code} to tell; raise the overlap."


@dataclass(frozen=True, kw_only=True)
class AttributionPage:
    """Where disagreement and errors of one question come from, as it was counted last."""

    question: str
    clauses: tuple[ClauseSplit, ...]
    shares: tuple[tuple[str, Estimate], ...]
    repeats: Retest | None
    populations: tuple[Population, ...]
    computed_at: datetime | None

    @property
    def found(self) -> tuple[ClauseSplit, ...]:
        """The clauses that need somebody."""
        return tuple(split for split in self.clauses if split.kind in {SplitKind.AMBIGUOUS, SplitKind.PLURAL})

    @property
    def shares_words(self) -> str:
        """What makes one checked answer wrong and another right."""
        known = [(name, estimate.value) for name, estimate in self.shares if estimate.value is not None]
        if not known:
            return ""
        values = dict(known)
        return (
            f"Of what makes one gold answer wrong and another right, {_round(values['item'])} % lies in the item, "
            f"{_round(values['labeler'])} % in the person and {_round(values['clause'])} % in the clause; "
            f"{_round(values['remainder'])} % stays with none of them: slips, and what no count can tell apart."
        )

    @property
    def repeats_words(self) -> str:
        """How often people answer the same content alike."""
        same = self.repeats.same if self.repeats else None
        if same is None or same.value is None:
            return "Nobody has met the same content twice, so slips cannot be told from errors that stay."
        times = "Once" if same.n == 1 else f"{same.n:,} times"
        return f"{times} somebody met the same content again; {_percent(same)} were answered alike."


def read_certified(
    queue: Queue, question: MeasuredQuestion, eras: Eras, *, now: datetime
) -> tuple[CertifiedAnswer, ...]:
    """Answers of the certified to a queue's question under the meaning that is in force."""
    rows = read_rows(
        READ_CERTIFIED,
        {**parameters(queue.pk, question.key), "versions": eras.current_ids, "skill": queue.skill_id, "now": now},
    )
    return tuple(CertifiedAnswer(*row) for row in rows)


def measure_splits(answers: Sequence[CertifiedAnswer], question: MeasuredQuestion) -> dict[str, Split]:
    """How much each clause splits the certified."""
    if not question.clauses:
        return {}
    codes = [frozenset(answer.code.split(JOIN)) for answer in answers]
    named = np.array(
        [[not code.isdisjoint(chosen) for chosen in question.clauses.values()] for code in codes], np.bool_
    )
    splits = clause_splits(
        _codes([answer.item_id for answer in answers]),
        _codes([answer.vendor_id for answer in answers]),
        named.reshape(len(answers), len(question.clauses)),
    )
    return dict(zip(question.clauses, splits, strict=True))


def read_gold(
    queue: Queue, question: MeasuredQuestion, revisions: RevisionsInForce, *, now: datetime
) -> tuple[ScoreRow, ...]:
    """Gold answers of the window."""
    return read_scores(
        queue.pk,
        question.key,
        reference=Reference.GOLD,
        revisions=revisions.ids,
        since=window_start(now),
        until=now,
        own_starts={},
    )


def measure_shares(rows: Sequence[ScoreRow]) -> VarianceShares:
    """What makes one gold answer wrong and another right."""
    return variance_shares(
        _codes([row.item_id for row in rows]),
        _codes([row.labeler_id for row in rows]),
        _codes([row.clause for row in rows]),
        [not row.is_correct for row in rows],
        rng=np.random.default_rng(len(rows)),
    )


def measure_repeats(queue: Queue, question: MeasuredQuestion, eras: Eras) -> Retest:
    """How stable people are on content that came again."""
    rows = read_rows(READ_REPEATS, {**parameters(queue.pk, question.key), "versions": eras.current_ids})
    people, contents, labels = (_codes([row[place] for row in rows]) for place in range(3))
    return retest(people, contents, labels)


def attribution_page(queue: Queue, question: MeasuredQuestion) -> AttributionPage:
    """What was counted last."""
    rows = MetricSnapshot.objects.filter(queue=queue, question=question.key, metric=Metric.ATTRIBUTION)
    stored = {(row.cut, row.key): row for row in rows}
    whole = stored.get((Cut.QUEUE, ""))
    titles = dict(Clause.objects.filter(policy=queue.policy_id).values_list("code", "revisions__title"))
    return AttributionPage(
        question=question.prompt,
        clauses=tuple(
            _split(row, titles.get(row.key) or "") for (cut, _), row in sorted(stored.items()) if cut == Cut.CLAUSE
        ),
        shares=_shares(whole),
        repeats=_repeats(whole),
        populations=tuple(Population.from_json(row.population) for row in _populations(stored)),
        computed_at=whole.computed_at if whole else None,
    )


def _populations(stored: Mapping[tuple[str, str], MetricSnapshot]) -> list[MetricSnapshot]:
    """One row of each kind: all clauses count the same answers."""
    return list({cut: row for (cut, _), row in sorted(stored.items())}.values())


def _split(row: MetricSnapshot, title: str) -> ClauseSplit:
    found = {name: Estimate.from_json(row.estimates[name]) for name in ("within", "between", "others")}
    return ClauseSplit(code=row.key, title=title, kind=SplitKind(row.estimates["kind"]), **found)


def _shares(row: MetricSnapshot | None) -> tuple[tuple[str, Estimate], ...]:
    return tuple((part, Estimate.from_json(row.estimates[part])) for part in PARTS) if row else ()


def _repeats(row: MetricSnapshot | None) -> Retest | None:
    if row is None:
        return None
    return Retest(*(Estimate.from_json(row.estimates[part]) for part in ("same", "stable")))


def _codes(values: Sequence[object]) -> Ints:
    return np.unique(np.array(values), return_inverse=True)[1].astype(np.int64).ravel()


def _percent(estimate: Estimate) -> str:
    if estimate.value is None:
        return "none"
    lower, upper = estimate.lower or 0.0, estimate.upper or 0.0
    return f"{_round(estimate.value)} % ({_round(lower)} to {_round(upper)} %)"


def _round(share: float) -> str:
    return f"{100 * share:.0f}"
