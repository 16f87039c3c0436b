"""What joint answers are made from: the answers to items that several judged, and the queue's own gold to choose by."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import multimode

import numpy as np
from numpy.typing import NDArray

from calibration.queries.clauses import Eras, RevisionsInForce
from calibration.queries.counted_answers import CODE, COUNTS, parameters
from calibration.queries.questions import CANNOT_TELL, MeasuredQuestion
from calibration.queries.rows import read_rows

JOINED_SLOTS = (
    "current answers of ordinary, overlap and imported slots to items that two or more judged; gold, audit, exam and "
    "training slots are out"
)
HELD_AGAINST = (
    "live monitoring gold that two or more judged, as many of its first answers as an item usually has; no way of "
    "joining was told what gold expects"
)

Ints = NDArray[np.int64]
Rating = tuple[int, int, str]

# What `COUNT_PATTERNS` counts of one era, an answer a row: one pass over label_by_queue.
READ_SHARED = f"""
SELECT item_id, labeler_id, code FROM (
    SELECT l.item_id, l.labeler_id, count(*) OVER (PARTITION BY l.item_id) AS ratings,{CODE} AS code
    FROM labeling_label l
    JOIN labeling_slot s ON s.id = l.slot_id
    JOIN labeling_item i ON i.id = l.item_id
    WHERE l.queue_id = %(queue)s AND l.policy_version_id = ANY(%(versions)s) AND {COUNTS}
) rating
WHERE ratings > 1 ORDER BY item_id, labeler_id
"""  # noqa: S608  Constants only.

# Every accepted answer of gold under the clauses in force, an answer a row.
READ_EXPECTED = """
SELECT g.item_id, unnest(a.accepted)
FROM calibration_golditem g
JOIN calibration_goldanswer a ON a.gold_id = g.id AND a.approved_at IS NOT NULL AND a.replaced_at IS NULL
JOIN labeling_item i ON i.id = g.item_id AND i.withdrawn_at IS NULL
WHERE g.queue_id = %(queue)s AND g.state = 'live' AND g.pool = 'monitoring' AND a.question = %(question)s
  AND (a.clause_revision_id IS NULL OR a.clause_revision_id = ANY(%(revisions)s))
ORDER BY 1, 2
"""

# The first scored answers to each placed gold item, by the index score_by_queue.
READ_PLACED = """
SELECT item_id, labeler_id, given FROM (
    SELECT s.item_id, s.labeler_id, s.given,
           row_number() OVER (PARTITION BY s.item_id ORDER BY s.answered_at, s.id) AS place
    FROM calibration_goldscore s
    JOIN labeling_label l ON l.id = s.label_id
    JOIN calibration_placement p ON p.slot_id = l.slot_id
    WHERE s.queue_id = %(queue)s AND s.question = %(question)s AND s.reference = 'gold' AND s.ended_at IS NULL
      AND s.given <> %(cannot_tell)s
      AND (s.clause_revision_id IS NULL OR s.clause_revision_id = ANY(%(revisions)s))
) answered
WHERE place <= %(most)s ORDER BY item_id, labeler_id
"""


@dataclass(frozen=True)
class Ratings:
    """Answers as codes, arrays of length R: `items` and `labelers` are places in `item_ids` and `labeler_ids`."""

    item_ids: tuple[int, ...]
    labeler_ids: tuple[int, ...]
    categories: tuple[str, ...]
    items: Ints
    labelers: Ints
    labels: Ints


@dataclass(frozen=True)
class SharedAnswers:
    """Answers to the items that two or more judged, to gold beside them, and what gold expects, several answers too."""

    shared: tuple[Rating, ...]
    placed: tuple[Rating, ...]
    expected: tuple[tuple[int, str], ...]

    @property
    def known(self) -> tuple[tuple[int, str], ...]:
        """What is expected on gold that is among the items; "cannot tell" is no joint answer."""
        answered = {item for item, _, _ in (*self.shared, *self.placed)}
        return tuple((item, code) for item, code in self.expected if item in answered and code != CANNOT_TELL)

    def coded(self, question: MeasuredQuestion) -> Ratings:
        """The shared answers alone, as codes over all categories: those that answers are joined from."""
        return _coded(self.shared, self._categories(question))

    def coded_with_gold(self, question: MeasuredQuestion) -> Ratings:
        """The shared answers and those to gold, as codes: those that the choice rests on."""
        return _coded((*self.shared, *self.placed), self._categories(question))

    def _categories(self, question: MeasuredQuestion) -> tuple[str, ...]:
        given = {code for _, _, code in (*self.shared, *self.placed)}
        return question.with_seen(given | {code for _, code in self.known})


def read_shared(queue_id: int, question: MeasuredQuestion, eras: Eras, revisions: RevisionsInForce) -> SharedAnswers:
    """The answers of the policy versions that mean the same now; gold is read only where there is something to join."""
    wanted = parameters(queue_id, question.key)
    shared = tuple(read_rows(READ_SHARED, {**wanted, "versions": eras.current_ids}))
    if not shared:
        return SharedAnswers((), (), ())
    wanted["revisions"] = list(revisions.ids)
    expected = tuple(read_rows(READ_EXPECTED, wanted))
    placed = read_rows(READ_PLACED, {**wanted, "most": usual_answers(shared)})
    return SharedAnswers(shared, _of_gold(placed, expected, shared), expected)


def usual_answers(shared: Sequence[Rating]) -> int:
    """How many answers an item has most often: gold is held to as many, so that it is as hard to join."""
    return int(min(multimode(np.unique([item for item, _, _ in shared], return_counts=True)[1].tolist())))


def _of_gold(
    placed: Sequence[tuple[int, int, str]], expected: Sequence[tuple[int, str]], shared: Sequence[Rating]
) -> tuple[Rating, ...]:
    """Answers to live gold that two or more gave and that is not among the shared items anyway."""
    live = {item for item, _ in expected} - {item for item, _, _ in shared}
    ids, counts = np.unique([item for item, _, _ in placed], return_counts=True)
    several = live & set(ids[counts > 1].tolist())
    return tuple(row for row in placed if row[0] in several)


def _coded(ratings: Sequence[Rating], categories: tuple[str, ...]) -> Ratings:
    places = {code: place for place, code in enumerate(categories)}
    item_ids, items = np.unique([item for item, _, _ in ratings], return_inverse=True)
    labeler_ids, labelers = np.unique([labeler for _, labeler, _ in ratings], return_inverse=True)
    return Ratings(
        item_ids=tuple(item_ids.tolist()),
        labeler_ids=tuple(labeler_ids.tolist()),
        categories=categories,
        items=items.ravel().astype(np.int64),
        labelers=labelers.ravel().astype(np.int64),
        labels=np.array([places[code] for _, _, code in ratings], np.int64),
    )
