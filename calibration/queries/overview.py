"""What needs a decision, most consequential first; "nothing does" is an empty answer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, Min

from calibration.enums import (
    DisputeState,
    FlagCause,
    FlagState,
    GoldState,
    SuspensionState,
    SuspicionKind,
    SuspicionState,
)
from calibration.models import Dispute, Flag, GoldAnswer, SamplingPlan, SkillSuspension, StaleMark
from calibration.queries.adjudications import undecided
from calibration.queries.agreement import agreement_summaries
from calibration.queries.flags import flags_needing_decision
from calibration.queries.gold import GOLD_ROLES, gold_supplies, suspended_by_policy, visible_gold
from calibration.queries.suspicions import confirmed_wrong_gold, visible_suspicions
from calibration.queries.waiting_marks import STUCK_AFTER
from labeling.enums import ImportKind, ImportState, QueueKind, QueueState
from labeling.models import Queue
from labeling.queries.imports import import_notices, visible_imports
from labeling.queries.queues import visible_queues
from labeling.rules import runs_queues
from qaplatform.jobs.queries import parked_arguments
from qaplatform.people.access import Access
from qaplatform.people.enums import Role

MANAGERS = frozenset({Role.QA_MANAGER})
FEWEST_DAYS_OF_GOLD = 10
COUNTING = "calibration.tasks.refresh_scope"
DISAGREEMENTS_WAIT = "disagreements between labelers and auditors wait"
IMPORT_ASKS = {
    ImportState.UPLOADED: "say what its columns mean",
    ImportState.CHECKED: "decide about what is new in it, then import",
}
ASKING = tuple(IMPORT_ASKS)


@dataclass(frozen=True, kw_only=True)
class DecisionLine:
    """One line: what it is about, in which state, in plain words. `target_id` is the flag's, suspension's or gold's.

    `part` is the part of the page that it is about.
    """

    kind: str
    state: str
    sentence: str
    meta: str = ""
    queue_id: UUID | None = None
    target_id: UUID | None = None
    at: datetime | None = None
    part: str = ""


def decision_lines(access: Access, *, now: datetime) -> tuple[DecisionLine, ...]:
    """Everything that waits for this access: people first, then what does not come in, gold, agreement, figures."""
    queues = list(visible_queues(access).filter(kind=QueueKind.ORDINARY))
    return (
        *_flag_lines(access),
        *_suspension_lines(access),
        *_dispute_lines(access, now),
        *_disagreement_lines(access),
        *_folder_lines(access),
        *_import_lines(access),
        *_gold_lines(access),
        *_suspended_gold_lines(access),
        *_supply_lines(access, queues, now),
        *_suspicion_lines(access),
        *_wrong_gold_lines(access),
        *_agreement_lines(access, now),
        *_stale_lines(access, queues, now),
    )


def _flag_lines(access: Access) -> Iterator[DecisionLine]:
    for flag in flags_needing_decision(access).filter(state=FlagState.OPEN):
        wrong, n = flag.finding.get("wrong_count"), flag.finding.get("n")
        test = "the running check" if flag.cause == FlagCause.CUSUM else "the weekly test"
        yield DecisionLine(
            kind="flag",
            state="open",
            sentence=f"{flag.labeler}: {test} found {wrong} of {n} gold answers wrong in {flag.queue}.",
            meta=flag.get_error_kind_display(),
            queue_id=flag.queue.public_id,
            target_id=flag.public_id,
            at=flag.opened_at,
        )


def _suspension_lines(access: Access) -> Iterator[DecisionLine]:
    """Proposals that this person may confirm: not the own ones."""
    if not access.reach(MANAGERS).everything:
        return
    waiting = SkillSuspension.objects.filter(state=SuspensionState.PROPOSED).exclude(proposed_by=access.user_id)
    for row in waiting.select_related("flag__queue", "flag__labeler", "proposed_by").order_by("proposed_at"):
        yield DecisionLine(
            kind="suspension",
            state="open",
            sentence=f"{row.proposed_by} proposes to suspend {row.flag.labeler}'s certification for {row.flag.queue}.",
            meta="Needs a second QA manager",
            queue_id=row.flag.queue.public_id,
            target_id=row.flag.public_id,
            at=row.proposed_at,
        )


def _suspicion_lines(access: Access) -> Iterator[DecisionLine]:
    """What the nightly search found beyond chance, a line a kind; what may be chance is on its page only."""
    if not access.reach(MANAGERS).everything:
        return
    found = visible_suspicions(access).filter(state=SuspicionState.OPEN, facts__stands_out=True)
    rows = found.order_by().values("kind").annotate(n=Count("pk"), first=Min("found_at"))
    for row in sorted(rows, key=lambda row: SuspicionKind.values.index(row["kind"])):
        findings = "finding" if row["n"] == 1 else "findings"
        yield DecisionLine(
            kind="suspicion",
            state="watch",
            sentence=f"{SuspicionKind(row['kind']).label}: {row['n']} {findings} beyond chance to look into.",
            meta="A suspicion counts for nothing by itself",
            at=row["first"],
            part=row["kind"],
        )


def _wrong_gold_lines(access: Access) -> Iterator[DecisionLine]:
    """Gold that somebody has confirmed to be wrong and that still counts as it was, a line each."""
    if not access.reach(MANAGERS).everything:
        return
    for row in confirmed_wrong_gold(access):
        if row.gold is None:
            continue
        yield DecisionLine(
            kind="wrong_gold",
            state="open",
            sentence=f"{row.gold.item.external_id or 'A gold item'} in {row.queue.name} was confirmed to be wrong and "
            "still counts.",
            meta="Correct its answer, or suspend it",
            queue_id=row.queue.public_id,
            target_id=row.gold.public_id,
            at=row.decided_at,
        )


def _dispute_lines(access: Access, now: datetime) -> Iterator[DecisionLine]:
    if not access.reach(MANAGERS).everything:
        return
    rows = Dispute.objects.filter(state=DisputeState.OPEN).order_by().values("evidence__flag")
    counted = list(rows.annotate(n=Count("id"), due=Min("due_at"), first=Min("filed_at")).order_by("due"))
    flags = Flag.objects.select_related("queue", "labeler").in_bulk([row["evidence__flag"] for row in counted])
    for row in counted:
        flag = flags[row["evidence__flag"]]
        answers = "answer" if row["n"] == 1 else "answers"
        yield DecisionLine(
            kind="dispute",
            state="overdue" if row["due"] < now else "disputed",
            sentence=f"{flag.labeler} disputes {row['n']} {answers} in {flag.queue}.",
            meta=f"Due {row['due']:%d %b}",
            queue_id=flag.queue.public_id,
            target_id=flag.public_id,
            at=row["first"],
        )


def _disagreement_lines(access: Access) -> Iterator[DecisionLine]:
    """Audited decisions that count as errors until somebody decides, a line a queue."""
    if not access.reach(MANAGERS).everything:
        return
    rows = undecided(access).order_by().values(name=F("queue__name"), asked=F("queue__public_id"))
    for row in rows.annotate(n=Count("pk"), first=Min("judged_at")).order_by("-n", "name"):
        waits = "disagreement between labeler and auditor waits" if row["n"] == 1 else DISAGREEMENTS_WAIT
        yield DecisionLine(
            kind="disagreement",
            state="disputed",
            sentence=f"{row['name']}: {row['n']} {waits} for a decision.",
            meta="An error until decided" if row["n"] == 1 else "Errors until decided",
            queue_id=row["asked"],
            at=row["first"],
        )


def _folder_lines(access: Access) -> Iterator[DecisionLine]:
    """Watched folders from which nothing comes in any more."""
    for notice in import_notices(access):
        yield DecisionLine(
            kind="folder",
            state="failed",
            sentence=f"The watched folder {notice.path} stopped: {notice.problem}",
            meta=f"Since {notice.since:%d %b}",
            target_id=notice.public_id,
            at=notice.since,
        )


def _import_lines(access: Access) -> Iterator[DecisionLine]:
    """Files of decisions whose columns or names somebody has to confirm."""
    if not runs_queues.test(access):
        return
    waiting = visible_imports(access).filter(kind=ImportKind.DECISIONS, state__in=ASKING).order_by("created_at")
    for run in waiting:
        yield DecisionLine(
            kind="import",
            state="waiting",
            sentence=f"The file {run.file_name} waits: {IMPORT_ASKS[ImportState(run.state)]}.",
            meta="From a watched folder" if run.folder_id else "",
            target_id=run.public_id,
            at=run.created_at,
        )


def _suspended_gold_lines(access: Access) -> Iterator[DecisionLine]:
    """Gold that a change of the policy took out of service, a line a queue; a second person's part stands above it."""
    if not access.reach(GOLD_ROLES).everything:
        return
    suspended = suspended_by_policy(visible_gold(access)).filter(item__withdrawn_at=None)
    rows = suspended.order_by().values(name=F("queue__name"), asked=F("queue__public_id"))
    for row in rows.annotate(n=Count("pk")).order_by("-n", "name"):
        items = "gold item is" if row["n"] == 1 else "gold items are"
        yield DecisionLine(
            kind="gold_again",
            state="suspended",
            sentence=f"{row['name']}: {row['n']} {items} suspended by a change of the policy, until approved again.",
            queue_id=row["asked"],
        )


def _gold_lines(access: Access) -> Iterator[DecisionLine]:
    """Answers that wait for a second person, a line a queue."""
    if not access.reach(GOLD_ROLES).everything:
        return
    waiting = GoldAnswer.objects.filter(
        gold__in=visible_gold(access).exclude(state=GoldState.RETIRED), approved_at=None, replaced_at=None
    ).exclude(author=access.user_id)
    rows = waiting.order_by().values(name=F("gold__queue__name"), queue=F("gold__queue__public_id"))
    for row in rows.annotate(n=Count("id"), first=Min("created_at")).order_by("first"):
        answers = "gold answer waits" if row["n"] == 1 else "gold answers wait"
        yield DecisionLine(
            kind="gold_waiting",
            state="draft",
            sentence=f"{row['name']}: {row['n']} {answers} for your approval.",
            queue_id=row["queue"],
            at=row["first"],
        )


def _supply_lines(access: Access, queues: list[Queue], now: datetime) -> Iterator[DecisionLine]:
    """Queues whose gold runs out."""
    if not access.reach(GOLD_ROLES).everything:
        return
    planned = set(SamplingPlan.objects.filter(gold_rate__gt=0).values_list("queue_id", flat=True))
    served = [queue for queue in queues if queue.pk in planned and queue.state == QueueState.ACTIVE]
    supplies = gold_supplies(served, now=now)
    for queue in served:
        supply = supplies[queue.pk]
        if (
            supply.live
            and supply.days_left is not None
            and (supply.without_unseen or supply.days_left < FEWEST_DAYS_OF_GOLD)
        ):
            yield DecisionLine(
                kind="gold_supply",
                state="below" if supply.without_unseen else "watch",
                sentence=f"{queue.name}: {supply.sentence}",
                queue_id=queue.public_id,
            )


def _agreement_lines(access: Access, now: datetime) -> Iterator[DecisionLine]:
    if access.reach(GOLD_ROLES).is_empty:
        return
    for line in agreement_summaries(access, now=now):
        if line.has_changed:
            yield DecisionLine(
                kind="agreement",
                state="watch",
                sentence=line.change_words,
                meta=f"{line.last_week.n if line.last_week else 0} items last week",
                queue_id=line.queue_id,
            )


def _stale_lines(access: Access, queues: list[Queue], now: datetime) -> Iterator[DecisionLine]:
    """Queues whose figures are old: counting fails, or has not come round."""
    if not access.reach(MANAGERS).everything:
        return
    parked = parked_arguments(COUNTING)
    oldest = dict(StaleMark.objects.order_by().values_list("queue_id").annotate(at=Min("created_at")))
    for queue in queues:
        if queue.pk in parked:
            words = f"{queue.name}: counting failed five times and is tried again every hour; its figures are old."
            yield DecisionLine(kind="stale", state="failed", sentence=words, queue_id=queue.public_id)
        elif queue.pk in oldest and oldest[queue.pk] < now - STUCK_AFTER:
            since = f"{oldest[queue.pk]:%d %b %H:%M} UTC"
            words = f"{queue.name}: counting is stuck, answers since {since} are in no figure. Tell an administrator."
            yield DecisionLine(
                kind="stale", state="stale", sentence=words, queue_id=queue.public_id, at=oldest[queue.pk]
            )
