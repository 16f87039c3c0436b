"""Files on their way in: choose, confirm the columns, watch, read what happened."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.enums import ImportKind, ImportState, QueueKind
from labeling.forms.imports import ColumnsForm, UploadForm, columns_form_of
from labeling.importing.problems import FileRefused
from labeling.models import ImportRun
from labeling.queries.imports import import_notices, visible_imports
from labeling.queries.queues import visible_queues
from labeling.rules import runs_queues
from labeling.services.imports import confirm_columns, discard_upload, refuse_upload, store_upload
from labeling.services.imports.drafts import Preview, guess_for, left_out, preview_of
from labeling.services.imports.kinds import fields_of
from labeling.tasks import import_file
from labeling.views.decisions import run_facts, show_decisions
from qaplatform.errors import DomainError
from qaplatform.people.access import allow

ROWS = 50
UNFINISHED = (ImportState.WAITING, ImportState.RUNNING)


@allow(runs_queues)
@require_GET
def list_imports(request: HttpRequest) -> HttpResponse:
    """All imports, the newest first."""
    page = Paginator(visible_imports(request.access), ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "notices": import_notices(request.access)}
    return render(request, "labeling/imports/list.html", context)


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def new_import(request: HttpRequest) -> HttpResponse:
    """Choose a file, its queue and what it holds."""
    queues = visible_queues(request.access).filter(kind=QueueKind.ORDINARY)
    initial = {"queue": request.GET.get("queue", ""), "kind": request.GET.get("kind") or ImportKind.ITEMS}
    form = UploadForm(request.POST or None, request.FILES or None, queues=queues, initial=initial)
    if request.method == "POST" and form.is_valid():
        run = _store(request, form)
        if run is not None:
            return redirect("labeling:import", public_id=run.public_id)
    context = {"form": form, "has_queues": queues.exists()}
    return render(request, "labeling/imports/new.html", context, status=422 if form.errors else 200)


@allow(runs_queues)
@require_GET
def import_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """An import: its columns to be confirmed, its progress, or what became of it."""
    run = get_object_or_404(visible_imports(request.access), public_id=public_id)
    if run.kind == ImportKind.DECISIONS:
        return show_decisions(request, run)
    if run.state == ImportState.UPLOADED:
        return _show_columns(request, run)
    return render(request, "labeling/imports/run.html", {"run": run, "is_unfinished": run.state in UNFINISHED})


@allow(runs_queues)
@require_GET
def import_progress(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The part of the page that is asked for again while the import runs."""
    run = get_object_or_404(visible_imports(request.access), public_id=public_id)
    if run.kind == ImportKind.DECISIONS:
        return _decisions_progress(request, run)
    context = {"run": run, "is_unfinished": run.state in UNFINISHED}
    return render(request, "labeling/imports/progress.html", context)


@allow(runs_queues)
@require_POST
def start_import(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Confirm the columns and let a worker import the file."""
    runs = visible_imports(request.access).exclude(kind=ImportKind.DECISIONS)
    run = get_object_or_404(runs, public_id=public_id)
    if run.state != ImportState.UPLOADED:
        return redirect("labeling:import", public_id=run.public_id)
    return _show_columns(request, run)


@allow(runs_queues)
@require_POST
def discard_import(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Forget a file that was not started."""
    run = get_object_or_404(visible_imports(request.access), public_id=public_id)
    discard_upload(run)
    messages.info(request, f"{run.file_name} was deleted; nothing was imported.")
    return redirect("labeling:imports")


def _decisions_progress(request: HttpRequest, run: ImportRun) -> HttpResponse:
    """The page is loaded anew once there is something else to do on it."""
    facts = run_facts(run)
    response = render(request, "labeling/imports/decisions_progress.html", facts)
    if not facts["is_unfinished"]:
        response.headers["HX-Refresh"] = "true"
    return response


def _store(request: HttpRequest, form: UploadForm) -> ImportRun | None:
    file = form.cleaned_data["file"]
    try:
        return store_upload(
            form.cleaned_data["queue"],
            kind=ImportKind(form.cleaned_data["kind"]),
            file_name=file.name,
            chunks=file.chunks(),
            actor=request.user,
        )
    except DomainError as error:
        form.add_error("file", error.message)
        return None


def _show_columns(request: HttpRequest, run: ImportRun) -> HttpResponse:
    try:
        preview = preview_of(run)
    except FileRefused as refused:
        refuse_upload(run, refused)
        return redirect("labeling:import", public_id=run.public_id)
    form = _columns_form(request, run, preview)
    if request.method == "POST" and form.is_valid() and _start(request, run, form):
        return redirect("labeling:import", public_id=run.public_id)
    context = {
        "run": run,
        "form": form,
        "preview": preview,
        "left_out": left_out(preview, guess_for(run, preview.columns)),
    }
    return render(request, "labeling/imports/columns.html", context, status=422 if form.errors else 200)


def _columns_form(request: HttpRequest, run: ImportRun, preview: Preview) -> ColumnsForm:
    return columns_form_of(run.kind)(
        request.POST or None,
        meanings=fields_of(run.kind, run.queue),
        columns=preview.columns,
        queue=run.queue,
        guess=guess_for(run, preview.columns),
    )


def _start(request: HttpRequest, run: ImportRun, form: ColumnsForm) -> bool:
    try:
        confirm_columns(run, form.chosen(), actor=request.user, settings=form.options())
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return False
    if not import_file.hint(run.pk):
        messages.info(request, "The import starts within a minute: the message broker does not answer right now.")
    return True
