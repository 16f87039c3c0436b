"""What gold a queue has, who has met it, and how much waits before each person."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from calibration.enums import GoldPool, GoldState
from calibration.models import BurntGold, GoldItem
from calibration.queries.rows import read_rows
from calibration.queries.windows import day_start
from labeling.models import Label, Queue
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler

ACTIVE_WITHIN = timedelta(days=30)

# Slots on items with the content of this queue's gold, by whoever had or has them: gold items are few, so
# item_by_content and the slots of each item are probed once a gold item. A skip leaves its slot behind, so skips are
# read beside.
READ_MET = """
WITH gold AS (SELECT DISTINCT i.content_hash FROM calibration_golditem g JOIN labeling_item i ON i.id = g.item_id
              WHERE g.queue_id = %(queue)s AND g.state = 'live' AND g.pool = 'monitoring'),
twin AS (SELECT i.id, i.content_hash FROM labeling_item i JOIN gold USING (content_hash))
SELECT coalesce(s.labeler_id, s.reserved_for_id) AS met_by, twin.content_hash FROM twin
JOIN labeling_slot s ON s.item_id = twin.id AND coalesce(s.labeler_id, s.reserved_for_id) IS NOT NULL
UNION
SELECT k.labeler_id, twin.content_hash FROM twin JOIN labeling_skip k ON k.item_id = twin.id
"""

# Per person: placed gold that waits unanswered (index slot_reserved_work), and what was answered since midnight.
READ_STOCKS = """
SELECT coalesce(s.labeler_id, s.reserved_for_id), count(*) FILTER (WHERE s.state IN ('open', 'leased')),
       count(*) FILTER (WHERE s.state = 'done' AND s.done_at >= %(midnight)s)
FROM labeling_slot s JOIN calibration_placement p ON p.slot_id = s.id AND p.purpose = 'gold'
WHERE s.queue_id = %(queue)s
  AND (s.state IN ('open', 'leased') OR (s.state = 'done' AND s.done_at >= %(midnight)s))
GROUP BY 1
"""

# How often each team has met each gold item's content as gold.
READ_EXPOSURES = """
SELECT coalesce(p.team_id, -p.vendor_id), i.content_hash, count(*)
FROM calibration_placement c
JOIN labeling_slot s ON s.id = c.slot_id AND s.state <> 'cancelled'
JOIN labeling_item i ON i.id = s.item_id
JOIN people_labeler p ON p.id = coalesce(s.labeler_id, s.reserved_for_id)
WHERE s.queue_id = %(queue)s AND c.purpose = 'gold'
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class LiveGold:
    """A gold item that may be placed."""

    gold_id: int
    item_id: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Stock:
    """Gold that waits before somebody, and gold answered since midnight UTC."""

    waiting: int = 0
    answered_today: int = 0


@dataclass(frozen=True, kw_only=True)
class GoldStocks:
    """What choosing gold for the people of a queue rests on; people without a team count as minus their vendor's id."""

    live: tuple[LiveGold, ...]
    met: Mapping[int, frozenset[str]]
    stocks: Mapping[int, Stock]
    exposures: Counter[tuple[int, str]]
    burnt: Mapping[int, frozenset[int]]

    def unseen(self, labeler: Labeler) -> list[LiveGold]:
        """Live gold whose content this person has not met and whose answer their vendor has not seen."""
        met = self.met.get(labeler.pk, frozenset())
        burnt = self.burnt.get(labeler.vendor_id, frozenset())
        return [gold for gold in self.live if gold.content_hash not in met and gold.gold_id not in burnt]

    def exposure(self, labeler: Labeler, gold: LiveGold) -> int:
        """How often the person's team has met this content as gold."""
        return self.exposures.get((team_of(labeler), gold.content_hash), 0)


def team_of(labeler: Labeler) -> int:
    """The team as exposures count it; people without a team share their vendor's."""
    return labeler.team_id if labeler.team_id is not None else -labeler.vendor_id


def people_of(queue: Queue, *, now: datetime) -> QuerySet[Labeler]:
    """People whom gold is placed for: active, with an account, certified; without a skill, who worked here lately."""
    people = Labeler.objects.filter(is_active=True).exclude(kind=LabelerKind.EXTERNAL)
    if queue.skill_id is None:
        lately = Label.objects.filter(queue=queue, created_at__gte=now - ACTIVE_WITHIN)
        return people.filter(pk__in=lately.values("labeler_id"))
    grants = Q(skill_grants__skill_id=queue.skill_id, skill_grants__revoked_at=None, skill_grants__suspended_at=None)
    unexpired = Q(skill_grants__expires_at=None) | Q(skill_grants__expires_at__gt=now)
    return people.filter(grants & unexpired).distinct()


def read_stocks(queue: Queue, *, now: datetime) -> GoldStocks:
    """Gold, people's sightings and stocks of a queue, in five queries."""
    waiting = read_rows(READ_STOCKS, {"queue": queue.pk, "midnight": day_start(now)})
    exposures = read_rows(READ_EXPOSURES, {"queue": queue.pk})
    return GoldStocks(
        live=_live_gold(queue),
        met=_met(queue),
        stocks={labeler_id: Stock(open_now, answered) for labeler_id, open_now, answered in waiting},
        exposures=Counter({(team, content): n for team, content, n in exposures}),
        burnt=_burnt(queue),
    )


def read_sightings(queue: Queue) -> GoldStocks:
    """Only what tells who has met what, in three queries: enough to say who has unseen gold left."""
    return GoldStocks(live=_live_gold(queue), met=_met(queue), stocks={}, exposures=Counter(), burnt=_burnt(queue))


def _live_gold(queue: Queue) -> tuple[LiveGold, ...]:
    """Live monitoring gold that no ordinary answer is asked for: served items are placed, never open to claim."""
    rows = GoldItem.objects.filter(
        queue=queue, state=GoldState.LIVE, pool=GoldPool.MONITORING, item__withdrawn_at=None, item__purged_at=None
    )
    answered = rows.filter(answers__approved_at__isnull=False, answers__replaced_at=None).distinct().order_by("id")
    return tuple(LiveGold(*row) for row in answered.values_list("id", "item_id", "item__content_hash"))


def _met(queue: Queue) -> dict[int, frozenset[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for labeler_id, content_hash in read_rows(READ_MET, {"queue": queue.pk}):
        found[labeler_id].add(content_hash)
    return {labeler_id: frozenset(met) for labeler_id, met in found.items()}


def _burnt(queue: Queue) -> dict[int, frozenset[int]]:
    found: defaultdict[int, set[int]] = defaultdict(set)
    for vendor_id, gold_id in BurntGold.objects.filter(gold__queue=queue).values_list("vendor_id", "gold_id"):
        found[vendor_id].add(gold_id)
    return {vendor_id: frozenset(burnt) for vendor_id, burnt in found.items()}
