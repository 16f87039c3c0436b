"""Giving sets to people: all of them or nobody, on items that are new to each; taking them back; other due dates."""

from datetime import timedelta

import pytest

from calibration.enums import AttemptState, SetPurpose
from calibration.models import Attempt, AttemptAnswer, BurntGold, Certification
from calibration.queries.assignable import read_candidates
from calibration.services.assigning import assign_set, cancel_attempts, postpone_attempts
from calibration.services.attempts import score_attempts
from calibration.services.sets import SetChange, change_set
from labeling.enums import SlotState
from labeling.errors import ItemWithdrawn
from labeling.models import LateAnswer, Slot
from labeling.services.assignments import claim_assignment
from labeling.services.labels import submit_label
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler, SkillGrant
from qaplatform.trail.models import TrailEntry
from tests.builders import make_labeler, make_queue
from tests.calibration.builders import add_label
from tests.calibration.loop.builders import Floor, answer_set, assign, make_floor, make_golds, make_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor(days_ago=9)


def golds_of(attempt: Attempt) -> set[int]:
    return set(attempt.answers.values_list("gold_answer__gold", flat=True))


def obstacle_of(made, labeler: Labeler) -> str:
    return read_candidates(made, [labeler])[0].obstacle


def test_each_person_draws_their_own_items(floor):
    made = make_set(floor.queue, actor=floor.tara, n=40, draw_size=5)

    attempts = assign_set(made, [make_labeler() for _ in range(4)], actor=floor.tara, due_at=None)

    assert {attempt.items for attempt in attempts} == {5}
    assert len({frozenset(golds_of(attempt)) for attempt in attempts}) > 1


def test_nothing_is_assigned_if_one_person_cannot_get_it(floor):
    made = make_set(floor.queue, actor=floor.tara)
    assign(made, floor.lena, actor=floor.tara)

    with pytest.raises(Refused, match="Nothing was assigned: lena has it already"):
        assign_set(made, [make_labeler(), floor.lena], actor=floor.tara, due_at=None)

    assert Attempt.objects.count() == 1


def test_who_cannot_get_a_set_is_told_why(floor):
    made = make_set(floor.queue, actor=floor.tara, n=6, draw_size=4)
    for item in [entry.gold.item for entry in made.set_items.all()[:3]]:
        add_label(item, floor.lena, "spam")
    gone = make_labeler()
    gone.is_active = False
    external = Labeler.objects.create(
        vendor=floor.team.vendor, kind=LabelerKind.EXTERNAL, external_id="x1", display_name="X1"
    )

    assert obstacle_of(made, make_labeler()) == ""
    assert obstacle_of(made, floor.lena).startswith("has met too much of it: 3 of 6 items are new, a try asks 4. Add 1")
    assert obstacle_of(made, gone).startswith("is deactivated")
    assert obstacle_of(made, external).startswith("is known only from imported decisions")


def test_an_exam_asks_nothing_that_was_shown_as_evidence_to_the_vendor(floor):
    made = make_set(floor.queue, actor=floor.tara, n=6, draw_size=3)
    shown = [entry.gold for entry in made.set_items.all()[:3]]
    BurntGold.objects.bulk_create([BurntGold(gold=gold, vendor=floor.lena.vendor, flag=floor.flag) for gold in shown])

    attempt = assign(made, floor.lena, actor=floor.tara)

    assert golds_of(attempt).isdisjoint({gold.pk for gold in shown})


def test_an_exam_asks_nothing_that_stands_in_another_unfinished_exam(floor):
    made = make_set(floor.queue, actor=floor.tara, n=8, draw_size=4)
    other = make_set(floor.queue, actor=floor.tara, n=1, pass_mark=1, name="Other")
    golds = [entry.gold for entry in made.set_items.select_related("gold")]
    change_set(other, golds, SetChange(pass_mark=3, draw_size=4), actor=floor.tara)

    first, second = assign(made, floor.lena, actor=floor.tara), assign(other, floor.lena, actor=floor.tara)

    assert golds_of(first).isdisjoint(golds_of(second))


def test_practice_may_be_repeated(floor):
    practice = make_set(floor.queue, actor=floor.tara, purpose=SetPurpose.PRACTICE)
    answer_set(assign(practice, floor.lena, actor=floor.tara), ["spam"] * 4)
    score_attempts(practice.training_queue)

    again = assign(practice, floor.lena, actor=floor.tara)

    assert (again.number, again.items) == (2, 4)


def test_a_first_exam_without_any_flag_certifies_and_opens_the_queue(floor):
    newcomer = make_labeler()
    made = make_set(floor.queue, actor=floor.tara)
    attempt = assign(made, newcomer, actor=floor.tara)

    answer_set(attempt, ["spam"] * 4)
    score_attempts(made.training_queue)

    assert attempt.flag is None
    assert SkillGrant.objects.get(labeler=newcomer, skill=floor.queue.skill).is_active
    assert Certification.objects.get(labeler=newcomer).policy_version == made.policy_version


def test_cancelling_takes_back_what_is_not_answered_and_keeps_what_is(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    answer_set(attempt, ["spam"])
    claim_assignment(attempt.calibration_set.training_queue, floor.lena)

    changed = cancel_attempts([attempt], reason="Wrong set", actor=floor.tara)

    attempt.refresh_from_db()
    states = sorted(Slot.objects.filter(attempt_answer__attempt=attempt).values_list("state", flat=True))
    assert (changed.changed, attempt.state, attempt.end_reason) == (1, AttemptState.CANCELLED, "Wrong set")
    assert states == [SlotState.CANCELLED] * 3 + [SlotState.DONE]
    assert TrailEntry.objects.filter(action="attempt_cancelled").count() == 1


def test_an_answer_that_comes_after_cancelling_is_kept_as_work_done(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    held = claim_assignment(attempt.calibration_set.training_queue, floor.lena)
    token = Slot.objects.get(assignment_id=held.id).token

    cancel_attempts([attempt], reason="Wrong set", actor=floor.tara)

    with pytest.raises(ItemWithdrawn, match="taken out of work"):
        submit_label(held.id, floor.lena, token=token, answers={"category": "spam"})
    assert LateAnswer.objects.count() == 1


def test_cancelling_leaves_what_has_ended(floor):
    made = make_set(floor.queue, actor=floor.tara)
    done, other = assign(made, floor.lena, actor=floor.tara), assign(made, make_labeler(), actor=floor.tara)
    answer_set(done, ["spam"] * 4)
    score_attempts(made.training_queue)

    changed = cancel_attempts([done, other], reason="No more", actor=floor.tara)

    done.refresh_from_db()
    assert (changed.changed, changed.ended_before, done.state) == (1, 1, AttemptState.PASSED)


def test_cancelling_needs_a_reason(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)

    with pytest.raises(InvalidInput, match="Give a reason"):
        cancel_attempts([attempt], reason=" ", actor=floor.tara)


def test_after_cancelling_the_set_can_be_given_again(floor):
    made = make_set(floor.queue, actor=floor.tara)
    cancel_attempts([assign(made, floor.lena, actor=floor.tara)], reason="Wrong day", actor=floor.tara)

    assert assign(made, floor.lena, actor=floor.tara).number == 2


def test_a_due_date_moves_forward_only(floor):
    attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
    later = clock.now() + timedelta(days=3)

    postpone_attempts([attempt], due_at=later, actor=floor.tara)

    attempt.refresh_from_db()
    assert attempt.due_at == later
    with pytest.raises(InvalidInput, match="due date has passed"):
        postpone_attempts([attempt], due_at=clock.now() - timedelta(days=1), actor=floor.tara)


def test_a_set_is_changed_only_while_nobody_is_at_work(floor):
    made = make_set(floor.queue, actor=floor.tara)
    kept = [entry.gold for entry in made.set_items.select_related("gold")][:3]
    wider = [*kept, *make_golds(floor.queue, 5)]
    change_set(made, wider, SetChange(pass_mark=3, draw_size=4), actor=floor.tara)
    made.refresh_from_db()
    assign(made, floor.lena, actor=floor.tara)

    assert (made.set_items.count(), made.draw_size) == (8, 4)
    with pytest.raises(Refused, match="1 attempts are not finished"):
        change_set(made, kept, SetChange(pass_mark=3, draw_size=None), actor=floor.tara)


def test_gold_of_another_pool_does_not_get_into_a_set_by_changing_it(floor):
    made = make_set(floor.queue, actor=floor.tara)
    monitoring = floor.flag.evidence.first().score.gold_answer.gold

    with pytest.raises(InvalidInput, match="pools never mix"):
        change_set(made, [monitoring], SetChange(pass_mark=1, draw_size=None), actor=floor.tara)


def test_a_thousand_people_ask_the_database_as_often_as_three(floor, django_assert_max_num_queries):
    made = make_set(floor.queue, actor=floor.tara, n=6, draw_size=3)
    few = [make_labeler(queues=[make_queue()]) for _ in range(3)]
    assign_set(made, few[:1], actor=floor.tara, due_at=None)

    with django_assert_max_num_queries(42) as captured:
        assign_set(made, few[1:], actor=floor.tara, due_at=None)
    more = [make_labeler() for _ in range(12)]
    with django_assert_max_num_queries(len(captured)):
        assign_set(made, more, actor=floor.tara, due_at=None)

    assert AttemptAnswer.objects.count() == 45
