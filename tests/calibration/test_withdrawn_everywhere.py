"""A withdrawn item is nowhere: not in gold, samples, exports, sets, figures; evidence says that it was withdrawn."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.models import GoldScore, MetricSnapshot
from calibration.queries.audit_populations import AuditPopulation, count_strata
from calibration.queries.stocks import read_stocks
from calibration.queries.training import live_gold
from calibration.services.checking import check_snapshots
from calibration.services.refresh import refresh_queue
from labeling.models import Item
from labeling.services.withdrawals import restore_item, withdraw_item
from qaplatform import clock
from tests.builders import api_client_for, client_for, make_items, make_user
from tests.calibration.builders import add_label, make_gold
from tests.calibration.loop.builders import Floor, make_floor, wrong_row

pytestmark = pytest.mark.django_db
SECRET = "the frightful words"


@pytest.fixture
def floor() -> Floor:
    floor = make_floor()
    Item.objects.update(content={"text": SECRET})
    return floor


def withdraw(item: Item) -> Item:
    return withdraw_item(item, reason="illegal", actor=make_user())


def test_gold_of_a_withdrawn_item_is_neither_placed_nor_put_into_sets(floor):
    monitoring, exam = make_gold(floor.queue), make_gold(floor.queue, pool="exam")
    before = len(read_stocks(floor.queue, now=clock.now()).live), live_gold(floor.queue, "exam").count()

    withdraw(monitoring.item)
    withdraw(exam.item)

    after = len(read_stocks(floor.queue, now=clock.now()).live), live_gold(floor.queue, "exam").count()
    assert (before[0] - after[0], before[1] - after[1]) == (1, 1)


def test_scores_end_and_figures_are_counted_without_it(floor):
    row = wrong_row(floor.flag)
    before = GoldScore.objects.filter(ended_at=None).count()

    withdraw(row.score.item)
    refresh_queue(floor.queue.pk)

    assert GoldScore.objects.filter(ended_at=None).count() == before - 1
    assert check_snapshots(floor.queue.pk) == ()
    assert MetricSnapshot.objects.filter(queue=floor.queue).exists()


def test_evidence_keeps_the_row_and_withholds_the_content(floor):
    row = wrong_row(floor.flag)
    page = client_for(floor.lena).get(reverse("calibration:flag", args=[floor.flag.public_id])).content.decode()
    shown = page.count(SECRET)

    withdraw(row.score.item)
    page = client_for(floor.lena).get(reverse("calibration:flag", args=[floor.flag.public_id])).content.decode()

    assert shown > 0
    assert page.count(SECRET) == shown - 1
    assert "This item was withdrawn. Its content is withheld." in page


def test_exports_leave_it_out(floor):
    [item] = make_items(floor.queue, external_id="case-7")
    add_label(item, floor.lena, "spam")
    client = api_client_for(floor.quinn, scopes=["read"])
    address = f"/api/v1/exports?queue={floor.queue.public_id}&as=csv"

    def exported() -> set[str]:
        answer = client.get(address)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return {row["external_id"] for row in csv.DictReader(io.StringIO(text.decode("utf-8-sig")))}

    before = exported()
    withdraw(item)

    assert before - exported() == {"case-7"}


def test_no_audit_draws_it(floor):
    [item] = make_items(floor.queue)
    add_label(item, floor.lena, "spam", at=clock.now() - timedelta(hours=1))
    population = AuditPopulation(queue=floor.queue, question="category")

    def size() -> int:
        return sum(stratum.size for stratum in count_strata(population, now=clock.database_now()))

    before = size()
    withdraw(item)

    assert before - size() == 1


def test_what_is_restored_counts_for_agreement_again(floor):
    [item] = make_items(floor.queue, answers_needed=2)
    add_label(item, floor.lena, "spam", origin="entry")
    withdraw(item)
    refresh_queue(floor.queue.pk)

    restore_item(item, actor=make_user())
    refresh_queue(floor.queue.pk)

    assert check_snapshots(floor.queue.pk) == ()
