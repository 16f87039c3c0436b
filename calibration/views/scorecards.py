"""The scorecard of one person."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from calibration.queries.accuracy import RESULT_ROLES
from calibration.queries.corrections import corrected_scores
from calibration.queries.figure_rows import RowsWanted
from calibration.queries.flags import covers
from calibration.queries.pauses import running_pause
from calibration.queries.people import result_queues
from calibration.queries.populations import SCORED_SLOTS
from calibration.queries.queue_figures import freshness_of
from calibration.queries.scorecards import QueueScorecard, Scorecard, scorecard
from calibration.views.estimate_columns import estimate_cells, estimate_headings
from calibration.views.explanations import explain_accuracy, explain_errors, person_rows
from calibration.views.freshness import freshness_words
from calibration.views.people import PERIOD, may_read_people
from calibration.views.references import read_reference, reference_tabs, reference_url
from calibration.views.scorecard_charts import confusion_heat, cusum_chart
from qaplatform import clock
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.people.access import Access, allow
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from qaplatform.people.queries.scopes import visible_labelers
from qaplatform.web.figures import axis_of
from qaplatform.web.parts import Explanation


@allow(may_read_people)
@require_GET
def show_scorecard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything that is known of somebody's accuracy, the sentence first; no item is named."""
    labeler, now = _labeler(request.access, public_id), clock.now()
    queues = result_queues(request.access)
    reference = read_reference(request.GET.get("reference", ""), queues, people=[labeler])
    card = scorecard(request.access, labeler, now=now, reference=reference.chosen)
    worked = {queue.queue_id for queue in card.queues}
    fresh = freshness_of([queue for queue in queues if queue.public_id in worked])
    context = {
        "person": card.person,
        "reference": reference,
        "tabs": reference_tabs(reference, request.path, request.GET),
        "other_url": reference_url(reference.other, request.path, request.GET) if reference.other else "",
        "explanation": _whole(card),
        "freshness": freshness_words(fresh.values(), now=now),
        "parts": [_part(queue, card) for queue in card.queues],
        "flags": card.flags,
        "corrections": corrected_scores(labeler, now=now),
        "pause": running_pause(labeler, now=now),
        "may_pause": covers(request.access.reach({Role.QA_MANAGER}), labeler),
    }
    return render(request, "calibration/scorecards/scorecard.html", context)


@allow(may_read_people)
@require_GET
def export(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Accuracy by queue and clause as CSV."""
    labeler = _labeler(request.access, public_id)
    queues = result_queues(request.access)
    reference = read_reference(request.GET.get("reference", ""), queues, people=[labeler]).chosen
    card = scorecard(request.access, labeler, now=clock.now(), reference=reference)
    rows = [
        [
            queue.queue_name,
            f"{clause.code} {clause.title}".strip(),
            reference.value,
            *estimate_cells(clause.accuracy),
            clause.errors,
        ]
        for queue in card.queues
        for clause in queue.clauses
    ]
    headings = ["queue", "clause", "reference", *estimate_headings("accuracy"), "errors"]
    return csv_answer(f"scorecard {labeler}", headings, rows)


def _labeler(access: Access, public_id: UUID) -> Labeler:
    people = visible_labelers(access, roles=RESULT_ROLES).select_related("vendor", "team")
    if access.labeler_id is not None:
        people = people.exclude(pk=access.labeler_id)
    return get_object_or_404(people, public_id=public_id)


def _whole(card: Scorecard) -> Explanation:
    """The one figure over all queues."""
    person = card.person
    return explain_accuracy(
        person_rows(person.labeler_id, card.reference),
        n=person.n,
        population=f"{SCORED_SLOTS[card.reference]}; {PERIOD}",
        word="Stratified accuracy",
    )


def _part(queue: QueueScorecard, card: Scorecard) -> dict[str, object]:
    wanted = person_rows(card.person.labeler_id, card.reference, queue.queue_id)
    population = queue.population.sentence() if queue.population else SCORED_SLOTS[card.reference]
    shown = [queue.accuracy, queue.standing_accuracy, *(line.accuracy for line in queue.standings)]
    return {
        "card": queue,
        "axis": axis_of(shown, targets=[queue.target]),
        "clause_axis": axis_of([clause.accuracy for clause in queue.clauses], targets=[queue.target]),
        "explanation": explain_accuracy(
            wanted,
            n=queue.accuracy.n,
            population=population,
            word="Weighted accuracy" if queue.is_weighted else "Accuracy",
        ),
        "error_explanations": _error_explanations(queue, wanted, population),
        "note": queue.chances_words.capitalize() or queue.settle_words,
        "standing_explanation": _standing_explanation(queue, wanted, population),
        "heat": confusion_heat(queue),
        "cusum": cusum_chart(queue.watch),
        "key": str(queue.queue_id)[:8],
    }


def _error_explanations(queue: QueueScorecard, wanted: RowsWanted, population: str) -> dict[str, Explanation]:
    if queue.errors is None:
        return {}
    return {
        "positive": explain_errors(
            wanted,
            "False positive",
            n=queue.errors.false_positive.n,
            population=population,
            unit="no-violation items",
        ),
        "negative": explain_errors(
            wanted,
            "False negative",
            n=queue.errors.false_negative.n,
            population=population,
            unit="violating items",
        ),
    }


def _standing_explanation(queue: QueueScorecard, wanted: RowsWanted, population: str) -> Explanation:
    return explain_accuracy(
        wanted,
        n=queue.standing_accuracy.n,
        population=f"{population} As it stood on the declared date.",
        word="Standing interval",
        name="this interval",
    )
