"""How many answers do I need?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from calibration.forms.planner import INITIAL, PlannerForm
from calibration.queries.planner import plan_answers
from calibration.views.people import may_read_people
from qaplatform.people.access import allow
from qaplatform.people.rules import is_trainer


@allow(may_read_people | is_trainer)
@require_GET
def planner(request: HttpRequest) -> HttpResponse:
    """Answers that tell somebody from a target, and answers that make a figure as exact as wanted."""
    form = PlannerForm({**INITIAL, **request.GET.dict()})
    asked = form.cleaned_data if form.is_valid() else None
    plan = (
        plan_answers(asked["accuracy_percent"] / 100, asked["target_percent"] / 100, asked["points"]) if asked else None
    )
    return render(
        request, "calibration/planner/planner.html", {"form": form, "plan": plan}, status=200 if asked else 422
    )
