"""A small measured world: people of two vendors in one queue, who agree on most items and have answered gold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from calibration.services.marks import mark_stale
from calibration.services.refresh import refresh_queue
from labeling.models import Item, Queue
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Team, User, Vendor
from tests.builders import make_items, make_labeler, make_queue, make_team, make_user, make_vendor
from tests.calibration.builders import add_label, answer_gold, make_plan

AGREED = 8
SPLIT = 4


@dataclass(frozen=True)
class World:
    queue: Queue
    team: Team
    people: tuple[Labeler, ...]
    rival: Labeler

    @property
    def vendor(self) -> Vendor:
        return self.team.vendor


def make_world(*, people: int = 2, gold: int = 24, name: str = "Spam queue") -> World:
    """A team's people and one of another vendor: alike on eight items, apart on four, three quarters right on gold."""
    queue = make_queue(name)
    make_plan(queue)
    team = make_team(make_vendor(f"Acme {name}"), "Morning")
    mine = tuple(make_labeler(f"person{number} {name}", team=team, queues=[queue]) for number in range(people))
    rival = make_labeler(f"rival {name}", vendor=make_vendor(f"Rival {name}"), queues=[queue])
    judge_items(queue, [*mine, rival])
    start = clock.now() - timedelta(days=3)
    for labeler in (*mine, rival):
        answer_gold(queue, labeler, [number % 4 != 0 for number in range(gold)], start=start)
    count(queue)
    return World(queue=queue, team=team, people=mine, rival=rival)


def judge_items(queue: Queue, labelers: Sequence[Labeler], **fields: object) -> list[Item]:
    """Items that all of these judged yesterday, some of them differently."""
    items = make_items(queue, AGREED + SPLIT, **fields)
    at = clock.now() - timedelta(days=1)
    for place, item in enumerate(items):
        for number, labeler in enumerate(labelers):
            is_odd = place >= AGREED and number == 0
            category = "scam" if is_odd else ("spam", "no_violation")[place % 2]
            add_label(item, labeler, category, at=at)
    return items


def count(queue: Queue) -> None:
    """What the beat does within ten seconds."""
    mark_stale(queue)
    refresh_queue(queue.pk, now=clock.now())


def make_staff(role: Role, world: World | None = None) -> User:
    """Somebody in a role, as far as it usually reaches."""
    if world and role == Role.TEAM_LEAD:
        return make_user(roles=[role], team=world.team)
    if world and role == Role.VENDOR_MANAGER:
        return make_user(roles=[role], vendor=world.vendor)
    return make_user(roles=[role])
