"""Importing decisions as people have them."""

from datetime import timedelta

import pytest

from labeling.importing.findings import NameDecisions
from labeling.models import Category, ImportMapping, Item, Label, Policy, Queue, Slot
from labeling.queries.imports import forgotten_imports
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import (
    ask_undo,
    choose_mapping,
    confirm_import,
    draft_of,
    findings_of,
    recheck,
    result_of,
    undo_import,
)
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler, LabelerJoin, Team, Vendor, VendorAlias
from tests.builders import make_labeler, make_policy, make_queue, make_user, make_vendor
from tests.labeling.importing.decision_builders import (
    check,
    import_decisions,
    mapping_for,
    upload_decisions,
)
from tests.messy import CANNOT_TELL, make_messy

pytestmark = pytest.mark.django_db

FILE = """case,who,verdict,firm,at
p1,anna,Spam,North,2026-05-01 10:00
p1,ben,OK,North,2026-05-01 11:00
p2,anna,spam ,North,2026-05-02 10:00
"""


def answers() -> dict[tuple[str, str], object]:
    """Current answers by item and labeler."""
    labels = Label.objects.filter(revised_by=None, slot__state="done").select_related("item", "labeler")
    return {(label.item.external_id, label.labeler.display_name): label.answers for label in labels}


def counts(run: object) -> tuple[str, int, int, int]:
    return (run.state, run.rows_new, run.rows_changed, run.rows_same)  # type: ignore[attr-defined]


def test_a_messy_file_is_understood_from_its_head() -> None:
    messy = make_messy(seed=11, rows=600)

    draft = draft_of(upload_decisions(messy.file))

    assert {column.column: column.choice for column in draft.mapping.columns} == messy.truth.columns


def test_a_messy_file_comes_in_as_it_is_meant() -> None:
    messy = make_messy(seed=11, rows=600)
    truth = messy.truth
    run = upload_decisions(messy.file)
    run = check_import(choose_mapping(run, draft_of(run).mapping, actor=run.created_by).pk)
    found = findings_of(run)
    decided = NameDecisions(no_violation={"Ads": "fine", "Community": "nothing_found"})

    run = run_import(confirm_import(run, decided, actor=run.created_by).pk)

    assert (found.rows, found.items, found.decisions) == (truth.rows, truth.items, truth.decisions)
    assert (found.conflicts.count, found.conflicts.by_date) == (truth.conflicts, truth.conflicts)
    assert (found.new_labelers, found.labelers) == (truth.labelers, truth.labelers)
    assert counts(run) == ("done", truth.decisions, 0, 0)
    assert Item.objects.count() == truth.items
    assert answers() == {
        (winner.item, winner.labeler): {"category": code_of(winner.answer)} for winner in truth.winners
    }
    assert set(Team.objects.values_list("vendor__name", "name")) == {
        (winner.vendor, winner.team) for winner in truth.winners
    }


def code_of(value: str) -> str:
    return "cannot_tell" if value == CANNOT_TELL else value.lower().replace(" ", "_")


def test_a_new_policy_becomes_a_queue_with_its_categories() -> None:
    run = import_decisions(FILE)

    queue = Queue.objects.get()
    assert (queue.name, queue.policy.name, queue.policy_version.number) == ("Community", "Community", 1)
    assert set(Category.objects.values_list("code", "name", "is_no_violation")) == {
        ("spam", "Spam", False),
        ("ok", "OK", True),
    }
    [result] = result_of(run).queues
    assert (result.queue, result.decisions, result.labelers, result.is_new) == (queue, 3, 2, True)


def test_what_was_made_is_said_in_the_number_that_it_is() -> None:
    run = import_decisions(FILE)

    made = [note.partition(":")[0] for note in run.notes if note.startswith("Made")]
    assert {"Made 1 policy", "Made 1 queue"} <= set(made)


def test_spellings_of_a_value_are_one_category() -> None:
    found = findings_of(check(FILE))

    [question] = found.policies[0].questions
    assert [(c.value, c.also, c.rows) for c in question.categories] == [("Spam", ("spam",), 2), ("OK", (), 1)]


def test_slots_say_as_whom_and_labels_with_which_file_they_came() -> None:
    run = import_decisions(FILE)

    assert set(Slot.objects.values_list("origin", "state")) == {("imported", "done")}
    assert not Slot.objects.exclude(imported_as_id__isnull=False).exists()
    assert set(Label.objects.values_list("import_run", flat=True)) == {run.pk}
    assert list(Item.objects.order_by("external_id").values_list("answers_needed", flat=True)) == [2, 1]


def test_the_same_file_again_changes_nothing() -> None:
    import_decisions(FILE)
    before = list(Label.objects.order_by("id").values())

    run = import_decisions(FILE)

    assert counts(run) == ("done", 0, 0, 3)
    assert list(Label.objects.order_by("id").values()) == before


def test_a_changed_decision_supersedes_the_earlier_one() -> None:
    import_decisions(FILE)

    run = import_decisions(FILE.replace("p1,anna,Spam,North,2026-05-01", "p1,anna,OK,North,2026-05-03"))

    assert counts(run) == ("done", 0, 1, 2)
    assert answers()["p1", "anna"] == {"category": "ok"}
    assert Label.objects.filter(slot__item__external_id="p1", labeler__display_name="anna").count() == 2


def test_a_decision_older_than_what_is_here_changes_nothing() -> None:
    import_decisions(FILE)

    run = import_decisions(FILE.replace("p1,anna,Spam,North,2026-05-01", "p1,anna,OK,North,2026-04-01"))

    assert counts(run) == ("done", 0, 0, 3)
    assert answers()["p1", "anna"] == {"category": "spam"}
    assert "Older than what is here, without effect: 1 decision." in run.notes


def test_the_later_date_counts_and_else_the_later_line() -> None:
    dated = check("case,who,verdict,at\np1,anna,Spam,2026-05-02\np1,anna,OK,2026-05-01\n")
    undated = check("case,who,verdict\np1,anna,Spam\np1,anna,OK\n")

    [first] = findings_of(dated).conflicts.examples
    [second] = findings_of(undated).conflicts.examples
    assert (first.first_line, first.first_answer, first.second_line, first.second_answer) == (2, "Spam", 3, "OK")
    assert (first.counts, second.counts) == ("first", "second")
    assert (findings_of(dated).conflicts.by_date, findings_of(undated).conflicts.by_line) == (1, 1)


def test_a_column_a_labeler_is_a_decision_each() -> None:
    mapping = mapping_for(
        "case,anna,ben", {"anna": "labeler_answer:category", "ben": "labeler_answer:category"}, vendor="North"
    )

    run = import_decisions("case,anna,ben\np1,Spam,OK\np2,,Spam\n", mapping)

    assert counts(run) == ("done", 3, 0, 0)
    assert answers() == {
        ("p1", "anna"): {"category": "spam"},
        ("p1", "ben"): {"category": "ok"},
        ("p2", "ben"): {"category": "spam"},
    }


def test_several_label_columns_are_several_questions() -> None:
    import_decisions("case,who,verdict,action\np1,anna,Spam,Remove\np2,ben,OK,Keep\n")

    schema = Queue.objects.get().schemas.get()
    assert [question["key"] for question in schema.questions] == ["category", "action"]
    assert answers()["p1", "anna"] == {"category": "spam", "action": "remove"}
    assert set(Category.objects.values_list("code", flat=True)) == {"spam", "ok"}


def test_items_without_ids_are_known_by_their_content() -> None:
    file = "body,who,verdict\nWin a phone,anna,Spam\nWin a phone,ben,OK\nHello,anna,OK\n"
    import_decisions(file)

    run = import_decisions(file)

    assert counts(run) == ("done", 0, 0, 3)
    assert sorted(Item.objects.values_list("content__text", flat=True)) == ["Hello", "Win a phone"]


def test_items_without_ids_and_contents_are_rows_of_their_file() -> None:
    file = "who,verdict\nanna,Spam\nanna,Spam\n"

    first, again = import_decisions(file), import_decisions(file)
    other = import_decisions(file + "anna,OK\n")

    assert (counts(first), counts(again), counts(other)) == (("done", 2, 0, 0), ("done", 0, 0, 2), ("done", 3, 0, 0))


def test_content_that_comes_later_is_filled_in() -> None:
    import_decisions("case,who,verdict\np1,anna,Spam\np2,anna,OK\n")

    import_decisions("case,who,verdict,body\np1,anna,Spam,Win a phone\n")

    assert Item.objects.get(external_id="p1").content == {"text": "Win a phone"}


def test_decisions_can_go_to_a_queue_that_is_here() -> None:
    queue = make_queue("Hate", policy=make_policy("Rules"))
    run = check(FILE)
    decided = {"Community": {"do": "queue", "queue": str(queue.public_id)}}
    run = check_import(recheck(run, NameDecisions(policies=decided), actor=run.created_by).pk)
    [policy] = findings_of(run).policies
    run = run_import(confirm_import(run, NameDecisions(), actor=run.created_by).pk)

    decisions = {category.value: category.decision for category in policy.questions[0].categories}
    assert decisions == {"Spam": {"do": "same_as", "code": "spam"}, "OK": {"do": "new", "code": "ok", "name": "OK"}}
    assert counts(run) == ("done", 3, 0, 0)
    assert set(Label.objects.values_list("queue__name", flat=True)) == {"Hate"}
    assert [option["code"] for option in queue.schemas.latest("number").questions[0]["options"]][-1] == "ok"
    assert Policy.objects.count() == 1


def test_a_value_may_mean_a_category_that_is_called_otherwise() -> None:
    decided = NameDecisions(
        categories={"Community": {"category": {"OK": {"do": "cannot_tell"}}}}, no_violation={"Community": ""}
    )

    import_decisions(FILE, decisions=decided)

    assert answers()["p1", "ben"] == {"category": "cannot_tell"}
    assert Category.objects.get(is_no_violation=True).code == "no_violation"


def test_a_vendor_that_was_renamed_is_still_found() -> None:
    import_decisions(FILE)
    north = Vendor.objects.get(name="North")
    file = FILE.replace("North", "North Star Ltd")
    run = check(file)
    [vendor] = findings_of(run).vendors
    decided = NameDecisions(vendors={"North Star Ltd": {"do": "same_as", "vendor": str(north.public_id)}})
    run = run_import(confirm_import(run, decided, actor=run.created_by).pk)

    again = import_decisions(file)

    assert (vendor.is_new, vendor.similar) == (True, "North")
    assert (counts(run), counts(again)) == (("done", 0, 0, 3), ("done", 0, 0, 3))
    assert VendorAlias.objects.get().vendor == north
    assert Labeler.objects.count() == 2


def test_work_of_somebody_who_was_joined_goes_to_their_account() -> None:
    import_decisions(FILE)
    anna = Labeler.objects.get(display_name="anna")
    person = make_labeler("anna.b", vendor=anna.vendor)
    LabelerJoin.objects.create(external=anna, labeler=person, joined_by=make_user())

    import_decisions("case,who,verdict,firm\np9,anna,Spam,North\n")

    slot = Slot.objects.get(item__external_id="p9")
    assert (slot.labeler, slot.imported_as) == (person, anna)


def test_people_are_found_by_their_user_name() -> None:
    person = make_labeler("anna", vendor=make_vendor("North"))

    import_decisions(FILE)

    assert Label.objects.filter(labeler=person).count() == 2
    assert Labeler.objects.count() == 2


def test_what_somebody_answered_here_stands() -> None:
    import_decisions(FILE)
    item = Item.objects.get(external_id="p2")
    person = make_labeler("carl", vendor=Vendor.objects.get(name="North"))
    Slot.objects.create(
        item=item, slot_no=7, queue=item.queue, state="done", labeler=person, done_at=item.created_at, origin="entry"
    )

    run = import_decisions("case,who,verdict,firm\np2,carl,OK,North\n")

    assert counts(run) == ("done", 0, 0, 1)
    assert not Label.objects.filter(labeler=person).exists()
    assert any("who answered the same item here" in note for note in run.notes)


def test_decisions_about_withdrawn_items_are_left_out() -> None:
    import_decisions(FILE)
    Item.objects.filter(external_id="p2").update(withdrawn_at="2026-05-05T00:00Z", withdrawn_reason="illegal")

    run = import_decisions("case,who,verdict,firm\np2,dora,OK,North\n")

    assert counts(run) == ("done", 0, 0, 1)
    assert any("withdrawn from work" in note for note in run.notes)


def test_the_mapping_and_the_names_are_remembered() -> None:
    decided = NameDecisions(
        categories={"Community": {"category": {"OK": {"do": "new", "code": "fine", "name": "Fine"}}}},
        no_violation={"Community": "fine"},
    )
    import_decisions(FILE, decisions=decided)

    run = upload_decisions("verdict,case,at,who,firm\nOK,p7,2026-05-09,anna,North\n")
    draft = draft_of(run)
    run = check_import(choose_mapping(run, draft.mapping, actor=run.created_by).pk)
    found = findings_of(run)
    run = run_import(confirm_import(run, NameDecisions(), actor=run.created_by).pk)

    assert draft.remembered == ImportMapping.objects.get()
    assert (found.undecided, found.unnamed) == ((), ())
    assert answers()["p7", "anna"] == {"category": "fine"}


def test_a_confirm_twice_is_refused() -> None:
    run = check(FILE)
    decided = NameDecisions(no_violation={"Community": "ok"})
    confirm_import(run, decided, actor=run.created_by)

    with pytest.raises(Refused):
        confirm_import(run, decided, actor=run.created_by)


def test_a_policy_without_a_word_for_no_violation_is_asked_for_one() -> None:
    run = check(FILE.replace("OK", "Grün"))

    assert findings_of(run).undecided == ("Which answer of Community means that nothing is wrong with the item?",)
    with pytest.raises(InvalidInput) as refused:
        confirm_import(run, NameDecisions(), actor=run.created_by)
    assert refused.value.detail == {"field": "no_violation:Community"}


def test_a_queue_that_was_renamed_is_still_found() -> None:
    import_decisions(FILE)
    Queue.objects.update(name="Community, all languages")
    Policy.objects.update(name="Community rules")

    run = import_decisions(FILE)

    assert (counts(run), Queue.objects.count()) == (("done", 0, 0, 3), 1)


def test_people_of_rows_that_were_left_out_are_not_made() -> None:
    file = "case,who,verdict,at\np1,anna,Spam,2026-05-01\np2,anna,OK,2026-05-01\np3,zoe,OK,soon\n"

    import_decisions(file, decisions=NameDecisions(no_violation={"Community": "ok"}, leave_out_problems=True))

    assert list(Labeler.objects.values_list("display_name", flat=True)) == ["anna"]


def test_what_is_taken_back_leaves_items_without_content_and_out_of_work() -> None:
    run = import_decisions("case,who,verdict,body\np1,anna,Spam,Win a phone\np2,anna,OK,Hello\n")

    run = undo_import(ask_undo(run, actor=make_user()).pk)

    assert (run.state, answers()) == ("undone", {})
    assert set(Item.objects.values_list("content__text", "answers_needed")) == {
        ("Judged elsewhere, content not imported: p1", 0),
        ("Judged elsewhere, content not imported: p2", 0),
    }


def test_content_comes_again_with_the_import() -> None:
    file = "case,who,verdict,body\np1,anna,Spam,Win a phone\np2,anna,OK,Hello\n"
    undo_import(ask_undo(import_decisions(file), actor=make_user()).pk)

    import_decisions(file)

    assert set(Item.objects.values_list("content__text", "answers_needed")) == {("Win a phone", 1), ("Hello", 1)}


def test_an_import_that_is_not_done_cannot_be_taken_back() -> None:
    run = check(FILE)

    with pytest.raises(Refused, match="not done"):
        ask_undo(run, actor=make_user())


def test_what_no_message_announced_is_swept_up() -> None:
    run = check(FILE)
    run = confirm_import(run, NameDecisions(no_violation={"Community": "ok"}), actor=run.created_by)

    early, late = (forgotten_imports(now=clock.now() + timedelta(seconds=n)) for n in (5, 60))

    assert (early, late) == ([], [run.pk])


def test_a_check_that_no_message_announced_is_swept_up() -> None:
    run = upload_decisions(FILE)
    choose_mapping(run, mapping_for(FILE.splitlines()[0]), actor=run.created_by)

    late = forgotten_imports(now=clock.now() + timedelta(seconds=60))
    check_import(run.pk)

    assert (late, forgotten_imports(now=clock.now() + timedelta(seconds=60))) == ([run.pk], [])


def test_taking_back_that_no_message_announced_is_swept_up() -> None:
    run = ask_undo(import_decisions(FILE), actor=make_user())

    late = forgotten_imports(now=clock.now() + timedelta(seconds=60))
    undo_import(run.pk)

    assert (late, forgotten_imports(now=clock.now() + timedelta(seconds=60))) == ([run.pk], [])
