"""Who may open which flag, and what showing it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calibration.enums import FlagDecision
from calibration.models import BurntGold, Flag
from calibration.services.decisions import decide_flag
from calibration.services.disputes import file_dispute
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, give_role, make_labeler, make_queue, make_team, make_user
from tests.calibration.loop.builders import Floor, make_floor, raise_flag, wrong_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor()


def status_of_page(floor: Floor, who: object) -> int:
    return client_for(who).get(reverse("calibration:flag", args=[floor.flag.public_id])).status_code


def lead_of(team: object) -> object:
    give_role(user := make_user(), Role.TEAM_LEAD, team=team)
    return user


def test_the_person_the_lead_and_the_managers_open_a_flag(floor):
    assert {status_of_page(floor, who) for who in (floor.lena, floor.theo, floor.quinn)} == {200}


def test_a_trainer_opens_it_once_it_is_worked_on(floor):
    before = status_of_page(floor, floor.tara)
    decide_flag(floor.flag, FlagDecision.RETRAIN, actor=floor.quinn, reason="Misses")

    assert (before, status_of_page(floor, floor.tara)) == (404, 200)


def test_for_everybody_else_it_does_not_exist(floor):
    others = [
        make_labeler(team=floor.team),
        make_labeler(),
        lead_of(make_team(floor.team.vendor)),
        make_user(roles=[Role.VENDOR_MANAGER], vendor=make_team().vendor),
        make_user(roles=[Role.ADMINISTRATOR]),
        make_user(roles=[Role.POLICY_OWNER]),
    ]

    assert {status_of_page(floor, who) for who in others} == {404}


def test_a_vendor_manager_sees_the_figure_and_no_expected_answer(floor):
    manager = make_user(roles=[Role.VENDOR_MANAGER], vendor=floor.team.vendor)

    page = client_for(manager).get(reverse("calibration:flag", args=[floor.flag.public_id]))

    text = wrong_row(floor.flag).score.item.content["text"]
    assert page.status_code == 200
    assert text not in page.content.decode()
    assert text in client_for(floor.quinn).get(page.request["PATH_INFO"]).content.decode()


@pytest.mark.parametrize("name", ["decide_flag", "reply_to_flag"])
def test_a_labeler_of_another_vendor_can_post_nothing(floor, name):
    stranger = client_for(make_labeler())

    answer = stranger.post(reverse(f"calibration:{name}", args=[floor.flag.public_id]), {"text": "x"})

    assert answer.status_code == 404


def test_a_labeler_of_another_vendor_can_dispute_nothing(floor):
    answer = client_for(make_labeler()).post(
        reverse("calibration:dispute_item", args=[wrong_row(floor.flag).public_id])
    )

    assert answer.status_code == 404


def test_the_person_cannot_decide(floor):
    answer = client_for(floor.lena).post(reverse("calibration:decide_flag", args=[floor.flag.public_id]))

    assert answer.status_code == 404


def test_showing_the_items_to_the_person_burns_their_gold_for_the_vendor(floor):
    status_of_page(floor, floor.quinn)
    before = BurntGold.objects.count()

    status_of_page(floor, floor.lena)

    golds = set(floor.flag.evidence.values_list("score__gold_answer__gold", flat=True))
    burnt = BurntGold.objects.filter(vendor=floor.lena.vendor)
    assert (before, set(burnt.values_list("gold", flat=True))) == (0, golds)


def test_a_refused_decision_shows_its_sentence_and_keeps_what_was_typed(floor):
    fields = {"decision-decision": "coach", "decision-reason": ""}

    page = client_for(floor.quinn).post(reverse("calibration:decide_flag", args=[floor.flag.public_id]), fields)

    text = page.content.decode()
    assert page.status_code == 422
    assert "Write the reason of the decision: the person reads it." in text
    assert 'value="coach" required' in text or "checked" in text


def test_the_one_who_may_not_decide_a_dispute_is_told_so(floor):
    file_dispute(wrong_row(floor.flag), actor=floor.lena.user, reason="It warns")
    decide_flag(floor.flag, FlagDecision.COACH, actor=floor.quinn, reason="Misses")
    address = reverse("calibration:flag", args=[floor.flag.public_id])

    quinns, quentins = (client_for(who).get(address).content.decode() for who in (floor.quinn, floor.quentin))

    assert ("Decide this dispute" in quinns, "Decide this dispute" in quentins) == (False, True)
    assert "another QA manager decides it" in quinns


def count_queries(floor: Floor, who: object) -> int:
    client, address = client_for(who), reverse("calibration:flag", args=[floor.flag.public_id])
    with CaptureQueriesContext(connection) as captured:
        client.get(address)
    return len(captured)


def test_the_page_takes_the_same_number_of_queries_for_fewer_items(floor):
    many = count_queries(floor, floor.quinn)
    floor.flag.evidence.filter(position__gt=25).delete()

    assert count_queries(floor, floor.quinn) == many


def test_the_inbox_shows_own_teams_flags_only(floor):
    other = make_floor_elsewhere()

    page = client_for(floor.theo).get(reverse("calibration:flags")).content.decode()

    assert str(floor.flag.public_id) in page
    assert str(other.public_id) not in page


def make_floor_elsewhere() -> Flag:
    queue = make_queue()
    return raise_flag(queue, make_labeler(queues=[queue]))


@pytest.mark.parametrize("first", [FlagDecision.DISMISS, FlagDecision.COACH])
def test_deciding_from_an_older_page_says_who_decided_and_when(floor, first):
    decide_flag(floor.flag, first, actor=floor.quentin, reason="Seen")
    fields = {"decision-decision": "watch", "decision-reason": "Keep watching"}

    page = client_for(floor.quinn).post(reverse("calibration:decide_flag", args=[floor.flag.public_id]), fields)

    text = page.content.decode()
    assert f"{floor.quentin} decided this flag on {clock.now():%-d %B %Y}" in text
    assert "available choices" not in text


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_dispute_without_a_reason_shows_its_sentence_at_the_field(floor, blank):
    row = wrong_row(floor.flag)
    address = reverse("calibration:dispute_item", args=[row.public_id])

    page = client_for(floor.lena).post(address, {f"row-{row.pk}-reason": blank})

    text = page.content.decode()
    assert page.status_code == 422
    assert f'id="id_row-{row.pk}-reason-errors"' in text
    assert 'class="evidence-dispute what" open' in text
    assert " autofocus" in text
