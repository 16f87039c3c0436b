"""Joint answers of a queue: which way of joining is used and why, item by item, the least certain first."""

import json
from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from calibration.models import ConsensusRun
from calibration.queries.agreement import main_questions
from calibration.queries.awaited import awaited_contents
from calibration.queries.consensus import (
    LEVELS,
    answer_choices,
    consensus_view,
    exported_answers,
    exported_categories,
    joint_answers,
    joint_items,
)
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.queue_figures import work_queues
from calibration.services.consensus import ask_to_join
from calibration.tasks import join_scope
from calibration.views.agreement import READERS, may_read_agreement
from labeling.models import Queue
from labeling.rules import runs_queues
from labeling.views.queue_tabs import tabs_of
from qaplatform.api.spreadsheets import csv_lines
from qaplatform.people.access import Access, allow

ITEMS = 24
FORMS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
FACTS = ("item", "external_id", "language", "question", "reference", "aggregator", "answer", "certainty")


@allow(may_read_agreement)
@require_GET
def consensus_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The way that is used and why, all ways on gold, and the items of one question."""
    queue, questions = _asked_queue(request.access, public_id)
    question = _asked_question(request, queue, questions)
    run = ConsensusRun.objects.filter(queue=queue, question=question.key).first() if question else None
    context = {
        "queue": queue,
        "questions": questions,
        "question": question,
        "tabs": tabs_of(queue) if runs_queues(request.access) else [],
        "may_join": runs_queues(request.access),
        "kept": _kept(request),
        **(_listed(request, queue, question, run) if run and question else {}),
    }
    return render(request, "calibration/consensus/consensus.html", context)


@allow(may_read_agreement)
@require_GET
def export(request: HttpRequest, public_id: UUID) -> StreamingHttpResponse:
    """Joint answers as the page filters them, with the share of every category."""
    queue, questions = _asked_queue(request.access, public_id)
    question = _asked_question(request, queue, questions)
    run = ConsensusRun.objects.filter(queue=queue, question=question.key).first() if question else None
    form = request.GET.get("as", "csv")
    if form not in FORMS or run is None or question is None:
        raise Http404
    answer, level = request.GET.get("answer", ""), request.GET.get("level", "")
    rows = joint_answers(run, answer=answer, level=level, left_out=awaited_contents(request.access))
    found = exported_answers(run, rows)
    lines = _csv(found, exported_categories(run)) if form == "csv" else _jsonl(found)
    response = StreamingHttpResponse(lines, content_type=FORMS[form])
    response["Content-Disposition"] = f'attachment; filename="joint-answers.{form}"'
    return response


@allow(runs_queues)
@require_POST
def join_now(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Join the answers of a queue now, not at night."""
    queue, _ = _asked_queue(request.access, public_id)
    ask_to_join(queue, actor=request.user)
    if join_scope.hint(queue.pk):
        messages.success(request, f"The answers in {queue} are being joined; load this page again in a minute.")
    else:
        messages.error(
            request, f"The message broker does not answer right now, so {queue} is joined at night. Try again."
        )
    return redirect("calibration:consensus", public_id=public_id)


def _asked_queue(access: Access, public_id: UUID) -> tuple[Queue, tuple[MeasuredQuestion, ...]]:
    queues = work_queues(access) if access.reach(READERS).everything else []
    queue = next((found for found in queues if found.public_id == public_id), None)
    if queue is None:
        raise Http404
    return queue, read_questions(queue)


def _asked_question(
    request: HttpRequest, queue: Queue, questions: tuple[MeasuredQuestion, ...]
) -> MeasuredQuestion | None:
    """The one that is asked for, else the queue's main one; None where a queue asks nothing yet."""
    key = request.GET.get("question", "")
    found = next((question for question in questions if question.key == key), None)
    if key and found is None:
        raise Http404
    main = main_questions([queue]).get(queue.pk, "") if found is None else key
    return next((question for question in questions if question.key == main), None)


def _listed(request: HttpRequest, queue: Queue, question: MeasuredQuestion, run: ConsensusRun) -> dict[str, object]:
    answer, level = request.GET.get("answer", ""), request.GET.get("level", "")
    waiting = awaited_contents(request.access)
    rows = joint_answers(run, answer=answer, level=level, left_out=waiting)
    page = Paginator(rows, ITEMS).get_page(request.GET.get("page"))
    return {
        "view": consensus_view(run),
        "page": page,
        "items": joint_items(queue, run, question, page.object_list),
        "choices": answer_choices(run, question),
        "levels": LEVELS,
        "answer": answer,
        "level": level,
        "leaves_out": waiting,
    }


def _kept(request: HttpRequest) -> str:
    """What the exports take over from the page: its filters, not the page's number."""
    query = request.GET.copy()
    for name in ("page", "as"):
        query.pop(name, None)
    return query.urlencode()


def _csv(rows: Iterator[dict[str, object]], categories: tuple[str, ...]) -> Iterator[str]:
    yield "\N{ZERO WIDTH NO-BREAK SPACE}"
    columns = [*FACTS, *(f"share_{code}" for code in categories)]
    yield from csv_lines(columns, (_cells(row, categories) for row in rows))


def _cells(row: dict[str, object], categories: tuple[str, ...]) -> list[object]:
    shares = row["shares"]
    given = shares if isinstance(shares, dict) else {}
    return [*(row[name] for name in FACTS), *(given.get(code, 0) for code in categories)]


def _jsonl(rows: Iterator[dict[str, object]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"
