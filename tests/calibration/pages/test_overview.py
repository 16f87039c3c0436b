"""The QA manager's overview."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.enums import FlagCause
from calibration.models import GoldScore
from calibration.queries.queue_figures import Freshness
from calibration.services.flagging import open_flag
from calibration.views.overview import counted_words
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for
from tests.calibration.builders import NOON
from tests.calibration.pages.worlds import make_staff, make_world

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def test_an_open_flag_stands_first_and_leads_to_its_page():
    world = make_world()
    labeler = world.people[0]
    flag = open_flag(
        labeler,
        world.queue,
        cause=FlagCause.CUSUM,
        finding={"words": "Six of 24 were wrong.", "wrong_count": 6, "n": 24},
        scores=list(GoldScore.objects.filter(labeler=labeler)),
        now=clock.now(),
    )

    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview"))

    first = answer.context["lines"][0]
    assert first.url == reverse("calibration:flag", args=[flag.public_id])
    assert "6 of 24 gold answers wrong" in answer.content.decode()


def test_figures_come_with_their_freshness_to_a_page_that_asks_again():
    make_world()

    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview_figures"), headers=HTMX)

    page = answer.content.decode()
    assert "counted " in page
    assert 'hx-trigger="every 5s"' in page
    assert "<html" not in page


def test_figures_asked_for_by_hand_lead_to_the_overview():
    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview_figures"))

    assert (answer.status_code, answer["Location"]) == (302, reverse("calibration:overview"))


@pytest.mark.parametrize("name", ["overview", "overview_figures", "overview_export"])
@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.QA_MANAGER, Role.LABELER}])
def test_nobody_else_finds_the_overview(role, name):
    world = make_world()

    assert client_for(make_staff(role, world)).get(reverse(f"calibration:{name}")).status_code == 404


@pytest.mark.parametrize(
    ("age", "is_stale", "words"),
    [
        (4, False, "counted 4 s ago"),
        (4, True, "counted 4 s ago, new answers follow"),
        (600, False, "counted 10 min ago"),
        (7200, False, "counted 2 h ago"),
        (259_200, False, "counted 3 days ago"),
    ],
)
def test_freshness_is_said_in_words(age, is_stale, words):
    fresh = Freshness(counted_at=NOON - timedelta(seconds=age), is_stale=is_stale)

    assert counted_words(fresh, now=NOON) == words


def test_a_queue_that_was_never_counted_says_so():
    fresh = [Freshness(counted_at=None, is_stale=is_stale) for is_stale in (True, False)]

    assert [counted_words(each, now=NOON) for each in fresh] == ["being counted", "not counted yet"]


def test_the_export_holds_a_line_a_queue():
    make_world()

    answer = client_for(make_staff(Role.QA_MANAGER)).get(reverse("calibration:overview_export"))

    assert len(answer.content.decode().splitlines()) == 2


def test_the_figures_ask_as_much_for_three_queues_as_for_one(count_queries):
    client = client_for(make_staff(Role.QA_MANAGER))
    address = reverse("calibration:overview_figures")
    make_world(people=1, name="One")
    one = count_queries(lambda: client.get(address, headers=HTMX))
    make_world(people=1, name="Two")
    make_world(people=1, name="Three")

    three = count_queries(lambda: client.get(address, headers=HTMX))

    assert one == three
