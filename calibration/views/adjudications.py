"""Disagreements: the gravest first, and one page that decides."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from calibration.forms.adjudications import AdjudicationForm
from calibration.models import AuditedLabel
from calibration.queries.adjudications import (
    DisagreementFacts,
    audits_with_disagreements,
    gravest_first,
    is_party,
    read_disagreement,
    unclear_cases,
    undecided,
    visible_disagreements,
)
from calibration.services.adjudications import adjudicate
from labeling.models import Item
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_policy_owner, is_qa_manager
from qaplatform.web.parts import Tab

ROWS = 50
STATES = {"": "To decide", "unclear": "Policy unclear", "decided": "Decided"}

may_decide_disagreements = is_qa_manager | is_policy_owner


@allow(may_decide_disagreements)
@require_GET
def disagreements(request: HttpRequest) -> HttpResponse:
    """Disagreements of all audits or of one, by severity, then the least agreed on."""
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    audits = audits_with_disagreements(request.access)
    audit = next((one for one in audits if str(one.public_id) == request.GET.get("audit", "")), None)
    rows = {
        "": undecided(request.access),
        "unclear": unclear_cases(request.access),
        "decided": visible_disagreements(request.access).filter(adjudication__isnull=False),
    }[state]
    lines = gravest_first(rows.filter(audit=audit) if audit else rows)
    context = {
        "page": Paginator(lines, ROWS).get_page(request.GET.get("page")),
        "tabs": [Tab(name, f"?state={key}", current=key == state) for key, name in STATES.items()],
        "state": state,
        "audits": audits,
        "audit": audit,
    }
    return render(request, "calibration/adjudications/list.html", context)


@allow(may_decide_disagreements)
@require_GET
def disagreement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Everything that a fair decision needs, without names."""
    return _show(request, _find(request, public_id), None)


@allow(may_decide_disagreements)
@require_POST
def decide_disagreement(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Decide, once."""
    row = _find(request, public_id)
    form = _form(row, read_disagreement(row), request.POST)
    if not form.is_valid():
        return _show(request, row, form, status=422)
    try:
        made = adjudicate(row, form.ruling, actor=request.user)
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return _show(request, row, form, status=error.http_status)
    gold = " The item is proposed as gold and waits for somebody else's approval." if made.gold else ""
    messages.success(request, f"Decided: {made.get_outcome_display()}.{gold}{withdrawn_words(row.item)}")
    return redirect("calibration:disagreement", public_id=public_id)


def withdrawn_words(item: Item) -> str:
    """What a decision did to the item beyond deciding."""
    item.refresh_from_db(fields=["withdrawn_at"])
    if item.withdrawn_at is None:
        return ""
    return " The item is out of work and waits for whoever handles escalations."


def _find(request: HttpRequest, public_id: UUID) -> AuditedLabel:
    rows = visible_disagreements(request.access).select_related(
        "queue__policy_version", "audit", "item", "label__policy_version__policy", "labeler", "auditor", "answer"
    )
    return get_object_or_404(rows, public_id=public_id)


def _form(row: AuditedLabel, facts: DisagreementFacts, data: QueryDict | None = None) -> AdjudicationForm:
    return AdjudicationForm(data, facts=facts, queue=row.queue, clause_revision_id=row.clause_revision_id)


def _show(request: HttpRequest, row: AuditedLabel, form: AdjudicationForm | None, *, status: int = 200) -> HttpResponse:
    facts = read_disagreement(row)
    is_open = facts.adjudication is None and row.ended_at is None
    context = {
        "row": row,
        "facts": facts,
        "is_party": is_party(row, request.user.pk),
        "is_open": is_open,
        "form": (form or _form(row, facts)) if is_open else None,
        "next": _next(request, row),
    }
    return render(request, "calibration/adjudications/disagreement.html", context, status=status)


def _next(request: HttpRequest, row: AuditedLabel) -> UUID | None:
    """The gravest of the others that wait."""
    others = gravest_first(undecided(request.access).exclude(pk=row.pk))
    return others[0].public_id if others else None
