"""The progress of the demo's load."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from calibration.queries.demo_loads import read_progress
from qaplatform.people.access import allow
from qaplatform.people.rules import is_anybody


@allow(is_anybody)
@require_GET
def demo_progress(request: HttpRequest) -> HttpResponse:
    """The part of the sign-in page that it polls."""
    if not settings.IS_DEMO:
        raise Http404
    context = {"demo_progress": read_progress(), "demo_progress_url": reverse("calibration:demo_progress")}
    return render(request, "web/demo_progress.html", context)
