"""The emergency pause of one person."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from calibration.forms.pauses import PauseForm, PauseReasonForm
from calibration.models import EmergencyPause, Flag
from calibration.queries.flags import unfinished_flags
from calibration.queries.pauses import pause_lines, running_pause
from calibration.services.pauses import end_pause, longest_end, prolong_pause, start_pause
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import Access, allow
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler
from qaplatform.people.queries.scopes import visible_labelers
from qaplatform.people.rules import is_qa_manager

ACTS = {"end": end_pause, "prolong": prolong_pause}
MANAGERS = frozenset({Role.QA_MANAGER})


@allow(is_qa_manager)
@require_http_methods(["GET", "POST"])
def pause_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Pauses of somebody, and the form that starts one."""
    labeler = get_object_or_404(_people(request.access), public_id=public_id)
    form = PauseForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return _show(request, labeler, form=form)
    try:
        pause = start_pause(labeler, actor=request.user, flag=_flag(labeler), **form.cleaned_data)
    except DomainError as error:
        _tell(form, error)
        return _show(request, labeler, form=form)
    messages.success(
        request, f"{labeler} is paused until {pause.ends_at:%-d %B, %H:%M} UTC, paid, and reads the reason now."
    )
    return redirect("calibration:pause", public_id=labeler.public_id)


@allow(is_qa_manager)
@require_POST
def change_pause(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """End or prolong a pause."""
    pauses = EmergencyPause.objects.filter(labeler__in=_people(request.access)).select_related("labeler")
    pause = get_object_or_404(pauses, public_id=public_id)
    form = PauseReasonForm(request.POST, prefix="second")
    if not form.is_valid():
        return _show(request, pause.labeler, second=form)
    try:
        changed = ACTS[act](pause, actor=request.user, reason=form.cleaned_data["reason"])
    except DomainError as error:
        _tell(form, error)
        return _show(request, pause.labeler, second=form)
    messages.success(request, _done(changed))
    return redirect("calibration:pause", public_id=pause.labeler.public_id)


def _show(
    request: HttpRequest, labeler: Labeler, *, form: Form | None = None, second: Form | None = None
) -> HttpResponse:
    now = clock.now()
    running = running_pause(labeler, now=now)
    is_open = running is not None and longest_end(running) > running.ends_at
    context = {
        "labeler": labeler,
        "running": running,
        "longest_end": longest_end(running) if running else None,
        "may_prolong": is_open and running.started_by_id != request.user.pk and not running.prolonged_until,
        "is_too_late": running is not None and not running.prolonged_until and not is_open,
        "lines": pause_lines(labeler, now=now),
        "flag": _flag(labeler),
        "form": form or PauseForm(),
        "second": second or PauseReasonForm(prefix="second"),
    }
    is_refused = any(one is not None and one.is_bound for one in (form, second))
    return render(request, "calibration/flags/pause.html", context, status=422 if is_refused else 200)


def _people(access: Access) -> QuerySet[Labeler]:
    people = visible_labelers(access, roles=MANAGERS).select_related("vendor", "team")
    return people.exclude(pk=access.labeler_id) if access.labeler_id else people


def _flag(labeler: Labeler) -> Flag | None:
    """The flag that the pause belongs to: the one that is not at its end."""
    return unfinished_flags(labeler).order_by("-opened_at").first()


def _tell(form: Form, error: DomainError) -> None:
    field = str(error.detail.get("field", ""))
    form.add_error(field if field in form.fields else None, error.message)


def _done(pause: EmergencyPause) -> str:
    if pause.ended_at is not None:
        return f"The pause is over: {pause.labeler} works again."
    return f"Prolonged until {pause.prolonged_until:%-d %B, %H:%M} UTC. {pause.labeler} reads your reason."
