"""For whom the open work of a queue is, and whether anybody can do it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from labeling.engine.eligibility import LabelerFacts, LaneFacts, sort_lanes
from labeling.models import Queue
from labeling.queries.claims import (
    HAS_ENOUGH_ANSWERS,
    HAS_ENOUGH_REVEALS,
    HAS_OPTED_OUT,
    MUST_READ_POLICY,
    REFUSES_SENSITIVE,
)
from qaplatform.statements import Row

# ruff: noqa: S608  The statements are put together from constants; values are parameters.
# Counting stops here, so that the page costs the same however much waits.
MOST_COUNTED = 10_000

# How much of a queue's unreserved work waits in each of its lanes. Plan: the queue's lanes (few), each counted along
# slot_open_work alone, without its rows, until the limit.
WAITING = """
SELECT lane.id, lane.vendor_id, lane.language, lane.is_sensitive, coalesce(vendor.name, ''), waiting.number
FROM labeling_lane lane
LEFT JOIN people_vendor vendor ON vendor.id = lane.vendor_id
CROSS JOIN LATERAL (
    SELECT count(*) AS number FROM (
        SELECT FROM labeling_slot slot
        WHERE slot.lane_id = lane.id AND slot.state = 'open' AND slot.reserved_for_id IS NULL
        LIMIT %(most)s + 1
    ) counted
) waiting
WHERE lane.queue_id = %(queue)s AND waiting.number > 0
ORDER BY waiting.number DESC, lane.id
"""

# Who is certified for a queue, as many as are alike in one row; the last column but one: whether they are handed
# nothing for the moment. Nobody is told apart. Plan: the skill's grants, and for each what the queue's door reads.
CERTIFIED = f"""
SELECT vendor_id, language, refuses_sensitive, has_enough_reveals, is_away, count(*) FROM (
    SELECT labeler.vendor_id, labeler.language, {REFUSES_SENSITIVE} AS refuses_sensitive,
           {HAS_ENOUGH_REVEALS} AS has_enough_reveals,
           coalesce(labeler.paused_until > qa_now(), FALSE) OR {HAS_OPTED_OUT} OR {HAS_ENOUGH_ANSWERS}
               OR ({MUST_READ_POLICY}) AS is_away
    FROM labeling_queue queue
    JOIN people_skillgrant skill ON skill.skill_id = queue.skill_id AND skill.revoked_at IS NULL
        AND skill.suspended_at IS NULL AND (skill.expires_at IS NULL OR skill.expires_at > qa_now())
    JOIN people_labeler labeler ON labeler.id = skill.labeler_id AND labeler.is_active
    WHERE queue.id = %(queue)s
) person GROUP BY vendor_id, language, refuses_sensitive, has_enough_reveals, is_away
"""


@dataclass(frozen=True)
class LaneRow:
    """Open work that is for the same people. `suited` of them are certified and fit, `able` may take it right now.

    `problem` says why nobody can, or why too few can for all answers, and what to do.
    """

    vendor: str
    language: str
    is_sensitive: bool
    waiting: int
    suited: int
    able: int
    problem: str

    @property
    def is_stuck(self) -> bool:
        """Whether nobody may take it at this moment."""
        return self.able == 0

    @property
    def is_many(self) -> bool:
        """Whether more waits than was counted."""
        return self.waiting > MOST_COUNTED

    @property
    def counted(self) -> int:
        """How much waits, as far as it was counted."""
        return min(self.waiting, MOST_COUNTED)


@dataclass(frozen=True)
class _Alike:
    """People who are certified for a queue and alike in all that decides what is handed to them."""

    facts: LabelerFacts
    is_away: bool
    number: int


def waiting_lanes(queue: Queue) -> list[LaneRow]:
    """The lanes of a queue in which work waits, in two statements; those that nobody may work in come first."""
    lanes = _rows(WAITING, queue)
    if not lanes:
        return []
    people = [
        _Alike(LabelerFacts(vendor, languages, refuses, has_enough), is_away, number)
        for vendor, languages, refuses, has_enough, is_away, number in _rows(CERTIFIED, queue)
    ]
    found = [_lane_row(queue, LaneFacts(*facts), vendor, waiting, people) for *facts, vendor, waiting in lanes]
    return sorted(found, key=lambda row: not row.is_stuck)


def _lane_row(queue: Queue, lane: LaneFacts, vendor: str, waiting: int, people: Sequence[_Alike]) -> LaneRow:
    sorted_lanes = [(alike, sort_lanes([lane], alike.facts)) for alike in people]
    suited = sum(alike.number for alike, lanes in sorted_lanes if lanes.open or lanes.closed)
    able = sum(alike.number for alike, lanes in sorted_lanes if lanes.open and not alike.is_away)
    problem = _why_unsuited(queue, lane, vendor, people) if not suited else _why_too_few(queue, lane, suited, able)
    return LaneRow(vendor, lane.language, lane.is_sensitive, waiting, suited, able, problem)


def _why_unsuited(queue: Queue, lane: LaneFacts, vendor: str, people: Iterable[_Alike]) -> str:
    if not any(lane.vendor_id in {None, alike.facts.vendor_id} for alike in people):
        of_vendor = f" of {vendor}" if vendor else ""
        settings = ", or give them no share in the settings and let that reach the items that are in" if vendor else ""
        return f"Nobody{of_vendor} is certified for {queue.skill or queue}. Certify people{of_vendor}{settings}."
    return (
        f"Nobody who is certified{f' of {vendor}' if vendor else ''} works in {lane.language}. "
        "Certify somebody who does, or add the language on a person’s page."
    )


def _why_too_few(queue: Queue, lane: LaneFacts, suited: int, able: int) -> str:
    """Never which of the reasons it is: of few people that would tell what one of them chose."""
    if not able:
        return (
            "Everybody who fits is paused, at a cap, yet to read a change of the policy, or gets other work by choice. "
            "Certify more people, or see whether the settings’ caps are meant so."
        )
    most = max(queue.base_answers, queue.overlap_size if queue.overlap_rate else 0)
    if lane.vendor_id is None and suited < most:
        return (
            f"Items ask for up to {most} answers of different people, and only {suited} can answer these: "
            "the last answers would wait for ever. Certify more people, or ask for fewer answers."
        )
    return ""


def _rows(statement: str, queue: Queue) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"queue": queue.pk, "most": MOST_COUNTED})
        return list(cursor.fetchall())
