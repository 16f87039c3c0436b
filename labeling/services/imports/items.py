"""Importing items: new ones enter with their open slots, unanswered ones may change, answered ones may not."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from labeling.engine.contents import content_hash
from labeling.engine.draws import allot_vendors, draw_answers_needed
from labeling.engine.order import WorkOrder, turn_of
from labeling.importing.items import ItemReader, ItemRow
from labeling.importing.problems import Problems, RowRefused
from labeling.importing.tables import Row, Table
from labeling.models import ImportRun, Queue
from labeling.queries import item_imports as sql
from labeling.services.imports.outcomes import Outcome, refuse_if_any
from labeling.services.imports.progress import Progress
from labeling.services.imports.queues import queue_of
from labeling.services.imports.staging import as_json, copy_rows, execute, fetch, note_found
from labeling.services.lanes import read_shares


def import_items(run: ImportRun, table: Table, progress: Progress, *, now: datetime) -> Outcome:
    """Import all rows of a table. Raises RowsRefused, and the caller rolls back, where some do not fit."""
    problems = table.problems
    reader = ItemReader.of(run.options["columns"], table.columns)
    execute(sql.STAGE)
    entry = _Entry(queue_of(run), read_shares(queue_of(run)))
    copy_rows(sql.COPY, _staged(entry, reader, progress.rows(table), problems))
    refuse_if_any(problems)
    execute(sql.FIND_REPEATS)
    note_found(problems, sql.CONTRADICTIONS, _contradiction)
    refuse_if_any(problems)
    return _merge(queue_of(run), problems, repeats=execute(sql.DROP_REPEATS), now=now)


@dataclass(frozen=True)
class _Entry:
    """What decides how many slots an item gets, for whom, and when their turn comes."""

    queue: Queue
    shares: Mapping[int, float]

    def answers_needed(self, item: ItemRow) -> int:
        queue = self.queue
        return draw_answers_needed(
            queue.draw_seed, item.external_id, queue.base_answers, queue.overlap_rate, queue.overlap_size
        )

    def vendors(self, item: ItemRow, slots: int) -> str:
        """As an array of PostgreSQL, 0 for everybody."""
        vendors = allot_vendors(self.queue.draw_seed, item.external_id, slots, self.shares)
        return f"{{{','.join(str(vendor or 0) for vendor in vendors)}}}"


def _staged(entry: _Entry, reader: ItemReader, rows: Iterator[Row], problems: Problems) -> Iterator[tuple[object, ...]]:
    for row in rows:
        try:
            yield _as_copied(entry, reader.read(row))
        except RowRefused as refused:
            problems.add(row.line, str(refused))


def _as_copied(entry: _Entry, item: ItemRow) -> tuple[object, ...]:
    kind, value = item.content.kind, item.content.value
    needed = entry.answers_needed(item)
    return (
        item.line,
        item.external_id,
        kind,
        as_json(value),
        as_json(item.context),
        content_hash(kind, value),
        item.language,
        item.is_sensitive,
        item.priority,
        item.due_at,
        needed,
        turn_of(priority=item.priority, due_at=item.due_at),
        entry.vendors(item, needed),
    )


def _merge(queue: Queue, problems: Problems, *, repeats: int, now: datetime) -> Outcome:
    execute(sql.FIND_KNOWN, {"queue": queue.pk})
    fetch(sql.LOCK_CHANGED)
    note_found(problems, sql.FIXED_ITEMS, _fixed)
    refuse_if_any(problems)
    changed = execute(sql.CHANGE_ITEMS)
    if changed:
        execute(sql.CHANGE_LANES)
        execute(sql.CHANGE_SLOTS)
    known = execute(sql.DROP_KNOWN)
    execute(sql.MAKE_LANES, {"queue": queue.pk})
    order = WorkOrder(queue.order)
    asked = {"queue": queue.pk, "now": now, "step": order.step, "together": order.starts_at_head}
    entered, slots = fetch(sql.ENTER_ITEMS, asked)[0]
    notes = (f"{slots:,} answers are needed for the {entered:,} new items.",) if entered else ()
    return Outcome(new=int(str(entered)), changed=changed, same=repeats + known - changed, notes=notes)


def _contradiction(external_id: object, line: object) -> str:
    return f"The item {external_id} stands in line {line} already and says something else there. Keep one of the two."


def _fixed(external_id: object) -> str:
    return (
        f"The item {external_id} is here with other content and was handed out, answered or withdrawn already, so its "
        "content stays. Give the new content an id of its own."
    )
