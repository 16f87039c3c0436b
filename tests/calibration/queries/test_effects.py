"""What is told of a measure after a flag: which answers count, and that another route gives the same."""

from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from calibration.enums import FlagDecision
from calibration.models import CoachingPlan, Dispute, Flag, GoldScore
from calibration.queries.effects import effects_of_flags, flag_effect
from calibration.services.checking_effects import check_effects, differences_of
from calibration.services.coaching import mark_step_done, sign_plan
from calibration.services.decisions import decide_flag
from calibration.services.refresh import refresh_queue
from calibration.stats import Change, Status
from labeling.models import ClauseRevision
from qaplatform import clock
from tests.builders import make_labeler
from tests.calibration.builders import answer_gold
from tests.calibration.loop.builders import Floor, make_floor

pytestmark = pytest.mark.django_db

DAY, STEP = timedelta(days=1), timedelta(minutes=1)


def coach(floor: Floor, *, before: list[bool], after: list[bool], others: list[bool] | None = None) -> Flag:
    """Answers between flag and decision, coaching that both sides sign, answers after it.

    Between the alarm and the flag lies one more, a wrong one.
    """
    opened = floor.flag.opened_at
    answer_gold(floor.queue, floor.lena, before, start=opened + STEP, step=STEP)
    with clock.lived_at(opened + DAY):
        decide_flag(floor.flag, FlagDecision.COACH, actor=floor.quinn, reason="Misses")
        sign(floor)
    answer_gold(floor.queue, floor.lena, after, start=opened + DAY + STEP, step=STEP)
    if others is not None:
        mila = make_labeler("mila", team=floor.team, queues=[floor.queue])
        answer_gold(floor.queue, mila, others[: len(others) // 2], start=opened + STEP, step=STEP)
        answer_gold(floor.queue, mila, others[len(others) // 2 :], start=opened + DAY + STEP, step=STEP)
    refresh_queue(floor.queue.pk)
    return Flag.objects.select_related("labeler", "queue").get(pk=floor.flag.pk)


def sign(floor: Floor) -> None:
    plan = CoachingPlan.objects.get(flag=floor.flag)
    for step in plan.steps.all():
        mark_step_done(step, actor=floor.theo)
    sign_plan(plan, actor=floor.theo)
    sign_plan(plan, actor=floor.lena.user)


@pytest.fixture
def floor() -> Floor:
    return make_floor(days_ago=4)


def test_answers_after_the_alarm_stand_against_answers_after_the_measure(floor):
    flag = coach(floor, before=[True] * 24 + [False] * 15, after=[True] * 38 + [False] * 2)

    told = flag_effect(flag, now=clock.now())

    assert told.found.pre.rounded(3)[0] == 0.6
    assert told.found.post.rounded(3)[0] == 0.95
    assert (told.found.pre.n, told.found.post.n, told.found.change) == (40, 40, Change.IMPROVED)
    assert told.measure_words == "coaching"
    assert (told.run.value, told.run.n) == (0, told.run.n)
    assert told.found.words.startswith("35 points better than before: .95 of 40 against .60 of 40")


def test_only_the_first_hundred_count(floor):
    flag = coach(floor, before=[True] * 30, after=[True] * 100 + [False] * 20)

    assert flag_effect(flag, now=clock.now()).found.post.rounded(3) == (1.0, 0.963, 1.0)


def test_few_answers_after_hide_the_effect_and_say_how_many_more(floor):
    flag = coach(floor, before=[True] * 30, after=[True] * 12)

    told = flag_effect(flag, now=clock.now())

    assert (told.found.status, told.found.effect.value) == (Status.TOO_FEW, None)
    assert told.found.words.endswith("18 more will tell.")


def test_others_of_the_queue_stand_beside_it(floor):
    others = ([True] * 8 + [False] * 2) * 4 + [True] * 40
    flag = coach(floor, before=[True] * 24 + [False] * 15, after=[True] * 40, others=others)

    told = flag_effect(flag, now=clock.now())

    assert told.found.peers.value == pytest.approx(0.2)
    assert told.found.beyond_peers.value == pytest.approx(0.2)


def test_answers_of_others_under_an_old_meaning_are_out(floor):
    others = ([True] * 8 + [False] * 2) * 4 + [True] * 40
    flag = coach(floor, before=[True] * 24 + [False] * 15, after=[True] * 40, others=others)
    revision = floor.queue.policy_version.revisions.first()
    scores = GoldScore.objects.filter(queue=floor.queue)
    scores.update(clause_revision=revision)
    assert flag_effect(flag, now=clock.now()).found.peers.value == pytest.approx(0.2)
    old = ClauseRevision.objects.create(clause=revision.clause, number=99, title=revision.title, text="Once.")
    scores.exclude(labeler=floor.lena).update(clause_revision=old)

    assert flag_effect(flag, now=clock.now()).found.peers is None


def test_others_with_a_flag_of_their_own_are_no_peers(floor):
    flag = coach(floor, before=[True] * 30, after=[True] * 40, others=[True] * 20 + [False] * 60)

    assert Flag.objects.filter(queue=floor.queue).count() == 2
    assert flag_effect(flag, now=clock.now()).found.peers is None


def test_disputed_answers_are_out(floor):
    flag = coach(floor, before=[True] * 24 + [False] * 15, after=[True] * 40)
    score = GoldScore.objects.filter(labeler=floor.lena, is_correct=False).order_by("-answered_at").first()
    row = flag.evidence.order_by("-position").first()
    row.score = score
    row.save()
    Dispute.objects.create(evidence=row, filed_by=floor.lena.user, due_at=clock.now() + DAY, reason="It is spam.")

    assert flag_effect(flag, now=clock.now()).found.pre.n == 39
    assert check_effects(floor.queue) == []


def test_open_and_dismissed_flags_have_no_effect(floor):
    assert flag_effect(floor.flag, now=clock.now()) is None
    decide_flag(floor.flag, FlagDecision.DISMISS, actor=floor.quinn, reason="Bad luck")
    dismissed = Flag.objects.select_related("labeler", "queue").get(pk=floor.flag.pk)

    assert flag_effect(dismissed, now=clock.now()) is None
    assert check_effects(floor.queue) == []


def test_the_population_says_what_is_counted(floor):
    flag = coach(floor, before=[True] * 30, after=[True] * 40)

    population = flag_effect(flag, now=clock.now()).population

    assert "the first 100 answers after the flag" in population.sentence()
    assert datetime.fromisoformat(population.since) < flag.opened_at < datetime.fromisoformat(population.until)


def test_another_route_gives_the_same(floor):
    coach(floor, before=[True] * 24 + [False] * 15, after=[True] * 38 + [False] * 2)

    assert check_effects(floor.queue) == []


def test_a_wrong_effect_is_found(floor):
    flag = coach(floor, before=[True] * 24 + [False] * 15, after=[True] * 38 + [False] * 2)
    told = flag_effect(flag, now=clock.now())
    wrong = replace(told, found=replace(told.found, effect=replace(told.found.effect, value=0.3), p_improved=0.5))

    found = differences_of(flag, wrong, now=clock.now())

    assert [difference.what.split(",")[0].split(" after")[0] for difference in found] == ["effect", "probability"]


def test_a_wrong_number_of_answers_is_found(floor):
    flag = coach(floor, before=[True] * 30, after=[True] * 40)
    told = flag_effect(flag, now=clock.now())
    GoldScore.objects.filter(labeler=floor.lena).latest("answered_at").delete()

    [found] = differences_of(flag, told, now=clock.now())

    assert (found.stored, found.recomputed) == ((31, 40), (31, 39))


def test_effects_of_several_flags_take_as_many_queries_as_of_one(floor):
    flag = coach(floor, before=[True] * 30, after=[True] * 40)
    other = copy(flag)

    with CaptureQueriesContext(connection) as one:
        effects_of_flags([flag], now=clock.now())
    with CaptureQueriesContext(connection) as two:
        effects_of_flags([flag, other], now=clock.now())

    assert len(two) == len(one)
