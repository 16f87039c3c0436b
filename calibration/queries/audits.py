"""Audits for pages: those that are looked after, and what waits for an auditor, who sees no decision before judging."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from calibration.enums import AuditOrigin
from calibration.models import Audit, AuditedLabel, SamplingPlan
from calibration.queries.audit_figures import (
    POLICY_UNCLEAR,
    AuditCounts,
    AuditFigures,
    count_judged,
    figures_of,
    read_judged,
    share_of,
)
from calibration.queries.audit_populations import Stratum, strata_names
from calibration.queries.draws import overlapping_pairs
from calibration.queries.questions import MeasuredQuestion, read_question
from calibration.stats import Estimate, effective_size, equal_shares, wilson
from labeling.enums import SlotState
from labeling.models import Skip
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Membership, User

# The share of right decisions that a plan reckons with where the queue has no target of its own.
USUAL_SHARE = 0.95
WIDTH_CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class AuditRow:
    """An audit in a list."""

    audit: Audit
    counts: AuditCounts
    share: Estimate

    @property
    def state(self) -> str:
        """How it stands, as a state of pages."""
        if self.audit.closed_at is not None or self.audit.origin == AuditOrigin.IMPORTED:
            return "closed" if self.audit.origin == AuditOrigin.DRAWN else "done"
        return "running" if self.counts.missing else "done"


@dataclass(frozen=True, kw_only=True)
class AuditorRow:
    """How far an auditor is; what was answered counts as judged. `auditor` None: what nobody may judge so far.

    `undoable` are those of the judged whose answer can still be taken back.
    """

    auditor: Labeler | None
    given: int
    judged: int
    undoable: int
    skipped: int
    undecidable: int

    @property
    def unfinished(self) -> int:
        """What could be given to somebody else."""
        return self.given - self.judged

    @property
    def waiting(self) -> int:
        """What is still to be answered."""
        return self.unfinished - self.skipped - self.undecidable


@dataclass(frozen=True, kw_only=True)
class OwnAudit:
    """What waits for an auditor in one audit; `desk` names the queue where it is answered."""

    audit: Audit
    waiting: int
    done: int
    desk: UUID | None


@dataclass(frozen=True, kw_only=True)
class StratumRow:
    """A stratum of an audit: how many were drawn, with which probability."""

    name: str
    drawn: int
    probability: float | None


@dataclass(frozen=True, kw_only=True)
class DrawPreview:
    """What a draw would mean, before it is made."""

    decisions: int
    strata: int
    drawn: int
    each: tuple[int, int] | None
    lower: float
    upper: float
    share: float
    whole_strata: int

    @property
    def below(self) -> float:
        """How far the expected interval goes down from the share."""
        return self.share - self.lower

    @property
    def above(self) -> float:
        """How far it goes up."""
        return self.upper - self.share


def visible_audits(access: Access) -> QuerySet[Audit]:
    """All audits for QA managers who cover everybody; an auditor sees those in which they have judged or shall."""
    audits = Audit.objects.select_related("queue", "created_by", "audit_queue", "import_run")
    if access.reach({Role.QA_MANAGER}).everything:
        return audits
    if access.labeler_id is None or not access.has(Role.AUDITOR):
        return audits.none()
    return audits.filter(Exists(AuditedLabel.objects.filter(audit=OuterRef("pk"), auditor=access.labeler_id)))


def audit_rows(audits: Sequence[Audit]) -> list[AuditRow]:
    """These audits with their figures: one query for all."""
    rows = defaultdict(list)
    for row in read_judged(AuditedLabel.objects.filter(audit__in=audits)):
        rows[row.audit_id].append(row)
    return [
        AuditRow(audit=audit, counts=count_judged(rows[audit.pk]), share=share_of(rows[audit.pk])) for audit in audits
    ]


def audit_figures(audits: Sequence[Audit]) -> AuditFigures | None:
    """The figures of audits of one queue and question together; None where the queue asks that no more."""
    if not audits:
        return None
    question = question_of(audits[0])
    rows = AuditedLabel.objects.filter(audit__in=audits)
    return figures_of(read_judged(rows), question) if question is not None else None


def stand_apart(audits: Sequence[Audit]) -> bool:
    """Whether two of these may have drawn from the same decisions with different chances: no weight joins them."""
    chances = AuditedLabel.objects.filter(audit__in=audits, judged_at__isnull=False, ended_at=None)
    distinct = chances.order_by().values_list("inclusion_probability", flat=True).distinct()[:2]
    return len(distinct) > 1 and bool(overlapping_pairs(audits))


def question_of(audit: Audit) -> MeasuredQuestion | None:
    """The question that an audit is about."""
    return read_question(audit.queue, audit.question)


def auditor_rows(audit: Audit) -> list[AuditorRow]:
    """Everybody who was given something of a drawn audit, what left it because the policy is unclear included."""
    rows = AuditedLabel.objects.filter(Q(ended_at=None) | Q(ended_why=POLICY_UNCLEAR), audit=audit)
    skipped = Skip.objects.filter(slot=OuterRef("slot"))
    counted = (
        rows.order_by()
        .annotate(is_skipped=Exists(skipped))
        .values("auditor")
        .annotate(
            given=Count("pk"),
            judged=Count("pk", filter=Q(judged_at__isnull=False) | Q(slot__state=SlotState.DONE, answer=None)),
            undoable=Count("pk", filter=Q(judged_at=None, slot__state=SlotState.DONE, answer=None)),
            skipped=Count("pk", filter=Q(is_skipped=True, judged_at=None, answer=None)),
            undecidable=Count("pk", filter=Q(answer__isnull=False, judged_at=None)),
        )
    )
    people = Labeler.objects.select_related("vendor", "team", "user").in_bulk(
        [row["auditor"] for row in counted if row["auditor"]]
    )
    found = [
        AuditorRow(
            auditor=people.get(row["auditor"]),
            given=row["given"],
            judged=row["judged"],
            undoable=row["undoable"],
            skipped=row["skipped"],
            undecidable=row["undecidable"],
        )
        for row in counted
    ]
    return sorted(found, key=lambda row: (row.auditor is None, str(row.auditor)))


def own_audits(access: Access) -> list[OwnAudit]:
    """What waits for this auditor, audit by audit, the one with most to do first: two queries."""
    own = AuditedLabel.objects.filter(auditor=access.labeler_id, audit__closed_at=None, ended_at=None)
    is_waiting = Q(slot__state__in=[SlotState.OPEN, SlotState.LEASED])
    counted = (
        own.order_by()
        .values("audit", "slot__queue__public_id")
        .annotate(waiting=Count("pk", filter=is_waiting), done=Count("pk", filter=Q(slot__state=SlotState.DONE)))
    )
    audits = Audit.objects.select_related("queue").in_bulk([row["audit"] for row in counted])
    found = [
        OwnAudit(
            audit=audits[row["audit"]],
            waiting=row["waiting"],
            done=row["done"],
            desk=row["slot__queue__public_id"] if row["waiting"] else None,
        )
        for row in counted
    ]
    return sorted(found, key=lambda row: (-row.waiting, -row.audit.pk))


def strata_of(audit: Audit) -> list[StratumRow]:
    """What was drawn from each stratum."""
    counted = (
        AuditedLabel.objects.filter(audit=audit)
        .order_by()
        .values("stratum", "inclusion_probability")
        .annotate(drawn=Count("pk"))
    )
    question = question_of(audit)
    keys = {row["stratum"] for row in counted}
    answers = {key: question.name_of(key) for key in keys} if question else {}
    names = strata_names(audit.draw, keys, answers)
    rows = [
        StratumRow(
            name=names.get(row["stratum"]) or "All decisions",
            drawn=row["drawn"],
            probability=row["inclusion_probability"],
        )
        for row in counted
    ]
    return sorted(rows, key=lambda row: row.name)


def preview_draw(strata: Sequence[Stratum], n: int, *, auditors: int, share: float) -> DrawPreview | None:
    """What drawing n would mean; None where so few cannot be drawn. The width is that of independent decisions."""
    sizes = [stratum.size for stratum in strata]
    if not sizes or n < len(sizes):
        return None
    shares = equal_shares(sizes, n)
    drawn = int(shares.sum())
    chances = [given / size for given, size in zip(shares.tolist(), sizes, strict=True) for _ in range(given)]
    effective = effective_size(chances)
    lower, upper = wilson(share * effective, effective, confidence=WIDTH_CONFIDENCE)
    each = (drawn // auditors, -(-drawn // auditors)) if auditors else None
    return DrawPreview(
        decisions=sum(sizes),
        strata=len(sizes),
        drawn=drawn,
        each=each,
        lower=lower,
        upper=upper,
        share=share,
        whole_strata=sum(given == size for given, size in zip(shares.tolist(), sizes, strict=True)),
    )


def expected_share(queue_id: int) -> float:
    """What a plan reckons with: the queue's target."""
    return SamplingPlan.objects.filter(queue=queue_id).values_list("target", flat=True).first() or USUAL_SHARE


def auditor_users() -> QuerySet[User]:
    """Who may be asked to judge: auditors, and QA managers who choose to."""
    roles = Membership.objects.filter(user=OuterRef("pk"), role__in=[Role.AUDITOR, Role.QA_MANAGER])
    return User.objects.filter(Exists(roles), is_active=True).order_by("display_name", "username")


def may_see_figures(access: Access, audit: Audit) -> bool:
    """An auditor reads figures when nothing of the audit waits any more: before, they could lean on them."""
    return access.reach({Role.QA_MANAGER}).everything or audit.closed_at is not None
