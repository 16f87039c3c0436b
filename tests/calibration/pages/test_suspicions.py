"""The inbox of suspicions and the page of one: who reads what, in which order, and what a decision does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.enums import SuspicionState
from calibration.models import Suspicion
from calibration.queries.suspicions import visible_suspicions
from calibration.services.refresh import refresh_queue
from calibration.services.suspicions import search_queue
from qaplatform.people.enums import Role
from qaplatform.people.models import Membership
from qaplatform.people.queries.accesses import read_access
from qaplatform.trail.models import TrailEntry
from qaplatform.web.figures import percent
from tests.builders import client_for, give_role, make_items, make_labeler, make_queue, make_user, make_vendor
from tests.calibration.builders import NOON, add_label, make_gold, make_plan
from tests.calibration.suspicions import (
    answer_all,
    make_gold_world,
    make_haste_suspicion,
    make_pair_suspicion,
    make_suspicion,
)

pytestmark = pytest.mark.django_db

OUTSIDE = [Role.LABELER, Role.TEAM_LEAD, Role.VENDOR_MANAGER, Role.TRAINER, Role.AUDITOR, Role.ADMINISTRATOR]


@pytest.fixture
def queue():
    return make_plan(make_queue("Posts")).queue


@pytest.fixture
def people(queue):
    return [make_labeler(f"person{number}", queues=[queue]) for number in range(12)]


@pytest.fixture
def quinn():
    return client_for(make_user("quinn", roles=[Role.QA_MANAGER]))


@pytest.fixture
def paul():
    return client_for(make_user("paul", roles=[Role.POLICY_OWNER]))


def inbox(client, query=""):
    return client.get(reverse("calibration:suspicions") + query).content.decode()


def page_of(client, suspicion):
    return client.get(reverse("calibration:suspicion", args=[suspicion.public_id]))


def decide(client, suspicion, **data):
    return client.post(reverse("calibration:decide_suspicion", args=[suspicion.public_id]), data)


def test_inbox_goes_kind_by_kind_the_strongest_first(queue, people, quinn):
    weak = make_gold(queue, item=make_items(queue, external_id="p-weak", answers_needed=0)[0])
    strong = make_gold(queue, item=make_items(queue, external_id="p-strong", answers_needed=0)[0])
    make_pair_suspicion(queue, people[0], people[1], score=99)
    make_suspicion(weak, score=2)
    make_suspicion(strong, score=8)

    page = inbox(quinn)

    at = [page.index(word) for word in ("Gold that is probably wrong", "p-strong", "p-weak", "Two people who share")]
    assert at == sorted(at)
    assert page.count("5 of 6 answers differ; chance gives 0.4.") == 3


def test_policy_owner_reads_of_gold_only(queue, people, quinn, paul):
    pair = make_pair_suspicion(queue, people[0], people[1])
    gold = make_suspicion(make_gold(queue))

    page = inbox(paul)

    assert "Gold that is probably wrong" in page
    assert "Two people who share" not in page
    assert (page_of(paul, gold).status_code, page_of(paul, pair).status_code) == (200, 404)
    assert decide(paul, pair, state="confirmed", note="x").status_code == 404
    assert page_of(quinn, pair).status_code == 200


@pytest.mark.parametrize("role", OUTSIDE)
def test_nobody_else_reads_or_decides_any(role, queue, people):
    suspicion = make_suspicion(make_gold(queue))
    make_pair_suspicion(queue, people[0], people[1])
    outsider = make_labeler("mallory", queues=[queue]).user
    give_role(outsider, role, vendor=make_vendor())
    client = client_for(outsider)

    answers = [
        client.get(reverse("calibration:suspicions")).status_code,
        page_of(client, suspicion).status_code,
        decide(client, suspicion, state="dismissed", note="x").status_code,
    ]

    assert answers == [404, 404, 404]
    assert not visible_suspicions(read_access(outsider)).exists()


def test_a_manager_who_labels_never_meets_a_suspicion_about_themselves(queue, people):
    manager = people[0]
    Membership.objects.create(user=manager.user, role=Role.QA_MANAGER, scope="platform")
    about_them = make_pair_suspicion(queue, people[0], people[1])
    about_others = make_pair_suspicion(queue, people[2], people[3])

    client = client_for(manager.user)

    assert page_of(client, about_them).status_code == 404
    assert page_of(client, about_others).status_code == 200


def test_page_of_wrong_gold_shows_its_answers_and_leads_to_the_correction(queue, people, quinn):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)

    response = page_of(quinn, Suspicion.objects.get(gold=wrong))

    page = response.content.decode()
    assert {line.seconds for line in response.context["lines"]} == {30}
    assert "11 of 12 answers differ" in page
    assert page.count("<strong>differs</strong>") == 11
    assert reverse("calibration:gold_item", args=[wrong.public_id]) in page
    assert "Nothing is corrected by itself" in page.replace("nothing is", "Nothing is")
    assert "Expected: <strong>Spam</strong>" in page
    assert "person3" in page
    assert "all monitoring gold, base and extra" in page


def test_page_of_wrong_gold_leaves_out_names_for_a_policy_owner(queue, people, paul):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)

    page = page_of(paul, Suspicion.objects.get(gold=wrong)).content.decode()

    assert page.count("<strong>differs</strong>") == 11
    assert "person3" not in page


def test_page_of_a_pair_shows_shared_items_side_by_side_and_no_way_to_a_penalty(queue, people, quinn):
    items = make_items(queue, 2)
    labels = [
        add_label(item, person, category, at=NOON + place * timedelta(minutes=5)).pk
        for place, (item, categories) in enumerate(zip(items, [("scam", "spam"), ("scam", "scam")], strict=True))
        for person, category in zip(people[:2], categories, strict=True)
    ]
    facts = {"n": 4, "labels": labels, "expected": {str(items[1].pk): "no_violation"}}
    suspicion = make_pair_suspicion(queue, people[0], people[1], facts=facts)

    response = page_of(quinn, suspicion)

    page = response.content.decode()
    assert [pair.is_same for pair in response.context["pairs"]] == [True, False]
    assert "never a penalty" in page
    assert "No violation" in page
    assert reverse("calibration:scorecard", args=[people[0].public_id]) in page


def test_page_of_haste_lists_its_answers(queue, people, quinn):
    gold = make_gold(queue)
    answer_all(gold, people[:2], [True, False], at=NOON, seconds=3)
    labels = list(gold.item.labels.values_list("pk", flat=True))
    suspicion = make_haste_suspicion(queue, people[0], facts={"n": 2, "labels": labels})

    response = page_of(quinn, suspicion)

    assert [line.seconds for line in response.context["lines"]] == [3, 3]
    assert "opens no flag" in response.content.decode()


def test_deciding_keeps_the_note_and_moves_it_out_of_the_inbox(queue, quinn):
    gold = make_gold(queue, item=make_items(queue, external_id="p77", answers_needed=0)[0])
    suspicion = make_suspicion(gold)

    response = decide(quinn, suspicion, state="dismissed", note="The clause names it.")

    suspicion.refresh_from_db()
    assert (response.status_code, suspicion.state, suspicion.note) == (302, "dismissed", "The clause names it.")
    assert "p77" not in inbox(quinn)
    assert "p77" in inbox(quinn, "?state=dismissed")
    assert "The clause names it." in page_of(quinn, suspicion).content.decode()
    assert TrailEntry.objects.filter(action="suspicion dismissed").count() == 1


def test_deciding_without_a_note_says_what_is_missing(queue, quinn):
    suspicion = make_suspicion(make_gold(queue))

    response = decide(quinn, suspicion, state="dismissed", note="")

    suspicion.refresh_from_db()
    assert response.status_code == 422
    assert "Write what you found" in response.content.decode()
    assert suspicion.state == SuspicionState.OPEN


def test_deciding_twice_is_refused_in_words(queue, quinn, paul):
    suspicion = make_suspicion(make_gold(queue))
    decide(quinn, suspicion, state="confirmed", note="Wrong.")

    response = decide(paul, suspicion, state="dismissed", note="Right.")

    assert response.status_code == 409
    suspicion.refresh_from_db()
    assert suspicion.note == "Wrong."


def test_inbox_is_narrowed_to_a_queue(queue, quinn):
    make_suspicion(make_gold(queue))
    other = make_suspicion(make_gold(make_queue("Ads")), words="Only in ads.")

    page = inbox(quinn, f"?queue={other.queue.public_id}")

    assert "Only in ads." in page
    assert "5 of 6 answers differ" not in page


def test_empty_inbox_says_that_nothing_is_to_be_done(quinn):
    assert "Nothing is suspicious" in inbox(quinn)
    assert "Nothing decided here yet" in inbox(quinn, "?state=confirmed")


def test_overview_names_what_stands_out_and_leaves_out_what_may_be_chance(queue, people, quinn):
    make_suspicion(make_gold(queue), facts={"n": 6, "labels": [], "stands_out": True})
    make_suspicion(make_gold(queue), facts={"n": 3, "labels": [], "stands_out": False})
    make_pair_suspicion(queue, people[0], people[1], facts={"n": 9, "labels": [], "stands_out": False})

    page = quinn.get(reverse("calibration:overview")).content.decode()

    assert "Gold that is probably wrong: 1 finding beyond chance to look into." in page
    assert "Two people who share wrong answers:" not in page
    assert reverse("calibration:suspicions") in page


def test_a_table_of_times_stands_on_the_page_of_haste(queue, people, quinn):
    times = [{"part": 0.5, "own": 4.0, "others": 41.0}]
    suspicion = make_haste_suspicion(queue, people[0], facts={"n": 50, "labels": [], "times": times})

    page = page_of(quinn, suspicion).content.decode()

    assert "Within how many seconds a part of the answers was given" in page
    assert "41.0 s" in page


def test_gold_page_and_list_show_health_and_suspicion(queue, people, quinn):
    wrong, leaked = make_gold_world(queue, people)
    search_queue(queue.pk)

    page = quinn.get(reverse("calibration:gold_item", args=[wrong.public_id])).content.decode()
    leaked_page = quinn.get(reverse("calibration:gold_item", args=[leaked.public_id])).content.decode()
    listed = quinn.get(reverse("calibration:gold")).content.decode()

    assert "Harder than other gold: 11 of 12 answers differ" in page
    assert "Gold that is probably wrong" in page
    assert f"{percent(0.9)} faster, +50 points right, p " in leaked_page
    assert "probably wrong" in listed
    assert "probably known" in listed


def test_trainer_reads_health_and_no_suspicion(queue, people):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)
    tara = client_for(make_user("tara", roles=[Role.TRAINER]))

    page = tara.get(reverse("calibration:gold_item", args=[wrong.public_id])).content.decode()
    listed = tara.get(reverse("calibration:gold")).content.decode()

    assert "Harder than other gold" in page
    assert "probably wrong" not in page
    assert "probably wrong" not in listed


def test_gold_that_nobody_answered_says_so(queue, quinn):
    gold = make_gold(queue)
    search_queue(queue.pk)

    page = quinn.get(reverse("calibration:gold_item", args=[gold.public_id])).content.decode()

    assert "Nothing has been counted yet." in page


@pytest.mark.parametrize(
    "sort", ["right", "-right", "-difficulty", "discrimination", "-contested", "-exposures", "-age", "nonsense"]
)
def test_gold_list_is_sorted_by_every_figure(sort, queue, people, quinn):
    wrong, _ = make_gold_world(queue, people, items=4)
    search_queue(queue.pk)
    never_answered = make_gold(queue)

    response = quinn.get(reverse("calibration:gold"), {"sort": sort})

    names = [row.gold_id for row, _health in response.context["rows"]]
    assert len(names) == 7
    if sort in {"right", "-difficulty"}:
        assert names[0] == wrong.public_id
    assert (names[-1] == never_answered.public_id) == (sort != "nonsense")


def test_health_of_few_answers_says_how_many_are_needed(queue, people, quinn):
    gold = make_gold(queue)
    answer_all(gold, people[:1], [True], at=NOON)
    refresh_queue(queue.pk)
    search_queue(queue.pk)

    page = quinn.get(reverse("calibration:gold_item", args=[gold.public_id])).content.decode()

    assert "1 of the 3 answers that are needed" in page
    assert "0 of the 10 answers needed" in page
