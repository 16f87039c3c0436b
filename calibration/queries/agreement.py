"""Agreement for pages: read from snapshots, never counted while somebody waits."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from calibration.enums import Cut, Metric
from calibration.models import MetricSnapshot, Recount, SamplingPlan, StaleMark
from calibration.queries.counted_answers import CODE, parameters
from calibration.queries.populations import Population
from calibration.queries.questions import MeasuredQuestion, read_questions, read_questions_of
from calibration.queries.rows import read_rows
from calibration.queries.windows import WEEK, week_start
from calibration.stats import AgreementTally, Estimate, brennan_prediger, specific_agreement
from labeling.models import PolicyVersion, Queue
from labeling.queries.adoptions import applied_adoptions
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access
from qaplatform.people.models import Vendor

# A change of alpha is told as a change where the intervals of two weeks do not overlap.
NO_WEEKS = "No two weeks with agreement to compare yet."


@dataclass(frozen=True, kw_only=True)
class QueueAgreement:
    """The headline of a queue: alpha of its main question, and how the last full week compares with the one before."""

    queue_id: UUID
    queue_name: str
    question: str
    alpha: Estimate
    n_items: int
    n_ratings: int
    last_week: Estimate | None
    week_before: Estimate | None
    change_words: str
    has_changed: bool


@dataclass(frozen=True, kw_only=True)
class AgreementFigure:
    """One cut's agreement with everything one click away."""

    key: str
    name: str
    alpha: Estimate
    percent: Estimate
    ac1: Estimate
    fleiss: Estimate
    brennan_prediger: Estimate
    n_items: int
    n_ratings: int
    n_pairable: int
    population: Population
    computed_at: datetime


@dataclass(frozen=True, kw_only=True)
class WeekFigure:
    """One week of the trend; two rows where the policy changed within it."""

    week: date
    version: int
    alpha: Estimate
    percent: Estimate
    n_items: int


@dataclass(frozen=True, kw_only=True)
class CategoryShare:
    """How often a category was given, and how well labelers agree on it."""

    code: str
    name: str
    ratings: int
    share: float
    specific: Estimate


@dataclass(frozen=True, kw_only=True)
class ConfusedPair:
    """Two categories that were given to the same items; `share` is the part of all disagreeing pairs of answers."""

    first: str
    first_name: str
    second: str
    second_name: str
    pairs: int
    items: int
    share: float


@dataclass(frozen=True, kw_only=True)
class PolicyMark:
    """When a policy version was published."""

    at: datetime
    name: str


@dataclass(frozen=True, kw_only=True)
class QuestionChoice:
    """A question that a page can be asked for."""

    key: str
    prompt: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class AgreementPage:
    """Everything the agreement explorer shows of one queue, question and cut."""

    queue_id: UUID
    queue_name: str
    question: str
    questions: tuple[QuestionChoice, ...]
    headline: AgreementFigure | None
    rows: tuple[AgreementFigure, ...]
    trend: tuple[WeekFigure, ...]
    shares: tuple[CategoryShare, ...]
    confused: tuple[ConfusedPair, ...]
    marks: tuple[PolicyMark, ...]
    counted_at: datetime | None
    is_stale: bool


@dataclass(frozen=True, kw_only=True)
class AnswerCount:
    """How many labelers gave an answer to an item."""

    code: str
    name: str
    n: int


@dataclass(frozen=True, kw_only=True)
class DisputedItem:
    """An item on which labelers differ; no names."""

    item_id: UUID
    external_id: str
    kind: str
    content: dict[str, Any]
    language: str
    is_sensitive: bool
    answers: tuple[AnswerCount, ...]
    done_at: datetime


def agreement_summaries(access: Access, *, now: datetime) -> tuple[QueueAgreement, ...]:
    """One line for each visible queue that has agreement to show."""
    queues = list(visible_queues(access))
    asked = main_questions(queues)
    snapshots = MetricSnapshot.objects.filter(queue__in=queues, metric=Metric.AGREEMENT, cut__in=[Cut.QUEUE, Cut.WEEK])
    found: dict[tuple[int, str, str], MetricSnapshot] = {
        (row.queue_id, row.cut, row.key): row for row in snapshots if row.question == asked.get(row.queue_id)
    }
    lines = [_summary(queue, asked[queue.pk], found, now) for queue in queues if (queue.pk, "queue", "") in found]
    return tuple(lines)


def agreement_page(queue: Queue, question: str = "", cut: Cut = Cut.WEEK) -> AgreementPage:
    """The explorer's page; an empty question is the queue's main one."""
    questions = read_questions(queue)
    key = question or main_questions([queue]).get(queue.pk, "")
    asked = next((found for found in questions if found.key == key), None)
    wanted = {Cut.QUEUE, Cut.WEEK, cut}
    stored = MetricSnapshot.objects.filter(queue=queue, question=key, metric=Metric.AGREEMENT, cut__in=wanted)
    rows = sorted(stored, key=_by_key)
    names = _names(rows, asked)
    overall = next((row for row in rows if row.cut == Cut.QUEUE), None)
    tally = AgreementTally.from_json(overall.tally) if overall else None
    recount = Recount.objects.filter(queue=queue).first()
    return AgreementPage(
        queue_id=queue.public_id,
        queue_name=queue.name,
        question=key,
        questions=tuple(QuestionChoice(key=q.key, prompt=q.prompt, kind=q.kind) for q in questions),
        headline=_figure(overall, names) if overall else None,
        rows=tuple(_figure(row, names) for row in rows if row.cut == cut),
        trend=tuple(_week(row) for row in rows if row.cut == Cut.WEEK),
        shares=_shares(tally, asked) if tally and asked else (),
        confused=confused_pairs(tally, asked) if tally and asked else (),
        marks=_marks(queue),
        counted_at=recount.counted_at if recount else None,
        is_stale=StaleMark.objects.filter(queue=queue).exists(),
    )


def main_questions(queues: Sequence[Queue]) -> dict[int, str]:
    """Each queue's main question: the plan's, else the one that names the policy's categories, else the first."""
    planned = dict(SamplingPlan.objects.filter(queue__in=queues).values_list("queue_id", "question"))
    found = {}
    for queue_id, questions in read_questions_of(queues).items():
        keys = [question.key for question in sorted(questions, key=lambda question: not question.is_taxonomy)]
        if keys:
            found[queue_id] = planned[queue_id] if planned.get(queue_id) in keys else keys[0]
    return found


def confused_pairs(tally: AgreementTally, question: MeasuredQuestion) -> tuple[ConfusedPair, ...]:
    """Pairs of categories given to the same item, most frequent first, read from the patterns of the tally."""
    counts: dict[tuple[int, int], tuple[int, int]] = {}
    for pattern, n in zip(tally.patterns.tolist(), tally.items.tolist(), strict=True):
        given = [place for place, times in enumerate(pattern) if times]
        for at, first in enumerate(given):
            for second in given[at + 1 :]:
                pairs, items = counts.get((first, second), (0, 0))
                counts[first, second] = (pairs + pattern[first] * pattern[second] * n, items + n)
    total = sum(pairs for pairs, _ in counts.values())
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1][0], entry[0]))
    return tuple(
        ConfusedPair(
            first=tally.categories[first],
            first_name=question.name_of(tally.categories[first]),
            second=tally.categories[second],
            second_name=question.name_of(tally.categories[second]),
            pairs=pairs,
            items=items,
            share=pairs / total,
        )
        for (first, second), (pairs, items) in ordered
    )


# Newest disagreements first: the queue's labels by label_by_queue, grouped once; read on demand only.
FIND_DISPUTED = f"""
WITH rating AS (
    SELECT l.item_id, s.done_at,{CODE} AS code
    FROM labeling_label l
    JOIN labeling_item i ON i.id = l.item_id AND i.withdrawn_at IS NULL AND i.purged_at IS NULL
        AND i.content_hash <> ALL(%(left_out)s)
    JOIN labeling_slot s ON s.id = l.slot_id AND (i.answers_needed > 1 OR s.origin <> 'entry')
    WHERE l.queue_id = %(queue)s AND l.answers ->> %(question)s IS NOT NULL
      AND l.answers ->> %(question)s <> %(cannot_tell)s
      AND s.state = 'done' AND s.origin IN ('entry', 'requeue', 'imported')
      AND NOT EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id)
      AND NOT EXISTS (SELECT FROM calibration_placement c WHERE c.slot_id = s.id)
),
split AS (
    SELECT item_id, max(done_at) AS done_at, array_agg(code ORDER BY code COLLATE "C") AS codes
    FROM rating GROUP BY item_id
    HAVING min(code) <> max(code)
       AND (%(first)s = '' OR bool_or(code = %(first)s)) AND (%(second)s = '' OR bool_or(code = %(second)s))
)
SELECT i.public_id, i.external_id, i.kind, i.content::text, i.language, i.is_sensitive, split.codes, split.done_at
FROM split JOIN labeling_item i ON i.id = split.item_id
ORDER BY split.done_at DESC, i.id LIMIT %(limit)s
"""  # noqa: S608  Constants only.


def disputed_items(
    queue: Queue,
    question: MeasuredQuestion,
    *,
    first: str = "",
    second: str = "",
    limit: int = 50,
    left_out: Sequence[str] = (),
) -> tuple[DisputedItem, ...]:
    """Items on which labelers differ, newest first; `first` and `second` ask for one confused pair.

    `left_out` are contents, by hash, that the asker has yet to judge.
    """
    wanted = {
        **parameters(queue.pk, question.key),
        "first": first,
        "second": second,
        "limit": limit,
        "left_out": list(left_out),
    }
    return tuple(_disputed(row, question) for row in read_rows(FIND_DISPUTED, wanted))


def _disputed(row: tuple[Any, ...], question: MeasuredQuestion) -> DisputedItem:
    item_id, external_id, kind, content, language, is_sensitive, codes, done_at = row
    answers = [
        AnswerCount(code=code, name=question.name_of(code), n=codes.count(code)) for code in dict.fromkeys(codes)
    ]
    return DisputedItem(
        item_id=item_id,
        external_id=external_id,
        kind=kind,
        content=json.loads(content),
        language=language,
        is_sensitive=is_sensitive,
        answers=tuple(sorted(answers, key=lambda answer: -answer.n)),
        done_at=done_at,
    )


def _summary(
    queue: Queue, question: str, found: Mapping[tuple[int, str, str], MetricSnapshot], now: datetime
) -> QueueAgreement:
    row = found[queue.pk, "queue", ""]
    tally = AgreementTally.from_json(row.tally)
    weeks = [_week_of(queue.pk, week_start(now - ago * WEEK).date(), found) for ago in (1, 2)]
    last, before = (Estimate.from_json(week.estimates["alpha"]) if week else None for week in weeks)
    moved = _moved_words(queue, row, weeks)
    is_one_policy = not moved and len({_era_of(week) for week in weeks if week}) == 1
    return QueueAgreement(
        queue_id=queue.public_id,
        queue_name=queue.name,
        question=question,
        alpha=Estimate.from_json(row.estimates["alpha"]),
        n_items=tally.n_items,
        n_ratings=tally.n_ratings,
        last_week=last,
        week_before=before,
        change_words=moved or _change_words(queue.name, last, before, is_one_policy=is_one_policy),
        has_changed=is_one_policy and _has_changed(last, before),
    )


def _moved_words(queue: Queue, row: MetricSnapshot, weeks: Sequence[MetricSnapshot | None]) -> str:
    """What is said where nothing of the full weeks was counted under the policy that the figure rests on."""
    current = row.population.get("versions", ())
    newest = next((week for week in weeks if week), None)
    if not current or newest is None or _era_of(newest) in current:
        return ""
    entered = applied_adoptions(queue).filter(version__number__in=current).exclude(previous__number__in=current).first()
    day = f" on {entered.started_at:%-d %b %Y}" if entered else ""
    return (
        f"{queue.name}: the policy moved{day}: counted anew from then, as accuracy is on the clauses that changed. "
        "Weeks before it are not compared."
    )


def _by_key(row: MetricSnapshot) -> tuple[str, int]:
    """By key; weeks by their date, then by the number of the version, which is no text."""
    return (row.key.partition("|v")[0], _era_of(row)) if row.cut == Cut.WEEK else (row.key, 0)


def _era_of(week: MetricSnapshot) -> int:
    return int(week.key.partition("|v")[2])


def _week_of(queue_id: int, week: date, found: Mapping[tuple[int, str, str], MetricSnapshot]) -> MetricSnapshot | None:
    """A queue's figure of a week; where the policy changed in it, what was counted under the newest one."""
    rows = [row for key, row in found.items() if key[:2] == (queue_id, "week") and key[2].startswith(week.isoformat())]
    return max(rows, key=_era_of, default=None)


def _has_changed(last: Estimate | None, before: Estimate | None) -> bool:
    if last is None or before is None or last.lower is None or before.lower is None:
        return False
    return bool(last.upper < before.lower or last.lower > before.upper)  # type: ignore[operator]


def _change_words(name: str, last: Estimate | None, before: Estimate | None, *, is_one_policy: bool) -> str:
    if last is None or before is None or last.value is None or before.value is None:
        return NO_WEEKS
    was, now = f"{before.value:.2f}".lstrip("0"), f"{last.value:.2f}".lstrip("0")
    if not is_one_policy:
        return (
            f"{name}: agreement (alpha) was {now} last week and {was} the week before, under another policy: "
            "the two are not compared."
        )
    if not _has_changed(last, before):
        return f"{name}: agreement (alpha) was {now} last week and {was} the week before; the intervals overlap."
    verb = "fell" if last.value < before.value else "rose"
    return f"{name}: agreement (alpha) {verb} from {was} to {now} in one week."


def _figure(row: MetricSnapshot, names: Mapping[str, str]) -> AgreementFigure:
    tally = AgreementTally.from_json(row.tally)
    found = {name: Estimate.from_json(values) for name, values in row.estimates.items()}
    return AgreementFigure(
        key=row.key,
        name=names.get(row.key, row.key),
        alpha=found["alpha"],
        percent=found["percent"],
        ac1=found["ac1"],
        fleiss=found["fleiss"],
        brennan_prediger=brennan_prediger(tally),
        n_items=tally.n_items,
        n_ratings=tally.n_ratings,
        n_pairable=tally.n_pairable,
        population=Population.from_json(row.population),
        computed_at=row.computed_at,
    )


def _week(row: MetricSnapshot) -> WeekFigure:
    return WeekFigure(
        week=date.fromisoformat(row.key.partition("|v")[0]),
        version=_era_of(row),
        alpha=Estimate.from_json(row.estimates["alpha"]),
        percent=Estimate.from_json(row.estimates["percent"]),
        n_items=AgreementTally.from_json(row.tally).n_items,
    )


def _shares(tally: AgreementTally, question: MeasuredQuestion) -> tuple[CategoryShare, ...]:
    totals, shares = tally.totals.tolist(), tally.shares.tolist()
    return tuple(
        CategoryShare(
            code=code,
            name=question.name_of(code),
            ratings=totals[place],
            share=shares[place],
            specific=specific_agreement(tally, code),
        )
        for place, code in enumerate(tally.categories)
    )


def _names(rows: Sequence[MetricSnapshot], question: MeasuredQuestion | None) -> dict[str, str]:
    """Keys of cuts in words: vendors by name, categories by theirs, weeks as dates."""
    vendors = {str(public_id): name for public_id, name in Vendor.objects.values_list("public_id", "name")}
    names = {}
    for row in rows:
        if row.cut in {Cut.VENDOR, Cut.VENDOR_PAIR}:
            names[row.key] = " and ".join(vendors.get(part, part) for part in row.key.split(":"))
        elif row.cut == Cut.CATEGORY and question is not None:
            names[row.key] = question.name_of(row.key)
        elif row.cut == Cut.LANGUAGE:
            names[row.key] = row.key or "No language given"
        elif row.cut == Cut.WEEK:
            names[row.key] = row.key.replace("|", ", policy ")
    return names


def _marks(queue: Queue) -> tuple[PolicyMark, ...]:
    versions = PolicyVersion.objects.filter(policy_id=queue.policy_id, published_at__isnull=False).order_by("number")
    rows = versions.values_list("published_at", "number")
    return tuple(PolicyMark(at=at, name=f"policy v{number}") for at, number in rows if at is not None)
