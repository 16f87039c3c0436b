"""The page of a queue's joint answers, and what is taken away from it."""

import csv
import io
import json

import pytest
from django.urls import reverse

from calibration.models import ConsensusRun
from calibration.services.consensus import join_queue
from labeling.models import Item
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from qaplatform.web.figures import percent
from tests.builders import client_for, make_items, make_labeler, make_queue, make_user, make_vendor
from tests.calibration.builders import add_label
from tests.calibration.pages.worlds import judge_items, make_staff, make_world

pytestmark = pytest.mark.django_db

SECRET = "the covered words"


@pytest.fixture
def world():
    found = make_world(gold=40)
    join_queue(found.queue.pk)
    return found


def page_of(user, queue, **query):
    return client_for(user).get(reverse("calibration:consensus", args=[queue.public_id]), query)


def exported(user, queue, **query):
    answer = client_for(user).get(reverse("calibration:consensus_export", args=[queue.public_id]), query)
    return answer, b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize("role", [Role.QA_MANAGER, Role.TRAINER, Role.POLICY_OWNER, Role.AUDITOR])
def test_readers_see_first_which_way_is_used_and_why(world, role):
    page = page_of(make_staff(role), world.queue).content.decode()

    lede = page[page.index('class="page-lede') : page.index("<table")]
    assert "Majority is used: it is right on 30 of 40 gold items" in lede
    assert percent(0.75) in lede
    assert percent(0.5981) in lede
    assert [name for name in ("Dawid-Skene", "One-coin", "GLAD") if name not in page] == []


@pytest.mark.parametrize("role", [Role.TEAM_LEAD, Role.VENDOR_MANAGER, Role.ESCALATION, Role.ADMINISTRATOR])
def test_others_find_no_such_page(world, role):
    assert page_of(make_staff(role, world), world.queue).status_code == 404


def test_a_labeler_and_a_manager_of_one_vendor_find_no_such_page(world):
    narrow = make_user(roles=[Role.QA_MANAGER], vendor=make_vendor())

    assert page_of(world.people[0].user, world.queue).status_code == 404
    assert page_of(narrow, world.queue).status_code == 404


def test_the_least_certain_come_first_and_nobody_is_named(world):
    page = page_of(make_staff(Role.QA_MANAGER), world.queue).content.decode()

    items = page.split('class="side-item"')[1:]
    assert len(items) == 12
    assert ["2 people" in item for item in items] == [True] * 4 + [False] * 8
    assert ["3 people" in item for item in items] == [False] * 4 + [True] * 8
    assert [str(person) for person in (*world.people, world.rival) if str(person) in page] == []


def test_filters_ask_for_an_answer_for_ties_and_for_the_unsure():
    queue = make_queue("Ties")
    people = [make_labeler(f"p{number}", queues=[queue]) for number in range(2)]
    tied, sure = make_items(queue, 2)
    for item, codes in ((tied, ("spam", "scam")), (sure, ("spam", "spam"))):
        for person, code in zip(people, codes, strict=True):
            add_label(item, person, code)
    join_queue(queue.pk)
    quinn = make_staff(Role.QA_MANAGER)

    ties = page_of(quinn, queue, answer="tie").content.decode()
    spam = page_of(quinn, queue, answer="is:spam").content.decode()
    unsure = page_of(quinn, queue, level="80").content.decode()
    none = page_of(quinn, queue, answer="is:scam").content.decode()

    assert [page.count('class="side-item"') for page in (ties, spam, unsure, none)] == [1, 1, 1, 0]
    assert ("<strong>Tie</strong>" in ties, "<strong>Tie</strong>" in unsure, "<strong>Tie</strong>" in spam) == (
        True,
        True,
        False,
    )
    assert "No item here" in none


def test_a_sensitive_item_is_covered_until_somebody_uncovers_it(world):
    judge_items(world.queue, [*world.people, world.rival], is_sensitive=True, content={"text": SECRET})
    join_queue(world.queue.pk)
    client = client_for(make_staff(Role.QA_MANAGER))

    page = client.get(reverse("calibration:consensus", args=[world.queue.public_id])).content.decode()
    item = Item.objects.filter(is_sensitive=True).first()
    shown = client.post(reverse("calibration:uncover_item", args=[item.public_id]), HTTP_HX_REQUEST="true")

    assert SECRET not in page
    assert SECRET in shown.content.decode()
    assert TrailEntry.objects.filter(action="item.uncovered").exists()


def test_an_item_that_was_withdrawn_since_is_on_no_page_and_in_no_export(world):
    item = Item.objects.filter(pk__in=ConsensusRun.objects.get().answers.values("item")).first()
    item.withdrawn_at = clock.now()
    item.save()
    quinn = make_staff(Role.QA_MANAGER)

    page = page_of(quinn, world.queue).content.decode()
    _, lines = exported(quinn, world.queue, **{"as": "jsonl"})

    assert page.count('class="side-item"') == 11
    assert str(item.public_id) not in lines
    assert len(lines.splitlines()) == 11


def test_the_csv_has_a_share_of_every_category(world):
    answer, text = exported(make_staff(Role.QA_MANAGER), world.queue)

    head, *rows = csv.reader(io.StringIO(text))
    assert answer["Content-Type"].startswith("text/csv")
    assert head[:8] == [
        "item", "external_id", "language", "question", "reference", "aggregator", "answer", "certainty",
    ]  # fmt: skip
    shares = [name.removeprefix("share_") for name in head[8:]]
    assert {"spam", "scam", "no_violation"} <= set(shares)
    assert [sum(map(float, row[8:])) for row in rows] == pytest.approx([1] * 12, abs=1e-5)
    assert {row[4] for row in rows} == {"consensus"}


def test_the_json_lines_hold_the_soft_labels_as_filtered(world):
    _, text = exported(make_staff(Role.AUDITOR), world.queue, **{"as": "jsonl", "level": "80"})

    rows = [json.loads(line) for line in text.splitlines()]
    assert len(rows) == 4
    assert [max(row["shares"].values()) for row in rows] == [row["certainty"] for row in rows]
    assert {row["reference"] for row in rows} == {"consensus"}


def test_an_unknown_form_or_question_is_not_found(world):
    client = client_for(make_staff(Role.QA_MANAGER))
    address = reverse("calibration:consensus_export", args=[world.queue.public_id])

    assert client.get(address, {"as": "xls"}).status_code == 404
    assert client.get(address, {"question": "mood"}).status_code == 404


def test_a_queue_without_shared_answers_says_what_to_do():
    queue = make_queue("Fresh", overlap_rate=0)

    managed = page_of(make_staff(Role.QA_MANAGER), queue).content.decode()
    audited = page_of(make_staff(Role.AUDITOR), queue).content.decode()

    assert "No joint answers yet" in managed
    assert reverse("labeling:queue_settings", args=[queue.public_id]) in managed
    assert "Join now" in managed
    assert "Ask a QA manager to raise the overlap" in audited
    assert "Join now" not in audited


def test_a_manager_has_answers_joined_now_and_an_auditor_cannot(settings, django_capture_on_commit_callbacks):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    world = make_world()
    address = reverse("calibration:join_answers", args=[world.queue.public_id])

    refused = client_for(make_staff(Role.AUDITOR)).post(address)
    with django_capture_on_commit_callbacks(execute=True):
        done = client_for(make_staff(Role.QA_MANAGER)).post(address, follow=True)

    assert refused.status_code == 404
    assert "The answers in Spam queue are being joined" in done.content.decode()
    assert ConsensusRun.objects.get(queue=world.queue).n_items == 12


def test_the_page_is_a_tab_of_the_queue_and_agreement_leads_to_it(world):
    client = client_for(make_staff(Role.QA_MANAGER))
    address = reverse("calibration:consensus", args=[world.queue.public_id])

    assert address in client.get(reverse("labeling:queue", args=[world.queue.public_id])).content.decode()
    assert address in client.get(reverse("calibration:agreement")).content.decode()
