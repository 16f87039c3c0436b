"""What waits for a labeler, and where they read it."""

import pytest
from django.urls import reverse

from labeling.errors import LeaseTaken
from labeling.queries import work
from labeling.queries.work import open_work
from labeling.services.assignments import Assignment, Nothing, claim_assignment, skip_assignment
from labeling.services.labels import submit_label
from labeling.services.placement import place_items
from qaplatform import clock
from tests.builders import answer, client_for, make_items, make_labeler, make_queue
from tests.labeling.clocks import shift_clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue("Spam queue")


@pytest.fixture
def labeler(queue):
    return make_labeler(queues=[queue])


def reserve(queue, labeler, number: int) -> None:
    place_items(make_items(queue, number, answers_needed=0), [labeler], now=clock.now())


def test_what_is_reserved_counts_like_all_else_below_the_limit(queue, labeler):
    make_items(queue, 3)
    reserve(queue, labeler, 2)

    [row] = open_work(labeler)

    assert (row.waiting, row.waiting_words) == (5, "under 10")


def test_past_the_limit_the_number_does_not_tell_how_much_is_reserved(queue, labeler, monkeypatch):
    monkeypatch.setattr(work, "MOST_COUNTED", 3)
    colleague = make_labeler(queues=[queue])
    make_items(queue, 4)
    reserve(queue, labeler, 2)

    [own], [other] = open_work(labeler), open_work(colleague)

    assert own.waiting == other.waiting == 3


def test_what_is_mixed_in_by_chance_does_not_wait_where_nothing_else_does(queue, labeler):
    items = make_items(queue, 2, answers_needed=0)
    place_items(items, [labeler], serve_chance=0.1, now=clock.now())

    assert open_work(labeler)[0].waiting == 0


def test_an_item_answered_late_does_not_wait_for_that_person(queue, labeler):
    other = make_labeler(queues=[queue])
    make_items(queue, 1)
    held = claim_assignment(queue, labeler)
    shift_clock(queue.lease_seconds + 1)
    taken = claim_assignment(queue, other)
    with pytest.raises(LeaseTaken):
        submit_label(held.id, labeler, token=held.token, answers=answer())
    skip_assignment(taken.id, taken.token, other, reason="unclear")

    assert isinstance(claim_assignment(queue, labeler), Nothing)
    assert open_work(labeler)[0].waiting == 0


def test_a_lease_that_ran_out_waits_for_others(queue, labeler):
    other = make_labeler(queues=[queue])
    make_items(queue, 1)
    claim_assignment(queue, other)
    before = open_work(labeler)[0].waiting
    shift_clock(queue.lease_seconds + 1)

    assert (before, open_work(labeler)[0].waiting) == (0, 1)
    assert isinstance(claim_assignment(queue, labeler), Assignment)


def test_the_work_page_and_the_first_page_say_the_same(queue, labeler):
    make_items(queue, 3)
    client = client_for(labeler)

    pages = [client.get(reverse(name)).content.decode() for name in ("labeling:work", "calibration:home")]

    tables = [page[page.index("<table") : page.index("</table>")] for page in pages]
    assert tables[0] == tables[1]
    assert '<td class="num">under 10</td>' in tables[0]


def test_a_labeler_finds_the_work_page_in_the_rail(labeler):
    page = client_for(labeler).get(reverse("calibration:my_quality")).content.decode()

    assert f'href="{reverse("labeling:work")}"' in page


def test_somebody_without_a_queue_reads_how_to_get_one():
    page = client_for(make_labeler()).get(reverse("labeling:work")).content.decode()

    assert "You are certified for no queue" in page
