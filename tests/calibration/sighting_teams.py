"""A team that logs the content of all that the product serves it, over days of work with the real services."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

import numpy as np

from calibration.services.placing import place_gold
from labeling.engine.contents import content_hash
from labeling.models import Queue
from labeling.queries.claims import read_door
from labeling.services.assignments import Assignment, claim_at
from labeling.services.labels import Submission, submit_without_key
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.builders import make_items, make_labeler, make_queue, make_team
from tests.calibration.builders import make_gold, make_plan
from tests.labeling.clocks import shift_clock

DAY = 24 * 3600
ANSWERS_BETWEEN_PLACINGS = 20


@dataclass(frozen=True, kw_only=True)
class Site:
    """A queue, the teams that work in it, and what is served there a day.

    `at_work` is the share of days that people of each team work; `backlog` how many days of items wait at the start.
    """

    teams: Sequence[int] = (5, 5)
    at_work: Sequence[float] = (1.0, 1.0)
    answers_a_day: int = 25
    days: int = 3
    gold: int = 300
    gold_rate: float = 0.25
    backlog: float = 0.5
    queue: dict[str, object] = field(default_factory=dict)
    plan: dict[str, object] = field(default_factory=dict)
    seed: int = 1


@dataclass
class Log:
    """When a team met each content, in order; `gold` are the contents that are gold."""

    gold: frozenset[str]
    met: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """How often each gold item and each other item was met."""
        found = [[], []]
        for content, times in self.met.items():
            found[content not in self.gold].append(len(times))
        return np.array(found[0]), np.array(found[1])


def logged_by_first_team(site: Site) -> Log:
    """What the first team of a site sees, claim by claim."""
    rng = Random(site.seed)
    queue = make_queue(**({"overlap_rate": 0.1, "overlap_size": 3, "draw_seed": site.seed} | site.queue))
    make_plan(queue, **({"gold_rate": site.gold_rate, "gold_a_day_cap": 1000} | site.plan))
    gold = frozenset(make_gold(queue).item.content_hash for _ in range(site.gold))
    teams = [make_team() for _ in site.teams]
    people = [
        [make_labeler(team=team, queues=[queue]) for _ in range(size)]
        for team, size in zip(teams, site.teams, strict=True)
    ]
    log = Log(gold)
    _enter(queue, site, days=site.backlog)
    for day in range(site.days):
        _enter(queue, site, days=1)
        _work_a_day(queue, site, people, log, day=day, rng=rng)
    return log


def auc_of(gold: np.ndarray, ordinary: np.ndarray) -> float:
    """Mann and Whitney: the share of pairs in which gold scores higher, ties as a half."""
    ordinary = np.sort(ordinary)
    below, to = np.searchsorted(ordinary, gold, "left"), np.searchsorted(ordinary, gold, "right")
    return float((below + to).mean() / (2 * len(ordinary)))


def trained_auc(gold: np.ndarray, ordinary: np.ndarray, *, rng: np.random.Generator) -> float:
    """The same for the best rule by counts: each count scores what it was worth in one half, tried on the other."""
    (known_gold, gold), (known, ordinary) = (_halves(values, rng) for values in (gold, ordinary))
    size = int(max(known_gold.max(initial=1), known.max(initial=1), gold.max(), ordinary.max())) + 1
    often, rarely = (np.bincount(values, minlength=size) + 0.5 for values in (known_gold, known))
    worth = often / often.sum() / (rarely / rarely.sum())
    return auc_of(worth[gold], worth[ordinary])


def _halves(values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    mixed = rng.permutation(values)
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


def _enter(queue: Queue, site: Site, *, days: float) -> None:
    """As many items as people answer in so many days, besides gold."""
    people = sum(size * share for size, share in zip(site.teams, site.at_work, strict=True))
    ordinary = people * site.answers_a_day * days * (1 - site.gold_rate)
    answers_an_item = (1 - queue.overlap_rate) * queue.base_answers + queue.overlap_rate * queue.overlap_size
    make_items(queue, round(ordinary / answers_an_item))


def _work_a_day(
    queue: Queue, site: Site, people: Sequence[Sequence[Labeler]], log: Log, *, day: int, rng: Random
) -> None:
    """Everybody who is at work answers in turn, in an order that chance gives."""
    here = [person for team, share in zip(people, site.at_work, strict=True) for person in team if rng.random() < share]
    turns = [person for person in here for _ in range(site.answers_a_day)]
    rng.shuffle(turns)
    team, start = {person.pk for person in people[0]}, clock.now() + timedelta(seconds=day * DAY)
    for turn, person in enumerate(turns):
        seconds = turn * 8 * 3600 // len(turns)
        if turn % ANSWERS_BETWEEN_PLACINGS == 0:
            shift_clock(day * DAY + seconds)
            place_gold(queue, now=start + timedelta(seconds=seconds), rng=rng)
        content = _answer_next(queue, person, rng)
        if content and person.pk in team:
            log.met[content].append(day + turn / len(turns))


def _answer_next(queue: Queue, person: Labeler, rng: Random) -> str:
    """The content of what this person was served and answered; empty where nothing is left."""
    found = claim_at(read_door(queue.pk, person.pk), draw=rng.random)
    if not isinstance(found, Assignment):
        return ""
    submit_without_key(found.id, person, Submission(found.token, {"category": "spam"}))
    return content_hash(found.kind, found.content)


def share_of_counts(counts: np.ndarray) -> dict[int, float]:
    """How often each number of sightings comes up, as shares."""
    return {int(often): round(n / len(counts), 3) for often, n in sorted(Counter(counts.tolist()).items())}
