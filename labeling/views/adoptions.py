"""A queue moves to another policy version: plan it, see what happens, call it off; who has read the change."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from labeling.forms.policy_versions import AT_ONCE, AdoptionForm
from labeling.models import Adoption, Queue
from labeling.queries.acknowledgements import find_readers, readers_of
from labeling.queries.adoptions import adopting_queues, changed_clauses, read_unfinished, visible_adoptions
from labeling.queries.consequences import consequences_of
from labeling.rules import moves_queues
from labeling.services.adoptions import adopt_version, cancel_adoption
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import Access, allow
from qaplatform.people.rules import is_policy_owner, is_qa_manager, is_team_lead

SHOWN = 10


@allow(moves_queues)
@require_http_methods(["GET", "POST"])
def move_queue(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Plan a move, look at what it does, confirm it."""
    queue = _find(request.access, public_id)
    form = AdoptionForm(request.POST or None, queue=queue, initial={"version": request.GET.get("version")})
    preview: dict[str, object] = {}
    if request.method == "POST" and form.is_valid():
        if "confirm" in request.POST and _announce(request, queue, form):
            return redirect("labeling:policy", public_id=queue.policy.public_id)
        preview = _preview(queue, form) if form.is_valid() else {}
    moves = visible_adoptions(request.access).filter(queue=queue)
    context = {
        "queue": queue,
        "form": form,
        "preview": preview,
        "coming": moves.filter(applied_at=None, cancelled_at=None).first(),
        "past": moves.filter(applied_at__isnull=False)[:SHOWN],
        "has_versions": form.fields["version"].queryset.exists(),
    }
    return render(request, "labeling/policies/move.html", context, status=422 if form.errors else 200)


@allow(moves_queues)
@require_POST
def call_off(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Call off a move that has not begun."""
    adoption = get_object_or_404(visible_adoptions(request.access), public_id=public_id)
    try:
        cancel_adoption(adoption, actor=request.user, now=clock.now())
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{adoption.queue} stays with version {adoption.previous.number}.")
    return redirect("labeling:move_queue", public_id=adoption.queue.public_id)


@allow(is_policy_owner | is_qa_manager | is_team_lead)
@require_GET
def list_reading(request: HttpRequest) -> HttpResponse:
    """Each queue whose rules changed, with who has read it and who has not."""
    queues = adopting_queues(request.access).filter(acknowledge_version__isnull=False)
    queues = queues.select_related("acknowledge_version__policy").order_by("name")
    return render(request, "labeling/policies/reading.html", {"readers": find_readers(queues, request.access)})


def _find(access: Access, public_id: UUID) -> Queue:
    queues = adopting_queues(access).select_related("policy", "policy_version")
    return get_object_or_404(queues, public_id=public_id)


def _announce(request: HttpRequest, queue: Queue, form: AdoptionForm) -> bool:
    now = clock.now()
    chosen = form.cleaned_data
    try:
        adoption = adopt_version(
            queue,
            chosen["version"],
            at=form.at(now=now),
            unfinished=chosen["unfinished"],
            grace=form.grace(),
            actor=request.user,
            now=now,
        )
    except DomainError as error:
        form.add_error(_field_of(error, form), error.message)
        return False
    messages.success(request, _announced(adoption, form))
    return True


def _announced(adoption: Adoption, form: AdoptionForm) -> str:
    if form.cleaned_data["when"] == AT_ONCE:
        return f"{adoption.queue} moves to version {adoption.version.number} now; that takes some seconds."
    in_utc = "" if form.is_utc() else f" ({adoption.at:%H:%M} UTC)"
    return (
        f"{adoption.queue} moves to version {adoption.version.number} on {form.local_words()}{in_utc}. "
        "Until then you can call it off."
    )


def _field_of(error: DomainError, form: AdoptionForm) -> str | None:
    name = {"at": "day"}.get(str(error.detail.get("field", "")), str(error.detail.get("field", "")))
    return name if name in form.fields else None


def _preview(queue: Queue, form: AdoptionForm) -> dict[str, object]:
    version = form.cleaned_data["version"]
    changed = list(changed_clauses(queue.policy_version, version))
    at = form.at(now=clock.now())
    return {
        "version": version,
        "in_utc": None if form.is_utc() else at,
        "is_now": form.cleaned_data["when"] == AT_ONCE,
        "local": "" if form.cleaned_data["when"] == AT_ONCE else form.local_words(),
        "grace_until": at + form.grace(),
        "restarts": form.cleaned_data["unfinished"] == "restart",
        "unfinished": read_unfinished(queue, version),
        "changed": changed,
        "readers": readers_of(queue).exclude(acknowledgements__version=version).count() if changed else 0,
        "consequences": consequences_of(queue, frozenset(clause.pk for clause in changed)),
        "hidden": [
            (name, value) for name, value in form.data.items() if name not in {"csrfmiddlewaretoken", "confirm"}
        ],
    }
