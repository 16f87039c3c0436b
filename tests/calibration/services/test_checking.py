"""The checker confirms what was counted, and finds what was changed behind its back."""

from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command

from calibration.enums import Cut, Metric
from calibration.models import GoldScore, MetricSnapshot, StandingRecord, Watch
from calibration.services.checking import check_snapshots
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin
from tests.builders import (
    CATEGORIES,
    make_category_question,
    make_items,
    make_labeler,
    make_policy,
    make_queue,
    make_team,
)
from tests.calibration.builders import MINUTE, NOON, add_gold_label, add_label, make_gold, make_plan, revise

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    """A queue with two questions, overlap over two weeks and two vendors, gold, revisions and what does not count."""
    rng = Random(7)
    policy = make_policy()
    severity = [{"code": code, "name": code, "parent": None} for code in ("low", "middle", "high")]
    ordinal = {"key": "severity", "kind": "ordinal", "prompt": "How bad?", "options": severity, "taxonomy": False}
    queue = make_queue(policy=policy, questions=[make_category_question(policy), ordinal])
    make_plan(queue)
    people = [make_labeler(team=make_team()) for _ in range(4)]
    for number in range(40):
        item = make_items(queue, answers_needed=3, language=rng.choice(["en", "de"]))[0]
        truth = rng.choice(CATEGORIES)
        for person in rng.sample(people, rng.choice([1, 2, 3])):
            given = truth if rng.random() < 0.7 else rng.choice([*CATEGORIES, "cannot_tell"])
            answers = {"category": given, "severity": rng.choice(["low", "middle", "high", "cannot_tell"])}
            label = add_label(item, person, answers, at=NOON - timedelta(hours=7 * number), origin=SlotOrigin.ENTRY)
            if number % 9 == 0:
                revise(label, "spam", at=label.created_at + MINUTE)
    revisions = list(queue.policy_version.revisions.all())
    for number in range(30):
        gold = make_gold(
            queue,
            [*rng.sample(CATEGORIES, 2), *(["cannot_tell"] if number % 5 == 0 else [])],
            clause_revision=rng.choice([None, *revisions]),
        )
        for person in people:
            given = rng.choice([*CATEGORIES, "cannot_tell"]) if rng.random() < 0.5 else gold.answers.get().accepted[1]
            add_gold_label(gold, person, given, at=NOON - timedelta(hours=5 * number), is_base=number % 4 > 0)
    refresh_queue(queue.pk, now=NOON + timedelta(hours=1))
    return queue


def test_what_was_counted_is_confirmed_by_the_other_route(queue):
    cuts = set(MetricSnapshot.objects.values_list("metric", "cut"))

    differences = check_snapshots(queue.pk)

    assert differences == ()
    assert len(cuts) == 12
    assert GoldScore.objects.count() == 120


def test_a_corrupted_tally_is_found(queue):
    row = MetricSnapshot.objects.get(question="category", metric=Metric.AGREEMENT, cut=Cut.QUEUE)
    row.tally["patterns"][0][-1] += 1
    row.save()

    [difference] = check_snapshots(queue.pk)

    assert difference.what == "tally, agreement of category by queue"


@pytest.mark.parametrize("figure", ["alpha", "percent", "ac1", "fleiss"])
def test_a_corrupted_coefficient_is_found(queue, figure):
    row = MetricSnapshot.objects.get(question="severity", metric=Metric.AGREEMENT, cut=Cut.QUEUE)
    row.estimates[figure]["value"] += 1e-6
    row.save()

    [difference] = check_snapshots(queue.pk)

    assert difference.what == f"{figure}, agreement of severity by queue"


def test_a_corrupted_accuracy_score_or_watch_is_found(queue):
    row = MetricSnapshot.objects.filter(metric=Metric.ACCURACY, cut=Cut.LABELER).first()
    row.estimates["accuracy"]["lower"] -= 0.01
    row.save()
    score = GoldScore.objects.filter(is_correct=False).exclude(given="cannot_tell").first()
    GoldScore.objects.filter(pk=score.pk).update(given="cannot_tell")
    watch = Watch.objects.first()
    Watch.objects.filter(pk=watch.pk).update(n=watch.n + 1)

    found = {difference.what.split(" ")[0] for difference in check_snapshots(queue.pk)}

    assert found >= {"lower,", "score", "watch"}


def test_the_command_names_what_differs(queue):
    out = StringIO()
    call_command("verify_snapshots", stdout=out)
    MetricSnapshot.objects.filter(metric=Metric.AGREEMENT, cut=Cut.LANGUAGE).delete()
    errors = StringIO()

    with pytest.raises(CommandError, match="4 figures differ"):
        call_command("verify_snapshots", stdout=StringIO(), stderr=errors)

    assert "All figures agree" in out.getvalue()
    assert "agreement of category by language de" in errors.getvalue()


@pytest.mark.parametrize(("estimate", "part"), [("judged", "lower"), ("false_positive", "upper")])
def test_a_corrupted_interval_of_a_vendor_is_found(queue, estimate, part):
    row = MetricSnapshot.objects.filter(metric=Metric.ACCURACY, cut=Cut.VENDOR).first()
    row.estimates[estimate][part] += 0.01
    row.save()

    [difference] = check_snapshots(queue.pk)

    assert difference.what.startswith(f"{estimate} {part}, accuracy of category by vendor")


def test_a_missing_figure_score_or_standing_is_found(queue):
    MetricSnapshot.objects.filter(metric=Metric.ACCURACY, cut=Cut.QUEUE).delete()
    record = StandingRecord.objects.first()
    StandingRecord.objects.filter(pk=record.pk).update(standing="meets")
    extra = GoldScore.objects.filter(is_base=False).first()
    GoldScore.objects.filter(pk=extra.pk).delete()

    found = {difference.what.split(" ")[0] for difference in check_snapshots(queue.pk)}

    assert found >= {"accuracy", "standing", "score"}


def test_a_score_of_a_label_that_did_not_stand_is_found(queue):
    score = GoldScore.objects.filter(is_base=True).first()
    later = revise(score.label, "spam", at=score.answered_at + 30 * MINUTE)
    GoldScore.objects.filter(pk=score.pk).update(
        label=later, given="spam", is_correct="spam" in score.gold_answer.accepted
    )

    assert any(difference.what.startswith("score of label") for difference in check_snapshots(queue.pk))
