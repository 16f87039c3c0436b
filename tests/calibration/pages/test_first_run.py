"""The first page of an empty installation, and the steps that tick themselves."""

import pytest
from django.urls import reverse

from qaplatform.people.enums import Role
from qaplatform.people.models import Membership
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, make_policy, make_queue, make_user

pytestmark = pytest.mark.django_db

HOME = "calibration:home"
BEGIN = "calibration:begin"


@pytest.fixture
def ada():
    return make_user("ada", roles=[Role.ADMINISTRATOR])


def page(user) -> str:
    return client_for(user).get(reverse(HOME)).content.decode()


def test_empty_installation_greets_with_three_ways_in_and_nothing_else_first(ada):
    shown = page(ada)

    ways = ["Import decisions that I already have", "Set up a queue to label", "Look around in the demo"]
    assert [shown.index(way) for way in ways] == sorted(shown.index(way) for way in ways)
    assert "make run QA_PORT=8001" in shown
    assert "the button makes you QA manager beside administrator" in shown


def test_one_click_makes_the_first_administrator_qa_manager_and_is_recorded(ada):
    answer = client_for(ada).post(reverse(BEGIN), {"way": "import"})

    assert answer.url == reverse("labeling:new_decisions")
    assert Membership.objects.filter(user=ada, role=Role.QA_MANAGER, scope="platform").count() == 1
    assert TrailEntry.objects.get(action="role_taken").actor == ada


def test_clicking_twice_changes_nothing(ada):
    client = client_for(ada)
    client.post(reverse(BEGIN), {"way": "import"})

    client.post(reverse(BEGIN), {"way": "queue"})

    assert Membership.objects.filter(user=ada, role=Role.QA_MANAGER).count() == 1
    assert TrailEntry.objects.filter(action="role_taken").count() == 1


def test_administrator_cannot_take_the_role_where_somebody_holds_it(ada):
    make_user("quinn", roles=[Role.QA_MANAGER])
    client = client_for(ada)

    answer = client.post(reverse(BEGIN), {"way": "import"}, follow=True)

    assert "quinn is QA manager here already" in answer.content.decode()
    assert not Membership.objects.filter(user=ada, role=Role.QA_MANAGER).exists()


def test_where_somebody_else_is_qa_manager_the_page_says_who_does_it(ada):
    make_user("quinn", roles=[Role.QA_MANAGER])

    shown = page(ada)

    assert "Ask quinn, who is QA manager here." in shown
    assert reverse("labeling:new_decisions") not in shown


def test_a_way_that_does_not_exist_is_not_found(ada):
    assert client_for(ada).post(reverse(BEGIN), {"way": "elsewhere"}).status_code == 404


def test_the_way_that_was_begun_comes_first_and_names_the_next_step(ada):
    client_for(ada).post(reverse(BEGIN), {"way": "queue"})
    make_policy("Spam")

    shown = page(ada)

    assert "2 of 7 steps to a first result are done" in shown
    assert shown.index("With a queue that is labeled here") < shown.index("With decisions that you have")
    assert f'href="{reverse("labeling:queues")}">Next: Set up a queue' in shown


def test_a_step_ticks_itself(ada):
    client_for(ada).post(reverse(BEGIN), {"way": "queue"})
    make_queue("Spam posts")

    assert "Next: Bring in items" in page(ada)
