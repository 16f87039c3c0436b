"""A figure leads to the answers behind it; gold stays hidden from whoever does not look after it."""

import pytest
from django.urls import reverse

from calibration.enums import Cut, Reference
from calibration.models import Audit, AuditedLabel
from calibration.queries.figure_rows import RowsWanted
from calibration.queries.glossary import BY_WORD, TERMS, find_terms
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, give_role, make_labeler, make_user, make_vendor
from tests.calibration.auditing import audit_answers
from tests.calibration.pages.worlds import count, make_staff, make_world

pytestmark = pytest.mark.django_db
ROWS = "/figures/rows/"


@pytest.fixture
def world():
    world = make_world()
    audit_answers(world.queue, world.people[0], [True] * 3 + [False] * 2, reference=Reference.AUDIT_BLIND)
    count(world.queue)
    return world


def rows_of(client, reference, person, **more):
    wanted = RowsWanted(reference=reference, cut=Cut.LABELER, key=str(person.public_id), **more)
    return client.get(f"{reverse('calibration:figure_rows')}?{wanted.query()}")


def make_auditor(audited):
    """Who has judged a decision."""
    olga = make_labeler().user
    give_role(olga, Role.AUDITOR)
    AuditedLabel.objects.filter(pk=audited.pk).update(auditor=olga.labeler)
    return olga


def close(audit):
    Audit.objects.filter(pk=audit.pk).update(closed_at=clock.now())


def said(response):
    return " ".join(response.content.decode().split())


def test_a_qa_manager_reads_the_gold_answers_behind_a_figure(world):
    answer = rows_of(client_for(make_staff(Role.QA_MANAGER)), Reference.GOLD, world.people[0])

    assert "18 of 24 answers were right, against gold." in said(answer)
    assert answer.context["found"].n == 24
    assert len(answer.context["rows"]) == 24
    assert {row.labeler for row in answer.context["rows"]} == {str(world.people[0])}


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER])
def test_who_does_not_look_after_gold_reads_counts_only(world, role):
    client = client_for(make_staff(role, world))
    gold = [
        row.item
        for row in rows_of(client_for(make_staff(Role.QA_MANAGER)), Reference.GOLD, world.people[0]).context["rows"]
    ]

    answer = rows_of(client, Reference.GOLD, world.people[0])
    export = client.get(answer.request["PATH_INFO"] + "export/?" + answer.request["QUERY_STRING"])

    assert "Counts only" in said(answer)
    assert gold
    assert not [item for item in gold if item in said(answer)]
    assert export.status_code == 404


def test_a_team_lead_reads_the_audits_behind_a_figure_of_their_people(world):
    answer = rows_of(client_for(make_staff(Role.TEAM_LEAD, world)), Reference.AUDIT_BLIND, world.people[0])

    assert "3 of 5 answers were right, against blind audits." in said(answer)
    assert len(answer.context["rows"]) == 5


def test_only_the_wrong_answers_are_listed_when_asked(world):
    client = client_for(make_staff(Role.QA_MANAGER))

    answer = rows_of(client, Reference.AUDIT_BLIND, world.people[0], wrong_only=True)

    assert [row.is_correct for row in answer.context["rows"]] == [False, False]


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER])
def test_people_elsewhere_do_not_exist(world, role):
    client = client_for(make_staff(role, world))
    rival, nobody = world.rival, make_labeler(vendor=make_vendor())
    nobody_id = RowsWanted(reference=Reference.GOLD, cut=Cut.LABELER, key=str(make_vendor().public_id))

    statuses = [rows_of(client, reference, rival).status_code for reference in (Reference.GOLD, Reference.AUDIT_BLIND)]
    statuses.append(rows_of(client, Reference.GOLD, nobody).status_code)
    statuses.append(client.get(f"{reverse('calibration:figure_rows')}?{nobody_id.query()}").status_code)
    statuses.append(client.get(f"{reverse('calibration:figure_rows')}?cut=queue").status_code)

    assert statuses == [404] * 5


@pytest.mark.parametrize("query", ["reference=consensus", "cut=week", "cut=labeler&key=nonsense", "queue=nonsense"])
def test_an_address_that_means_nothing_is_not_found(world, query):
    client = client_for(make_staff(Role.QA_MANAGER))

    assert client.get(f"{reverse('calibration:figure_rows')}?{query}").status_code == 404


def test_an_auditor_reads_rows_of_audits_alone(world):
    client = client_for(make_user(roles=[Role.AUDITOR]))

    assert rows_of(client, Reference.GOLD, world.people[0]).status_code == 404


def test_an_auditor_reads_the_answers_of_one_audit_with_their_chances(world):
    [audited, *_] = audit_answers(world.queue, world.people[1], [True] * 2, reference=Reference.AUDIT_BLIND)
    wanted = RowsWanted(reference=Reference.AUDIT_BLIND, audit=audited.audit.public_id)
    as_gold = RowsWanted(reference=Reference.GOLD, audit=audited.audit.public_id)
    olga = make_auditor(audited)
    close(audited.audit)

    answers = [client_for(olga).get(f"{ROWS}?{which.query()}") for which in (wanted, as_gold)]

    assert [answer.context["found"].n for answer in answers] == [2, 0]
    assert "Chance of being drawn" in said(answers[0])


@pytest.mark.parametrize("address", ["", "export/"])
def test_an_auditor_reads_no_answers_of_an_open_audit_nor_of_others_audits(world, address):
    [audited, *_] = audit_answers(world.queue, world.people[1], [True] * 2, reference=Reference.AUDIT_BLIND)
    wanted = RowsWanted(reference=Reference.AUDIT_BLIND, audit=audited.audit.public_id)
    olga, oskar = make_auditor(audited), make_user(roles=[Role.AUDITOR])

    is_open = client_for(olga).get(f"{ROWS}{address}?{wanted.query()}")
    close(audited.audit)
    answers = [client_for(user).get(f"{ROWS}{address}?{wanted.query()}") for user in (olga, oskar)]

    assert is_open.status_code == 404
    assert [answer.status_code for answer in answers] == [200, 404]


def test_the_rows_are_the_population_of_the_figure(world):
    world.people[0].refresh_from_db()
    client = client_for(make_staff(Role.QA_MANAGER))
    card = client.get(reverse("calibration:scorecard", args=[world.people[0].public_id]))
    [part] = card.context["parts"]

    found = rows_of(client, Reference.GOLD, world.people[0], queue=world.queue.public_id).context["found"]

    assert (found.n, found.right) == (part["card"].accuracy.n, 18)
    assert part["card"].population.sentence() in found.populations


def test_agreement_leads_to_the_items_that_two_or_more_judged(world):
    client = client_for(make_staff(Role.QA_MANAGER))
    address = f"{reverse('calibration:agreement_rows')}?queue={world.queue.public_id}&question=category"

    answer = client.get(address)

    assert answer.context["found"].total == 12
    assert sum(item.is_split for item in answer.context["found"].items) == 4


def test_every_person_who_is_signed_in_reads_the_words(world):
    page = client_for(world.people[0]).get(reverse("calibration:glossary") + "?q=AHT")

    assert "Average handling time" in said(page)
    assert "Overlap" not in said(page).split("<main")[1]


def test_a_word_is_said_once():
    assert len(BY_WORD) == len(TERMS)
    assert not find_terms("no such word at all")
    assert {
        "AHT",
        "TAT",
        "SLA",
        "Nesting",
        "Ramp",
        "TL",
        "RCA",
        "Over-enforcement",
        "Under-enforcement",
        "Overturn",
    } <= set(BY_WORD)
