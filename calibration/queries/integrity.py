"""Who gave which answer when and how fast, for the search for copying, haste and long runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from calibration.enums import GoldState
from calibration.models import GoldAnswer, GoldItem
from calibration.queries.clauses import Eras, RevisionsInForce
from calibration.queries.counted_answers import CODE, parameters
from calibration.queries.populations import Population
from calibration.queries.questions import CANNOT_TELL
from calibration.queries.rows import read_rows
from labeling.models import Queue

SHARED_SLOTS = (
    "current answers of ordinary, overlap, imported and monitoring gold slots on items that both answered; held against"
    " gold where there is any, else against what the others say; exams, practice and audits are out"
)
TIMED_SLOTS = (
    "answers given here to ordinary, overlap and monitoring gold slots, timed by the server; right or wrong by gold"
)
ORDERED_SLOTS = "answers given here to ordinary, overlap and monitoring gold slots, in the order in which they came"

# One scan of the queue's labels (label_by_queue), hashed joins to slots, items, placements and scores: linear in the
# queue's labels. An answer counts from its claim, or from the person's answer before where the page was fetched ahead;
# a decision made elsewhere has no time, and one without a date was given at no known moment: its date is the import's.
# A code is an answer as gold writes it.
READ_WORK = f"""
WITH opening AS (
    SELECT l.slot_id, l.created_at,
           greatest(l.claimed_at, lag(l.created_at) OVER before) AS began
    FROM labeling_label l WHERE l.queue_id = %(queue)s AND l.revises_id IS NULL AND l.created_at < %(until)s
    WINDOW before AS (PARTITION BY l.labeler_id ORDER BY l.created_at, l.id)
),
verdict AS (
    SELECT g.item_id, g.labeler_id, bool_and(g.is_correct) AS is_right FROM calibration_goldscore g
    WHERE g.queue_id = %(queue)s AND g.question = %(question)s AND g.reference = 'gold' AND g.ended_at IS NULL
      AND (g.clause_revision_id IS NULL OR g.clause_revision_id = ANY(%(revisions)s))
    GROUP BY 1, 2
)
SELECT l.id, l.item_id, l.labeler_id,{CODE},
       verdict.is_right, s.origin = 'imported',
       extract(epoch FROM CASE WHEN s.origin = 'imported' THEN s.done_at ELSE opening.created_at END)::float8,
       extract(epoch FROM opening.created_at - opening.began)::float8,
       s.origin <> 'imported' OR s.done_at < s.created_at
FROM labeling_label l
JOIN labeling_slot s ON s.id = l.slot_id
JOIN labeling_item i ON i.id = l.item_id
JOIN opening ON opening.slot_id = l.slot_id
LEFT JOIN calibration_placement c ON c.slot_id = l.slot_id
LEFT JOIN verdict ON verdict.item_id = l.item_id AND verdict.labeler_id = l.labeler_id
WHERE l.queue_id = %(queue)s AND l.created_at < %(until)s AND l.policy_version_id = ANY(%(versions)s)
  AND CASE WHEN s.origin = 'imported' THEN s.done_at ELSE opening.created_at END >= %(since)s
  AND s.state = 'done' AND i.withdrawn_at IS NULL
  AND ((s.origin IN ('entry', 'requeue', 'imported') AND c.slot_id IS NULL) OR c.purpose = 'gold')
  AND NOT EXISTS (SELECT FROM labeling_label r WHERE r.revises_id = l.id AND r.created_at < %(until)s)
ORDER BY 7, 1
"""  # noqa: S608  Constants only.

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Work:
    """Answers of a queue to one question in the order of time, arrays of length R.

    `item` and `labeler` are places in `item_ids` and `labeler_ids`; `code` is one in `codes`, -1 where the question was
    not asked. `verdict` is 1 for right and 0 for wrong on monitoring gold, else -1. `seconds` is NaN and `is_imported`
    true for decisions made elsewhere; `at` is in seconds since 1970, of the import where `is_dated` is false. `known`
    is what gold expects of each item as a place in `codes`, -1 where there is none, and `is_left_out` says which items
    have several right answers, or gold that is not in force.
    """

    item_ids: Ints
    labeler_ids: Ints
    codes: tuple[str, ...]
    label_id: Ints
    item: Ints
    labeler: Ints
    code: Ints
    verdict: Ints
    is_imported: Flags
    is_dated: Flags
    at: Floats
    seconds: Floats
    known: Ints
    is_left_out: Flags

    @property
    def labels(self) -> Ints:
        """The codes with -1 for "cannot tell" too."""
        unsure = self.codes.index(CANNOT_TELL) if CANNOT_TELL in self.codes else -1
        return np.where(self.code == unsure, -1, self.code)


def read_work(
    queue: Queue, question: str, *, eras: Eras, revisions: RevisionsInForce, since: datetime, until: datetime
) -> Work:
    """Answers of the current era that were given in [since, until), with the gold in force: three queries."""
    wanted = {
        **parameters(queue.pk, question),
        "versions": eras.current_ids,
        "revisions": list(revisions.ids),
        "since": since,
        "until": until,
    }
    rows = read_rows(READ_WORK, wanted)
    label, item, labeler, given, right, imported, at, seconds, dated = zip(*rows, strict=True) if rows else ((),) * 9
    item_ids, items = np.unique(np.array(item, np.int64), return_inverse=True)
    labeler_ids, labelers = np.unique(np.array(labeler, np.int64), return_inverse=True)
    accepted = _accepted(queue, question, revisions)
    codes = tuple(
        sorted({code for code in given if code is not None} | {code for one in accepted.values() for code in one})
    )
    places = {code: place for place, code in enumerate(codes)}
    is_imported = np.array(imported, np.bool_)
    known, left_out = _references(item_ids, accepted, places, _gold_items(queue))
    return Work(
        item_ids=item_ids,
        labeler_ids=labeler_ids,
        codes=codes,
        label_id=np.array(label, np.int64),
        item=items.ravel().astype(np.int64),
        labeler=labelers.ravel().astype(np.int64),
        code=np.array([-1 if code is None else places[code] for code in given], np.int64),
        verdict=np.array([-1 if verdict is None else int(verdict) for verdict in right], np.int64),
        is_imported=is_imported,
        is_dated=np.array(dated, np.bool_),
        at=np.array(at, np.float64),
        seconds=np.where(is_imported, np.nan, np.maximum(np.array(seconds, np.float64), 0)),
        known=known,
        is_left_out=left_out,
    )


def integrity_population(
    queue: Queue,
    question: str,
    *,
    slots: str,
    eras: Eras,
    revisions: RevisionsInForce,
    since: datetime,
    until: datetime,
) -> Population:
    """What a finding about people counts."""
    return Population.of(
        queue,
        question,
        slots,
        clauses=revisions.words,
        versions=eras.versions_of(eras.current),
        since=since,
        until=until,
    )


def _accepted(queue: Queue, question: str, revisions: RevisionsInForce) -> dict[int, Sequence[str]]:
    """By item, what live gold accepts under the clauses in force."""
    answers = GoldAnswer.objects.filter(
        gold__queue=queue,
        gold__state=GoldState.LIVE,
        question=question,
        approved_at__isnull=False,
        replaced_at=None,
    )
    rows = answers.values_list("gold__item_id", "accepted", "clause_revision_id")
    return {item: accepted for item, accepted, revision in rows if revision is None or revision in revisions.ids}


def _gold_items(queue: Queue) -> set[int]:
    return set(GoldItem.objects.filter(queue=queue).values_list("item_id", flat=True))


def _references(
    item_ids: Ints, accepted: Mapping[int, Sequence[str]], places: Mapping[str, int], gold: set[int]
) -> tuple[Ints, Flags]:
    known = np.full(len(item_ids), -1)
    left_out = np.zeros(len(item_ids), np.bool_)
    for place, item in enumerate(item_ids.tolist()):
        answers = accepted.get(item, ())
        if len(answers) == 1:
            known[place] = places[answers[0]]
        elif item in gold:
            left_out[place] = True
    return known, left_out
