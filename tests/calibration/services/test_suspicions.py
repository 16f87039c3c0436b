"""The nightly search: what it finds in gold, what it keeps, and what a person decides."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, transaction

from calibration import tasks
from calibration.enums import GoldState, SuspicionKind, SuspicionState
from calibration.models import GoldHealth, GoldScore, Suspicion
from calibration.services.checking_gold_health import check_gold_health
from calibration.services.gold import retire_gold
from calibration.services.gold_corrections import correct_gold
from calibration.services.refresh import refresh_queue
from calibration.services.suspicions import (
    MORE_ANSWERS,
    STRONGER,
    decide_suspicion,
    is_clearly_stronger,
    search_queue,
)
from labeling.enums import SlotOrigin
from qaplatform import clock
from qaplatform.errors import InvalidInput, NotFound, Refused
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from qaplatform.web.figures import percent
from tests.builders import make_category_question, make_items, make_labeler, make_policy, make_queue, make_user
from tests.calibration.builders import NOON, add_label, make_gold, make_plan
from tests.calibration.suspicions import answer_all, make_gold_world, make_pair_suspicion, make_suspicion


@pytest.fixture
def queue():
    return make_plan().queue


@pytest.fixture
def people(queue):
    return [make_labeler(f"person{number}", queues=[queue]) for number in range(12)]


@pytest.fixture
def quinn():
    return make_user("quinn", roles=[Role.QA_MANAGER])


def rows():
    return {(row.kind, row.gold_id): row for row in Suspicion.objects.all()}


@pytest.mark.django_db
def test_wrong_and_leaked_gold_are_found_and_nothing_else(queue, people):
    wrong, leaked = make_gold_world(queue, people)

    search_queue(queue.pk)

    found = rows()
    assert set(found) == {("wrong_gold", wrong.pk), ("leaked_gold", leaked.pk)}
    words = found["wrong_gold", wrong.pk].words
    assert words.startswith("11 of 12 answers differ from the expected one; on right gold, ")
    assert "would look like this" in words
    assert found["leaked_gold", leaked.pk].words.startswith(
        f"Its first 6 answers were right in {percent(0.5)} and took 30 s, the 6 after them were right in {percent(1)}"
        " and took 3 s (medians)."
    )
    facts = found["wrong_gold", wrong.pk].facts
    assert (facts["n"], facts["wrong"], facts["given"], facts["accepted"]) == (12, 11, [["scam", 11]], ["spam"])


@pytest.mark.django_db
def test_health_holds_what_the_gold_page_shows(queue, people):
    wrong, leaked = make_gold_world(queue, people)

    search_queue(queue.pk)

    row = wrong.health
    leak = leaked.health.figures["leak"]
    assert (row.n, row.right, row.disputes) == (12, 1, 0)
    assert row.difficulty > 0.6
    assert row.figures["exposures"] == 12
    assert row.figures["age_days"] >= 400
    assert (leak["n"], leak["gain"], leak["faster"]) == (12, 0.5, 0.9)
    assert row.population["reference"] == "gold"
    assert GoldHealth.objects.count() == 22


@pytest.mark.django_db
def test_item_response_is_fitted_where_enough_people_answered_enough(queue):
    people = [make_labeler(f"person{number}", queues=[queue]) for number in range(16)]
    wrong, _ = make_gold_world(queue, people)

    search_queue(queue.pk)

    assert wrong.health.figures["irt_difficulty"] > 1
    assert wrong.health.figures["irt_discrimination"] > 0


@pytest.mark.django_db
def test_searching_twice_changes_nothing_but_the_time(queue, people):
    make_gold_world(queue, people)
    first = search_queue(queue.pk)
    before = list(Suspicion.objects.order_by("pk").values("pk", "public_id", "words", "score", "found_at"))
    health = list(GoldHealth.objects.order_by("pk").values("pk", "n", "right", "difficulty", "discrimination"))

    second = search_queue(queue.pk)

    assert (first.opened, second.opened, second.kept, second.removed) == (2, 0, 2, 0)
    assert list(Suspicion.objects.order_by("pk").values("pk", "public_id", "words", "score", "found_at")) == before
    assert list(GoldHealth.objects.order_by("pk").values("pk", "n", "right", "difficulty", "discrimination")) == health


@pytest.mark.django_db
def test_what_is_no_longer_found_goes_and_what_was_decided_stays(queue, people, quinn):
    wrong, leaked = make_gold_world(queue, people)
    search_queue(queue.pk)
    decide_suspicion(rows()["leaked_gold", leaked.pk], SuspicionState.DISMISSED, actor=quinn, note="A course.")
    GoldScore.objects.filter(item=wrong.item).update(is_correct=True)

    result = search_queue(queue.pk)

    [kept] = Suspicion.objects.all()
    assert (kept.kind, kept.state) == (SuspicionKind.LEAKED_GOLD, SuspicionState.DISMISSED)
    assert result.removed == 1


@pytest.mark.django_db
def test_retired_gold_is_suspected_no_longer(queue, people, quinn):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)
    retire_gold(wrong, reason="Nobody agrees.", actor=quinn)

    search_queue(queue.pk)

    assert not Suspicion.objects.filter(gold=wrong).exists()


@pytest.mark.django_db
def test_what_was_decided_is_not_opened_again_by_the_same_finding(queue, people, quinn):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)
    decide_suspicion(rows()["wrong_gold", wrong.pk], SuspicionState.DISMISSED, actor=quinn, note="It is right.")

    search_queue(queue.pk)

    [row] = Suspicion.objects.filter(gold=wrong)
    assert row.state == SuspicionState.DISMISSED


@pytest.mark.django_db
def test_what_was_decided_is_opened_again_where_the_finding_has_grown_clearly(queue, people, quinn):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)
    decided = decide_suspicion(rows()["wrong_gold", wrong.pk], SuspicionState.DISMISSED, actor=quinn, note="Right.")
    Suspicion.objects.filter(pk=decided.pk).update(score=decided.score / 2, facts={**decided.facts, "n": 5})

    search_queue(queue.pk)

    assert sorted(Suspicion.objects.filter(gold=wrong).values_list("state", flat=True)) == ["dismissed", "open"]


@pytest.mark.django_db
def test_a_corrected_answer_is_another_matter_than_the_one_that_was_decided_on(queue, people, quinn):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)
    decide_suspicion(rows()["wrong_gold", wrong.pk], SuspicionState.CONFIRMED, actor=quinn, note="Wrong indeed.")
    quentin = make_user("quentin", roles=[Role.QA_MANAGER])
    correct_gold(wrong, question="category", accepted=["no_violation"], reason="None.", author=quinn, approver=quentin)
    refresh_queue(queue.pk)

    search_queue(queue.pk)

    reopened = Suspicion.objects.get(gold=wrong, state=SuspicionState.OPEN)
    assert reopened.facts["gold_answer"] == 2


@pytest.mark.parametrize(
    ("score", "n", "is_stronger"),
    [
        (3.0 * STRONGER, 6 + MORE_ANSWERS, True),
        (3.0 * STRONGER - 0.01, 6 + MORE_ANSWERS, False),
        (3.0 * STRONGER, 6 + MORE_ANSWERS - 1, False),
    ],
)
def test_a_finding_has_grown_clearly_by_half_its_strength_on_three_more_answers(score, n, is_stronger):
    decided = Suspicion(score=3.0, facts={"n": 6})

    assert is_clearly_stronger(Suspicion(score=score, facts={"n": n}), decided) is is_stronger


@pytest.mark.django_db
def test_three_answers_can_only_be_doubtful_and_say_how_many_chance_gives(queue, people):
    make_gold_world(queue, people)
    gold = make_gold(queue)
    answer_all(gold, people[:3], [False, False, True], at=NOON - timedelta(days=2))
    refresh_queue(queue.pk)

    search_queue(queue.pk)

    row = rows()["wrong_gold", gold.pk]
    assert row.facts["by_chance"] == pytest.approx(row.p_value * row.facts["tested"], rel=0.01)
    assert row.facts["tested"] == 23


@pytest.mark.django_db
def test_one_who_differs_is_never_a_suspicion(queue, people):
    make_gold_world(queue, people)
    gold = make_gold(queue)
    answer_all(gold, people[:1], [False], at=NOON - timedelta(days=2))
    refresh_queue(queue.pk)

    search_queue(queue.pk)

    assert ("wrong_gold", gold.pk) not in rows()
    assert gold.health.n == 1


@pytest.mark.django_db
def test_a_queue_without_answers_to_gold_is_searched_and_nothing_is_found(queue):
    make_gold(queue)

    result = search_queue(queue.pk)

    assert (result.ran, result.health, result.opened) == (True, 0, 0)


@pytest.mark.django_db
def test_decision_is_kept_with_its_note_and_in_the_trail(queue, quinn):
    suspicion = make_suspicion(make_gold(queue))

    decided = decide_suspicion(suspicion, SuspicionState.CONFIRMED, actor=quinn, note=" The clause says so. ")

    entry = TrailEntry.objects.get(action="suspicion confirmed")
    assert (decided.state, decided.note, decided.decided_by) == ("confirmed", "The clause says so.", quinn)
    assert (entry.actor_id, entry.target_id) == (quinn.pk, suspicion.public_id)
    assert entry.detail["note"] == "The clause says so."
    assert decided.gold.state == GoldState.LIVE


@pytest.mark.django_db
def test_second_decision_is_refused_and_says_who_was_first(queue, quinn):
    suspicion = make_suspicion(make_gold(queue))
    decide_suspicion(suspicion, SuspicionState.CONFIRMED, actor=quinn, note="Yes.")

    with pytest.raises(Refused, match="confirmed by quinn already"):
        decide_suspicion(suspicion, SuspicionState.DISMISSED, actor=make_user("quentin"), note="No.")


@pytest.mark.django_db
def test_decision_without_a_note_or_without_a_choice_is_refused(queue, quinn):
    suspicion = make_suspicion(make_gold(queue))

    with pytest.raises(InvalidInput, match="Write what you found"):
        decide_suspicion(suspicion, SuspicionState.CONFIRMED, actor=quinn, note=" ")
    with pytest.raises(InvalidInput, match="confirmed or dismissed"):
        decide_suspicion(suspicion, SuspicionState.OPEN, actor=quinn, note="Hm.")


@pytest.mark.django_db
def test_nobody_decides_on_a_suspicion_about_themselves(queue, people):
    suspicion = make_pair_suspicion(queue, people[0], people[1])

    with pytest.raises(Refused, match="about you"):
        decide_suspicion(suspicion, SuspicionState.DISMISSED, actor=people[1].user, note="I did not.")


@pytest.mark.django_db
def test_what_was_found_is_confirmed_by_another_route(queue, people):
    make_gold_world(queue, people)
    search_queue(queue.pk)

    assert check_gold_health(queue) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("right", 5, "right"),
        ("n", 40, "n"),
        ("difficulty", 0.1, "difficulty"),
        ("discrimination", 0.9, "item-rest"),
        ("disputes", 3, "disputes"),
    ],
)
def test_a_wrong_health_figure_is_a_difference(queue, people, field, value, what):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)
    GoldHealth.objects.filter(gold=wrong).update(**{field: value})

    [difference] = check_gold_health(queue)

    assert difference.what.startswith(f"{what} of gold")
    assert difference.stored == value


@pytest.mark.django_db
@pytest.mark.parametrize(("fact", "kind"), [("wrong", "wrong_gold"), ("n", "wrong_gold"), ("n", "leaked_gold")])
def test_a_wrong_fact_of_a_suspicion_is_a_difference(queue, people, fact, kind):
    make_gold_world(queue, people)
    search_queue(queue.pk)
    row = Suspicion.objects.get(kind=kind)
    row.facts[fact] = 99
    row.save()

    [difference] = check_gold_health(queue)

    assert difference.stored == 99


@pytest.mark.django_db
def test_health_that_is_missing_is_a_difference(queue, people):
    wrong, _ = make_gold_world(queue, people)
    search_queue(queue.pk)
    GoldHealth.objects.filter(gold=wrong).delete()

    [difference] = check_gold_health(queue)

    assert difference.recomputed == 12


@pytest.mark.django_db(transaction=True)
def test_one_search_of_a_queue_at_a_time(queue, people):
    make_gold_world(queue, people[:3], items=2)
    results = []

    def search_beside():
        results.append(search_queue(queue.pk))
        connection.close()

    with transaction.atomic():
        search_queue(queue.pk)
        beside = Thread(target=search_beside)
        beside.start()
        beside.join()

    assert [result.ran for result in results] == [False]


@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_night_searches_every_queue(queue, people, settings):
    settings.CELERY_TASK_ALWAYS_EAGER = True
    wrong, _ = make_gold_world(queue, people)
    make_items(make_queue("Other"))

    tasks.search_scope(queue.pk)
    tasks.search_scope(queue.pk)

    assert Suspicion.objects.filter(gold=wrong).count() == 1
    assert clock.now() >= wrong.health.computed_at


@pytest.mark.django_db
def test_what_the_search_took_away_meanwhile_is_not_there_to_decide(queue, quinn):
    suspicion = make_suspicion(make_gold(queue))
    Suspicion.objects.filter(pk=suspicion.pk).delete()

    with pytest.raises(NotFound, match="no longer finds this"):
        decide_suspicion(suspicion, SuspicionState.CONFIRMED, actor=quinn, note="It is wrong.")


@pytest.mark.django_db
def test_a_long_run_of_a_set_of_many_categories_is_kept_whole():
    policy = make_policy(categories=[f"category_with_a_name_as_policies_have_them_{number:02}" for number in range(12)])
    codes = [category.code for category in policy.categories.order_by("code")]
    queue = make_queue(policy=policy, questions=[make_category_question(policy, kind="multi")])
    person = make_labeler("person", queues=[queue])
    for number, item in enumerate(make_items(queue, 120)):
        given = codes if 40 <= number < 90 else [codes[number % 12]]
        at = clock.now() - timedelta(days=1) + timedelta(minutes=number)
        add_label(item, person, {"category": given}, at=at, origin=SlotOrigin.ENTRY)

    search_queue(queue.pk)

    assert len(Suspicion.objects.get(kind=SuspicionKind.LONG_RUNS).words) > 500
