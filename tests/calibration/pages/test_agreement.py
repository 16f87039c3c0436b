"""The agreement explorer and the items behind a disagreement."""

import csv
import io

import pytest
from django.urls import reverse

from labeling.models import Reveal
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, give_role, make_queue, make_user, make_vendor
from tests.calibration.pages.worlds import count, judge_items, make_staff, make_world

pytestmark = pytest.mark.django_db

SECRET = "the covered words"


def explorer(user, **query):
    return client_for(user).get(reverse("calibration:agreement"), query)


def read_csv(answer):
    assert answer["Content-Type"].startswith("text/csv")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("role", [Role.QA_MANAGER, Role.TRAINER, Role.POLICY_OWNER, Role.AUDITOR])
def test_readers_see_the_headline_and_the_confused_pair(role):
    make_world()

    page = explorer(make_staff(role)).content.decode()

    assert "Agreement in Spam queue" in page
    assert "Labelers differ most between" in page


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER, Role.ESCALATION, Role.ADMINISTRATOR])
def test_others_find_no_such_page(role):
    world = make_world()

    assert explorer(make_staff(role, world)).status_code == 404


def test_a_labeler_finds_no_such_page():
    world = make_world()

    assert explorer(world.people[0]).status_code == 404


def test_a_qa_manager_of_one_vendor_compares_nobody_with_other_vendors():
    make_world()
    narrow = make_user(roles=[Role.QA_MANAGER], vendor=make_vendor())

    page = explorer(narrow).content.decode()

    assert "No queue to compare yet" in page


def test_an_empty_installation_says_how_agreement_comes():
    page = explorer(make_staff(Role.QA_MANAGER)).content.decode()

    assert "No queue to compare yet" in page


def test_a_queue_without_answers_says_what_to_do():
    make_queue("Fresh")

    page = explorer(make_staff(Role.QA_MANAGER)).content.decode()

    assert "Nothing to compare yet" in page


@pytest.mark.parametrize(
    "cut", ["week", "clause", "category", "language", "vendor", "vendor_pair", "queue", "nonsense"]
)
def test_every_cut_has_a_page(cut):
    world = make_world()

    answer = explorer(make_staff(Role.QA_MANAGER), queue=world.queue.public_id, cut=cut, coefficients="all")

    assert answer.status_code == 200


def test_an_unknown_queue_is_not_found():
    make_world()

    assert explorer(make_staff(Role.QA_MANAGER), queue="00000000-0000-0000-0000-000000000000").status_code == 404


@pytest.mark.parametrize(
    ("table", "first"),
    [("cut", "name"), ("trend", "week"), ("categories", "category"), ("confused", "first")],
)
def test_each_table_is_exported_with_its_rows(table, first):
    make_world()
    client = client_for(make_staff(Role.QA_MANAGER))

    rows = read_csv(client.get(reverse("calibration:agreement_export", args=[table])))

    assert rows[0][0] == first
    assert len(rows) > 1


def test_an_unknown_table_is_not_found():
    make_world()
    client = client_for(make_staff(Role.QA_MANAGER))

    assert client.get(reverse("calibration:agreement_export", args=["people"])).status_code == 404


def disputed(user, world, **query):
    query = {"queue": world.queue.public_id, "question": "category"} | query
    return client_for(user).get(reverse("calibration:disputed_items"), query)


def test_disputed_items_show_answers_as_counts_without_names():
    world = make_world()

    page = disputed(make_staff(Role.QA_MANAGER), world).content.decode()

    assert page.count('class="side-item"') == 4
    assert [str(person) for person in (*world.people, world.rival) if str(person) in page] == []


def test_disputed_items_of_a_pair_are_only_those():
    world = make_world()
    manager = make_staff(Role.QA_MANAGER)

    found = disputed(manager, world, first="scam", second="spam").content.decode()
    none = disputed(manager, world, first="scam", second="impersonation").content.decode()

    assert found.count('class="side-item"') == 2
    assert "No disputed items" in none


def test_the_text_of_a_sensitive_item_stays_on_the_server_until_it_is_uncovered():
    world = make_world()
    judge_items(world.queue, [*world.people, world.rival], is_sensitive=True, content={"text": SECRET})
    count(world.queue)
    manager = make_staff(Role.QA_MANAGER)

    page = disputed(manager, world).content.decode()

    assert SECRET not in page
    assert "sensitive and covered" in page


def test_uncovering_is_written_down_and_then_shows_the_text():
    world = make_world()
    [*_, item] = judge_items(world.queue, world.people, is_sensitive=True, content={"text": SECRET})
    manager = make_staff(Role.QA_MANAGER)

    answer = client_for(manager).post(reverse("calibration:uncover_item", args=[item.public_id]))

    assert SECRET in answer.content.decode()
    entry = TrailEntry.objects.get(action="item.uncovered")
    assert (entry.actor_id, entry.target_id) == (manager.pk, item.public_id)


def test_uncovering_counts_as_exposure_of_somebody_who_also_labels():
    world = make_world()
    [*_, item] = judge_items(world.queue, world.people, is_sensitive=True, content={"text": SECRET})
    labeler = world.people[0]
    give_role(labeler.user, Role.QA_MANAGER)

    client_for(labeler).post(reverse("calibration:uncover_item", args=[item.public_id]))

    assert Reveal.objects.filter(labeler=labeler, item=item).count() == 1


def test_the_content_of_a_withdrawn_item_is_for_the_escalation_role_alone():
    world = make_world()
    [*_, item] = judge_items(world.queue, world.people, content={"text": SECRET})
    type(item).objects.filter(pk=item.pk).update(withdrawn_at=item.created_at)
    address = reverse("calibration:uncover_item", args=[item.public_id])

    manager = client_for(make_staff(Role.QA_MANAGER)).post(address).content.decode()
    escalation = client_for(make_staff(Role.ESCALATION)).post(address).content.decode()

    assert SECRET not in manager
    assert SECRET in escalation


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER])
def test_nobody_of_a_vendor_uncovers_items_here(role):
    world = make_world()
    [*_, item] = judge_items(world.queue, world.people)

    answer = client_for(make_staff(role, world)).post(reverse("calibration:uncover_item", args=[item.public_id]))

    assert answer.status_code == 404


def test_the_explorer_asks_as_much_for_three_people_as_for_one(count_queries):
    few, many = make_world(people=1, name="Few"), make_world(people=3, name="Many")
    client = client_for(make_staff(Role.QA_MANAGER))
    address = reverse("calibration:agreement")

    one, three = [
        count_queries(lambda world=world: client.get(address, {"queue": world.queue.public_id, "cut": "vendor"}))
        for world in (few, many)
    ]

    assert one == three
