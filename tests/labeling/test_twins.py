"""The same item once as ordinary work and once as a placed slot: what a client receives must not differ."""

import json
from itertools import cycle

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.engine.order import turn_of
from labeling.models import Slot
from labeling.services.assignments import claim_assignment, give_back_leases
from labeling.services.placement import place_items
from qaplatform import clock
from tests.builders import answer, api_client_for, client_for, make_items, make_labeler, make_queue
from tests.labeling.test_adoptions import acknowledge, adopt, answer_next, publish

pytestmark = pytest.mark.django_db

CONTENT = {"text": "Send the code that you received."}


def shape_of(value):
    """Keys and types, without the values that are random."""
    if isinstance(value, dict):
        return {key: shape_of(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape_of(part) for part in value]
    return type(value).__name__


def named(sql):
    """What the statement does, without its values."""
    text = sql.decode() if isinstance(sql, bytes) else str(sql)
    return text.split("WHERE")[0].split("VALUES")[0]


def record(client, address, body, **headers):
    """One request, and everything that could tell one twin from the other."""
    statements = []

    def note(execute, sql, *others):
        statements.append(named(sql))
        return execute(sql, *others)

    with connection.execute_wrapper(note):
        response = client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers)
    parsed = json.loads(response.content) if response.content else None
    seen = {
        "status": response.status_code,
        "headers": {name: value for name, value in response.headers.items() if name != "Expires"},
        "shape": shape_of(parsed),
        "length": len(response.content),
        "statements": statements,
    }
    return parsed, seen


def plain(seen):
    """Without the digits that are ids and moments."""
    statements = ["".join(letter for letter in sql if not letter.isdigit())[:200] for sql in seen["statements"]]
    return seen | {"statements": statements}


def twins(*, is_sensitive: bool):
    """Two people in queues alike, each with the same item: once from the queue's stock, once placed."""
    for is_placed in (False, True):
        queue = make_queue()
        labeler = make_labeler(queues=[queue])
        [item] = make_items(queue, 1, content=CONTENT, is_sensitive=is_sensitive, answers_needed=0 if is_placed else 1)
        if is_placed:
            place_items([item], [labeler], serve_chance=1.0, now=clock.now())
        make_items(queue, 3, content=CONTENT, is_sensitive=is_sensitive)
        Slot.objects.filter(queue=queue).exclude(item=item).update(turn=turn_of(priority=-1, due_at=None))
        yield queue, labeler, item


def walk(queue, client, item, steps):
    """Claim, which must give this item, then the steps; the record of each request."""
    held, seen = record(client, f"queues/{queue.public_id}/claim", {})
    assert Slot.objects.get(assignment_id=held["id"]).item == item
    records = [plain(seen)]
    for action, body in steps:
        address = f"assignments/{held['id']}/{action}"
        _, seen = record(client, address, {"token": held["token"]} | body, **{"Idempotency-Key": "key"})
        records.append(plain(seen))
    return held, records


STEPS = {
    "submit": [("submit", {"answers": answer(), "claim_next": True})],
    "submit twice": [("submit", {"answers": answer()})] * 2,
    "submit a bad answer": [("submit", {"answers": {}})],
    "skip": [("skip", {"reason": "unclear", "claim_next": True})],
    "escalate": [("skip", {"reason": "illegal", "claim_next": True})],
    "extend": [("extend", {})] * 2,
    "reveal": [("reveal", {})],
}


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize(
    ("is_sensitive", "sign_in"), [(False, api_client_for), (True, client_for)], ids=["plain", "sensitive"]
)
def test_twins_cannot_be_told_apart(steps, is_sensitive, sign_in):
    seen = []
    for queue, labeler, item in twins(is_sensitive=is_sensitive):
        held, records = walk(queue, sign_in(labeler), item, steps)
        assert set(held) == {"id", "token", "lease_until", "queue", "item", "schema_version"}
        seen.append(records)

    assert seen[0] == seen[1]


def test_a_payload_names_neither_slot_nor_item_nor_any_date_but_the_lease():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1, external_id="gold-17", content=CONTENT)

    held, _ = record(api_client_for(labeler), f"queues/{queue.public_id}/claim", {})

    text = json.dumps(held)
    assert "gold-17" not in text
    assert str(item.public_id) not in text
    assert [key for key in held if key.endswith(("_at", "_until", "_on"))] == ["lease_until"]
    assert {len(str(held[key])) for key in ("id", "token")} == {36}


def twins_after_a_move(*, is_placed, neighbour_is_begun):
    """Somebody in a queue that has moved on while items are unfinished, whose next item is the twin.

    The neighbour is an item like the twin: begun under the older version, or begun by nobody.
    """
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler, colleague = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1, content=CONTENT, answers_needed=0 if is_placed else 2)
    make_items(queue, 1, content=CONTENT)
    for _ in Slot.objects.filter(queue=queue, slot_no=1) if neighbour_is_begun else []:
        answer_next(queue, colleague)
    version = publish(queue)
    adopt(queue, version)
    acknowledge(labeler, version)
    if is_placed:
        place_items([item], [labeler], serve_chance=0.99, now=clock.now())
    Slot.objects.filter(item=item).update(turn=turn_of(priority=1, due_at=None))
    return queue, labeler, item


@pytest.mark.parametrize("neighbour_is_begun", [True, False], ids=["older", "newer"])
def test_twins_show_the_same_policy_after_a_move(neighbour_is_begun):
    seen = []
    for is_placed in (False, True):
        queue, labeler, item = twins_after_a_move(is_placed=is_placed, neighbour_is_begun=neighbour_is_begun)
        held = claim_assignment(queue, labeler, draw=lambda: 0.5)
        slot = Slot.objects.get(assignment_id=held.id)
        assert slot.item == item
        with CaptureQueriesContext(connection) as captured:
            drawer = client_for(labeler).get(f"/work/{queue.public_id}/policy/").content.decode()
        page = client_for(labeler).get(f"/work/{queue.public_id}/").content.decode()
        version = slot.policy_version.number
        seen.append((version, clauses_on(drawer), clauses_on(page), "Version 1" in drawer, len(captured)))

    assert seen[0] == seen[1]
    assert seen[0][0] == (1 if neighbour_is_begun else 2)


def clauses_on(page):
    return [text for text in ("What Spam is.", "Text 2.") if text in page]


def test_placed_work_shows_older_versions_as_often_as_other_work():
    queue = make_queue(base_answers=2, overlap_size=2)
    colleague = make_labeler(queues=[queue])
    make_items(queue, 30)
    for _ in range(10):
        answer_next(queue, colleague)
    old, version = queue.policy_version, publish(queue)
    adopt(queue, version)
    people = [make_labeler(queues=[queue]) for _ in range(60)]
    for labeler, item in zip(people, make_items(queue, 60, answers_needed=0), strict=True):
        acknowledge(labeler, version)
        place_items([item], [labeler], serve_chance=0.99, now=clock.now())

    ordinary = Slot.objects.filter(queue=queue, state="open", origin="entry").order_by("rank")
    ranks = list(ordinary.values_list("rank", "pinned_version"))
    starts = {labeler.pk: (number + 0.5) / 60 for number, labeler in enumerate(people)}
    for labeler in people:
        # The one draw says that placed work comes, the other where on the circle of ordinary work the claim begins.
        claim_assignment(queue, labeler, draw=cycle([0.5, starts[labeler.pk]]).__next__)

    given = dict(Slot.objects.filter(origin="placed", state="leased").values_list("labeler", "policy_version"))
    expected = {
        labeler: next((pin for rank, pin in ranks if rank >= start), ranks[0][1]) or version.pk
        for labeler, start in starts.items()
    }
    assert given == expected
    assert {old.pk, version.pk} == set(given.values())


def test_placed_work_that_was_given_back_shows_the_older_version_again():
    queue, labeler, item = twins_after_a_move(is_placed=True, neighbour_is_begun=True)
    claim_assignment(queue, labeler, draw=lambda: 0.5)
    give_back_leases(labeler)
    Slot.objects.filter(queue=queue, origin="entry").update(pinned_version=None)

    claim_assignment(queue, labeler, draw=lambda: 0.5)

    assert Slot.objects.get(item=item, state="leased").policy_version.number == 1
