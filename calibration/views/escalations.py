"""What labelers escalated: by clock, the content withheld until somebody uncovers it."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from calibration.forms.escalations import OutcomeForm
from calibration.queries.escalations import looks_at, reason_words
from labeling.enums import EscalationOutcome
from labeling.models import Escalation
from labeling.queries.escalations import handled_escalations, open_escalations, visible_escalations
from labeling.services.escalations import handle_escalation
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import Access, allow
from qaplatform.people.rules import is_escalation

ROWS = 50
SHOWN_AT_HOME = 20


@allow(is_escalation)
@require_GET
def list_escalations(request: HttpRequest) -> HttpResponse:
    """What waits, the oldest first."""
    page = Paginator(open_escalations(request.access), ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "lines": _lines(page.object_list), "now": clock.now()}
    return render(request, "calibration/escalations/list.html", context)


@allow(is_escalation)
@require_GET
def list_handled(request: HttpRequest) -> HttpResponse:
    """What was decided, the latest first."""
    page = Paginator(handled_escalations(request.access), ROWS).get_page(request.GET.get("page"))
    return render(request, "calibration/escalations/handled.html", {"page": page, "lines": _lines(page.object_list)})


@allow(is_escalation)
@require_http_methods(["GET", "POST"])
def escalation(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One escalated item: who said what, who looked, and the decision."""
    row = get_object_or_404(visible_escalations(request.access), public_id=public_id)
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            outcome = EscalationOutcome(form.cleaned_data["outcome"])
            handle_escalation(row, outcome, note=form.cleaned_data["note"], actor=request.user)
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, f"Kept: {outcome.label.lower()}.")
            return redirect("calibration:escalations")
    others = visible_escalations(request.access).filter(item=row.item).exclude(pk=row.pk).order_by("raised_at")
    context = {
        "row": row,
        "reason": reason_words(row.reason),
        "others": _lines(others),
        "looks": looks_at(row.item),
        "form": form,
        "now": clock.now(),
    }
    return render(request, "calibration/escalations/escalation.html", context, status=422 if form.errors else 200)


def escalation_facts(access: Access, *, now: datetime) -> dict[str, object]:
    """What the first page says of escalations: how many of each kind, and the oldest."""
    waiting = open_escalations(access)
    counts = Counter(waiting.order_by().values_list("reason", flat=True))
    return {
        "counts": [(reason_words(reason), n) for reason, n in counts.most_common()],
        "lines": _lines(waiting[:SHOWN_AT_HOME]),
        "now": now,
    }


def _lines(rows: Iterable[Escalation]) -> list[tuple[Escalation, str]]:
    return [(row, reason_words(row.reason)) for row in rows]
