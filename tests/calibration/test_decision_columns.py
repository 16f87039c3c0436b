"""QA decisions and gold that come with imported decisions."""

from pathlib import Path

import pytest
from pytest_django import Settings

from calibration.enums import AuditOrigin
from calibration.models import (
    Adjudication,
    Audit,
    AuditedLabel,
    GoldAnswer,
    GoldItem,
    GoldScore,
    SamplingPlan,
    StaleMark,
)
from calibration.queries.audited import counted_audits
from calibration.services.scoring import score_gold
from labeling.importing.findings import NameDecisions
from labeling.models import Item, Label, Queue, Slot
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import (
    ask_undo,
    choose_mapping,
    confirm_import,
    draft_of,
    undo_import,
    why_not_undone,
)
from qaplatform import clock
from qaplatform.errors import Refused
from tests.builders import make_user
from tests.labeling.importing.decision_builders import import_decisions, upload_decisions
from tests.messy import make_messy

pytestmark = pytest.mark.django_db

FILE = """case,who,verdict,qa,by,at
p1,anna,Spam,Spam,vic,2026-05-01
p2,anna,OK,Spam,vic,2026-05-02
p3,ben,OK,,,2026-05-03
"""
GOLD = """case,who,verdict,gold,signed,signed on
p1,anna,Spam,Spam,Vic,2026-04-01
p1,ben,OK,Spam,Vic,2026-04-01
p2,anna,OK,OK,,
"""


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, settings: Settings) -> None:
    settings.UPLOAD_DIR = tmp_path


def judged() -> list[tuple[str, str, str, str, bool]]:
    rows = counted_audits().select_related("item", "labeler").order_by("item__external_id", "labeler__display_name")
    return [(a.item.external_id, a.labeler.display_name, a.given, a.expected, a.is_correct) for a in rows]


def live_gold() -> list[tuple[str, list[str], str]]:
    answers = GoldAnswer.objects.filter(replaced_at=None).order_by("gold__item__external_id")
    return [(a.gold.item.external_id, a.accepted, a.gold.state) for a in answers.select_related("gold__item")]


def scores() -> list[tuple[str, str, bool]]:
    score_gold(Queue.objects.get().pk, now=clock.now())
    rows = GoldScore.objects.filter(ended_at=None).order_by("labeler__display_name")
    return [(score.labeler.display_name, score.given, score.is_correct) for score in rows.select_related("labeler")]


def take_back(run: object) -> object:
    return undo_import(ask_undo(run, actor=make_user()).pk)  # type: ignore[arg-type]


def test_accuracy_against_the_qa_decisions_of_a_messy_file_is_what_it_was_made_to_be() -> None:
    messy = make_messy(seed=5, rows=800)
    run = upload_decisions(messy.file)
    run = check_import(choose_mapping(run, draft_of(run).mapping, actor=run.created_by).pk)
    decided = NameDecisions(no_violation={"Ads": "fine", "Community": "nothing_found"})
    run_import(confirm_import(run, decided, actor=run.created_by).pk)

    found: dict[tuple[str, str], tuple[int, int]] = {}
    for audited in counted_audits().select_related("queue", "labeler"):
        n, right = found.get((audited.queue.name, audited.labeler.display_name), (0, 0))
        found[audited.queue.name, audited.labeler.display_name] = n + 1, right + audited.is_correct
    assert found == messy.truth.accuracy


def test_qa_decisions_are_scores_of_their_own_reference() -> None:
    run = import_decisions(FILE)

    audit = Audit.objects.get()
    assert (audit.origin, audit.reference, audit.import_run, audit.drawn_from) == (
        AuditOrigin.IMPORTED,
        "audit_seen",
        run,
        2,
    )
    assert judged() == [("p1", "anna", "spam", "spam", True), ("p2", "anna", "ok", "spam", False)]
    assert set(AuditedLabel.objects.values_list("auditor__display_name", "inclusion_probability")) == {("vic", None)}
    assert StaleMark.objects.filter(queue=audit.queue).exists()


def test_a_queue_that_an_import_made_has_a_plan() -> None:
    import_decisions(FILE)

    plan = SamplingPlan.objects.get()
    assert (plan.queue, plan.question) == (Queue.objects.get(), "category")


def test_blind_and_seen_qa_decisions_stay_apart() -> None:
    import_decisions("case,who,verdict,qa,blind\np1,anna,Spam,Spam,OK\n")

    assert set(AuditedLabel.objects.values_list("reference", "expected")) == {
        ("audit_seen", "spam"),
        ("audit_blind", "ok"),
    }


def test_nobody_audits_themselves_and_who_cannot_tell_has_not_judged() -> None:
    import_decisions("case,who,verdict,qa,by\np1,anna,Spam,Spam,anna\np2,anna,OK,unsure,vic\n")

    assert judged() == []


def test_the_same_file_again_keeps_its_qa_decisions() -> None:
    import_decisions(FILE)
    before = list(AuditedLabel.objects.order_by("id").values())

    import_decisions(FILE)

    assert list(AuditedLabel.objects.order_by("id").values()) == before
    assert Audit.objects.count() == 1


def test_a_changed_qa_decision_ends_the_old_score() -> None:
    import_decisions(FILE)

    import_decisions(FILE.replace("p2,anna,OK,Spam", "p2,anna,OK,OK"))

    assert judged() == [("p1", "anna", "spam", "spam", True), ("p2", "anna", "ok", "ok", True)]
    assert list(AuditedLabel.objects.exclude(ended_why="").values_list("ended_why", "expected")) == [
        ("QA decision changed by an import", "spam")
    ]


def test_a_changed_decision_is_scored_anew() -> None:
    import_decisions(FILE)

    import_decisions(FILE.replace("p2,anna,OK,Spam,vic,2026-05-02", "p2,anna,Spam,Spam,vic,2026-05-09"))

    assert judged() == [("p1", "anna", "spam", "spam", True), ("p2", "anna", "spam", "spam", True)]


def test_gold_with_an_approval_is_live_and_without_one_it_waits() -> None:
    import_decisions(GOLD)

    assert live_gold() == [("p1", ["spam"], "live"), ("p2", ["ok"], "proposed")]
    assert GoldAnswer.objects.get(accepted=["spam"]).approved_elsewhere == "Vic, 2026-04-01"
    assert scores() == [("anna", "spam", True), ("ben", "ok", False)]


def test_rows_that_disagree_about_gold_make_none() -> None:
    run = import_decisions(GOLD.replace("p1,ben,OK,Spam", "p1,ben,OK,OK"))

    assert live_gold() == [("p2", ["ok"], "proposed")]
    assert any("rows with different gold" in note for note in run.notes)


def test_changed_gold_of_files_is_scored_anew() -> None:
    import_decisions(GOLD)
    scores()

    import_decisions(GOLD.replace("Spam,Vic", "OK,Vic"))

    assert live_gold() == [("p1", ["ok"], "live"), ("p2", ["ok"], "proposed")]
    assert scores() == [("anna", "spam", False), ("ben", "ok", True)]


def test_gold_of_people_here_is_theirs_to_correct() -> None:
    import_decisions(GOLD)
    GoldAnswer.objects.update(import_run=None)

    run = import_decisions(GOLD.replace("Spam,Vic", "OK,Vic"))

    assert live_gold() == [("p1", ["spam"], "live"), ("p2", ["ok"], "proposed")]
    assert any("differ from gold of people here" in note for note in run.notes)


def test_a_decision_on_gold_that_changes_is_scored_anew() -> None:
    import_decisions(GOLD)
    scores()

    import_decisions(GOLD.replace("p1,ben,OK", "p1,ben,Spam"))

    assert scores() == [("anna", "spam", True), ("ben", "spam", True)]


def test_an_import_taken_back_leaves_no_decision_and_no_score() -> None:
    run = import_decisions(FILE)

    run = take_back(run)

    assert run.state == "undone"
    assert judged() == []
    assert set(Slot.objects.values_list("state", flat=True)) == {"cancelled"}
    assert set(Item.objects.values_list("answers_needed", flat=True)) == {0}
    assert not AuditedLabel.objects.filter(ended_at=None).exists()


def test_taking_back_twice_is_the_same_as_once() -> None:
    run = take_back(import_decisions(FILE))
    before = list(Label.objects.values()), list(AuditedLabel.objects.values())

    undo_import(run.pk)

    assert (list(Label.objects.values()), list(AuditedLabel.objects.values())) == before
    assert why_not_undone(run) == "This import was taken back already."


def test_what_an_import_changed_stands_again_when_it_is_taken_back() -> None:
    import_decisions(FILE)
    before = judged()
    changed = FILE.replace("p2,anna,OK,Spam,vic,2026-05-02", "p2,anna,Spam,Spam,vic,2026-05-09")
    later = import_decisions(changed.replace("p1,anna,Spam,Spam", "p1,anna,Spam,OK"))

    take_back(later)

    assert judged() == before
    assert Label.objects.filter(revised_by=None, slot__state="done").count() == 3


def test_an_import_can_come_again_after_it_was_taken_back() -> None:
    import_decisions(FILE)
    before = judged()
    take_back(Audit.objects.get().import_run)

    run = import_decisions(FILE)

    assert (run.rows_new, run.rows_changed, run.rows_same) == (3, 0, 0)
    assert judged() == before
    assert set(Slot.objects.values_list("state", flat=True)) == {"done"}
    assert take_back(run).state == "undone"  # type: ignore[attr-defined]
    assert judged() == []


def test_an_import_that_a_later_one_changed_stays() -> None:
    first = import_decisions(FILE)
    import_decisions(FILE.replace("p2,anna,OK,Spam,vic,2026-05-02", "p2,anna,Spam,Spam,vic,2026-05-09"))

    with pytest.raises(Refused, match="A later import changed decisions"):
        ask_undo(first, actor=make_user())


def test_an_import_stays_once_one_of_its_disagreements_was_decided() -> None:
    run = import_decisions(FILE)
    wrong = AuditedLabel.objects.get(is_correct=False)
    Adjudication.objects.create(audited=wrong, outcome="stands", reason="Clause 2.", decided_by=make_user())

    with pytest.raises(Refused, match="1 of its disagreements"):
        ask_undo(run, actor=make_user())


def test_two_imports_are_taken_back_from_the_newest() -> None:
    first = import_decisions(FILE)
    second = import_decisions(FILE.replace("p2,anna,OK,Spam,vic,2026-05-02", "p2,anna,Spam,Spam,vic,2026-05-09"))

    take_back(second)
    take_back(first)

    assert judged() == []
    assert set(Slot.objects.values_list("state", flat=True)) == {"cancelled"}


def test_gold_of_an_import_taken_back_counts_no_more_and_can_come_again() -> None:
    run = import_decisions(GOLD)
    scores()
    take_back(run)
    left = live_gold(), scores(), set(GoldItem.objects.values_list("state", flat=True))

    import_decisions(GOLD)

    assert left == ([], [], {"suspended"})
    assert live_gold() == [("p1", ["spam"], "live"), ("p2", ["ok"], "proposed")]
    assert scores() == [("anna", "spam", True), ("ben", "ok", False)]


def test_gold_that_an_import_replaced_stands_again() -> None:
    import_decisions(GOLD)
    scores()
    later = import_decisions(GOLD.replace("Spam,Vic", "OK,Vic"))
    scores()

    take_back(later)

    assert live_gold() == [("p1", ["spam"], "live"), ("p2", ["ok"], "proposed")]
    assert scores() == [("anna", "spam", True), ("ben", "ok", False)]
