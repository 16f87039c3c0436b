"""Asking others again what one person answered: look at what it does, then confirm it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from labeling.enums import QueueKind
from labeling.forms.requeues import ConfirmRequeueForm, RequeueForm
from labeling.models import Queue, Requeue
from labeling.queries.queues import visible_queues
from labeling.queries.requeues import certified_people, people_with_answers
from labeling.rules import runs_queues
from labeling.services.requeue import foresee_requeue, requeue_answers
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow

WEEK = timedelta(days=7)


@allow(runs_queues)
@require_http_methods(["GET", "POST"])
def ask_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Choose whose answers of which period, see what asking them again does, and confirm it."""
    queues = visible_queues(request.access).filter(kind=QueueKind.ORDINARY)
    queue = get_object_or_404(queues, public_id=public_id)
    people = people_with_answers(queue, request.access)
    if request.method == "GET":
        asked = request.GET if "since" in request.GET else None
        initial = {"labeler": request.GET.get("labeler"), "since": clock.now() - WEEK}
        form = RequeueForm(asked, people=people, initial=initial)
        return _show(request, queue, form)
    confirm = ConfirmRequeueForm(request.POST, people=people)
    requeue = _requeue(request, queue, confirm) if confirm.is_valid() else None
    if requeue is None:
        return _show(request, queue, RequeueForm(request.POST, people=people), confirm=confirm)
    messages.success(
        request, f"Answers of {requeue.labeler} are asked again of others. How far that is stands on this page."
    )
    return redirect(f"{reverse('labeling:queue', args=[queue.public_id])}#asked-again-title")


def _requeue(request: HttpRequest, queue: Queue, form: ConfirmRequeueForm) -> Requeue | None:
    period = form.period(now=form.looked_at(now=clock.database_now()))
    chosen = form.cleaned_data
    try:
        return requeue_answers(queue, chosen["labeler"], reason=chosen["reason"], actor=request.user, **period)
    except DomainError as error:
        _add_error(form, error)
        return None


def _show(
    request: HttpRequest, queue: Queue, form: RequeueForm, *, confirm: ConfirmRequeueForm | None = None
) -> HttpResponse:
    people = form.fields["labeler"].queryset
    preview = _preview(queue, form, shown=confirm) if form.is_bound and form.is_valid() else None
    if preview and confirm is None:
        chosen = {**form.data.dict(), "shown_at": preview["until"].isoformat()}
        confirm = ConfirmRequeueForm(initial=chosen, people=people)
    context = {
        "queue": queue,
        "form": form,
        "preview": preview,
        "confirm": confirm,
        "has_people": people.exists(),
    }
    return render(request, "labeling/queues/ask_again.html", context, status=422 if request.method == "POST" else 200)


def _preview(queue: Queue, form: RequeueForm, *, shown: ConfirmRequeueForm | None) -> dict[str, Any] | None:
    """What it does, up to the moment that was shown before if it was; why it cannot be stands in the form."""
    labeler = form.cleaned_data["labeler"]
    now = clock.database_now()
    period = form.period(now=shown.looked_at(now=now) if shown else now)
    try:
        scope = foresee_requeue(queue, labeler, **period)
    except DomainError as error:
        _add_error(form, error)
        return None
    others = certified_people(queue).exclude(pk=labeler.pk).count() if queue.skill_id else None
    return {**period, "labeler": labeler, "scope": scope, "others": others}


def _add_error(form: Form, error: DomainError) -> None:
    field = str(error.detail.get("field", ""))
    form.add_error(field if field in form.fields else None, error.message)
