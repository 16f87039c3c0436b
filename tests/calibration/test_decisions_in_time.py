"""Imported decisions in time: under which version and on which day they count, and what stands again after an undo."""

from pathlib import Path

import pytest
from pytest_django import Settings

from calibration.enums import AdjudicationOutcome
from calibration.models import Adjudication, AuditedLabel, GoldScore
from calibration.queries.audited import counted_audits
from calibration.services.adjudications import Ruling, adjudicate
from calibration.services.checking import check_snapshots
from calibration.services.refresh import refresh_queue
from labeling.models import ImportRun, Label, Queue
from labeling.services.imports.decisions import ask_undo, undo_import
from tests.builders import make_category_question, make_policy, make_queue, make_user
from tests.calibration.policy_changes import adopt, publish
from tests.labeling.importing.decision_builders import import_decisions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Settings) -> None:
    settings.UPLOAD_DIR = tmp_path


def queue_of_files(**question: object) -> Queue:
    """Where `import_decisions` puts what it reads."""
    policy = make_policy("Community")
    return make_queue("Community", policy=policy, questions=[make_category_question(policy, **question)])


def take_back(run: ImportRun) -> None:
    undo_import(ask_undo(run, actor=make_user()).pk)


def test_a_decision_belongs_to_the_version_that_the_queue_followed_on_its_date() -> None:
    queue = queue_of_files()
    adopt(queue, publish(queue, changes="1.1"))
    adopt(queue, publish(queue, changes="1.2"))

    import_decisions("case,who,verdict,qa,at\np1,anna,spam,spam,2026-05-01\np2,anna,spam,scam,\n")

    found = counted_audits().order_by("item__external_id")
    assert list(found.values_list("label__policy_version__number", "clause_revision__number")) == [(1, 1), (3, 2)]


def test_a_qa_decision_that_comes_later_is_about_the_clause_as_it_was_when_decided() -> None:
    queue = queue_of_files()
    import_decisions("case,who,verdict,at\np1,anna,spam,2026-05-01\n")
    adopt(queue, publish(queue, changes="1.1"))

    import_decisions("case,who,verdict,qa,at\np1,anna,spam,scam,2026-05-01\np2,anna,spam,spam,2026-05-01\n")

    found = counted_audits().order_by("item__external_id")
    assert list(found.values_list("clause_revision__clause__code", "clause_revision__number")) == [
        ("1.2", 1),
        ("1.1", 1),
    ]


def test_a_decision_that_was_changed_under_a_new_version_is_held_against_gold_of_that_version() -> None:
    queue = queue_of_files()
    import_decisions("case,who,verdict,at\np1,anna,scam,2026-05-01\n")
    adopt(queue, publish(queue, changes="1.1"))

    import_decisions("case,who,verdict,at,gold,signed,signed on\np1,anna,spam,,spam,Vic,2026-11-01\n")
    refresh_queue(queue.pk)

    assert list(GoldScore.objects.filter(ended_at=None).values_list("given", "is_correct")) == [("spam", True)]
    assert check_snapshots(queue.pk) == ()


def test_a_decision_of_before_a_change_is_not_held_against_gold_of_after() -> None:
    queue = queue_of_files()
    adopt(queue, publish(queue, changes="1.1"))

    import_decisions("case,who,verdict,at,gold,signed,signed on\np1,anna,scam,2026-05-01,spam,Vic,2026-11-01\n")
    refresh_queue(queue.pk)

    assert not GoldScore.objects.exists()
    assert check_snapshots(queue.pk) == ()


def test_a_file_that_comes_back_with_other_dates_counts_on_those() -> None:
    columns = "case,who,verdict,qa,at,gold,signed,signed on\np1,anna,Spam,Spam,{},Spam,Vic,2026-01-01\n"
    first = import_decisions(columns.format("2020-05-01"))
    queue = Queue.objects.get()
    refresh_queue(queue.pk)
    take_back(first)
    refresh_queue(queue.pk)

    import_decisions(columns.format("2026-10-01"))
    refresh_queue(queue.pk)

    assert counted_audits().get().answered_at.date().isoformat() == "2026-10-01"
    assert GoldScore.objects.get(ended_at=None).answered_at.date().isoformat() == "2026-10-01"
    assert check_snapshots(queue.pk) == ()


def test_the_checker_sees_a_score_on_the_wrong_day() -> None:
    import_decisions("case,who,verdict,at,gold,signed,signed on\np1,anna,Spam,2026-10-01,Spam,Vic,2026-01-01\n")
    queue = Queue.objects.get()
    refresh_queue(queue.pk)
    GoldScore.objects.update(answered_at="2026-10-02T00:00:00Z")

    assert [found.what for found in check_snapshots(queue.pk)] == [f"score of label {Label.objects.get().public_id}"]


def test_a_qa_decision_on_a_question_of_several_answers_stands_again_after_an_undo() -> None:
    queue_of_files(kind="multi")
    import_decisions("case,who,verdict,qa,at\np1,anna,spam,scam,2026-05-01\n")
    second = import_decisions("case,who,verdict,at\np1,anna,scam,2026-05-02\n")

    take_back(second)

    assert list(counted_audits().values_list("given", "expected", "is_correct")) == [("spam", "scam", False)]


def test_what_was_decided_about_a_qa_decision_stands_again_with_it() -> None:
    import_decisions("case,who,verdict,qa,at\np1,anna,Spam,OK,2026-05-01\n")
    ruling = Ruling(outcome=AdjudicationOutcome.STANDS, reason="It is spam.")
    adjudicate(counted_audits().get(), ruling, actor=make_user())
    second = import_decisions("case,who,verdict,at\np1,anna,OK,2026-05-02\n")

    take_back(second)
    queue = Queue.objects.get()
    refresh_queue(queue.pk)

    standing = AuditedLabel.objects.get(ended_at=None)
    assert (standing.given, standing.expected, standing.is_correct) == ("spam", "spam", True)
    assert Adjudication.objects.get().audited == standing
    assert check_snapshots(queue.pk) == ()
