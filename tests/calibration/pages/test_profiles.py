"""Kinds of error, best guesses and what would settle a standing, on scorecards and the people's list."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calibration.models import GoldScore, SamplingPlan
from calibration.queries.best_guesses import best_guesses
from calibration.queries.clauses import read_versions, revisions_in_force
from calibration.queries.profiles import error_profile
from calibration.queries.questions import read_questions
from calibration.services.refresh import refresh_queue
from calibration.stats import ConfusionTally, Status
from labeling.models import Item
from qaplatform import clock
from qaplatform.people.enums import Role
from tests.builders import client_for, make_labeler, make_queue, make_user
from tests.calibration.builders import answer_gold, make_plan
from tests.calibration.policy_changes import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def quinn():
    return client_for(make_user("quinn", roles=[Role.QA_MANAGER]))


@pytest.fixture
def queue():
    return make_plan(make_queue("Spam"), severity_costs={"spam": 4.0}).queue


@pytest.fixture
def lena(queue):
    """27 of 30 right, three violations missed; five others are right on 29 of 30."""
    start = clock.now() - timedelta(days=2)
    lena = make_labeler("lena", queues=[queue])
    answer_gold(queue, lena, [True] * 27 + [False] * 3, start=start)
    for _ in range(5):
        answer_gold(queue, make_labeler(queues=[queue]), [True] * 29 + [False], start=start)
    refresh_queue(queue.pk)
    return lena


def question_of(queue):
    return next(question for question in read_questions(queue) if question.key == "category")


def guesses_of(labeler, queue):
    plans, in_force = {queue.pk: SamplingPlan.objects.get(queue=queue)}, {queue.pk: in_force_in(queue)}
    return best_guesses(labeler, plans, in_force=in_force, now=clock.now())[queue.pk]


def in_force_in(queue):
    return set(revisions_in_force(read_versions(queue), queue).ids)


def card_of(client, labeler):
    return client.get(reverse("calibration:scorecard", args=[labeler.public_id])).content.decode()


def test_a_scorecard_tells_the_kinds_of_error_first(quinn, lena):
    page = card_of(quinn, lena)

    assert "3 errors in 30 checked answers: 3 missed." in page
    assert "Most often “Spam” is answered “No violation” (3 times)." in page
    assert "Precision, recall and F1 by category" in page


def test_severity_costs_weigh_the_errors(queue, lena, quinn):
    page = card_of(quinn, lena)

    assert "4 where “Spam” was expected" in page
    tally = ConfusionTally.from_cells([("spam", "spam", 27), ("spam", "no_violation", 3)], ["no_violation", "spam"])
    assert error_profile(tally, question_of(queue), costs={"spam": 4.0}).cost.value == pytest.approx(0.4)
    assert error_profile(tally, question_of(queue)).cost.value == pytest.approx(0.1)


def test_a_profile_says_which_way_doubt_goes(queue):
    cells = [("no_violation", "no_violation", 95), ("no_violation", "spam", 5), ("spam", "spam", 60)]
    tally = ConfusionTally.from_cells(
        [*cells, ("spam", "no_violation", 38), ("spam", None, 2)], ["no_violation", "spam"]
    )

    profile = error_profile(tally, question_of(queue))

    assert profile.sentence == (
        "45 errors in 200 checked answers: 5 seen where there is no violation, 38 missed, 2 “cannot tell”. Most often "
        "“Spam” is answered “No violation” (38 times). Tells violations from the rest moderately, and is lenient: when "
        "in doubt, lets it pass."
    )
    assert [row.recall.value for row in profile.categories] == [0.95, 0.6]
    assert (profile.macro_f1.status, profile.correlation.lower < profile.correlation.value) == (Status.OK, True)


def test_no_errors_and_no_answers_have_their_own_words(queue):
    right = ConfusionTally.from_cells([("spam", "spam", 12)], ["no_violation", "spam"])

    assert error_profile(right, question_of(queue)).sentence == "No error in 12 checked answers."
    assert error_profile(ConfusionTally.empty(["spam"]), question_of(queue)) is None


def test_best_guess_lies_between_the_own_share_and_the_queues(queue, lena, quinn):
    [guess] = guesses_of(lena, queue)

    assert 0.9 < guess.guess.value < guess.group_mean < 29 / 30
    assert (guess.right, guess.n, guess.people, guess.language) == (27, 30, 6, None)
    assert "Best guess:" in card_of(quinn, lena)


def test_best_guesses_stand_by_language_where_there_are_several(queue, lena, quinn):
    every_third = Item.objects.filter(queue=queue).order_by("pk").values_list("pk", flat=True)[::3]
    Item.objects.filter(pk__in=every_third).update(language="es")

    found = guesses_of(lena, queue)

    assert [guess.language for guess in found] == [None, "", "es"]
    assert sum(guess.n for guess in found[1:]) == 30
    assert "Best guess by language" in card_of(quinn, lena)


def test_gold_of_a_clause_that_changed_makes_no_best_guess(queue, lena, quinn):
    revision = queue.policy_version.revisions.first()
    GoldScore.objects.filter(queue=queue).update(clause_revision=revision)
    assert guesses_of(lena, queue)[0].n == 30
    queue.policy_version = publish(queue, changes=revision.clause.code)
    queue.save()

    assert guesses_of(lena, queue) == ()
    assert "Best guess:" not in card_of(quinn, lena)


def test_few_people_give_no_best_guess(quinn):
    queue = make_plan(make_queue()).queue
    lone = make_labeler(queues=[queue])
    answer_gold(queue, lone, [True] * 20, start=clock.now() - timedelta(days=1))
    refresh_queue(queue.pk)

    assert guesses_of(lone, queue) == ()
    assert "Best guess:" not in card_of(quinn, lone)


def test_the_list_says_how_many_more_would_settle_a_standing(quinn, lena):
    page = quinn.get(reverse("calibration:people")).content.decode()

    assert "more answers would probably settle it." in page


def test_the_planner_gives_the_published_numbers(quinn):
    page = quinn.get(reverse("calibration:planner"), {"accuracy_percent": 85, "target_percent": 95}).content.decode()

    assert "Somebody who is really at 85 % is seen to be below a target of 95 % with 52 checked answers" in page
    assert all(f'<td class="num">{number}</td>' in page for number in (226, 169, 52, 78))


def test_the_planner_tells_how_exact_a_figure_gets(quinn):
    page = quinn.get(reverse("calibration:planner"), {"accuracy_percent": 95, "points": 2}).content.decode()

    assert "An accuracy near 95 % is known to 2 points either way with 465 answers." in page
    assert "Somebody who is really at 95 % is too close to a target of 95 % to be told from it." in page


def test_the_planner_asks_for_what_it_can_use(quinn):
    answer = quinn.get(reverse("calibration:planner"), {"accuracy_percent": "much"})

    assert (answer.status_code, "Enter a number." in answer.content.decode()) == (422, True)


def test_sources_of_disagreement_say_when_nothing_is_counted(quinn, queue):
    address = reverse("calibration:disagreement_sources")

    assert "Nothing has been counted yet" in quinn.get(address).content.decode()
    assert quinn.get(address, {"queue": "nonsense"}).status_code == 404


def test_severity_costs_are_set_where_the_queue_is_measured(quinn, queue):
    address = reverse("calibration:plan", args=[queue.public_id])
    page = quinn.get(address).content.decode()
    folded = page.partition('<details class="what" open>')[2].partition("</details>")[0]
    assert 'name="cost_spam" value="4.0"' in folded
    assert 'name="question"' not in folded
    form = {
        "question": "category",
        "target_percent": 95,
        "gold_percent": 5,
        "watch_gold_percent": 0,
        "mode": "matched",
        "items_a_day": 100,
        "gold_a_day_cap": 30,
        "exposures_a_team_cap": 3,
        "false_flags": 40,
        "cusum_h": 6,
    }

    refused = quinn.post(address, form | {"cost_spam": -1})
    saved = quinn.post(address, form | {"cost_spam": 2.5, "cost_no_violation": 1})

    assert (refused.status_code, saved.status_code) == (422, 302)
    assert SamplingPlan.objects.get(queue=queue).severity_costs == {"spam": 2.5}
