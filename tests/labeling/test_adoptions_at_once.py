"""A move that is carried out by several at the same moment, and while people claim."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from labeling.models import Item, Label
from labeling.services.adoptions import apply_adoption
from labeling.services.assignments import Nothing, claim_assignment
from labeling.services.labels import submit_label
from labeling.signals import policy_adopted
from qaplatform import clock
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler
from tests.builders import answer, make_items, make_labeler, make_queue
from tests.labeling.test_adoptions import announce, answer_next, publish

pytestmark = pytest.mark.django_db(transaction=True)


def together(*jobs):
    """Run jobs on connections of their own; what they give."""

    def run(job):
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]


@pytest.fixture
def heard():
    moves = []
    policy_adopted.connect(lambda adoption_id, **_: moves.append(adoption_id), weak=False, dispatch_uid="test")
    yield moves
    policy_adopted.disconnect(dispatch_uid="test")


def test_four_at_once_move_a_queue_once(heard):
    queue = make_queue(base_answers=2, overlap_size=2)
    labeler = make_labeler(queues=[queue])
    make_items(queue, 40)
    for _ in range(20):
        answer_next(queue, labeler)
    adoption = announce(queue, publish(queue), unfinished="restart")

    together(*[lambda: apply_adoption(adoption.pk, now=clock.now())] * 4)
    apply_adoption(adoption.pk, now=clock.now())

    adoption.refresh_from_db()
    assert heard == [adoption.pk]
    assert adoption.counts == {"restarted_items": 20, "cancelled_slots": 20}
    assert Item.objects.count() == 60


@pytest.mark.parametrize("unfinished", ["finish", "restart"])
def test_only_a_claim_under_way_at_the_very_move_can_leave_an_item_with_two_versions(unfinished):
    queue = make_queue(base_answers=3, overlap_size=3)
    people = [make_labeler(queues=[queue]) for _ in range(3)]
    Labeler.objects.filter(pk__in=[labeler.pk for labeler in people]).update(kind=LabelerKind.MODEL)
    make_items(queue, 30)
    adoption = announce(queue, publish(queue), unfinished=unfinished)

    def work(labeler):
        for _ in range(25):
            assignment = claim_assignment(queue, labeler)
            if isinstance(assignment, Nothing):
                return
            submit_label(assignment.id, labeler, token=assignment.token, answers=answer())

    together(lambda: apply_adoption(adoption.pk, now=clock.now()), *[lambda who=who: work(who) for who in people])

    queue.refresh_from_db()
    given = {}
    for item_id, version_id in Label.objects.values_list("item", "policy_version"):
        given.setdefault(item_id, set()).add(version_id)
    assert queue.policy_version.number == 2
    mixed = [item_id for item_id, versions in given.items() if len(versions) > 1]
    assert len(mixed) <= len(people)
