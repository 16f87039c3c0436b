"""Having figures counted again that a recomputation did not confirm."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from calibration.services.verification import ask_again
from calibration.tasks import verify_scope
from labeling.models import Queue
from qaplatform.people.access import allow
from qaplatform.people.rules import is_administrator, is_qa_manager


@allow(is_qa_manager | is_administrator)
@require_POST
def count_again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Count a queue again and compare its figures once more."""
    queue = get_object_or_404(Queue, public_id=public_id)
    ask_again(queue, actor=request.user)
    if verify_scope.hint(queue.pk):
        messages.success(
            request, f"{queue} is counted again and compared; load this page again in a minute to see what came of it."
        )
    else:
        messages.info(
            request,
            f"{queue} is counted again, but compared only at night: the message broker does not answer right now.",
        )
    return redirect("calibration:home")
