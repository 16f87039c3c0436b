"""Builders of audits: people who decided, people who judge, a draw, and judgements through the very door they use."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from calibration.enums import AuditDraw
from calibration.models import Audit, AuditedLabel
from calibration.queries.audit_populations import AuditPopulation
from calibration.services.audits import AuditDraft, DrawnAudit, draw_audit
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotOrigin
from labeling.models import Label, Queue, Slot
from labeling.services.assignments import claim_assignment, skip_assignment
from labeling.services.labels import submit_label
from qaplatform import clock
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Team, User
from tests.builders import make_items, make_labeler, make_queue, make_team, make_user
from tests.calibration.builders import add_label

LATER = timedelta(minutes=6)


@dataclass(frozen=True)
class Office:
    """A queue with decisions of two people, and those who audit and decide."""

    queue: Queue
    team: Team
    lena: Labeler
    marco: Labeler
    olga: User
    oskar: User
    quinn: User
    quentin: User


def make_office() -> Office:
    """Nobody has decided anything yet."""
    queue, team = make_queue("Spam"), make_team()
    return Office(
        queue=queue,
        team=team,
        lena=make_labeler("lena", team=team, queues=[queue]),
        marco=make_labeler("marco", queues=[queue]),
        olga=make_user("olga", roles=[Role.AUDITOR]),
        oskar=make_user("oskar", roles=[Role.AUDITOR]),
        quinn=make_user("quinn", roles=[Role.QA_MANAGER]),
        quentin=make_user("quentin", roles=[Role.QA_MANAGER]),
    )


def decide(
    queue: Queue,
    labeler: Labeler,
    categories: Sequence[str],
    *,
    origin: SlotOrigin = SlotOrigin.ENTRY,
    start: datetime | None = None,
) -> list[Label]:
    """A decision on a fresh item for each category, an hour apart, the last some hours ago."""
    begin = start or clock.now() - timedelta(hours=len(categories) + 3)
    items = make_items(queue, len(categories), answers_needed=0)
    return [
        add_label(item, labeler, category, at=begin + place * timedelta(hours=1), origin=origin)
        for place, (item, category) in enumerate(zip(items, categories, strict=True))
    ]


def draw(
    queue: Queue,
    auditors: Sequence[User],
    n: int,
    *,
    actor: User,
    by: AuditDraw = AuditDraw.RANDOM,
    seed: int | None = 7,
    **filters: object,
) -> DrawnAudit:
    """An audit of the queue's categories."""
    population = AuditPopulation(queue=queue, question="category", draw=by, **filters)
    draft = AuditDraft(name="Week 47", population=population, n=n, auditors=list(auditors), seed=seed)
    return draw_audit(draft, actor=actor)


def judge(auditor: User, queue: Queue, category: str, *, rationale: str = "") -> Label:
    """Claim the next decision of an audit queue and answer it."""
    labeler = Labeler.objects.get(user=auditor)
    assignment = claim_assignment(queue, labeler)
    token = Slot.objects.get(assignment_id=assignment.id).token
    return submit_label(assignment.id, labeler, token=token, answers={"category": category}, rationale=rationale)


def skip(auditor: User, queue: Queue, *, reason: str = "unclear") -> None:
    """Skip the next decision of an audit queue."""
    labeler = Labeler.objects.get(user=auditor)
    assignment = claim_assignment(queue, labeler)
    token = Slot.objects.get(assignment_id=assignment.id).token
    skip_assignment(assignment.id, token, labeler, reason=reason, note="")


def count_again(audit: Audit) -> None:
    """Count the audit's queue when undo has closed, then the queue that was audited."""
    now = clock.database_now() + LATER
    for queue in {row.slot.queue for row in AuditedLabel.objects.filter(audit=audit, slot__isnull=False)}:
        refresh_queue(queue.pk, now=now)
    refresh_queue(audit.queue_id, now=now)


def make_disagreement(
    queue: Queue, labeler: Labeler, *, actor: User, given: str = "spam", judged: str = "scam"
) -> AuditedLabel:
    """A decision that an auditor judged otherwise."""
    decide(queue, labeler, [given])
    auditor = make_user(roles=[Role.AUDITOR])
    audit = draw(queue, [auditor], 1, actor=actor).audit
    judge(auditor, audit.audit_queue, judged, rationale="It asks for a code.")
    count_again(audit)
    return AuditedLabel.objects.get(audit=audit)


def make_imported_audit(office: Office, labels: Sequence[Label], *, right: Sequence[bool]) -> Audit:
    """What an import of a column of QA decisions leaves."""
    audit = Audit.objects.create(
        name="File",
        queue=office.queue,
        question="category",
        reference="audit_seen",
        origin="imported",
        created_by=office.quinn,
    )
    for label, is_right in zip(labels, right, strict=True):
        AuditedLabel.objects.create(
            audit=audit,
            label=label,
            queue=office.queue,
            labeler=label.labeler,
            item=label.item,
            question="category",
            reference="audit_seen",
            given=label.answers["category"],
            auditor_answer=label.answers["category"] if is_right else "scam",
            expected=label.answers["category"] if is_right else "scam",
            is_correct=is_right,
            answered_at=label.created_at,
            judged_at=label.created_at,
        )
    return audit
