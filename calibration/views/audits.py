"""Audits: the list, the draw with what it will tell, one audit's page, giving to others, closing."""

from collections.abc import Sequence
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calibration.enums import AuditDraw, AuditOrigin, Reference
from calibration.forms.audits import USUAL_DRAW, AuditForm, ReassignForm
from calibration.models import Audit, SamplingPlan
from calibration.queries.audit_populations import Source, count_strata
from calibration.queries.audits import (
    AuditRow,
    DrawPreview,
    audit_figures,
    audit_rows,
    auditor_rows,
    auditor_users,
    expected_share,
    may_see_figures,
    own_audits,
    preview_draw,
    stand_apart,
    strata_of,
    visible_audits,
)
from calibration.queries.figure_rows import RowsWanted
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.queue_figures import work_queues
from calibration.services.audits import check_size, close_audit, draw_audit, reassign_audit
from calibration.views.explanations import explain_audits, rows_url
from labeling.models import Queue
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.enums import Role
from qaplatform.people.models import User
from qaplatform.people.rules import is_auditor, is_qa_manager

ROWS = 50
MOST_POOLED = 200


@allow(is_qa_manager | is_auditor)
@require_GET
def audits(request: HttpRequest) -> HttpResponse:
    """All audits with their figures; an auditor finds what waits for them."""
    if not is_qa_manager.test(request.access):
        return render(request, "calibration/audits/own.html", {"own": own_audits(request.access)})
    queues = work_queues(request.access)
    queue = next((one for one in queues if str(one.public_id) == request.GET.get("queue", "")), None)
    shown = visible_audits(request.access)
    shown = shown.filter(queue=queue) if queue else shown
    page = Paginator(shown, ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [_linked(row) for row in audit_rows(list(page.object_list))],
        "queues": queues,
        "queue": queue,
        "pooled": _pooled(list(shown[:MOST_POOLED])) if queue else [],
        "own": own_audits(request.access) if request.access.labeler_id else [],
    }
    return render(request, "calibration/audits/list.html", context)


@allow(is_qa_manager)
@require_http_methods(["GET", "POST"])
def new_audit(request: HttpRequest) -> HttpResponse:
    """Draw an audit; the form says before what it will tell."""
    queues = work_queues(request.access)
    queue = _queue_of(request, queues)
    questions = read_questions(queue) if queue else ()
    if queue is None or not questions:
        return render(request, "calibration/audits/new.html", {"queue": queue, "queues": queues, "form": None})
    form = _audit_form(request, queue, questions)
    if request.method == "POST" and form.is_valid():
        try:
            made = draw_audit(form.draft, actor=request.user)
        except DomainError as error:
            _refuse(form, error)
        else:
            messages.success(request, f"Drawn: {made.drawn} decisions, {made.served.number} of them given to auditors.")
            return redirect("calibration:audit", public_id=made.audit.public_id)
    context = {"form": form, "queue": queue, "queues": queues}
    return render(request, "calibration/audits/new.html", context, status=422 if form.errors and form.is_bound else 200)


@allow(is_qa_manager)
@require_POST
def preview_audit(request: HttpRequest) -> HttpResponse:
    """What a draw would mean, while the form is being filled in."""
    queue = _queue_of(request, work_queues(request.access))
    questions = read_questions(queue) if queue else ()
    form = _audit_form(request, queue, questions) if queue and questions else None
    return render(request, "calibration/audits/preview.html", _preview(form) if form else {})


@allow(is_qa_manager | is_auditor)
@require_GET
def audit_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One audit: its figures, how far everybody is, what it was drawn from."""
    audit = get_object_or_404(visible_audits(request.access), public_id=public_id)
    return _show(request, audit, None)


@allow(is_qa_manager)
@require_POST
def reassign(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give what somebody has not judged to somebody else."""
    audit = get_object_or_404(visible_audits(request.access), public_id=public_id)
    form = ReassignForm(request.POST, rows=auditor_rows(audit), auditors=auditor_users())
    if not form.is_valid():
        return _show(request, audit, form, status=422)
    try:
        served = reassign_audit(audit, unfinished=form.chosen, to=form.cleaned_data["to"], actor=request.user)
    except DomainError as error:
        _refuse(form, error)
        return _show(request, audit, form, status=error.http_status)
    messages.success(
        request, f"{form.cleaned_data['to']} was given {served.number}. {_unserved_words(served.unserved)}"
    )
    return redirect("calibration:audit", public_id=public_id)


@allow(is_qa_manager)
@require_POST
def close(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Close an audit; what was not judged leaves it."""
    audit = get_object_or_404(visible_audits(request.access), public_id=public_id)
    try:
        close_audit(audit, actor=request.user)
        messages.success(request, "Closed. What was not judged may be drawn again; what was judged counts.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("calibration:audit", public_id=public_id)


def _show(request: HttpRequest, audit: Audit, form: ReassignForm | None, *, status: int = 200) -> HttpResponse:
    manages = bool(is_qa_manager.test(request.access))
    rows = auditor_rows(audit) if audit.origin == AuditOrigin.DRAWN else []
    is_open = audit.origin == AuditOrigin.DRAWN and audit.closed_at is None
    shows = may_see_figures(request.access, audit)
    figures = audit_figures([audit]) if shows else None
    wanted = RowsWanted(reference=Reference(audit.reference), audit=audit.public_id, wrong_only=True)
    context = {
        "audit": audit,
        "figures": figures,
        "explanation": explain_audits([audit], n=figures.share.n, has_rows=manages) if figures else None,
        "errors_url": rows_url(wanted) if manages else "",
        "shows_figures": shows,
        "target": expected_share(audit.queue_id)
        if SamplingPlan.objects.filter(queue=audit.queue_id).exists()
        else None,
        "auditors": rows,
        "strata": strata_of(audit) if manages else [],
        "own": [row for row in own_audits(request.access) if row.audit.pk == audit.pk],
        "manages": manages,
        "is_open": is_open,
        "form": form or ReassignForm(rows=rows, auditors=auditor_users()) if manages and is_open else None,
        "can_reassign": any(row.unfinished for row in rows),
    }
    return render(request, "calibration/audits/audit.html", context, status=status)


def _pooled(audits_shown: Sequence[Audit]) -> list[dict[str, object]]:
    """Figures of a queue's audits together, those of each reference and question apart: they are never pooled."""
    groups: dict[tuple[str, str], list[Audit]] = {}
    for audit in audits_shown:
        groups.setdefault((audit.reference, audit.question), []).append(audit)
    return [_pool(reference, question, found) for (reference, question), found in groups.items()]


def _pool(reference: str, question: str, audits_found: Sequence[Audit]) -> dict[str, object]:
    figures = audit_figures(audits_found)
    return {
        "reference": Reference(reference).label,
        "question": question,
        "audits": len(audits_found),
        "figures": figures,
        "explanation": explain_audits(audits_found, n=figures.share.n, has_rows=True) if figures else None,
        "is_apart": stand_apart(audits_found),
        "has_imported": any(audit.origin == AuditOrigin.IMPORTED for audit in audits_found),
    }


def _linked(row: AuditRow) -> dict[str, object]:
    """A row of the list; its figure leads to the decisions behind it."""
    wanted = RowsWanted(reference=Reference(row.audit.reference), audit=row.audit.public_id)
    return {
        "audit": row.audit,
        "counts": row.counts,
        "share": row.share,
        "state": row.state,
        "rows_url": rows_url(wanted) if row.counts.judged else "",
    }


def _queue_of(request: HttpRequest, queues: Sequence[Queue]) -> Queue | None:
    named = request.GET.get("queue", "")
    return next((queue for queue in queues if str(queue.public_id) == named), queues[0] if queues else None)


def _audit_form(request: HttpRequest, queue: Queue, questions: Sequence[MeasuredQuestion]) -> AuditForm:
    users = auditor_users()
    plan = SamplingPlan.objects.filter(queue=queue).first()
    initial = {
        "name": f"{queue.name}, {clock.today():%-d %b %Y}"[:180],
        "question": plan.question if plan else questions[0].key,
        "draw": AuditDraw.RANDOM.value,
        "source": Source.ALL.value,
        "n": USUAL_DRAW,
        "auditors": [str(user.public_id) for user in _usual_auditors(users)],
    }
    data = request.POST if request.method == "POST" else None
    return AuditForm(data, queue=queue, questions=questions, auditors=users, initial=initial)


def _usual_auditors(users: QuerySet[User]) -> QuerySet[User]:
    """Those with the role of auditor."""
    return users.filter(memberships__role=Role.AUDITOR).distinct()


def _preview(form: AuditForm) -> dict[str, object]:
    """What the present choice would mean."""
    if not form.can_preview:
        return {"preview": None, "refusal": ""}
    strata = count_strata(form.population, now=clock.now())
    n = form.cleaned_data["n"]
    try:
        check_size(n, strata, form.cleaned_data["draw"])
    except DomainError as error:
        return {"preview": None, "refusal": error.message}
    auditors = len(form.cleaned_data.get("auditors") or [])
    found: DrawPreview | None = preview_draw(strata, n, auditors=auditors, share=expected_share(form.queue.pk))
    return {"preview": found, "refusal": ""}


def _unserved_words(unserved: int) -> str:
    if not unserved:
        return ""
    are = "1 decision could" if unserved == 1 else f"{unserved} decisions could"
    return f"{are} not be given to them: it is their own, their team's, or they have answered or skipped the item."


def _refuse(form: Form, error: DomainError) -> None:
    field = error.detail.get("field")
    form.add_error(str(field) if field in form.fields else None, error.message)
