"""Importing labels made elsewhere: done slots with origin imported; a repeat of (item, labeler) is a revision."""

from collections.abc import Iterator
from datetime import datetime

from labeling.engine.contents import content_hash
from labeling.engine.schemas import parse_questions
from labeling.importing.labels import LabelReader, LabelRow
from labeling.importing.problems import Problems, RowRefused
from labeling.importing.tables import Row, Table
from labeling.models import ImportRun, Label, LabelSchema, Queue
from labeling.queries import label_imports as sql
from labeling.services.imports.labelers import resolve_labelers
from labeling.services.imports.outcomes import Outcome, refuse_if_any
from labeling.services.imports.progress import Progress
from labeling.services.imports.queues import queue_of
from labeling.services.imports.staging import Parameters, as_json, copy_rows, execute, fetch, note_found
from labeling.signals import label_recorded

# What an item shows that is known only from a decision about it.
WITHOUT_CONTENT = "Judged elsewhere, content not imported: "


def import_labels(run: ImportRun, table: Table, progress: Progress, *, now: datetime) -> Outcome:
    """Import all rows of a table. Raises RowsRefused, and the caller rolls back, where some do not fit."""
    problems = table.problems
    schema = LabelSchema.objects.filter(queue=run.queue).latest("number")
    reader = LabelReader.of(run.options["columns"], parse_questions(schema.questions), now=now)
    execute(sql.STAGE)
    copy_rows(sql.COPY, _staged(reader, progress.rows(table), problems))
    refuse_if_any(problems)
    made_items = _enter_items(run, problems, now=now)
    notes = resolve_labelers(default_vendor=str(run.options.get("vendor") or "Imported"))
    outcome = _merge(queue_of(run), schema, problems, now=now)
    if outcome.new or outcome.changed:
        label_recorded.send(sender=Label, queue_id=run.queue_id, labeler_id=None, item_id=None)
    return Outcome(outcome.new, outcome.changed, outcome.same, notes=(*made_items, *notes))


def _staged(reader: LabelReader, rows: Iterator[Row], problems: Problems) -> Iterator[tuple[object, ...]]:
    for row in rows:
        try:
            yield _as_copied(reader.read(row))
        except RowRefused as refused:
            problems.add(row.line, str(refused))


def _as_copied(label: LabelRow) -> tuple[object, ...]:
    shown = label.content
    return (
        label.line,
        label.item,
        label.vendor,
        label.labeler,
        as_json(label.answers),
        label.rationale,
        label.labeled_at,
        shown.kind if shown else None,
        as_json(shown.value) if shown else None,
        content_hash(shown.kind, shown.value) if shown else None,
        label.language,
        label.is_sensitive,
    )


def _enter_items(run: ImportRun, problems: Problems, *, now: datetime) -> tuple[str, ...]:
    queue: Parameters = {"queue": run.queue_id}
    execute(sql.FIND_CONTENTS, queue)
    note_found(problems, sql.OTHER_CONTENTS, _other_content)
    note_found(problems, sql.WITHDRAWN, _withdrawn)
    if not run.options.get("make_items", True):
        note_found(problems, sql.UNKNOWN_ITEMS, _unknown)
    refuse_if_any(problems)
    without = execute(sql.CONTENTLESS, {**queue, "words": WITHOUT_CONTENT})
    made = execute(sql.ENTER_ITEMS, {**queue, "now": now})
    if not made:
        return ()
    items = "1 new item" if made == 1 else f"{made:,} new items"
    return (f"{items}, {without:,} of them without content. No further answers are asked for.",)


def _merge(queue: Queue, schema: LabelSchema, problems: Problems, *, now: datetime) -> Outcome:
    parameters = {
        "queue": queue.pk,
        "schema": schema.pk,
        "policy_version": queue.policy_version_id,
        "now": now,
    }
    fetch(sql.LOCK_ITEMS)
    execute(sql.FIND_PAST, parameters)
    note_found(problems, sql.ANSWERED_HERE, _answered_here)
    refuse_if_any(problems)
    execute(sql.FIND_KEPT, parameters)
    note_found(problems, sql.OLDER_THAN_CURRENT, _older)
    refuse_if_any(problems)
    execute(sql.MAKE_SLOTS, parameters)
    execute(sql.MAKE_LABELS, parameters)
    execute(sql.COUNT_ANSWERS)
    return _counts()


def _counts() -> Outcome:
    new, changed = (int(str(n)) for n in fetch(sql.COUNT_KEPT)[0])
    rows = int(str(fetch("SELECT count(*) FROM import_label")[0][0]))
    return Outcome(new=new, changed=changed, same=rows - new - changed)


def _other_content(item: object) -> str:
    return f"The item {item} has other content elsewhere in this file or in the queue. Give other content another id."


def _withdrawn(item: object) -> str:
    return f"The item {item} was withdrawn from work, so it takes no labels. Take its lines out of the file."


def _unknown(item: object) -> str:
    return f"The queue has no item {item}. Import the items first, add a column with the text, or allow new items."


def _answered_here(item: object, labeler: object) -> str:
    return (
        f"{labeler} works at the item {item} here or has answered it here, which a label from elsewhere cannot replace."
    )


def _older(item: object, labeler: object, current: object) -> str:
    return (
        f"{labeler}'s label of the item {item} is older than the one that is here, of {current} UTC. "
        "Import files in the order of their dates, or take this line out."
    )
