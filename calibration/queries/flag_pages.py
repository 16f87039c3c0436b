"""What the pages of flags say beside the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from calibration.enums import FlagDecision, FlagState
from calibration.models import Attempt, CoachingPlan, Flag, FlagEvent, FlagReply, SkillSuspension
from calibration.queries.accuracy import DisputedSplit, accuracy_with_and_without_disputed
from calibration.queries.confusions import Confusion, confusions_of_flag
from calibration.queries.effects import FlagEffect, flag_effect
from calibration.queries.flags import (
    EvidenceView,
    error_words,
    finding_sentences,
    has_own_reply,
    kind_words,
    open_suspension,
    suspension_possible_at,
)
from calibration.queries.pauses import PauseLine, pause_lines
from calibration.rules import working_days_left
from qaplatform import clock
from qaplatform.people.access import Access

EVENT_WORDS = {
    FlagDecision.DISMISS: "Dismissed: the finding does not hold",
    FlagDecision.WATCH: "Watched on: no measure, the check starts again from zero",
    FlagDecision.COACH: "Coaching decided",
    FlagDecision.RETRAIN: "Retraining decided",
    FlagDecision.CLOSE: "Closed",
    FlagDecision.RECERTIFY: "Recertified",
    "opened": "Flag opened",
    "replied": "Reply",
    "disputed": "Item disputed",
    "dispute_decided": "Dispute decided",
    "dispute_lapsed": "Dispute not decided in time",
    "gold_corrected": "Gold corrected",
    "suspension_proposed": "Suspension proposed",
    "suspension_confirmed": "Suspension confirmed",
    "suspension_rejected": "Suspension rejected",
    "suspension_lifted": "Suspension lifted",
    "suspension_ended": "Suspension ended",
    "coaching_signed": "Coaching plan signed",
    "pause_started": "Emergency pause",
    "pause_prolonged": "Emergency pause prolonged",
    "pause_ended": "Emergency pause ended",
}


@dataclass(frozen=True)
class TimelineLine:
    """One thing that happened; `by` is empty for the product's own acts."""

    at: datetime
    words: str
    by: str
    reason: str


@dataclass(frozen=True)
class FlagFacts:
    """What stands beside the evidence of a flag."""

    sentences: list[str]
    kind: str
    errors: list[str]
    confusions: list[Confusion]
    replies: list[FlagReply]
    timeline: list[TimelineLine]
    plan: CoachingPlan | None
    suspension: SkillSuspension | None
    can_decide_suspension: bool
    suspension_possible_at: datetime | None
    has_own_reply: bool
    reply_time_is_over: bool
    reply_days_left: int
    pause: PauseLine | None
    split: DisputedSplit
    attempts: list[Attempt]
    earlier_flags: int
    open_disputes: int
    counted: int
    effect: FlagEffect | None


def read_facts(flag: Flag, access: Access, evidence: Sequence[EvidenceView]) -> FlagFacts:
    """Everything that a flag's page says, in a number of queries that does not grow with the evidence."""
    suspension, now = open_suspension(flag), clock.now()
    return FlagFacts(
        sentences=finding_sentences(flag),
        kind=kind_words(flag),
        errors=error_words(evidence),
        confusions=confusions_of_flag(flag),
        replies=list(flag.replies.select_related("author")),
        timeline=_timeline(flag),
        plan=CoachingPlan.objects.filter(flag=flag).prefetch_related("steps").select_related("coach").first(),
        suspension=suspension,
        can_decide_suspension=suspension is not None and suspension.proposed_by_id != access.user_id,
        suspension_possible_at=suspension_possible_at(flag),
        has_own_reply=has_own_reply(flag),
        reply_time_is_over=flag.reply_due_at <= now,
        reply_days_left=working_days_left(now, flag.reply_due_at),
        pause=next((line for line in pause_lines(flag.labeler, now=now) if line.is_running), None),
        split=accuracy_with_and_without_disputed(flag.labeler, flag.queue, now=now),
        attempts=list(flag.attempts.select_related("calibration_set").order_by("assigned_at")),
        earlier_flags=Flag.objects.filter(labeler=flag.labeler_id, opened_at__lt=flag.opened_at).count(),
        open_disputes=sum(view.is_disputed for view in evidence),
        counted=len(evidence),
        effect=flag_effect(flag, now=now),
    )


def _timeline(flag: Flag) -> list[TimelineLine]:
    events = FlagEvent.objects.filter(flag=flag).select_related("actor").order_by("id")
    lines = [
        TimelineLine(event.at, EVENT_WORDS.get(event.action, event.action), str(event.actor or ""), event.reason)
        for event in events
    ]
    is_noted = any(event.action == "opened" for event in events)
    opened = [] if is_noted else [TimelineLine(flag.opened_at, EVENT_WORDS["opened"], "", flag.get_cause_display())]
    return [*opened, *lines, *_reply_period(flag, clock.now())]


def _reply_period(flag: Flag, now: datetime) -> list[TimelineLine]:
    if flag.state != FlagState.OPEN or flag.reply_due_at <= now:
        return []
    return [TimelineLine(flag.reply_due_at, "Time to reply ends", "", "")]
