"""Importing gold from a file: all of it or nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from calibration.enums import GoldPool, GoldState
from calibration.models import GoldAnswer, GoldItem, SamplingPlan
from calibration.queries.gold_looks import count_odd_looks
from calibration.services.gold_rows import GOLD_FIELDS, HALF_APPROVAL, Defaults, GoldReader, GoldRow, without_line
from calibration.services.marks import mark_stale
from labeling.engine.contents import content_hash
from labeling.engine.schemas import parse_questions
from labeling.importing.columns import Field
from labeling.importing.problems import FileRefused, Problem, Problems, RowRefused
from labeling.importing.tables import Table
from labeling.models import ImportRun, Item, LabelSchema, Queue
from labeling.services.entry import ItemDraft, enter_items
from labeling.services.imports.outcomes import Outcome, refuse_if_any
from labeling.services.imports.progress import Progress
from labeling.services.imports.queues import queue_of
from qaplatform.trail.services import record

MOST_ROWS = 100_000
ROWS_A_STATEMENT = 2_000
ODD = (
    "other names of context beside them, covered where others are not, or another kind of content. People can tell "
    "them at a glance. Retire them, and import them with the columns that your items have."
)

Key = tuple[str, str]


@dataclass(frozen=True)
class _Known:
    """What a queue knows about the items of a file."""

    items: dict[str, Item]
    gold: dict[int, GoldItem]
    answers: dict[tuple[int, str], GoldAnswer]


def gold_fields(_: Queue) -> tuple[Field, ...]:
    """What the columns of a file of gold may mean; the same in each queue."""
    return GOLD_FIELDS


def import_gold(run: ImportRun, table: Table, progress: Progress, *, now: datetime) -> Outcome:
    """Import all rows of a table. Raises RowsRefused, and the caller rolls back, where some do not fit.

    Rows that say by whom and when they were approved elsewhere are live at once; others wait for a second person, or
    are approved by their author alone where the queue's small-team switch is on and the form asked for it.
    """
    problems = table.problems
    rows, same = _read(_reader(run, table.columns, now=now), table, progress, problems)
    refuse_if_any(problems)
    known = _look_up(queue_of(run), rows)
    new = [row for row in rows if _is_new(row, known, problems)]
    refuse_if_any(problems)
    items = _enter_items(queue_of(run), new, known, now=now)
    _store(run, new, items, known, now=now)
    if new:
        mark_stale(queue_of(run))
        record("gold imported", run, actor=run.created_by, detail={"file": run.file_name, "answers": len(new)})
    entered = [item for name, item in items.items() if name not in known.items]
    odd = count_odd_looks(queue_of(run), entered)
    notes = _notes(run, new, entered=len(entered), odd=odd)
    return Outcome(new=len(new), changed=0, same=same + len(rows) - len(new), notes=notes)


def _reader(run: ImportRun, header: Sequence[str], *, now: datetime) -> GoldReader:
    schema = LabelSchema.objects.filter(queue=run.queue).latest("number")
    defaults = Defaults(**run.options.get("defaults", {}))
    questions = parse_questions(schema.questions)
    return GoldReader.of(queue_of(run), questions, run.options["columns"], header, defaults=defaults, now=now)


def _read(reader: GoldReader, table: Table, progress: Progress, problems: Problems) -> tuple[list[GoldRow], int]:
    """The rows, each (item, question) once, and how many repeated an earlier one."""
    rows: dict[Key, GoldRow] = {}
    halves: list[int] = []
    same = 0
    for row in progress.rows(table):
        if progress.rows_read > MOST_ROWS:
            raise FileRefused(f"The file has more than {MOST_ROWS:,} rows. Split it.", line=row.line)
        try:
            gold = reader.read(row)
        except RowRefused as refused:
            _note_refused(row.line, str(refused), halves, problems)
            continue
        first = rows.setdefault((gold.item, gold.question), gold)
        if first is not gold:
            same += 1
            _refuse_second_gold(first, gold, problems)
    _tell_halves(halves, problems)
    return list(rows.values()), same


def _note_refused(line: int, sentence: str, halves: list[int], problems: Problems) -> None:
    """A column of approvals that is forgotten is one problem, however many rows there are."""
    if sentence == HALF_APPROVAL:
        halves.append(line)
        return
    problems.add(line, sentence)


def _tell_halves(lines: Sequence[int], problems: Problems) -> None:
    if not lines:
        return
    more = f" The same in {len(lines) - 1:,} more rows." if len(lines) > 1 else ""
    problems.add_many([Problem(lines[0], HALF_APPROVAL + more)], count=len(lines))


def _refuse_second_gold(first: GoldRow, second: GoldRow, problems: Problems) -> None:
    if without_line(first) != without_line(second):
        problems.add(
            second.line,
            f"The item {second.item} has gold in line {first.line} already, and it says something else. Keep one; "
            "several answers that are right stand in one line, separated by |.",
        )


def _look_up(queue: Queue, rows: Sequence[GoldRow]) -> _Known:
    items = {
        item.external_id: item
        for item in Item.objects.filter(queue=queue, external_id__in={row.item for row in rows}).defer("context")
    }
    gold = {found.item_id: found for found in GoldItem.objects.filter(item__in=[item.pk for item in items.values()])}
    answers = GoldAnswer.objects.filter(gold__in=[found.pk for found in gold.values()], replaced_at=None)
    return _Known(items, gold, {(answer.gold_id, answer.question): answer for answer in answers})


def _is_new(row: GoldRow, known: _Known, problems: Problems) -> bool:
    item = known.items.get(row.item)
    sentence = _unfit(row, item)
    if sentence:
        problems.add(row.line, sentence)
        return False
    gold = known.gold.get(item.pk) if item else None
    answer = known.answers.get((gold.pk, row.question)) if gold else None
    if gold is not None and gold.state == GoldState.RETIRED:
        problems.add(row.line, f"The gold of the item {row.item} was retired. Take this line out of the file.")
        return False
    if answer is None:
        return True
    if tuple(answer.accepted) != row.accepted:
        problems.add(row.line, _other_gold(row, answer))
    return False


def _unfit(row: GoldRow, item: Item | None) -> str:
    if item is None and row.content is None:
        return f"The queue has no item {row.item}. Import the items first, or add a column with the text."
    if item is None:
        return ""
    if item.withdrawn_at is not None or item.purged_at is not None:
        return f"The item {row.item} was withdrawn or its content removed, so it can never be gold."
    content = row.content
    if content is not None and content_hash(content.kind, content.value) != item.content_hash:
        return f"The item {row.item} has other content in the queue. Leave the content out, or use another id."
    return ""


def _other_gold(row: GoldRow, answer: GoldAnswer) -> str:
    state = "an approved" if answer.approved_at else "a proposed"
    return (
        f"The item {row.item} has {state} answer already, {' or '.join(answer.accepted)}. Correct it on its own page: "
        "a correction needs a reason and a second person."
    )


def _enter_items(queue: Queue, rows: Iterable[GoldRow], known: _Known, *, now: datetime) -> dict[str, Item]:
    drafts = {
        row.item: ItemDraft(
            content=row.content.value,
            kind=row.content.kind,
            external_id=row.item,
            context=row.context,
            language=row.language,
            is_sensitive=row.is_sensitive,
            answers_needed=0,
        )
        for row in rows
        if row.content is not None and row.item not in known.items
    }
    entered = enter_items(queue, drafts.values(), now=now)
    return known.items | {item.external_id: item for item in entered}


def _store(run: ImportRun, rows: Sequence[GoldRow], items: dict[str, Item], known: _Known, *, now: datetime) -> None:
    is_alone = _approves_alone(run)
    gold = _store_gold_items(queue_of(run), rows, items, known, is_alone=is_alone)
    numbers = dict.fromkeys((found.pk for found in gold.values()), 0)
    for answer in GoldAnswer.objects.filter(gold__in=list(numbers)).order_by("number"):
        numbers[answer.gold_id] = answer.number
    answers = []
    for row in rows:
        found = gold[items[row.item].pk]
        numbers[found.pk] += 1
        answers.append(_answer(run, row, found, number=numbers[found.pk], is_alone=is_alone, now=now))
    GoldAnswer.objects.bulk_create(answers, batch_size=ROWS_A_STATEMENT)


def _store_gold_items(
    queue: Queue, rows: Sequence[GoldRow], items: dict[str, Item], known: _Known, *, is_alone: bool
) -> dict[int, GoldItem]:
    live = {items[row.item].pk for row in rows if is_alone or row.approved_elsewhere}
    wanted = {items[row.item].pk for row in rows}
    waiting = [found for found in known.gold.values() if found.item_id in live and found.state == GoldState.PROPOSED]
    for found in waiting:
        found.state = GoldState.LIVE
    GoldItem.objects.bulk_update(waiting, ["state"])
    made = GoldItem.objects.bulk_create(
        (
            GoldItem(
                item_id=item_id,
                queue=queue,
                pool=GoldPool.MONITORING,
                state=GoldState.LIVE if item_id in live else GoldState.PROPOSED,
            )
            for item_id in sorted(wanted - set(known.gold))
        ),
        batch_size=ROWS_A_STATEMENT,
    )
    return known.gold | {found.item_id: found for found in made}


def _answer(run: ImportRun, row: GoldRow, gold: GoldItem, *, number: int, is_alone: bool, now: datetime) -> GoldAnswer:
    is_approved_here = is_alone and not row.approved_elsewhere
    return GoldAnswer(
        gold=gold,
        number=number,
        question=row.question,
        accepted=list(row.accepted),
        reason=row.reason,
        clause_revision=row.clause_revision,
        author=run.created_by,
        approver=run.created_by if is_approved_here else None,
        approved_at=now if is_approved_here or row.approved_elsewhere else None,
        approved_alone=is_approved_here,
        approved_elsewhere=row.approved_elsewhere,
    )


def _approves_alone(run: ImportRun) -> bool:
    is_asked = bool(run.options.get("approve_alone"))
    return is_asked and SamplingPlan.objects.filter(queue=run.queue, is_small_team=True).exists()


def _notes(run: ImportRun, rows: Sequence[GoldRow], *, entered: int, odd: int) -> tuple[str, ...]:
    elsewhere = sum(bool(row.approved_elsewhere) for row in rows)
    waiting = 0 if _approves_alone(run) else len(rows) - elsewhere
    notes = (
        f"{entered:,} new items, made for checking only." if entered else "",
        f"{odd:,} of them look like no other item here: {ODD}" if odd else "",
        f"{elsewhere:,} answers were approved elsewhere and are live." if elsewhere else "",
        f"{waiting:,} answers wait for a second person." if waiting else "",
    )
    return tuple(note for note in notes if note)
