"""What a queue's first page says of its gold."""

import pytest

from calibration.queries.plan_figures import gold_words
from labeling.models import Queue
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_queue, make_team, make_user
from tests.calibration.builders import make_gold, make_plan

pytestmark = pytest.mark.django_db

MATCHED = (
    "Gold is matched: each gold item gives about 1.0 answers; it lasts about 4 working days, and spotting it by "
    "counting what comes by is hard."
)


def make_measured(*, gold=60, people=3, **plan) -> Queue:
    queue, team = make_queue(), make_team()
    make_plan(queue, **({"gold_rate": 0.05} | plan))
    for _ in range(people):
        make_labeler(team=team, queues=[queue])
    for _ in range(gold):
        make_gold(queue)
    return queue


def test_the_first_page_says_how_gold_is_shown_and_how_easily_it_is_spotted():
    queue = make_measured(mode="pooled")

    page = client_for(make_user(roles=[Role.QA_MANAGER])).get(f"/queues/{queue.public_id}/").content.decode()

    assert (
        "Gold is pooled: each gold item gives about 3.0 answers; it lasts about 12 working days, and spotting it by "
        "counting what comes by is easy."
    ) in page


@pytest.mark.parametrize(
    ("queue", "words"),
    [
        ({"gold_rate": 0}, ""),
        ({"people": 0}, "Gold is matched, and nobody is served any yet."),
        ({}, MATCHED),
    ],
)
def test_what_is_said_fits_the_plan(queue, words):
    assert gold_words(make_measured(**queue), clock.now()) == words


def test_a_queue_that_is_not_measured_says_nothing_of_gold():
    assert gold_words(make_queue(), clock.now()) == ""
