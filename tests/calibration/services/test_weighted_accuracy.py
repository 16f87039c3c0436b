"""Decisions that audits drew with unlike chances: weighted where the draws fit together, counted plainly elsewhere."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.enums import AuditOrigin, Cut, Metric, Reference
from calibration.models import AuditedLabel, GroupStanding, MetricSnapshot, StandingRecord
from calibration.queries.audit_figures import AUDIT_CLOSED
from calibration.queries.audits import audit_figures
from calibration.queries.first_results import first_result
from calibration.queries.people import people_rows
from calibration.services.checking import check_snapshots
from calibration.services.refresh import refresh_queue
from calibration.services.standings import declare_standings
from labeling.models import Label
from qaplatform.people.enums import Role
from tests.builders import client_for, make_items, make_labeler, make_team, make_user
from tests.calibration.auditing import add_audit, make_audit, make_run
from tests.calibration.builders import NOON, add_label, make_plan

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
DAY = timedelta(days=1)
MONDAY = NOON + timedelta(days=5)


@pytest.fixture
def queue():
    """A plan's queue."""
    return make_plan().queue


@pytest.fixture
def labeler():
    """Somebody in a team."""
    return make_labeler(team=make_team())


def drawn(queue, **population):
    """A drawn blind audit."""
    return make_audit(queue, Reference.AUDIT_BLIND, origin=AuditOrigin.DRAWN, population=population, created_at=NOON)


def judge(audit, labeler, right, chance, *, days_ago=0):
    """Judged decisions of a day, each drawn with this chance."""
    for place, is_right in enumerate(right):
        [item] = make_items(audit.queue, answers_needed=0)
        label = add_label(item, labeler, "spam", at=NOON - (days_ago + place % 3) * DAY)
        expected = "spam" if is_right else "no_violation"
        add_audit(label, expected, reference=audit.reference, probability=chance, audit=audit)


def estimates(cut, key=""):
    return MetricSnapshot.objects.get(
        metric=Metric.ACCURACY, cut=cut, key=key, reference=Reference.AUDIT_BLIND
    ).estimates


def judge_unlike(audit, labeler, **days):
    """12 of 20 right where one in ten was drawn, 19 of 20 where every second was: (120 + 38) / (200 + 40)."""
    judge(audit, labeler, [True] * 12 + [False] * 8, 0.1, **days)
    judge(audit, labeler, [True] * 19 + [False], 0.5, **days)


def test_a_person_and_their_groups_are_weighted_where_chances_differ(queue, labeler):
    judge_unlike(drawn(queue), labeler)

    refresh_queue(queue.pk, now=LATER)

    for cut, key in ((Cut.QUEUE, ""), (Cut.LABELER, str(labeler.public_id)), (Cut.TEAM, str(labeler.team.public_id))):
        found = estimates(cut, key)
        assert found["weighted"]["value"] == pytest.approx(158 / 240)
        assert found["weighted"]["lower"] < 158 / 240 < found["weighted"]["upper"]
        assert found["accuracy"]["value"] == pytest.approx(31 / 40)


def test_a_weighted_figure_is_shown_and_nobody_is_judged_by_it(queue, labeler):
    judge_unlike(drawn(queue), labeler)
    refresh_queue(queue.pk, now=LATER)

    declare_standings(queue, on=MONDAY.date(), now=MONDAY)

    [row] = people_rows([labeler], [queue], now=LATER, reference=Reference.AUDIT_BLIND)
    assert row.accuracy.value == pytest.approx(158 / 240)
    assert row.is_weighted
    assert row.chances_words.startswith("weighted")
    assert not StandingRecord.objects.filter(labeler=labeler).exists()
    assert not GroupStanding.objects.exists()


def test_equal_and_unknown_chances_stay_plain(queue, labeler):
    judge(drawn(queue), labeler, [True] * 3 + [False], 0.2)
    judge(make_audit(queue, Reference.AUDIT_SEEN), labeler, [True], None)

    refresh_queue(queue.pk, now=LATER)

    assert estimates(Cut.QUEUE)["weighted"] is None
    assert not estimates(Cut.QUEUE)["has_unequal_chances"]


def test_judgements_of_files_among_drawn_ones_leave_the_figure_plain(queue, labeler):
    judge_unlike(drawn(queue), labeler)
    judge(make_audit(queue, Reference.AUDIT_BLIND), labeler, [True], None)

    refresh_queue(queue.pk, now=LATER)

    assert estimates(Cut.QUEUE)["weighted"] is None
    assert estimates(Cut.QUEUE)["has_unequal_chances"]
    assert check_snapshots(queue.pk) == ()


@pytest.mark.parametrize(
    ("first", "second", "is_weighted"),
    [
        ({"until": "2026-01-01"}, {"since": "2026-01-02"}, True),
        ({"until": "2026-01-02"}, {"since": "2026-01-02"}, False),
        ({"vendor": "a"}, {"vendor": "b"}, True),
        ({"vendor": "a"}, {"vendor": None}, False),
        ({"source": "ours"}, {"source": "imported"}, True),
        ({"source": "ours"}, {"source": "all"}, False),
    ],
)
def test_audits_are_weighted_together_only_where_no_decision_stood_in_two_draws(
    queue, labeler, first, second, is_weighted
):
    judge(drawn(queue, **first), labeler, [True] * 5 + [False] * 5, 0.1)
    judge(drawn(queue, **second), labeler, [True] * 10, 0.5)

    refresh_queue(queue.pk, now=LATER)

    found = estimates(Cut.QUEUE)["weighted"]
    assert (found["value"] if found else None) == (pytest.approx(70 / 120) if is_weighted else None)
    assert check_snapshots(queue.pk) == ()


def test_the_checker_confirms_the_weighted_share_and_its_interval(queue, labeler):
    judge_unlike(drawn(queue), labeler)
    judge_unlike(drawn(queue, vendor="b"), make_labeler(), days_ago=4)
    refresh_queue(queue.pk, now=LATER)

    assert check_snapshots(queue.pk) == ()


@pytest.mark.parametrize("part", ["value", "lower", "upper"])
def test_the_checker_finds_a_tampered_weighted_share(queue, labeler, part):
    judge_unlike(drawn(queue), labeler)
    refresh_queue(queue.pk, now=LATER)
    row = MetricSnapshot.objects.get(metric=Metric.ACCURACY, cut=Cut.QUEUE)
    row.estimates["weighted"][part] += 0.001
    row.save()

    [difference] = check_snapshots(queue.pk)

    assert difference.what.startswith(f"weighted {part}")


def test_the_checker_finds_a_tampered_chance(queue, labeler):
    judge_unlike(drawn(queue), labeler)
    refresh_queue(queue.pk, now=LATER)

    AuditedLabel.objects.filter(pk=AuditedLabel.objects.first().pk).update(inclusion_probability=0.9)

    assert any(found.what.startswith("weighted value") for found in check_snapshots(queue.pk))


def test_several_queues_combine_by_their_answers(queue, labeler):
    judge_unlike(drawn(queue), labeler)
    other = make_plan().queue
    judge(drawn(other), labeler, [True] * 10, 0.3)
    refresh_queue(queue.pk, now=LATER)
    refresh_queue(other.pk, now=LATER)

    [row] = people_rows([labeler], [queue, other], now=LATER, reference=Reference.AUDIT_BLIND)

    assert row.accuracy.value == pytest.approx((40 * 158 / 240 + 10) / 50)
    assert row.accuracy.lower < row.accuracy.value < row.accuracy.upper


def test_a_first_result_is_weighted_and_tells_no_standing(queue, labeler):
    judge_unlike(drawn(queue), labeler)
    run = make_run()
    Label.objects.update(import_run=run)

    result = first_result(run, asked=Reference.AUDIT_BLIND)

    for row in (result.total, *result.queues, *result.vendors, *result.people):
        assert row.accuracy.value == pytest.approx(158 / 240)
        assert (row.standing, row.chances_words[:8]) == ("", "weighted")


def test_audits_that_overlap_stand_apart_in_the_list(queue, labeler):
    judge(drawn(queue), labeler, [True] * 5, 0.1)
    judge(drawn(queue), labeler, [True] * 5, 0.5)
    address = f"{reverse('calibration:audits')}?queue={queue.public_id}"

    page = client_for(make_user(roles=[Role.QA_MANAGER])).get(address).content.decode()

    assert "No figure of these audits together" in page


def test_decisions_that_were_not_judged_are_stood_for_by_those_of_their_stratum(queue, labeler):
    """40 decisions of one kind, all right, and 4 of another, all wrong; 4 drawn of each, 3 of the first skipped."""
    audit = drawn(queue)
    judge(audit, labeler, [True] * 4, 0.1)
    AuditedLabel.objects.update(stratum="right")
    judge(audit, labeler, [False] * 4, 1.0)
    AuditedLabel.objects.filter(stratum="").update(stratum="wrong")
    skipped = AuditedLabel.objects.filter(stratum="right").order_by("pk").values("pk")[:3]
    AuditedLabel.objects.filter(pk__in=skipped).update(judged_at=None, is_correct=None, auditor_answer="", expected="")

    refresh_queue(queue.pk, now=LATER)

    assert estimates(Cut.QUEUE)["weighted"]["value"] == pytest.approx(40 / 44)
    assert audit_figures([audit]).share.value == pytest.approx(40 / 44)
    assert check_snapshots(queue.pk) == ()


def test_skips_alone_make_chances_unlike(queue, labeler):
    """Both strata drawn at one half; half of the second was not judged, so each judged one stands for four."""
    audit = drawn(queue)
    judge(audit, labeler, [True] * 4, 0.5)
    AuditedLabel.objects.update(stratum="first")
    judge(audit, labeler, [False] * 4, 0.5)
    AuditedLabel.objects.filter(stratum="").update(stratum="second")
    closed = AuditedLabel.objects.filter(stratum="second").order_by("pk").values("pk")[:2]
    AuditedLabel.objects.filter(pk__in=closed).update(
        judged_at=None, is_correct=None, auditor_answer="", expected="", ended_at=LATER, ended_why=AUDIT_CLOSED
    )

    refresh_queue(queue.pk, now=LATER)

    assert estimates(Cut.QUEUE)["weighted"]["value"] == pytest.approx(8 / 16)
    assert check_snapshots(queue.pk) == ()
