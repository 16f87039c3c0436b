"""The labeler's desk."""

from datetime import datetime, time
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from labeling.engine.eligibility import BARRIER_WORDS, Barrier
from labeling.enums import SkipReason
from labeling.models import Queue
from labeling.queries.acknowledgements import queues_to_read
from labeling.queries.opt_outs import choices_of
from labeling.queries.policies import policy_in_hand
from labeling.queries.work import open_work
from labeling.queries.workspaces import Asked, count_since, questions_on_desk, queues_of_labeler
from labeling.views.desk_notes import DeskNotes, notes_for
from qaplatform import clock
from qaplatform.people.access import allow
from qaplatform.people.models import Labeler
from qaplatform.people.rules import is_labeler

ESCALATIONS = [SkipReason.ILLEGAL, SkipReason.IMMINENT_HARM, SkipReason.OTHER_ESCALATION]
PLAIN_SKIPS = [SkipReason.UNCLEAR, SkipReason.LANGUAGE, SkipReason.BROKEN, SkipReason.WELLBEING]
ACTIONS = [
    ("skip", "S", "Skip"),
    ("escalate", "E", "Escalate"),
    ("edge", "F", "Edge case"),
    ("reveal", "B", "Hold to reveal"),
    ("policy", "P", "Policy"),
    ("undo", "U", "Undo"),
]


@allow(is_labeler)
@require_GET
def workspace(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The desk of a queue; what is on it comes through the API, so that nothing is lent before somebody looks."""
    labeler_id = request.access.labeler_id
    queues = queues_of_labeler(labeler_id).select_related("policy_version__policy")
    queue = get_object_or_404(queues, public_id=public_id)
    if queues_to_read(labeler_id).filter(pk=queue.pk).exists():
        return redirect("labeling:read_changes", public_id=queue.public_id)
    notes = notes_for(queue, labeler_id)
    done_today = count_since(labeler_id, _day_start()).answers
    context = {
        "queue": queue,
        "notes": notes,
        "config": _config(questions_on_desk(queue, labeler_id), notes, queue=queue, done_today=done_today),
        "policy": policy_in_hand(queue, labeler_id, now=clock.now()),
        "skip_reasons": SkipReason.choices,
        "actions": ACTIONS,
        "support_contact": settings.SUPPORT_CONTACT,
    }
    return render(request, "labeling/work/workspace.html", context)


@allow(is_labeler)
@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Go to the first queue with something to do, by due time, then priority."""
    labeler = get_object_or_404(Labeler, pk=request.access.labeler_id)
    waiting = next((row for row in open_work(labeler) if row.waiting or row.has_begun), None)
    return redirect("labeling:workspace", public_id=waiting.queue) if waiting else redirect("labeling:work")


@allow(is_labeler)
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """My queues, and what waits in them."""
    labeler = get_object_or_404(Labeler, pk=request.access.labeler_id)
    rows = open_work(labeler)
    context = {
        "rows": rows,
        "to_read": queues_to_read(labeler.pk),
        "grants": labeler.skill_grants.filter(revoked_at=None).select_related("skill").order_by("skill__name"),
        "day": count_since(labeler.pk, _day_start()),
        "choices": choices_of(labeler.pk),
        "has_work": any(row.waiting or row.has_begun for row in rows),
    }
    return render(request, "labeling/work/work.html", context)


def _config(asked: Asked, notes: DeskNotes | None, *, queue: Queue, done_today: int) -> dict[str, object]:
    words = {str(barrier): words for barrier, words in BARRIER_WORDS.items()}
    return {
        "queue": str(queue.public_id),
        "policy_url": reverse("labeling:desk_policy", args=[queue.public_id]),
        "schema_version": asked.schema_version,
        "questions": asked.questions,
        "done_today": done_today,
        "skip_reasons": [str(reason) for reason in PLAIN_SKIPS],
        "escalate_reasons": [str(reason) for reason in ESCALATIONS],
        "nothing_words": words | ({str(Barrier.NOTHING_LEFT): notes.end_words} if notes else {}),
        "done": notes.done if notes else None,
        "total": notes.total if notes else None,
        "feedback": notes.feedback if notes else "",
    }


def _day_start() -> datetime:
    return datetime.combine(clock.today(), time.min, tzinfo=clock.now().tzinfo)
