"""How a queue is measured, and what that means before it is saved."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from calibration.forms.plans import FIELDS, PRESETS, PlanForm, Preset, initial_of
from calibration.models import SamplingPlan
from calibration.queries.plan_figures import (
    CurvePoint,
    compare_modes,
    counted_words,
    gold_need,
    operating_curve,
    sentences_of,
    warnings_of,
)
from calibration.queries.questions import read_questions
from calibration.queries.watch_figures import watch_figures
from calibration.services.sampling_plans import current_plan, draft_plan, save_plan
from labeling.models import Queue
from labeling.queries.queues import visible_queues
from labeling.rules import runs_queues
from labeling.views.queue_tabs import tabs_of
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.web.charts import Bar, Bars


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def plan_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Change how a queue is measured."""
    queue = _find(request, public_id)
    preset = _preset(request)
    plan = _begun(queue, preset)
    form = PlanForm(request.POST or None, questions=read_questions(queue), initial=initial_of(plan))
    if request.method == "POST" and form.is_valid() and _save(request, queue, form):
        return redirect("calibration:plan", public_id=queue.public_id)
    context = {
        "queue": queue,
        "form": form,
        "tabs": tabs_of(queue),
        "is_saved": plan.pk is not None,
        "presets": PRESETS,
        "preset": preset,
        "query": "" if preset is None else urlencode({"preset": request.GET["preset"]}),
        **_consequences(plan),
    }
    return render(request, "calibration/plans/plan.html", context, status=422 if form.errors else 200)


@allow(runs_queues)
@require_GET
def plan_consequences(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What the plan in the form would mean."""
    queue = _find(request, public_id)
    form = PlanForm(request.GET, questions=read_questions(queue))
    told = _consequences(draft_plan(queue, form.settings())) if form.is_valid() else {}
    context = {"queue": queue, "query": request.GET.urlencode(), **told}
    return render(request, "calibration/plans/consequences.html", context)


@allow(runs_queues)
@require_GET
def plan_curve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The operating curve of the plan: the saved one, that of a preset, or the one in the form."""
    queue = _find(request, public_id)
    form = PlanForm(request.GET, questions=read_questions(queue))
    plan = draft_plan(queue, form.settings()) if form.is_valid() else _begun(queue, _preset(request))
    points = operating_curve(plan)
    context = {
        "queue": queue,
        "tabs": tabs_of(queue),
        "points": points,
        "chart": Bars(
            rows=tuple(_bar(point) for point in points if point.median_days is not None), x_label="Working days"
        ),
        "figures": watch_figures(plan),
        "is_adaptive": plan.is_adaptive,
    }
    template = "calibration/plans/curve_body.html" if request.htmx else "calibration/plans/curve.html"
    return render(request, template, context | {"is_part": bool(request.htmx), "address": request.get_full_path()})


def _preset(request: HttpRequest) -> Preset | None:
    return PRESETS.get(request.GET.get("preset", ""))


def _begun(queue: Queue, preset: Preset | None) -> SamplingPlan:
    """The plan that the form begins with: the current one, with what a preset fills in."""
    plan = current_plan(queue)
    if preset is not None:
        plan.gold_rate, plan.watch_gold_rate = preset.gold_rate, preset.watch_gold_rate
        plan.mode, plan.cusum_h = preset.mode, None
    return plan


def _find(request: HttpRequest, public_id: UUID) -> Queue:
    return get_object_or_404(visible_queues(request.access), public_id=public_id)


def _consequences(plan: SamplingPlan) -> dict[str, object]:
    figures, now = watch_figures(plan), clock.now()
    need = gold_need(plan, plan.queue, now=now)
    return {
        "sentences": tuple(sentence for sentence in sentences_of(figures, need, plan) if sentence),
        "warnings": warnings_of(figures, need, plan),
        "modes": compare_modes(plan, plan.queue, now=now),
        "counted": counted_words(plan.queue, now=now),
    }


def _save(request: HttpRequest, queue: Queue, form: PlanForm) -> bool:
    try:
        save_plan(queue, form.settings(), actor=request.user)
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        field = FIELDS.get(field, field)
        form.add_error(field if field in form.fields else None, error.message)
        return False
    messages.success(request, "Saved. The figures of this queue are counted anew.")
    return True


def _bar(point: CurvePoint) -> Bar:
    return Bar(f"to {point.accuracy * 100:.4g} %", round(point.median_days or 0, 1))
