"""The same item once as ordinary work and once as a placed slot: what a client receives must not differ."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Slot
from labeling.services.placement import place_items
from qaplatform import clock
from tests.builders import answer, api_client_for, client_for, make_items, make_labeler, make_queue

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
    """What the statement does, without its values. Of a prepared one, as the claim is, Django keeps no text."""
    if sql is None or sql.lstrip().startswith("WITH RECURSIVE level"):
        return "claim"
    return sql.split("WHERE")[0].split("VALUES")[0]


def record(client, address, body, **headers):
    """One request, and everything that could tell one twin from the other."""
    with CaptureQueriesContext(connection) as captured:
        response = client.post(f"/api/v1/{address}", body, content_type="application/json", headers=headers)
    parsed = json.loads(response.content) if response.content else None
    seen = {
        "status": response.status_code,
        "headers": {name: value for name, value in response.headers.items() if name != "Expires"},
        "shape": shape_of(parsed),
        "length": len(response.content),
        "statements": [named(query["sql"]) for query in captured],
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
        Slot.objects.filter(queue=queue).exclude(item=item).update(priority=-1)
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
