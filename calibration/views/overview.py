"""The QA manager's overview: what needs a decision, then the figures of each queue."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from calibration.enums import Cut
from calibration.queries.agreement import QueueAgreement, agreement_summaries
from calibration.queries.false_flags import expected_false_flags
from calibration.queries.flags import flags_needing_decision
from calibration.queries.overview import DecisionLine, decision_lines
from calibration.queries.queue_figures import Freshness, GroupAccuracy, freshness_of, group_accuracies, work_queues
from calibration.views.estimate_columns import estimate_cells, estimate_headings
from qaplatform import clock
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import Access, allow
from qaplatform.people.rules import is_qa_manager

LINES_SHOWN = 25
FLAG_KINDS = frozenset({"flag", "suspension", "dispute"})
GOLD_KINDS = frozenset({"gold_waiting", "gold_supply"})


@dataclass(frozen=True, kw_only=True)
class QueueLine:
    """One queue of the overview; agreement or accuracy is None where there is nothing to show yet."""

    queue_id: UUID
    name: str
    agreement: QueueAgreement | None
    accuracy: GroupAccuracy | None
    freshness: Freshness
    counted_words: str

    @property
    def change_words(self) -> str:
        """How agreement moved, without the name that stands beside it."""
        return change_words(self.agreement) if self.agreement else ""


@dataclass(frozen=True, kw_only=True)
class LinkedLine:
    """A line that asks for a decision, with the page on which it is decided."""

    line: DecisionLine
    url: str


@allow(is_qa_manager)
@require_GET
def overview(request: HttpRequest) -> HttpResponse:
    """What needs a decision, ordered by consequence; then agreement and accuracy of each queue."""
    return render(request, "calibration/overview/overview.html", overview_facts(request.access, now=clock.now()))


@allow(is_qa_manager)
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The figures alone, asked for every five seconds by the page that shows them."""
    if not request.htmx:
        return redirect("calibration:overview")
    known = request.GET.get("open_flags", "")
    now_open = flags_needing_decision(request.access).count()
    context = {
        "queue_lines": queue_lines(request.access, now=clock.now()),
        "open_flags": known if known.isdecimal() else now_open,
        "new_flags": max(0, now_open - int(known)) if known.isdecimal() else 0,
    }
    return render(request, "calibration/overview/figures.html", context)


@allow(is_qa_manager)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Agreement and accuracy by queue as CSV."""
    rows = [_exported(line) for line in queue_lines(request.access, now=clock.now())]
    headings = ["queue", *estimate_headings("alpha"), *estimate_headings("accuracy"), "target", "standing"]
    return csv_answer("overview", [*headings, "counted at"], rows)


def overview_facts(access: Access, *, now: datetime) -> dict[str, object]:
    """What the overview shows; the first page of a QA manager shows the same."""
    lines = decision_lines(access, now=now)
    return {
        "lines": [LinkedLine(line=line, url=_address(line)) for line in lines[:LINES_SHOWN]],
        "lines_left": max(0, len(lines) - LINES_SHOWN),
        "expected": expected_false_flags(access),
        "open_flags": flags_needing_decision(access).count(),
        "queue_lines": queue_lines(access, now=now),
    }


def queue_lines(access: Access, *, now: datetime) -> list[QueueLine]:
    """Each queue with its figures and how fresh they are."""
    queues = work_queues(access)
    agreement = {found.queue_id: found for found in agreement_summaries(access, now=now)}
    accuracy = {found.queue_id: found for found in group_accuracies(access, queues, cut=Cut.QUEUE)}
    fresh = freshness_of(queues)
    return [
        QueueLine(
            queue_id=queue.public_id,
            name=queue.name,
            agreement=agreement.get(queue.public_id),
            accuracy=accuracy.get(queue.public_id),
            freshness=fresh[queue.public_id],
            counted_words=counted_words(fresh[queue.public_id], now=now),
        )
        for queue in queues
    ]


def change_words(agreement: QueueAgreement) -> str:
    """How agreement moved, for a place where the queue's name stands already."""
    words = agreement.change_words.removeprefix(f"{agreement.queue_name}: ")
    return words[:1].upper() + words[1:]


def counted_words(fresh: Freshness, *, now: datetime) -> str:
    """How old the figures are, and whether newer ones are on their way."""
    if fresh.counted_at is None:
        return "being counted" if fresh.is_stale else "not counted yet"
    age = _age_words((now - fresh.counted_at).total_seconds())
    return f"counted {age}, new answers follow" if fresh.is_stale else f"counted {age}"


def _age_words(seconds: float) -> str:
    if seconds < 60:
        return f"{max(0, round(seconds))} s ago"
    if seconds < 3600:
        return f"{round(seconds / 60)} min ago"
    return f"{round(seconds / 3600)} h ago" if seconds < 172_800 else f"{round(seconds / 86_400)} days ago"


def _address(line: DecisionLine) -> str:
    if line.kind in FLAG_KINDS and line.target_id:
        return reverse("calibration:flag", args=[line.target_id])
    if line.kind in GOLD_KINDS:
        return f"{reverse('calibration:gold')}?queue={line.queue_id or ''}"
    if line.kind == "agreement" and line.queue_id:
        return f"{reverse('calibration:agreement')}?queue={line.queue_id}"
    return ""


def _exported(line: QueueLine) -> list[object]:
    alpha = estimate_cells(line.agreement.alpha) if line.agreement else [None] * 4
    accuracy = estimate_cells(line.accuracy.accuracy) if line.accuracy else [None] * 4
    judged = [line.accuracy.target, line.accuracy.standing] if line.accuracy else [None] * 2
    return [line.name, *alpha, *accuracy, *judged, line.freshness.counted_at]
