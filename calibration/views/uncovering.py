"""Uncovering a sensitive item outside the workspace: an explicit act, written down before anything is sent."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from calibration.queries.awaited import awaited_contents
from calibration.queries.uncovering import answer_to_uncover, evidence_to_uncover
from calibration.services.uncovering import uncover_item
from calibration.views.agreement import READERS, may_read_agreement
from calibration.views.flags import may_open_a_flag
from calibration.views.training import may_open_an_attempt
from labeling.models import Item, Queue
from labeling.queries.contents import shown_content
from labeling.queries.queues import visible_queues
from qaplatform.people.access import Access, allow
from qaplatform.people.enums import Role
from qaplatform.people.rules import is_escalation


@allow(may_read_agreement | is_escalation)
@require_POST
def uncover(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Any item, for those who cover everybody; not one that they have yet to judge in an audit."""
    queues = visible_queues(request.access) if _covers_everybody(request.access) else Queue.objects.none()
    items = Item.objects.filter(queue__in=queues).exclude(content_hash__in=awaited_contents(request.access))
    item = get_object_or_404(items, public_id=public_id)
    return _show(request, item)


@allow(may_open_a_flag)
@require_POST
def uncover_evidence(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """An item that counted for a flag, for whoever sees the items of that flag: the person first of all."""
    row = evidence_to_uncover(request.access, public_id)
    if row is None:
        raise Http404
    flag_url = reverse("calibration:flag", args=[row.flag.public_id])
    return _show(request, row.score.item, back=f"{flag_url}#item-{row.position}")


@allow(may_open_an_attempt)
@require_POST
def uncover_answer(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """An item of an attempt whose result is shown."""
    answer = answer_to_uncover(request.access, public_id)
    if answer is None:
        raise Http404
    return _show(request, answer.slot.item, back=reverse("calibration:attempt", args=[answer.attempt.public_id]))


def _show(request: HttpRequest, item: Item, *, back: str = "") -> HttpResponse:
    shown = shown_content(item, request.access)
    if not shown.withheld:
        uncover_item(item, actor=request.user, labeler_id=request.access.labeler_id)
    template = "calibration/agreement/content.html" if request.htmx else "calibration/agreement/uncovered.html"
    return render(request, template, {"item": item, "shown": shown, "back": back})


def _covers_everybody(access: Access) -> bool:
    return access.reach(READERS | {Role.ESCALATION}).everything
