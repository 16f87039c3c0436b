"""What the database itself refuses, whatever the code above it does."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection

from labeling.enums import SlotState
from labeling.models import Skip, Slot
from labeling.services.assignments import claim_assignment
from qaplatform import clock
from tests.builders import make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue(overlap_rate=1.0, overlap_size=2)


@pytest.fixture
def labeler(queue):
    return make_labeler(queues=[queue])


def done_by(labeler) -> dict[str, object]:
    return {"state": SlotState.DONE, "labeler": labeler, "done_at": clock.now()}


def test_two_slots_of_an_item_never_have_the_same_number(queue):
    [item] = make_items(queue)

    with pytest.raises(IntegrityError, match="slot_number_once_an_item"):
        item.slots.update(slot_no=1)


def test_two_slots_of_an_item_never_have_the_same_labeler(queue, labeler):
    [item] = make_items(queue)

    with pytest.raises(IntegrityError, match="labeler_once_an_item"):
        item.slots.update(**done_by(labeler))


def test_two_open_slots_of_an_item_are_never_reserved_for_the_same_person(queue, labeler):
    [item] = make_items(queue)

    with pytest.raises(IntegrityError, match="reserved_once_an_item"):
        item.slots.update(reserved_for=labeler)


def test_a_person_never_holds_two_current_leases_in_a_queue(queue, labeler):
    make_items(queue, 2)
    claim_assignment(queue, labeler)
    held = Slot.objects.get(state=SlotState.LEASED)
    other = Slot.objects.exclude(item=held.item).first()

    with pytest.raises(IntegrityError, match="one_lease_a_queue"):
        Slot.objects.filter(pk=other.pk).update(
            state=SlotState.LEASED,
            labeler=labeler,
            assignment_id=uuid4(),
            token=uuid4(),
            policy_version=held.policy_version,
            schema=held.schema,
            claimed_at=clock.now(),
            lease_until=clock.now() + timedelta(minutes=1),
        )


def test_a_person_skips_an_item_once(queue, labeler):
    [item] = make_items(queue)
    slot = item.slots.first()
    Skip.objects.create(item=item, labeler=labeler, slot=slot, reason="unclear")

    with pytest.raises(IntegrityError, match="skip_once_an_item"):
        Skip.objects.create(item=item, labeler=labeler, slot=slot, reason="unclear")


def test_an_open_slot_has_no_holder(queue, labeler):
    [item] = make_items(queue)

    with pytest.raises(IntegrityError, match="slot_state_has_its_facts"), connection.cursor() as cursor:
        cursor.execute("UPDATE labeling_slot SET labeler_id = %s WHERE id = %s", [labeler.pk, item.slots.first().pk])
