"""The client and the report of `make bench-load`, with a handful of answers."""

from collections import Counter
from pathlib import Path

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from pytest_django.live_server_helper import LiveServer

from labeling.models import Label, Queue
from tests.bench.load.bare import views as bare
from tests.bench.load.client import Burst, Limits, Step, Target, share_of, work
from tests.bench.load.probes import Spent
from tests.bench.load.report import Exactness, Series, exactness_line, ratio_of, table_of
from tests.builders import answer, api_client_for, make_items, make_labeler, make_queue, make_token

OVERLAP = 3
# What opens, ends or dresses a transaction reads and writes no row.
AROUND = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SET ")
SCHEMA = Path(bare.__file__).with_name("schema.sql")


def target_of(live_server: LiveServer, queue: Queue, *, people: int) -> Target:
    tokens = tuple(make_token(make_labeler(queues=[queue]).user) for _ in range(people))
    return Target(live_server.thread.port, str(queue.public_id), tokens, ("spam", "scam"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("claims_next", [False, True])
def test_people_answer_until_nothing_is_left_and_each_answer_is_counted(live_server, claims_next) -> None:
    queue = make_queue(base_answers=OVERLAP)
    make_items(queue, 4)
    target = target_of(live_server, queue, people=OVERLAP)

    burst = work(target, people=OVERLAP, limits=Limits(60, cycles=100, cycles_each=100), claims_next=claims_next)

    assert burst.stored == Label.objects.count() == 4 * OVERLAP
    first_and_last = 2 * OVERLAP
    claims = first_and_last if claims_next else 4 * OVERLAP + OVERLAP
    assert {step: len(times) for step, times in burst.latencies.items()} == {
        Step.NEXT: claims,
        Step.SUBMIT: 4 * OVERLAP,
    }
    assert burst.failures == 0
    assert set(Label.objects.values_list("answers__category", flat=True)) <= {"spam", "scam"}


@pytest.mark.django_db(transaction=True)
def test_a_burst_ends_at_its_limits(live_server) -> None:
    queue = make_queue(base_answers=OVERLAP)
    make_items(queue, 10)
    target = target_of(live_server, queue, people=2)

    together = work(target, people=2, limits=Limits(60, cycles=3, cycles_each=100))
    each = work(target, people=2, limits=Limits(60, cycles=100, cycles_each=1))

    assert together.stored in {3, 4}
    assert each.statuses == Counter({200: 2, 201: 2})


@pytest.mark.django_db
def test_the_bare_view_hands_out_each_answer_once_and_no_item_twice_to_one_person() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SCHEMA.read_text())
        cursor.execute("INSERT INTO bare_item VALUES (1, '{}')")
        cursor.execute("INSERT INTO bare_slot (item_id, slot_no) VALUES (1, 1), (1, 2)")

    answered = [_bare_cycle(labeler) for labeler in (1, 1, 2, 3)]

    assert answered == [201, 204, 201, 204]


def _bare_cycle(labeler: int) -> int:
    headers = {"Authorization": f"Token {labeler}"}
    held = bare.claim(RequestFactory().post("/", headers=headers), None)
    if held.status_code != 200:
        return held.status_code
    assignment = bare.json.loads(held.content)
    body = {"token": assignment["token"], "answers": {"category": "spam"}}
    request = RequestFactory().post("/", body, content_type="application/json", headers=headers)
    return bare.submit(request, assignment["id"]).status_code


@pytest.mark.django_db
def test_a_cycle_takes_seven_statements() -> None:
    queue = make_queue(base_answers=OVERLAP)
    make_items(queue, 1)
    client = api_client_for(make_labeler(queues=[queue]))

    with CaptureQueriesContext(connection) as claimed:
        held = client.post(f"/api/v1/queues/{queue.public_id}/claim", {}, "application/json").json()
    body = {"token": held["token"], "answers": answer()}
    with CaptureQueriesContext(connection) as submitted:
        client.post(f"/api/v1/assignments/{held['id']}/submit", body, "application/json")

    assert (_statements(claimed), _statements(submitted)) == (3, 4)


def _statements(captured: CaptureQueriesContext) -> int:
    return sum(not (query["sql"] or "").startswith(AROUND) for query in captured.captured_queries)


def series_of(view: str, *, seconds: float) -> Series:
    series = Series(32, 2, view)
    for number in (1, 2, 3):
        burst = Burst(stored=10 * number, seconds=10)
        burst.latencies[Step.NEXT] = [seconds] * 99 + [10 * seconds]
        burst.latencies[Step.SUBMIT] = [2 * seconds] * 100
        series.add(burst, Spent(server=seconds * 10 * number, database=seconds * 10 * number, jobs=0, client=0))
    return series


def test_the_report_gives_medians_of_bursts_and_percentiles_of_all_answers() -> None:
    ours, bare_series = series_of("ours", seconds=0.004), series_of("bare", seconds=0.002)
    ours.ages = [float(age) for age in range(100)]

    head, rule, first, second, _, ratio = table_of([(ours, bare_series)])

    assert head.count("|") == rule.count("|") == first.count("|") == second.count("|")
    assert (
        first
        == "| 32 | 2 | ours | 2 | 4.0 | 4.0 | 40.0 | 8.0 | 8.0 | 8.0 | 4.00 | 4.00 | 8.00 | 0.00 | 0.00 | 95.0 s |"
    )
    assert ratio == ratio_of(ours, bare_series)
    assert "CPU 2.00 times, p99 of next 2.00 and of submit 2.00 times" in ratio


def test_what_is_wrong_is_added_up_by_view() -> None:
    checks = [("ours", Exactness(10, 0, 0, 0)), ("bare", Exactness(5, 1, 2, 3)), ("ours", Exactness(7, 0, 0, 1))]

    line = exactness_line(checks, failures=4)

    assert line == (
        "ours: 17 labels, 0 over, 0 repeated, 1 lost; bare: 5 labels, 1 over, 2 repeated, 3 lost; "
        "4 answers with status 5xx"
    )


def test_a_share_of_nothing_is_zero() -> None:
    assert (share_of([], 0.99), share_of([3.0, 1.0, 2.0], 0.5)) == (0.0, 2.0)
