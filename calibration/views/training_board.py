"""The board: everybody's attempts, and what can be done with several at once."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from calibration.forms.training import AttemptsForm, CancelForm, PostponeForm
from calibration.models import Attempt
from calibration.queries.boards import (
    DUE,
    STATES,
    BoardWish,
    assigned_sets,
    assigned_teams,
    board,
    filtered,
    state_counts,
)
from calibration.queries.training import TRAINERS, covered_by, visible_attempts
from calibration.services.assigning import Changed, cancel_attempts, postpone_attempts
from calibration.views.training import may_train
from qaplatform import clock
from qaplatform.api.spreadsheets import csv_answer
from qaplatform.errors import DomainError
from qaplatform.people.access import allow
from qaplatform.people.rules import is_team_lead

ROWS = 50
COLUMNS = (
    "Person",
    "Vendor",
    "Team",
    "Set",
    "Purpose",
    "Queue",
    "State",
    "Attempt",
    "Answered",
    "Items",
    "Right",
    "Pass mark",
    "Assigned (UTC)",
    "Due (UTC)",
    "Ended (UTC)",
    "Reason",
)


@allow(may_train | is_team_lead)
@require_GET
def show_board(request: HttpRequest) -> HttpResponse:
    """Who has not started, is at work, overdue, interrupted, has passed or not: counts that are filters."""
    wish, attempts, rows = _asked(request)
    counts = state_counts(rows)
    shown = rows.filter(shown_state=wish.state) if wish.state else rows
    context = {
        "page": Paginator(shown, ROWS).get_page(request.GET.get("page")),
        "wish": wish,
        "is_filtered": wish != BoardWish(),
        "counts": [(count, _address(request, state=count.code), count.code == wish.state) for count in counts],
        "total": sum(count.n for count in counts),
        "all_address": _address(request, state=""),
        "sets": assigned_sets(attempts),
        "teams": assigned_teams(attempts),
        "due_choices": DUE.items(),
        "query": request.GET.urlencode(),
        "may_change": not request.access.reach(TRAINERS).is_empty,
        "cancel_form": CancelForm(attempts=Attempt.objects.none()),
        "postpone_form": PostponeForm(attempts=Attempt.objects.none()),
    }
    return render(request, "calibration/training/board.html", context)


@allow(may_train | is_team_lead)
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The board as it is filtered, as a table."""
    wish, _, rows = _asked(request)
    shown = rows.filter(shown_state=wish.state) if wish.state else rows
    return csv_answer("training board", COLUMNS, _cells(shown))


@allow(may_train)
@require_POST
def cancel(request: HttpRequest) -> HttpResponse:
    """Take the ticked assignments back."""
    form = CancelForm(request.POST, attempts=_changeable(request))
    if not form.is_valid():
        return _back(request, form, problem=_first_error(form))
    try:
        changed = cancel_attempts(form.cleaned_data["attempts"], reason=form.cleaned_data["reason"], actor=request.user)
    except DomainError as error:
        return _back(request, form, problem=error.message)
    return _back(request, form, done=_words(changed, "cancelled"))


@allow(may_train)
@require_POST
def postpone(request: HttpRequest) -> HttpResponse:
    """Let the ticked assignments be due at another time."""
    form = PostponeForm(request.POST, attempts=_changeable(request))
    if not form.is_valid():
        return _back(request, form, problem=_first_error(form))
    try:
        changed = postpone_attempts(
            form.cleaned_data["attempts"], due_at=form.cleaned_data["due_on"], actor=request.user
        )
    except DomainError as error:
        return _back(request, form, problem=error.message)
    return _back(request, form, done=_words(changed, "due at the new date"))


def _asked(request: HttpRequest) -> tuple[BoardWish, QuerySet[Attempt], QuerySet[Attempt]]:
    """What the address asks for, everything that the asker sees, and the rows that fit."""
    now = clock.now()
    wish = BoardWish(
        state=request.GET.get("state", "") if request.GET.get("state") in STATES else "",
        set_id=_uuid(request.GET.get("set", "")),
        team_id=_uuid(request.GET.get("team", "")),
        due=request.GET.get("due", "") if request.GET.get("due") in DUE else "",
        name=request.GET.get("name", "").strip(),
    )
    attempts = visible_attempts(request.access)
    return wish, attempts, filtered(board(attempts, now=now), wish, now=now)


def _uuid(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _address(request: HttpRequest, *, state: str) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    query["state"] = state
    return f"?{query.urlencode()}"


def _changeable(request: HttpRequest) -> QuerySet[Attempt]:
    return Attempt.objects.filter(covered_by(request.access.reach(TRAINERS)))


def _cells(attempts: QuerySet[Attempt]) -> Iterator[tuple[object, ...]]:
    for attempt in attempts.iterator(chunk_size=500):
        chosen, labeler = attempt.calibration_set, attempt.labeler
        yield (
            labeler.display_name,
            labeler.vendor.name,
            labeler.team.name if labeler.team else "",
            chosen.name,
            chosen.purpose,
            chosen.source_queue.name,
            STATES[attempt.shown_state],
            attempt.number,
            attempt.answered,
            attempt.items,
            attempt.correct if attempt.finished_at else "",
            attempt.pass_mark,
            *(
                f"{at:%Y-%m-%d %H:%M}" if at else ""
                for at in (attempt.assigned_at, attempt.due_at, attempt.finished_at)
            ),
            attempt.end_reason,
        )


def _back(request: HttpRequest, form: AttemptsForm, *, done: str = "", problem: str = "") -> HttpResponse:
    """To where the act was asked for: one attempt's page, or the board as it was filtered."""
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, done)
    attempts = list(form.cleaned_data.get("attempts") or [])
    if request.POST.get("back") == "attempt" and len(attempts) == 1:
        return redirect("calibration:attempt", public_id=attempts[0].public_id)
    return redirect(f"{reverse('calibration:board')}?{request.POST.get('query', '')}")


def _first_error(form: AttemptsForm) -> str:
    return str(next(iter(form.errors.values()))[0])


def _words(changed: Changed, what: str) -> str:
    people = "1 assignment is" if changed.changed == 1 else f"{changed.changed} assignments are"
    before = f" {changed.ended_before} had ended before and stay as they are." if changed.ended_before else ""
    return f"{people} {what}.{before}"
