"""What waits for a labeler, and where they read it."""

import pytest
from django.urls import reverse

from labeling.queries import work
from labeling.queries.work import open_work
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


def reserve(queue, labeler, number: int) -> None:
    place_items(make_items(queue, number, answers_needed=0), [labeler], now=clock.now())


def test_what_is_reserved_counts_like_all_else_below_the_limit(queue, labeler):
    make_items(queue, 3)
    reserve(queue, labeler, 2)

    [row] = open_work(labeler)

    assert (row.waiting, row.is_more) == (5, False)


def test_past_the_limit_the_number_does_not_tell_how_much_is_reserved(queue, labeler, monkeypatch):
    monkeypatch.setattr(work, "MOST_COUNTED", 3)
    colleague = make_labeler(queues=[queue])
    make_items(queue, 4)
    reserve(queue, labeler, 2)

    [own], [other] = open_work(labeler), open_work(colleague)

    assert (own.waiting, own.is_more) == (other.waiting, other.is_more) == (3, True)


def test_the_work_page_and_the_first_page_say_the_same(queue, labeler):
    make_items(queue, 3)
    client = client_for(labeler)

    pages = [client.get(reverse(name)).content.decode() for name in ("labeling:work", "calibration:home")]

    tables = [page[page.index("<table") : page.index("</table>")] for page in pages]
    assert tables[0] == tables[1]
    assert '<td class="num">3</td>' in tables[0]


def test_a_labeler_finds_the_work_page_in_the_rail(labeler):
    page = client_for(labeler).get(reverse("calibration:my_quality")).content.decode()

    assert f'href="{reverse("labeling:work")}"' in page


def test_somebody_without_a_queue_reads_how_to_get_one():
    page = client_for(make_labeler()).get(reverse("labeling:work")).content.decode()

    assert "You are certified for no queue" in page
