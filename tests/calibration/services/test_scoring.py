"""What gold scores, when, and against which answer."""

from datetime import timedelta

import pytest

from calibration.enums import GoldPool
from calibration.models import GoldScore
from calibration.services.scoring import end_withdrawn, score_gold
from labeling.enums import SlotOrigin
from tests.builders import make_items, make_labeler, make_queue
from tests.calibration.builders import MINUTE, NOON, add_gold_label, add_label, make_gold, revise

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


def scores():
    rows = GoldScore.objects.filter(ended_at=None).order_by("answered_at")
    return list(rows.values_list("expected", "given", "is_correct"))


def test_placed_gold_is_scored_once_undo_has_closed():
    queue, labeler = make_queue(), make_labeler()
    add_gold_label(make_gold(queue, ["spam"]), labeler, "scam")

    early = score_gold(queue.pk, now=NOON + 4 * MINUTE)
    late = score_gold(queue.pk, now=NOON + 5 * MINUTE)

    assert (early.added, early.next_closing, late.added) == (0, NOON + 5 * MINUTE, 1)
    assert scores() == [("spam", "scam", False)]


def test_the_next_submit_closes_undo_at_once():
    queue, labeler = make_queue(), make_labeler()
    add_gold_label(make_gold(queue, ["spam"]), labeler, "spam")
    add_label(make_items(queue)[0], labeler, "scam", at=NOON + timedelta(seconds=20), origin=SlotOrigin.ENTRY)

    scored = score_gold(queue.pk, now=NOON + timedelta(seconds=21))

    assert scored.added == 1
    assert scores() == [("spam", "spam", True)]


def test_what_stood_when_undo_closed_is_scored_and_a_later_revision_is_not():
    queue, labeler = make_queue(), make_labeler()
    first = add_gold_label(make_gold(queue, ["spam"]), labeler, "scam")
    second = revise(first, "spam", at=NOON + MINUTE)
    revise(second, "no_violation", at=NOON + 10 * MINUTE)

    score_gold(queue.pk, now=LATER)

    assert scores() == [("spam", "spam", True)]


def test_scoring_twice_changes_nothing():
    queue, labeler = make_queue(), make_labeler()
    add_gold_label(make_gold(queue), labeler, "spam")
    score_gold(queue.pk, now=LATER)

    again = score_gold(queue.pk, now=LATER)

    assert again.added == 0
    assert GoldScore.objects.count() == 1


@pytest.mark.parametrize(
    ("accepted", "given", "expected", "is_correct"),
    [
        (["spam", "scam"], "scam", "spam", True),
        (["spam", "scam"], "no_violation", "spam", False),
        (["spam"], "cannot_tell", "spam", False),
        (["spam", "cannot_tell"], "cannot_tell", "spam", True),
    ],
)
def test_an_answer_is_right_if_it_is_in_the_set(accepted, given, expected, is_correct):
    queue, labeler = make_queue(), make_labeler()
    add_gold_label(make_gold(queue, accepted), labeler, given)

    score_gold(queue.pk, now=LATER)

    assert scores() == [(expected, given, is_correct)]


def test_a_multi_answer_is_right_only_as_a_whole():
    queue = make_queue()
    gold = make_gold(queue, ["scam+spam"])
    for labeler, given in ((make_labeler(), ["spam", "scam"]), (make_labeler(), ["spam"]), (make_labeler(), [])):
        add_gold_label(gold, labeler, given)

    score_gold(queue.pk, now=LATER)

    assert sorted(scores()) == [
        ("scam+spam", "", False),
        ("scam+spam", "scam+spam", True),
        ("scam+spam", "spam", False),
    ]


def test_imported_answers_on_gold_are_scored_at_once_and_ordinary_ones_never():
    queue = make_queue()
    item = make_items(queue)[0]
    make_gold(queue, ["spam"], item=item)
    add_label(item, make_labeler(), "spam", origin=SlotOrigin.IMPORTED)
    add_label(item, make_labeler(), "scam", origin=SlotOrigin.ENTRY)

    score_gold(queue.pk, now=NOON)

    assert scores() == [("spam", "spam", True)]


def test_gold_of_other_pools_is_never_scored():
    queue, labeler = make_queue(), make_labeler()
    add_gold_label(make_gold(queue, pool=GoldPool.EXAM), labeler, "spam")

    scored = score_gold(queue.pk, now=LATER)

    assert scored.added == 0


def test_scores_on_a_withdrawn_item_end():
    queue, labeler = make_queue(), make_labeler()
    gold = make_gold(queue)
    add_gold_label(gold, labeler, "spam")
    score_gold(queue.pk, now=LATER)
    gold.item.withdrawn_at = LATER
    gold.item.save()

    ended = end_withdrawn(queue.pk, now=LATER)

    assert ended == 1
    assert scores() == []


def test_an_imported_decision_that_left_the_question_out_is_not_scored():
    queue = make_queue()
    gold = make_gold(queue)
    add_label(gold.item, make_labeler(), {"severity": "high"})

    score_gold(queue.pk, now=NOON + timedelta(hours=1))

    assert not GoldScore.objects.exists()
