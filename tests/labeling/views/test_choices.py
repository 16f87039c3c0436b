"""What a labeler would rather not be handed."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from labeling.enums import QueueKind
from labeling.models import OptOut
from labeling.services.assignments import Assignment, Nothing, claim_assignment
from labeling.services.placement import place_items
from qaplatform import clock
from tests.builders import client_for, make_items, make_labeler, make_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue("Spam queue")


@pytest.fixture
def labeler(queue):
    return make_labeler(queues=[queue])


def choose(labeler, name, *args, wanted):
    page = client_for(labeler).post(reverse(f"labeling:{name}", args=args), {"wanted": wanted}, follow=True)
    return " ".join(strip_tags(page.content.decode()).split())


def test_a_queue_that_is_left_out_hands_out_nothing_until_it_is_wanted_again(queue, labeler):
    make_items(queue, 2)

    left_out = choose(labeler, "choose_queue", queue.public_id, wanted="no")
    refused = claim_assignment(queue, labeler)
    wanted = choose(labeler, "choose_queue", queue.public_id, wanted="yes")

    assert "You get nothing of Spam queue from now on." in left_out
    assert "Give me this queue again" in left_out
    assert "Nothing waits for you at the moment." in left_out
    assert (type(refused), refused.reason) == (Nothing, "opted_out")
    assert "You get Spam queue again." in wanted
    assert isinstance(claim_assignment(queue, labeler), Assignment)


def test_sensitive_items_are_left_out_in_every_queue(queue, labeler):
    [_] = make_items(queue, is_sensitive=True)
    [plain] = make_items(queue)

    told = choose(labeler, "choose_sensitive", wanted="no")
    choose(labeler, "choose_sensitive", wanted="no")

    assert "You get no sensitive items from now on." in told
    assert "Give me sensitive items again" in told
    assert OptOut.objects.filter(labeler=labeler, queue=None).count() == 1
    assert str(claim_assignment(queue, labeler).content) == str(plain.content)
    assert "You get sensitive items again." in choose(labeler, "choose_sensitive", wanted="yes")
    assert not OptOut.objects.exists()


def test_what_is_assigned_by_name_cannot_be_left_out():
    training, labeler = make_queue(kind=QueueKind.TRAINING), make_labeler()
    place_items(make_items(training, answers_needed=0), [labeler], now=clock.now())

    assert "Talk to whoever assigned it." in choose(labeler, "choose_queue", training.public_id, wanted="no")
    assert not OptOut.objects.exists()
    assert "Leave this queue out" not in client_for(labeler).get(reverse("labeling:work")).content.decode()


def test_a_choice_is_ones_own(queue, labeler):
    colleague = make_labeler(queues=[queue])
    make_items(queue, 2)

    choose(labeler, "choose_queue", queue.public_id, wanted="no")

    assert isinstance(claim_assignment(queue, colleague), Assignment)
