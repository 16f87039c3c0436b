"""Running an import from its file to its counts."""

from typing import Any

from django.db import connection, transaction

from labeling.enums import ImportState
from labeling.importing.decisions import MappingRefused
from labeling.importing.lines import UTF8
from labeling.importing.problems import FileRefused, Problem, Problems
from labeling.importing.tables import open_table
from labeling.models import ImportRun
from labeling.services.imports.decisions.checks import check_decisions
from labeling.services.imports.drafts import format_of_run
from labeling.services.imports.kinds import importer_of
from labeling.services.imports.outcomes import Outcome, RowsRefused
from labeling.services.imports.progress import Progress, progress_of
from labeling.services.imports.uploads import remove_upload, upload_path
from qaplatform import clock
from qaplatform.errors import DomainError

UNFINISHED = (ImportState.WAITING, ImportState.RUNNING)
# One import a queue at a time, so that two files with the same ids follow each other.
LOCK_QUEUE = "SELECT pg_advisory_xact_lock(hashtext('labeling.import'), %s)"
GONE = "The uploaded file is gone. Upload it again."
_BEFORE = {ImportState.RUNNING: UNFINISHED, ImportState.CHECKING: (ImportState.CHECKING,)}
MOST_TRIES = 3
STOPPED = "The import was stopped three times before it ended. Split the file and import the parts one after the other."


def run_import(run_id: int) -> ImportRun:
    """Import the file of a run. A run that is finished is left alone, so this may be called twice or at once."""
    run = _begin(run_id)
    if run.state != ImportState.RUNNING:
        return run
    try:
        _refuse_poison(run)
        with progress_of(run) as progress:
            _import_all(run, progress)
    except RowsRefused as refused:
        finish_refused(run, refused.problems)
    except FileRefused as refused:
        finish_refused(run, _as_problems(refused))
    except (MappingRefused, DomainError) as refused:
        finish_refused(run, _as_problems(FileRefused(refused.message)))
    except FileNotFoundError:
        finish_refused(run, _as_problems(FileRefused(GONE)))
    remove_upload(run)
    return run


def check_import(run_id: int) -> ImportRun:
    """Check the file of a run of decisions. A run that is checked is left alone, so this may be called twice."""
    run = _begin(run_id, ImportState.CHECKING)
    if run.state != ImportState.CHECKING:
        return run
    try:
        _refuse_poison(run)
        with progress_of(run) as progress:
            findings = check_decisions(run, progress, now=clock.now())
        _finish_check(run, findings.as_json())
    except MappingRefused as refused:
        _ask_again(run, refused)
    except FileRefused as refused:
        refuse_upload(run, refused)
    except FileNotFoundError:
        refuse_upload(run, FileRefused(GONE))
    return run


def refuse_upload(run: ImportRun, refused: FileRefused) -> None:
    """Close a file that cannot even be previewed."""
    finish_refused(run, _as_problems(refused))
    remove_upload(run)


def finish_refused(run: ImportRun, problems: Problems) -> None:
    """Keep what was wrong; nothing was imported."""
    run.state = ImportState.REFUSED
    run.error_count = problems.count
    run.errors = [{"line": problem.line, "message": problem.message} for problem in problems.in_order()]
    run.finished_at = clock.now()
    run.save(update_fields=["state", "error_count", "errors", "finished_at"])


@transaction.atomic
def _begin(run_id: int, state: ImportState = ImportState.RUNNING) -> ImportRun:
    run = ImportRun.objects.select_for_update(of=["self"]).select_related("queue", "created_by").get(pk=run_id)
    if run.state in _BEFORE[state]:
        run.state = state
        tries = run.options.get("tries", 0) + 1
        run.options = {**run.options, "tries": tries, "since": clock.now().isoformat()}
        run.save(update_fields=["state", "options"])
    return run


@transaction.atomic
def _finish_check(run: ImportRun, findings: dict[str, Any]) -> None:
    """Keep what the check found, unless the run was given up or checked by somebody else meanwhile."""
    waiting = ImportRun.objects.select_for_update().filter(pk=run.pk, state=ImportState.CHECKING)
    run.state, run.findings = ImportState.CHECKED, findings
    if waiting.exists():
        run.save(update_fields=["state", "findings"])


def _ask_again(run: ImportRun, refused: MappingRefused) -> None:
    """The columns cannot mean what was said: back to them, with the reason."""
    run.state = ImportState.UPLOADED
    run.error_count = 1
    run.errors = [{"line": 0, "message": refused.message, "column": refused.column}]
    run.save(update_fields=["state", "error_count", "errors"])


def _refuse_poison(run: ImportRun) -> None:
    if run.options["tries"] > MOST_TRIES:
        raise FileRefused(STOPPED)


@transaction.atomic
def _import_all(run: ImportRun, progress: Progress) -> None:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_QUEUE, [run.queue_id or 0])
    if _is_finished(run):
        return
    problems = Problems()
    with upload_path(run).open("rb") as stream:
        encoding = run.options.get("encoding", UTF8)
        table = open_table(stream, format_of_run(run), problems, encoding=encoding)
        outcome = importer_of(run.kind).run(run, table, progress, now=clock.now())
    _finish(run, outcome, progress)


def _is_finished(run: ImportRun) -> bool:
    """Somebody else may have run it while this one waited for the lock."""
    state = ImportRun.objects.values_list("state", flat=True).get(pk=run.pk)
    run.state = state
    return state not in UNFINISHED


def _finish(run: ImportRun, outcome: Outcome, progress: Progress) -> None:
    run.state = ImportState.DONE
    run.bytes_read = progress.bytes_read
    run.rows_read = progress.rows_read
    run.rows_new = outcome.new
    run.rows_changed = outcome.changed
    run.rows_same = outcome.same
    run.notes = list(outcome.notes)
    run.finished_at = clock.now()
    run.save()


def _as_problems(refused: FileRefused) -> Problems:
    return Problems(count=1, kept=[Problem(refused.line, refused.message)])
