"""Gold: two people, numbered answers, visible corrections."""

from datetime import timedelta

import pytest

from calibration.enums import GoldState
from calibration.errors import GoldRefused, InvalidGold
from calibration.models import GoldAnswer, GoldScore
from calibration.services.gold import (
    approve_elsewhere,
    approve_gold,
    propose_gold,
    resume_gold,
    retire_gold,
    suspend_gold,
)
from calibration.services.gold_corrections import correct_gold
from calibration.services.scoring import score_gold
from qaplatform import clock
from qaplatform.trail.models import TrailEntry
from tests.builders import make_category_question, make_items, make_labeler, make_policy, make_queue, make_user
from tests.calibration.builders import add_gold_label, make_gold, make_plan

pytestmark = pytest.mark.django_db


def propose(queue, author=None, accepted=("spam",), **fields):
    item = make_items(queue, answers_needed=0)[0]
    defaults = {"question": "category", "reason": "Clause 1.1 names it.", "author": author or make_user()}
    return propose_gold(item, accepted=accepted, **(defaults | fields))


def test_a_proposal_goes_live_when_a_second_person_approves():
    author, approver = make_user(), make_user()
    answer = propose(make_queue(), author)

    approved = approve_gold(answer, approver=approver)

    assert (answer.gold.state, approved.gold.state) == (GoldState.PROPOSED, GoldState.LIVE)
    assert (approved.approver, approved.approved_alone) == (approver, False)
    entries = TrailEntry.objects.filter(target_id=answer.gold.public_id).order_by("id")
    assert list(entries.values_list("action", "actor")) == [
        ("gold proposed", author.pk),
        ("gold approved", approver.pk),
    ]


def test_the_author_cannot_approve_alone():
    author = make_user()
    answer = propose(make_queue(), author)

    with pytest.raises(GoldRefused, match="second person"):
        approve_gold(answer, approver=author)

    assert GoldAnswer.objects.get().approved_at is None


def test_the_small_team_switch_lets_one_person_approve_and_the_answer_says_so():
    author = make_user()
    answer = propose(make_plan(is_small_team=True).queue, author)

    approved = approve_gold(answer, approver=author)

    assert approved.approved_alone


def test_approved_elsewhere_says_by_whom_and_when():
    answer = approve_elsewhere(propose(make_queue()), actor=make_user(), by_whom="Trust team", when="2026-05-02")

    assert (answer.approved_elsewhere, answer.approver, answer.gold.state) == (
        "Trust team, 2026-05-02",
        None,
        GoldState.LIVE,
    )


@pytest.mark.parametrize(
    ("accepted", "message"),
    [
        ([], "at least one category"),
        (["cannot_tell"], "at least one category"),
        (["spma"], "spma is no answer"),
    ],
)
def test_an_answer_that_the_question_does_not_have_is_refused(accepted, message):
    with pytest.raises(InvalidGold, match=message):
        propose(make_queue(), accepted=accepted)


def test_an_unknown_question_and_an_empty_reason_are_refused():
    with pytest.raises(InvalidGold, match="asks no question action"):
        propose(make_queue(), question="action")
    with pytest.raises(InvalidGold, match="Say why"):
        propose(make_queue(), reason="  ")


def test_accepted_answers_are_kept_once_and_cannot_tell_last():
    answer = propose(make_queue(), accepted=["cannot_tell", "scam", "spam", "scam"])

    assert answer.accepted == ["scam", "spam", "cannot_tell"]


def test_an_answer_to_a_multi_question_is_sorted():
    policy = make_policy()
    queue = make_queue(policy=policy, questions=[make_category_question(policy, kind="multi")])

    answer = propose(queue, accepted=["spam+scam", "scam+spam"])

    assert answer.accepted == ["scam+spam"]


def test_items_of_a_never_sample_category_are_never_gold():
    queue = make_queue()
    queue.policy.categories.filter(code="scam").update(never_sample=True)

    with pytest.raises(InvalidGold, match="never gold"):
        propose(queue, accepted=["scam"])


def test_withdrawn_items_are_never_gold():
    queue = make_queue()
    item = make_items(queue)[0]
    item.withdrawn_at = clock.now()
    item.save()

    with pytest.raises(GoldRefused, match="withdrawn"):
        propose_gold(item, question="category", accepted=["spam"], reason="x", author=make_user())


def test_a_correction_after_100_answers_scores_again_and_the_old_scores_stay_readable():
    queue = make_queue()
    gold = make_gold(queue, ["spam"])
    yesterday = clock.now() - timedelta(days=1)
    for number in range(100):
        add_gold_label(gold, make_labeler(), "scam" if number % 2 else "spam", at=yesterday)
    score_gold(queue.pk, now=clock.now())
    author, approver = make_user(), make_user()

    answer = correct_gold(
        gold, question="category", accepted=["scam"], reason="It was a scam.", author=author, approver=approver
    )

    old = GoldScore.objects.filter(gold_answer__number=1)
    new = GoldScore.objects.filter(gold_answer=answer)
    assert (answer.number, answer.approver) == (2, approver)
    assert old.filter(ended_at__isnull=False, ended_why="gold corrected", is_correct=True).count() == 50
    assert (new.count(), new.filter(is_correct=True, expected="scam", ended_at=None).count()) == (100, 50)
    assert not old.filter(ended_at=None).exists()
    detail = TrailEntry.objects.get(action="gold corrected").detail
    assert (detail["was"], detail["accepted"], detail["scores_ended"]) == (["spam"], ["scam"], 100)


def test_a_correction_needs_a_second_person_and_a_change():
    gold, author = make_gold(make_queue(), ["spam"]), make_user()

    with pytest.raises(GoldRefused, match="second person"):
        correct_gold(gold, question="category", accepted=["scam"], reason="x", author=author, approver=author)
    with pytest.raises(GoldRefused, match="same answers"):
        correct_gold(gold, question="category", accepted=["spam"], reason="x", author=author, approver=make_user())


def test_gold_is_suspended_resumed_and_retired_with_a_reason():
    gold, actor = make_gold(make_queue()), make_user()

    states = [
        suspend_gold(gold, reason="Contested", actor=actor).state,
        resume_gold(gold, reason="It stands", actor=actor).state,
        retire_gold(gold, reason="Seen often", actor=actor).state,
    ]

    assert states == [GoldState.SUSPENDED, GoldState.LIVE, GoldState.RETIRED]
    with pytest.raises(GoldRefused, match="retired"):
        resume_gold(gold, reason="Again", actor=actor)


def test_suspended_gold_is_not_scored():
    queue = make_queue()
    gold = make_gold(queue)
    add_gold_label(gold, make_labeler(), "spam", at=clock.now() - timedelta(hours=1))
    suspend_gold(gold, reason="Contested", actor=make_user())

    assert score_gold(queue.pk, now=clock.now()).added == 0
