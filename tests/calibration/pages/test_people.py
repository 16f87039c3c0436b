"""People and their scorecards."""

import csv
import io

import pytest
from django.urls import reverse

from calibration.enums import FlagCause
from calibration.models import AuditedLabel, GoldScore
from calibration.queries.people import people_list
from calibration.services.flagging import open_flag
from calibration.views.people import in_order
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.queries.accesses import read_access
from tests.builders import client_for, give_role, make_items, make_labeler
from tests.calibration.auditing import audit_answers
from tests.calibration.builders import NOON, add_label, make_plan
from tests.calibration.pages.worlds import count, judge_gold, make_staff, make_world

pytestmark = pytest.mark.django_db

FINDING = {"words": "Six of 24 were wrong.", "wrong_count": 6, "n": 24}


def people(user, **query):
    return client_for(user).get(reverse("calibration:people"), query)


def scorecard(user, labeler):
    return client_for(user).get(reverse("calibration:scorecard", args=[labeler.public_id]))


def test_a_qa_manager_sees_everybody():
    world = make_world()

    page = people(make_staff(Role.QA_MANAGER)).content.decode()

    assert [str(person) for person in (*world.people, world.rival) if str(person) not in page] == []


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER])
def test_managers_of_a_vendor_see_their_own_people_only(role):
    world = make_world()

    page = people(make_staff(role, world)).content.decode()

    assert str(world.people[0]) in page
    assert str(world.rival) not in page
    assert world.rival.vendor.name not in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.TRAINER, Role.POLICY_OWNER, Role.ESCALATION, Role.ADMINISTRATOR])
def test_roles_that_judge_nobody_find_no_such_page(role):
    world = make_world()

    assert people(make_staff(role)).status_code == 404
    assert scorecard(make_staff(role), world.people[0]).status_code == 404


def test_an_empty_installation_says_how_people_come():
    assert "Nobody to show yet" in people(make_staff(Role.QA_MANAGER)).content.decode()


def test_people_with_few_answers_never_stand_first():
    world = make_world()
    thin = make_labeler("thin", team=world.team, queues=[world.queue])
    judge_gold(world.queue, [thin], [False] * 5)
    count(world.queue)
    rows = people_list(read_access(make_staff(Role.QA_MANAGER)), now=clock.now())

    last = [in_order(rows, sort)[-1].name for sort in ("", "accuracy", "-accuracy")]

    assert last == ["thin"] * 3


def test_no_column_ranks_people():
    make_world()

    page = people(make_staff(Role.QA_MANAGER)).content.decode()

    assert "Rank" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"name": "PERSON0"}, ["person0 Spam queue"]),
        ({"vendor": "Rival Spam queue"}, ["rival Spam queue"]),
        ({"team": "Morning"}, ["person0 Spam queue", "person1 Spam queue"]),
        ({"standing": "meets"}, []),
    ],
)
def test_filters_in_the_address_narrow_the_list(query, shown):
    make_world()

    answer = people(make_staff(Role.QA_MANAGER), **query)

    assert sorted(row.name for row in answer.context["page"]) == shown


def test_a_queue_that_is_not_visible_is_not_found():
    make_world()

    assert people(make_staff(Role.QA_MANAGER), queue="11111111-1111-1111-1111-111111111111").status_code == 404


def test_the_export_is_inert_and_holds_a_line_a_queue():
    world = make_world()
    labeler = world.people[0]
    type(labeler).objects.filter(pk=labeler.pk).update(display_name="=cmd()")
    client = client_for(make_staff(Role.TEAM_LEAD, world))

    answer = client.get(reverse("calibration:people_export"))

    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row[1] for row in rows[1:]} == {"'=cmd()", "person1 Spam queue"}
    assert {row[4] for row in rows[1:]} == {"all queues", "Spam queue"}


@pytest.mark.parametrize("role", [Role.QA_MANAGER, Role.TEAM_LEAD, Role.VENDOR_MANAGER])
def test_a_scorecard_says_the_sentence_first(role):
    world = make_world()

    page = scorecard(make_staff(role, world), world.people[0]).content.decode()

    assert "18 of 24 checked answers were right" in page
    assert "Running check" in page
    assert "Expected and given" in page


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER])
def test_a_scorecard_of_another_vendor_does_not_exist(role):
    world = make_world()

    answer = scorecard(make_staff(role, world), world.rival)
    export = client_for(make_staff(role, world)).get(
        reverse("calibration:scorecard_export", args=[world.rival.public_id])
    )

    assert (answer.status_code, export.status_code) == (404, 404)


def test_a_labeler_has_no_scorecard_page_not_even_the_own():
    world = make_world()

    assert scorecard(world.people[0], world.people[0]).status_code == 404


def test_a_lead_who_also_labels_finds_neither_row_nor_scorecard_of_their_own():
    world = make_world()
    lead, other = world.people
    give_role(lead.user, Role.TEAM_LEAD, team=world.team)

    rows = people(lead).context["page"].object_list
    first_page = client_for(lead).get(reverse("calibration:home"))

    [team, _] = first_page.context["sections"]
    assert [row.name for row in rows] == [str(other)]
    assert [member.person.name for member in team.facts["team"].members] == [str(other)]
    assert scorecard(lead, lead).status_code == 404


def test_a_scorecard_names_no_gold_item():
    world = make_world()

    page = scorecard(make_staff(Role.VENDOR_MANAGER, world), world.people[0]).content.decode()

    golds = [score.item for score in GoldScore.objects.select_related("item")]
    assert golds != []
    assert [item for item in golds if str(item.public_id) in page or item.external_id in page] == []


def test_a_scorecard_without_answers_says_that_nothing_can_be_told():
    world = make_world()
    fresh = make_labeler("fresh", team=world.team, queues=[world.queue])

    page = scorecard(make_staff(Role.QA_MANAGER), fresh).content.decode()

    assert "Nothing can be told yet" in page


def test_a_scorecard_leads_to_its_flag():
    world = make_world()
    labeler = world.people[0]
    scores = list(GoldScore.objects.filter(labeler=labeler))
    flag = open_flag(
        labeler,
        world.queue,
        cause=FlagCause.WEEKLY_TEST,
        finding=FINDING,
        scores=scores,
        now=clock.now(),
    )

    page = scorecard(make_staff(Role.QA_MANAGER), labeler).content.decode()

    assert reverse("calibration:flag", args=[flag.public_id]) in page


def test_the_list_asks_as_much_for_three_people_as_for_one(count_queries):
    few, many = make_world(people=1, name="Few"), make_world(people=3, name="Many")
    clients = [client_for(make_staff(Role.TEAM_LEAD, world)) for world in (few, many)]

    one, three = [count_queries(lambda client=client: client.get(reverse("calibration:people"))) for client in clients]

    assert one == three


def test_who_does_nothing_but_audit_is_not_listed():
    plan = make_plan()
    labeler, auditor, both = make_labeler("lena"), make_labeler("the auditor"), make_labeler("labels too")
    audit_answers(plan.queue, labeler, [True, True])
    first, second = AuditedLabel.objects.all()
    AuditedLabel.objects.filter(pk=first.pk).update(auditor=auditor)
    AuditedLabel.objects.filter(pk=second.pk).update(auditor=both)
    [item] = make_items(plan.queue, answers_needed=0)
    add_label(item, both, "spam", at=NOON)

    names = {row.name for row in people_list(read_access(make_staff(Role.QA_MANAGER)), now=NOON)}

    assert names == {str(labeler), str(both)}
