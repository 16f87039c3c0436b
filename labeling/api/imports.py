"""Importing by program: JSON lines in the body, of any length, sent whole or in chunks."""

from collections.abc import Iterator
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_POST

from labeling.api.bodies import find_one, respond
from labeling.enums import ImportKind, ImportState
from labeling.importing.columns import guess_columns
from labeling.importing.problems import FileRefused
from labeling.models import ImportRun
from labeling.queries.imports import visible_imports
from labeling.queries.queues import visible_queues
from labeling.rules import IMPORT_SCOPE, runs_queues
from labeling.services.imports import confirm_columns, refuse_upload, run_import, store_upload
from labeling.services.imports.drafts import preview_of
from labeling.services.imports.kinds import fields_of
from labeling.tasks import import_file
from qaplatform.people.access import allow

CHUNK = 64 * 1024
# Up to here the answer says what became of the rows; larger bodies are imported by a worker.
IMPORTED_AT_ONCE = 2 * 1024 * 1024
STATUS = {ImportState.DONE: 200, ImportState.REFUSED: 422}


@allow(runs_queues, token_scope=IMPORT_SCOPE)
@require_POST
def import_items(request: HttpRequest, queue_id: UUID) -> HttpResponse:
    """Items, one JSON object a line."""
    return _import(request, queue_id, ImportKind.ITEMS)


@allow(runs_queues, token_scope=IMPORT_SCOPE)
@require_POST
def import_labels(request: HttpRequest, queue_id: UUID) -> HttpResponse:
    """Labels made elsewhere, one JSON object a line."""
    return _import(request, queue_id, ImportKind.LABELS)


@allow(runs_queues, token_scope=IMPORT_SCOPE)
@require_GET
def import_state(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """How far an import is, or what became of it."""
    return respond(_body(find_one(visible_imports(request.access), import_id)))


def _import(request: HttpRequest, queue_id: UUID, kind: ImportKind) -> HttpResponse:
    queue = find_one(visible_queues(request.access), queue_id)
    run = store_upload(queue, kind=kind, file_name="api.jsonl", chunks=_chunks(request), actor=request.user)
    try:
        columns = guess_columns(preview_of(run).columns, fields_of(kind, queue))
    except FileRefused as refused:
        refuse_upload(run, refused)
        return respond(_body(run), status=422)
    run = confirm_columns(run, columns, actor=request.user)
    return _import_later(run) if run.file_size > IMPORTED_AT_ONCE else _import_now(run)


def _import_now(run: ImportRun) -> HttpResponse:
    run = run_import(run.pk)
    return respond(_body(run), status=STATUS.get(ImportState(run.state), 202))


def _import_later(run: ImportRun) -> HttpResponse:
    # A message that is lost is no harm: the sweep finds the run.
    import_file.hint(run.pk)
    return respond(_body(run), status=202)


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    """The body, piece by piece. Django reads no body without a length, so a chunked one is read from the server."""
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    stream = request.environ["wsgi.input"] if is_chunked else request
    while chunk := stream.read(CHUNK):
        yield chunk


def _body(run: ImportRun) -> dict[str, object]:
    return {
        "id": run.public_id,
        "queue": run.queue.public_id,
        "kind": run.kind,
        "state": run.state,
        "rows": {"read": run.rows_read, "new": run.rows_new, "changed": run.rows_changed, "same": run.rows_same},
        "notes": run.notes,
        "error_count": run.error_count,
        "errors": run.errors,
    }
