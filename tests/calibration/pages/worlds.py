"""A small measured world: people of two vendors in one queue, who agree on most items and have answered gold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from calibration.enums import GoldState, Purpose
from calibration.models import GoldAnswer, GoldItem, Placement
from calibration.services.marks import mark_stale
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Item, Label, Queue, Slot
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Team, User, Vendor
from tests.builders import make_items, make_labeler, make_queue, make_team, make_user, make_vendor
from tests.calibration.builders import make_plan

AGREED = 8
SPLIT = 4
Answered = tuple[Item, Labeler, str]


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
    judge_gold(queue, [*mine, rival], [number % 4 != 0 for number in range(gold)])
    count(queue)
    return World(queue=queue, team=team, people=mine, rival=rival)


def judge_items(queue: Queue, labelers: Sequence[Labeler], **fields: object) -> list[Item]:
    """Items that all of these judged yesterday, some of them differently."""
    items = make_items(queue, AGREED + SPLIT, **fields)
    given = [
        (item, labeler, "scam" if place >= AGREED and number == 0 else ("spam", "no_violation")[place % 2])
        for place, item in enumerate(items)
        for number, labeler in enumerate(labelers)
    ]
    write_labels(queue, given, at=clock.now() - timedelta(days=1), origin=SlotOrigin.IMPORTED)
    return items


def judge_gold(queue: Queue, labelers: Iterable[Labeler], right: Sequence[bool]) -> None:
    """Gold of the category spam, each answered by all of these; a wrong answer is "no violation"."""
    at = clock.now() - timedelta(days=3)
    golds = write_gold(queue, ["spam"] * len(right), at=at)
    items = [gold.item for gold in golds]
    given = [
        (item, labeler, "spam" if is_right else "no_violation")
        for labeler in labelers
        for item, is_right in zip(items, right, strict=True)
    ]
    slots = write_labels(queue, given, at=at, origin=SlotOrigin.PLACED)
    by_item = {gold.item_id: gold for gold in golds}
    Placement.objects.bulk_create(
        Placement(slot=slot, purpose=Purpose.GOLD, gold=by_item[slot.item_id], rate_in_force=0.1) for slot in slots
    )


def write_gold(queue: Queue, expected: Sequence[str], *, at: datetime) -> list[GoldItem]:
    """Live gold with these expected answers, in two statements."""
    items = make_items(queue, len(expected), answers_needed=0)
    golds = GoldItem.objects.bulk_create(GoldItem(item=item, queue=queue, state=GoldState.LIVE) for item in items)
    words = {"number": 1, "question": "category", "reason": "It is so.", "approved_at": at}
    author, approver = make_user(), make_user()
    GoldAnswer.objects.bulk_create(
        GoldAnswer(gold=gold, accepted=[code], author=author, approver=approver, **words)
        for gold, code in zip(golds, expected, strict=True)
    )
    return golds


def write_labels(queue: Queue, given: Sequence[Answered], *, at: datetime, origin: SlotOrigin) -> list[Slot]:
    """Done slots with their labels, in two statements, a second apart."""
    schema, version = queue.schemas.get(number=1), queue.policy_version
    times = [at + timedelta(seconds=place) for place in range(len(given))]
    slots = Slot.objects.bulk_create(
        Slot(
            item=item,
            slot_no=1000 + place,
            queue=queue,
            state=SlotState.DONE,
            origin=origin,
            labeler=labeler,
            assignment_id=uuid4(),
            token=uuid4(),
            claimed_at=times[place],
            done_at=times[place],
        )
        for place, (item, labeler, _) in enumerate(given)
    )
    Label.objects.bulk_create(
        Label(
            slot=slot,
            item=item,
            queue=queue,
            labeler=labeler,
            answers={"category": category},
            policy_version=version,
            schema=schema,
            claimed_at=slot.claimed_at,
            created_at=slot.done_at,
        )
        for slot, (item, labeler, category) in zip(slots, given, strict=True)
    )
    return slots


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
