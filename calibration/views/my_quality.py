"""A labeler's own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from calibration.queries.my_quality import my_quality
from qaplatform import clock
from qaplatform.people.access import allow
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_labeler


@allow(is_labeler)
@require_GET
def show_my_quality(request: HttpRequest) -> HttpResponse:
    """Own results, confusions, flags and training."""
    labeler = get_object_or_404(Labeler, pk=request.access.labeler_id)
    now = clock.now()
    return render(
        request, "calibration/my_quality/my_quality.html", {"quality": my_quality(labeler, now=now), "now": now}
    )
