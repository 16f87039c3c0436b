"""Reserved slots."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Slot
from labeling.services.assignments import claim_assignment, skip_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import Refusal, Why, change_serve_chance, place_items
from qaplatform import clock
from qaplatform.errors import InvalidInput
from tests.builders import answer, make_external_labeler, make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue()


def test_each_item_is_reserved_for_each_person_with_the_next_number(queue):
    people = [make_labeler(), make_labeler()]
    items = make_items(queue, 2)

    placed = place_items(items, people, serve_chance=0.3, now=clock.now())

    assert placed.refused == ()
    rows = Slot.objects.filter(origin="placed").order_by("item_id", "slot_no")
    assert [(slot.item, slot.slot_no, slot.reserved_for, slot.state, slot.serve_chance) for slot in rows] == [
        (item, number, person, "open", 0.3) for item in items for number, person in enumerate(people, start=2)
    ]


def test_places_cannot_be_guessed(queue):
    items = make_items(queue, 1)

    placed = place_items(items, [make_labeler() for _ in range(20)], now=clock.now())

    ranks = [slot.rank for slot in placed.slots]
    assert len(set(ranks)) == 20
    assert ranks != sorted(ranks)


def test_whoever_cannot_be_served_is_named_with_the_reason(queue):
    held, answered, skipped, reserved, excluded, fine = people = [make_labeler(queues=[queue]) for _ in range(6)]
    left = make_labeler()
    left.is_active = False
    left.save()
    stranger = make_external_labeler()
    [item] = make_items(queue, 1, answers_needed=6)
    claim_assignment(queue, held)
    done = claim_assignment(queue, answered)
    submit_label(done.id, answered, token=done.token, answers=answer())
    given_back = claim_assignment(queue, skipped)
    skip_assignment(given_back.id, given_back.token, skipped, reason="unclear")
    place_items([item], [reserved], now=clock.now())

    placed = place_items(
        [item], [*people, left, stranger], excluded=frozenset({(item.pk, excluded.pk)}), now=clock.now()
    )

    assert [slot.reserved_for for slot in placed.slots] == [fine]
    assert placed.refused == (
        Refusal(item.pk, held.pk, Why.HAS_IT),
        Refusal(item.pk, answered.pk, Why.HAS_IT),
        Refusal(item.pk, skipped.pk, Why.SKIPPED),
        Refusal(item.pk, reserved.pk, Why.HAS_IT),
        Refusal(item.pk, excluded.pk, Why.EXCLUDED),
        Refusal(item.pk, left.pk, Why.INACTIVE),
        Refusal(item.pk, stranger.pk, Why.NO_ACCOUNT),
    )


def test_a_placed_slot_that_is_skipped_goes_to_nobody(queue):
    labeler, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    [item] = make_items(queue, 1, answers_needed=0)
    place_items([item], [labeler], now=clock.now())
    held = claim_assignment(queue, labeler)

    skip_assignment(held.id, held.token, labeler, reason="unclear")

    slot = Slot.objects.get()
    assert (slot.state, slot.reserved_for, slot.labeler) == ("cancelled", labeler, None)
    assert claim_assignment(queue, other).reason == "nothing_left"


def test_the_number_of_statements_does_not_grow_with_the_pairs(queue):
    def statements(items, people):
        with CaptureQueriesContext(connection) as captured:
            place_items(items, people, now=clock.now())
        return len(captured)

    one = statements(make_items(queue, 1), [make_labeler()])
    many = statements(make_items(queue, 5), [make_labeler() for _ in range(5)])

    assert one == many


def test_the_chance_of_placed_work_that_waits_can_change(queue):
    items, labeler = make_items(queue, 2, answers_needed=0), make_labeler()
    waiting, sure = (
        place_items([item], [labeler], serve_chance=chance, now=clock.now()).slots[0]
        for item, chance in zip(items, (0.1, 1.0), strict=True)
    )

    changed = change_serve_chance([waiting.pk, sure.pk], serve_chance=0.25)

    waiting.refresh_from_db()
    sure.refresh_from_db()
    assert changed == {waiting.pk}
    assert (waiting.serve_chance, sure.serve_chance) == (0.25, 1)


def test_an_impossible_chance_is_refused():
    with pytest.raises(InvalidInput, match="runs from 0 to 1"):
        change_serve_chance([1], serve_chance=1.5)
