"""The emergency pause: one person, a reason, a day at most, paid, leases given back; then a second person."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from calibration.models import EmergencyPause, FlagEvent
from calibration.queries.pauses import paused_time, running_pause
from calibration.services.pauses import end_pause, prolong_pause, start_pause
from labeling.engine.eligibility import Barrier
from labeling.enums import SlotState
from labeling.models import Slot
from labeling.services.assignments import claim_assignment
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, give_role, make_items, make_team, make_user
from tests.calibration.loop.builders import Floor, make_floor

pytestmark = pytest.mark.django_db


@pytest.fixture
def floor() -> Floor:
    return make_floor()


def pause(floor: Floor, **fields: object) -> EmergencyPause:
    defaults: dict[str, object] = {"hours": 24, "reason": "Content was copied out", "actor": floor.quinn}
    return start_pause(floor.lena, flag=floor.flag, **(defaults | fields))


def page_of(client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"calibration:{name}", args=args))
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).split())


def test_nothing_is_handed_out_and_what_was_held_goes_back(floor):
    make_items(floor.queue, 2)
    claim_assignment(floor.queue, floor.lena)

    pause(floor)

    assert claim_assignment(floor.queue, floor.lena).reason == Barrier.LABELER_PAUSED
    assert not Slot.objects.filter(labeler=floor.lena, state=SlotState.LEASED).exists()


def test_it_ends_by_itself(floor):
    make_items(floor.queue)
    started = pause(floor, hours=2)

    floor.lena.refresh_from_db()

    assert floor.lena.paused_until == started.ends_at == started.started_at + timedelta(hours=2)
    assert running_pause(floor.lena, now=started.ends_at) is None


@pytest.mark.parametrize("hours", [0, 25])
def test_more_than_a_day_is_not_one_persons_to_decide(floor, hours):
    with pytest.raises(InvalidInput, match="second person"):
        pause(floor, hours=hours)

    floor.lena.refresh_from_db()
    assert floor.lena.paused_until is None


def test_a_reason_is_asked_for_and_nobody_pauses_twice_or_themselves(floor):
    with pytest.raises(InvalidInput, match="Write the reason"):
        pause(floor, reason=" ")
    with pytest.raises(Refused, match="yourself"):
        pause(floor, actor=floor.lena.user)
    pause(floor)
    with pytest.raises(Refused, match="paused already"):
        pause(floor, actor=floor.quentin)


def test_only_a_second_person_prolongs_and_only_until_the_reply_is_due(floor):
    started = pause(floor)

    with pytest.raises(Refused, match="second QA manager prolongs"):
        prolong_pause(started, actor=floor.quinn, reason="Still open")
    prolonged = prolong_pause(started, actor=floor.quentin, reason="Still open")

    floor.lena.refresh_from_db()
    assert floor.lena.paused_until == prolonged.prolonged_until == floor.flag.reply_due_at
    with pytest.raises(Refused, match="prolonged already"):
        prolong_pause(started, actor=floor.quentin, reason="Once more")


def test_a_pause_after_the_time_to_reply_is_not_prolonged():
    floor = make_floor(days_ago=20)
    started = pause(floor)

    with pytest.raises(Refused, match="Decide on the flag"):
        prolong_pause(started, actor=floor.quentin, reason="Still open")


@pytest.mark.parametrize("who", ["quinn", "quentin"])
def test_it_is_ended_earlier_and_work_goes_on(floor, who):
    make_items(floor.queue)
    started = pause(floor)

    end_pause(started, actor=getattr(floor, who), reason="It was somebody else")

    floor.lena.refresh_from_db()
    assert floor.lena.paused_until is None
    assert not isinstance(claim_assignment(floor.queue, floor.lena), Barrier)
    with pytest.raises(Refused, match="ended by now"):
        end_pause(started, actor=floor.quentin, reason="Again")


def test_one_person_does_not_string_pauses_together(floor):
    end_pause(pause(floor), actor=floor.quinn, reason="Over")

    with pytest.raises(Refused, match="another QA manager does it"):
        pause(floor)
    assert pause(floor, actor=floor.quentin).pk


def test_it_stands_on_the_flag_and_in_the_trail(floor):
    started = pause(floor)
    prolong_pause(started, actor=floor.quentin, reason="Still open")

    actions = ["pause_started", "pause_prolonged"]
    assert list(FlagEvent.objects.filter(action__in=actions).order_by("pk").values_list("action", flat=True)) == actions
    assert (
        list(TrailEntry.objects.filter(action__in=actions).order_by("pk").values_list("action", flat=True)) == actions
    )


def test_the_time_is_known_so_that_it_can_leave_a_denominator(floor):
    started = pause(floor, hours=6)
    begin = started.started_at

    assert paused_time(floor.lena, since=begin - timedelta(hours=1), until=begin + timedelta(hours=2)) == timedelta(
        hours=2
    )
    assert paused_time(floor.lena, since=begin, until=begin + timedelta(days=9)) == timedelta(hours=6)


def test_the_person_reads_on_the_first_page_that_they_are_paused_why_and_that_it_is_paid(floor):
    pause(floor)

    read = page_of(client_for(floor.lena), "home")

    assert "Your work is paused, and the time is paid" in read
    assert "Content was copied out" in read
    assert "It ends by itself" in read


def test_quinn_starts_it_on_a_page_and_quentin_prolongs_it(floor):
    quinn, quentin = client_for(floor.quinn), client_for(floor.quentin)
    address = reverse("calibration:pause", args=[floor.lena.public_id])

    refused = quinn.post(address, {"hours": "48", "reason": "Copied out"})
    quinn.post(address, {"hours": "24", "reason": "Content was copied out"})
    started = EmergencyPause.objects.get()
    own = page_of(quinn, "pause", floor.lena.public_id)
    quentin.post(reverse("calibration:prolong_pause", args=[started.public_id]), {"second-reason": "Still open"})

    assert refused.status_code == 422
    assert "Choose 24 hours at most" in refused.content.decode()
    assert "only another QA manager can prolong it" in own
    assert started.flag == floor.flag
    started.refresh_from_db()
    assert started.second_by == floor.quentin
    assert "prolonged it until" in page_of(quentin, "pause", floor.lena.public_id)


def test_nobody_but_qa_managers_pauses(floor):
    other = make_user()
    give_role(other, Role.TEAM_LEAD, team=make_team())
    for who in (floor.theo, floor.tara, floor.lena, other):
        assert client_for(who).get(reverse("calibration:pause", args=[floor.lena.public_id])).status_code == 404


def test_a_page_after_the_time_to_reply_says_why_it_cannot_be_prolonged():
    floor = make_floor(days_ago=20)
    pause(floor)

    read = page_of(client_for(floor.quentin), "pause", floor.lena.public_id)

    assert "Prolong until" not in read
    assert "It cannot be prolonged" in read
