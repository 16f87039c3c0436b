"""A queue with 100,000 open answers adopts a policy version while people claim and submit."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, connections

from labeling.enums import Unfinished
from labeling.models import Adoption, Lane, Queue, Slot
from labeling.services.adoptions import apply_adoption
from labeling.services.assignments import Nothing, claim_assignment
from labeling.services.labels import submit_label
from qaplatform import clock
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler
from tests.bench.measuring import load_words, tell
from tests.builders import answer, make_labeler, make_queue, make_user

OPEN = 100_000
OPEN_AN_ITEM = 2
CLAIMERS = 4
PAUSE = 0.05  # about fifty answers a second: what a thousand people give who take twenty seconds
MOST_SECONDS = 10
MOST_CLAIM_SECONDS = 0.3

ITEMS = """
INSERT INTO labeling_item (public_id, queue_id, external_id, kind, content, context, content_hash, language,
                           is_sensitive, answers_needed, priority, withdrawn_reason, created_at)
SELECT gen_random_uuid(), %(queue)s, 'post-' || n, 'text', jsonb_build_object('text', repeat('A post. ', 40) || n),
       '{}', md5(n::text), '', FALSE, %(answers)s, 0, '', now()
FROM generate_series(1, %(items)s) AS n
"""
SLOTS = """
INSERT INTO labeling_slot (item_id, slot_no, queue_id, state, origin, lane_id, turn, rank, serve_chance, is_prefetched,
                           created_at, labeler_id, done_at, claimed_at, policy_version_id)
SELECT item.id, n, item.queue_id, CASE n WHEN 1 THEN 'done' ELSE 'open' END, 'entry', %(lane)s, 0, random(), 1, FALSE,
       now(), CASE n WHEN 1 THEN %(labeler)s END, CASE n WHEN 1 THEN now() END, CASE n WHEN 1 THEN now() END,
       CASE n WHEN 1 THEN %(version)s END
FROM labeling_item item CROSS JOIN generate_series(1, %(answers)s) AS n WHERE item.queue_id = %(queue)s
"""

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


def begun_queue() -> Queue:
    """Each item has one answer, so that all that is open is partly answered: the worst there is."""
    queue = make_queue(base_answers=OPEN_AN_ITEM + 1, overlap_size=OPEN_AN_ITEM + 1)
    who = make_labeler(queues=[queue])
    values = {
        "queue": queue.pk,
        "items": OPEN // OPEN_AN_ITEM,
        "answers": OPEN_AN_ITEM + 1,
        "labeler": who.pk,
        "version": queue.policy_version_id,
    }
    lane = Lane.objects.create(queue=queue).pk
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, values)
        cursor.execute(SLOTS, values | {"lane": lane})
        cursor.execute("ANALYZE labeling_item, labeling_slot")
    return queue


def work(queue: Queue, labeler: Labeler, stop: Event) -> list[float]:
    """Claim and submit until told to stop; the seconds of each claim."""
    took = []
    try:
        while not stop.is_set():
            began = time.perf_counter()
            assignment = claim_assignment(queue, labeler)
            took.append(time.perf_counter() - began)
            assert not isinstance(assignment, Nothing)
            submit_label(assignment.id, labeler, token=assignment.token, answers=answer())
            time.sleep(PAUSE)
    finally:
        connections.close_all()
    return took


@pytest.mark.parametrize("unfinished", Unfinished.values)
def test_adoption_of_a_queue_with_100000_open_answers(unfinished, capsys):
    queue = begun_queue()
    people = [make_labeler(queues=[queue]) for _ in range(CLAIMERS)]
    Labeler.objects.filter(pk__in=[labeler.pk for labeler in people]).update(kind=LabelerKind.MODEL)
    version = queue.policy.versions.create(number=2, published_at=clock.now())
    now = clock.now()
    adoption = Adoption.objects.create(
        queue=queue,
        version=version,
        previous=queue.policy_version,
        at=now,
        grace_until=now,
        unfinished=unfinished,
        adopted_by=make_user(),
    )
    adoption.changed_clauses.set(queue.policy.clauses.all())
    stop = Event()

    with ThreadPoolExecutor(CLAIMERS) as pool:
        working = [pool.submit(work, queue, labeler, stop) for labeler in people]
        time.sleep(1)
        began = time.perf_counter()
        apply_adoption(adoption.pk, now=now)
        seconds = time.perf_counter() - began
        stop.set()
        took = sorted(each for job in working for each in job.result())

    queue.refresh_from_db()
    adoption.refresh_from_db()
    assert queue.policy_version == version
    p99 = took[int(0.99 * len(took))]
    with capsys.disabled():
        tell(
            f"adoption, {unfinished}, {OPEN:,} open answers, all of begun items: {seconds:.1f} s {adoption.counts}",
            f"claims meanwhile, {CLAIMERS} at once: {len(took):,}, median {1000 * took[len(took) // 2]:.0f} ms, "
            f"p99 {1000 * p99:.0f} ms, longest {1000 * took[-1]:.0f} ms; {load_words()}",
        )
    assert not Slot.objects.filter(
        queue=queue, state="open", pinned_version=None, item__slots__policy_version=adoption.previous
    ).exists()
    assert p99 < MOST_CLAIM_SECONDS
    assert seconds < MOST_SECONDS
