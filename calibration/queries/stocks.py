"""What gold a queue has, who has met it, and how much waits before each person."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q

from calibration.enums import GoldPool, GoldState
from calibration.models import BurntGold, GoldItem
from calibration.queries.rows import read_rows
from calibration.queries.windows import day_start
from calibration.stats import showings_due
from labeling.models import Label, Queue
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler, SkillGrant

ACTIVE_WITHIN = timedelta(days=30)

# Slots on items with the content of this queue's gold, by whoever had or has them: gold items are few, so
# item_by_content and the slots of each item are probed once a gold item. A skip leaves its slot behind, so skips are
# read beside. What was taken back before anybody was handed it was not seen, yet is not placed with them again.
READ_MET = """
WITH gold AS (SELECT DISTINCT g.queue_id, i.content_hash
              FROM calibration_golditem g JOIN labeling_item i ON i.id = g.item_id
              WHERE g.queue_id = ANY(%(queues)s) AND g.state = 'live' AND g.pool = 'monitoring'),
twin AS (SELECT i.id, gold.queue_id, i.content_hash FROM labeling_item i JOIN gold USING (content_hash)),
met AS (
    SELECT twin.queue_id, coalesce(s.labeler_id, s.reserved_for_id) AS met_by, twin.content_hash,
           s.labeler_id IS NOT NULL OR s.state <> 'cancelled' AS is_seen, coalesce(s.done_at, s.created_at) AS at
    FROM twin JOIN labeling_slot s ON s.item_id = twin.id AND coalesce(s.labeler_id, s.reserved_for_id) IS NOT NULL
    UNION ALL
    SELECT twin.queue_id, k.labeler_id, twin.content_hash, TRUE, k.created_at
    FROM twin JOIN labeling_skip k ON k.item_id = twin.id
)
SELECT met.queue_id, met.met_by, coalesce(p.team_id, -p.vendor_id), met.content_hash, bool_or(met.is_seen), max(met.at)
FROM met JOIN people_labeler p ON p.id = met.met_by
GROUP BY 1, 2, 3, 4
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

# Placed gold that nobody was handed yet, with the chance at which it waits (index slot_reserved_work): what was handed
# out and given back waits at 1 and keeps what it had.
READ_WAITING = """
SELECT s.reserved_for_id, s.id, s.serve_chance
FROM labeling_slot s JOIN calibration_placement p ON p.slot_id = s.id AND p.purpose = 'gold'
WHERE s.queue_id = %(queue)s AND s.state = 'open' AND s.reserved_for_id IS NOT NULL AND s.serve_chance < 1
ORDER BY s.id
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
    """What choosing gold for the people of a queue rests on; people without a team count as minus their vendor's id.

    `expected` is by team the chance of an ordinary item to be met once, twice, ...; None in pooled mode. `last_met` is
    when somebody of a team met a content last, or was to.
    """

    live: tuple[LiveGold, ...]
    met: Mapping[int, AbstractSet[str]]
    stocks: Mapping[int, Stock]
    exposures: Counter[tuple[int, str]]
    burnt: Mapping[int, AbstractSet[int]]
    expected: Mapping[int, tuple[float, ...]] | None = None
    last_met: dict[tuple[int, str], datetime] = field(default_factory=dict)

    def unseen(self, labeler: Labeler) -> list[LiveGold]:
        """Live gold, one item a content, that this person has not met and whose answer their vendor has not seen."""
        met = self.met.get(labeler.pk, frozenset())
        burnt = self.burnt.get(labeler.vendor_id, frozenset())
        found = (gold for gold in self.live if gold.content_hash not in met and gold.gold_id not in burnt)
        return list({gold.content_hash: gold for gold in found}.values())

    def placeable(self, labeler: Labeler) -> list[LiveGold]:
        """Unseen gold that may come next: in matched mode what the team has not met, and what is due to come again."""
        if self.expected is None:
            return self.unseen(labeler)
        team = team_of(labeler)
        due = {0, *showings_due(self.times_met(team), self.expected[team])}
        return [gold for gold in self.unseen(labeler) if self.exposure(labeler, gold) in due]

    def exposure(self, labeler: Labeler, gold: LiveGold) -> int:
        """How many of the person's team have met this content, as gold or as anything else."""
        return self.exposures.get((team_of(labeler), gold.content_hash), 0)

    def times_met(self, team: int) -> list[int]:
        """How much live gold a team has met once, twice, ...."""
        contents = {gold.content_hash for gold in self.live}
        often = Counter(times for content in contents if (times := self.exposures.get((team, content), 0)))
        return [often[times] for times in range(1, max(often, default=0) + 1)]


@dataclass(frozen=True, slots=True)
class WaitingGold:
    """A placed slot that waits before somebody, and the chance at which it is served."""

    labeler_id: int
    slot_id: int
    serve_chance: float


def team_of(labeler: Labeler) -> int:
    """The team as exposures count it; people without a team share their vendor's."""
    return labeler.team_id if labeler.team_id is not None else -labeler.vendor_id


def people_of(queue: Queue, *, now: datetime) -> tuple[Labeler, ...]:
    """People whom gold is placed for: active, with an account, certified; without a skill, who worked here lately."""
    return people_of_queues([queue], now=now)[queue.pk]


def people_of_queues(queues: Sequence[Queue], *, now: datetime) -> dict[int, tuple[Labeler, ...]]:
    """`people_of` each queue, in three queries for any number of queues."""
    certified = _certified({queue.skill_id for queue in queues}, now)
    at_work = _at_work([queue for queue in queues if queue.skill_id is None], now)
    wanted = {queue.pk: certified[queue.skill_id] if queue.skill_id else at_work[queue.pk] for queue in queues}
    active = Labeler.objects.filter(is_active=True, pk__in=set().union(*wanted.values()))
    people = {person.pk: person for person in active.exclude(kind=LabelerKind.EXTERNAL)}
    return {pk: tuple(people[found] for found in sorted(ids & people.keys())) for pk, ids in wanted.items()}


def read_stocks(queue: Queue, *, now: datetime) -> GoldStocks:
    """Gold, people's sightings and stocks of a queue, in four queries."""
    waiting = read_rows(READ_STOCKS, {"queue": queue.pk, "midnight": day_start(now)})
    return replace(
        read_sightings([queue])[queue.pk],
        stocks={labeler_id: Stock(open_now, answered) for labeler_id, open_now, answered in waiting},
    )


def read_waiting(queue: Queue) -> tuple[WaitingGold, ...]:
    """Placed gold of a queue that was never handed out."""
    return tuple(WaitingGold(*row) for row in read_rows(READ_WAITING, {"queue": queue.pk}))


def read_sightings(queues: Sequence[Queue]) -> dict[int, GoldStocks]:
    """Only what tells who has met what, in three queries: enough to say who has unseen gold left."""
    ids = [queue.pk for queue in queues]
    live, burnt = _live_gold(ids), _burnt(ids)
    met: defaultdict[int, defaultdict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    exposures: defaultdict[int, Counter[tuple[int, str]]] = defaultdict(Counter)
    last: defaultdict[int, dict[tuple[int, str], datetime]] = defaultdict(dict)
    for queue_id, labeler_id, team, content, is_seen, at in read_rows(READ_MET, {"queues": ids}):
        met[queue_id][labeler_id].add(content)
        exposures[queue_id][team, content] += is_seen
        last[queue_id][team, content] = max(at, last[queue_id].get((team, content), at))
    return {
        pk: GoldStocks(
            live=tuple(live[pk]), met=met[pk], stocks={}, exposures=exposures[pk], burnt=burnt[pk], last_met=last[pk]
        )
        for pk in ids
    }


def _certified(skill_ids: set[int | None], now: datetime) -> defaultdict[int, set[int]]:
    """Labelers by the skill that they hold now."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=now)
    grants = SkillGrant.objects.filter(unexpired, skill__in=skill_ids, revoked_at=None, suspended_at=None)
    found: defaultdict[int, set[int]] = defaultdict(set)
    for skill_id, labeler_id in grants.values_list("skill_id", "labeler_id"):
        found[skill_id].add(labeler_id)
    return found


def _at_work(queues: Sequence[Queue], now: datetime) -> defaultdict[int, set[int]]:
    """Labelers by the queue in which they answered lately."""
    lately = Label.objects.filter(queue__in=queues, created_at__gte=now - ACTIVE_WITHIN).order_by()
    found: defaultdict[int, set[int]] = defaultdict(set)
    for queue_id, labeler_id in lately.values_list("queue_id", "labeler_id").distinct():
        found[queue_id].add(labeler_id)
    return found


def _live_gold(queue_ids: Sequence[int]) -> defaultdict[int, list[LiveGold]]:
    """Live monitoring gold that no ordinary answer is asked for: served items are placed, never open to claim."""
    rows = GoldItem.objects.filter(
        queue__in=queue_ids,
        state=GoldState.LIVE,
        pool=GoldPool.MONITORING,
        item__withdrawn_at=None,
        item__purged_at=None,
        made_from__withdrawn_at=None,
        made_from__purged_at=None,
    )
    answered = rows.filter(answers__approved_at__isnull=False, answers__replaced_at=None).distinct().order_by("id")
    found: defaultdict[int, list[LiveGold]] = defaultdict(list)
    for queue_id, gold_id, item_id, content in answered.values_list("queue_id", "id", "item_id", "item__content_hash"):
        found[queue_id].append(LiveGold(gold_id, item_id, content))
    return found


def _burnt(queue_ids: Sequence[int]) -> defaultdict[int, defaultdict[int, set[int]]]:
    found: defaultdict[int, defaultdict[int, set[int]]] = defaultdict(lambda: defaultdict(set))
    rows = BurntGold.objects.filter(gold__queue__in=queue_ids)
    for queue_id, vendor_id, gold_id in rows.values_list("gold__queue_id", "vendor_id", "gold_id"):
        found[queue_id][vendor_id].add(gold_id)
    return found
