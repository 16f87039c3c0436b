"""Counting a queue: marks, snapshots, idempotence."""

from collections import Counter
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from calibration.enums import Cut, Metric
from calibration.models import GoldScore, MetricSnapshot, Recount, StaleMark, Watch
from calibration.queries.error_kinds import count_errors
from calibration.queries.questions import read_question
from calibration.services.marks import delete_marks, mark_stale, read_marks, try_lock_figures
from calibration.services.refresh import refresh_queue, stale_queue_ids
from calibration.stats import AgreementTally, ConfusionTally
from labeling.enums import SlotOrigin
from labeling.signals import label_recorded
from tests.builders import make_category_question, make_items, make_labeler, make_policy, make_queue, make_vendor
from tests.calibration.builders import MINUTE, NOON, add_gold_label, add_label, make_gold, make_plan, revise

LATER = NOON + timedelta(hours=1)


def add_overlap(queue, *answers, at=NOON, labelers=None, **fields):
    """An ordinary item with one answer of each labeler."""
    item = make_items(queue, **({"answers_needed": len(answers)} | fields))[0]
    people = labelers or [make_labeler() for _ in answers]
    return [
        add_label(item, person, given, at=at, origin=SlotOrigin.ENTRY)
        for person, given in zip(people, answers, strict=True)
    ]


def agreement(queue, cut=Cut.QUEUE, key=""):
    row = MetricSnapshot.objects.get(queue=queue, metric=Metric.AGREEMENT, cut=cut, key=key)
    return row, AgreementTally.from_json(row.tally)


def patterns(tally):
    return Counter(
        {tuple(pattern): n for pattern, n in zip(tally.patterns.tolist(), tally.items.tolist(), strict=True)}
    )


def everything():
    """All rows that a recount writes, without the time of writing."""
    snapshots = MetricSnapshot.objects.order_by("metric", "cut", "key").values(
        "queue", "question", "metric", "cut", "key", "population", "tally", "estimates", "computed_at"
    )
    scores = GoldScore.objects.order_by("label").values("label", "gold_answer", "is_correct", "scored_at", "ended_at")
    watches = Watch.objects.order_by("labeler").values("labeler", "n", "statistic", "level", "replayed_at")
    return [list(snapshots), list(scores), list(watches)]


@pytest.mark.django_db
def test_agreement_counts_patterns_of_ordinary_answers():
    queue = make_queue()
    add_overlap(queue, "spam", "spam", "scam")
    add_overlap(queue, "no_violation", "no_violation")
    add_overlap(queue, "spam")

    refresh_queue(queue.pk, now=LATER)

    row, tally = agreement(queue)
    assert tally.categories == ("no_violation", "spam", "scam", "impersonation")
    assert patterns(tally) == {(0, 2, 1, 0): 1, (2, 0, 0, 0): 1, (0, 1, 0, 0): 1}
    assert row.estimates["percent"]["value"] == pytest.approx((1 / 3 + 1) / 2)
    assert row.population["versions"] == [1]


@pytest.mark.django_db
def test_gold_withdrawn_cannot_tell_and_revised_answers_do_not_count_for_agreement():
    queue = make_queue()
    add_gold_label(make_gold(queue), make_labeler(), "spam")
    add_overlap(queue, "spam", "cannot_tell")
    [hidden] = add_overlap(queue, "scam")
    hidden.item.withdrawn_at = LATER
    hidden.item.save()
    [label, _] = add_overlap(queue, "scam", "impersonation")
    revise(label, "impersonation", at=NOON + MINUTE)

    refresh_queue(queue.pk, now=LATER)

    _, tally = agreement(queue)
    assert patterns(tally) == {(0, 1, 0, 0): 1, (0, 0, 0, 2): 1}


@pytest.mark.django_db
def test_agreement_is_cut_by_week_language_clause_category_and_vendor():
    queue = make_queue()
    north, south = make_vendor("North"), make_vendor("South")
    pair = [make_labeler(vendor=north), make_labeler(vendor=south), make_labeler(vendor=south)]
    add_overlap(queue, "spam", "scam", "scam", labelers=pair, language="en")
    add_overlap(queue, "spam", "spam", language="de", at=NOON - timedelta(days=7))

    refresh_queue(queue.pk, now=LATER)

    assert agreement(queue, Cut.WEEK, "2026-11-09|v1")[1].n_items == 1
    assert agreement(queue, Cut.LANGUAGE, "en")[1].n_ratings == 3
    assert patterns(agreement(queue, Cut.CATEGORY, "spam")[1]) == {(1, 2): 1, (2, 0): 1}
    assert patterns(agreement(queue, Cut.CLAUSE, "1.2")[1]) == {(2, 1): 1, (0, 2): 1}
    assert patterns(agreement(queue, Cut.VENDOR, str(south.public_id))[1]) == {(0, 0, 2, 0): 1}
    between = agreement(queue, Cut.VENDOR_PAIR, f"{north.public_id}:{south.public_id}")[1]
    assert patterns(between) == {(0, 1, 1, 0): 1}


@pytest.mark.django_db
def test_accuracy_counts_base_gold_by_labeler_vendor_clause_and_queue():
    plan = make_plan()
    queue, labeler = plan.queue, make_labeler()
    revision = queue.policy_version.revisions.get(clause__code="1.1")
    add_gold_label(make_gold(queue, ["spam"], clause_revision=revision), labeler, "spam")
    add_gold_label(make_gold(queue, ["spam"], clause_revision=revision), labeler, "no_violation", at=NOON + MINUTE)
    add_gold_label(make_gold(queue, ["no_violation"]), labeler, "scam", at=NOON + 2 * MINUTE)
    add_gold_label(make_gold(queue), labeler, "scam", at=NOON + 3 * MINUTE, is_base=False)

    refresh_queue(queue.pk, now=LATER)

    rows = {(row.cut, row.key): row for row in MetricSnapshot.objects.filter(metric=Metric.ACCURACY)}
    own = rows["labeler", str(labeler.public_id)]
    assert ConfusionTally.from_json(own.tally).errors() == {"no_violation": {"scam": 1}, "spam": {"no_violation": 1}}
    assert (own.estimates["accuracy"]["n"], ConfusionTally.from_json(own.tally).right) == (3, 1)
    assert rows["clause", "1.1"].estimates["accuracy"]["n"] == 2
    assert rows["vendor", str(labeler.vendor.public_id)].estimates["false_positive"]["value"] == 1.0
    assert rows["queue", ""].reference == "gold"


@pytest.mark.django_db
def test_exactly_the_marks_that_were_read_are_deleted():
    queue = make_queue()
    mark_stale(queue)
    read = read_marks(queue.pk)
    mark_stale(queue)

    delete_marks(read)

    assert len(read) == 1
    assert StaleMark.objects.count() == 1
    assert not StaleMark.objects.filter(pk__in=read).exists()


@pytest.mark.django_db
def test_a_second_recount_writes_nothing():
    plan = make_plan()
    labeler = make_labeler()
    add_overlap(plan.queue, "spam", "scam")
    add_gold_label(make_gold(plan.queue), labeler, "spam")
    refresh_queue(plan.queue.pk, now=LATER)
    before = everything()

    again = refresh_queue(plan.queue.pk, now=LATER + MINUTE)

    assert (again.ran, again.scored, again.snapshots, again.flags) == (True, 0, 0, 0)
    assert everything() == before


@pytest.mark.django_db
def test_snapshots_of_what_is_gone_go_too():
    queue = make_queue()
    labels = add_overlap(queue, "spam", "spam", language="de")
    refresh_queue(queue.pk, now=LATER)
    labels[0].item.withdrawn_at = LATER
    labels[0].item.save()

    refresh_queue(queue.pk, now=LATER)

    assert not MetricSnapshot.objects.filter(cut=Cut.LANGUAGE).exists()


@pytest.mark.django_db
def test_a_queue_is_due_for_marks_for_closing_undo_and_for_a_new_day():
    plan = make_plan()
    add_gold_label(make_gold(plan.queue), make_labeler(), "spam")
    never_counted = stale_queue_ids(NOON + MINUTE)
    refresh_queue(plan.queue.pk, now=NOON + MINUTE)
    at_rest = stale_queue_ids(NOON + 2 * MINUTE)
    undo_closed = stale_queue_ids(NOON + 5 * MINUTE)
    refresh_queue(plan.queue.pk, now=NOON + 5 * MINUTE)
    scored = stale_queue_ids(LATER)
    next_day = stale_queue_ids(NOON + timedelta(hours=12))
    label_recorded.send(sender=None, queue_id=plan.queue.pk, labeler_id=None, item_id=None)
    marked = stale_queue_ids(LATER)

    ids = (plan.queue.pk,)
    assert (never_counted, at_rest, undo_closed, scored, next_day, marked) == (ids, (), ids, (), ids, ids)


@pytest.mark.django_db
def test_agreement_does_not_mix_versions_across_a_change_that_the_question_depends_on():
    queue = make_queue()
    first, second = add_overlap(queue, "spam", "scam")
    version = queue.policy.versions.create(number=2)
    version.revisions.set(queue.policy_version.revisions.all())
    version.changed_clauses.set(queue.policy.clauses.filter(code="1.1"))
    queue.policy_version = version
    queue.save()
    second.policy_version = version
    second.save()

    refresh_queue(queue.pk, now=LATER)

    row, tally = agreement(queue)
    assert patterns(tally) == {(0, 0, 1, 0): 1}
    assert row.population["versions"] == [2]
    assert agreement(queue, Cut.WEEK, "2026-11-16|v1")[1].n_items == 1
    assert first.policy_version_id != version.pk


@pytest.mark.django_db(transaction=True)
def test_two_recounts_at_once_leave_the_same_rows():
    plan = make_plan()
    labeler = make_labeler()
    for _ in range(30):
        add_overlap(plan.queue, "spam", "scam")
        add_gold_label(make_gold(plan.queue), labeler, "spam")
    results = []

    run_together(*[lambda: results.append(refresh_queue(plan.queue.pk, now=LATER)) for _ in range(4)])
    rows = everything()
    refresh_queue(plan.queue.pk, now=LATER)

    assert any(result.ran for result in results)
    assert everything() == rows
    assert GoldScore.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_whoever_counts_the_queue_already_is_not_waited_for():
    queue = make_queue()
    mark_stale(queue)
    results = []

    with transaction.atomic():
        try_lock_figures(queue.pk)
        run_together(lambda: results.append(refresh_queue(queue.pk, now=LATER)))

    assert [result.ran for result in results] == [False]
    assert not Recount.objects.exists()
    assert StaleMark.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_marks_appended_while_counting_are_never_lost():
    queue = make_queue()
    labelers = [make_labeler() for _ in range(4)]
    items = [make_items(queue, 10, answers_needed=1) for _ in labelers]
    submitting = Counter()

    def submit(labeler, own_items):
        for item in own_items:
            with transaction.atomic():
                add_label(item, labeler, "spam", origin=SlotOrigin.ENTRY)
                label_recorded.send(sender=None, queue_id=queue.pk, labeler_id=labeler.pk, item_id=item.pk)
            submitting["done"] += 1

    def count():
        while submitting["done"] < 40:
            refresh_queue(queue.pk, now=LATER)

    run_together(
        count,
        count,
        *[lambda labeler=labeler, own=own: submit(labeler, own) for labeler, own in zip(labelers, items, strict=True)],
    )
    while StaleMark.objects.exists():
        refresh_queue(queue.pk, now=LATER)

    assert agreement(queue)[1].n_items == 40


def run_together(*jobs):
    """Run jobs in threads that start at once; an error in one fails the test."""
    barrier, errors = Barrier(len(jobs)), []

    def run(job):
        try:
            barrier.wait()
            job()
        except Exception as error:  # noqa: BLE001  It is raised again below, in the test's own thread.
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.mark.django_db
def test_cannot_tell_is_counted_as_an_error_only_where_the_gold_does_not_accept_it():
    queue = make_plan().queue
    labeler = make_labeler()
    add_gold_label(make_gold(queue, ["spam", "cannot_tell"]), labeler, "cannot_tell")
    add_gold_label(make_gold(queue, ["spam"]), labeler, "cannot_tell")
    refresh_queue(queue.pk, now=NOON + timedelta(hours=1))
    row = MetricSnapshot.objects.get(metric=Metric.ACCURACY, cut=Cut.QUEUE)

    errors = count_errors(ConfusionTally.from_json(row.tally), read_question(queue, "category"))

    assert (errors.cannot_tell, row.tally["right"]) == (1, 1)


@pytest.mark.django_db
def test_an_answer_that_names_many_categories_is_scored_whole():
    policy = make_policy(categories=[f"category_with_a_name_as_policies_have_them_{number:02}" for number in range(12)])
    codes = sorted(policy.categories.values_list("code", flat=True))
    queue = make_queue(policy=policy, questions=[make_category_question(policy, kind="multi")])
    make_plan(queue)
    add_gold_label(make_gold(queue, accepted=[codes[0]]), make_labeler("person", queues=[queue]), codes, at=NOON)

    refresh_queue(queue.pk)

    assert GoldScore.objects.get().given == "+".join(codes)
