"""The answers behind a queue's agreement, one by one: for what patterns cannot tell, such as who gave them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.queries.clauses import Eras
from calibration.queries.counted_answers import CODE, COUNTS, parameters
from calibration.queries.rows import read_rows

MOST_RATINGS = 200_000

# The queue's labels by label_by_queue, hashed joins to slots and items; read on request only, never for a first page.
READ_RATINGS = f"""
SELECT l.item_id, l.labeler_id,{CODE} AS code
FROM labeling_label l
JOIN labeling_slot s ON s.id = l.slot_id
JOIN labeling_item i ON i.id = l.item_id
WHERE l.queue_id = %(queue)s AND l.policy_version_id = ANY(%(version_ids)s) AND {COUNTS}
ORDER BY l.item_id, l.id
LIMIT %(limit)s
"""  # noqa: S608 - put together from our own constants


@dataclass(frozen=True, slots=True)
class Ratings:
    """One entry an answer: item and labeler by their ids, int64[R], and the code given, str[R]."""

    items: NDArray[np.int64]
    labelers: NDArray[np.int64]
    codes: NDArray[np.str_]


def read_ratings(queue_id: int, question: str, eras: Eras) -> Ratings:
    """The answers that the queue's current agreement counts; one more than `MOST_RATINGS` where there are more."""
    wanted = {**parameters(queue_id, question), "version_ids": eras.current_ids, "limit": MOST_RATINGS + 1}
    rows = read_rows(READ_RATINGS, wanted)
    items, labelers, codes = zip(*rows, strict=True) if rows else ((), (), ())
    return Ratings(np.array(items, np.int64), np.array(labelers, np.int64), np.array(codes, np.str_))
