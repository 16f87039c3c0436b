"""QA decisions and gold of imported files: stored beside the decisions, in their transaction, and ended with them."""

from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser

from calibration.models import SamplingPlan
from calibration.queries import decision_columns as sql
from calibration.queries.questions import read_questions_of
from calibration.queries.scoring import ANSWER_CHANGED, end_changed
from labeling.models import ImportRun, Queue
from labeling.services.imports.references import StoredReferences
from labeling.services.imports.staging import execute, fetch
from qaplatform.trail.services import record

ROWS_A_BATCH = 50_000
LONGEST_NAME = 200
REFERENCE_WORDS = {
    "audit_blind": "QA decisions, made without seeing the decision",
    "audit_seen": "QA decisions, made with the decision in view",
}
LIVE_GOLD = "Gold answers, approved elsewhere and live"
WAITING_GOLD = "Gold answers that wait for a second person"
AGAINST = (
    (sql.ADJUDICATED, "{:,} of its disagreements were decided here since, so it cannot be taken back."),
    (
        sql.AUDITED_SINCE,
        "{:,} of its decisions were audited since, here or in a later file, so it cannot be taken back.",
    ),
    (sql.GOLD_USED, "{:,} of its gold answers were approved or served here since, so it cannot be taken back."),
    (sql.GOLD_CHANGED, "{:,} of its gold answers were corrected since, so it cannot be taken back."),
    (sql.DISPUTED, "{:,} of its decisions are part of a dispute, so it cannot be taken back."),
)


def set_up(queue: Queue, question: str, *, actor: AbstractBaseUser) -> None:
    """A queue that an import made is measured by its first question, with the usual settings."""
    plan, is_made = SamplingPlan.objects.get_or_create(queue=queue, defaults={"question": question})
    if is_made:
        record("plan changed", queue, actor=actor, detail={"question": plan.question, "target": plan.target})


def store(run: ImportRun, *, now: datetime) -> StoredReferences:
    """Store what the file holds beside its decisions."""
    execute(sql.STAGE, _taxonomies())
    end_changed(run.pk, now=now)
    audited = _store_audits(run, now=now)
    gold = _store_gold(run, now=now)
    return StoredReferences({**audited, **gold.counts}, gold.notes)


def against_undo(run: ImportRun) -> str:
    """Why an import cannot be taken back, or nothing."""
    for statement, sentence in AGAINST:
        count = _count(statement, run)
        if count:
            return sentence.format(count)
    return ""


def undo(run: ImportRun, *, now: datetime) -> None:
    """End what came with an import, and let stand again what it had replaced."""
    parameters = {"run": run.pk, "now": now, "why": sql.TAKEN_BACK}
    execute(sql.END_OF_IMPORT, parameters)
    execute(sql.END_OF_LABELS, parameters)
    changed = {"decision_changed": sql.DECISION_CHANGED, "audit_changed": sql.AUDIT_CHANGED}
    execute(sql.REVIVE_AUDITED, {**parameters, **changed})
    execute(sql.END_SCORES, {**parameters, "why": ANSWER_CHANGED})
    execute(sql.END_GOLD_SCORES, parameters)
    execute(sql.END_GOLD, parameters)
    execute(sql.REVIVE_GOLD, parameters)
    execute(sql.SUSPEND_EMPTY_GOLD, {**parameters, "came_back": sql.GOLD_CAME_BACK})


def _taxonomies() -> dict[str, list[object]]:
    ids = [int(str(queue_id)) for (queue_id,) in fetch("SELECT DISTINCT queue_id FROM import_policy")]
    questions = read_questions_of(Queue.objects.filter(pk__in=ids))
    found = {pk: next((one.key for one in asked if one.is_taxonomy), "") for pk, asked in questions.items()}
    return {"queues": list(found), "questions": list(found.values())}


def _store_audits(run: ImportRun, *, now: datetime) -> dict[str, int]:
    parameters = {"run": run.pk, "now": now, "author": run.created_by_id}
    execute(sql.FIND_AUDITED)
    execute(sql.END_OF_CHANGED, {**parameters, "why": sql.DECISION_CHANGED})
    execute(sql.DROP_KNOWN)
    execute(sql.END_CHANGED, {**parameters, "why": sql.AUDIT_CHANGED})
    words = f"All decisions of {run.file_name} that had a QA decision; nobody knows how they were chosen."
    execute(sql.MAKE_AUDITS, {**parameters, "name": f"From {run.file_name}"[:LONGEST_NAME], "words": words})
    low = 0
    for (high,) in fetch(sql.BATCHES, {"size": ROWS_A_BATCH}):
        execute(sql.MAKE_AUDITED, {**parameters, "low": low, "high": high})
        low = int(str(high))
    return {REFERENCE_WORDS[str(name)]: int(str(n)) for name, n in fetch(sql.COUNT_AUDITED)}


def _store_gold(run: ImportRun, *, now: datetime) -> StoredReferences:
    parameters = {"run": run.pk, "now": now, "author": run.created_by_id, "came_back": sql.GOLD_CAME_BACK}
    execute(sql.FIND_GOLD)
    contradicting = int(str(fetch(sql.COUNT_CONTRADICTIONS)[0][0]))
    execute(sql.DROP_CONTRADICTIONS)
    kept = [is_same for (is_same,) in fetch(sql.DROP_KNOWN_GOLD)]
    execute(sql.END_REPLACED_SCORES, parameters)
    execute(sql.REPLACE_GOLD, parameters)
    execute(sql.MAKE_GOLD, parameters)
    execute(sql.MAKE_GOLD_ANSWERS, {**parameters, "reason": f"It came with the file {run.file_name}."})
    answers, live = (int(str(n)) for n in fetch(sql.COUNT_GOLD)[0])
    notes = (
        f"{contradicting:,} items have rows with different gold; none of it was taken." if contradicting else "",
        f"{kept.count(False):,} gold answers differ from gold of people here, which stays." if False in kept else "",
    )
    counts = {LIVE_GOLD: live, WAITING_GOLD: answers - live}
    return StoredReferences(counts, tuple(note for note in notes if note))


def _count(statement: str, run: ImportRun) -> int:
    return int(str(fetch(statement, {"run": run.pk})[0][0]))
