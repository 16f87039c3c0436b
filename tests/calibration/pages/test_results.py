"""The first result of a file of decisions."""

import pytest
from django.urls import reverse

from calibration.enums import Reference
from calibration.models import SamplingPlan
from calibration.queries.first_results import first_result
from calibration.services.refresh import refresh_queue
from labeling.enums import ImportState
from labeling.models import Label
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_external_labeler, make_items, make_queue, make_user, make_vendor
from tests.calibration.auditing import audit_answers, make_run
from tests.calibration.builders import add_label, make_plan
from tests.calibration.pages.worlds import judge_gold

pytestmark = pytest.mark.django_db


def make_file(*, people=2, name="Spam", run=None):
    """A file about one policy: two people who were checked by QA, who saw the answer, and one who was not."""
    run = run or make_run()
    queue = make_queue(name)
    make_plan(queue)
    vendor = make_vendor()
    for number in range(people):
        labeler = make_external_labeler(f"{name}-{number}", vendor=vendor)
        audit_answers(queue, labeler, [True] * 20 + [False] * (20 if number == 0 else 0), run=run)
    alone = make_external_labeler(f"{name}-alone", vendor=vendor)
    for item in make_items(queue, 3, answers_needed=0):
        Label.objects.filter(pk=add_label(item, alone, "spam").pk).update(import_run=run)
    return run, queue


def page_of(run, query="", client=None):
    client = client or client_for(make_user(roles=[Role.QA_MANAGER]))
    return client.get(reverse("calibration:first_result", args=[run.public_id]) + query)


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_sentence_says_how_many_were_checked_and_who_is_below():
    run, queue = make_file()
    make_file(name="Scam", run=run)

    result = first_result(run)

    assert result.sentence_before == "Of 126 decisions 120 were checked by QA, who saw the answer:"
    assert result.people_sentence == "2 of 4 people are below .95; 2 need more answers."
    assert "would be settled by about" in result.settling_words
    assert [(row.name, row.n, row.right, row.standing) for row in result.queues] == [
        ("Scam", 60, 40, "not_enough_data"),
        ("Spam", 60, 40, "not_enough_data"),
    ]
    assert [row.errors for row in result.people if row.name == "Spam-0"] == ["20 over-enforced"]
    assert result.reference.chosen == Reference.AUDIT_SEEN
    assert queue.name == "Spam"


def test_the_sentence_names_the_target_with_all_its_digits():
    run, _ = make_file()
    SamplingPlan.objects.update(target=0.985)

    assert first_result(run).people_sentence == "1 of 2 people are below .985; 1 needs more answers."


def test_people_of_one_policy_are_counted_in_it_alone():
    run, spam = make_file()
    _, scam = make_file(name="Scam", run=run)

    names = {row.name for row in first_result(run, queue=scam.public_id).people}

    assert names == {"Scam-0", "Scam-1", "Scam-alone"}
    narrowed = first_result(run, queue=spam.public_id)
    assert narrowed.total.n == sum(row.n for row in narrowed.people) < first_result(run).total.n
    assert narrowed.sentence_before.startswith(f"Of {narrowed.total.decisions} decisions in Spam {narrowed.total.n} ")
    text = text_of(page_of(run, f"?queue={spam.public_id}"))
    assert narrowed.sentence_before in text


def test_the_page_warns_that_audits_that_saw_the_answer_flatter_and_lists_everybody():
    run, _ = make_file()

    said = text_of(page_of(run))

    assert "Of 63 decisions 60 were checked by QA, who saw the answer:" in said
    assert "such audits flatter" in said
    assert "Spam-alone" in said
    assert "none checked" in said


def test_gold_and_audits_of_a_file_are_never_pooled():
    run, queue = make_file()
    labeler = make_external_labeler("golden")
    judge_gold(queue, [labeler], [True] * 4)
    Label.objects.filter(labeler=labeler).update(import_run=run)
    refresh_queue(queue.pk, now=clock.now())

    by_gold, by_audit = first_result(run), first_result(run, asked="audit_seen")

    assert (by_gold.reference.chosen, by_gold.total.n, by_gold.total.right) == ("gold", 4, 4)
    assert (by_audit.total.n, by_audit.total.right) == (60, 40)
    assert "Against audits that saw the answer" in text_of(page_of(run))


def test_the_page_waits_by_itself_until_the_queues_are_counted():
    run, queue = make_file()
    before = text_of(page_of(run))
    refresh_queue(queue.pk, now=clock.now())

    after = text_of(page_of(run))

    assert "still being counted" in before
    assert 'hx-trigger="every 3s"' in before
    assert "still being counted" not in after
    assert "hx-trigger" not in after


def test_the_page_of_a_file_that_is_being_read_waits():
    text = text_of(page_of(make_run(state=ImportState.RUNNING)))

    assert "The file is still being read" in text
    assert 'hx-trigger="every 3s"' in text


def test_a_file_that_brought_nothing_new_says_where_its_decisions_count():
    assert "An earlier file had brought them already" in text_of(page_of(make_run()))


def test_a_file_without_anything_to_check_against_says_so():
    run = make_run()
    queue = make_queue()
    make_plan(queue)
    [item] = make_items(queue, answers_needed=0)
    Label.objects.filter(pk=add_label(item, make_external_labeler(), "spam").pk).update(import_run=run)
    refresh_queue(queue.pk, now=clock.now())

    assert "Of 1 decision none has anything to be checked against." in text_of(page_of(run))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ImportState.UNDONE, "This import was taken back"),
        (ImportState.REFUSED, "Nothing was imported"),
        (ImportState.CHECKED, "Not imported yet"),
    ],
)
def test_a_file_that_is_not_in_says_what_to_do(state, words):
    assert words in text_of(page_of(make_run(state=state)))


def test_the_csv_has_a_line_a_policy_vendor_person_and_person_in_a_policy():
    run, _ = make_file()
    make_file(name="Scam", run=run)
    client = client_for(make_user(roles=[Role.QA_MANAGER]))

    answer = client.get(reverse("calibration:first_result_export", args=[run.public_id]))

    lines = b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode().splitlines()
    kinds = [line.split(",")[0] for line in lines]
    assert {kind: kinds.count(kind) for kind in set(kinds[1:])} == {
        "all": 1,
        "policy": 2,
        "vendor": 2,
        "person": 6,
        "person in policy": 6,
    }
    assert all("audit_seen" in line for line in lines[1:])


@pytest.mark.parametrize("query", ["?reference=consensus", "?queue=nonsense"])
def test_a_reference_or_policy_that_there_is_not_is_not_found(query):
    assert page_of(make_run(), query).status_code == 404


def test_the_page_asks_as_often_for_many_people_as_for_one(count_queries):
    few, _ = make_file(people=1)
    many, _ = make_file(people=4, name="Scam")
    client = client_for(make_user(roles=[Role.QA_MANAGER]))
    page_of(few, client=client)

    assert count_queries(lambda: page_of(few, client=client)) == count_queries(lambda: page_of(many, client=client))
