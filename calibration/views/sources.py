"""Where disagreement and errors come from."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from calibration.queries.attribution import attribution_page
from calibration.queries.questions import read_questions
from calibration.queries.queue_figures import work_queues
from calibration.views.agreement import READERS, may_read_agreement
from qaplatform.people.access import allow
from qaplatform.web.figures import axis_of
from qaplatform.web.parts import Tab


@allow(may_read_agreement)
@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """Of one queue and question: the clauses that split the certified first, then what errors lie in."""
    queues = work_queues(request.access) if request.access.reach(READERS).everything else []
    if not queues:
        return render(request, "calibration/agreement/empty.html")
    asked = request.GET.get("queue", "")
    queue = next((found for found in queues if str(found.public_id) == asked), queues[0] if not asked else None)
    if queue is None:
        raise Http404
    questions = [question for question in read_questions(queue) if question.clauses]
    key = request.GET.get("question", "")
    question = next((found for found in questions if found.key == key), questions[0] if questions else None)
    page = attribution_page(queue, question) if question else None
    address = reverse("calibration:disagreement_sources")
    context = {
        "queue": queue,
        "page": page,
        "axis": axis_of([]),
        "tabs": [Tab(each.name, f"{address}?queue={each.public_id}", current=each == queue) for each in queues],
    }
    return render(request, "calibration/agreement/sources.html", context)
