"""What claim and submit cost as the queue and a person's past grow: PROMISES Q8.

make bench ARGS="-s tests/bench/test_flat_cost.py"

A database a size, on a cluster with production settings; requests go through the whole of Django and take turns, so
that all sizes meet the same machine. `FLAT_ITEMS=100000` ends at that size.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from time import perf_counter

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker

from labeling.engine.order import WorkOrder, turn_of
from labeling.models import Queue
from labeling.queries import item_imports as sql
from labeling.services.imports.staging import execute, fetch
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.bench.durable import copy_database, database_cpu, durable_cluster, settle, using
from tests.bench.measuring import load_words, tell
from tests.bench.test_claim_submit import call
from tests.builders import make_labeler, make_queue, make_token

pytestmark = pytest.mark.bench

SIZES = [size for size in (1_000, 10_000, 100_000, 1_000_000) if size <= int(os.environ.get("FLAT_ITEMS", "1000000"))]
OVERLAP = 3
ANSWERED_SHARE = 10  # One item in ten of the largest queue was answered by the person with a past.
HOURS = 500
PEOPLE = 10
ROUNDS = 20
CYCLES = 20
keys = count()

STAGE_ITEMS = """
INSERT INTO import_item (line, external_id, kind, content, context, content_hash, language, is_sensitive, priority,
    due_at, answers_needed, turn, vendors)
SELECT n, 'post-' || n, 'text', jsonb_build_object('text', 'Win a phone now, number ' || n || ': call us today'), '{}',
    encode(sha256(('post-' || n)::bytea), 'hex'), 'en', false, 0,
    NULL, %(overlap)s, %(turn)s,
    array_fill(0, ARRAY[%(overlap)s])
FROM generate_series(1, %(size)s::int) n
"""

# One answer of one person to each of these items; the others of each item stay open.
ANSWER = """
WITH done AS (
    UPDATE labeling_slot slot SET state = 'done', labeler_id = %(labeler)s, done_at = now() - interval '1 day',
        assignment_id = gen_random_uuid(), token = gen_random_uuid(), claimed_at = now() - interval '1 day',
        policy_version_id = queue.policy_version_id, schema_id = %(schema)s
    FROM labeling_queue queue
    WHERE queue.id = %(queue)s AND slot.slot_no = 1 AND {where}
    RETURNING slot.id, slot.item_id, slot.queue_id, slot.labeler_id, slot.policy_version_id, slot.schema_id,
        slot.claimed_at, slot.done_at
)
INSERT INTO labeling_label (public_id, slot_id, item_id, queue_id, labeler_id, policy_version_id, schema_id,
    claimed_at, created_at, answers, rationale)
SELECT gen_random_uuid(), id, item_id, queue_id, labeler_id, policy_version_id, schema_id, claimed_at, done_at,
    '{{"category": "spam"}}', ''
FROM done
"""


@dataclass
class Case:
    """A queue and the people who work in it, with what their claims and cycles cost."""

    name: str
    database: BaseDatabaseWrapper
    queue: Queue
    tokens: list[str]
    claims: list[float] = field(default_factory=list)
    submits: list[float] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)

    def run(self, handler: WSGIHandler, *, cycles: int) -> None:
        with using(self.database):
            before = database_cpu()
            for number in range(cycles):
                self._cycle(handler, self.tokens[number % len(self.tokens)])
            self.database_cpu.append((database_cpu() - before) / cycles)

    def forget(self) -> None:
        for kept in (self.claims, self.submits, self.database_cpu):
            kept.clear()

    def _cycle(self, handler: WSGIHandler, token: str) -> None:
        began = perf_counter()
        held = call(handler, token, f"/api/v1/queues/{self.queue.public_id}/claim", {})
        claimed = perf_counter()
        body = {"token": held["token"], "answers": {"category": "spam"}}
        call(handler, token, f"/api/v1/assignments/{held['id']}/submit", body, key=f"key-{next(keys)}")
        self.claims.append(claimed - began)
        self.submits.append(perf_counter() - claimed)


def enter(queue: Queue, size: int) -> None:
    """Items with their slots, entered by the statements of the import."""
    order = WorkOrder(queue.order)
    with transaction.atomic():
        execute("SET LOCAL session_replication_role = replica")
        execute(sql.STAGE)
        execute(STAGE_ITEMS, {"size": size, "overlap": OVERLAP, "turn": turn_of(priority=0, due_at=None)})
        execute(sql.MAKE_LANES, {"queue": queue.pk})
        asked = {"queue": queue.pk, "now": clock.now(), "step": order.step, "together": order.starts_at_head}
        fetch(sql.ENTER_ITEMS, asked)


def answer(queue: Queue, labeler: Labeler, *, where: str) -> int:
    schema = queue.schemas.get().pk
    with transaction.atomic():
        execute("SET LOCAL session_replication_role = replica")
        return execute(ANSWER.format(where=where), {"queue": queue.pk, "labeler": labeler.pk, "schema": schema})


def case_of_size(database: BaseDatabaseWrapper, size: int) -> Case:
    """A queue of untouched items, and people without a past."""
    with using(database):
        queue = make_queue(base_answers=OVERLAP, overlap_size=OVERLAP)
        enter(queue, size)
        settle()
        tokens = [make_token(make_labeler(queues=[queue]).user) for _ in range(PEOPLE)]
        return Case(f"{size:,} open items", database, queue, tokens)


def case_of_past(database: BaseDatabaseWrapper, name: str, *, where: str, turns: str = "", **fields: object) -> Case:
    """One person has answered some of the items; `turns` sets when the turn of those is."""
    with using(database):
        queue = Queue.objects.get()
        Queue.objects.update(**{"name": name} | fields)
        labeler = make_labeler(queues=[queue])
        answered = answer(queue, labeler, where=where)
        if turns:
            execute(f"UPDATE labeling_slot SET turn = {turns} WHERE state = 'open' AND {where}")
        settle()
        return Case(f"{SIZES[-1]:,}, {answered:,} answered {name}", database, queue, [make_token(labeler.user)])


@pytest.fixture
def cases(django_db_blocker: DjangoDbBlocker) -> Iterator[list[Case]]:
    with django_db_blocker.unblock(), durable_cluster() as postgres:
        made = [case_of_size(copy_database(postgres, f"items_{size}"), size) for size in SIZES]
        made[-1].database.close()
        spread = "mod(item_id, 10) = 0"
        head = f"item_id <= {SIZES[-1] // 10}"
        largest = f"items_{SIZES[-1]}"
        pasts = [
            ("all over the queue", {"where": spread}),
            ("at its head, finished first", {"where": head, "turns": "turn - (10::bigint << 32)", "order": "depth"}),
            (
                f"at its head, due in {HOURS} hours",
                {"where": head, "turns": f"turn - (1 + mod(item_id, {HOURS}) << 8)"},
            ),
        ]
        for number, (name, fields) in enumerate(pasts):
            database = copy_database(postgres, f"past_{number}", template=largest)
            made.append(case_of_past(database, name, **fields))
        try:
            yield made
        finally:
            for case in made:
                case.database.close()


def test_claim_and_submit_stay_flat(cases: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    handler = WSGIHandler()
    for case in cases:
        case.run(handler, cycles=CYCLES)
        case.forget()

    for _ in range(ROUNDS):
        for case in cases:
            case.run(handler, cycles=CYCLES)

    base = cases[0]
    with capsys.disabled():
        tell(
            f"p50 of {ROUNDS} x {CYCLES} cycles a case, taking turns; {load_words()}",
            "| queue | claim | ratio | p99 of claim | submit | ratio | database CPU a cycle | ratio |",
            "|---|---|---|---|---|---|---|---|",
            *(row(case, base) for case in cases),
        )
    for case in cases:
        assert median(case.claims) <= 2 * median(base.claims), case.name
        assert median(case.database_cpu) <= 1.5 * median(base.database_cpu), case.name


def row(case: Case, base: Case) -> str:
    claim, submit, cpu = (1000 * median(kept) for kept in (case.claims, case.submits, case.database_cpu))
    ninety_ninth = 1000 * sorted(case.claims)[int(len(case.claims) * 0.99)]
    return (
        f"| {case.name} | {claim:.2f} ms | {claim / median(base.claims) / 1000:.2f} | {ninety_ninth:.1f} ms "
        f"| {submit:.2f} ms | {submit / median(base.submits) / 1000:.2f} "
        f"| {cpu:.2f} ms | {cpu / median(base.database_cpu) / 1000:.2f} |"
    )
