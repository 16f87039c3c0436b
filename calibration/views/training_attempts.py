"""One attempt: how it goes, what it came to, what comes next; and what is expected in practice."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from calibration.enums import AttemptState, SetPurpose
from calibration.forms.training import CancelForm, PostponeForm
from calibration.models import Attempt
from calibration.queries.answer_names import read_answer_names
from calibration.queries.attempt_results import answer_views, left_out, next_try, view_answer
from calibration.queries.training import pass_mark_of, visible_attempts, visible_sets
from calibration.services.assigning import assign_set
from calibration.services.attempts import show_practice_answer
from calibration.views.training import may_open_an_attempt, may_train
from calibration.views.training_charts import mark_words
from qaplatform import clock
from qaplatform.errors import DomainError, NotFound
from qaplatform.people.access import allow
from qaplatform.people.rules import is_labeler


@allow(may_open_an_attempt)
@require_GET
def attempt_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How an attempt went; of an exam nothing is shown before its end."""
    attempt = _attempt(request, public_id)
    chosen = attempt.calibration_set
    is_own = attempt.labeler_id == request.access.labeler_id
    may_assign = not is_own and visible_sets(request.access).filter(pk=chosen.pk).exists()
    mark = pass_mark_of(attempt.items, attempt.pass_mark)
    context = {
        "attempt": attempt,
        "words": mark_words(mark) if mark else None,
        "answers": answer_views(attempt, reads_sets=may_assign),
        "left_out": left_out(attempt),
        "is_exam": chosen.purpose == SetPurpose.EXAM,
        "is_own": is_own,
        "is_open": attempt.finished_at is None,
        "is_interrupted": attempt.finished_at is None and not attempt.labeler.is_active,
        "is_being_counted": attempt.finished_at is None and attempt.answered == attempt.items,
        "is_of_an_older_version": chosen.policy_version_id != chosen.source_queue.policy_version_id,
        "next": next_try(attempt) if may_assign and attempt.state == AttemptState.FAILED else None,
        "may_assign": may_assign,
        "cancel_form": CancelForm(attempts=Attempt.objects.none()),
        "postpone_form": PostponeForm(attempts=Attempt.objects.none()),
        "now": clock.now(),
    }
    return render(request, "calibration/training/attempt.html", context)


@allow(may_train)
@require_POST
def retake(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Give the same set to somebody once more: an exam draws items that are new to them."""
    attempt = _attempt(request, public_id)
    if not visible_sets(request.access).filter(pk=attempt.calibration_set_id).exists():
        raise NotFound
    try:
        [again] = assign_set(attempt.calibration_set, [attempt.labeler], actor=request.user, due_at=None)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("calibration:attempt", public_id=attempt.public_id)
    messages.success(request, f"Attempt {again.number} is assigned to {attempt.labeler}.")
    return redirect("calibration:attempt", public_id=again.public_id)


@allow(is_labeler)
@require_POST
def feedback(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was expected of an own answer of practice; from then on the answer stands."""
    answer = show_practice_answer(public_id, labeler_id=request.access.labeler_id)
    names = read_answer_names(answer.attempt.calibration_set.training_queue)
    shown = view_answer(answer, names, number=1)
    body = {
        "is_right": shown.is_correct,
        "given": shown.given,
        "expected": shown.expected,
        "clause": shown.clause,
        "reason": shown.reason,
    }
    return JsonResponse(body)


def _attempt(request: HttpRequest, public_id: UUID) -> Attempt:
    rows = visible_attempts(request.access).select_related(
        "calibration_set__policy_version__policy",
        "calibration_set__skill",
        "calibration_set__source_queue__policy_version__policy",
        "labeler__vendor",
        "labeler__team",
        "flag",
        "cancelled_by",
        "certification__skill",
        "certification__policy_version__policy",
    )
    return get_object_or_404(rows, public_id=public_id)
