"""For whom open work is, and where it waits for nobody."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils.html import strip_tags

from labeling.models import OptOut
from labeling.queries import waiting_work
from labeling.queries.waiting_work import WAITING, waiting_lanes
from labeling.services.assignments import Nothing, claim_assignment
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_items, make_labeler, make_queue, make_user, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def queue():
    return make_queue("Spam")


def person(queue=None, **fields):
    labeler = make_labeler(queues=[queue] if queue else [])
    for name, value in fields.items():
        setattr(labeler, name, value)
    labeler.save()
    return labeler


def seen(queue):
    return [(row.language, row.is_sensitive, row.waiting, row.able, row.suited) for row in waiting_lanes(queue)]


def test_each_lane_says_how_much_waits_and_who_can_take_it(queue) -> None:
    person(queue, language="en, de")
    person(queue, language="en")
    person(language="de")
    make_items(queue, 2, language="de")
    make_items(queue, 3, language="en")
    make_items(queue, 1, is_sensitive=True)

    assert seen(queue) == [("en", False, 3, 2, 2), ("de", False, 2, 1, 1), ("", True, 1, 2, 2)]
    assert [row.problem for row in waiting_lanes(queue)] == ["", "", ""]


def test_where_nobody_is_certified_that_is_said(queue) -> None:
    make_labeler()
    make_items(queue)

    [row] = waiting_lanes(queue)

    assert (row.suited, row.problem) == (0, "Nobody is certified for Skill of Spam. Certify people.")


def test_work_of_a_vendor_that_has_nobody_comes_first_and_says_what_to_do() -> None:
    idle, busy = make_vendor("Idle"), make_vendor("Busy")
    shares = {str(idle.public_id): 0.2, str(busy.public_id): 0.8}
    queue = make_queue("Spam", vendor_shares=shares, draw_seed=7)
    make_labeler(vendor=busy, queues=[queue])
    make_items(queue, 40)

    first, second = waiting_lanes(queue)

    assert (first.vendor, second.vendor) == ("Idle", "Busy")
    assert (first.waiting + second.waiting, first.is_stuck, second.problem) == (40, True, "")
    assert first.problem == (
        "Nobody of Idle is certified for Skill of Spam. Certify people of Idle, or give them no share in the settings "
        "and let that reach the items that are in."
    )


def test_a_language_that_nobody_works_in_is_named(queue) -> None:
    labeler = person(queue, language="en")
    make_items(queue, language="fi")

    [row] = waiting_lanes(queue)

    assert row.problem.startswith("Nobody who is certified works in fi.")
    assert isinstance(claim_assignment(queue, labeler), Nothing)


@pytest.mark.parametrize("why", ["paused", "opted_out", "declines_sensitive"])
def test_who_is_away_is_counted_and_never_told_apart(queue, why) -> None:
    paused_until = clock.now() + timedelta(hours=1) if why == "paused" else None
    labeler = person(queue, paused_until=paused_until)
    make_items(queue, is_sensitive=True)
    if why != "paused":
        OptOut.objects.create(labeler=labeler, queue=queue if why == "opted_out" else None)

    [row] = waiting_lanes(queue)

    assert (row.able, row.suited) == (0, 1)
    assert row.problem.startswith("Everybody who fits is paused, at a cap, yet to read a change of the policy, or")


def test_more_answers_than_people_would_wait_for_ever() -> None:
    queue = make_queue("Spam", base_answers=2, overlap_size=2)
    make_labeler(queues=[queue])
    make_items(queue)

    [row] = waiting_lanes(queue)

    assert (row.is_stuck, row.waiting) == (False, 2)
    assert row.problem.startswith("Items ask for up to 2 answers of different people, and only 1 can answer these:")


def test_whoever_left_or_lost_the_skill_is_not_counted(queue) -> None:
    person(queue, is_active=False)
    suspended = make_labeler(queues=[queue])
    suspended.skill_grants.update(suspended_at=clock.now())
    make_items(queue)

    assert seen(queue) == [("", False, 1, 0, 0)]


def test_counting_stops(queue, monkeypatch) -> None:
    monkeypatch.setattr(waiting_work, "MOST_COUNTED", 2)
    make_items(queue, 5)

    [row] = waiting_lanes(queue)

    assert (row.counted, row.is_many) == (2, True)


def test_the_count_walks_the_index_of_open_work(queue) -> None:
    make_items(queue, 300)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE labeling_slot; SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {WAITING}", {"queue": queue.pk, "most": 10})
        [plan] = cursor.fetchone()

    assert "slot_open_work" in (plan if isinstance(plan, str) else json.dumps(plan))


def test_managers_see_it_on_the_queue_page_and_trainers_do_not(queue) -> None:
    make_items(queue, 3, language="fi")
    page = reverse("labeling:queue", args=[queue.public_id])
    quinn, tina = (client_for(make_user(roles=[role])) for role in (Role.QA_MANAGER, Role.TRAINER))

    told, hidden = (" ".join(strip_tags(client.get(page).content.decode()).split()) for client in (quinn, tina))

    assert "Who can do what waits" in told
    assert "Any vendor, fi: Nobody is certified for Skill of Spam. Certify people." in told
    assert "Who can do what waits" not in hidden
