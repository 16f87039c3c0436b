"""Gold whose clause has changed: proposed again unchanged by one person, approved by another, many at a time."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from calibration.queries.gold import visible_gold
from calibration.queries.outdated_gold import (
    changed_clauses,
    count_again,
    rows_again,
    suspended_answers,
)
from calibration.services.gold_adoptions import approve_again, propose_again
from calibration.services.gold_answers import is_small_team
from calibration.views.gold import gold_queues, may_change_gold, read_id
from labeling.models import Queue
from labeling.queries.contents import shown_content
from qaplatform.people.access import allow
from qaplatform.people.rules import is_policy_owner, is_qa_manager, is_trainer

ROWS = 50


@allow(is_qa_manager | is_policy_owner | is_trainer)
@require_GET
def list_again(request: HttpRequest) -> HttpResponse:
    """What is suspended because its clause changed, with the clause as it was and as it is."""
    queues = [queue for queue in gold_queues(request) if suspended_answers(queue).exists()]
    queue = next((row for row in queues if str(row.public_id) == request.GET.get("queue")), None) or next(
        iter(queues), None
    )
    if queue is None:
        return render(request, "calibration/gold/again.html", {"queue": None})
    clauses = changed_clauses(queue)
    clause = next((row.code for row in clauses if row.code == request.GET.get("clause")), "")
    answers = suspended_answers(queue).select_related("gold__item", "clause_revision__clause").order_by("pk")
    shown = answers.filter(clause_revision__clause__code=clause) if clause else answers
    page = Paginator(shown, ROWS).get_page(request.GET.get("page"))
    rows = rows_again(queue, page.object_list, user=request.user)
    context = {
        "queue": queue,
        "queues": queues,
        "clauses": clauses,
        "clause": clause,
        "page": page,
        "rows": [(row, shown_content(row.item, request.access)) for row in rows],
        "counts": count_again(queue, user=request.user),
        "may_change": bool(may_change_gold.test(request.access)),
        "alone": is_small_team(queue),
    }
    return render(request, "calibration/gold/again.html", context)


@allow(may_change_gold)
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose unchanged: what was chosen, or everything of a clause, or everything."""
    queue = get_object_or_404(gold_queues(request), public_id=read_id(request.POST.get("queue")))
    done = propose_again(queue, author=request.user, clause=_clause(request), gold_ids=_chosen(request))
    if done:
        words = "answer is proposed" if done == 1 else "answers are proposed"
        messages.success(request, f"{done} {words} again under the new text. A second person approves.")
    else:
        messages.info(request, "Nothing was left to propose: choose items that nobody has proposed yet.")
    return _back(request, queue)


@allow(may_change_gold)
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Approve what somebody else proposed again."""
    queue = get_object_or_404(gold_queues(request), public_id=read_id(request.POST.get("queue")))
    done = approve_again(queue, approver=request.user, clause=_clause(request), gold_ids=_chosen(request))
    if done:
        words = "answer is" if done == 1 else "answers are"
        messages.success(request, f"{done} {words} approved under the new text, and live again.")
    else:
        messages.info(request, "Nothing here waits for you: what you proposed yourself is for a second person.")
    return _back(request, queue)


def _clause(request: HttpRequest) -> str:
    return request.POST.get("clause", "")[:20]


def _chosen(request: HttpRequest) -> list[UUID] | None:
    """The gold items that were ticked; None means all of the clause, or of the queue."""
    if request.POST.get("which") == "all":
        return None
    return list(
        visible_gold(request.access).filter(public_id__in=_ids(request.POST)).values_list("public_id", flat=True)
    )


def _ids(data: QueryDict) -> list[UUID]:
    found = [read_id(text) for text in data.getlist("gold")[:ROWS]]
    return [public_id for public_id in found if public_id is not None]


def _back(request: HttpRequest, queue: Queue) -> HttpResponse:
    query = {"queue": queue.public_id, **({"clause": _clause(request)} if _clause(request) else {})}
    return redirect(f"{reverse('calibration:gold_again')}?{urlencode(query)}")
