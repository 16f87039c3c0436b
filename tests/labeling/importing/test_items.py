"""Importing items."""

import pytest

from labeling.engine.draws import draw_answers_needed
from labeling.engine.order import turn_of
from labeling.models import Item, Slot
from labeling.services.imports import run_import
from qaplatform.people.models import Labeler
from tests.builders import make_labeler, make_queue
from tests.labeling.importing.builders import import_file, sentences

pytestmark = pytest.mark.django_db

FILE = "external_id,text,language,sensitive,priority,context.country\na,One,en,yes,3,de\nb,Two,,no,,\n"


def counts(run: object) -> tuple[str, int, int, int]:
    return (run.state, run.rows_new, run.rows_changed, run.rows_same)  # type: ignore[attr-defined]


def test_items_enter_with_all_that_the_file_says() -> None:
    queue = make_queue()

    run = import_file(queue, FILE)

    item = Item.objects.get(external_id="a")
    assert counts(run) == ("done", 2, 0, 0)
    assert (item.content, item.context, item.language) == ({"text": "One"}, {"country": "de"}, "en")
    assert (item.is_sensitive, item.priority, item.kind) == (True, 3, "text")
    assert list(Slot.objects.filter(item=item).values_list("state", "origin", "turn")) == [
        ("open", "entry", turn_of(priority=3, due_at=None))
    ]


def test_the_same_file_again_changes_nothing() -> None:
    queue = make_queue()
    import_file(queue, FILE)
    before = list(Item.objects.order_by("id").values())

    run = import_file(queue, FILE)

    assert counts(run) == ("done", 0, 0, 2)
    assert list(Item.objects.order_by("id").values()) == before
    assert Slot.objects.count() == 2


def test_the_same_row_twice_in_a_file_is_one_item() -> None:
    run = import_file(make_queue(), "id,text\na,One\na,One\n")

    assert counts(run) == ("done", 1, 0, 1)


def test_an_item_that_nobody_had_may_change() -> None:
    queue = make_queue()
    import_file(queue, FILE)

    run = import_file(queue, FILE.replace("One", "Uno"))

    assert counts(run) == ("done", 0, 1, 1)
    assert Item.objects.get(external_id="a").content == {"text": "Uno"}


def test_an_item_that_somebody_answered_may_not_change() -> None:
    queue = make_queue()
    import_file(queue, FILE)
    answer(Item.objects.get(external_id="a"), make_labeler())

    run = import_file(queue, FILE.replace("One", "Uno") + "c,Three,,,,\n")

    assert counts(run) == ("refused", 0, 0, 0)
    assert sentences(run)[0][1].startswith("The item a is here with other content and was handed out")
    assert sorted(Item.objects.values_list("external_id", flat=True)) == ["a", "b"]


def test_the_priority_of_an_answered_item_may_change() -> None:
    queue = make_queue()
    import_file(queue, FILE)
    answer(Item.objects.get(external_id="a"), make_labeler())

    run = import_file(queue, FILE.replace(",3,", ",9,"))

    assert counts(run) == ("done", 0, 1, 1)


def test_the_number_of_answers_is_the_queues_draw() -> None:
    queue = make_queue(overlap_rate=0.5, overlap_size=3)
    ids = [f"item-{number}" for number in range(60)]

    import_file(queue, "id,text\n" + "".join(f"{name},Text of {name}\n" for name in ids))

    drawn = {name: draw_answers_needed(queue.draw_seed, name, 1, 0.5, 3) for name in ids}
    assert dict(Item.objects.values_list("external_id", "answers_needed")) == drawn
    assert Slot.objects.count() == sum(drawn.values())
    assert set(drawn.values()) == {1, 3}


def test_cells_stay_text_whatever_they_look_like() -> None:
    cells = ['=HYPERLINK("http://x")', "+49", "@SUM(A1)", "<script>alert(1)</script>", "0012"]
    rows = "".join(f'{number},"{cell.replace(chr(34), chr(34) * 2)}"\n' for number, cell in enumerate(cells))

    import_file(make_queue(), "id,text\n" + rows)

    assert [item.content["text"] for item in Item.objects.order_by("external_id")] == cells


def test_a_byte_order_mark_and_semicolons_and_windows_line_ends_are_read() -> None:
    run = import_file(make_queue(), b'\xef\xbb\xbfid;text\r\na;"one\r\ntwo"\r\n')

    assert counts(run) == ("done", 1, 0, 0)
    assert Item.objects.get().content == {"text": "one\r\ntwo"}


def test_json_lines_carry_conversations_and_context() -> None:
    line = (
        '{"external_id": "a", "turns": [{"role": "user", "text": "Hi"}], "context": {"site": "x"}, "sensitive": true}\n'
    )

    run = import_file(make_queue(), line, name="items.jsonl")

    item = Item.objects.get()
    assert counts(run) == ("done", 1, 0, 0)
    assert (item.kind, item.content) == ("conversation", {"turns": [{"role": "user", "text": "Hi"}]})
    assert (item.context, item.is_sensitive) == ({"site": "x"}, True)


def test_a_finished_run_is_left_alone_when_run_again() -> None:
    queue = make_queue()
    run = import_file(queue, FILE)

    again = type(run).objects.get(pk=run.pk)
    run_import(run.pk)

    again.refresh_from_db()
    assert counts(again) == ("done", 2, 0, 0)


def answer(item: Item, labeler: Labeler) -> None:
    """The slot of an item, done by somebody."""
    Slot.objects.filter(item=item).update(state="done", labeler=labeler, done_at=item.created_at)
