"""The scorecard of one person."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from calibration.queries.accuracy import RESULT_ROLES
from calibration.queries.scorecards import QueueScorecard, scorecard
from calibration.views.estimate_columns import estimate_cells, estimate_headings
from calibration.views.people import may_read_people
from calibration.views.scorecard_charts import confusion_heat, cusum_chart
from qaplatform import clock
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import Access, allow
from qaplatform.people.models import Labeler
from qaplatform.people.queries.scopes import visible_labelers


@allow(may_read_people)
@require_GET
def show_scorecard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything that is known of somebody's accuracy, the sentence first; no item is named."""
    labeler = _labeler(request.access, public_id)
    card = scorecard(request.access, labeler, now=clock.now())
    context = {
        "person": card.person,
        "parts": [_part(queue) for queue in card.queues],
        "flags": card.flags,
    }
    return render(request, "calibration/scorecards/scorecard.html", context)


@allow(may_read_people)
@require_GET
def export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Accuracy by queue and clause as CSV."""
    labeler = _labeler(request.access, public_id)
    card = scorecard(request.access, labeler, now=clock.now())
    rows = [
        [queue.queue_name, f"{clause.code} {clause.title}".strip(), *estimate_cells(clause.accuracy), clause.errors]
        for queue in card.queues
        for clause in queue.clauses
    ]
    return csv_answer(f"scorecard {labeler}", ["queue", "clause", *estimate_headings("accuracy"), "errors"], rows)


def _labeler(access: Access, public_id: UUID) -> Labeler:
    people = visible_labelers(access, roles=RESULT_ROLES).select_related("vendor", "team")
    if access.labeler_id is not None:
        people = people.exclude(pk=access.labeler_id)
    return get_object_or_404(people, public_id=public_id)


def _part(queue: QueueScorecard) -> dict[str, object]:
    return {
        "card": queue,
        "heat": confusion_heat(queue),
        "cusum": cusum_chart(queue.watch),
        "key": str(queue.queue_id)[:8],
    }
