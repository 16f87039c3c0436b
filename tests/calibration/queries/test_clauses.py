"""What counts after a policy changed: by clause, through real adoptions."""

from datetime import timedelta

import pytest

from calibration.models import GoldScore, MetricSnapshot, Watch
from calibration.queries.clauses import eras_of, read_versions, revisions_in_force
from calibration.queries.meanings import read_carried
from calibration.queries.questions import read_questions
from calibration.services.refresh import refresh_queue
from labeling.models import PolicyVersion
from qaplatform.people.models import SkillGrant
from tests.builders import make_labeler, make_queue
from tests.calibration.builders import NOON, add_gold_label, answer_gold, make_gold, make_plan
from tests.labeling.test_adoptions import adopt, publish

pytestmark = pytest.mark.django_db


def revision(queue, code, *, version=None):
    version = version or queue.policy_version
    return version.revisions.get(clause__code=code)


def words(queue):
    return list(revisions_in_force(read_versions(queue), queue).words)


def eras(queue):
    question = next(question for question in read_questions(queue) if question.key == "category")
    return eras_of(read_versions(queue), queue, question)


def pairs(queue, code):
    found = read_carried(queue)
    rows = zip(found.revision_ids, found.version_ids, strict=True)
    numbers = dict(PolicyVersion.objects.values_list("pk", "number"))
    ids = dict(queue.policy.clauses.get(code=code).revisions.values_list("pk", "number"))
    return sorted((ids[revision_id], numbers[version_id]) for revision_id, version_id in rows if revision_id in ids)


def reword(queue, code):
    """A next version in which a clause has other words and the same meaning."""
    version = publish(queue, changed=[code])
    version.changed_clauses.clear()
    return version


def test_a_revision_whose_words_alone_changed_is_in_force_beside_the_new_one():
    queue = make_queue()

    adopt(queue, reword(queue, "1.2"))

    assert words(queue) == ["1.1 r1", "1.2 r1", "1.2 r2", "1.3 r1"]


def test_a_revision_whose_meaning_changed_is_out_of_force():
    queue = make_queue()

    adopt(queue, publish(queue, changed=["1.2"]))

    assert words(queue) == ["1.1 r1", "1.2 r2", "1.3 r1"]


def test_a_clause_that_went_is_out_of_force():
    queue = make_queue()

    adopt(queue, publish(queue, changed=[], without=["1.3"]))

    assert words(queue) == ["1.1 r1", "1.2 r1"]


def test_newer_words_of_the_same_meaning_count_after_going_back():
    queue = make_queue()
    first = queue.policy_version
    second = reword(queue, "1.2")
    adopt(queue, second)
    adopt(queue, publish(queue, changed=["1.1"]))

    adopt(queue, first)

    assert words(queue) == ["1.1 r1", "1.2 r1", "1.2 r2", "1.3 r1"]


def test_a_version_that_is_published_and_not_adopted_changes_nothing():
    queue = make_queue()

    publish(queue, changed=["1.1"], without=["1.3"])

    assert words(queue) == ["1.1 r1", "1.2 r1", "1.3 r1"]


def test_an_era_ends_where_a_clause_of_the_question_changes_comes_or_goes():
    queue = make_queue()
    adopt(queue, reword(queue, "1.1"))
    adopt(queue, publish(queue, changed=["1.2"]))
    adopt(queue, publish(queue, changed=[], without=["1.3"]))

    found = eras(queue)

    assert (found.eras, found.current) == ((1, 1, 3, 4), 4)


def test_an_answer_is_held_against_gold_of_its_own_meaning_alone():
    queue = make_queue()
    adopt(queue, reword(queue, "1.2"))
    adopt(queue, publish(queue, changed=["1.1"]))

    assert pairs(queue, "1.2") == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    assert pairs(queue, "1.1") == [(1, 1), (1, 2), (2, 3)]


def measured(queue):
    """What stands of a queue after a count, but for the moment of counting."""
    snapshots = MetricSnapshot.objects.filter(queue=queue).order_by("metric", "question", "cut", "key")
    watches = Watch.objects.filter(queue=queue).order_by("labeler_id")
    return (
        list(snapshots.values_list("metric", "cut", "key", "tally", "estimates")),
        list(watches.values_list("labeler_id", "n", "statistic", "level", "started_at")),
    )


def test_gold_accuracy_and_watch_of_unchanged_clauses_stand_after_a_real_adoption():
    plan, labeler = make_plan(), make_labeler()
    queue = plan.queue
    unchanged = revision(queue, "1.1")
    for label in answer_gold(queue, labeler, [True] * 20 + [False] * 3):
        label.item.gold.answers.update(clause_revision=unchanged)
    refresh_queue(queue.pk, now=NOON)
    before = measured(queue)

    adopt(queue, publish(queue, changed=["1.2"]))
    refresh_queue(queue.pk, now=NOON)

    figures = measured(queue)
    accuracy = [row for row in figures[0] if row[0] == "accuracy"]
    assert accuracy == [row for row in before[0] if row[0] == "accuracy"] != []
    assert figures[1] == before[1] != []


def test_gold_scores_of_a_reworded_clause_stand_after_a_real_adoption():
    plan, labeler = make_plan(), make_labeler()
    queue = plan.queue
    reworded = revision(queue, "1.1")
    for label in answer_gold(queue, labeler, [True] * 20):
        label.item.gold.answers.update(clause_revision=reworded)
    adopt(queue, reword(queue, "1.1"))
    later = make_gold(queue, clause_revision=revision(queue, "1.1"))
    add_gold_label(later, labeler, "spam", at=NOON - timedelta(hours=2))

    refresh_queue(queue.pk, now=NOON)

    assert GoldScore.objects.count() == 21
    assert Watch.objects.get().n == 21


def test_certifications_stand_after_a_real_adoption():
    queue = make_queue()
    make_labeler(queues=[queue])
    before = list(SkillGrant.objects.values())

    adopt(queue, publish(queue))

    assert list(SkillGrant.objects.values()) == before
