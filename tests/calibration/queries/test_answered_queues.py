"""Which queues the nightly jobs go through."""

import pytest

from calibration.queries.answered_queues import answered_queue_ids
from labeling.enums import QueueKind
from tests.builders import make_items, make_labeler, make_queue
from tests.calibration.builders import add_label


@pytest.mark.django_db
def test_only_ordinary_queues_with_answers_are_gone_through():
    queue, training = make_queue(), make_queue("Practice", kind=QueueKind.TRAINING)
    for each in (queue, training):
        [item] = make_items(each)
        add_label(item, make_labeler(), "spam")
    make_queue("Idle")

    assert answered_queue_ids() == (queue.pk,)
