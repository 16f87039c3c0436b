"""The first result of a file of decisions."""

from collections.abc import Iterable
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from calibration.enums import Reference
from calibration.queries.figure_rows import RowsWanted
from calibration.queries.first_results import FirstResult, ResultRow, first_result
from calibration.queries.score_counts import MEASURED
from calibration.stats import Estimate
from calibration.views.estimate_columns import estimate_cells, estimate_headings
from calibration.views.explanations import explain_accuracy
from calibration.views.references import reference_tabs, reference_url
from labeling.enums import ImportKind, ImportState
from labeling.models import ImportRun
from labeling.rules import runs_queues
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import allow
from qaplatform.web.figures import axis_of, interval, share
from qaplatform.web.parts import Explanation

ROWS = 50
STANDINGS = {"below": "Below target", "meets": "Meets target", "not_enough_data": "Not enough data"}
UNREAD = frozenset({ImportState.UPLOADED, ImportState.CHECKING, ImportState.CHECKED, ImportState.REFUSED})


@allow(runs_queues)
@require_GET
def show_result(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """By policy, vendor and person, the sentence first; it asks again by itself while the count goes on."""
    run = _run(public_id)
    if run.state in UNREAD or run.state == ImportState.UNDONE:
        return render(request, "calibration/results/none.html", {"run": run})
    result = _result(request, run)
    standing, name = request.GET.get("standing", ""), request.GET.get("name", "").strip()
    rows = [row for row in result.people if _fits(row, standing, name)]
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    other = result.reference.other
    context = {
        "run": run,
        "result": result,
        "page": page,
        "tabs": reference_tabs(result.reference, request.path, request.GET),
        "other_url": reference_url(other, request.path, request.GET) if other else "",
        "queue": request.GET.get("queue", ""),
        "standing": standing,
        "name": name,
        "standings": STANDINGS,
        "axis": axis_of([*_estimates(result.queues), *_estimates(page)], targets=[row.target for row in page]),
        "figure": _figure_words(result.total),
        "explanation": _explanation(run, result, _uuid(request.GET.get("queue", "")) if result.narrowed_to else None),
        "rows_base": f"{_rows_base(run, result.reference.chosen)}&cut=labeler&key=",
    }
    return render(request, "calibration/results/result.html", context)


@allow(runs_queues)
@require_GET
def export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A line a policy, a vendor and a person as CSV; people by policy too."""
    run = _run(public_id)
    result = _result(request, run)
    lines = [_line("all", result.narrowed_to, result.total, result)]
    lines += [_line("policy", "", row, result) for row in result.queues]
    lines += [_line("vendor", "", row, result) for row in result.vendors]
    lines += [_line("person", "", row, result) for row in result.people]
    for queue in result.queues if len(result.queues) > 1 else ():
        narrowed = first_result(run, asked=result.reference.chosen, queue=queue.key)
        lines += [_line("person in policy", queue.name, row, result) for row in narrowed.people]
    headings = ["what", "policy", "name", "belongs to", "decisions", "reference", *estimate_headings("accuracy")]
    return csv_answer(f"first result of {run.file_name}", [*headings, "right", "target", "standing", "errors"], lines)


def _run(public_id: UUID) -> ImportRun:
    return get_object_or_404(ImportRun, public_id=public_id, kind=ImportKind.DECISIONS)


def _result(request: HttpRequest, run: ImportRun) -> FirstResult:
    asked = request.GET.get("reference", "")
    if asked and asked not in MEASURED:
        raise Http404
    return first_result(run, asked=asked, queue=_uuid(request.GET.get("queue", "")))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise Http404 from error


def _fits(row: ResultRow, standing: str, name: str) -> bool:
    return standing in {"", row.standing} and name.casefold() in row.name.casefold()


def _estimates(rows: Iterable[ResultRow]) -> list[Estimate]:
    return [row.accuracy for row in rows]


def _figure_words(total: ResultRow) -> str:
    """The figure of the sentence: `.91 right (.88 to .93)`."""
    accuracy = total.accuracy
    return f"{share(accuracy.value)} right {interval(accuracy.lower, accuracy.upper)}".strip() if total.n else ""


def _explanation(run: ImportRun, result: FirstResult, queue: UUID | None) -> Explanation:
    return explain_accuracy(
        RowsWanted(reference=result.reference.chosen, run=run.public_id, queue=queue),
        n=result.total.n,
        population=f"Decisions that came with the file {run.file_name} and have this reference, whatever their date;"
        " what an earlier file had brought already, withdrawn items and decisions that a later file replaced are out.",
        word="Group accuracy",
        name="this figure",
        note="Intervals here are those that standings are judged by: 90 %, so that each bound alone holds with 95 %.",
    )


def _rows_base(run: ImportRun, reference: Reference) -> str:
    return f"{reverse('calibration:figure_rows')}?reference={reference.value}&run={run.public_id}"


def _line(what: str, policy: str, row: ResultRow, result: FirstResult) -> list[object]:
    said = [what, policy, row.name, row.note, row.decisions, result.reference.chosen.value]
    return [*said, *estimate_cells(row.accuracy), row.right, row.target, row.standing, row.errors]
