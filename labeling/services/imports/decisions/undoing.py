"""Taking an import of decisions back: asked for by a person, done by a worker, all of it or nothing."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from labeling.enums import ImportKind, ImportState
from labeling.models import ImportRun, Label
from labeling.queries import decision_undo as sql
from labeling.services.imports.labels import WITHOUT_CONTENT
from labeling.services.imports.references import reference_keepers
from labeling.services.imports.staging import execute, fetch
from labeling.signals import import_undone, label_recorded
from qaplatform import clock
from qaplatform.errors import Refused
from qaplatform.trail.services import record

LOCK_QUEUE = "SELECT pg_advisory_xact_lock(hashtext('labeling.import'), %(queue)s)"
CHANGED_SINCE = (
    "A later import changed decisions that came with this one. Take that one back first, the newest before the older."
)
CHECK_AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE"


def why_not_undone(run: ImportRun) -> str:
    """Why an import cannot be taken back, in a sentence; nothing where it can."""
    if run.kind != ImportKind.DECISIONS:
        return "Only imports of decisions can be taken back."
    if run.state == ImportState.UNDONE:
        return "This import was taken back already."
    if run.state != ImportState.DONE:
        return "This import is not done, so there is nothing to take back."
    if fetch(sql.IS_CHANGED_SINCE, {"run": run.pk})[0][0]:
        return CHANGED_SINCE
    return next((why for keeper in reference_keepers() if (why := keeper.against_undo(run))), "")


def is_being_undone(run: ImportRun) -> bool:
    """Whether somebody asked for it and a worker has not done it yet."""
    return run.state == ImportState.DONE and run.undone_by_id is not None


@transaction.atomic
def ask_undo(run: ImportRun, *, actor: AbstractBaseUser) -> ImportRun:
    """Let a worker take an import back. Raises Refused with the reason where it cannot be."""
    run = ImportRun.objects.select_for_update(of=["self"]).get(pk=run.pk)
    if is_being_undone(run):
        return run
    why = why_not_undone(run)
    if why:
        raise Refused(why)
    run.undone_by_id = actor.pk
    run.options = {**run.options, "tries": 0, "since": clock.now().isoformat()}
    run.save(update_fields=["undone_by", "options"])
    return run


def undo_import(run_id: int) -> ImportRun:
    """Take back an import for which that was asked; one that is taken back is left alone."""
    try:
        return _undo(run_id)
    except Refused as refused:
        run = ImportRun.objects.get(pk=run_id)
        run.undone_by = None
        run.notes = [*run.notes, f"It was not taken back. {refused.message}"]
        run.save(update_fields=["undone_by", "notes"])
        return run


@transaction.atomic
def _undo(run_id: int) -> ImportRun:
    run = ImportRun.objects.select_for_update(of=["self"]).select_related("created_by").get(pk=run_id)
    if not is_being_undone(run):
        return run
    parameters = {"run": run.pk, "words": WITHOUT_CONTENT}
    queues = [int(str(queue)) for (queue,) in fetch(sql.QUEUES, parameters)]
    for queue_id in queues:
        execute(LOCK_QUEUE, {"queue": queue_id})
    execute(CHECK_AT_ONCE)
    execute(sql.FIND_UNDONE, parameters)
    execute(sql.LOCK_ITEMS)
    why = why_not_undone(run)
    if why or fetch(sql.CHANGED_SINCE, parameters)[0][0]:
        raise Refused(why or CHANGED_SINCE)
    now = clock.now()
    execute(sql.CANCEL_SLOTS)
    execute(sql.GIVE_BACK)
    run.state = ImportState.UNDONE
    run.undone_at = now
    run.save(update_fields=["state", "undone_at"])
    for keeper in reference_keepers():
        keeper.undo(run, now=now)
    execute(sql.EMPTY_ITEMS, parameters)
    execute(sql.COUNT_ANSWERS_NEEDED)
    for queue_id in queues:
        label_recorded.send(sender=Label, queue_id=queue_id, labeler_id=None, item_id=None)
    import_undone.send(sender=ImportRun, run_id=run.pk, queue_ids=queues)
    record("import_undone", run, actor=run.undone_by, detail={"file": run.file_name})
    return run
