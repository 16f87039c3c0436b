"""The same answers, asked again by two people at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import transaction

from labeling.models import Requeue
from labeling.services.assignments import claim_assignment
from labeling.services.labels import submit_label
from labeling.services.requeue import requeue_answers
from qaplatform import clock
from qaplatform.errors import Refused
from qaplatform.trail.models import TrailEntry
from tests.builders import answer, make_items, make_labeler, make_queue, make_user
from tests.labeling.test_claims_at_once import LONG_ENOUGH, in_thread, wait_until_blocked

pytestmark = pytest.mark.django_db(transaction=True)


def test_whoever_comes_second_reads_that_it_is_being_done():
    queue = make_queue()
    labeler = make_labeler(queues=[queue])
    make_items(queue)
    held = claim_assignment(queue, labeler)
    submit_label(held.id, labeler, token=held.token, answers=answer())
    now = clock.database_now()
    period = {"since": now - timedelta(hours=1), "until": now}
    quinn, quentin = make_user(), make_user()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            requeue_answers(queue, labeler, **period, reason="Drifted", actor=quinn)
            second = in_thread(pool, lambda: requeue_answers(queue, labeler, **period, reason="Drifted", actor=quentin))
            wait_until_blocked(second)
        with pytest.raises(Refused, match="already"):
            second.result(LONG_ENOUGH)

    assert Requeue.objects.get().requested_by == quinn
    assert TrailEntry.objects.filter(action="answers_asked_again").count() == 1
