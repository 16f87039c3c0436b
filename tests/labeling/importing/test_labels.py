"""Importing labels that were made elsewhere."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from labeling.enums import ImportKind
from labeling.models import ImportRun, Item, Label, Queue, Slot
from labeling.signals import label_recorded
from qaplatform import clock
from qaplatform.people.models import Labeler, LabelerJoin, Vendor, VendorAlias
from tests.builders import (
    make_external_labeler,
    make_items,
    make_labeler,
    make_policy,
    make_queue,
    make_user,
    make_vendor,
)
from tests.labeling.importing.builders import import_file, sentences

pytestmark = pytest.mark.django_db

HATECHECK = Path(__file__).parents[4] / "shared" / "data" / "hatecheck.csv"


def import_labels(queue: Queue, rows: str, *, header: str = "item,rater,label", **settings: object) -> ImportRun:
    return import_file(queue, f"{header}\n{rows}", kind=ImportKind.LABELS, **settings)


def counts(run: ImportRun) -> tuple[str, int, int, int]:
    return (run.state, run.rows_new, run.rows_changed, run.rows_same)


def current_answers() -> list[tuple[str, str, str]]:
    rows = Label.objects.filter(revised_by=None).select_related("item", "labeler")
    return sorted((label.item.external_id, label.labeler.external_id, label.answers["category"]) for label in rows)


def test_labels_make_done_slots_of_origin_imported() -> None:
    queue = make_queue()

    run = import_labels(queue, "p1,r1,spam\np1,r2,scam\np2,r1,no_violation\n")

    assert counts(run) == ("done", 3, 0, 0)
    assert current_answers() == [("p1", "r1", "spam"), ("p1", "r2", "scam"), ("p2", "r1", "no_violation")]
    assert set(Slot.objects.values_list("state", "origin")) == {("done", "imported")}
    assert dict(Item.objects.values_list("external_id", "answers_needed")) == {"p1": 2, "p2": 1}


def test_unknown_labelers_and_vendors_are_made_and_told() -> None:
    run = import_labels(make_queue(), "p1,r1,spam,Acme\np1,r2,scam,Acme\n", header="item,rater,label,vendor")

    assert list(Labeler.objects.values_list("external_id", "kind", "vendor__name")) == [
        ("r1", "external", "Acme"),
        ("r2", "external", "Acme"),
    ]
    assert run.notes == [
        "1 new item, 1 of them without content. No further answers are asked for.",
        "Made 1 vendor: Acme.",
        "Made 2 labelers: r1, r2. They are known only from imported labels and cannot sign in.",
    ]


def test_a_labeler_is_found_by_user_name() -> None:
    lena = make_labeler("lena")

    import_labels(make_queue(), "p1,lena,spam\n")

    assert Label.objects.get().labeler == lena
    assert list(Vendor.objects.all()) == [lena.vendor]


def test_a_user_name_of_another_vendor_is_somebody_else() -> None:
    lena = make_labeler("lena", vendor=make_vendor("Acme"))

    import_labels(make_queue(), "p1,lena,spam,Globex\n", header="item,rater,label,vendor")

    assert Label.objects.get().labeler != lena
    assert Label.objects.get().labeler.vendor.name == "Globex"


def test_the_same_file_again_changes_nothing() -> None:
    queue = make_queue()
    rows = "p1,r1,spam\np1,r2,scam\np1,r1,scam\n"
    import_labels(queue, rows)
    before = list(Label.objects.order_by("id").values())

    run = import_labels(queue, rows)

    assert counts(run) == ("done", 0, 0, 3)
    assert list(Label.objects.order_by("id").values()) == before
    assert Labeler.objects.count() == 2


def test_another_answer_of_the_same_labeler_is_a_revision() -> None:
    queue = make_queue()
    import_labels(queue, "p1,r1,spam\n")

    run = import_labels(queue, "p1,r1,scam\n")

    assert counts(run) == ("done", 0, 1, 0)
    assert current_answers() == [("p1", "r1", "scam")]
    assert Slot.objects.count() == 1


def test_going_back_to_an_earlier_answer_is_a_revision_too() -> None:
    queue = make_queue()
    for answer in ("spam", "scam", "spam"):
        run = import_labels(queue, f"p1,r1,{answer}\n")

    assert counts(run) == ("done", 0, 1, 0)
    assert current_answers() == [("p1", "r1", "spam")]


def test_repeats_inside_a_file_become_a_chain_in_the_order_of_their_dates() -> None:
    rows = "p1,r1,scam,2026-01-07\np1,r1,spam,2026-01-05\np1,r1,spam,2026-01-06\n"

    run = import_labels(make_queue(), rows, header="item,rater,label,date")

    first, second = Label.objects.order_by("created_at")
    assert counts(run) == ("done", 1, 1, 1)
    assert (first.answers, second.answers, second.revises) == ({"category": "spam"}, {"category": "scam"}, first)
    assert first.created_at == datetime(2026, 1, 5, tzinfo=UTC)


def test_an_older_label_than_the_current_one_is_refused() -> None:
    queue = make_queue()
    import_labels(queue, "p1,r1,spam,2026-01-05\n", header="item,rater,label,date")

    run = import_labels(queue, "p1,r1,scam,2026-01-04\n", header="item,rater,label,date")

    assert run.state == "refused"
    assert "is older than the one that is here, of 2026-01-05 00:00 UTC" in sentences(run)[0][1]


def test_labels_on_an_item_with_open_work_leave_that_work_open() -> None:
    queue = make_queue()
    make_items(queue, external_id="p1")

    import_labels(queue, "p1,r1,spam\n")

    assert list(Slot.objects.order_by("slot_no").values_list("state", "origin")) == [
        ("open", "entry"),
        ("done", "imported"),
    ]
    assert Item.objects.get().answers_needed == 1


def test_somebody_who_answered_here_is_not_answered_for_from_elsewhere() -> None:
    queue = make_queue()
    [item] = make_items(queue, external_id="p1")
    lena = make_labeler("lena")
    Slot.objects.filter(item=item).update(state="done", labeler=lena, done_at=item.created_at)

    run = import_labels(queue, "p1,lena,spam\n")

    assert run.state == "refused"
    assert sentences(run)[0][1].startswith("lena works at the item p1 here or has answered it here")


def test_new_items_can_be_forbidden() -> None:
    run = import_labels(make_queue(), "p1,r1,spam\n", make_items=False)

    assert run.state == "refused"
    assert sentences(run) == [
        (2, "The queue has no item p1. Import the items first, add a column with the text, or allow new items.")
    ]


def test_contents_that_contradict_each_other_are_refused() -> None:
    run = import_labels(make_queue(), "p1,r1,spam,One\np1,r2,spam,Two\n", header="item,rater,label,text")

    assert run.state == "refused"
    assert sentences(run)[0][0] == 3


def test_the_queue_is_told_once() -> None:
    queue = make_queue()
    told: list[tuple[int, None, None]] = []

    def note(sender: object, queue_id: int, labeler_id: None, item_id: None, **_: object) -> None:
        told.append((queue_id, labeler_id, item_id))

    label_recorded.connect(note)
    try:
        import_labels(queue, "p1,r1,spam\np2,r1,scam\n")
        import_labels(queue, "p1,r1,spam\np2,r1,scam\n")
    finally:
        label_recorded.disconnect(note)

    assert told == [(queue.pk, None, None)]


def test_names_of_categories_and_several_answers_are_understood() -> None:
    policy = make_policy()
    options = [{"code": "spam", "name": "Spam"}, {"code": "scam", "name": "Scam"}]
    questions = [{"key": "harms", "kind": "multi", "prompt": "Which?", "options": options, "cannot_tell": True}]
    queue = make_queue(policy=policy, questions=questions)

    import_labels(queue, "p1,r1,SPAM|Scam\np2,r1,cannot_tell\n")

    assert [label.answers for label in Label.objects.order_by("item__external_id")] == [
        {"harms": ["scam", "spam"]},
        {"harms": "cannot_tell"},
    ]


@pytest.mark.skipif(not HATECHECK.exists(), reason="the published data sets are not beside this checkout")
def test_hatecheck_is_a_queue() -> None:
    queue = make_queue(policy=make_policy(categories=["non_hateful", "hateful"]))

    run = import_file(queue, HATECHECK.read_bytes(), kind=ImportKind.LABELS)

    assert counts(run) == ("done", 18_640, 0, 0)
    assert (Item.objects.count(), Labeler.objects.count()) == (3_728, 10)


def test_labels_of_somebody_who_was_joined_are_theirs_and_name_whom_the_file_means() -> None:
    vendor, queue = make_vendor("Acme"), make_queue()
    lena, external = make_labeler("lena", vendor=vendor), make_external_labeler("r1", vendor=vendor)
    LabelerJoin.objects.create(external=external, labeler=lena, joined_by=make_user())

    import_labels(queue, "p1,r1,spam,Acme\n", header="item,rater,label,vendor")

    slot = Slot.objects.get()
    assert (slot.labeler, slot.imported_as, Label.objects.get().labeler) == (lena, external, lena)


def test_a_join_that_was_undone_is_not_followed() -> None:
    vendor, queue = make_vendor("Acme"), make_queue()
    lena, external = make_labeler("lena", vendor=vendor), make_external_labeler("r1", vendor=vendor)
    LabelerJoin.objects.create(external=external, labeler=lena, joined_by=make_user(), undone_at=clock.now())

    import_labels(queue, "p1,r1,spam,Acme\n", header="item,rater,label,vendor")

    assert Slot.objects.get().labeler == external


def test_a_vendor_is_found_by_another_of_its_names() -> None:
    vendor = make_vendor("Acme")
    VendorAlias.objects.create(vendor=vendor, name="Old Acme")

    run = import_labels(make_queue(), "p1,r1,spam,Old Acme\np2,r1,spam,Acme\n", header="item,rater,label,vendor")

    assert [(labeler.vendor, labeler.external_id) for labeler in Labeler.objects.all()] == [(vendor, "r1")]
    assert run.notes[1:] == ["Made 1 labeler: r1. They are known only from imported labels and cannot sign in."]
