"""Stored figures are compared with their labels every night; what differs is an alarm, and fresh answers are none."""

import logging
from datetime import date, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.urls import reverse

from calibration import tasks
from calibration.enums import Cut, Metric
from calibration.models import MetricSnapshot, StaleMark, Verification, Watch
from calibration.queries import verifications
from calibration.queries.verifications import find_alarms
from calibration.services import verification
from calibration.services.marks import lock_figures, mark_stale
from calibration.services.refresh import refresh_queue
from calibration.services.verification import verified_tonight, verify_queue
from labeling.enums import SlotOrigin
from qaplatform import clock
from qaplatform.jobs.tasks import sing
from qaplatform.local.waiting import wait_until
from qaplatform.people.enums import Role
from qaplatform.people.queries.accesses import read_access
from qaplatform.trail.models import TrailEntry
from qaplatform.web.health import see_all
from tests.builders import client_for, make_items, make_labeler, make_queue, make_user
from tests.calibration.builders import add_gold_label, add_label, make_gold, make_plan


def make_counted_queue(name="Posts"):
    """A queue with agreement and accuracy that have been counted."""
    queue = make_queue(name=name)
    make_plan(queue)
    people = [make_labeler() for _ in range(2)]
    now = clock.database_now()
    for number, item in enumerate(make_items(queue, 8, answers_needed=2)):
        for place, person in enumerate(people):
            given = "spam" if (number + place * (number < 3)) % 3 else "scam"
            add_label(item, person, given, at=now - timedelta(days=2), origin=SlotOrigin.ENTRY)
    for number in range(4):
        add_gold_label(make_gold(queue), people[0], "scam" if number else "spam", at=now - timedelta(days=1))
    refresh_queue(queue.pk)
    return queue


def tamper(queue):
    row = MetricSnapshot.objects.get(queue=queue, metric=Metric.AGREEMENT, cut=Cut.QUEUE)
    row.estimates["alpha"]["value"] = 0.987
    row.save()


def add_answer(queue):
    """A fresh overlap of two, with the mark that a submit appends."""
    with transaction.atomic():
        [item] = make_items(queue, answers_needed=2)
        for given in ("spam", "scam"):
            add_label(item, make_labeler(), given, at=clock.database_now(), origin=SlotOrigin.ENTRY)
        mark_stale(queue)


def held_locks():
    """How many advisory locks and locks on rows to write this session holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid()"
            " AND (locktype = 'advisory' OR mode IN ('RowShareLock', 'RowExclusiveLock'))"
        )
        return cursor.fetchone()[0]


def hold_figures(queue, is_held, is_done):
    try:
        with transaction.atomic():
            lock_figures(queue.pk)
            is_held.set()
            is_done.wait(30)
    finally:
        connection.close()


@pytest.mark.django_db
def test_figures_that_agree_are_kept_as_compared():
    queue = make_counted_queue()

    verify_queue(queue.pk)

    [kept] = Verification.objects.all()
    assert (kept.queue, kept.differences) == (queue, [])
    assert kept.compared >= MetricSnapshot.objects.filter(queue=queue).count() + 4


@pytest.mark.django_db
def test_a_changed_figure_is_kept_and_logged(caplog):
    queue = make_counted_queue()
    tamper(queue)

    with caplog.at_level(logging.ERROR):
        verify_queue(queue.pk)

    [found] = Verification.objects.get().differences
    assert (found["what"], found["stored"]) == ("alpha, agreement of category by queue", "0.987")
    assert float(found["recomputed"]) < 0.6
    assert "alpha, agreement of category by queue, stored 0.987" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_answers_that_wait_to_be_counted_are_no_difference():
    queue = make_counted_queue()
    before = MetricSnapshot.objects.get(queue=queue, metric=Metric.AGREEMENT, cut=Cut.QUEUE).tally
    add_answer(queue)

    verify_queue(queue.pk)

    assert Verification.objects.get().differences == []
    assert MetricSnapshot.objects.get(queue=queue, metric=Metric.AGREEMENT, cut=Cut.QUEUE).tally != before
    assert not StaleMark.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_answers_that_come_in_during_the_comparison_are_no_difference():
    queue, enough = make_counted_queue(), Event()

    def submit():
        try:
            while not enough.is_set():
                add_answer(queue)
        finally:
            connection.close()

    thread = Thread(target=submit)
    thread.start()
    try:
        found = [verify_queue(queue.pk) for _ in range(6)]
    finally:
        enough.set()
        thread.join()

    assert [row.differences for row in found if row] == [[]] * 6


@pytest.mark.django_db(transaction=True)
def test_nothing_is_locked_while_counted_answers_are_compared(monkeypatch):
    queue, seen = make_counted_queue(), []
    add_answer(queue)
    compare = verification.check_snapshots

    def look_and_compare(queue_id):
        seen.append(held_locks())
        return compare(queue_id)

    monkeypatch.setattr(verification, "check_snapshots", look_and_compare)

    verify_queue(queue.pk)

    assert seen == [0]
    assert Verification.objects.get().differences == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("most", "is_kept"), [(20_000, True), (10, False)])
def test_where_answers_never_stop_only_a_small_queue_is_compared_under_its_locks(monkeypatch, most, is_kept):
    queue, count = make_counted_queue(), verification.refresh_queue
    add_answer(queue)

    def count_too_late(queue_id):
        found = count(queue_id)
        add_answer(queue)
        return found

    monkeypatch.setattr(verification, "refresh_queue", count_too_late)
    monkeypatch.setattr(verification, "COMPARED_UNDER_LOCKS", most)

    found = verify_queue(queue.pk)

    assert [row.differences for row in Verification.objects.all()] == ([[]] if is_kept else [])
    assert (found is not None) is is_kept


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_is_being_counted_is_left_for_another_time():
    queue = make_counted_queue()
    add_answer(queue)
    is_held, is_done = Event(), Event()

    thread = Thread(target=hold_figures, args=(queue, is_held, is_done))
    thread.start()
    is_held.wait(30)
    try:
        found = verify_queue(queue.pk)
    finally:
        is_done.set()
        thread.join()

    assert found is None
    assert not Verification.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_comparison_of_counted_answers_waits_for_nobody():
    queue = make_counted_queue()
    is_held, is_done = Event(), Event()
    thread = Thread(target=hold_figures, args=(queue, is_held, is_done))
    thread.start()
    is_held.wait(30)
    try:
        found = verify_queue(queue.pk)
    finally:
        is_done.set()
        thread.join()

    assert found.differences == []


@pytest.mark.django_db
def test_every_queue_comes_in_time_where_a_night_is_too_short(monkeypatch):
    monkeypatch.setattr(verification, "ANSWERS_A_NIGHT", 30)
    queues = {make_counted_queue(f"Queue {number}").pk for number in range(3)}
    seen, day = [], date(2026, 11, 22)

    for night in range(3):
        [chosen] = verified_tonight(day + timedelta(days=night))
        kept = verify_queue(chosen)
        at = clock.database_now() + timedelta(days=night)
        Verification.objects.filter(pk=kept.pk).update(checked_at=at)
        seen.append(chosen)

    assert set(seen) == queues


@pytest.mark.django_db
def test_a_queue_larger_than_a_night_is_left_out_and_health_says_so(monkeypatch, caplog):
    queue = make_counted_queue()
    for module in (verification, verifications):
        monkeypatch.setattr(module, "ANSWERS_A_NIGHT", 10)

    tasks.verify_scope(queue.pk)

    assert verified_tonight(date(2026, 11, 22)) == ()
    assert not Verification.objects.exists()
    assert "too large to be recomputed by a job: run manage.py verify_snapshots" in caplog.text
    told = "; 1 queue is too large to be recomputed at night: run manage.py verify_snapshots"
    assert figures_check().detail == f"not recomputed yet{told}"


@pytest.mark.django_db
def test_a_large_queue_that_was_recomputed_by_hand_is_not_missed(monkeypatch):
    queue = make_counted_queue()
    monkeypatch.setattr(verifications, "ANSWERS_A_NIGHT", 10)

    verify_queue(queue.pk)

    assert figures_check().detail.endswith("no difference")


@pytest.mark.django_db
def test_no_more_differences_are_kept_than_somebody_reads(monkeypatch):
    queue = make_counted_queue()
    monkeypatch.setattr(verification, "KEPT", 1)
    Watch.objects.filter(queue=queue).exclude(n=0).update(n=99)
    tamper(queue)

    found = verify_queue(queue.pk).differences

    assert len(found) == 2
    assert found[-1]["what"] == "1 more figures of 2"


@pytest.mark.django_db
def test_all_queues_come_every_night_where_they_are_small():
    queues = {make_counted_queue(f"Queue {number}").pk for number in range(2)}

    assert set(verified_tonight(date(2026, 11, 22))) == queues


@pytest.mark.django_db(transaction=True)
def test_the_nightly_job_run_twice_finds_the_same():
    queue = make_counted_queue()
    tamper(queue)

    tasks.verify_scope(queue.pk)
    tasks.verify_scope(queue.pk)

    first, second = Verification.objects.order_by("pk")
    assert first.differences == second.differences != []


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_verifies_what_the_beat_asks_for(real_worker):
    queue = make_counted_queue()

    tasks.verify_figures()

    assert wait_until(lambda: Verification.objects.filter(queue=queue).exists(), seconds=30)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.QA_MANAGER])
def test_the_alarm_comes_first_on_the_first_page_and_says_what_to_do(role):
    queue = make_counted_queue()
    tamper(queue)
    verify_queue(queue.pk)

    page = client_for(make_user(roles=[role])).get(reverse("calibration:home")).content.decode()

    assert "Posts: a stored figure does not agree with the labels" in page
    assert "Alpha, agreement of category by queue: stored 0.987, recomputed from the labels 0." in page
    assert "Count again and compare" in page
    assert page.index("Count again and compare") < page.index('<section class="panel')


@pytest.mark.django_db
def test_an_administrator_is_not_told_what_is_about_one_person():
    queue = make_counted_queue()
    watch = Watch.objects.exclude(n=0).first()
    Watch.objects.filter(pk=watch.pk).update(n=watch.n + 1)
    verify_queue(queue.pk)

    told = {role: find_alarms(read_access(make_user(roles=[role])))[0].figures for role in MANAGING}

    [to_quality] = told[Role.QA_MANAGER]
    assert to_quality.what == f"Watch of {watch.labeler}"
    [to_administrator] = told[Role.ADMINISTRATOR]
    assert to_administrator.sentence == "A figure about one person or one item."


MANAGING = [Role.ADMINISTRATOR, Role.QA_MANAGER]


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(set(Role) - set(MANAGING)))
def test_nobody_else_sees_the_alarm(role):
    queue = make_counted_queue()
    tamper(queue)
    verify_queue(queue.pk)

    assert find_alarms(read_access(make_user(roles=[role]))) == ()


@pytest.mark.django_db
def test_counting_again_puts_right_what_was_changed_and_ends_the_alarm():
    queue, ada = make_counted_queue(), make_user("ada", roles=[Role.ADMINISTRATOR])
    tamper(queue)
    verify_queue(queue.pk)

    answer = client_for(ada).post(reverse("calibration:count_again", args=[queue.public_id]), follow=True)
    verify_queue(queue.pk)

    assert "is counted again and compared" in answer.content.decode()
    assert find_alarms(read_access(ada)) == ()
    assert TrailEntry.objects.get(action="figures_counted_again").actor_id == ada.pk
    assert Verification.objects.exclude(differences=[]).count() == 1


@pytest.mark.django_db
def test_health_tells_of_an_alarm_without_a_name():
    queue = make_counted_queue()
    tamper(queue)
    before = figures_check()

    verify_queue(queue.pk)

    after = figures_check()
    assert (before.is_fine, before.detail) == (True, "not recomputed yet")
    assert (after.is_fine, after.is_vital) == (False, False)
    assert after.detail.startswith("1 stored figure is not confirmed by a recomputation from the labels, in 1 queue")
    assert queue.name not in after.detail


@pytest.mark.django_db
def test_an_alarm_takes_nothing_out_of_service(client):
    sing("quick")
    queue = make_counted_queue()
    tamper(queue)
    verify_queue(queue.pk)

    answer = client.get(reverse("readyz"))

    assert (answer.status_code, answer.json()["checks"]["figures"]["ok"]) == (200, False)


def figures_check():
    return next(check for check in see_all() if check.name == "figures")
