"""Counting answers for agreement: patterns of answers an item, in one pass over a queue's labels."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from calibration.queries.clauses import Eras
from calibration.queries.counted_answers import CODE, COUNTS, parameters
from calibration.queries.questions import JOIN
from calibration.queries.rows import read_rows
from calibration.stats import AgreementTally

Pattern = tuple[str, ...]
Patterns = Mapping[Pattern, int]

# One scan of the queue's labels (label_by_queue), hashed joins to slots, items and labelers, one grouping by item; only
# items with several answers are looked at again for vendors. Linear in the queue's labels: how many answers an item has
# is counted beside each, since a join of two CTEs, whose sizes the planner cannot know, became a nested loop. Patterns
# come in any order of answers: there are few, Python merges them.
COUNT_PATTERNS = f"""
WITH versions(version_id, era) AS (SELECT * FROM unnest(%(version_ids)s::bigint[], %(eras)s::int[])),
rating AS MATERIALIZED (
    SELECT l.id, l.item_id, versions.era, i.language, p.vendor_id, s.done_at,
           count(*) OVER (PARTITION BY l.item_id, versions.era) AS ratings,{CODE} AS code
    FROM labeling_label l
    JOIN labeling_slot s ON s.id = l.slot_id
    JOIN labeling_item i ON i.id = l.item_id
    JOIN people_labeler p ON p.id = l.labeler_id
    JOIN versions ON versions.version_id = l.policy_version_id
    WHERE l.queue_id = %(queue)s AND {COUNTS}
),
judged AS MATERIALIZED (
    SELECT item_id, era, max(language) AS language, count(*) AS ratings, min(vendor_id) AS vendor_id,
           date_trunc('week', max(done_at) AT TIME ZONE 'UTC')::date AS week, array_agg(code) AS pattern
    FROM rating GROUP BY item_id, era
),
shared AS MATERIALIZED (
    SELECT id, item_id, vendor_id, code FROM rating WHERE era = %(current)s AND ratings > 1
),
within AS (
    SELECT vendor_id, pattern FROM judged WHERE era = %(current)s AND ratings = 1
    UNION ALL
    SELECT vendor_id, array_agg(code) FROM shared GROUP BY item_id, vendor_id
),
opening AS (
    SELECT DISTINCT ON (item_id, vendor_id) item_id, vendor_id, code FROM shared ORDER BY item_id, vendor_id, id
)
SELECT 'item', era, week, language, NULL::bigint, NULL::bigint, pattern, count(*) FROM judged GROUP BY 2, 3, 4, 7
UNION ALL
SELECT 'vendor', NULL, NULL, NULL, vendor_id, NULL, pattern, count(*) FROM within GROUP BY 5, 7
UNION ALL
SELECT 'pair', NULL, NULL, NULL, a.vendor_id, b.vendor_id, ARRAY[a.code, b.code], count(*)
FROM opening a JOIN opening b ON b.item_id = a.item_id AND b.vendor_id > a.vendor_id GROUP BY 5, 6, 7
"""  # noqa: S608 - put together from our own constants


@dataclass(frozen=True, kw_only=True)
class RatingCounts:
    """Items by the pattern of their answers: by (era, week, language), by vendor and by pair of vendors."""

    by_item: Mapping[tuple[int, date, str], Patterns]
    by_vendor: Mapping[int, Patterns]
    by_pair: Mapping[tuple[int, int], Patterns]

    def of_era(self, era: int) -> Patterns:
        """All items of an era."""
        return self._sum(lambda key: (key[0] == era) or None)[True]

    def by_language(self, era: int) -> Mapping[str, Patterns]:
        """Items of an era by language."""
        return self._sum(lambda key: key[2] if key[0] == era else None)

    def by_week(self) -> Mapping[tuple[date, int], Patterns]:
        """Items by the Monday of the week in which their last answer came, and era."""
        return self._sum(lambda key: (key[1], key[0]))

    def codes(self) -> frozenset[str]:
        """Every code that was given."""
        return frozenset(code for patterns in self.by_item.values() for pattern in patterns for code in pattern)

    def _sum(self, group: Callable[[tuple[int, date, str]], Hashable | None]) -> dict[Any, Counter[Pattern]]:
        sums: defaultdict[Any, Counter[Pattern]] = defaultdict(Counter)
        for key, patterns in self.by_item.items():
            name = group(key)
            if name is not None:
                sums[name].update(patterns)
        return sums


def count_ratings(queue_id: int, question: str, eras: Eras) -> RatingCounts:
    """Count a queue's answers to one question."""
    by_item: defaultdict[tuple[int, date, str], Counter[Pattern]] = defaultdict(Counter)
    by_vendor: defaultdict[int, Counter[Pattern]] = defaultdict(Counter)
    by_pair: defaultdict[tuple[int, int], Counter[Pattern]] = defaultdict(Counter)
    for kind, era, week, language, first, second, codes, n in _read(queue_id, question, eras):
        pattern = tuple(sorted(codes))
        if kind == "item":
            by_item[era, week, language][pattern] += n
        elif kind == "vendor":
            by_vendor[first][pattern] += n
        else:
            by_pair[first, second][pattern] += n
    return RatingCounts(by_item=by_item, by_vendor=by_vendor, by_pair=by_pair)


def tally_of(patterns: Patterns, categories: Sequence[str]) -> AgreementTally:
    """The tally of counted patterns over these categories."""
    places = {code: place for place, code in enumerate(categories)}
    rows = [(_counts([places[code] for code in pattern], len(categories)), n) for pattern, n in patterns.items()]
    return AgreementTally.from_patterns(rows, categories)


def collapsed(patterns: Patterns, wanted: Sequence[str], *, name: str) -> AgreementTally:
    """The tally of one category, or the categories of one clause, against all others."""
    chosen = frozenset(wanted)
    rows = []
    for pattern, n in patterns.items():
        hits = sum(1 for code in pattern if not chosen.isdisjoint(code.split(JOIN)))
        rows.append(((hits, len(pattern) - hits), n))
    return AgreementTally.from_patterns(rows, (name, "other"))


def _counts(places: Sequence[int], size: int) -> list[int]:
    counts = [0] * size
    for place in places:
        counts[place] += 1
    return counts


def _read(queue_id: int, question: str, eras: Eras) -> list[tuple[Any, ...]]:
    versions = {"version_ids": list(eras.version_ids), "eras": list(eras.eras), "current": eras.current}
    return read_rows(COUNT_PATTERNS, {**parameters(queue_id, question), **versions})
