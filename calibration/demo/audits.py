"""A blind audit that olga is half-way through: drawn by the service, answered as somebody who knows the truth."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from django.db.models import Min

from calibration.demo.loading import Loaded
from calibration.enums import AuditDraw
from calibration.models import AuditedLabel
from calibration.queries.audit_populations import AuditPopulation
from calibration.services.audits import AuditDraft, draw_audit
from calibration.services.refresh import refresh_queue
from labeling.enums import SlotState
from labeling.models import Item, Label, Slot
from qaplatform import clock

# A seed that draws a few errors among what is judged already.
SEED = 9
DRAWN = 40
JUDGED = 22
DRAWN_AT, JUDGED_AT = 9, 10
SECONDS_EACH = 45
PERIOD = timedelta(days=14)
WHY = "Read against the examples of the clause; the decision misses what they have in common."


def audit_decisions(loaded: Loaded, *, now: datetime) -> None:
    """Draw the same number for each answer of the last two weeks of the first queue, and judge half of them."""
    rows, line = loaded.queues[0], loaded.timeline
    last = len(line.days) - 1
    population = AuditPopulation(
        queue=rows.queue,
        question=rows.schema.questions[0]["key"],
        draw=AuditDraw.CATEGORY,
        since=line.days[last] - PERIOD,
        until=line.days[last],
    )
    draft = AuditDraft(
        name=f"{rows.queue.name}: last two weeks",
        population=population,
        n=DRAWN,
        auditors=[loaded.staff.users["olga"]],
        seed=SEED,
    )
    with clock.lived_at(line.at(last, hour=DRAWN_AT)):
        audit = draw_audit(draft, actor=loaded.staff.users["quinn"]).audit
    judged = audit.audited.filter(slot__isnull=False).select_related("slot__queue", "item", "label", "auditor")
    _answer(loaded, list(judged.order_by("pk")[:JUDGED]))
    for queue_id in {row.slot.queue_id for row in judged if row.slot is not None}:
        refresh_queue(queue_id, now=now)


def _answer(loaded: Loaded, judged: Sequence[AuditedLabel]) -> None:
    """What olga answered, one decision after another; the whole answer is one that others gave to such an item."""
    drawn, line = loaded.world.queues[0], loaded.timeline
    first = Item.objects.filter(queue=loaded.queues[0].queue).aggregate(first=Min("pk"))["first"]
    began = line.at(len(line.days) - 1, hour=JUDGED_AT)
    for place, row in enumerate(judged):
        truth = drawn.queue.codes[int(drawn.items.truth[row.item_id - first])]
        at = began + place * timedelta(seconds=SECONDS_EACH)
        _store(row, truth, at=at)


def _store(row: AuditedLabel, truth: str, *, at: datetime) -> None:
    slot, auditor = row.slot, row.auditor
    if slot is None or auditor is None:
        return
    queue, claimed_at = slot.queue, at - timedelta(seconds=SECONDS_EACH - 5)
    alike = Label.objects.filter(queue=row.queue, **{f"answers__{row.question}": truth}).order_by("pk").first()
    Slot.objects.filter(pk=slot.pk).update(
        state=SlotState.DONE,
        labeler=auditor,
        assignment_id=uuid4(),
        token=uuid4(),
        policy_version=queue.policy_version,
        schema=queue.schemas.latest("number"),
        claimed_at=claimed_at,
        done_at=at,
    )
    Label.objects.create(
        slot=slot,
        item_id=slot.item_id,
        queue=queue,
        labeler=auditor,
        answers=alike.answers if alike is not None else {row.question: truth},
        rationale="" if truth == row.given else WHY,
        policy_version=queue.policy_version,
        schema=queue.schemas.latest("number"),
        claimed_at=claimed_at,
        created_at=at,
    )
