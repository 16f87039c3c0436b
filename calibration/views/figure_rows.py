"""The rows behind a figure: answers behind an accuracy, items behind an agreement."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_GET

from calibration.enums import Cut, Reference
from calibration.queries.agreement_rows import judged_items
from calibration.queries.awaited import awaited_contents
from calibration.queries.figure_rows import CUTS, FigureRow, FigureRows, RowsWanted, figure_rows, read_figure_rows
from calibration.queries.populations import REFERENCE_WORDS
from calibration.queries.questions import read_questions
from calibration.queries.queue_figures import work_queues
from calibration.queries.score_counts import MEASURED
from calibration.views.agreement import may_read_agreement
from calibration.views.people import may_read_people
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import Access, allow
from qaplatform.people.rules import is_auditor

ROWS = 50
NAMED = frozenset({Cut.LABELER, Cut.VENDOR, Cut.TEAM})
MOST_EXPORTED = 100_000
may_read_rows = may_read_people | is_auditor
HEADINGS = ["item", "person", "queue", "given", "expected", "right", "clause", "answered at", "reference"]


@allow(may_read_rows)
@require_GET
def show_rows(request: HttpRequest) -> HttpResponse:
    """The answers behind an accuracy, newest first; counts only where gold has to stay hidden."""
    wanted = _wanted(request.GET)
    found = _found(request.access, wanted)
    page = Paginator(found.rows, ROWS).get_page(request.GET.get("page")) if found.may_list else None
    context = {
        "found": found,
        "wanted": wanted,
        "words": REFERENCE_WORDS[wanted.reference],
        "page": page,
        "rows": read_figure_rows(page.object_list) if page else (),
        "address": wanted.query(),
        "is_drawn": bool(wanted.audit),
    }
    return render(request, "calibration/figures/rows.html", context)


@allow(may_read_rows)
@require_GET
def export_rows(request: HttpRequest) -> HttpResponse:
    """The same answers as CSV."""
    wanted = _wanted(request.GET)
    found = _found(request.access, wanted)
    if not found.may_list:
        raise Http404
    rows = read_figure_rows(found.rows[:MOST_EXPORTED])
    return csv_answer(f"answers of {found.title}", HEADINGS, [_exported(row, wanted) for row in rows])


@allow(may_read_agreement)
@require_GET
def show_items(request: HttpRequest) -> HttpResponse:
    """The items behind an agreement: those that two or more judged."""
    queue = next((q for q in work_queues(request.access) if str(q.public_id) == request.GET.get("queue")), None)
    asked = request.GET.get("question", "")
    question = next((found for found in read_questions(queue) if found.key == asked), None) if queue else None
    if queue is None or question is None:
        raise Http404
    number = _page_number(request.GET.get("page", ""))
    waiting = awaited_contents(request.access)
    found = judged_items(queue, question, limit=ROWS, offset=(number - 1) * ROWS, left_out=waiting)
    pages = Paginator(range(found.total), ROWS)
    context = {
        "queue": queue,
        "question": question,
        "found": found,
        "page": pages.get_page(number),
        "leaves_out": waiting,
    }
    return render(request, "calibration/figures/items.html", context)


def _found(access: Access, wanted: RowsWanted) -> FigureRows:
    found = figure_rows(access, wanted)
    if found is None:
        raise Http404
    return found


def _wanted(query: QueryDict) -> RowsWanted:
    reference, cut = query.get("reference", Reference.GOLD), query.get("cut", Cut.QUEUE)
    if reference not in MEASURED or cut not in CUTS:
        raise Http404
    key = query.get("key", "")
    if cut in NAMED and _uuid(key) is None:
        raise Http404
    return RowsWanted(
        reference=Reference(reference),
        cut=Cut(cut),
        key=key,
        queue=_uuid(query.get("queue", "")),
        audit=_uuid(query.get("audit", "")),
        run=_uuid(query.get("run", "")),
        wrong_only=bool(query.get("wrong")),
    )


def _uuid(text: str) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _page_number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1


def _exported(row: FigureRow, wanted: RowsWanted) -> list[object]:
    answered = row.answered_at.isoformat()
    said = [row.item, row.labeler, row.queue, row.given, row.expected, row.is_correct, row.clause]
    return [*said, answered, wanted.reference.value]
