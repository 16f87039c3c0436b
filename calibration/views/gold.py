"""Gold: list, propose, approve by a second person, suspend, resume, retire."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from calibration.enums import GoldPool, GoldState
from calibration.forms.gold import GoldCorrectionForm, GoldForm, GoldReasonForm
from calibration.models import GoldAnswer, GoldItem
from calibration.queries.corrections import flags_resting_on
from calibration.queries.flags import visible_flags
from calibration.queries.gold import (
    gold_history,
    gold_supply,
    rows_of_gold,
    suspended_by_policy,
    visible_gold,
    waiting_corrections,
    waiting_proposals,
)
from calibration.queries.gold_health import health_of, sorted_gold, with_health
from calibration.queries.questions import read_questions
from calibration.queries.retroactive_gold import source_of
from calibration.services.gold import approve_gold, propose_gold, resume_gold, retire_gold, suspend_gold
from calibration.services.gold_approvals import approve_waiting
from calibration.views.suspicions import may_read_suspicions
from labeling.enums import QueueKind
from labeling.models import Item, Queue
from labeling.queries.contents import shown_content
from labeling.queries.queues import visible_queues
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_policy_owner, is_qa_manager, is_trainer

ROWS = 50
MOST_CORRECTIONS = 20
ACTS = {"suspend": suspend_gold, "resume": resume_gold, "retire": retire_gold}
may_change_gold = is_qa_manager | is_policy_owner
DONE = {"suspend": "Suspended", "resume": "Live again", "retire": "Retired"}


@allow(is_qa_manager | is_policy_owner | is_trainer)
@require_GET
def list_gold(request: HttpRequest) -> HttpResponse:
    """Gold items with their newest answer."""
    queue = gold_queues(request).filter(public_id=read_id(request.GET.get("queue"))).first()
    state = request.GET.get("state", "")
    gold = _filtered(request, queue, state)
    page = Paginator(sorted_gold(gold, request.GET.get("sort", "")), ROWS).get_page(request.GET.get("page"))
    again = suspended_by_policy(visible_gold(request.access))
    context = {
        "page": page,
        "rows": with_health(rows_of_gold(page.object_list), page.object_list),
        "reads_suspicions": bool(may_read_suspicions.test(request.access)),
        "queues": gold_queues(request),
        "queue": queue,
        "states": GoldState.choices,
        "state": state,
        "search": request.GET.get("q", "")[:100],
        "clause": request.GET.get("clause", "")[:20],
        "again": again.count(),
        "waiting": _waiting_for(request, queue),
        "corrections": waiting_corrections(visible_gold(request.access).exclude(pk__in=again))[:MOST_CORRECTIONS],
        "supply": gold_supply(queue, now=clock.now()) if queue else None,
        "counts": _counts(request, queue),
    }
    return render(request, "calibration/gold/list.html", context)


@allow(is_qa_manager | is_policy_owner | is_trainer)
@require_GET
def gold_page(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A gold item with all its answers."""
    return show_gold(request, find_gold(request, public_id))


@allow(may_change_gold)
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Propose gold by hand."""
    queues = gold_queues(request)
    queue = queues.filter(public_id=read_id(request.GET.get("queue"))).first() or queues.first()
    if queue is None:
        return render(request, "calibration/gold/propose.html", {"queue": None})
    form = GoldForm(
        request.POST or None,
        queue=queue,
        questions=read_questions(queue),
        initial={"pool": GoldPool.MONITORING, "item": request.GET.get("item", "")},
    )
    if request.method == "POST" and form.is_valid():
        answer = _propose(request, queue, form)
        if answer is not None:
            return redirect("calibration:gold_item", public_id=answer.gold.public_id)
    context = {"form": form, "queue": queue, "queues": queues}
    return render(request, "calibration/gold/propose.html", context, status=422 if form.errors else 200)


@allow(may_change_gold)
@require_POST
def approve(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Approve a proposed answer."""
    gold = visible_gold(request.access)
    answer = get_object_or_404(GoldAnswer.objects.filter(gold__in=gold).select_related("gold"), public_id=public_id)
    try:
        approve_gold(answer, approver=request.user)
        messages.success(request, "Approved: the gold is live.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("calibration:gold_item", public_id=answer.gold.public_id)


@allow(may_change_gold)
@require_POST
def approve_all(request: HttpRequest) -> HttpResponse:
    """Approve everything of a queue that somebody else proposed."""
    queue = get_object_or_404(gold_queues(request), public_id=read_id(request.POST.get("queue")))
    approved = approve_waiting(queue, approver=request.user)
    messages.success(request, f"{approved} answers are approved and live.")
    return redirect(f"{reverse('calibration:gold')}?queue={queue.public_id}")


@allow(may_change_gold)
@require_POST
def change_state(request: HttpRequest, public_id: UUID, act: str) -> HttpResponse:
    """Suspend, resume or retire a gold item, with a reason."""
    gold = find_gold(request, public_id)
    form = GoldReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say why: the reason is kept with the gold item.")
        return redirect("calibration:gold_item", public_id=public_id)
    try:
        ACTS[act](gold, reason=form.cleaned_data["reason"], actor=request.user)
        messages.success(request, f"{DONE[act]}.")
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("calibration:gold_item", public_id=public_id)


def show_gold(
    request: HttpRequest, gold: GoldItem, *, correction: GoldCorrectionForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a gold item, with a correction that was refused where there is one."""
    rows = visible_gold(request.access).filter(pk=gold.pk).select_related("item", "queue")
    may_change = bool(may_change_gold.test(request.access))
    context = {
        "gold": gold,
        "shown": shown_content(gold.item, request.access),
        "rows": rows_of_gold(rows),
        "history": gold_history(gold),
        **_flags_on(request, gold),
        "health": health_of(gold),
        "source": source_of(gold),
        "reads_suspicions": bool(may_read_suspicions.test(request.access)),
        "waiting": waiting_proposals(gold.queue).filter(gold=gold).select_related("author"),
        "corrections": waiting_corrections(rows),
        "form": GoldReasonForm(),
        "correction": (correction or correction_form(gold)) if may_change else None,
        "may_change": may_change,
    }
    return render(request, "calibration/gold/gold.html", context, status=status)


def find_gold(request: HttpRequest, public_id: UUID) -> GoldItem:
    return get_object_or_404(
        visible_gold(request.access).select_related("item", "queue__policy_version"), public_id=public_id
    )


def correction_form(gold: GoldItem, data: QueryDict | None = None) -> GoldCorrectionForm | None:
    """The form for what is in force, also where the item is retired; None where nothing is."""
    in_force = list(gold.answers.filter(approved_at__isnull=False, replaced_at=None).order_by("question"))
    if not in_force:
        return None
    return GoldCorrectionForm(data, queue=gold.queue, questions=read_questions(gold.queue), in_force=in_force)


def gold_queues(request: HttpRequest) -> QuerySet[Queue]:
    """Queues that gold is for, as far as the asker sees them."""
    return visible_queues(request.access).filter(kind=QueueKind.ORDINARY).select_related("policy_version", "policy")


def read_id(text: str | None) -> UUID | None:
    """The id of something that a form or an address names; None where it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _flags_on(request: HttpRequest, gold: GoldItem) -> dict[str, object]:
    """Flags that rest on the gold: by name for those who may read them, as a number for others."""
    flags = flags_resting_on(list(gold.answers.all()))
    return {"flag_count": flags.count(), "flags": flags.filter(pk__in=visible_flags(request.access).order_by())}


def _propose(request: HttpRequest, queue: Queue, form: GoldForm) -> GoldAnswer | None:
    chosen = form.cleaned_data
    item = Item.objects.filter(queue=queue, external_id=chosen["item"].strip()).first()
    if item is None:
        form.add_error("item", f"{queue.name} has no item with this id. Import it first, or correct the id.")
        return None
    try:
        return propose_gold(
            item,
            question=chosen["question"],
            accepted=chosen["accepted"],
            reason=chosen["reason"],
            author=request.user,
            clause_revision=chosen["clause_revision"],
            pool=GoldPool(chosen["pool"]),
        )
    except DomainError as error:
        field = str(error.detail.get("field", ""))
        form.add_error(field if field in form.fields else None, error.message)
        return None


def _filtered(request: HttpRequest, queue: Queue | None, state: str) -> QuerySet[GoldItem]:
    gold = visible_gold(request.access)
    if queue is not None:
        gold = gold.filter(queue=queue)
    if state in GoldState.values:
        gold = gold.filter(state=state)
    if request.GET.get("clause"):
        gold = gold.filter(pk__in=_of_clause(request.GET["clause"][:20]))
    search = request.GET.get("q", "")[:100]
    return gold.filter(item__external_id__icontains=search) if search else gold


def _counts(request: HttpRequest, queue: Queue | None) -> dict[str, int]:
    """How much gold is in each state, of the queue that is asked for or of all."""
    gold = visible_gold(request.access)
    counted = gold.filter(queue=queue) if queue is not None else gold
    return counted.aggregate(**{name: Count("id", filter=Q(state=name)) for name in GoldState.values})


def _of_clause(code: str) -> QuerySet[GoldItem]:
    """Gold items with an answer in force under this clause."""
    in_force = GoldAnswer.objects.filter(
        approved_at__isnull=False, replaced_at=None, clause_revision__clause__code=code
    )
    return GoldItem.objects.filter(pk__in=in_force.values("gold"))


def _waiting_for(request: HttpRequest, queue: Queue | None) -> int:
    if queue is None or not may_change_gold.test(request.access):
        return 0
    return waiting_proposals(queue).exclude(author=request.user).count()
