"""The loop from a submit to a figure, with the jobs that the beat starts."""

from threading import Thread

import pytest
from django.db import connection

from calibration import tasks
from calibration.enums import Cut, Metric
from calibration.models import GoldScore, MetricSnapshot, Placement, StaleMark
from calibration.services.refresh import refresh_queue
from labeling.models import Label
from labeling.services.assignments import claim_assignment
from labeling.services.labels import submit_label
from qaplatform.local.waiting import wait_until
from tests.builders import answer, make_items, make_labeler, make_queue
from tests.calibration.builders import make_gold, make_plan


def label_next(queue, labeler, category="spam"):
    """Claim and submit as a person does."""
    assignment = claim_assignment(queue, labeler)
    return submit_label(assignment.id, labeler, token=assignment.token, answers=answer(category))


@pytest.mark.django_db(transaction=True)
def test_a_submit_appends_one_mark_in_its_transaction():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 2)

    label = label_next(queue, labeler)

    [mark] = StaleMark.objects.all()
    assert (mark.queue, mark.labeler) == (queue, labeler)
    assert mark.pk.version == 4
    assert Label.objects.get() == label


@pytest.mark.django_db(transaction=True)
def test_placed_gold_is_answered_scored_at_the_next_submit_and_counted():
    queue = make_plan(gold_rate=0.5, gold_a_day_cap=1).queue
    labeler = make_labeler(queues=[queue])
    gold = make_gold(queue, ["spam"])
    make_items(queue, 8)
    tasks.place_scope(queue.pk)

    while not Label.objects.filter(item=gold.item).exists():
        label_next(queue, labeler, "scam")
    label_next(queue, labeler, "scam")
    refresh_queue(queue.pk)

    [score] = GoldScore.objects.all()
    own = MetricSnapshot.objects.get(metric=Metric.ACCURACY, cut=Cut.LABELER)
    assert (score.given, score.is_correct, Placement.objects.count()) == ("scam", False, 1)
    assert (own.key, own.estimates["accuracy"]["n"]) == (str(labeler.public_id), 1)
    assert not StaleMark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_every_job_run_twice_and_in_two_threads_changes_nothing():
    queue = make_plan(gold_rate=0.5).queue
    labeler = make_labeler(queues=[queue])
    make_items(queue, 4)
    for _ in range(8):
        make_gold(queue)
    tasks.place_scope(queue.pk)
    for _ in range(4):
        label_next(queue, labeler)
    run_all(queue)
    before = state()

    threads = [Thread(target=run_and_close, args=(queue,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert state() == before


def run_all(queue):
    tasks.refresh_scope(queue.pk)
    tasks.place_scope(queue.pk)
    tasks.judge_scope(queue.pk)


def run_and_close(queue):
    try:
        run_all(queue)
    finally:
        connection.close()


def state():
    return (
        list(MetricSnapshot.objects.order_by("pk").values("pk", "tally", "estimates", "computed_at")),
        list(GoldScore.objects.order_by("pk").values("pk", "label", "is_correct")),
        list(Placement.objects.order_by("pk").values("pk", "slot")),
    )


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_counts_what_the_sweep_finds(real_worker):
    queue = make_plan().queue
    labeler = make_labeler(queues=[queue])
    make_items(queue, 2)
    label_next(queue, labeler)

    tasks.refresh_stale()

    assert wait_until(lambda: not StaleMark.objects.exists(), seconds=30)
    assert MetricSnapshot.objects.get(cut=Cut.QUEUE).tally["patterns"] == [[0, 1, 0, 0, 1]]
