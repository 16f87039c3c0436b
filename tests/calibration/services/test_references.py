"""Gold, blind audits and audits that saw the answer are counted, kept, checked and judged apart."""

from datetime import timedelta

import pytest

from calibration.enums import Cut, Metric, Reference
from calibration.models import AuditedLabel, Flag, GroupStanding, MetricSnapshot, StandingRecord, Watch, WeeklyTest
from calibration.queries.my_quality import my_quality
from calibration.services.checking import check_snapshots
from calibration.services.judging import judge_due
from calibration.services.refresh import refresh_queue
from calibration.services.standings import declare_standings
from calibration.stats import ConfusionTally
from labeling.enums import SlotOrigin
from tests.builders import make_items, make_labeler, make_team
from tests.calibration.auditing import add_audit, audit_answers
from tests.calibration.builders import (
    MINUTE,
    NOON,
    add_gold_label,
    add_label,
    answer_gold,
    make_gold,
    make_plan,
    revise,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
MONDAY = NOON + timedelta(days=5)


@pytest.fixture
def queue():
    """Two people with gold, blind audits and seen audits, each a different share right."""
    queue = make_plan().queue
    for labeler in (make_labeler(team=make_team()), make_labeler(team=make_team())):
        answer_gold(queue, labeler, [True] * 18 + [False] * 2)
        audit_answers(queue, labeler, [True] * 15 + [False] * 10, reference=Reference.AUDIT_BLIND)
        audit_answers(queue, labeler, [True] * 29 + [False], reference=Reference.AUDIT_SEEN)
    refresh_queue(queue.pk, now=LATER)
    return queue


def figures(cut):
    rows = MetricSnapshot.objects.filter(metric=Metric.ACCURACY, cut=cut)
    return {row.reference: (ConfusionTally.from_json(row.tally).right, row.estimates["accuracy"]["n"]) for row in rows}


def test_each_reference_has_figures_of_its_own(queue):
    assert figures(Cut.QUEUE) == {"gold": (36, 40), "audit_blind": (30, 50), "audit_seen": (58, 60)}
    assert figures(Cut.VENDOR) == {"gold": (18, 20), "audit_blind": (15, 25), "audit_seen": (29, 30)}
    populations = MetricSnapshot.objects.filter(metric=Metric.ACCURACY).values_list(
        "reference", "population__reference"
    )
    assert {reference for reference, _ in populations} == {"gold", "audit_blind", "audit_seen"}
    assert all(reference == said for reference, said in populations)


def test_people_and_groups_are_judged_by_each_reference_on_declared_dates_only(queue):
    first = set(GroupStanding.objects.values_list("cut", "reference", "standing", "n"))
    audit_answers(queue, make_labeler(), [True] * 40, reference=Reference.AUDIT_SEEN)
    refresh_queue(queue.pk, now=LATER + MINUTE)
    between = set(GroupStanding.objects.values_list("cut", "reference", "standing", "n"))

    declare_standings(queue, on=MONDAY.date(), now=MONDAY)

    people = StandingRecord.objects.filter(declared_on=NOON.date()).values_list("reference", "standing")
    assert {("audit_blind", "below"), ("gold", "not_enough_data"), ("audit_seen", "not_enough_data")} == set(people)
    assert between == first
    assert ("queue", "audit_seen", "not_enough_data", 60) in first
    latest = GroupStanding.objects.get(cut=Cut.QUEUE, reference=Reference.AUDIT_SEEN, declared_on=MONDAY.date())
    assert latest.n == 100


def test_audits_open_no_flag_and_move_no_watch(queue):
    labeler = make_labeler()
    audit_answers(queue, labeler, [False] * 60, reference=Reference.AUDIT_BLIND)
    audit_answers(queue, labeler, [False] * 60, reference=Reference.AUDIT_SEEN)
    refresh_queue(queue.pk, now=LATER)

    judge_due(now=MONDAY + timedelta(hours=1))

    assert StandingRecord.objects.filter(labeler=labeler, standing="below").exists()
    assert WeeklyTest.objects.exists()
    assert not Flag.objects.exists()
    assert not Watch.objects.filter(labeler=labeler).exists()


def test_withdrawn_items_replaced_decisions_ended_and_unjudged_audits_count_for_nobody(queue):
    labeler = make_labeler()
    withdrawn, replaced, ended, unjudged, untold, kept = audit_answers(queue, labeler, [True] * 6)
    withdrawn.item.withdrawn_at = NOON
    withdrawn.item.save()
    revise(replaced.label, "scam", at=NOON + MINUTE)
    AuditedLabel.objects.filter(pk=ended.pk).update(ended_at=NOON, ended_why="unclear")
    AuditedLabel.objects.filter(pk=unjudged.pk).update(judged_at=None, is_correct=None)
    AuditedLabel.objects.filter(pk=untold.pk).update(expected="cannot_tell", is_correct=False)

    refresh_queue(queue.pk, now=LATER)

    own = MetricSnapshot.objects.get(cut=Cut.LABELER, key=str(labeler.public_id), metric=Metric.ACCURACY)
    assert own.estimates["accuracy"]["n"] == 1
    assert kept.is_correct
    assert [found.what.split(" ")[0] for found in check_snapshots(queue.pk)] == ["audit"]


def test_gold_that_nobody_can_tell_is_counted(queue):
    labeler = make_labeler()
    add_gold_label(make_gold(queue, ["cannot_tell"]), labeler, "cannot_tell")
    add_gold_label(make_gold(queue, ["cannot_tell"]), labeler, "spam", at=NOON + MINUTE)

    refresh_queue(queue.pk, now=LATER)

    own = MetricSnapshot.objects.get(cut=Cut.LABELER, key=str(labeler.public_id), metric=Metric.ACCURACY)
    assert (own.tally["right"], own.estimates["accuracy"]["n"]) == (1, 2)
    assert check_snapshots(queue.pk) == ()


def test_decisions_drawn_with_unequal_chances_are_not_judged_by_their_plain_share(queue):
    labeler = make_labeler()
    for place, audited in enumerate(audit_answers(queue, labeler, [True] * 15 + [False] * 15)):
        AuditedLabel.objects.filter(pk=audited.pk).update(inclusion_probability=0.1 if place % 2 else 0.9)

    refresh_queue(queue.pk, now=LATER)
    declare_standings(queue, on=MONDAY.date(), now=MONDAY)

    own = MetricSnapshot.objects.get(cut=Cut.LABELER, key=str(labeler.public_id), metric=Metric.ACCURACY)
    assert own.estimates["has_unequal_chances"]
    assert not StandingRecord.objects.filter(labeler=labeler).exists()
    assert not GroupStanding.objects.filter(reference="audit_seen", declared_on=MONDAY.date(), cut=Cut.QUEUE).exists()


def test_the_checker_confirms_audits_by_the_other_route(queue):
    assert check_snapshots(queue.pk) == ()


@pytest.mark.parametrize("change", [{"is_correct": False}, {"given": "scam"}, {"expected": "no_violation"}])
def test_the_checker_finds_a_tampered_audit(queue, change):
    audited = AuditedLabel.objects.filter(is_correct=True).first()
    AuditedLabel.objects.filter(pk=audited.pk).update(**change)

    found = {difference.what.split(" ")[0] for difference in check_snapshots(queue.pk)}

    assert "audit" in found


def test_the_checker_finds_a_tampered_figure_of_an_audit(queue):
    row = MetricSnapshot.objects.get(metric=Metric.ACCURACY, cut=Cut.QUEUE, reference="audit_blind")
    row.estimates["judged"]["lower"] += 0.01
    row.save()

    [difference] = check_snapshots(queue.pk)

    assert difference.what.endswith("against audit_blind")


def test_the_checker_finds_a_tampered_standing_of_a_group(queue):
    GroupStanding.objects.filter(cut=Cut.QUEUE, reference="audit_blind").update(standing="meets")

    [difference] = check_snapshots(queue.pk)

    assert difference.what.startswith("standing of queue")


def test_a_labeler_reads_a_result_a_reference(queue):
    labeler = make_labeler()
    audit_answers(queue, labeler, [True] * 3 + [False], reference=Reference.AUDIT_BLIND)
    answer_gold(queue, labeler, [True] * 2)
    refresh_queue(queue.pk, now=LATER)

    results = my_quality(labeler, now=NOON + timedelta(days=1)).results

    assert [(row.reference, row.right, row.n) for row in results] == [("gold", 2, 2), ("audit_blind", 3, 4)]


def test_an_audit_of_work_that_was_revised_here_still_counts(queue):
    labeler = make_labeler()
    [item] = make_items(queue)
    label = add_label(item, labeler, "spam", origin=SlotOrigin.ENTRY)
    add_audit(label, "spam")
    revise(label, "scam", at=NOON + MINUTE)

    refresh_queue(queue.pk, now=LATER)

    own = MetricSnapshot.objects.get(cut=Cut.LABELER, key=str(labeler.public_id), metric=Metric.ACCURACY)
    assert own.estimates["accuracy"]["n"] == 1
