"""Loading the demo: people first, so that they can sign in; then everything else in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db import connection, transaction

from calibration.demo.copying import analyze_tables
from calibration.demo.people import Staff, enter_people, grant_skills
from calibration.demo.plans import DemoPlan
from calibration.demo.queues import QueueRows, enter_queue
from calibration.demo.scenes import Scene
from calibration.demo.timelines import Timeline, draw_timeline
from calibration.demo.uuids import Uuids
from calibration.demo.worlds import World, draw_world
from calibration.demo.writing import write_queue
from calibration.models import GoldAnswer, GoldItem, Placement
from labeling.models import Item, Label, Skip, Slot
from labeling.signals import label_recorded
from qaplatform.people.models import Labeler, SkillGrant

Report = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """What was drawn, when it was, and the rows that it hangs on, queue by queue."""

    world: World
    timeline: Timeline
    staff: Staff
    queues: tuple[QueueRows, ...]


def load_people(plan: DemoPlan, *, today: date) -> Staff:
    """Make the accounts, or find them."""
    timeline = draw_timeline(plan.days, today=today)
    return enter_people(plan, Uuids(np.random.default_rng([plan.seed, 1])), since=timeline.begin)


@transaction.atomic
def load_history(plan: DemoPlan, staff: Staff, *, today: date, report: Report) -> Loaded:
    """Store the whole history of a plan."""
    report("Making up six weeks of work")
    world, timeline = draw_world(plan), draw_timeline(plan.days, today=today)
    rng = np.random.default_rng([plan.seed, 2])
    uuids = Uuids(rng)
    _check_as_written()
    queues = tuple(
        enter_queue(
            drawn.queue,
            plan,
            uuids,
            is_matched=drawn.is_matched,
            draw_seed=int(rng.integers(1, 2**31)),
            author=staff.users["paul"],
            since=timeline.begin,
        )
        for drawn in world.queues
    )
    grant_skills(staff, tuple(rows.skill for rows in queues), uuids, plan=plan, since=timeline.begin)
    for drawn, rows in zip(world.queues, queues, strict=True):
        report(f"Writing {drawn.queue.name}")
        labelers = tuple(staff.labelers[name] for name in drawn.people)
        authors = (staff.users["quinn"], staff.users["paul"])
        write_queue(Scene(drawn, rows, timeline, labelers, authors, uuids, rng))
        label_recorded.send(sender=None, queue_id=rows.queue.pk, labeler_id=None, item_id=None)
    analyze_tables(Item, Slot, Label, Skip, GoldItem, GoldAnswer, Placement, Labeler, SkillGrant)
    return Loaded(world, timeline, staff, queues)


def _check_as_written() -> None:
    """Foreign keys are checked with each COPY, so that the check is a part of the progress and not of the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
