"""A flag's page offers to ask the person's answers again, and says when that was done."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.queries.flag_requeues import changed_since, flags_behind, judged_since, requeues_of
from labeling.enums import SlotOrigin
from labeling.models import Requeue
from labeling.services.requeue import carry_out_requeue, requeue_answers
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, give_role, make_items, make_user
from tests.calibration.builders import add_label
from tests.calibration.loop.builders import Floor, make_floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    """A flag, and four ordinary answers in the period that it judged."""
    floor = make_floor()
    for item in make_items(floor.queue, 4):
        add_label(item, floor.lena, "scam", at=judged_since(floor.flag) + timedelta(hours=1), origin=SlotOrigin.ENTRY)
    return floor


def requeue(floor: Floor, *, since=None, until=None) -> Requeue:
    since, until = since or judged_since(floor.flag), until or clock.database_now()
    return requeue_answers(floor.queue, floor.lena, since=since, until=until, reason="Missed scam", actor=floor.quinn)


def see(floor: Floor, who):
    return client_for(who).get(reverse("calibration:flag", args=[floor.flag.public_id]))


def words_of(response) -> str:
    return " ".join(strip_tags(response.content.decode()).split())


def test_the_link_names_queue_person_and_the_period_that_the_flag_judged(floor):
    again = see(floor, floor.quinn).context["again"]

    address = urlsplit(again.ask_url)
    asked = parse_qs(address.query, keep_blank_values=True)
    assert address.path == reverse("labeling:ask_again", args=[floor.queue.public_id])
    assert asked == {
        "labeler": [str(floor.lena.public_id)],
        "since": [f"{judged_since(floor.flag):%Y-%m-%dT%H:%M}"],
        "until": [""],
    }
    count = words_of(client_for(floor.quinn).get(again.ask_url))
    assert "4 answers of lena would be asked of others" in count


def test_the_likely_change_is_offered_as_a_later_start(floor):
    again = see(floor, floor.quinn).context["again"]

    assert judged_since(floor.flag) < changed_since(floor.flag) < floor.flag.opened_at
    assert f"{changed_since(floor.flag):%Y-%m-%dT%H}" in again.changed_url


def test_nobody_but_whoever_runs_queues_is_offered_it(floor):
    give_role(vendor_manager := make_user(), Role.VENDOR_MANAGER, vendor=floor.lena.vendor)
    give_role(quality_of_vendor := make_user(), Role.QA_MANAGER, vendor=floor.lena.vendor)
    give_role(floor.lena.user, Role.QA_MANAGER)

    offered = [
        see(floor, who).context["again"].ask_url for who in (floor.lena, floor.theo, vendor_manager, quality_of_vendor)
    ]

    assert set(offered) == {""}


def test_the_page_says_who_asked_again_when_and_how_many(floor):
    carry_out_requeue(requeue(floor).pk, now=clock.now())

    theirs, own = words_of(see(floor, floor.theo)), words_of(see(floor, floor.lena))

    assert "Finished Others are asked what lena answered from" in theirs
    assert "quinn, " in theirs
    assert "4 answers were asked again. 0 of 4 new answers are in." in theirs
    assert "Missed scam" in theirs
    assert "Others are asked what you answered from" in own
    assert "Your answers stay on record and in your own figures." in own


def test_what_touches_no_judged_answer_belongs_to_another_story(floor):
    before = judged_since(floor.flag) - timedelta(days=3)
    [item] = make_items(floor.queue, 1)
    add_label(item, floor.lena, "scam", at=before, origin=SlotOrigin.ENTRY)

    requeue(floor, since=before - timedelta(hours=1), until=before + timedelta(hours=1))

    assert requeues_of(floor.flag) == []
    assert "Answers asked again" not in words_of(see(floor, floor.theo))


def test_the_queue_page_leads_back_to_the_flag_for_whoever_sees_it(floor):
    requeue(floor)
    flag_address = reverse("calibration:flag", args=[floor.flag.public_id])
    page = reverse("labeling:queue", args=[floor.queue.public_id])

    seen, unseen = (client_for(who).get(page).content.decode() for who in (floor.quinn, floor.tara))

    assert flag_address in seen
    assert "Missed scam" in unseen
    assert flag_address not in unseen  # a trainer sees a flag once it is worked on


def test_a_flag_that_opened_after_it_is_not_behind_it(floor):
    asked = requeue(floor)
    access = see(floor, floor.quinn).wsgi_request.access
    assert flags_behind([asked], access).keys() == {asked.pk}

    asked.requested_at = floor.flag.opened_at - timedelta(hours=1)

    assert flags_behind([asked], access) == {}


def test_a_finding_without_a_change_or_a_population_has_its_day_alone(floor):
    floor.flag.finding = {"change_point": 0, "answered_at": ["2026-11-01T00:00:00+00:00"]}

    assert changed_since(floor.flag) is None
    assert judged_since(floor.flag) == floor.flag.opened_at


def test_the_trail_holds_what_was_asked(floor):
    asked = requeue(floor)

    entry = TrailEntry.objects.get(action="answers_asked_again")
    assert entry.detail == {
        "queue": "Spam",
        "labeler": str(floor.lena.public_id),
        "since": asked.since.isoformat(),
        "until": asked.until.isoformat(),
        "answers": 4,
        "reason": "Missed scam",
    }
