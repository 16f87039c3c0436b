"""The CUSUM of each labeler, and the flags that it opens."""

from datetime import timedelta

import pytest

from calibration.enums import ErrorKind, FlagCause, FlagState, WatchLevel
from calibration.models import Dispute, Flag, GoldScore, Watch
from calibration.services.checking import check_snapshots
from calibration.services.refresh import refresh_queue
from calibration.services.scoring import score_gold
from calibration.services.watching import restart_watch
from calibration.stats import Cusum
from labeling.models import Slot
from qaplatform.trail.models import TrailEntry
from tests.builders import make_labeler, make_user
from tests.calibration.builders import NOON, add_gold_label, add_label, answer_gold, make_gold, make_plan

pytestmark = pytest.mark.django_db

GOOD, BAD = [True] * 30, [True, True, False] * 12


def test_somebody_in_control_is_quiet_and_not_flagged():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, GOOD)

    refresh_queue(plan.queue.pk, now=NOON)

    watch = Watch.objects.get(labeler=labeler)
    assert (watch.n, watch.level, watch.statistic) == (30, WatchLevel.QUIET, 0)
    assert not Flag.objects.exists()


def test_a_planted_bad_labeler_is_flagged_with_the_path_to_the_alarm():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, GOOD + BAD)

    result = refresh_queue(plan.queue.pk, now=NOON)

    flag = Flag.objects.get()
    run = Cusum(p0=0.05, h=7.0).run([not right for right in GOOD + BAD])
    assert result.flags == 1
    assert (flag.labeler, flag.cause, flag.state) == (labeler, FlagCause.CUSUM, FlagState.OPEN)
    assert flag.error_kind == ErrorKind.FALSE_NEGATIVE
    assert (flag.finding["alarm"], flag.finding["change_point"]) == (run.first_alarm, run.change_point)
    assert flag.finding["path"] == pytest.approx(run.path[: run.first_alarm + 1].tolist(), abs=1e-6)
    assert flag.finding["population"]["reference"] == "gold"
    assert Watch.objects.get(labeler=labeler).level == WatchLevel.ALARM
    assert TrailEntry.objects.filter(action="flag opened", target_id=flag.public_id).count() == 1
    assert flag.reply_due_at == NOON + timedelta(days=7)


def test_evidence_holds_every_answer_that_counted_as_it_was():
    plan, labeler, peer = make_plan(), make_labeler(), make_labeler()
    labels = answer_gold(plan.queue, labeler, BAD)
    add_gold_label(labels[2].item.gold, peer, "spam", at=NOON - timedelta(days=6))

    refresh_queue(plan.queue.pk, now=NOON)

    flag = Flag.objects.get(labeler=labeler)
    rows = list(flag.evidence.order_by("position"))
    assert len(rows) == flag.finding["n"] == flag.finding["alarm"] + 1
    third = rows[2]
    assert (third.expected, third.given, third.is_correct) == ("spam", "no_violation", False)
    assert (third.accepted, third.reason, third.peers) == (["spam"], "Because it is.", {"spam": 1})
    assert third.statistic == pytest.approx(flag.finding["path"][2])


def test_under_twenty_answers_nothing_opens_a_flag():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [False] * 19)

    refresh_queue(plan.queue.pk, now=NOON)

    assert Watch.objects.get(labeler=labeler).level == WatchLevel.WATCH
    assert not Flag.objects.exists()


def import_answers(queue, labeler, *, dated):
    """Thirty wrong answers to gold, as an import leaves them."""
    labels = [add_label(make_gold(queue).item, labeler, "no_violation", at=NOON) for _ in range(30)]
    imported_at = NOON + timedelta(days=1) if dated else NOON
    Slot.objects.filter(pk__in=[label.slot_id for label in labels]).update(created_at=imported_at)


def test_imported_answers_without_a_date_are_scored_and_raise_no_alarm():
    plan, labeler = make_plan(), make_labeler()
    import_answers(plan.queue, labeler, dated=False)

    refresh_queue(plan.queue.pk, now=NOON + timedelta(days=1))

    assert GoldScore.objects.filter(labeler=labeler, is_correct=False).count() == 30
    assert not Watch.objects.exists()
    assert not Flag.objects.exists()
    assert check_snapshots(plan.queue.pk) == ()


def test_imported_answers_with_dates_are_watched():
    plan, labeler = make_plan(), make_labeler()
    import_answers(plan.queue, labeler, dated=True)

    refresh_queue(plan.queue.pk, now=NOON + timedelta(days=1))

    assert Watch.objects.get(labeler=labeler).n == 30
    assert Flag.objects.get().labeler == labeler
    assert check_snapshots(plan.queue.pk) == ()


def test_undated_answers_are_left_out_between_dated_ones():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [True] * 5)
    import_answers(plan.queue, labeler, dated=False)

    refresh_queue(plan.queue.pk, now=NOON + timedelta(days=1))

    assert Watch.objects.get(labeler=labeler).n == 5
    assert check_snapshots(plan.queue.pk) == ()


def test_an_unfinished_flag_is_the_only_one():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [False] * 30)
    refresh_queue(plan.queue.pk, now=NOON)
    answer_gold(plan.queue, labeler, [False] * 30, start=NOON)

    refresh_queue(plan.queue.pk, now=NOON + timedelta(days=1))

    assert Flag.objects.count() == 1


def test_what_a_decision_closed_is_not_held_against_anybody_again():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [False] * 30)
    refresh_queue(plan.queue.pk, now=NOON)
    Flag.objects.update(state=FlagState.DISMISSED, decided_at=NOON, decided_by=make_user())
    answer_gold(plan.queue, labeler, GOOD, start=NOON)

    refresh_queue(plan.queue.pk, now=NOON + timedelta(days=1))

    watch = Watch.objects.get(labeler=labeler)
    assert (watch.n, watch.level, watch.started_at) == (30, WatchLevel.QUIET, NOON)
    assert Flag.objects.count() == 1


def test_a_restarted_watch_begins_at_zero():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [True] * 5 + [False] * 3)
    refresh_queue(plan.queue.pk, now=NOON)

    restart_watch(labeler, plan.queue, "recertified", now=NOON)
    refresh_queue(plan.queue.pk, now=NOON)

    watch = Watch.objects.get(labeler=labeler)
    assert (watch.n, watch.statistic, watch.started_why) == (0, 0, "recertified")


def test_answers_in_open_dispute_count_neither_for_nor_against():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, BAD)
    refresh_queue(plan.queue.pk, now=NOON)
    flag = Flag.objects.get()
    for row in flag.evidence.filter(is_correct=False):
        Dispute.objects.create(evidence=row, filed_by=make_user(), due_at=NOON, reason="It is fine.")

    refresh_queue(plan.queue.pk, now=NOON)

    watch = Watch.objects.get(labeler=labeler)
    counted = GoldScore.objects.filter(labeler=labeler).count() - Dispute.objects.count()
    assert watch.n == counted
    assert watch.level != WatchLevel.ALARM


def test_gold_of_a_clause_whose_meaning_changed_no_longer_counts():
    plan, labeler = make_plan(), make_labeler()
    queue = plan.queue
    revision = queue.policy_version.revisions.get(clause__code="1.1")
    for label in answer_gold(queue, labeler, [False] * 30):
        label.item.gold.answers.update(clause_revision=revision)
    version = queue.policy.versions.create(number=2)
    version.revisions.add(revision.clause.revisions.create(number=2, title="Spam", text="Now narrower."))
    version.changed_clauses.add(revision.clause)
    queue.policy_version = version
    queue.save()

    refresh_queue(queue.pk, now=NOON)

    assert GoldScore.objects.count() == 30
    assert not Watch.objects.exists()
    assert not Flag.objects.exists()


def test_a_watch_with_no_answer_left_shows_no_level():
    plan, labeler = make_plan(), make_labeler()
    answer_gold(plan.queue, labeler, [True] * 5 + [False] * 3)
    refresh_queue(plan.queue.pk, now=NOON)
    GoldScore.objects.update(ended_at=NOON, ended_why="gold corrected")

    refresh_queue(plan.queue.pk, now=NOON)

    watch = Watch.objects.get(labeler=labeler)
    assert (watch.n, watch.statistic, watch.level) == (0, 0, WatchLevel.QUIET)


def test_evidence_counts_the_answers_that_peers_had_given_when_the_flag_opened():
    plan, labeler, early, late = make_plan(), make_labeler(), make_labeler(), make_labeler()
    labels = answer_gold(plan.queue, labeler, BAD)
    gold = labels[0].item.gold
    add_gold_label(gold, early, "scam", at=NOON - timedelta(days=6))
    add_gold_label(gold, late, "no_violation", at=NOON + timedelta(days=1))
    score_gold(plan.queue.pk, now=NOON + timedelta(days=2))

    refresh_queue(plan.queue.pk, now=NOON)

    flag = Flag.objects.get(labeler=labeler)
    assert flag.evidence.get(position=1).peers == {"scam": 1}
