"""Blind audits: decisions drawn with a known probability, judged again by others, closed when enough is known."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from secrets import randbelow

from django.db import transaction
from django.db.models import QuerySet

from calibration.enums import AuditDraw, AuditOrigin, Reference
from calibration.models import Audit, AuditedLabel
from calibration.queries.audit_figures import AUDIT_CLOSED
from calibration.queries.audit_populations import AuditPopulation, Decision, Stratum, read_decisions
from calibration.services.audit_serving import Served, labelers_of, serve_decisions
from calibration.services.marks import mark_stale
from calibration.stats import draw_sample
from labeling.enums import SlotState
from labeling.models import Label, Queue
from labeling.queries.holds import recall_of_item
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.models import Labeler, User
from qaplatform.trail.services import record

MOST_DRAWN = 2000
SEEDS = 2**31
STRATA_WORDS = {
    AuditDraw.LABELER: "people",
    AuditDraw.CATEGORY: "answers that were given",
    AuditDraw.VENDOR: "vendors",
}


@dataclass(frozen=True, kw_only=True)
class AuditDraft:
    """What is to be drawn, how many, and who judges; `seed` None lets chance choose one."""

    name: str
    population: AuditPopulation
    n: int
    auditors: Sequence[User]
    seed: int | None = None


@dataclass(frozen=True)
class DrawnAudit:
    """An audit with what became of serving it."""

    audit: Audit
    drawn: int
    served: Served


def check_size(n: int, strata: Sequence[Stratum], draw: str) -> None:
    """Raises InvalidInput, with what to do, where so many cannot be drawn from these strata."""
    if not strata:
        message = "No decision fits: widen the period, choose another vendor or source, or wait for answers."
        raise InvalidInput(message, detail={"field": "n"})
    if not 1 <= n <= MOST_DRAWN:
        raise InvalidInput(f"Draw between 1 and {MOST_DRAWN:,} decisions.", detail={"field": "n"})
    if n < len(strata):
        words = STRATA_WORDS.get(AuditDraw(draw), "groups")
        message = (
            f"There are {len(strata)} {words}, and each needs at least one decision, or nothing could be said of them. "
            f"Draw {len(strata)} or more, or draw at random."
        )
        raise InvalidInput(message, detail={"field": "n"})


@transaction.atomic
def draw_audit(draft: AuditDraft, *, actor: User) -> DrawnAudit:
    """Draw decisions and give them to auditors, who answer without seeing what was decided. Raises InvalidInput."""
    population = draft.population
    queue = Queue.objects.select_for_update(no_key=True).get(pk=population.queue.pk)
    _check_draft(draft)
    now = clock.database_now()
    decisions = read_decisions(population, now=now)
    strata = [decision.stratum for decision in decisions]
    check_size(draft.n, [Stratum(key, 1) for key in set(strata)], population.draw)
    seed = randbelow(SEEDS) if draft.seed is None else draft.seed
    sample = draw_sample(strata, draft.n, seed=seed)
    audit = Audit.objects.create(
        name=draft.name.strip(),
        queue=queue,
        question=population.question,
        draw=population.draw,
        population=population.as_json(),
        drawn_from=len(decisions),
        seed=seed,
        created_by=actor,
        created_at=clock.now(),
    )
    chosen = [decisions[position] for position in sample.positions.tolist()]
    rows = _enter_decisions(audit, chosen, sample.probabilities.tolist())
    served = serve_decisions(rows, labelers_of(draft.auditors, actor=actor))
    _note_queue(audit, rows)
    record("audit_drawn", audit, actor=actor, detail=_detail(audit, draft, served))
    return DrawnAudit(audit, len(rows), served)


@transaction.atomic
def reassign_audit(audit: Audit, *, unfinished: Labeler | None, to: User, actor: User) -> Served:
    """Give what an auditor has not judged to somebody else; None: what nobody has. Raises Refused."""
    audit = _locked_open(audit)
    [labeler] = labelers_of([to], actor=actor)
    if unfinished is not None and unfinished.pk == labeler.pk:
        raise InvalidInput(f"{to} has these decisions already. Choose somebody else.", detail={"field": "to"})
    rows = list(unjudged(audit).filter(auditor=unfinished))
    if not rows:
        raise Refused("Nothing is left to be given to somebody else here; reload the page to see how far it is.")
    served = serve_decisions(rows, [labeler])
    detail = {"from": str(unfinished or ""), "to": str(to), "given": served.number, "refused": served.unserved}
    record("audit_reassigned", audit, actor=actor, detail=detail)
    return served


@transaction.atomic
def close_audit(audit: Audit, *, actor: User) -> Audit:
    """End an audit: what is not judged leaves it and may be drawn again; what is judged stays and counts."""
    audit = _locked_open(audit)
    rows = list(unjudged(audit))
    for row in rows:
        if row.slot is not None:
            recall_of_item(row.slot.item_id)
    now = clock.now()
    AuditedLabel.objects.filter(pk__in=[row.pk for row in rows]).update(ended_at=now, ended_why=AUDIT_CLOSED)
    audit.closed_at = now
    audit.save(update_fields=["closed_at"])
    mark_stale(audit.queue)
    record("audit_closed", audit, actor=actor, detail={"not_judged": len(rows)})
    return audit


def unjudged(audit: Audit) -> QuerySet[AuditedLabel]:
    """Decisions of an audit that wait for a judgement, skipped ones among them; not those whose undo is still open."""
    rows = AuditedLabel.objects.filter(audit=audit, ended_at=None, judged_at=None)
    return _with_items(rows.exclude(slot__state=SlotState.DONE, answer=None))


def _with_items(rows: QuerySet[AuditedLabel]) -> QuerySet[AuditedLabel]:
    joined = rows.select_related("slot__item", "item", "labeler", "queue", "label__schema", "label__policy_version")
    return joined.order_by("pk")


def _check_draft(draft: AuditDraft) -> None:
    if not draft.name.strip():
        raise InvalidInput("Give the audit a name.", detail={"field": "name"})
    if not draft.auditors:
        raise InvalidInput("Choose at least one auditor.", detail={"field": "auditors"})


def _enter_decisions(audit: Audit, chosen: Sequence[Decision], chances: Sequence[float]) -> list[AuditedLabel]:
    labels = Label.objects.in_bulk([decision.label_id for decision in chosen])
    AuditedLabel.objects.bulk_create(
        AuditedLabel(
            audit=audit,
            label=label,
            queue=audit.queue,
            labeler_id=label.labeler_id,
            item_id=label.item_id,
            question=audit.question,
            reference=Reference.AUDIT_BLIND,
            stratum=decision.stratum[:200],
            inclusion_probability=chance,
            given=decision.given,
            answered_at=decision.at,
        )
        for decision, chance in zip(chosen, chances, strict=True)
        for label in [labels[decision.label_id]]
    )
    return list(_with_items(AuditedLabel.objects.filter(audit=audit)))


def _note_queue(audit: Audit, rows: Sequence[AuditedLabel]) -> None:
    """Where most of an audit is judged: decisions under another policy version have a queue of their own."""
    queues = Counter(row.slot.queue_id for row in rows if row.slot is not None)
    if queues:
        audit.audit_queue_id = queues.most_common(1)[0][0]
        audit.save(update_fields=["audit_queue"])


def _locked_open(audit: Audit) -> Audit:
    found = Audit.objects.select_for_update(of=("self",)).select_related("queue").get(pk=audit.pk)
    if found.origin != AuditOrigin.DRAWN:
        raise Refused("These judgements came with a file: nothing of them waits here.")
    if found.closed_at is not None:
        raise Refused("The audit is closed already. Draw another one to go on.")
    return found


def _detail(audit: Audit, draft: AuditDraft, served: Served) -> dict[str, object]:
    return {
        "drawn": served.number + served.unserved,
        "drawn_from": audit.drawn_from,
        "seed": audit.seed,
        "draw": audit.draw,
        "population": audit.population,
        "auditors": [str(user) for user in draft.auditors],
        "unserved": served.unserved,
    }
