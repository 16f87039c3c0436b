"""Correcting gold: one person writes what is right, a second one confirms, and everybody is scored anew."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from calibration.forms.gold import GoldCorrectionForm
from calibration.models import GoldAnswer, GoldItem
from calibration.queries.gold import rescored, visible_gold
from calibration.services.gold_corrections import approve_correction, discard_correction, propose_correction
from calibration.views.gold import correction_form, find_gold, may_change_gold, show_gold
from qaplatform.errors import DomainError
from qaplatform.people.access import allow


@allow(may_change_gold)
@require_POST
def propose(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write a correction; the answer in force stays until a second person confirms."""
    gold = find_gold(request, public_id)
    form = correction_form(gold, request.POST)
    if form is None:
        messages.error(request, "Nothing is in force here that could be corrected.")
    elif not form.is_valid() or not _write(request, gold, form):
        return show_gold(request, gold, correction=form, status=422)
    return redirect("calibration:gold_item", public_id=public_id)


@allow(may_change_gold)
@require_POST
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Confirm a correction as the second person."""
    answer = _find(request, public_id)
    try:
        corrected = approve_correction(answer, approver=request.user)
        messages.success(request, f"The gold is corrected. {rescored(corrected).sentence}")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("calibration:gold_item", public_id=answer.gold.public_id)


@allow(may_change_gold)
@require_POST
def discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let the answer in force stand."""
    answer = _find(request, public_id)
    try:
        discard_correction(answer, actor=request.user)
        messages.success(request, "The correction is discarded: the answer in force stands.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("calibration:gold_item", public_id=answer.gold.public_id)


def _find(request: HttpRequest, public_id: UUID) -> GoldAnswer:
    answers = GoldAnswer.objects.filter(gold__in=visible_gold(request.access)).select_related("gold")
    return get_object_or_404(answers, public_id=public_id)


def _write(request: HttpRequest, gold: GoldItem, form: GoldCorrectionForm) -> bool:
    try:
        propose_correction(gold, author=request.user, **form.cleaned_data)
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return False
    messages.success(request, "Written. A second person confirms it here; until then the present answer counts.")
    return True
