"""The items behind an agreement figure: those that two or more judged, their answers as counts, no names."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from calibration.enums import Cut, Metric
from calibration.models import MetricSnapshot
from calibration.queries.agreement import AnswerCount
from calibration.queries.counted_answers import CODE, COUNTS, parameters
from calibration.queries.populations import Population
from calibration.queries.questions import MeasuredQuestion
from calibration.queries.rows import read_rows
from labeling.models import PolicyVersion, Queue

# The answers that `COUNT_PATTERNS` counts, of the policy versions in force, an item a row, newest first: one pass over
# label_by_queue; read on demand, a page at a time.
READ_ITEMS = f"""
WITH rating AS (
    SELECT l.item_id, s.done_at,{CODE} AS code
    FROM labeling_label l
    JOIN labeling_slot s ON s.id = l.slot_id
    JOIN labeling_item i ON i.id = l.item_id
    WHERE l.queue_id = %(queue)s AND l.policy_version_id = ANY(%(versions)s)
      AND i.content_hash <> ALL(%(left_out)s) AND {COUNTS}
),
judged AS (
    SELECT item_id, max(done_at) AS done_at, array_agg(code ORDER BY code COLLATE "C") AS codes
    FROM rating GROUP BY item_id HAVING count(*) > 1
)
SELECT i.public_id, i.external_id, judged.codes, judged.done_at, count(*) OVER ()
FROM judged JOIN labeling_item i ON i.id = judged.item_id
ORDER BY judged.done_at DESC, i.id LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608 - put together from our own constants


@dataclass(frozen=True, kw_only=True)
class JudgedItem:
    """An item that several judged; no names."""

    item_id: UUID
    item: str
    answers: tuple[AnswerCount, ...]
    done_at: datetime

    @property
    def is_split(self) -> bool:
        """Whether the answers differ."""
        return len(self.answers) > 1


@dataclass(frozen=True, kw_only=True)
class JudgedItems:
    """A page of them, how many there are in all, and what is counted."""

    items: tuple[JudgedItem, ...]
    total: int
    population: str


def judged_items(
    queue: Queue, question: MeasuredQuestion, *, limit: int, offset: int, left_out: Sequence[str] = ()
) -> JudgedItems:
    """The items behind the queue's headline, under the policy versions that its snapshot names.

    `left_out` are contents, by hash, that the asker has yet to judge.
    """
    snapshot = MetricSnapshot.objects.filter(
        queue=queue, question=question.key, metric=Metric.AGREEMENT, cut=Cut.QUEUE
    ).first()
    if snapshot is None:
        return JudgedItems(items=(), total=0, population="")
    population = Population.from_json(snapshot.population)
    versions = PolicyVersion.objects.filter(policy=queue.policy_id, number__in=population.versions)
    wanted = {
        "versions": list(versions.values_list("pk", flat=True)),
        "limit": limit,
        "offset": offset,
        "left_out": list(left_out),
    }
    rows = read_rows(READ_ITEMS, {**parameters(queue.pk, question.key), **wanted})
    total = int(rows[0][4]) if rows else 0
    return JudgedItems(items=tuple(_item(row, question) for row in rows), total=total, population=population.sentence())


def _item(row: tuple[Any, ...], question: MeasuredQuestion) -> JudgedItem:
    item_id, external_id, codes, done_at, _ = row
    counted = Counter(codes).most_common()
    return JudgedItem(
        item_id=item_id,
        item=external_id or str(item_id)[:8],
        answers=tuple(AnswerCount(code=code, name=question.name_of(code), n=n) for code, n in counted),
        done_at=done_at,
    )
