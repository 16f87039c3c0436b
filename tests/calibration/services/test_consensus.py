"""Joining answers: what is joined, which way is chosen, what is stored, and that it counts for nothing else."""

from datetime import timedelta
from threading import Thread

import numpy as np
import pytest
from django.db import connection, transaction

from calibration import tasks
from calibration.enums import Aggregator
from calibration.models import ConsensusAnswer, ConsensusRun, Flag, GoldScore, MetricSnapshot
from calibration.queries.clauses import eras_of, read_versions, revisions_in_force
from calibration.queries.joined_answers import read_shared
from calibration.queries.questions import read_questions
from calibration.services.checking_consensus import check_consensus
from calibration.services.consensus import _answers, ask_to_join, fits_of, join_queue
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.trail.models import TrailEntry
from tests.builders import make_category_question, make_items, make_labeler, make_policy, make_queue, make_user
from tests.calibration.builders import NOON, add_gold_label, add_label, make_gold, make_plan, revise
from tests.calibration.pages.worlds import count, judge_gold, make_world, write_labels

HOUR = timedelta(hours=1)
SKILLS = (0.97, 0.95, 0.45, 0.45, 0.45)


@pytest.fixture
def queue():
    return make_plan().queue


@pytest.fixture
def people(queue):
    return [make_labeler(f"person{number}", queues=[queue]) for number in range(5)]


def stored(queue):
    return {row.item_id: row for row in ConsensusAnswer.objects.filter(run__queue=queue)}


def work_unevenly(queue, people, *, items=150, gold=60, seed=7):
    """Two people who know and three who guess answer overlap and gold, each wrong in one of two other ways."""
    rng = np.random.default_rng(seed)
    codes = np.array(["no_violation", "spam", "scam"])
    truth = rng.integers(0, 3, items + gold)
    given = [
        codes[place] if rng.random() < skill else codes[(place + rng.integers(1, 3)) % 3]
        for place in truth
        for skill in SKILLS
    ]
    made = make_items(queue, items + gold)
    rows = [
        (item, person, given[place * 5 + who]) for place, item in enumerate(made) for who, person in enumerate(people)
    ]
    write_labels(queue, rows, at=NOON, origin=SlotOrigin.IMPORTED)
    for item, place in zip(made[items:], truth[items:], strict=True):
        make_gold(queue, [str(codes[place])], item=item)
    return dict(zip([item.pk for item in made], codes[truth], strict=True))


@pytest.mark.django_db
def test_only_what_agreement_counts_and_two_or_more_judged_is_joined(queue, people):
    lena, mia, tom = people[:3]
    shared, single, withdrawn, unsure = make_items(queue, 4)
    for person, code in ((lena, "spam"), (mia, "spam"), (tom, "scam")):
        add_label(shared, person, code)
    add_label(single, lena, "spam")
    for person in (lena, mia):
        add_label(withdrawn, person, "spam")
    add_label(unsure, lena, "spam")
    add_label(unsure, mia, "cannot_tell")
    revise(add_label(make_items(queue)[0], lena, "spam"), "scam", at=NOON)
    withdrawn.withdrawn_at = NOON
    withdrawn.save()

    result = join_queue(queue.pk)

    [row] = stored(queue).values()
    assert (row.item_id, row.category, row.is_tied) == (shared.pk, "spam", False)
    assert row.certainty == pytest.approx(2 / 3, abs=1e-6)
    assert row.shares == {"spam": 0.666667, "scam": 0.333333}
    assert (result.ran, result.questions, result.items, result.written) == (True, 1, 1, 1)


@pytest.mark.django_db
def test_a_tie_stays_a_tie(queue, people):
    [item] = make_items(queue)
    add_label(item, people[0], "spam")
    add_label(item, people[1], "scam")

    join_queue(queue.pk)

    [row] = stored(queue).values()
    assert (row.category, row.is_tied, row.certainty) == ("", True, 0.5)


@pytest.mark.django_db
def test_without_gold_the_majority_is_used_and_says_why(queue, people):
    [item] = make_items(queue)
    for person in people[:3]:
        add_label(item, person, "spam")

    join_queue(queue.pk)

    run = ConsensusRun.objects.get()
    assert run.aggregator == Aggregator.MAJORITY
    assert run.words.startswith("Majority is used. No gold item was judged by several people")
    assert [way["name"] for way in run.accuracies["ways"]] == list(Aggregator.values)
    assert run.population["slots"].startswith("current answers of ordinary, overlap and imported slots")


@pytest.mark.django_db
def test_another_way_is_used_where_gold_says_that_it_is_better(queue, people):
    truth = work_unevenly(queue, people)

    join_queue(queue.pk)

    run = ConsensusRun.objects.get()
    ways = {way["name"]: way for way in run.accuracies["ways"]}
    assert run.aggregator in {"dawid_skene", "one_coin", "glad"}
    assert run.accuracies["n"] == 60
    assert ways[run.aggregator]["right"] > ways["majority"]["right"]
    assert np.mean([row.category == truth[item] for item, row in stored(queue).items()]) > 0.9


@pytest.mark.django_db
def test_placed_gold_helps_to_choose_and_is_never_joined(queue, people):
    shared = make_items(queue, 3)
    for item in shared:
        for person in people[:3]:
            add_label(item, person, "spam")
    judge_gold(queue, people, [True] * 31 + [False])
    refresh_queue(queue.pk, now=clock.now())

    join_queue(queue.pk)

    run = ConsensusRun.objects.get()
    assert set(stored(queue)) == {item.pk for item in shared}
    assert run.accuracies["n"] == 32
    assert [(way["right"], way["n"]) for way in run.accuracies["ways"]] == [(31, 32)] * 4
    assert run.accuracies["population"]["reference"] == "gold"


@pytest.mark.django_db
def test_gold_is_held_to_as_many_answers_as_an_item_usually_has(queue, people):
    """Five answered each gold item, the first three of them wrongly; items have three answers."""
    [item] = make_items(queue)
    for person in people[:3]:
        add_label(item, person, "spam")
    for _ in range(4):
        gold = make_gold(queue)
        for place, person in enumerate(people):
            add_gold_label(gold, person, "scam" if place < 3 else "spam", at=NOON + place * HOUR)
    refresh_queue(queue.pk, now=clock.now())

    join_queue(queue.pk)

    run = ConsensusRun.objects.get()
    assert [(way["right"], way["tied"], way["n"]) for way in run.accuracies["ways"]] == [(0, 0, 4)] * 4
    assert check_consensus(queue) == []


@pytest.mark.django_db
def test_joining_twice_writes_nothing_the_second_time(queue, people):
    work_unevenly(queue, people, items=30, gold=5)
    join_queue(queue.pk)
    before = {pk: (row.pk, row.category, row.shares) for pk, row in stored(queue).items()}

    again = join_queue(queue.pk)

    assert again.written == 0
    assert {pk: (row.pk, row.category, row.shares) for pk, row in stored(queue).items()} == before
    assert ConsensusRun.objects.count() == 1


@pytest.mark.django_db
def test_a_further_answer_changes_one_item_and_a_withdrawn_one_goes(queue, people):
    first, second = make_items(queue, 2)
    for item in (first, second):
        for person in people[:2]:
            add_label(item, person, "spam")
    join_queue(queue.pk)
    add_label(first, people[2], "scam")
    second.withdrawn_at = clock.now()
    second.save()

    again = join_queue(queue.pk)

    assert again.written == 2
    assert {pk: row.certainty for pk, row in stored(queue).items()} == {first.pk: 0.666667}


@pytest.mark.django_db
def test_a_question_without_shared_answers_has_no_run_left(queue, people):
    [item] = make_items(queue)
    labels = [add_label(item, person, "spam") for person in people[:2]]
    join_queue(queue.pk)
    revise(labels[0], "cannot_tell", at=clock.now())

    join_queue(queue.pk)

    assert not ConsensusRun.objects.exists()
    assert not ConsensusAnswer.objects.exists()


@pytest.mark.django_db
def test_joint_answers_open_no_flag_and_change_no_figure():
    world = make_world()
    before = list(MetricSnapshot.objects.order_by("pk").values("pk", "tally", "estimates"))
    scores = list(GoldScore.objects.order_by("pk").values("pk", "is_correct"))
    flags = Flag.objects.count()

    join_queue(world.queue.pk)
    count(world.queue)

    assert ConsensusAnswer.objects.filter(run__queue=world.queue).count() == 12
    assert list(MetricSnapshot.objects.order_by("pk").values("pk", "tally", "estimates")) == before
    assert list(GoldScore.objects.order_by("pk").values("pk", "is_correct")) == scores
    assert Flag.objects.count() == flags


@pytest.mark.django_db
@pytest.mark.parametrize("way", list(Aggregator))
def test_the_checker_confirms_every_way_by_other_means(queue, people, way):
    work_unevenly(queue, people)
    join_queue(queue.pk)
    _use(queue, way)

    differences = [found.what for found in check_consensus(queue)]

    assert [what for what in differences if not what.startswith("way of")] == []


@pytest.mark.django_db
def test_the_checker_finds_what_was_changed(queue, people):
    work_unevenly(queue, people)
    join_queue(queue.pk)
    row = ConsensusAnswer.objects.earliest("pk")
    row.shares = {"spam": 0.4, "scam": 0.6}
    row.save()
    run = ConsensusRun.objects.get()
    run.accuracies["ways"][0]["right"] += 1
    run.save()

    found = {difference.what for difference in check_consensus(queue)}

    assert f"shares of item {row.item_id}, joint answers to category" in found
    assert f"winner of item {row.item_id}, joint answers to category" in found
    assert "majority on gold, joint answers to category" in found


@pytest.mark.django_db
def test_the_checker_leaves_a_run_alone_that_newer_answers_have_overtaken(queue, people):
    work_unevenly(queue, people, items=10, gold=2)
    join_queue(queue.pk)
    add_label(make_items(queue)[0], people[0], "spam")
    count(queue)
    ConsensusAnswer.objects.all().delete()

    assert check_consensus(queue) == []


def _use(queue, way):
    """Store what another way gives, as if it had been chosen."""
    run, [question] = ConsensusRun.objects.get(), read_questions(queue)
    versions = read_versions(queue)
    found = read_shared(queue.pk, question, eras_of(versions, queue, question), revisions_in_force(versions, queue))
    ratings = found.coded(question)
    run.aggregator = way
    run.save()
    run.answers.all().delete()
    ConsensusAnswer.objects.bulk_create(_answers(run, fits_of(ratings)[way], ratings))


@pytest.mark.django_db
def test_who_asked_for_it_is_written_down(queue):
    quinn = make_user("quinn", roles=[Role.QA_MANAGER])

    ask_to_join(queue, actor=quinn)

    entry = TrailEntry.objects.get(action="joint_answers_asked_for")
    assert entry.actor == quinn


@pytest.mark.django_db
def test_the_job_joins_a_queue_with_answers_and_may_run_twice(queue, people):
    [item] = make_items(queue)
    for person in people[:2]:
        add_label(item, person, "spam")

    tasks.join_scope(queue.pk)
    tasks.join_scope(queue.pk)

    assert ConsensusRun.objects.get().n_items == 1


@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_once_join_a_queue_once(queue, people):
    [item] = make_items(queue)
    for person in people[:2]:
        add_label(item, person, "spam")
    results = []

    def join_elsewhere():
        results.append(join_queue(queue.pk))
        connection.close()

    with transaction.atomic():
        first = join_queue(queue.pk)
        other = Thread(target=join_elsewhere)
        other.start()
        other.join()

    assert (first.ran, [result.ran for result in results]) == (True, [False])
    assert ConsensusRun.objects.count() == 1


@pytest.mark.django_db
def test_a_joint_answer_of_many_categories_is_kept_whole():
    policy = make_policy(categories=[f"category_with_a_name_as_policies_have_them_{number:02}" for number in range(12)])
    codes = sorted(policy.categories.values_list("code", flat=True))
    queue = make_queue(policy=policy, questions=[make_category_question(policy, kind="multi")])
    (item,) = make_items(queue)
    for number in range(2):
        add_label(item, make_labeler(f"person{number}", queues=[queue]), {"category": codes})

    join_queue(queue.pk)

    assert stored(queue)[item.pk].category == "+".join(codes)
