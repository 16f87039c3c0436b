"""The first page of each role, filled and empty."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from calibration.enums import FlagDecision
from calibration.models import GoldAnswer, SkillSuspension, StandingRecord
from calibration.services.decisions import decide_flag
from calibration.services.gold import propose_gold
from calibration.services.suspensions import confirm_suspension
from labeling.enums import SkipReason
from labeling.models import Escalation
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, give_role, make_items, make_labeler, make_user
from tests.calibration.loop.builders import assign, make_floor, make_set
from tests.calibration.pages.worlds import make_staff, make_world

pytestmark = pytest.mark.django_db

STAFF = [role for role in Role if role != Role.LABELER]
EMPTY_WORDS = {
    Role.TEAM_LEAD: "Nobody in your team yet",
    Role.VENDOR_MANAGER: "No figures yet",
    Role.AUDITOR: "Nothing to judge yet",
    Role.QA_MANAGER: "Nothing needs a decision",
    Role.TRAINER: "Nobody is due or stuck",
    Role.POLICY_OWNER: "Nothing to compare yet",
    Role.ESCALATION: "Nothing has been escalated",
    Role.ADMINISTRATOR: "Import decisions that I already have",
}


def first_page(user):
    answer = client_for(user).get(reverse("calibration:home"))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("role", STAFF)
def test_first_page_of_an_empty_installation_says_what_to_do(role):
    page = first_page(make_staff(role))

    assert EMPTY_WORDS[role] in page
    assert page.count("<h1") == 1


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.TEAM_LEAD, ["My people today", "person0 Spam queue", "person1 Spam queue"]),
        (Role.VENDOR_MANAGER, ["My people this month", "Spam queue", "2 heads"]),
        (Role.AUDITOR, ["Decisions to judge", "Disputed items"]),
        (Role.QA_MANAGER, ["What needs a decision", "Agreement (alpha)", "Spam queue"]),
        (Role.POLICY_OWNER, ["Clauses that split people", "1.2 Scam"]),
        (Role.ADMINISTRATOR, ["Set-up and health", "Not done"]),
    ],
)
def test_first_page_shows_what_the_role_came_for(role, words):
    world = make_world()

    page = first_page(make_staff(role, world))

    assert [word for word in words if word not in page] == []


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER])
def test_first_page_never_names_people_of_another_vendor(role):
    world = make_world()

    page = first_page(make_staff(role, world))

    assert str(world.rival) not in page
    assert world.rival.vendor.name not in page


def test_labeler_finds_the_start_button_and_what_waits():
    world = make_world()
    make_items(world.queue, 3)

    page = first_page(world.people[0])

    assert reverse("labeling:start") in page
    assert reverse("labeling:workspace", args=[world.queue.public_id]) in page
    assert "Certified for" in page


def test_labeler_without_a_queue_reads_how_to_get_one():
    page = first_page(make_labeler())

    assert "You are certified for no queue" in page
    assert reverse("labeling:start") not in page


@pytest.mark.parametrize("has_exam", [False, True])
def test_labeler_reads_at_the_top_how_a_suspended_certification_comes_back(has_exam):
    floor = make_floor(days_ago=9)
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Misses")
    confirm_suspension(SkillSuspension.objects.get(), actor=floor.quentin, reason="Grave")
    way_back = reverse("calibration:flag", args=[floor.flag.public_id])
    if has_exam:
        attempt = assign(make_set(floor.queue, actor=floor.tara), floor.lena, actor=floor.tara)
        way_back = reverse("calibration:attempt", args=[attempt.public_id])

    sentence = first_page(floor.lena).split("Your certification for", 1)[1].split("</li>", 1)[0]

    assert "is suspended since" in sentence
    assert "to get it back" in sentence
    assert way_back in sentence


def test_labeler_reads_a_result_of_this_week():
    world = make_world()
    labeler = world.people[0]
    StandingRecord.objects.create(
        labeler=labeler,
        queue=world.queue,
        declared_on=clock.today() - timedelta(days=2),
        window_from=clock.now() - timedelta(days=90),
        target=0.95,
        n=24,
        correct=18,
        lower=0.5,
        upper=0.9,
        standing="below",
    )

    page = first_page(labeler)

    assert "Below target" in page


def test_somebody_with_two_roles_finds_a_section_of_each():
    user = make_user(roles=[Role.TRAINER, Role.POLICY_OWNER])

    page = first_page(user)

    assert "Who is due or stuck" in page
    assert "Clauses that split people" in page
    assert page.count("<h1") == 1


def test_a_lead_who_also_labels_can_start_work():
    world = make_world()
    make_items(world.queue, 3)
    lead = world.people[0]
    give_role(lead.user, Role.TEAM_LEAD, team=world.team)

    page = first_page(lead)

    assert "My people today" in page
    assert "My work" in page
    assert reverse("labeling:start") in page


def test_somebody_without_a_role_reads_whom_to_ask():
    assert "Ask an administrator" in first_page(make_user())


def test_a_stranger_is_sent_to_sign_in():
    answer = Client().get(reverse("calibration:home"))

    assert answer.status_code == 302


def test_escalated_items_stand_with_their_note_and_without_content():
    world = make_world()
    [item] = make_items(world.queue, 1, content={"text": "a frightful text"})
    Escalation.objects.create(
        item=item, raised_by=world.people[0], reason=SkipReason.ILLEGAL, note="Please look <b>now</b>"
    )

    page = first_page(make_staff(Role.ESCALATION))

    assert "Please look &lt;b&gt;now&lt;/b&gt;" in page
    assert "a frightful text" not in page


def test_policy_owner_sees_gold_that_waits():
    world = make_world()
    [item] = make_items(world.queue)
    propose_gold(item, question="category", accepted=["spam"], reason="It sells.", author=make_user())

    page = first_page(make_staff(Role.POLICY_OWNER))

    assert GoldAnswer.objects.filter(approved_at=None).count() == 1
    assert "No gold waits" not in page


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER, Role.AUDITOR, Role.POLICY_OWNER])
def test_first_page_asks_as_much_for_three_people_as_for_one(role, count_queries):
    few = make_world(people=1, name="Few")
    many = make_world(people=3, name="Many")

    staff = [client_for(make_staff(role, world)) for world in (few, many)]

    one, three = [count_queries(lambda client=client: client.get(reverse("calibration:home"))) for client in staff]

    assert one == three
