"""A labeler's own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from calibration.queries.my_quality import OwnResult, my_quality
from calibration.queries.populations import SCORED_SLOTS
from calibration.views.explanations import formula_of, word_url
from qaplatform import clock
from qaplatform.people.access import allow
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_labeler
from qaplatform.web.figures import axis_of
from qaplatform.web.parts import Explanation


@allow(is_labeler)
@require_GET
def show_my_quality(request: HttpRequest) -> HttpResponse:
    """Own results, confusions, flags and training."""
    labeler = get_object_or_404(Labeler, pk=request.access.labeler_id)
    now = clock.now()
    quality = my_quality(labeler, now=now)
    context = {"quality": quality, "results": [_shown(result) for result in quality.results], "now": now}
    return render(request, "calibration/my_quality/my_quality.html", context)


def _shown(result: OwnResult) -> dict[str, object]:
    """A result with what it is measured against; no rows behind it, so that no gold is given away."""
    return {
        "title": f"{result.queue.name}, against {result.words}",
        "key": f"{result.queue.public_id}-{result.reference.value}",
        "axis": axis_of([result.accuracy], targets=[result.target]),
        "explanation": Explanation(
            name="this accuracy",
            formula=formula_of("Accuracy"),
            population=f"{SCORED_SLOTS[result.reference]}; since {result.since:%-d %b %Y}, to the end of yesterday",
            reference=result.words,
            n=result.n,
            note="Single items are not shown, so that no gold item is given away; those of a quality flag are.",
            word_url=word_url("Accuracy"),
        ),
        "result": result,
    }
