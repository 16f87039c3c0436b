"""Attempts whose items are withdrawn, whose gold is doubted, or whose policy moves on, while somebody is at it."""

import pytest

from calibration.enums import AttemptState, SetPurpose
from calibration.models import Attempt, AttemptAnswer, Certification, GoldItem
from calibration.queries.boards import board
from calibration.queries.due_lists import due_or_stuck
from calibration.services.attempts import mend_attempts, score_attempts
from calibration.services.gold import suspend_gold
from calibration.services.gold_corrections import correct_gold
from calibration.services.sets import SetDraft, build_set
from labeling.enums import SkipReason, SlotState
from labeling.models import ClauseRevision, Item, PolicyVersion, Slot
from labeling.services.assignments import claim_assignment
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.people.queries.accesses import read_access
from qaplatform.people.services.accounts import deactivate_account, reactivate_account
from tests.builders import make_labeler, make_user
from tests.calibration.builders import make_gold
from tests.calibration.loop.builders import Floor, answer_set, assign, make_floor, make_set, skip_one

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor(days_ago=9)


def unanswered(attempt: Attempt, *, n: int = 1) -> list[GoldItem]:
    rows = attempt.answers.filter(left_out_at=None, slot__state=SlotState.OPEN).select_related(
        "gold_answer__gold__item"
    )
    return [row.gold_answer.gold for row in rows[:n]]


def fresh(attempt: Attempt) -> Attempt:
    return Attempt.objects.get(pk=attempt.pk)


def test_a_withdrawn_item_is_replaced_from_the_pool(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara, n=6, draw_size=4), floor.lena, actor=floor.tara)
    [gone] = unanswered(attempt)

    withdraw_item(gone.item, reason="illegal", actor=None)
    mend_attempts()

    rows = attempt.answers.filter(left_out_at=None)
    assert (fresh(attempt).items, fresh(attempt).pass_mark, rows.count()) == (4, 3, 4)
    assert gone.pk not in set(rows.values_list("gold_answer__gold", flat=True))
    assert AttemptAnswer.objects.get(left_out_at__isnull=False).left_out_why == "The item was taken out of work"


def test_a_copy_of_a_withdrawn_item_is_on_no_desk_any_more(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    claim_assignment(attempt.calibration_set.training_queue, floor.lena)
    held = Slot.objects.get(labeler=floor.lena, state=SlotState.LEASED)

    withdraw_item(held.attempt_answer.gold_answer.gold.item, reason="illegal", actor=None)
    mend_attempts()

    held.refresh_from_db()
    assert held.state == SlotState.CANCELLED
    assert Item.objects.get(pk=held.item_id).withdrawn_at is not None


def test_where_nothing_is_left_the_attempt_gets_shorter_and_the_same_share_passes(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara, n=4, pass_mark=2), floor.lena, actor=floor.tara)
    for gold in unanswered(attempt, n=1):
        withdraw_item(gold.item, reason="illegal", actor=None)

    mend_attempts()
    answer_set(attempt, ["spam", "spam", "scam"])
    score_attempts(attempt.calibration_set.training_queue)

    ended = fresh(attempt)
    assert (ended.items, ended.pass_mark, ended.correct, ended.state) == (3, 2, 2, AttemptState.PASSED)


def test_an_attempt_that_waits_only_for_withdrawn_items_ends(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara, n=3, pass_mark=3), floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam", "spam"])
    [last] = unanswered(attempt)

    withdraw_item(last.item, reason="illegal", actor=None)
    mend_attempts()

    assert (fresh(attempt).state, fresh(attempt).items, fresh(attempt).pass_mark) == (AttemptState.PASSED, 2, 2)


def test_an_attempt_without_any_item_left_is_cancelled_in_words(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara, n=1, pass_mark=1), floor.lena, actor=floor.tara)

    withdraw_item(unanswered(attempt)[0].item, reason="illegal", actor=None)
    mend_attempts()

    assert fresh(attempt).state == AttemptState.CANCELLED
    assert "All its items were taken out of work" in fresh(attempt).end_reason


def test_whoever_escalates_an_item_of_an_exam_gets_another_and_loses_nothing(floor):
    made = make_set(floor.queue, actor=floor.tara, n=4, draw_size=3, pass_mark=3)
    attempt = assign(made, floor.lena, actor=floor.tara)

    skip_one(attempt, reason=SkipReason.ILLEGAL)
    score_attempts(made.training_queue)
    answer_set(attempt, ["spam"] * 3)
    score_attempts(made.training_queue)

    assert (fresh(attempt).items, fresh(attempt).correct, fresh(attempt).state) == (3, 3, AttemptState.PASSED)


def test_an_item_that_somebody_else_escalated_leaves_the_attempt_too(floor):
    made = make_set(floor.queue, actor=floor.tara, n=2, pass_mark=1)
    other = make_labeler(team=floor.team)
    mine, theirs = assign(made, floor.lena, actor=floor.tara), assign(made, other, actor=floor.tara)

    skip_one(theirs, reason=SkipReason.ILLEGAL)
    mend_attempts()
    answer_set(mine, ["spam"])
    score_attempts(made.training_queue)

    assert (fresh(mine).state, fresh(mine).items) == (AttemptState.PASSED, 1)


def test_suspended_gold_leaves_the_attempt_answered_or_not(floor):
    made = make_set(floor.queue, actor=floor.tara, n=4, pass_mark=4)
    attempt = assign(made, floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam"])
    answered = attempt.answers.get(slot__state=SlotState.DONE).gold_answer.gold
    suspend_gold(answered, reason="Two experts disagree", actor=floor.quinn)
    suspend_gold(unanswered(attempt)[0], reason="Two experts disagree", actor=floor.quinn)

    mend_attempts()

    assert (fresh(attempt).items, fresh(attempt).pass_mark) == (2, 2)


def test_a_correction_while_somebody_is_at_it_is_what_is_expected(floor):
    made = make_set(floor.queue, actor=floor.tara, n=1, pass_mark=1)
    attempt = assign(made, floor.lena, actor=floor.tara)
    correct_gold(
        unanswered(attempt)[0],
        question="category",
        accepted=["scam"],
        reason="It asks for money.",
        author=floor.quinn,
        approver=floor.quentin,
    )

    answer_set(attempt, ["scam"])
    score_attempts(made.training_queue)

    assert (fresh(attempt).state, fresh(attempt).correct) == (AttemptState.PASSED, 1)


def test_an_exam_goes_on_under_its_version_and_certifies_for_that(floor):
    revision = floor.queue.policy_version.revisions.order_by("clause__code")[0]
    golds = [make_gold(floor.queue, pool="exam", clause_revision=revision) for _ in range(2)]
    made = build(floor, golds)
    attempt = assign(made, floor.lena, actor=floor.tara)
    old = floor.queue.policy_version
    adopt_changed(floor, revision)
    for gold in golds:
        suspend_gold(gold, reason="Its clause changed", actor=None)

    mend_attempts()
    answer_set(attempt, ["spam", "spam"])
    score_attempts(made.training_queue)

    assert (fresh(attempt).state, fresh(attempt).items) == (AttemptState.PASSED, 2)
    assert Certification.objects.get(attempt=attempt).policy_version == old


def build(floor: Floor, golds: list[GoldItem]):
    draft = SetDraft(name="Of one clause", source_queue=floor.queue, purpose=SetPurpose.EXAM, golds=golds, pass_mark=2)
    return build_set(draft, actor=floor.tara)


def adopt_changed(floor: Floor, revision: ClauseRevision) -> None:
    """The queue follows a version in which one clause reads otherwise."""
    old = floor.queue.policy_version
    fields = {
        field.name: getattr(old, field.name)
        for field in PolicyVersion._meta.concrete_fields
        if field.name not in {"id", "public_id", "number"}
    }
    new = PolicyVersion.objects.create(**fields, number=old.number + 1)
    changed = ClauseRevision.objects.create(
        clause=revision.clause, number=revision.number + 1, title=revision.title, text="Otherwise."
    )
    new.revisions.set([*old.revisions.exclude(pk=revision.pk), changed])
    floor.queue.policy_version = new
    floor.queue.save(update_fields=["policy_version"])


def test_somebody_deactivated_in_the_middle_is_interrupted_and_goes_on_later(floor):
    made = make_set(floor.queue, actor=floor.tara)
    attempt = assign(made, floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam"])
    claim_assignment(made.training_queue, floor.lena)
    ada = make_user()

    deactivate_account(floor.lena.user, actor=ada, now=clock.now())
    lines = due_or_stuck(read_access(floor.tara), now=clock.now()).lines
    shown = board(Attempt.objects.all(), now=clock.now()).get().shown_state
    reactivate_account(floor.lena.user, actor=ada)
    floor.lena.refresh_from_db()
    answer_set(attempt, ["spam"] * 3)
    score_attempts(made.training_queue)

    assert ([line.kind for line in lines], shown) == (["interrupted"], "interrupted")
    assert fresh(attempt).state == AttemptState.PASSED


def test_mending_twice_changes_nothing(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara, n=6, draw_size=4), floor.lena, actor=floor.tara)
    withdraw_item(unanswered(attempt)[0].item, reason="illegal", actor=None)

    mend_attempts()
    rows = attempt.answers.count()
    mend_attempts()

    assert attempt.answers.count() == rows == 5
