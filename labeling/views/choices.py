"""A labeler chooses what they would rather not be handed."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from labeling.models import Queue
from labeling.queries.workspaces import queues_of_labeler
from labeling.services.opt_outs import decline, welcome
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_labeler


@allow(is_labeler)
@require_POST
def choose_queue(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a queue or leave it."""
    queue = get_object_or_404(queues_of_labeler(request.access.labeler_id), public_id=public_id)
    return _choose(request, queue, wanted=str(queue), declined=f"nothing of {queue}")


@allow(is_labeler)
@require_POST
def choose_sensitive(request: HttpRequest) -> HttpResponse:
    """Take sensitive items or leave them, in every queue."""
    return _choose(request, None, wanted="sensitive items", declined="no sensitive items")


def _choose(request: HttpRequest, queue: Queue | None, *, wanted: str, declined: str) -> HttpResponse:
    labeler = get_object_or_404(Labeler, pk=request.access.labeler_id)
    wants = request.POST.get("wanted") == "yes"
    try:
        (welcome if wants else decline)(labeler, queue)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"You get {wanted} again." if wants else f"You get {declined} from now on.")
    return redirect("labeling:work")
