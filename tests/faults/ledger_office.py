"""The office of the ledger test: makes people and queues, feeds them, places work and withdraws items while they run.

A Django process on the rig's database; it is killed as well: `python -m tests.faults.ledger_office FOLDER`, with
`plan.json` in the folder. It writes `world.json`, and each withdrawal that was acknowledged to its ledger.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import django
from django.db import DatabaseError, connection, transaction
from django.db.models import Count

django.setup()

from labeling.enums import SlotState  # noqa: E402
from labeling.models import Category, Item, Policy, Queue, Slot  # noqa: E402
from labeling.services.entry import ItemDraft, enter_items  # noqa: E402
from labeling.services.placement import place_items  # noqa: E402
from labeling.services.withdrawals import withdraw_item  # noqa: E402
from qaplatform import clock  # noqa: E402
from qaplatform.people.models import Labeler, Vendor  # noqa: E402
from tests.builders import (  # noqa: E402
    grant_skill,
    make_labeler,
    make_policy,
    make_queue,
    make_token,
    make_vendor,
)
from tests.faults.ledger_client import STOPPING, Ledger, _stop  # noqa: E402
from tests.faults.ledger_guards import remove_guard  # noqa: E402
from tests.faults.rig import GUARD_VARIABLE  # noqa: E402

CATEGORIES = ("no_violation", "spam", "scam", "impersonation")
NEVER_SAMPLE = "abuse"
POLICY = "Ledger"
VENDORS = ("Ledger north", "Ledger south")
OVERLAP = 3
LEASE_SECONDS = 10
TICK = 0.25
ITEMS_A_FEED = 16


@dataclass(frozen=True)
class Office:
    """What goes on beside the labelers, in one folder."""

    queues: Mapping[int, Queue]
    people: tuple[Labeler, ...]
    ledger: Ledger
    draw: random.Random
    low_water: int
    shares: Mapping[str, float]

    def tick(self) -> None:
        """Feed what runs low; place and withdraw now and then."""
        self._feed()
        if self.draw.random() < self.shares["place"]:
            self._place()
        if self.draw.random() < self.shares["withdraw"]:
            self._withdraw()

    def _feed(self) -> None:
        is_open = Slot.objects.filter(queue__in=self.queues, state=SlotState.OPEN, reserved_for=None)
        waiting = dict(is_open.values_list("queue").annotate(Count("pk")))
        for pk, queue in self.queues.items():
            if waiting.get(pk, 0) < self.low_water:
                enter(queue, ITEMS_A_FEED)

    def _place(self) -> None:
        """Work that is reserved: an item of its own, or one that others have before them."""
        queue = self.draw.choice(list(self.queues.values()))
        known = list(Item.objects.filter(queue=queue, withdrawn_at=None).order_by("-pk")[:30])
        items = [self.draw.choice(known)] if known and self.draw.random() < 0.5 else enter(queue, 1, answers_needed=0)
        place_items(
            items,
            self.draw.sample(self.people, 3),
            now=clock.now(),
            serve_chance=self.draw.choice((1.0, 0.5, 0.2)),
        )

    def _withdraw(self) -> None:
        """Take an item out of work that somebody has before them, or that waits."""
        state = SlotState.LEASED if self.draw.random() < 0.7 else SlotState.OPEN
        found = Slot.objects.filter(queue__in=self.queues, state=state).order_by("?").select_related("item").first()
        if found is not None:
            withdraw_item(found.item, reason="ledger", actor=None)
            self.ledger.keep("withdrawal", item=name_of(found.item), acknowledged=time.time())


def enter(queue: Queue, number: int, **fields: object) -> list[Item]:
    """Items whose text is their name."""
    names = [uuid4().hex[:16] for _ in range(number)]
    drafts = [ItemDraft(external_id=name, content={"text": name}, **fields) for name in names]
    return enter_items(queue, drafts, now=clock.now())


def name_of(item: Item) -> str:
    """What the labelers' ledgers call it."""
    return str(item.content["text"])


@transaction.atomic
def build_world(plan: Mapping[str, object]) -> dict[str, object]:
    """People, one token each, and fresh queues; gives what the labelers have to know."""
    policy = Policy.objects.filter(name=POLICY).first() or _make_policy()
    people = [_person(number) for number in range(plan["people_at_work"] + 2)]
    *working, holder, seeker = people
    queues = [_queue(policy, f"{plan['name']}, queue {number}", working) for number in range(plan["queues"])]
    probe = _queue(policy, f"{plan['name']}, probe", [holder, seeker], base_answers=1, overlap_size=1)
    enter(probe, 1)
    for queue in queues:
        enter(queue, ITEMS_A_FEED)
    tokens = [make_token(person.user, lifetime=timedelta(days=2)) for person in people]
    return {
        "queues": [str(queue.public_id) for queue in queues],
        "queue_ids": [queue.pk for queue in queues],
        "probe": str(probe.public_id),
        "people": [person.pk for person in people],
        "tokens": tokens,
        "categories": CATEGORIES,
        "never_sample": NEVER_SAMPLE,
    }


def _make_policy() -> Policy:
    policy = make_policy(POLICY, categories=(*CATEGORIES, NEVER_SAMPLE))
    Category.objects.filter(policy=policy, code=NEVER_SAMPLE).update(never_sample=True)
    return policy


def _person(number: int) -> Labeler:
    name = f"ledger-{number}"
    vendor_name = VENDORS[number % len(VENDORS)]
    vendor = Vendor.objects.filter(name=vendor_name).first() or make_vendor(vendor_name)
    return Labeler.objects.filter(display_name=name).first() or make_labeler(name, vendor=vendor)


def _queue(policy: Policy, name: str, people: Iterable[Labeler], **fields: object) -> Queue:
    defaults = {"base_answers": OVERLAP, "overlap_size": OVERLAP, "lease_seconds": LEASE_SECONDS}
    queue = make_queue(name, policy=policy, **(defaults | fields))
    for person in people:
        grant_skill(person, queue)
    return queue


def main(folder: Path) -> None:
    """Make the world where there is none yet, then work until told to stop."""
    signal.signal(signal.SIGTERM, _stop)
    if without := os.environ.get(GUARD_VARIABLE):
        remove_guard(without)
    plan = json.loads((folder / "plan.json").read_text())
    path = folder / "world.json"
    if not path.exists():
        unfinished = path.with_suffix(".new")
        unfinished.write_text(json.dumps(plan | build_world(plan)))
        unfinished.rename(path)
    office: Office | None = None
    while not STOPPING.wait(TICK):
        try:
            office = office or open_office(folder, json.loads(path.read_text()))
            office.tick()
        except DatabaseError:
            connection.close()


def open_office(folder: Path, world: Mapping[str, object]) -> Office:
    """The office of a world that is made."""
    return Office(
        queues=Queue.objects.in_bulk(world["queue_ids"]),
        people=tuple(Labeler.objects.filter(pk__in=world["people"][: world["people_at_work"]])),
        ledger=Ledger(folder / "office.jsonl"),
        draw=random.Random(f"{world['seed']}:office:{time.time_ns()}"),
        low_water=world["low_water"],
        shares=world["shares"],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
