"""The board: everybody's attempts, counted and filtered in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.db.models import BooleanField, Case, Count, DateTimeField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models import CharField as TextColumn

from calibration.enums import AttemptState
from calibration.models import Attempt, CalibrationSet
from calibration.queries.pools import UNFINISHED
from qaplatform.people.models import Team

# Attempts with the columns that `board` adds.
Rows: TypeAlias = QuerySet[Any]

STUCK_AFTER = timedelta(days=3)
WEEK = timedelta(days=7)
INTERRUPTED = "interrupted"
OVERDUE = "overdue"

STATES = {
    AttemptState.ASSIGNED.value: "Not started",
    AttemptState.STARTED.value: "In work",
    OVERDUE: "Overdue",
    INTERRUPTED: "Interrupted",
    AttemptState.PASSED.value: "Passed",
    AttemptState.FAILED.value: "Not passed",
    AttemptState.CANCELLED.value: "Cancelled",
}
DUE = {"past": "Due date passed", "week": "Due within 7 days", "later": "Due later", "none": "No due date"}


@dataclass(frozen=True)
class BoardWish:
    """What the address asks for; an empty part asks nothing."""

    state: str = ""
    set_id: str = ""
    team_id: str = ""
    due: str = ""
    name: str = ""


@dataclass(frozen=True)
class StateCount:
    """How many attempts of what is shown are in a state."""

    code: str
    name: str
    n: int


def board(attempts: QuerySet[Attempt], *, now: datetime) -> Rows:
    """Attempts as the board shows them: what is due first on top, then what has no due date, what has ended last.

    `shown_state` is the attempt's state, or `interrupted` while its person is deactivated, or `overdue`.
    """
    is_open = Q(state__in=UNFINISHED)
    stuck = is_open & Q(assigned_at__lt=now - STUCK_AFTER)
    shown = attempts.annotate(
        shown_state=Case(
            When(is_open & Q(labeler__is_active=False), then=Value(INTERRUPTED)),
            When(is_open & Q(due_at__lt=now), then=Value(OVERDUE)),
            default=F("state"),
            output_field=TextColumn(),
        ),
        is_stuck=ExpressionWrapper(stuck, output_field=BooleanField()),
        open_due_at=Case(When(is_open, then=F("due_at")), output_field=DateTimeField()),
        has_ended=ExpressionWrapper(~is_open, output_field=BooleanField()),
    )
    return shown.order_by(
        "has_ended", F("open_due_at").asc(nulls_last=True), F("finished_at").desc(nulls_last=True), "-pk"
    )


def filtered(rows: Rows, wish: BoardWish, *, now: datetime) -> Rows:
    """Rows of a board that fit a wish, but for its state."""
    if wish.set_id:
        rows = rows.filter(calibration_set__public_id=wish.set_id)
    if wish.team_id:
        rows = rows.filter(labeler__team__public_id=wish.team_id)
    if wish.name:
        rows = rows.filter(labeler__display_name__icontains=wish.name)
    due = {
        "past": Q(due_at__lt=now),
        "week": Q(due_at__gte=now, due_at__lt=now + WEEK),
        "later": Q(due_at__gte=now + WEEK),
        "none": Q(due_at=None),
    }
    return rows.filter(due[wish.due]) if wish.due in due else rows


def state_counts(rows: Rows) -> list[StateCount]:
    """How many rows of a board are in each state, in one query."""
    counted = dict(rows.order_by().values_list("shown_state").annotate(Count("pk")))
    return [StateCount(code, name, counted.get(code, 0)) for code, name in STATES.items()]


def assigned_sets(attempts: QuerySet[Attempt]) -> Iterable[CalibrationSet]:
    """Sets of which there are attempts, for the filter."""
    return CalibrationSet.objects.filter(pk__in=attempts.order_by().values("calibration_set")).order_by("name")


def assigned_teams(attempts: QuerySet[Attempt]) -> Iterable[Team]:
    """Teams of people with attempts, for the filter."""
    teams = Team.objects.filter(pk__in=attempts.order_by().values("labeler__team"))
    return teams.select_related("vendor").order_by("vendor__name", "name")
