"""Joint answers for pages and exports: which way is used and why, and each item with how sure its answer is."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from calibration.enums import Aggregator, Reference
from calibration.models import ConsensusAnswer, ConsensusRun
from calibration.queries.counted_answers import CODE, COUNTS, parameters
from calibration.queries.populations import Population
from calibration.queries.questions import MeasuredQuestion
from calibration.queries.rows import read_rows
from calibration.stats import Estimate
from labeling.models import PolicyVersion, Queue

TIE = "tie"
IS = "is:"
# What a page can be asked for: joint answers that are less certain than this.
LEVELS = {"60": 0.6, "80": 0.8, "95": 0.95}
ROWS_AT_A_TIME = 2000
LEAST_CHANCE = 0.001
LEAST_SHOWN = 0.005

# The answers behind the joint ones, of the items of one page: by their ids.
READ_VOTES = f"""
SELECT l.item_id,{CODE} AS code
FROM labeling_label l
JOIN labeling_slot s ON s.id = l.slot_id
JOIN labeling_item i ON i.id = l.item_id
WHERE l.item_id = ANY(%(items)s) AND l.queue_id = %(queue)s AND l.policy_version_id = ANY(%(versions)s) AND {COUNTS}
"""  # noqa: S608  Constants only.


@dataclass(frozen=True, kw_only=True)
class WayFigure:
    """How one way of joining answers does on the queue's gold, against the majority."""

    name: str
    is_used: bool
    right: int
    tied: int
    n: int
    accuracy: Estimate
    better: int
    worse: int
    p_value: float | None
    joined_ties: int

    @property
    def apart(self) -> int:
        """Gold items on which it and the majority do not do alike."""
        return self.better + self.worse

    @property
    def is_remote(self) -> bool:
        """Whether chance alone would hardly ever give as many better ones."""
        return self.p_value is not None and self.p_value < LEAST_CHANCE


@dataclass(frozen=True, kw_only=True)
class ConsensusView:
    """What a page says of a run before it lists items."""

    way: str
    words: str
    ways: tuple[WayFigure, ...]
    n_items: int
    n_ratings: int
    n_gold: int
    population: Population
    gold_population: Population
    computed_at: datetime

    @property
    def used(self) -> WayFigure:
        """The way in use."""
        return next(way for way in self.ways if way.is_used)


@dataclass(frozen=True, kw_only=True)
class AnswerShare:
    """How probable an answer is, and how many people gave it."""

    code: str
    name: str
    share: float
    n: int


@dataclass(frozen=True, kw_only=True)
class JointItem:
    """An item with its joint answer, no names; None where the first places are tied."""

    item_id: UUID
    external_id: str
    kind: str
    content: dict[str, Any]
    language: str
    is_sensitive: bool
    answer: str | None
    certainty: float
    shares: tuple[AnswerShare, ...]

    @property
    def shown(self) -> tuple[AnswerShare, ...]:
        """Answers that somebody gave, and those that are likely all the same."""
        return tuple(share for share in self.shares if share.n or share.share >= LEAST_SHOWN)


def consensus_view(run: ConsensusRun) -> ConsensusView:
    """A stored run in the shapes of a page."""
    found = run.accuracies
    return ConsensusView(
        way=Aggregator(run.aggregator).label,
        words=run.words,
        ways=tuple(_way(values, run.aggregator) for values in found["ways"]),
        n_items=run.n_items,
        n_ratings=found["n_ratings"],
        n_gold=found["n"],
        population=Population.from_json(run.population),
        gold_population=Population.from_json(found["population"]),
        computed_at=run.computed_at,
    )


def joint_answers(
    run: ConsensusRun, *, answer: str = "", level: str = "", left_out: Sequence[str] = ()
) -> QuerySet[ConsensusAnswer]:
    """The least certain first; withdrawn and purged items are out.

    `answer` is `tie` or `is:` and a category, `level` one of `LEVELS`; `left_out` are contents, by hash, that the asker
    has yet to judge.
    """
    rows = run.answers.filter(item__withdrawn_at=None, item__purged_at=None).select_related("item")
    if left_out:
        rows = rows.exclude(item__content_hash__in=left_out)
    if answer:
        rows = (
            rows.filter(is_tied=True) if answer == TIE else rows.filter(is_tied=False, category=answer.removeprefix(IS))
        )
    if level in LEVELS:
        rows = rows.filter(certainty__lt=LEVELS[level])
    return rows.order_by("certainty", "pk")


def answer_choices(run: ConsensusRun, question: MeasuredQuestion) -> tuple[tuple[str, str], ...]:
    """The joint answers that occur, as `joint_answers` takes them and in words; ties last."""
    found = run.answers.order_by("is_tied", "category").values_list("is_tied", "category").distinct()
    return tuple((TIE, "Tie") if is_tied else (f"{IS}{code}", question.name_of(code)) for is_tied, code in found)


def joint_items(
    queue: Queue, run: ConsensusRun, question: MeasuredQuestion, rows: Sequence[ConsensusAnswer]
) -> tuple[JointItem, ...]:
    """One page of joint answers, with how many people gave which answer."""
    votes = _votes(queue, run, [row.item_id for row in rows])
    return tuple(_item(row, question, votes.get(row.item_id, Counter())) for row in rows)


def exported_answers(run: ConsensusRun, rows: QuerySet[ConsensusAnswer]) -> Iterator[dict[str, Any]]:
    """Joint answers with their soft labels, streamed; consensus is named as the reference that it is."""
    for row in rows.iterator(chunk_size=ROWS_AT_A_TIME):
        yield {
            "item": str(row.item.public_id),
            "external_id": row.item.external_id,
            "language": row.item.language,
            "question": run.question,
            "reference": Reference.CONSENSUS.value,
            "aggregator": run.aggregator,
            "answer": None if row.is_tied else row.category,
            "certainty": row.certainty,
            "shares": row.shares,
            "computed_at": run.computed_at.isoformat(),
        }


def exported_categories(run: ConsensusRun) -> tuple[str, ...]:
    """Every category that an answer of the run could have, the declared ones first."""
    return tuple(run.accuracies["categories"])


def _way(values: Mapping[str, Any], used: str) -> WayFigure:
    return WayFigure(
        name=Aggregator(values["name"]).label,
        is_used=values["name"] == used,
        right=values["right"],
        tied=values["tied"],
        n=values["n"],
        accuracy=Estimate.from_json(values["accuracy"]),
        better=values["better"],
        worse=values["worse"],
        p_value=values["p_value"],
        joined_ties=values["joined_ties"],
    )


def _votes(queue: Queue, run: ConsensusRun, item_ids: Sequence[int]) -> dict[int, Counter[str]]:
    numbers = Population.from_json(run.population).versions
    versions = PolicyVersion.objects.filter(policy=queue.policy_id, number__in=numbers).values_list("pk", flat=True)
    wanted = {**parameters(queue.pk, run.question), "items": list(item_ids), "versions": list(versions)}
    votes: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for item_id, code in read_rows(READ_VOTES, wanted):
        votes[item_id][code] += 1
    return votes


def _item(row: ConsensusAnswer, question: MeasuredQuestion, votes: Mapping[str, int]) -> JointItem:
    codes = sorted({**dict.fromkeys(votes, 0), **row.shares}, key=lambda code: (-row.shares.get(code, 0), code))
    return JointItem(
        item_id=row.item.public_id,
        external_id=row.item.external_id,
        kind=row.item.kind,
        content={} if row.item.is_sensitive else row.item.content,
        language=row.item.language,
        is_sensitive=row.item.is_sensitive,
        answer=None if row.is_tied else question.name_of(row.category),
        certainty=row.certainty,
        shares=tuple(
            AnswerShare(code=code, name=question.name_of(code), share=row.shares.get(code, 0), n=votes.get(code, 0))
            for code in codes
        ),
    )
