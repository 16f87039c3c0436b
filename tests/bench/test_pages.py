"""Each page of the full demo for its role, and counting the whole demo again.

make bench ARGS=tests/bench/test_pages.py

Targets: 200 ms a page, and the same number of queries however much there is (tests/calibration/pages holds them to it);
10 s for counting the demo.
"""

from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calibration.demo.loading import Loaded
from calibration.models import Attempt, CalibrationSet, Flag, GoldItem, GoldScore, MetricSnapshot
from calibration.services.marks import mark_stale
from calibration.services.refresh import refresh_queue
from labeling.enums import QueueKind
from labeling.models import Queue
from qaplatform.people.models import Labeler, User
from tests.bench.measuring import Cost, cost_of, load_words, median_cost, tell
from tests.builders import client_for

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

PAGE_TARGET = 0.2
ACCOUNTS = ("lena", "theo", "quinn", "quentin", "olga", "tara", "paul", "vera", "ada")


def pages_of_the_demo() -> list[tuple[str, str]]:
    """Who opens which address."""
    queue = Queue.objects.filter(kind=QueueKind.ORDINARY).earliest("id")
    lena = Labeler.objects.get(user__username="lena")
    flag = Flag.objects.filter(labeler=lena).earliest("id")
    about = f"?queue={queue.public_id}"
    first_pages = [(name, reverse("calibration:home")) for name in ACCOUNTS]
    of_the_manager = [
        reverse("calibration:overview"),
        *(
            reverse("calibration:agreement") + about + cut
            for cut in ("", "&cut=vendor", "&cut=clause&coefficients=all")
        ),
        reverse("calibration:disputed_items") + about + "&question=category",
        reverse("calibration:people"),
        reverse("calibration:people") + about,
        reverse("calibration:scorecard", args=[lena.public_id]),
        reverse("calibration:flags"),
        reverse("calibration:flag", args=[flag.public_id]),
        reverse("calibration:gold"),
        reverse("calibration:gold") + about,
        reverse("calibration:gold_item", args=[GoldItem.objects.earliest("id").public_id]),
        reverse("calibration:plan", args=[queue.public_id]),
        reverse("calibration:plan_curve", args=[queue.public_id]),
        reverse("labeling:queues"),
        reverse("labeling:queue", args=[queue.public_id]),
        reverse("labeling:queue_settings", args=[queue.public_id]),
        reverse("labeling:imports"),
        reverse("labeling:new_import"),
        reverse("labeling:policies"),
        reverse("labeling:policy", args=[queue.policy.public_id]),
    ]
    return [
        *first_pages,
        *(("quinn", url) for url in of_the_manager),
        ("lena", reverse("calibration:my_quality")),
        ("lena", reverse("calibration:flag", args=[flag.public_id])),
        ("lena", reverse("labeling:work")),
        ("theo", reverse("calibration:people")),
        ("theo", reverse("calibration:flag", args=[flag.public_id])),
        ("vera", reverse("calibration:people")),
        ("tara", reverse("calibration:sets")),
        ("tara", reverse("calibration:new_set") + about),
        ("tara", reverse("calibration:set", args=[CalibrationSet.objects.earliest("id").public_id])),
        ("tara", reverse("calibration:board")),
        *(("tara", reverse("calibration:attempt", args=[made.public_id])) for made in Attempt.objects.all()[:1]),
        ("ada", reverse("people:accounts")),
        ("ada", reverse("people:vendors")),
    ]


def open_page(client: Client, url: str) -> None:
    assert client.get(url).status_code == 200, url


def test_each_page_of_the_demo(full_demo: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    clients = {name: client_for(User.objects.get(username=name)) for name in ACCOUNTS}
    rows: list[tuple[Cost, int, str]] = []

    for name, url in pages_of_the_demo():
        with CaptureQueriesContext(connection) as queries:
            open_page(clients[name], url)
        asked = len(queries)
        cost = median_cost(partial(open_page, clients[name], url))
        rows.append((cost, asked, f"{name:8} {url.replace(str(full_demo.queues[0].queue.public_id), '…')}"))

    slowest = max(cost.wall for cost, *_ in rows)
    slow = [page for cost, _, page in rows if cost.cpu > PAGE_TARGET]
    with capsys.disabled():
        tell(
            *(f"{cost.words} {queries:4} queries  {page}" for cost, queries, page in rows),
            f"{len(rows)} pages, median of 5; slowest {1000 * slowest:.0f} ms; {load_words()}",
        )
    assert slow == []


def test_counting_the_whole_demo(full_demo: Loaded, capsys: pytest.CaptureFixture[str]) -> None:
    """Once with nothing counted, then as after one more label."""
    queues = [rows.queue for rows in full_demo.queues]

    def count_all() -> None:
        for queue in queues:
            mark_stale(queue)
            assert refresh_queue(queue.pk).ran

    MetricSnapshot.objects.all().delete()
    anew = cost_of(count_all)
    again = median_cost(count_all)

    with capsys.disabled():
        tell(
            f"Whole demo, {GoldScore.objects.count():,} scores: snapshots anew {anew.words}, again {again.words}",
            f"({len(queues)} queues, median of 5; {load_words()})",
        )
    assert again.cpu < 10
