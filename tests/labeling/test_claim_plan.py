"""The claim stays on its indexes, however much is open and however much a person has answered."""

import json

import pytest
from django.db import connection

from labeling.queries.claims import CLAIM, read_door
from labeling.services.assignments import give_back_leases
from labeling.services.lanes import find_lanes, key_of
from tests.builders import make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db

ITEMS = 20_000

FILL_ITEMS = """
INSERT INTO labeling_item (public_id, queue_id, external_id, kind, content, context, content_hash, language,
                           is_sensitive, answers_needed, priority, withdrawn_reason, created_at)
SELECT gen_random_uuid(), queue_id, 'many-' || number, kind, content, context, content_hash, '', FALSE, 2, 0, '', now()
FROM labeling_item, generate_series(1, %(number)s) number WHERE id = %(model)s
"""
# Of each item one slot is answered by the labeler and one is open: the worst past there can be.
FILL_SLOTS = """
INSERT INTO labeling_slot (item_id, slot_no, queue_id, state, origin, lane_id, turn, rank, serve_chance, is_prefetched,
                           labeler_id, done_at, created_at)
SELECT id, slot_no, queue_id, CASE slot_no WHEN 1 THEN 'done' ELSE 'open' END, 'entry',
       %(lane)s, 0,
       CASE slot_no WHEN 1 THEN 0 ELSE random() END, 1, FALSE,
       CASE slot_no WHEN 1 THEN %(labeler)s END, CASE slot_no WHEN 1 THEN now() END, now()
FROM labeling_item, generate_series(1, 2) slot_no WHERE external_id LIKE 'many-%%'
"""


def walk(node):
    yield node
    for part in node.get("Plans", []):
        yield from walk(part)


def explain_claim(queue, labeler, *, start):
    parameters = read_door(queue.pk, labeler.pk).as_parameters() | {"prefetch": False, "chance": 0.5, "start": start}
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {CLAIM}", parameters)
        [plan] = cursor.fetchone()
    return list(walk((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))


def test_a_claim_reads_a_handful_of_slots_among_many():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [model] = make_items(queue, 1, answers_needed=0)
    with connection.cursor() as cursor:
        cursor.execute(FILL_ITEMS, {"number": ITEMS, "model": model.pk})
        cursor.execute(FILL_SLOTS, {"labeler": labeler.pk, "lane": find_lanes([key_of(model)])[key_of(model)]})
        cursor.execute("ANALYZE labeling_slot; ANALYZE labeling_item")
    make_items(queue, ITEMS // 10)

    for start in (0.0, 0.5, 0.99):
        nodes = explain_claim(queue, labeler, start=start)
        scans = [node for node in nodes if "Scan" in node["Node Type"]]
        read = sum(node.get("Actual Rows", 0) * node.get("Actual Loops", 1) for node in scans)
        passed_over = sum(node.get("Rows Removed by Filter", 0) for node in nodes)
        assert [node for node in scans if node["Node Type"] == "Seq Scan" and node["Actual Rows"]] == []
        assert "slot_open_work" in {node.get("Index Name") for node in nodes}
        assert read + passed_over < ITEMS / 40
        give_back_leases(labeler)
