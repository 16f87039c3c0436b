"""Calibration sets, attempts, and what passing gives."""

from datetime import timedelta

import pytest

from calibration.enums import AttemptState, FlagDecision, FlagState, GoldPool, SetPurpose, SuspensionState
from calibration.models import AttemptAnswer, Certification, GoldScore, SetItem, SkillSuspension, Watch
from calibration.queries.attempt_results import answer_views
from calibration.queries.due_lists import due_or_stuck
from calibration.queries.training import draw_gold
from calibration.services.assigning import assign_set
from calibration.services.attempts import score_attempts
from calibration.services.decisions import decide_flag
from calibration.services.refresh import refresh_queue
from calibration.services.sets import SetDraft, build_set, retire_set
from calibration.services.suspensions import confirm_suspension
from labeling.enums import QueueKind, SkipReason
from labeling.models import Item
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import SkillGrant
from qaplatform.people.queries.accesses import read_access
from tests.builders import client_for, make_labeler, make_queue
from tests.calibration.builders import add_label, make_gold
from tests.calibration.loop.builders import (
    Floor,
    answer_set,
    assign,
    make_floor,
    make_golds,
    make_set,
    skip_one,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor(days_ago=9)


def draft(floor: Floor, **changes: object) -> SetDraft:
    fields = {"name": "Exam", "source_queue": floor.queue, "purpose": SetPurpose.EXAM, "pass_mark": 1}
    return SetDraft(**({**fields, "golds": make_golds(floor.queue, 1)} | changes))


def test_a_set_has_a_training_queue_of_its_own_with_the_same_questions(floor):
    made = make_set(floor.queue, actor=floor.tara)

    assert made.training_queue.kind == QueueKind.TRAINING
    assert made.training_queue.schemas.get().questions == floor.queue.schemas.get().questions
    assert made.policy_version == floor.queue.policy_version


@pytest.mark.parametrize("pool", [GoldPool.MONITORING, GoldPool.TRAINING])
def test_an_exam_takes_gold_of_the_exam_pool_only(floor, pool):
    with pytest.raises(InvalidInput, match="pools never mix"):
        build_set(draft(floor, golds=make_golds(floor.queue, 2, pool=pool)), actor=floor.tara)


def test_a_set_takes_gold_of_one_queue_only(floor):
    with pytest.raises(InvalidInput, match="from one queue"):
        build_set(draft(floor, golds=make_golds(make_queue(), 1)), actor=floor.tara)


@pytest.mark.parametrize("pass_mark", [0, 2])
def test_a_pass_mark_beyond_the_items_is_refused(floor, pass_mark):
    with pytest.raises(InvalidInput, match="between 1 and the number of items of a try, 1"):
        build_set(draft(floor, pass_mark=pass_mark), actor=floor.tara)


def test_a_name_in_use_is_refused(floor):
    build_set(draft(floor), actor=floor.tara)

    with pytest.raises(InvalidInput, match="Another set has this name"):
        build_set(draft(floor), actor=floor.tara)


def test_a_draw_is_even_over_clauses_and_leaves_out_what_somebody_knows(floor):
    revisions = list(floor.queue.policy_version.revisions.order_by("clause__code"))
    golds = [make_gold(floor.queue, pool=GoldPool.EXAM, clause_revision=revisions[n % 2]) for n in range(8)]
    add_label(golds[0].item, floor.lena, "spam")

    drawn = draw_gold(floor.queue, SetPurpose.EXAM, n=6, seed=5, fresh_to=[floor.lena])

    of_first = [gold for gold in drawn if gold.answers.get().clause_revision == revisions[0]]
    assert (len(drawn), len(of_first)) == (6, 3)
    assert golds[0] not in drawn


def test_an_exam_with_items_that_somebody_knows_is_refused(floor):
    made = make_set(floor.queue, actor=floor.tara)
    add_label(made.set_items.first().gold.item, floor.lena, "spam")

    with pytest.raises(Refused, match="lena has met too much of it: 3 of 4 items are new, a try asks 4"):
        assign(made, floor.lena, actor=floor.tara)


def test_an_attempt_gets_copies_that_need_no_ordinary_answer(floor):
    made = make_set(floor.queue, actor=floor.tara)

    attempt = assign(made, floor.lena, actor=floor.tara)

    copies = Item.objects.filter(queue=made.training_queue)
    originals = SetItem.objects.filter(calibration_set=made).values_list("gold__item__content_hash", flat=True)
    assert sorted(copies.values_list("content_hash", flat=True)) == sorted(originals)
    assert set(copies.values_list("answers_needed", flat=True)) == {0}
    assert AttemptAnswer.objects.filter(attempt=attempt).count() == attempt.items == 4


def test_two_people_share_the_copies_of_one_number(floor):
    made = make_set(floor.queue, actor=floor.tara)

    assign_set(made, [floor.lena, make_labeler()], actor=floor.tara, due_at=None)

    assert Item.objects.filter(queue=made.training_queue).count() == 4


def test_a_second_assignment_before_the_first_is_done_is_refused(floor):
    made = make_set(floor.queue, actor=floor.tara)
    assign(made, floor.lena, actor=floor.tara)

    with pytest.raises(Refused, match="lena has it already and is not finished"):
        assign(made, floor.lena, actor=floor.tara)


def test_a_due_date_in_the_past_is_refused(floor):
    made = make_set(floor.queue, actor=floor.tara)

    with pytest.raises(InvalidInput, match="due date has passed"):
        assign_set(made, [floor.lena], actor=floor.tara, due_at=clock.now() - timedelta(days=1))


def test_a_retired_set_is_assigned_to_nobody(floor):
    made = retire_set(make_set(floor.queue, actor=floor.tara), actor=floor.tara)

    with pytest.raises(Refused, match="retired"):
        assign(made, floor.lena, actor=floor.tara)


def test_an_exam_shows_and_scores_nothing_before_its_end(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam", "scam"])

    score_attempts(attempt.calibration_set.training_queue)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.answered, attempt.correct) == (AttemptState.STARTED, 2, 0)
    assert answer_views(attempt) == []


def test_practice_shows_each_item_once_it_is_answered(floor):
    practice = make_set(floor.queue, actor=floor.tara, purpose=SetPurpose.PRACTICE)
    attempt = assign(practice, floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam", "scam"])

    score_attempts(practice.training_queue)

    attempt.refresh_from_db()
    shown = [(view.given, view.expected, view.is_correct) for view in answer_views(attempt)]
    assert shown == [("Spam", ("Spam",), True), ("Scam", ("Spam",), False)]


def test_passing_an_exam_certifies_and_ends_the_flag(floor):
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Misses")
    suspension = SkillSuspension.objects.get(flag=floor.flag)
    confirm_suspension(suspension, actor=floor.quentin, reason="Grave")
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam", "spam", "spam", "scam"])

    refresh_queue(attempt.calibration_set.training_queue.pk)

    for row in (attempt, floor.flag, suspension):
        row.refresh_from_db()
    certification = Certification.objects.get(labeler=floor.lena)
    assert (attempt.state, attempt.correct) == (AttemptState.PASSED, 3)
    assert (floor.flag.state, floor.flag.closed_at is not None) == (FlagState.RECERTIFIED, True)
    assert suspension.state == SuspensionState.LIFTED
    assert (certification.attempt, certification.grant.is_active) == (attempt, True)
    assert Watch.objects.get(labeler=floor.lena, queue=floor.queue).started_why == "recertified"
    assert SkillGrant.objects.filter(labeler=floor.lena).count() == 1


def test_passing_drops_a_suspension_that_nobody_confirmed(floor):
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Misses")
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam"] * 4)

    score_attempts(attempt.calibration_set.training_queue)

    assert SkillSuspension.objects.get(flag=floor.flag).state == SuspensionState.REJECTED


def test_not_passing_certifies_nobody_and_leaves_the_flag(floor):
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Misses")
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam", "spam", "scam", "scam"])

    score_attempts(attempt.calibration_set.training_queue)

    attempt.refresh_from_db()
    floor.flag.refresh_from_db()
    assert (attempt.state, floor.flag.state) == (AttemptState.FAILED, FlagState.RETRAINING)
    assert not Certification.objects.exists()


def test_a_retake_asks_other_items(floor):
    made = make_set(floor.queue, actor=floor.tara, n=8, draw_size=4)
    first = assign(made, floor.lena, actor=floor.tara)
    answer_set(first, ["scam"] * 4)
    score_attempts(made.training_queue)

    again = assign(made, floor.lena, actor=floor.tara)
    answer_set(again, ["spam"] * 4)
    score_attempts(made.training_queue)

    again.refresh_from_db()
    assert (again.number, again.state) == (2, AttemptState.PASSED)
    asked = [set(attempt.answers.values_list("gold_answer__gold", flat=True)) for attempt in (first, again)]
    assert (len(asked[0]), len(asked[1]), asked[0] & asked[1]) == (4, 4, set())


def test_a_third_try_says_how_many_items_are_missing(floor):
    made = make_set(floor.queue, actor=floor.tara, n=6, draw_size=4)
    answer_set(assign(made, floor.lena, actor=floor.tara), ["scam"] * 4)
    score_attempts(made.training_queue)

    with pytest.raises(Refused, match="2 of 6 items are new, a try asks 4"):
        assign(made, floor.lena, actor=floor.tara)


def test_practice_certifies_nobody(floor):
    practice = make_set(floor.queue, actor=floor.tara, purpose=SetPurpose.PRACTICE)
    attempt = assign(practice, floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam"] * 4)

    score_attempts(practice.training_queue)

    attempt.refresh_from_db()
    assert attempt.state == AttemptState.PASSED
    assert not Certification.objects.exists()


def test_a_skipped_item_counts_as_not_right_and_the_attempt_still_ends(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara, n=2, pass_mark=2), floor.lena, actor=floor.tara)
    skip_one(attempt, reason=SkipReason.UNCLEAR)
    answer_set(attempt, ["spam"])

    score_attempts(attempt.calibration_set.training_queue)

    attempt.refresh_from_db()
    assert (attempt.state, attempt.correct, attempt.answered) == (AttemptState.FAILED, 1, 2)
    assert "Skipped" in {view.given for view in answer_views(attempt)}


def test_scoring_twice_changes_nothing(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam"] * 4)

    first = score_attempts(attempt.calibration_set.training_queue)
    second = score_attempts(attempt.calibration_set.training_queue)

    assert (len(first), second) == (1, [])
    assert Certification.objects.count() == 1


def test_attempts_never_count_for_accuracy(floor):
    before = GoldScore.objects.count()
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["scam"] * 4)

    refresh_queue(attempt.calibration_set.training_queue.pk)
    refresh_queue(floor.queue.pk)

    assert GoldScore.objects.count() == before


def test_who_is_due_or_stuck(floor):
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Misses")
    access = read_access(floor.tara)
    needs_a_set = due_or_stuck(access, now=clock.now())
    first_page = client_for(floor.tara).get("/").content.decode()
    assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)

    in_four_days = due_or_stuck(access, now=clock.now() + timedelta(days=4))

    assert [line.kind for line in needs_a_set.lines] == ["retraining"]
    assert "1 thing to look after" in first_page
    assert [line.kind for line in in_four_days.lines] == ["stuck"]
