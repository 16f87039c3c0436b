"""Whom a trainer has to think of, by date."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from calibration.enums import AttemptState, FlagState
from calibration.models import Attempt, Flag
from calibration.queries.boards import INTERRUPTED, OVERDUE, STUCK_AFTER, Rows, board
from calibration.queries.pools import UNFINISHED
from calibration.queries.training import TRAINERS, covered_by, visible_attempts
from qaplatform.people.access import Access
from qaplatform.people.models import Labeler

MOST_OF_A_KIND = 12
FAILED_LATELY = timedelta(days=30)


@dataclass(frozen=True)
class DueLine:
    """Somebody the trainer has to think of, and by when. `kind` names why."""

    kind: str
    labeler: Labeler
    words: str
    at: datetime | None
    attempt: Attempt | None
    flag: Flag | None


@dataclass(frozen=True)
class DueList:
    """The lines, and how many more there are that the board holds."""

    lines: tuple[DueLine, ...]
    more: int

    def __len__(self) -> int:
        return len(self.lines) + self.more


def due_or_stuck(access: Access, *, now: datetime) -> DueList:
    """Interrupted, overdue, failed without a retake, retraining without a set, stuck, due: by date within each.

    Of each kind the first dozen, so that the page answers as fast with thousands of attempts.
    """
    attempts = board(visible_attempts(access).exclude(labeler=access.labeler_id or 0), now=now)
    open_ones = attempts.filter(state__in=UNFINISHED)
    at_work = open_ones.exclude(shown_state__in=[INTERRUPTED, OVERDUE])
    is_stuck = Q(assigned_at__lt=now - STUCK_AFTER)
    parts = [
        _attempt_lines(INTERRUPTED, open_ones.filter(shown_state=INTERRUPTED)),
        _attempt_lines(OVERDUE, open_ones.filter(shown_state=OVERDUE)),
        _failed(attempts, now=now),
        _unassigned(access),
        _attempt_lines("stuck", at_work.filter(is_stuck)),
        _attempt_lines("due", at_work.exclude(is_stuck)),
    ]
    return DueList(tuple(line for part in parts for line in part.lines), sum(part.more for part in parts))


def _attempt_lines(kind: str, attempts: Rows) -> DueList:
    rows = list(attempts[: MOST_OF_A_KIND + 1])
    lines = [DueLine(kind, row.labeler, _progress_words(row, kind), row.due_at, row, row.flag) for row in rows]
    return _cut(lines, attempts)


def _failed(attempts: Rows, *, now: datetime) -> DueList:
    """Failed lately, and neither the same set nor one for the same skill assigned since."""
    same_set = Q(calibration_set=OuterRef("calibration_set"))
    same_skill = Q(calibration_set__skill=OuterRef("calibration_set__skill"))
    later = Attempt.objects.filter(same_set | same_skill, labeler=OuterRef("labeler"), pk__gt=OuterRef("pk"))
    since = later.exclude(state=AttemptState.CANCELLED)
    failed = attempts.filter(state=AttemptState.FAILED, finished_at__gt=now - FAILED_LATELY).exclude(Exists(since))
    rows = failed.order_by("finished_at", "pk")
    lines = [
        DueLine("failed", row.labeler, _failed_words(row), row.finished_at, row, row.flag)
        for row in rows[: MOST_OF_A_KIND + 1]
    ]
    return _cut(lines, rows)


def _unassigned(access: Access) -> DueList:
    covered = covered_by(access.reach(TRAINERS))
    flags = Flag.objects.filter(covered, state=FlagState.RETRAINING, attempts=None).select_related("labeler", "queue")
    rows = flags.order_by("decided_at", "pk")
    lines = [
        DueLine(
            "retraining",
            flag.labeler,
            f"is to be retrained for {flag.queue} and has no set yet",
            flag.decided_at,
            None,
            flag,
        )
        for flag in rows[: MOST_OF_A_KIND + 1]
    ]
    return _cut(lines, rows)


def _cut(lines: list[DueLine], rows: Rows) -> DueList:
    """The first dozen; the rest is counted. The count is always asked for, so that queries stay the same."""
    return DueList(tuple(lines[:MOST_OF_A_KIND]), max(rows.count() - MOST_OF_A_KIND, 0))


def _failed_words(attempt: Attempt) -> str:
    return f"did not pass {attempt.calibration_set} ({attempt.correct} of {attempt.items} right)"


def _progress_words(attempt: Attempt, kind: str) -> str:
    if kind == INTERRUPTED:
        return f"is deactivated with {attempt.answered} of {attempt.items} answered in {attempt.calibration_set}"
    if not attempt.answered:
        return f"has not begun {attempt.calibration_set}"
    return f"has answered {attempt.answered} of {attempt.items} in {attempt.calibration_set}"
