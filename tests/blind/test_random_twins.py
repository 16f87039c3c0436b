"""Whatever somebody does with an item, and whatever happens meanwhile: placed or not, they are told the same."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client

from labeling.engine.order import turn_of
from labeling.enums import QueueState
from labeling.models import Item, Queue, Slot
from labeling.services.assignments import Assignment, claim_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import place_items
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.builders import answer, client_for, make_items, make_labeler, make_policy, make_queue, make_user
from tests.labeling.clocks import shift_clock
from tests.labeling.test_adoptions import acknowledge, adopt, publish

pytestmark = pytest.mark.django_db

CONTENT = {"text": "Send the code that you received."}
LEASE = 900
STEPS = 12
# More are told with `BLIND_STORIES=100`.
STORIES = int(os.environ.get("BLIND_STORIES", "3"))
# What is random or a moment in an answer: ids, tokens, dates, numbers of seconds.
RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.+Z-]*|\b[A-Za-z0-9]{32,64}\b")


@dataclass
class World:
    """A queue with somebody who holds the item in question, and a colleague.

    `before` is what they work at where they asked for the item in question ahead, else the item itself.
    """

    queue: Queue
    item: Item
    labeler: Labeler
    colleague: Labeler
    client: Client
    before: dict[str, object]
    held: dict[str, object]
    seconds: int = 0

    def post(self, address: str, body: object, **headers: str) -> object:
        with counted() as statements:
            response = self.client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers)
        return told(response), len(statements)

    def act(self, name: str, **body: object) -> object:
        return self.post(f"assignments/{self.held['id']}/{name}", {"token": self.held["token"], **body})

    def claim(self, **body: object) -> object:
        return self.post(f"queues/{self.queue.public_id}/claim", body)

    def open(self, address: str) -> object:
        with counted() as statements:
            response = self.client.get(address)
        return told(response), len(statements)

    def choose(self, address: str, wanted: str) -> object:
        with counted() as statements:
            response = self.client.post(f"/work/{address}/", {"wanted": wanted})
        return told(response), len(statements)

    def submit_and_revise(self) -> object:
        """Answer, and change the answer while that is possible."""
        address, body = f"/api/v1/assignments/{self.held['id']}/submit", {"answers": dict(answer())}
        sent = body | {"token": self.held["token"]}
        submitted = self.client.post(address, sent, content_type="application/json")
        label = submitted.json().get("label", {"id": self.queue.public_id})["id"]
        return told(submitted), self.post(f"labels/{label}/revise", {"answers": {"category": "no_violation"}})

    def finish_before(self) -> object:
        if self.before is self.held:
            return self.claim()
        body = {"token": self.before["token"], "answers": dict(answer())}
        return self.post(f"assignments/{self.before['id']}/submit", body)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    statements: list[str] = []

    def note(execute, sql, *others):
        statements.append(str(sql))
        return execute(sql, *others)

    with connection.execute_wrapper(note):
        yield statements


def told(response) -> object:
    """All that the client can see, without what is random."""
    unlike = {"Expires", "Retry-After"}
    headers = {name: RANDOM.sub("~", value) for name, value in response.headers.items() if name not in unlike}
    waits = int(response.headers.get("Retry-After", 0)) // 5
    body = RANDOM.sub("~", response.content.decode())
    return response.status_code, headers, sorted(response.cookies), waits, len(response.content), body


def make_world(*, placed: bool, items: int, is_sensitive: bool, is_ahead: bool) -> World:
    """Placed work is held beside one open answer more: ordinary work would have taken that away."""
    queue = make_queue("Spam", policy=make_policy("Policy"), lease_seconds=LEASE)
    labeler = make_labeler("Lena", queues=[queue])
    colleague = make_labeler("Max", queues=[queue])
    [item] = make_items(queue, content=CONTENT, is_sensitive=is_sensitive, answers_needed=0 if placed else 1)
    make_items(queue, items + placed, content=CONTENT, is_sensitive=is_sensitive)
    Slot.objects.filter(queue=queue).exclude(item=item).update(turn=turn_of(priority=-1, due_at=None))
    first = make_items(queue, content=CONTENT, is_sensitive=is_sensitive, priority=1)[0] if is_ahead else None
    client = client_for(labeler)
    before = claimed(queue, client, Slot.objects.filter(item=first)) if is_ahead else None
    if placed:
        place_items([item], [labeler], serve_chance=0.999999, now=clock.now())
    held = claimed(queue, client, Slot.objects.filter(item=item), prefetch=is_ahead)
    return World(queue, item, labeler, colleague, client, before or held, held)


def claimed(queue: Queue, client: Client, wanted: QuerySet[Slot], **body: object) -> dict[str, object]:
    address = f"/api/v1/queues/{queue.public_id}/claim"
    held: dict[str, object] = client.post(address, body, content_type="application/json").json()
    assert wanted.filter(assignment_id=held["id"]).exists()
    return held


Move = Callable[[World], object]
# What the person does, and sees.
SEEN: dict[str, Move] = {
    "claim": lambda w: w.claim(),
    "claim ahead": lambda w: w.claim(prefetch=True),
    "finish what is before": lambda w: w.finish_before(),
    "extend": lambda w: w.act("extend"),
    "reveal": lambda w: w.act("reveal"),
    "bad answer": lambda w: w.act("submit", answers={"category": "nonsense"}),
    "bad skip": lambda w: w.act("skip", reason="nonsense"),
    "other token": lambda w: w.post(f"assignments/{w.held['id']}/extend", {"token": str(w.queue.public_id)}),
    "pause": lambda w: w.post("work/pause", {}),
    "work": lambda w: w.open("/work/"),
    "home": lambda w: w.open("/"),
    "desk": lambda w: w.open(f"/work/{w.queue.public_id}/"),
    "policy": lambda w: w.open(f"/work/{w.queue.public_id}/policy/"),
    "start": lambda w: w.open("/work/start/"),
    "quality": lambda w: w.open("/my-quality/"),
    "changes": lambda w: w.open(f"/work/{w.queue.public_id}/changes/"),
    "questions": lambda w: w.open(f"/api/v1/queues/{w.queue.public_id}/schema"),
    "policy of the API": lambda w: w.open(f"/api/v1/queues/{w.queue.public_id}/policy"),
    "flags": lambda w: w.open("/api/v1/flags"),
    "nothing sensitive": lambda w: w.choose("sensitive", "no"),
    "sensitive again": lambda w: w.choose("sensitive", "yes"),
    "not this queue": lambda w: w.choose(f"{w.queue.public_id}/choice", "no"),
    "this queue again": lambda w: w.choose(f"{w.queue.public_id}/choice", "yes"),
}
LAST: dict[str, Move] = {
    "submit": lambda w: w.act("submit", answers=dict(answer())),
    "skip": lambda w: w.act("skip", reason="unclear"),
    "escalate": lambda w: w.act("skip", reason="illegal"),
    "submit and revise": lambda w: w.submit_and_revise(),
}


def colleague_works(world: World, draw: float) -> None:
    held = claim_assignment(world.queue, world.colleague, draw=lambda: draw)
    if isinstance(held, Assignment):
        submit_label(held.id, world.colleague, token=held.token, answers=answer())


def pass_time(world: World, seconds: int) -> None:
    world.seconds += seconds
    shift_clock(world.seconds)


# What happens meanwhile.
AROUND: dict[str, Move] = {
    "half a lease passes": lambda w: pass_time(w, LEASE // 2),
    "a lease passes": lambda w: pass_time(w, LEASE + 1),
    "a colleague works": lambda w: colleague_works(w, 0.9),
    "a colleague takes what was left": lambda w: colleague_works(w, 0.05),
    "the queue is paused": lambda w: Queue.objects.filter(pk=w.queue.pk).update(state=QueueState.PAUSED),
    "the queue goes on": lambda w: Queue.objects.filter(pk=w.queue.pk).update(state=QueueState.ACTIVE),
}


def story(rng: Random, *, items: int) -> list[str]:
    """Steps until the item is answered; where little is left, nobody works beside and nothing ends the item before."""
    around = [name for name in AROUND if items > STEPS or "colleague" not in name]
    steps = [rng.choice([*SEEN] if rng.random() < 0.65 else around) for _ in range(STEPS)]
    chances = {"the item is withdrawn": 0.15 if items > STEPS else 0, "the policy moves": 0.3}
    for name, chance in chances.items():
        if rng.random() < chance:
            steps.insert(rng.randrange(STEPS), name)
    return [*steps, rng.choice([*LAST])]


def withdraw(world: World) -> None:
    withdraw_item(world.item, reason="complaint", actor=make_user())


def move(world: World) -> None:
    """The queue moves to another version of its policy; one of the two has read what changed."""
    version = publish(world.queue)
    adopt(world.queue, version)
    acknowledge(world.labeler, version)


RARE: dict[str, Move] = {"the item is withdrawn": withdraw, "the policy moves": move}


def play(
    steps: list[str], *, placed: bool, items: int, is_sensitive: bool = False, is_ahead: bool = False
) -> list[tuple[str, object]]:
    """What is seen at each step, in a world that is gone afterwards."""
    seen = []
    with transaction.atomic():
        world = make_world(placed=placed, items=items, is_sensitive=is_sensitive, is_ahead=is_ahead)
        for step in steps:
            told_then = {**SEEN, **AROUND, **RARE, **LAST}[step](world)
            seen += [(step, told_then)] if step in SEEN or step in LAST else []
        transaction.set_rollback(True)
    return seen


@pytest.mark.parametrize("items", [0, 1, 30])
@pytest.mark.parametrize("seed", range(STORIES))
def test_no_story_tells_placed_work(seed, items):
    rng = Random(f"{seed} {items}")
    steps = story(rng, items=items)
    how = {"items": items, "is_sensitive": rng.random() < 0.5, "is_ahead": rng.random() < 0.5}

    ordinary, placed = play(steps, placed=False, **how), play(steps, placed=True, **how)

    for (step, one), (_, other) in zip(ordinary, placed, strict=True):
        assert one == other, f"{step} of {json.dumps(steps)}, {how}"


def test_a_difference_would_be_seen():
    none_left = play(["work"], placed=False, items=0)
    some_left = play(["work"], placed=False, items=1)

    assert none_left != some_left
