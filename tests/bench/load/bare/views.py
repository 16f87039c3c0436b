"""Claim and submit with one statement each and nothing around them: what the product's cycle is compared with.

The id of the queue is not looked at, and a token is the labeler's number: there is nobody to keep out.
"""

import json
from random import random
from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

CLAIM = """
WITH picked AS (
    SELECT slot.id FROM bare_slot slot
    WHERE slot.state = 'open' AND slot.rank >= %(start)s
      AND NOT EXISTS (SELECT FROM bare_slot mine
                      WHERE mine.item_id = slot.item_id AND mine.labeler_id = %(labeler)s OFFSET 0)
    ORDER BY slot.rank LIMIT 1 FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE bare_slot slot SET state = 'leased', labeler_id = %(labeler)s, assignment_id = gen_random_uuid(),
        token = gen_random_uuid(), lease_until = now() + interval '10 minutes'
    FROM picked WHERE slot.id = picked.id
    RETURNING slot.assignment_id, slot.token, slot.lease_until, slot.item_id
)
SELECT taken.assignment_id, taken.token, taken.lease_until, item.content
FROM taken JOIN bare_item item ON item.id = taken.item_id
"""

SUBMIT = """
WITH done AS (
    UPDATE bare_slot SET state = 'done'
    WHERE assignment_id = %(assignment)s AND token = %(token)s AND labeler_id = %(labeler)s AND state = 'leased'
    RETURNING id, item_id, labeler_id
)
INSERT INTO bare_label (slot_id, item_id, labeler_id, answers)
SELECT id, item_id, labeler_id, %(answers)s::jsonb FROM done RETURNING id
"""


def claim(request: HttpRequest, queue_id: UUID) -> HttpResponse:
    taken = _claim(_labeler(request))
    return HttpResponse(status=204) if taken is None else _respond(taken, status=200)


def submit(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    body = json.loads(request.body)
    labeler = _labeler(request)
    answers = json.dumps(body["answers"])
    row = _fetch(SUBMIT, {"assignment": assignment_id, "token": body["token"], "labeler": labeler, "answers": answers})
    if row is None:
        return _respond({"message": "It is not yours any more."}, status=409)
    following = _claim(labeler) if body.get("claim_next") else None
    return _respond({"label": row[0], "next": following}, status=201)


def _claim(labeler: int) -> dict[str, Any] | None:
    """What is next from a random place on, else from the beginning."""
    row = _fetch(CLAIM, {"labeler": labeler, "start": random()}) or _fetch(CLAIM, {"labeler": labeler, "start": 0})
    if row is None:
        return None
    assignment_id, token, lease_until, content = row
    content = json.loads(content) if isinstance(content, str) else content
    return {"id": str(assignment_id), "token": str(token), "lease_until": lease_until.isoformat(), "item": content}


def _labeler(request: HttpRequest) -> int:
    return int(request.headers["Authorization"].removeprefix("Token "))


def _fetch(statement: str, parameters: dict[str, object]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()


def _respond(body: object, *, status: int) -> HttpResponse:
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    return HttpResponse(content, status=status, headers=headers)


urlpatterns = [
    path("api/v1/queues/<uuid:queue_id>/claim", claim),
    path("api/v1/assignments/<uuid:assignment_id>/submit", submit),
]
