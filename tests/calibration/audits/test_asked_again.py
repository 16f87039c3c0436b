"""What becomes of figures when a person's answers are asked again of others."""

from datetime import timedelta

import pytest

from calibration.queries.audited import counted_audits
from calibration.services.checking import check_snapshots
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin
from labeling.models import Slot
from labeling.services.requeue import carry_out_requeue, requeue_answers
from qaplatform import clock
from tests.builders import make_items, make_labeler, make_queue, make_user
from tests.calibration.auditing import add_audit
from tests.calibration.builders import NOON, add_label, make_plan

pytestmark = pytest.mark.django_db


def test_judged_answers_stay_in_the_persons_figures_and_leave_the_items():
    queue = make_plan(make_queue(base_answers=2, overlap_size=2)).queue
    one, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    for item in make_items(queue, 3):
        add_audit(add_label(item, one, "spam", at=NOON, origin=SlotOrigin.ENTRY), "no_violation")
        add_label(item, other, "scam", at=NOON, origin=SlotOrigin.ENTRY)
    refresh_queue(queue.pk)
    requeue = requeue_answers(
        queue, one, since=NOON - timedelta(days=1), until=clock.now(), reason="Drifted", actor=make_user()
    )

    carry_out_requeue(requeue.pk, now=clock.now())
    refresh_queue(queue.pk)

    requeue.refresh_from_db()
    assert requeue.asked == 3
    assert counted_audits().count() == 3
    assert Slot.objects.filter(queue=queue, state="done").count() == 3
    assert list(check_snapshots(queue.pk)) == []
