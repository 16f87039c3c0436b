"""What a labeler reads about their own work."""

from datetime import timedelta

import pytest

from calibration.models import GoldScore
from calibration.queries.my_quality import my_quality
from calibration.queries.windows import day_start
from calibration.services.refresh import refresh_queue
from qaplatform import clock
from tests.builders import client_for, make_labeler, make_queue
from tests.calibration.builders import answer_gold, make_plan

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def queue():
    return make_plan(make_queue("Spam")).queue


def answer(queue, labeler, right, *, start):
    answer_gold(queue, labeler, right, start=start, step=timedelta(minutes=1))
    refresh_queue(queue.pk, now=start + HOUR)


def test_answers_of_today_are_left_out_so_that_no_item_is_given_away(queue):
    lena = make_labeler(queues=[queue])
    today = day_start(clock.now())
    answer(queue, lena, [True] * 12 + [False], start=today - 3 * HOUR)
    answer(queue, lena, [False], start=today)

    [result] = my_quality(lena, now=today + 2 * HOUR).results

    assert GoldScore.objects.filter(labeler=lena).count() == 14
    assert (result.right, result.n) == (12, 13)


@pytest.mark.parametrize(("errors", "shown"), [(2, []), (3, [("Spam", "No violation", 3)])])
def test_confusions_are_shown_from_three_of_a_kind(queue, errors, shown):
    lena = make_labeler(queues=[queue])
    today = day_start(clock.now())
    answer(queue, lena, [True] * 5 + [False] * errors, start=today - 3 * HOUR)

    [result] = my_quality(lena, now=today + HOUR).results

    assert [(pair.expected, pair.given, pair.n) for pair in result.confusions] == shown


def test_only_own_answers_count(queue):
    lena, other = make_labeler(queues=[queue]), make_labeler(queues=[queue])
    today = day_start(clock.now())
    answer(queue, other, [True] * 5, start=today - 3 * HOUR)

    assert my_quality(lena, now=today + HOUR).results == []


def test_the_page_of_somebody_new_says_what_comes(queue):
    page = client_for(make_labeler(queues=[queue])).get("/my-quality/")

    assert page.status_code == 200
    assert "No results yet" in page.content.decode()


def test_gold_of_a_clause_whose_meaning_changed_counts_for_nothing_here_too(queue):
    lena = make_labeler(queues=[queue])
    today = day_start(clock.now())
    answer(queue, lena, [True] * 5 + [False] * 4, start=today - 3 * HOUR)
    changed = queue.policy.clauses.get(code="1.1").revisions.create(number=7, title="Spam", text="Never in force.")
    GoldScore.objects.filter(is_correct=False).update(clause_revision=changed)

    [result] = my_quality(lena, now=today + HOUR).results

    assert (result.right, result.n, result.confusions) == (5, 5, [])


def test_a_suspended_certification_shows_since_when_it_is_suspended(queue):
    lena = make_labeler(queues=[queue])
    suspended_at = clock.now() - timedelta(days=3)
    lena.skill_grants.update(granted_at=suspended_at - timedelta(days=90), suspended_at=suspended_at)

    page = client_for(lena).get("/my-quality/").content.decode()

    grant = page.split("Certified for", 1)[1].split("</ul>", 1)[0]
    assert suspended_at.isoformat(timespec="seconds") in grant
