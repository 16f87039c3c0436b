"""How often teams of a queue meet items, and how easily they could spot gold by that, in sentences."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calibration.enums import GoldMode
from calibration.models import SamplingPlan, TeamSightings
from calibration.queries.rows import read_rows
from calibration.queries.stocks import GoldStocks, read_stocks, team_of
from calibration.stats import Ease, SightingPlan, counted_auc, expected_sightings, sighting_auc, spotted
from labeling.models import Queue
from qaplatform.people.models import Labeler

# How long a team is taken to log what it sees, in working days, and what that is by the calendar.
LOGGED_DAYS = 20
LOGGED = timedelta(days=28)
MOST_ANSWERS = 100_000
# What was counted is told from so many items on.
FEWEST_GOLD = 30
FEWEST_ORDINARY = 100

# How many contents each team has met once, twice, ... as ordinary items. Plan: the newest answers of the window by
# label_by_queue, at most so many, each with its slot, item and labeler by primary key; hashed once a team and content,
# once a frequency. Runs once an hour and queue.
READ_ORDINARY = """
WITH lately AS (
    SELECT l.slot_id, l.item_id, l.labeler_id FROM labeling_label l
    WHERE l.queue_id = %(queue)s AND l.created_at >= %(since)s AND l.created_at <= %(now)s AND l.revises_id IS NULL
    ORDER BY l.created_at DESC LIMIT %(most)s
),
met AS (
    SELECT coalesce(p.team_id, -p.vendor_id) AS team, count(DISTINCT lately.labeler_id) AS often
    FROM lately
    JOIN labeling_slot s ON s.id = lately.slot_id AND s.origin = 'entry'
    JOIN labeling_item i ON i.id = lately.item_id
    JOIN people_labeler p ON p.id = lately.labeler_id
    GROUP BY 1, i.content_hash
)
SELECT team, often, count(*) FROM met GROUP BY 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class Sightings:
    """How well counting sightings tells gold, for the largest team of a queue; None where it meets no gold."""

    team: int
    auc: float | None

    @property
    def ease(self) -> str:
        """Hard, possible or easy; empty where there is nothing to spot."""
        return "" if self.auc is None else spotted(self.auc).value


def sightings_of(plan: SamplingPlan, *, team: int, people: int, gold_a_day: float, live_gold: int) -> Sightings:
    """What the largest `team` of the queue's `people` can make of what it sees."""
    if not team:
        return Sightings(team=0, auc=None)
    shown = _sighting_plan(plan, team=team, people=people, gold_a_day=gold_a_day, live_gold=live_gold)
    return Sightings(team=team, auc=sighting_auc(shown, days=LOGGED_DAYS))


def count_ordinary(queue: Queue, *, now: datetime) -> dict[int, tuple[int, ...]]:
    """How many ordinary items each team has met once, twice, ... in the last four weeks."""
    parameters = {"queue": queue.pk, "now": now, "since": now - LOGGED, "most": MOST_ANSWERS}
    counted: defaultdict[int, Counter[int]] = defaultdict(Counter)
    for team, often, items in read_rows(READ_ORDINARY, parameters):
        counted[team][often] = items
    return {team: tuple(items[n] for n in range(1, max(items) + 1)) for team, items in counted.items()}


def read_ordinary(queue: Queue) -> dict[int, tuple[int, ...]]:
    """The same as it was counted last."""
    rows = TeamSightings.objects.filter(queue=queue).values_list("team", "items")
    return {team: tuple(items) for team, items in rows}


def read_placeable(plan: SamplingPlan, people: Sequence[Labeler], *, now: datetime) -> GoldStocks:
    """Gold, people's sightings and stocks of a queue, with what matched gold is matched to."""
    stocks = read_stocks(plan.queue, now=now)
    if plan.mode == GoldMode.POOLED:
        return stocks
    return replace(stocks, expected=expected_by_team(plan, people, read_ordinary(plan.queue)))


def expected_by_team(
    plan: SamplingPlan, people: Sequence[Labeler], ordinary: Mapping[int, Sequence[int]]
) -> dict[int, tuple[float, ...]]:
    """Chance that an item which a team has met came by once, twice, ...: by what was counted, else by the settings."""
    sizes = Counter(team_of(person) for person in people)
    return {
        team: expected_sightings(
            _sighting_plan(plan, team=size, people=len(people), gold_a_day=0, live_gold=0), ordinary.get(team, ())
        )
        for team, size in sizes.items()
    }


@dataclass(frozen=True, kw_only=True)
class CountedSightings:
    """What the team that could tell most has met: so many gold and other items, and what counting them tells."""

    gold: int
    ordinary: int
    auc: float

    @property
    def sentence(self) -> str:
        """What was counted, in words."""
        return (
            f"Counted so far: the team that could tell most has met {self.gold:,} gold and {self.ordinary:,} other "
            f"items and would be right in {self.auc * 100:.0f} of 100 pairs. Spotting gold by counting is "
            f"{spotted(self.auc).value} there."
        )


def counted_sightings(stocks: GoldStocks, ordinary: Mapping[int, Sequence[int]]) -> CountedSightings | None:
    """The team whose log tells gold best by the number of sightings; None where all have met too little to say."""
    found = [
        CountedSightings(gold=sum(gold), ordinary=sum(items), auc=auc)
        for team, items in ordinary.items()
        if sum(items) >= FEWEST_ORDINARY
        and sum(gold := stocks.times_met(team)) >= FEWEST_GOLD
        and (auc := counted_auc(gold, items)) is not None
    ]
    return max(found, key=lambda counted: abs(counted.auc - 0.5), default=None)


def sightings_in_words(found: Sightings) -> str:
    """One sentence; empty where there is nothing to spot."""
    if found.auc is None:
        return ""
    how = {Ease.HARD: "can hardly", Ease.POSSIBLE: "could possibly", Ease.EASY: "could easily"}[spotted(found.auc)]
    who = f"A team of {found.team} that logs" if found.team > 1 else "Somebody who logs"
    return (
        f"{who} what it sees for {LOGGED_DAYS} working days {how} tell gold from other items by how often each comes "
        f"by (right in {found.auc * 100:.0f} of 100 pairs; 50 would be guessing)."
    )


def sightings_warning(found: Sightings, plan: SamplingPlan) -> str:
    """What to change where gold can be told by counting; empty where it can hardly be."""
    if found.auc is None or spotted(found.auc) == Ease.HARD:
        return ""
    if plan.mode == GoldMode.POOLED:
        change = "Choose matched gold that a team meets rarely, which takes more of it, or add gold to the pool."
    else:
        change = "Let a team meet a gold item more often: ordinary items come by oftener."
    return f"Gold can be told from other items by counting how often each comes by. {change}"


def _sighting_plan(plan: SamplingPlan, *, team: int, people: int, gold_a_day: float, live_gold: int) -> SightingPlan:
    queue = plan.queue
    return SightingPlan(
        team=team,
        people=people,
        gold_a_day=gold_a_day,
        live_gold=live_gold,
        team_cap=plan.exposures_a_team_cap if plan.mode == GoldMode.MATCHED else None,
        base_answers=queue.base_answers,
        overlap_rate=queue.overlap_rate,
        overlap_size=queue.overlap_size,
    )
