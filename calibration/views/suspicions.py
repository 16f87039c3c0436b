"""Suspicions: what the nightly search found about gold and about people, and one page that decides on each."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from calibration.enums import SuspicionKind, SuspicionState
from calibration.forms.suspicions import SuspicionForm
from calibration.models import Suspicion
from calibration.queries.suspicions import (
    ABOUT_GOLD,
    answers_behind,
    by_kind,
    counts_by_state,
    given_instead,
    grouped,
    line_of,
    shared_items,
    visible_suspicions,
)
from calibration.services.suspicions import decide_suspicion
from labeling.enums import QueueKind
from labeling.queries.contents import shown_content
from labeling.queries.queues import visible_queues
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_policy_owner, is_qa_manager
from qaplatform.web.parts import Tab

ROWS = 50
may_read_suspicions = is_qa_manager | is_policy_owner


@allow(may_read_suspicions)
@require_GET
def list_suspicions(request: HttpRequest) -> HttpResponse:
    """Suspicions kind by kind, the strongest first."""
    state = request.GET.get("state", "")
    state = state if state in SuspicionState.values else SuspicionState.OPEN.value
    queues = visible_queues(request.access).filter(kind=QueueKind.ORDINARY)
    queue = next((one for one in queues if str(one.public_id) == request.GET.get("queue", "")), None)
    rows = visible_suspicions(request.access)
    rows = rows.filter(queue=queue) if queue else rows
    page = Paginator(by_kind(rows.filter(state=state)), ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "groups": grouped(page.object_list),
        "tabs": _tabs(counts_by_state(rows), state, queue.public_id if queue else None),
        "state": state,
        "queues": queues,
        "queue": queue,
    }
    return render(request, "calibration/suspicions/list.html", context)


@allow(may_read_suspicions)
@require_GET
def suspicion_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything that a person needs to look into it."""
    return _show(request, _find(request, public_id), None)


@allow(may_read_suspicions)
@require_POST
def decide(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Confirm or dismiss, with a note."""
    suspicion = _find(request, public_id)
    form = SuspicionForm(request.POST, kind=suspicion.kind)
    if not form.is_valid():
        return _show(request, suspicion, form, status=422)
    try:
        decided = decide_suspicion(suspicion, form.chosen, actor=request.user, note=form.cleaned_data["note"])
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return _show(request, suspicion, form, status=error.http_status)
    messages.success(request, f"{decided.get_state_display()}. Nothing else has changed by it.")
    return redirect("calibration:suspicion", public_id=public_id)


def _find(request: HttpRequest, public_id: UUID) -> Suspicion:
    return get_object_or_404(visible_suspicions(request.access), public_id=public_id)


def _show(request: HttpRequest, suspicion: Suspicion, form: SuspicionForm | None, *, status: int = 200) -> HttpResponse:
    lines = answers_behind(suspicion, request.access)
    item = suspicion.gold.item if suspicion.gold else None
    is_open = suspicion.state == SuspicionState.OPEN
    context = {
        "suspicion": suspicion,
        "line": line_of(suspicion),
        "is_about_gold": suspicion.kind in ABOUT_GOLD,
        "item": item,
        "shown": shown_content(item, request.access) if item else None,
        "lines": lines,
        "given": given_instead(suspicion),
        "pairs": shared_items(suspicion, lines) if suspicion.kind == SuspicionKind.COPYING else (),
        "has_names": bool(is_qa_manager.test(request.access)),
        "form": (form or SuspicionForm(kind=suspicion.kind)) if is_open else None,
    }
    return render(request, "calibration/suspicions/suspicion.html", context, status=status)


def _tabs(counts: dict[str, int], state: str, queue: UUID | None) -> list[Tab]:
    kept = f"&queue={queue}" if queue else ""
    return [
        Tab(label, f"?state={value}{kept}", counts.get(value, 0), value == state)
        for value, label in SuspicionState.choices
    ]
