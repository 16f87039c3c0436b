"""What is escalated stands before the escalation role, is withheld at once where it names danger, and is decided."""

import pytest

from labeling.enums import EscalationOutcome
from labeling.errors import ItemWithdrawn, LeaseTaken
from labeling.models import Escalation, Label, LateAnswer, Slot
from labeling.queries.escalations import open_escalations
from labeling.services.assignments import Nothing, claim_assignment, give_back_leases, skip_assignment
from labeling.services.escalations import handle_escalation
from labeling.services.labels import revise_label, submit_label
from labeling.services.withdrawals import withdraw_item
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.access import Access, Holding
from qaplatform.people.enums import Role, Scope
from qaplatform.trail.models import TrailEntry
from tests.builders import answer, make_items, make_labeler, make_queue, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    queue = make_queue(overlap_rate=1.0, overlap_size=3)
    queue.policy.categories.filter(code="scam").update(never_sample=True)
    return queue


@pytest.fixture
def item(queue):
    return make_items(queue)[0]


@pytest.fixture
def labeler(queue):
    return make_labeler("lena", queues=[queue])


def rows() -> list[tuple[str, str]]:
    return list(Escalation.objects.order_by("pk").values_list("reason", "note"))


@pytest.mark.parametrize(("reason", "withdraws"), [("illegal", True), ("imminent_harm", True), ("escalate", False)])
def test_an_escalating_skip_is_put_before_the_escalation_role(queue, item, labeler, reason, withdraws):
    held = claim_assignment(queue, labeler)

    skip_assignment(held.id, held.token, labeler, reason=reason, note="Look")

    row = Escalation.objects.get()
    assert (row.reason, row.note, row.raised_by, row.skip.labeler) == (reason, "Look", labeler, labeler)
    item.refresh_from_db()
    assert (item.withdrawn_at is not None) == withdraws


@pytest.mark.parametrize("reason", ["unclear", "wellbeing", "edge_case"])
def test_other_skips_escalate_nothing(queue, item, labeler, reason):
    held = claim_assignment(queue, labeler)

    skip_assignment(held.id, held.token, labeler, reason=reason)

    assert not Escalation.objects.exists()


def test_a_never_sampled_answer_and_a_revision_into_one_escalate(queue, item, labeler):
    held = claim_assignment(queue, labeler)
    label = submit_label(held.id, labeler, token=held.token, answers=answer("spam"))
    revision = revise_label(label, labeler, answers=answer("scam"), rationale="On second thoughts")

    assert rows() == [("never_sample", "On second thoughts")]
    assert Escalation.objects.get().label == revision


def test_a_late_never_sampled_answer_withdraws_and_escalates_once(queue, item, labeler):
    held = claim_assignment(queue, labeler)
    give_back_leases(labeler)
    claim_assignment(queue, make_labeler(queues=[queue]))

    for _ in range(2):
        with pytest.raises((LeaseTaken, ItemWithdrawn)):
            submit_label(held.id, labeler, token=held.token, answers=answer("scam"))

    item.refresh_from_db()
    assert item.withdrawn_reason == "never_sample"
    assert Escalation.objects.get().late_answer == LateAnswer.objects.get()
    assert set(Slot.objects.values_list("state", flat=True)) == {"cancelled"}
    assert not Label.objects.exists()


def test_danger_named_in_a_second_late_text_counts_with_its_own_text(queue, item, labeler):
    held = claim_assignment(queue, labeler)
    give_back_leases(labeler)
    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer("spam"), rationale="Links.")

    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer("scam"), rationale="It asks for a code.")

    item.refresh_from_db()
    assert item.withdrawn_reason == "never_sample"
    assert rows() == [("never_sample", "It asks for a code.")]
    assert Escalation.objects.get().late_answer.answers == {"category": "scam"}


def test_a_late_text_that_is_sent_again_takes_a_restored_item_out_of_work_no_second_time(queue, item, labeler):
    held = claim_assignment(queue, labeler)
    give_back_leases(labeler)
    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer("scam"))
    handle_escalation(Escalation.objects.get(), EscalationOutcome.RESTORED, note="A joke.", actor=make_user())

    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer("scam"))

    item.refresh_from_db()
    assert item.withdrawn_at is None
    assert Escalation.objects.count() == 1


def test_a_late_answer_of_any_shape_is_kept_and_withdraws_nothing_without_need(queue, item, labeler):
    held = claim_assignment(queue, labeler)
    give_back_leases(labeler)

    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers={"category": {"scam": 1}, "other": [1, None]})

    item.refresh_from_db()
    assert item.withdrawn_at is None


def test_danger_said_late_is_heard(queue, item, labeler):
    held = claim_assignment(queue, labeler)
    give_back_leases(labeler)

    for _ in range(2):
        with pytest.raises((LeaseTaken, ItemWithdrawn)):
            skip_assignment(held.id, held.token, labeler, reason="illegal", note="Look")

    item.refresh_from_db()
    assert item.withdrawn_reason == "illegal"
    assert rows() == [("illegal", "Look")]


def test_an_assignment_of_somebody_else_escalates_nothing(queue, item, labeler):
    held, stranger = claim_assignment(queue, labeler), make_labeler(queues=[queue])

    with pytest.raises(Exception, match="nothing here"):
        skip_assignment(held.id, held.token, stranger, reason="illegal")

    item.refresh_from_db()
    assert item.withdrawn_at is None
    assert not Escalation.objects.exists()


def escalated(queue, labeler, reason="illegal") -> Escalation:
    held = claim_assignment(queue, labeler)
    skip_assignment(held.id, held.token, labeler, reason=reason)
    return Escalation.objects.latest("pk")


def test_what_is_restored_waits_for_the_answers_that_are_missing(queue, item, labeler):
    other, eve = make_labeler(queues=[queue]), make_user()
    held = claim_assignment(queue, other)
    submit_label(held.id, other, token=held.token, answers=answer("spam"))
    row = escalated(queue, labeler)

    handle_escalation(row, EscalationOutcome.RESTORED, note="Satire", actor=eve)

    item.refresh_from_db()
    assert item.withdrawn_at is None
    assert sorted(Slot.objects.filter(item=item).values_list("state", "origin")) == [
        ("cancelled", "entry"),
        ("cancelled", "entry"),
        ("done", "entry"),
        ("open", "requeue"),
        ("open", "requeue"),
    ]
    assert not isinstance(claim_assignment(queue, make_labeler(queues=[queue])), Nothing)


@pytest.mark.parametrize("outcome", [EscalationOutcome.WITHHELD, EscalationOutcome.REPORTED])
def test_what_stays_withheld_is_out_of_work_at_the_latest_then(queue, item, labeler, outcome):
    row = escalated(queue, labeler, reason="escalate")

    handle_escalation(row, outcome, note="Reported to the hotline", actor=make_user())

    item.refresh_from_db()
    assert item.withdrawn_at is not None
    assert not Slot.objects.filter(state="open").exists()


def test_nothing_to_be_done_leaves_the_item_as_it_is(queue, item, labeler):
    row = escalated(queue, labeler, reason="escalate")

    handle_escalation(row, EscalationOutcome.NOTHING, note="A joke", actor=make_user())

    item.refresh_from_db()
    assert item.withdrawn_at is None


def test_a_decision_counts_for_everything_open_about_the_item_and_once(queue, item, labeler):
    other = make_labeler(queues=[queue])
    first = escalated(queue, labeler, reason="escalate")
    second = escalated(queue, other)
    eve = make_user("eve")

    handle_escalation(first, EscalationOutcome.REPORTED, note="Reported", actor=eve)

    second.refresh_from_db()
    assert (second.outcome, second.handled_by) == ("reported", eve)
    with pytest.raises(Refused, match="handled already"):
        handle_escalation(second, EscalationOutcome.NOTHING, note="x", actor=eve)
    assert TrailEntry.objects.filter(action="escalation_handled").count() == 1


def test_a_decision_needs_a_reason(queue, item, labeler):
    with pytest.raises(InvalidInput, match="in a sentence why"):
        handle_escalation(escalated(queue, labeler), EscalationOutcome.NOTHING, note=" ", actor=make_user())


def test_what_was_removed_cannot_go_back_to_work(queue, item, labeler):
    row = escalated(queue, labeler)
    item.refresh_from_db()
    item.purged_at = item.withdrawn_at
    item.save()

    with pytest.raises(Refused, match="was removed"):
        handle_escalation(row, EscalationOutcome.RESTORED, note="x", actor=make_user())


def test_escalations_are_for_the_whole_platforms_escalation_role_alone(queue, item, labeler):
    escalated(queue, labeler)

    seen = {
        role: open_escalations(Access(user_id=1, holdings=frozenset({Holding(role, Scope.PLATFORM)}))).count()
        for role in Role
    }

    assert [role for role, n in seen.items() if n] == [Role.ESCALATION]


def test_a_pause_gives_back_what_is_held_and_what_was_fetched_ahead(queue, labeler):
    make_items(queue, 3)
    claim_assignment(queue, labeler)
    claim_assignment(queue, labeler, prefetch=True)

    assert give_back_leases(labeler) == 2
    assert not Slot.objects.filter(state="leased").exists()
    assert not Label.objects.exists()


def test_a_withdrawal_without_an_escalation_stays_possible(item):
    withdraw_item(item, reason="legal request", actor=None)

    assert not Escalation.objects.exists()
