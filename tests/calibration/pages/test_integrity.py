"""What a QA manager sees of suspicions about people."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.models import Suspicion
from calibration.services.integrity import find_suspicions
from qaplatform.people.enums import Role
from tests.builders import client_for, make_user
from tests.calibration.builders import NOON, make_plan
from tests.calibration.integrity_worlds import make_integrity_world, make_people

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    queue = make_plan().queue
    make_integrity_world(queue, make_people(queue))
    Suspicion.objects.bulk_create(find_suspicions(queue, now=NOON + timedelta(days=1)))
    return queue


def open_page(kind, role=Role.QA_MANAGER):
    address = reverse("calibration:suspicion", args=[Suspicion.objects.get(kind=kind).public_id])
    return client_for(make_user(roles=[role])).get(address)


def test_shared_wrong_answers_stand_side_by_side_with_what_they_were_held_against(queue):
    suspicion = Suspicion.objects.get(kind="copying")

    page = open_page("copying")

    pairs = page.context["pairs"]
    assert len(pairs) == suspicion.facts["same_wrong"]
    assert all(pair.is_same and pair.expected and pair.first.given != pair.expected for pair in pairs)
    assert all(pair.first.seconds == 40 and pair.other.seconds == 40 for pair in pairs)
    assert [pair.first.person for pair in pairs] == ["person0"] * len(pairs)


def test_times_stand_beside_those_of_everybody_else(queue):
    page = open_page("speeding")

    html = page.content.decode()
    assert "Within how many seconds a part of the answers was given" in html
    assert "2.0 s" in html
    assert "40.0 s" in html


def test_a_long_run_shows_its_answers(queue):
    page = open_page("long_runs")

    assert {line.given for line in page.context["lines"]} == {"Spam"}
    assert len(page.context["lines"]) == Suspicion.objects.get(kind="long_runs").facts["length"]


@pytest.mark.parametrize("kind", ["copying", "speeding", "long_runs"])
@pytest.mark.parametrize("role", [Role.POLICY_OWNER, Role.TRAINER, Role.TEAM_LEAD, Role.VENDOR_MANAGER, Role.LABELER])
def test_nobody_but_qa_managers_finds_the_page(queue, kind, role):
    assert open_page(kind, role).status_code == 404
