"""The QA manager's overview: what needs a decision, then the figures of each queue."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from calibration.enums import Cut, Reference
from calibration.queries.agreement import QueueAgreement, agreement_summaries
from calibration.queries.false_flags import expected_false_flags
from calibration.queries.figure_rows import RowsWanted
from calibration.queries.flags import flags_needing_decision
from calibration.queries.overview import DecisionLine, decision_lines
from calibration.queries.populations import AGREEMENT_SLOTS
from calibration.queries.queue_figures import Freshness, GroupAccuracy, freshness_of, group_accuracies, work_queues
from calibration.queries.references import ReferenceChoice
from calibration.queries.verifications import find_alarms
from calibration.views.estimate_columns import estimate_cells, estimate_headings
from calibration.views.explanations import rows_url
from calibration.views.freshness import counted_words
from calibration.views.references import read_reference, reference_tabs
from qaplatform import clock
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import Access, allow
from qaplatform.people.rules import is_qa_manager
from qaplatform.web.figures import axis_of

LINES_SHOWN = 25
# Where a line is decided: on the page of its flag or file, on a list, or on the list of its queue.
TARGET_PAGES = {
    **dict.fromkeys(("flag", "suspension", "dispute"), "calibration:flag"),
    "import": "labeling:import",
    "wrong_gold": "calibration:gold_item",
}
PAGES = {
    "disagreement": "calibration:disagreements",
    "folder": "labeling:folders",
    "suspicion": "calibration:suspicions",
}
QUEUE_PAGES = {
    **dict.fromkeys(("gold_waiting", "gold_supply"), "calibration:gold"),
    "gold_again": "calibration:gold_again",
    "agreement": "calibration:agreement",
}


@dataclass(frozen=True, kw_only=True)
class QueueLine:
    """One queue of the overview; agreement or accuracy is None where there is nothing to show yet."""

    queue_id: UUID
    name: str
    agreement: QueueAgreement | None
    accuracy: GroupAccuracy | None
    freshness: Freshness
    counted_words: str
    reference: Reference

    @property
    def rows_url(self) -> str:
        """The answers behind the accuracy."""
        return rows_url(RowsWanted(reference=self.reference, queue=self.queue_id))

    @property
    def items_url(self) -> str:
        """The items behind the agreement."""
        asked = self.agreement.question if self.agreement else ""
        return f"{reverse('calibration:agreement_rows')}?{urlencode({'queue': str(self.queue_id), 'question': asked})}"

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
    facts = overview_facts(request.access, now=clock.now(), asked=request.GET.get("reference", ""))
    return render(request, "calibration/overview/overview.html", facts)


@allow(is_qa_manager)
@require_GET
def figures(request: HttpRequest) -> HttpResponse:
    """The figures alone, asked for every five seconds by the page that shows them."""
    if not request.htmx:
        return redirect("calibration:overview")
    known = request.GET.get("open_flags", "")
    now_open = flags_needing_decision(request.access).count()
    reference = read_reference(request.GET.get("reference", ""), work_queues(request.access))
    context = {
        **_shown(request.access, reference, now=clock.now()),
        "open_flags": known if known.isdecimal() else now_open,
        "new_flags": max(0, now_open - int(known)) if known.isdecimal() else 0,
    }
    return render(request, "calibration/overview/figures.html", context)


@allow(is_qa_manager)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Agreement and accuracy by queue as CSV."""
    reference = read_reference(request.GET.get("reference", ""), work_queues(request.access)).chosen
    lines = queue_lines(request.access, now=clock.now(), reference=reference)
    headings = ["queue", *estimate_headings("alpha"), "reference", *estimate_headings("accuracy"), "target"]
    headings += ["standing", "declared on", "counted at", "agreement counts", "accuracy counts"]
    return csv_answer("overview", headings, [_exported(line, reference) for line in lines])


def overview_facts(access: Access, *, now: datetime, asked: str = "") -> dict[str, object]:
    """What the overview shows; the first page of a QA manager shows the same."""
    lines = decision_lines(access, now=now)
    reference = read_reference(asked, work_queues(access))
    return {
        "alarms": find_alarms(access),
        "lines": [LinkedLine(line=line, url=_address(line)) for line in lines[:LINES_SHOWN]],
        "lines_left": max(0, len(lines) - LINES_SHOWN),
        "expected": expected_false_flags(access),
        "open_flags": flags_needing_decision(access).count(),
        **_shown(access, reference, now=now),
        "reference_tabs": reference_tabs(reference, reverse("calibration:overview")),
    }


def queue_lines(access: Access, *, now: datetime, reference: Reference) -> list[QueueLine]:
    """Each queue with its figures, accuracy by one reference, and how fresh they are."""
    queues = work_queues(access)
    agreement = {found.queue_id: found for found in agreement_summaries(access, now=now)}
    figures = group_accuracies(access, queues, cut=Cut.QUEUE, reference=reference)
    accuracy = {found.queue_id: found for found in figures}
    fresh = freshness_of(queues)
    return [
        QueueLine(
            queue_id=queue.public_id,
            name=queue.name,
            agreement=agreement.get(queue.public_id),
            accuracy=accuracy.get(queue.public_id),
            freshness=fresh[queue.public_id],
            counted_words=counted_words(fresh[queue.public_id], now=now),
            reference=reference,
        )
        for queue in queues
    ]


def _shown(access: Access, reference: ReferenceChoice, *, now: datetime) -> dict[str, object]:
    lines = queue_lines(access, now=now, reference=reference.chosen)
    figures = [line.accuracy for line in lines if line.accuracy]
    axis = axis_of([figure.accuracy for figure in figures], targets=[figure.target for figure in figures])
    return {
        "queue_lines": lines,
        "reference": reference,
        "accuracy_head": f"Accuracy against {reference.words}",
        "axis": axis,
    }


def change_words(agreement: QueueAgreement) -> str:
    """How agreement moved, for a place where the queue's name stands already."""
    words = agreement.change_words.removeprefix(f"{agreement.queue_name}: ")
    return words[:1].upper() + words[1:]


def _address(line: DecisionLine) -> str:
    """The page of the flag or file that a line is about, else its list, of the line's queue."""
    if line.kind in TARGET_PAGES:
        return reverse(TARGET_PAGES[line.kind], args=[line.target_id]) if line.target_id else ""
    if line.kind in PAGES:
        return f"{reverse(PAGES[line.kind])}{'#' if line.part else ''}{line.part}"
    if line.kind in QUEUE_PAGES and line.queue_id:
        return f"{reverse(QUEUE_PAGES[line.kind])}?queue={line.queue_id}"
    return ""


def _exported(line: QueueLine, reference: Reference) -> list[object]:
    alpha = estimate_cells(line.agreement.alpha) if line.agreement else [None] * 4
    accuracy = estimate_cells(line.accuracy.accuracy) if line.accuracy else [None] * 4
    judged: list[object] = [None] * 3
    if line.accuracy:
        judged = [line.accuracy.target, line.accuracy.standing or "not declared", line.accuracy.declared_on]
    counts = [AGREEMENT_SLOTS if line.agreement else "", line.accuracy.population.sentence() if line.accuracy else ""]
    return [line.name, *alpha, reference.value, *accuracy, *judged, line.freshness.counted_at, *counts]
