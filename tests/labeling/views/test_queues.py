"""Setting up queues and policies on their pages."""

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from labeling.models import Policy, Queue, Slot
from labeling.queries.requeues import unfinished_rearrangement_ids
from labeling.services.queues import publish_schema
from labeling.services.rearranging import carry_out_rearrangement
from qaplatform import clock
from qaplatform.errors import InvalidInput
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import client_for, make_items, make_labeler, make_policy, make_queue, make_user, make_vendor

pytestmark = pytest.mark.django_db

SETTINGS = {
    "name": "Spam",
    "prompt": "Which clause?",
    "base_answers": 1,
    "overlap_percent": 20,
    "overlap_size": 3,
    "lease_minutes": 5,
    "priority": 0,
}
POLICY = {
    "name": "Spam rules",
    "clauses": "1.1 Advertising\nNobody asked for it.\n1.2 Repetition\nThe same again.",
    "categories": "no_violation | No violation | 0 | | no violation\nspam | Spam | 2 | 1.1 | critical",
}


@pytest.fixture
def quinn():
    return client_for(make_user("quinn", roles=[Role.QA_MANAGER]))


def test_a_policy_and_a_queue_are_set_up(quinn) -> None:
    quinn.post(reverse("labeling:new_policy"), POLICY)
    policy = Policy.objects.get()
    answer = quinn.post(reverse("labeling:new_queue"), {**SETTINGS, "policy": policy.pk})

    queue = Queue.objects.get()
    assert answer.status_code == 302
    assert (queue.overlap_rate, queue.overlap_size, queue.lease_seconds) == (0.2, 3, 300)
    assert queue.skill.name == "Spam"
    [question] = queue.schemas.get().questions
    assert [option["code"] for option in question["options"]] == ["no_violation", "spam"]
    assert sorted(TrailEntry.objects.values_list("action", flat=True)) == [
        "policy_published",
        "queue_created",
        "schema_published",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"categories": "spam | Spam | 2 | 1.1"}, "Mark exactly one category “no violation”"),
        (
            {"categories": POLICY["categories"] + "\nscam | Scam | 9"},
            "Line 3: The severity &#x27;9&#x27; is no whole number",
        ),
        ({"categories": POLICY["categories"] + "\nscam | Scam | 2 | 7.7"}, "names the clause 7.7"),
        ({"clauses": "No heading"}, "The text must begin with a numbered heading"),
        ({"clauses": "1.1 A\ntext\n1.1 B\ntext"}, "Two clauses have the number 1.1"),
        ({"clauses": "1.1 Empty"}, "Clause 1.1 has a heading and no text"),
    ],
)
def test_a_policy_that_does_not_fit_is_refused(quinn, change: dict[str, str], sentence: str) -> None:
    answer = quinn.post(reverse("labeling:new_policy"), {**POLICY, **change})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Policy.objects.count() == 0


def test_a_queue_name_that_is_taken_is_refused(quinn) -> None:
    make_queue("Spam")

    answer = quinn.post(reverse("labeling:new_queue"), {**SETTINGS, "policy": make_policy().pk})

    assert answer.status_code == 422
    assert "There is a queue named Spam already." in answer.content.decode()


def test_overlap_below_the_base_answers_is_refused(quinn) -> None:
    queue = make_queue("Spam")

    answer = quinn.post(
        reverse("labeling:queue_settings", args=[queue.public_id]),
        {**SETTINGS, "base_answers": 4, "state": "active"},
    )

    assert answer.status_code == 422
    assert "Overlap must be 4 answers or more" in answer.content.decode()


def test_the_form_says_what_it_means_before_it_is_saved(quinn) -> None:
    answer = quinn.get(reverse("labeling:queue_consequences"), {**SETTINGS, "overlap_percent": 50})

    assert "1,000 items ask for about 2,000 answers." in answer.content.decode()


def test_a_question_is_added_as_a_new_version(quinn) -> None:
    queue = make_queue("Spam")
    page = reverse("labeling:queue_questions", args=[queue.public_id])
    posted = {
        "first-prompt": "Which clause is broken?",
        "first-kind": "single",
        "first-cannot_tell": "on",
        "more-TOTAL_FORMS": 1,
        "more-INITIAL_FORMS": 0,
        "more-0-prompt": "How bad is it?",
        "more-0-kind": "ordinal",
        "more-0-options": "low | Low\nhigh | High",
        "more-0-required": "on",
        "more-0-show_if": "category: spam, scam",
    }

    answer = quinn.post(page, posted)
    again = quinn.post(page, posted | {"more-INITIAL_FORMS": 1, "more-0-key": "how_bad_is_it"})

    newest = queue.schemas.latest("number")
    assert (answer.status_code, again.status_code, newest.number) == (302, 302, 2)
    assert newest.questions[1]["key"] == "how_bad_is_it"
    assert newest.questions[1]["show_if"] == {"question": "category", "any_of": ["spam", "scam"]}
    assert "How bad is it?" in quinn.get(page).content.decode()


def test_questions_that_cannot_be_asked_are_refused() -> None:
    queue = make_queue()

    with pytest.raises(InvalidInput):
        publish_schema(queue, [{"key": "a", "kind": "single", "prompt": "One option?", "options": [{"code": "x"}]}])

    assert queue.schemas.count() == 1


def test_a_trainer_reads_and_a_vendor_manager_finds_nothing(quinn) -> None:
    queue = make_queue("Spam")
    trainer = client_for(make_user(roles=[Role.TRAINER]))
    vera = client_for(make_user(roles=[Role.VENDOR_MANAGER], vendor=make_vendor()))
    page = reverse("labeling:queue", args=[queue.public_id])

    assert [client.get(page).status_code for client in (quinn, trainer, vera)] == [200, 200, 404]
    assert trainer.get(reverse("labeling:queue_settings", args=[queue.public_id])).status_code == 404


@pytest.mark.parametrize("name", ["queues", "new_queue", "policies", "new_policy"])
def test_each_page_shows_itself(quinn, name: str) -> None:
    make_queue("Spam")

    assert quinn.get(reverse(f"labeling:{name}")).status_code == 200


def test_a_list_of_queues_asks_the_database_as_often_for_three_as_for_one(quinn, django_assert_max_num_queries) -> None:
    make_queue()
    quinn.get(reverse("labeling:queues"))
    with django_assert_max_num_queries(100) as for_one:
        quinn.get(reverse("labeling:queues"))
    make_queue(), make_queue()

    with django_assert_max_num_queries(len(for_one)):
        quinn.get(reverse("labeling:queues"))


@pytest.mark.parametrize(
    ("base", "share", "size", "words"),
    [
        (2, 100, 5, "Every item is answered by 5 people."),
        (1, 30, 3, "Items are answered by one person; 30 % of them, drawn at random as they enter, by 3."),
        (1, 0, 3, "Nobody&#x27;s answers overlap"),
    ],
)
def test_the_consequences_say_who_answers_how_much(base, share, size, words):
    fields = {"base_answers": base, "overlap_percent": share, "overlap_size": size, "lease_minutes": 30}
    client = client_for(make_user("quinn", roles=[Role.QA_MANAGER]))

    shown = client.get(reverse("labeling:queue_consequences"), fields)

    assert words in shown.content.decode()


def test_settings_that_cannot_be_say_why_instead_of_what_they_mean():
    client = client_for(make_user("quinn", roles=[Role.QA_MANAGER]))
    fields = {"base_answers": 1, "overlap_percent": 150, "overlap_size": 3, "lease_minutes": 30}

    shown = client.get(reverse("labeling:queue_consequences"), fields).content.decode()

    assert "Share of items with overlap, in %: Ensure this value is less than or equal to 100" in shown


def test_order_and_caps_are_settings_and_reach_what_waits_where_that_is_asked(quinn):
    queue = make_queue()
    make_items(queue, 2)
    page = reverse("labeling:queue_settings", args=[queue.public_id])
    chosen = {key: value for key, value in SETTINGS.items() if key != "prompt"}
    caps = {"answers_a_day_cap": 300, "reveals_a_day_cap": 40, "order": "breadth"}

    quinn.post(page, {**chosen, **caps, "base_answers": 2, "state": "active"})
    queue.refresh_from_db()
    before = unfinished_rearrangement_ids()
    answer = quinn.post(page, {**chosen, **caps, "base_answers": 2, "state": "active", "reaches_waiting": "on"})

    assert (queue.order, queue.answers_a_day_cap, queue.reveals_a_day_cap) == ("breadth", 300, 40)
    assert before == []
    assert answer.status_code == 302
    overview = reverse("labeling:queue", args=[queue.public_id])
    [waiting] = unfinished_rearrangement_ids()
    assert "The settings will reach the items that are in within seconds" in quinn.get(overview).content.decode()
    carry_out_rearrangement(waiting, now=clock.now())
    assert Slot.objects.filter(queue=queue).count() >= 4
    opened = Slot.objects.filter(queue=queue).count() - 2
    reached = " ".join(strip_tags(quinn.get(overview).content.decode()).split())
    assert "The settings reached the items that are in" in reached
    assert f"{opened} answers more are asked for, 0 are asked for no longer" in reached


def test_vendors_share_a_queues_answers(quinn) -> None:
    north, south, _ = make_vendor("North"), make_vendor("South"), make_vendor("West")
    queue = make_queue()
    make_labeler(vendor=north, queues=[queue])
    chosen = {**SETTINGS, "name": queue.name, "state": "active", "base_answers": 2, "overlap_percent": 0}
    shares = {f"share_{north.public_id.hex}": 60, f"share_{south.public_id.hex}": 40}

    saved = quinn.post(reverse("labeling:queue_settings", args=[queue.public_id]), {**chosen, **shares}, follow=True)
    queue.refresh_from_db()
    page = quinn.get(reverse("labeling:queue", args=[queue.public_id])).content.decode()

    assert queue.vendor_shares == {str(north.public_id): 0.6, str(south.public_id): 0.4}
    told = "Of all answers, North 60 %, South 40 %. An item&#x27;s answers come from different vendors"
    assert told in saved.content.decode()
    assert told in page
    assert f"Nobody of South is certified for {queue.skill}: 40 % of the answers would wait" in page
    assert 'value="60.0"' in saved.content.decode()


def test_shares_that_are_not_the_whole_are_refused(quinn) -> None:
    north, south, queue = make_vendor("North"), make_vendor("South"), make_queue()
    chosen = {**SETTINGS, "name": queue.name, "state": "active"}
    shares = {f"share_{north.public_id.hex}": 60, f"share_{south.public_id.hex}": 30}

    refused = quinn.post(reverse("labeling:queue_settings", args=[queue.public_id]), {**chosen, **shares})
    told = quinn.get(reverse("labeling:queue_consequences"), {**chosen, **shares}).content.decode()

    assert refused.status_code == 422
    for page in (refused.content.decode(), told):
        assert "The vendors&#x27; shares add up to 90 %. Make them 100 %, or leave all of them empty." in page
    queue.refresh_from_db()
    assert queue.vendor_shares == {}
