"""Claims and submits at the same moment, on connections of their own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections, transaction

from labeling.enums import ImportKind
from labeling.models import IdempotentAnswer, Item, Label, Slot
from labeling.services.assignments import Assignment, Nothing, claim_assignment, extend_lease, skip_assignment
from labeling.services.labels import Submission, submit_label, submit_under_key
from labeling.services.lanes import find_lanes, key_of
from labeling.services.withdrawals import withdraw_item
from qaplatform.errors import DomainError
from tests.builders import answer, make_items, make_labeler, make_queue
from tests.labeling.importing.builders import import_file

pytestmark = pytest.mark.django_db(transaction=True)

LONG_ENOUGH = 30
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
MOST_LOOKS = 20_000


def in_thread(pool: ThreadPoolExecutor, work: Callable[[], object]) -> Future:
    """Run on another thread with a connection of its own."""

    def run() -> object:
        try:
            return work()
        finally:
            connections.close_all()

    return pool.submit(run)


def wait_until_blocked(future: Future) -> None:
    """Come back when the other thread waits for a lock of ours."""
    for _ in range(MOST_LOOKS):
        if future.done():
            break
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("It did not wait for our lock.")


@pytest.fixture
def pool():
    with ThreadPoolExecutor(16) as executor:
        yield executor


def test_two_tabs_of_a_person_get_the_same_assignment(pool):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 5)

    with transaction.atomic():
        first = claim_assignment(queue, labeler)
        other_tab = in_thread(pool, lambda: claim_assignment(queue, labeler))
        wait_until_blocked(other_tab)

    assert other_tab.result(LONG_ENOUGH) == first
    assert Slot.objects.filter(state="leased").count() == 1


def test_a_slot_that_somebody_is_claiming_is_passed_over(pool):
    queue = make_queue()
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 2)

    with transaction.atomic():
        first = claim_assignment(queue, one)
        second = in_thread(pool, lambda: claim_assignment(queue, two)).result(LONG_ENOUGH)

    assert isinstance(second, Assignment)
    assert first.id != second.id
    assert first.content != second.content


def test_a_slot_that_somebody_is_claiming_is_something_and_asking_again_soon_makes_sense(pool):
    queue = make_queue()
    one, two = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 1)

    with transaction.atomic():
        claim_assignment(queue, one)
        second = in_thread(pool, lambda: claim_assignment(queue, two)).result(LONG_ENOUGH)

    assert second == Nothing("busy", retry_after=2)


def test_a_claim_at_the_moment_of_a_withdrawal_does_not_get_the_item(pool):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)

    with transaction.atomic():
        withdraw_item(item, reason="legal", actor=None)
        claimed = in_thread(pool, lambda: claim_assignment(queue, labeler)).result(LONG_ENOUGH)

    assert isinstance(claimed, Nothing)


def test_a_withdrawal_at_the_moment_of_a_claim_recalls_the_lease(pool):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    [item] = make_items(queue, 1)

    with transaction.atomic():
        claim_assignment(queue, labeler)
        withdrawal = in_thread(pool, lambda: withdraw_item(item, reason="legal", actor=None))
        wait_until_blocked(withdrawal)
    withdrawal.result(LONG_ENOUGH)

    assert Slot.objects.get().state == "cancelled"


def test_two_answers_that_withdraw_the_same_item_do_not_wait_in_a_ring(pool):
    queue = make_queue(overlap_rate=1.0, overlap_size=8)
    queue.policy.categories.filter(code="scam").update(never_sample=True)
    people = [make_labeler(queues=[queue]) for _ in range(8)]
    make_items(queue, 1)
    held = [claim_assignment(queue, person) for person in people]
    start = Barrier(8)

    def answer_at_once(person, assignment):
        start.wait(LONG_ENOUGH)
        try:
            return submit_label(assignment.id, person, token=assignment.token, answers=answer("scam")).pk
        except DomainError as error:
            return error.code

    sent = [in_thread(pool, lambda pair=pair: answer_at_once(*pair)) for pair in zip(people, held, strict=True)]
    outcomes = Counter(type(future.result(LONG_ENOUGH)).__name__ for future in sent)

    assert outcomes == {"int": 1, "str": 7}
    assert Item.objects.get().withdrawn_reason == "never_sample"
    assert Label.objects.count() == 1


def test_the_same_submit_at_the_same_moment_stores_once_and_answers_alike(pool):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    start = Barrier(6)

    def send():
        start.wait(LONG_ENOUGH)
        return submit_under_key(held.id, labeler, Submission(held.token, answer()), key="k", body_hash="x")

    receipts = [future.result(LONG_ENOUGH) for future in [in_thread(pool, send) for _ in range(6)]]

    assert len({(receipt.status, receipt.label) for receipt in receipts}) == 1
    assert Label.objects.count() == IdempotentAnswer.objects.count() == 1


def test_people_in_two_tabs_each_answer_every_slot_once(pool):
    """The end of a small day: all slots answered, none twice, nobody twice on an item, no lease beside another."""
    queue = make_queue(overlap_rate=0.5, overlap_size=3)
    people = [make_labeler(queues=[queue]) for _ in range(6)]
    make_items(queue, 40)
    slots = Slot.objects.count()
    start = Barrier(12)

    def work(person, tab):
        start.wait(LONG_ENOUGH)
        outcomes = Counter()
        while isinstance(held := claim_assignment(queue, person), Assignment):
            try:
                if tab == 1 and outcomes.total() == 3:
                    skip_assignment(held.id, held.token, person, reason="unclear")
                else:
                    submit_label(held.id, person, token=held.token, answers=answer())
                outcomes["done"] += 1
            except DomainError as error:
                outcomes[error.code] += 1
        return outcomes

    tabs = [in_thread(pool, lambda who=who, tab=tab: work(who, tab)) for who in people for tab in (0, 1)]
    outcomes = sum((future.result(120) for future in tabs), Counter())

    labels = list(Label.objects.values_list("slot_id", "item_id", "labeler_id"))
    assert len({slot for slot, _, _ in labels}) == len(labels)
    assert len({(item, labeler) for _, item, labeler in labels}) == len(labels)
    answers = Counter(item for _, item, _ in labels)
    assert all(answers[item.pk] <= item.answers_needed for item in Item.objects.all())
    assert len(labels) == slots
    assert outcomes["already_answered"] + outcomes["late"] > 0, "The tabs never met: the run proves nothing."


def test_a_second_tab_at_the_last_item_is_not_told_that_nothing_is_left(pool):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1)
    held = claim_assignment(queue, labeler)

    with transaction.atomic():
        extend_lease(held.id, held.token, labeler)
        other_tab = in_thread(pool, lambda: claim_assignment(queue, labeler))
        wait_until_blocked(other_tab)

    assert other_tab.result(LONG_ENOUGH).id == held.id


def test_a_claim_during_ones_own_answer_waits_and_goes_on_with_the_next(pool):
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 2)
    held = claim_assignment(queue, labeler)

    with transaction.atomic():
        submit_label(held.id, labeler, token=held.token, answers=answer())
        other_tab = in_thread(pool, lambda: claim_assignment(queue, labeler))
        wait_until_blocked(other_tab)

    assert other_tab.result(LONG_ENOUGH).id != held.id


def test_a_claim_takes_no_slot_that_went_to_another_vendor_while_it_waited(pool):
    queue = make_queue()
    labeler, colleague = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    make_items(queue, 2)
    held = claim_assignment(queue, labeler)
    key = key_of(Item.objects.first(), vendor_id=colleague.vendor_id)
    lane = find_lanes([key])[key]

    with transaction.atomic():
        submit_label(held.id, labeler, token=held.token, answers=answer())
        other_tab = in_thread(pool, lambda: claim_assignment(queue, labeler))
        wait_until_blocked(other_tab)
        in_thread(pool, lambda: Slot.objects.filter(state="open").update(lane=lane)).result(LONG_ENOUGH)

    assert isinstance(other_tab.result(LONG_ENOUGH), Nothing)
    assert isinstance(claim_assignment(queue, colleague), Assignment)


def test_an_import_of_labels_does_not_hold_up_answers_to_the_same_items(pool, settings, tmp_path):
    settings.UPLOAD_DIR = tmp_path
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue, 1, external_id="p1")
    held = claim_assignment(queue, labeler)

    with transaction.atomic():
        run = import_file(queue, "item,labeler,label\np1,elsewhere,spam\n", kind=ImportKind.LABELS)
        submitted = in_thread(pool, lambda: submit_label(held.id, labeler, token=held.token, answers=answer())).result(
            LONG_ENOUGH
        )

    assert run.state == "done"
    assert Label.objects.filter(pk=submitted.pk).exists()
