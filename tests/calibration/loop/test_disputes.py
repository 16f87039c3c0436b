"""Disputes: filed by item, decided by somebody independent, lapsed in the person's favour."""

from datetime import timedelta

import pytest
from django.conf import settings

from calibration.enums import DisputeState, FlagDecision, GoldState
from calibration.errors import GoldRefused
from calibration.models import Dispute, EvidenceRow, FlagEvent, GoldAnswer, GoldScore, StaleMark
from calibration.queries.flags import evidence_of, figures_of
from calibration.rules import add_working_days
from calibration.services.decisions import decide_flag
from calibration.services.disputes import confirm_correction, decide_dispute, file_dispute, lapse_overdue_disputes
from calibration.services.gold import resume_gold, retire_gold
from calibration.services.gold_corrections import correct_gold, propose_correction
from calibration.services.refresh import refresh_queue
from calibration.tasks import lapse_disputes
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from tests.builders import make_labeler, make_user
from tests.calibration.builders import add_gold_label, answer_gold
from tests.calibration.loop.builders import Floor, make_floor, wrong_row
from tests.calibration.policy_changes import adopt, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor()


@pytest.fixture
def dispute(floor) -> Dispute:
    return file_dispute(wrong_row(floor.flag), actor=floor.lena.user, reason="It quotes spam to warn of it")


def score_of(dispute: Dispute) -> GoldScore:
    return GoldScore.objects.get(pk=dispute.evidence.score_id)


def test_filing_marks_the_flag_and_sets_five_working_days(floor, dispute):
    floor.flag.refresh_from_db()

    assert floor.flag.is_disputed
    assert dispute.due_at == add_working_days(dispute.filed_at, 5)


def test_a_right_answer_cannot_be_disputed(floor):
    with pytest.raises(Refused, match="nothing to dispute"):
        file_dispute(floor.flag.evidence.get(position=1), actor=floor.lena.user, reason="Why not")


def test_an_item_is_disputed_once(floor, dispute):
    with pytest.raises(Refused, match="disputed already"):
        file_dispute(wrong_row(floor.flag), actor=floor.lena.user, reason="Again")


def test_a_dispute_needs_a_reason(floor):
    with pytest.raises(InvalidInput, match="Say why"):
        file_dispute(wrong_row(floor.flag), actor=floor.lena.user, reason="")


def test_a_finished_flag_takes_no_dispute(floor):
    decide_flag(floor.flag, FlagDecision.DISMISS, actor=floor.quinn, reason="No")

    with pytest.raises(Refused, match="decided and closed"):
        file_dispute(wrong_row(floor.flag), actor=floor.lena.user, reason="Still")


def test_who_decided_the_flag_cannot_decide_the_dispute(floor, dispute):
    decide_flag(floor.flag, FlagDecision.COACH, actor=floor.quinn, reason="Misses")

    with pytest.raises(Refused, match="another QA manager"):
        decide_dispute(dispute, DisputeState.UPHELD, actor=floor.quinn, reason="The gold stands")


@pytest.mark.parametrize("part", ["author", "approver"])
def test_who_made_the_gold_cannot_decide_the_dispute(floor, dispute, part):
    maker = getattr(dispute.evidence.score.gold_answer, part)

    with pytest.raises(Refused, match="another QA manager"):
        decide_dispute(dispute, DisputeState.UPHELD, actor=maker, reason="The gold stands")


def test_who_filed_cannot_decide_the_dispute(floor):
    filed = file_dispute(wrong_row(floor.flag, 1), actor=floor.theo, reason="The clause is unclear")

    with pytest.raises(Refused, match="another QA manager"):
        decide_dispute(filed, DisputeState.OVERTURNED, actor=floor.theo, reason="She was right")


def test_upholding_changes_no_score(floor, dispute):
    decide_dispute(dispute, DisputeState.UPHELD, actor=floor.quinn, reason="The clause names it")

    floor.flag.refresh_from_db()
    assert score_of(dispute).ended_at is None
    assert not floor.flag.is_disputed


def test_overturning_takes_the_item_out_of_the_score_for_good(floor, dispute):
    decide_dispute(dispute, DisputeState.OVERTURNED, actor=floor.quinn, reason="It warns")
    refresh_queue(floor.queue.pk)

    assert score_of(dispute).ended_why == "dispute overturned"
    assert not GoldScore.objects.filter(label=score_of(dispute).label, ended_at=None).exists()


def test_overturning_marks_the_queue_stale(floor, dispute):
    StaleMark.objects.all().delete()

    decide_dispute(dispute, DisputeState.OVERTURNED, actor=floor.quinn, reason="It warns")

    assert StaleMark.objects.filter(queue=floor.queue, labeler=floor.lena).exists()


def test_a_dispute_is_decided_once(floor, dispute):
    decide_dispute(dispute, DisputeState.UPHELD, actor=floor.quinn, reason="The clause names it")

    with pytest.raises(Refused, match="decided already"):
        decide_dispute(dispute, DisputeState.OVERTURNED, actor=floor.quentin, reason="No")


def test_wrong_gold_is_held_until_a_second_person_confirms(floor, dispute):
    decide_dispute(
        dispute, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason="It warns", accepted=["no_violation"]
    )

    gold = dispute.evidence.score.gold_answer.gold
    gold.refresh_from_db()
    assert gold.state == GoldState.SUSPENDED
    with pytest.raises(Refused, match="second person"):
        confirm_correction(dispute, actor=floor.quinn)


def test_a_confirmed_correction_scores_everybody_again(floor, dispute):
    decide_dispute(
        dispute, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason="It warns", accepted=["no_violation"]
    )

    confirm_correction(dispute, actor=floor.quentin)

    again = GoldScore.objects.get(label=score_of(dispute).label, ended_at=None)
    assert (again.expected, again.is_correct) == ("no_violation", True)


def test_gold_that_a_dispute_corrects_is_not_corrected_elsewhere_too(floor, dispute):
    decide_dispute(
        dispute, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason="It warns", accepted=["no_violation"]
    )
    gold = dispute.evidence.score.gold_answer.gold

    with pytest.raises(GoldRefused, match="on the flag's page"):
        propose_correction(gold, question="category", accepted=["scam"], reason="x", author=floor.quentin)


def test_a_correction_names_the_right_answers(floor, dispute):
    with pytest.raises(InvalidInput, match="Choose the answers"):
        decide_dispute(dispute, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason="It warns")


def test_an_undecided_dispute_lapses_and_the_item_leaves_the_score(floor, dispute):
    lapsed = lapse_overdue_disputes(now=dispute.due_at)

    dispute.refresh_from_db()
    assert (lapsed, dispute.state) == (1, DisputeState.LAPSED)
    assert score_of(dispute).ended_why == "dispute not decided in time"
    assert FlagEvent.objects.filter(flag=floor.flag, action="dispute_lapsed", actor=None).count() == 1


def test_the_beat_lapses_disputes(dispute):
    Dispute.objects.filter(pk=dispute.pk).update(due_at=clock.now() - timedelta(minutes=1))

    lapse_disputes()

    dispute.refresh_from_db()
    assert dispute.state == DisputeState.LAPSED
    assert "calibration.tasks.lapse_disputes" in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}


def test_lapsing_twice_changes_nothing_more(dispute):
    lapse_overdue_disputes(now=dispute.due_at)

    assert lapse_overdue_disputes(now=dispute.due_at) == 0


def test_a_dispute_in_time_does_not_lapse(dispute):
    assert lapse_overdue_disputes(now=clock.now() + timedelta(hours=1)) == 0


def test_figures_are_shown_with_and_without_what_is_disputed(floor, dispute):
    other = file_dispute(wrong_row(floor.flag, 1), actor=floor.theo, reason="Unclear clause")
    decide_dispute(other, DisputeState.OVERTURNED, actor=floor.quinn, reason="Unclear indeed")

    figures = figures_of(evidence_of(floor.flag))

    found = figures.found.n
    assert (figures.standing_now.n, figures.undisputed.n) == (found - 1, found - 2)
    assert (figures.left_the_score, figures.disputed) == (1, 1)
    assert figures.found.value < figures.standing_now.value < figures.undisputed.value


def test_gold_held_by_a_dispute_is_resumed_by_nobody_before_the_correction_is_confirmed(floor, dispute):
    decide_dispute(
        dispute, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason="Not spam", accepted=["no_violation"]
    )
    gold = score_of(dispute).gold_answer.gold

    with pytest.raises(GoldRefused, match="decided dispute"):
        resume_gold(gold, reason="I wrote it, and it is right", actor=gold.answers.get().author)
    confirm_correction(dispute, actor=floor.quentin)

    gold.refresh_from_db()
    assert gold.state == GoldState.LIVE


def correct_outside(floor: Floor, row: EvidenceRow, accepted: list[str]) -> GoldAnswer:
    """Somebody corrects the gold of an item without the flag in mind."""
    return correct_gold(
        row.score.gold_answer.gold,
        question="category",
        accepted=accepted,
        reason="Clause 1.1 does not cover it.",
        author=make_user(),
        approver=make_user(),
    )


def test_an_item_whose_gold_was_corrected_counts_anew_in_the_figures_of_its_flags(floor):
    row = wrong_row(floor.flag)

    correct_outside(floor, row, ["no_violation"])

    figures = figures_of(evidence_of(floor.flag))
    assert (figures.left_the_score, figures.rescored, figures.standing_now.n) == (0, 1, figures.found.n)
    assert figures.standing_now.value > figures.found.value
    event = FlagEvent.objects.get(flag=floor.flag, action="gold_corrected")
    assert event.reason == (
        f"Item {row.position}: the expected answer was corrected; the answer counts as right now, not as wrong."
    )


def test_what_was_overturned_keeps_its_outcome_when_its_gold_is_corrected_later(floor, dispute):
    decide_dispute(dispute, DisputeState.OVERTURNED, actor=floor.quinn, reason="It does warn")

    correct_outside(floor, dispute.evidence, ["scam"])
    refresh_queue(floor.queue.pk, now=clock.now())

    assert not GoldScore.objects.filter(label=score_of(dispute).label, ended_at=None).exists()


def test_an_answer_that_a_correction_made_right_stays_in_the_score_when_its_dispute_lapses(floor, dispute):
    correct_outside(floor, dispute.evidence, ["no_violation"])

    lapse_overdue_disputes(now=dispute.due_at)

    assert GoldScore.objects.get(label=score_of(dispute).label, ended_at=None).is_correct


def test_a_dispute_takes_out_what_counts_now_where_the_gold_was_corrected_meanwhile(floor, dispute):
    correct_outside(floor, dispute.evidence, ["scam"])

    decide_dispute(dispute, DisputeState.OVERTURNED, actor=floor.quinn, reason="It does warn")

    assert not GoldScore.objects.filter(label=score_of(dispute).label, ended_at=None).exists()


def test_retired_gold_that_a_dispute_corrects_scores_everybody_again_and_stays_retired(floor, dispute):
    gold = dispute.evidence.score.gold_answer.gold
    decide_dispute(
        dispute, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason="It warns", accepted=["no_violation"]
    )
    retire_gold(gold, reason="Seen often", actor=floor.quinn)

    confirm_correction(dispute, actor=floor.quentin)

    gold.refresh_from_db()
    assert gold.state == GoldState.RETIRED
    assert GoldScore.objects.get(label=score_of(dispute).label, ended_at=None).is_correct


def test_two_disputes_that_correct_the_same_gold_alike_are_carried_out_by_one_confirmation(floor, dispute):
    mate = make_labeler("mate", team=floor.team, queues=[floor.queue])
    label = add_gold_label(
        dispute.evidence.score.gold_answer.gold, mate, "no_violation", at=clock.now() - timedelta(days=1)
    )
    answer_gold(floor.queue, mate, [True] * 20 + [False] * 8, start=clock.now() - timedelta(hours=20))
    refresh_queue(floor.queue.pk, now=clock.now())
    row = EvidenceRow.objects.get(score__label=label)
    other = file_dispute(row, actor=mate.user, reason="It warns")
    for one, reason in ((dispute, "It warns"), (other, "It warns indeed")):
        decide_dispute(one, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason=reason, accepted=["no_violation"])

    confirm_correction(dispute, actor=floor.quentin)

    other.refresh_from_db()
    assert other.corrected_at is not None
    assert GoldScore.objects.filter(item=row.score.item, ended_at=None, is_correct=True).count() == 2
    assert row.score.gold_answer.gold.answers.count() == 2


def test_the_gold_of_a_dispute_stays_suspended_where_its_clause_changed_meanwhile(floor, dispute):
    answer = dispute.evidence.score.gold_answer
    old = floor.queue.policy_version.revisions.get(clause__code="1.1")
    GoldAnswer.objects.filter(pk=answer.pk).update(clause_revision=old)
    decide_dispute(
        dispute, DisputeState.GOLD_CORRECTED, actor=floor.quinn, reason="It warns", accepted=["no_violation"]
    )
    adopt(floor.queue, publish(floor.queue, changes="1.1"))

    confirm_correction(dispute, actor=floor.quentin)

    answer.gold.refresh_from_db()
    assert answer.gold.state == GoldState.SUSPENDED
    assert answer.gold.state_reason.startswith("The policy changed")
    assert GoldScore.objects.get(label=score_of(dispute).label, ended_at=None).is_correct


def test_whoever_corrected_the_gold_does_not_decide_a_dispute_about_it(floor, dispute):
    corrected = correct_outside(floor, dispute.evidence, ["scam"])

    with pytest.raises(Refused, match="wrote or approved its gold"):
        decide_dispute(dispute, DisputeState.UPHELD, actor=corrected.author, reason="I know")
