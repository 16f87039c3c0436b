"""Decisions made elsewhere, as they are: drop a file, say what its columns mean, confirm what is new, take it back."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.enums import ImportKind, ImportState, QueueKind
from labeling.forms.decisions import DecisionsForm, MappingForm, reshaped, rows_as_read, with_question
from labeling.forms.names import Known, NamesForm, what_is_made
from labeling.importing.findings import Findings
from labeling.importing.meanings import AskedQuestion, DecisionMapping
from labeling.importing.problems import FileRefused
from labeling.models import ImportMapping, ImportRun, Queue
from labeling.queries.imports import visible_imports
from labeling.queries.queues import visible_queues
from labeling.rules import runs_queues
from labeling.services.imports import refuse_upload
from labeling.services.imports.decisions import (
    Draft,
    ask_undo,
    choose_mapping,
    confirm_import,
    draft_of,
    findings_of,
    is_being_undone,
    recheck,
    reopen_mapping,
    result_of,
    store_decisions,
    why_not_undone,
)
from labeling.services.imports.decisions.proposals import question_in
from labeling.tasks import check_file, import_file, undo_import
from labeling.views.import_results import results_of
from qaplatform.errors import DomainError, InvalidInput, Refused
from qaplatform.jobs.tasks import CountedTask
from qaplatform.people.access import Access, allow

STEPS = ("Upload", "Columns", "What is new", "Result")
STEP_OF = {
    ImportState.UPLOADED: 2,
    ImportState.CHECKING: 3,
    ImportState.CHECKED: 3,
}
LAST_STEP = 4
UNFINISHED = (ImportState.CHECKING, ImportState.WAITING, ImportState.RUNNING)
WITHOUT_BROKER = "This starts within a minute: the message broker does not answer right now."


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def new_decisions(request: HttpRequest) -> HttpResponse:
    """Drop a file."""
    form = DecisionsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        run = _store(request, form)
        if run is not None:
            return redirect("labeling:import", public_id=run.public_id)
    context = {"form": form, "steps": STEPS, "step": 1, "remembered": ImportMapping.objects.exists()}
    return render(request, "labeling/imports/new_decisions.html", context, status=422 if form.errors else 200)


def show_decisions(request: HttpRequest, run: ImportRun) -> HttpResponse:
    """The page of an import of decisions, by its state."""
    if run.state == ImportState.UPLOADED:
        return _show_columns(request, run)
    if run.state == ImportState.CHECKED:
        return _show_names(request, run)
    return render(request, "labeling/imports/decisions_run.html", run_facts(run))


def run_facts(run: ImportRun) -> dict[str, object]:
    """What the page of a started import shows; also the part that is asked for again."""
    is_in = run.state in {ImportState.DONE, ImportState.UNDONE}
    is_undoing = is_being_undone(run)
    return {
        "run": run,
        "steps": STEPS,
        "step": STEP_OF.get(ImportState(run.state), LAST_STEP),
        "is_unfinished": run.state in UNFINISHED or is_undoing,
        "is_undoing": is_undoing,
        "result": result_of(run) if is_in else None,
        "pages": results_of(run) if run.state == ImportState.DONE else [],
        "why_not": why_not_undone(run) if run.state == ImportState.DONE and not is_undoing else "",
    }


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def choose_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep what the columns mean and have the whole file checked; or ask one thing more first."""
    run = _find(request, public_id)
    if request.method != "POST" or run.state != ImportState.UPLOADED:
        return redirect("labeling:import", public_id=run.public_id)
    return _show_columns(request, run)


@allow(runs_queues)
@require_GET
def preview_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The first rows as they would be read with the meanings that stand in the form."""
    run = get_object_or_404(_decisions(request.access), public_id=public_id, state=ImportState.UPLOADED)
    try:
        draft = draft_of(run)
    except FileRefused as refused:
        return HttpResponse(refused.message, status=422)
    form = MappingForm(request.GET, draft=draft, mapping=draft.mapping)
    form.is_valid()
    return render(request, "labeling/imports/as_read.html", _as_read(draft, form.mapping()))


@allow(runs_queues)
@require_POST
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the import make what was listed and run."""
    run = _find(request, public_id)
    if run.state != ImportState.CHECKED:
        return redirect("labeling:import", public_id=run.public_id)
    return _show_names(request, run)


@allow(runs_queues)
@require_GET
def confirm_words(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the confirm button would make with the choices that stand in the form."""
    run = get_object_or_404(_decisions(request.access), public_id=public_id, state=ImportState.CHECKED)
    findings = findings_of(run)
    form = _names_form(request, findings, request.GET)
    form.is_valid()
    return render(request, "labeling/imports/made.html", _made(findings, form))


@allow(runs_queues)
@require_POST
def change_columns(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Go back from what was found to what the columns mean."""
    run = _find(request, public_id)
    if run.state == ImportState.CHECKED:
        reopen_mapping(run)
    return redirect("labeling:import", public_id=run.public_id)


@allow(runs_queues)
@require_POST
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take an import back."""
    run = _find(request, public_id)
    try:
        ask_undo(run, actor=request.user)
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        _start(request, undo_import, run)
    return redirect("labeling:import", public_id=run.public_id)


def _decisions(access: Access) -> QuerySet[ImportRun]:
    return visible_imports(access).filter(kind=ImportKind.DECISIONS)


def _find(request: HttpRequest, public_id: UUID) -> ImportRun:
    return get_object_or_404(_decisions(request.access), public_id=public_id)


def _store(request: HttpRequest, form: DecisionsForm) -> ImportRun | None:
    file = form.cleaned_data["file"]
    try:
        return store_decisions(file_name=file.name, chunks=file.chunks(), actor=request.user)
    except (DomainError, FileRefused) as error:
        form.add_error("file", error.message)
        return None


def _show_columns(request: HttpRequest, run: ImportRun) -> HttpResponse:
    try:
        draft = draft_of(run)
    except FileRefused as refused:
        refuse_upload(run, refused)
        return redirect("labeling:import", public_id=run.public_id)
    form = MappingForm(request.POST or None, draft=draft, mapping=draft.mapping)
    change = _change_asked(request)
    if change is not None:
        form.is_valid()
        form = MappingForm(draft=draft, mapping=change(draft, form.mapping()))
    elif request.method == "POST" and form.is_valid() and _choose(request, run, form):
        return redirect("labeling:import", public_id=run.public_id)
    context = {
        "run": run,
        "draft": draft,
        "form": form,
        "shape": form.mapping().shape,
        "steps": STEPS,
        "step": 2,
        **_as_read(draft, form.mapping()),
    }
    return render(request, "labeling/imports/decision_columns.html", context, status=422 if form.errors else 200)


def _change_asked(request: HttpRequest) -> Callable[[Draft, DecisionMapping], DecisionMapping] | None:
    """A button that changes the form itself instead of sending it on."""
    shape = request.POST.get("shape", "")
    if shape in {"wide", "long"}:
        return lambda draft, mapping: reshaped(draft, mapping, shape=shape)
    if "add_question" in request.POST:
        return lambda _, mapping: with_question(mapping)
    return None


def _as_read(draft: Draft, mapping: DecisionMapping) -> dict[str, object]:
    heads, rows = rows_as_read(draft, mapping)
    return {"heads": heads, "rows": rows}


def _choose(request: HttpRequest, run: ImportRun, form: MappingForm) -> bool:
    try:
        choose_mapping(run, form.mapping(), actor=request.user)
    except InvalidInput as error:
        form.refuse(error.message, column=str(error.detail.get("column", "")))
        return False
    except DomainError as error:
        form.add_error(None, error.message)
        return False
    _start(request, check_file, run)
    return True


def _show_names(request: HttpRequest, run: ImportRun) -> HttpResponse:
    findings = findings_of(run)
    form = _names_form(request, findings, request.POST or None)
    if request.method == "POST" and _decide(request, run, form):
        return redirect("labeling:import", public_id=run.public_id)
    context = {
        "run": run,
        "findings": findings,
        "form": form,
        "steps": STEPS,
        "step": 3,
        **_made(findings, form),
    }
    return render(request, "labeling/imports/decision_names.html", context, status=422 if form.errors else 200)


def _names_form(request: HttpRequest, findings: Findings, posted: object) -> NamesForm:
    queues = list(visible_queues(request.access).filter(kind=QueueKind.ORDINARY).order_by("name"))
    return NamesForm(posted, findings=findings, queues=queues, known=_known(findings, queues))


def _known(findings: Findings, queues: list[Queue]) -> Known:
    """The categories of the queues that decisions go to."""
    by_id = {str(queue.public_id): queue for queue in queues}
    known: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for policy in findings.policies:
        queue = by_id.get(policy.decision.get("queue", ""))
        for place, found in enumerate(policy.questions if queue else ()):
            question = question_in(queue, AskedQuestion(found.key, found.prompt), is_first=place == 0)
            options = question.options if question else ()
            known[str(queue.public_id), found.key] = [(option.code, option.name) for option in options]
    return known


def _made(findings: Findings, form: NamesForm) -> dict[str, object]:
    return {"findings": findings, "made": what_is_made(findings, form.decisions())}


def _decide(request: HttpRequest, run: ImportRun, form: NamesForm) -> bool:
    is_valid = form.is_valid()
    try:
        if form.asks_for_other_queues():
            recheck(run, form.decisions(), actor=request.user)
            _start(request, check_file, run)
            return True
        if not is_valid:
            return False
        confirm_import(run, form.decisions(), actor=request.user)
    except DomainError as error:
        form.refuse(error.message, field=str(error.detail.get("field", "")))
        return False
    _start(request, import_file, run)
    return True


def _start(request: HttpRequest, task: CountedTask, run: ImportRun) -> None:
    if not task.hint(run.pk):
        messages.info(request, WITHOUT_BROKER)
