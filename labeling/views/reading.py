"""What a labeler reads about the rules: what changed, and the policy of the item in hand."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from labeling.models import Queue
from labeling.queries.acknowledgements import find_reading, queues_to_read
from labeling.queries.policies import policy_in_hand
from labeling.queries.workspaces import queues_of_labeler
from labeling.services.acknowledgements import acknowledge_version
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_labeler


@allow(is_labeler)
@require_http_methods(["GET", "POST"])
def read_changes(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Read what changed in a queue, confirm it, and go on with the work."""
    queue = _find(request, public_id)
    if request.method == "POST":
        return _confirm(request, queue)
    context = {
        "queue": queue,
        "reading": find_reading(queue, request.access.labeler_id),
        "is_due": queues_to_read(request.access.labeler_id).filter(pk=queue.pk).exists(),
    }
    return render(request, "labeling/work/changes.html", context)


@allow(is_labeler)
@require_GET
def desk_policy(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The policy as the item in hand was claimed with, for the drawer beside it."""
    queue = _find(request, public_id)
    policy = policy_in_hand(queue, request.access.labeler_id, now=clock.now())
    return render(request, "labeling/work/policy.html", {"queue": queue, "policy": policy})


def _find(request: HttpRequest, public_id: UUID) -> Queue:
    queues = queues_of_labeler(request.access.labeler_id)
    queues = queues.select_related("policy_version__policy", "acknowledge_version__policy")
    return get_object_or_404(queues, public_id=public_id)


def _confirm(request: HttpRequest, queue: Queue) -> HttpResponse:
    labeler = get_object_or_404(Labeler, pk=request.access.labeler_id)
    given = request.POST.get("version", "")
    try:
        acknowledge_version(queue, labeler, version=int(given) if given.isdecimal() else 0)
    except DomainError as error:
        messages.warning(request, error.message)
        return redirect("labeling:read_changes", public_id=queue.public_id)
    return redirect("labeling:workspace", public_id=queue.public_id)
