"""Labels for programs and spreadsheets: long format, one row an item and labeler."""

from collections.abc import Iterator, Sequence

from django.db.models import Exists, OuterRef

from calibration.enums import Reference
from calibration.models import GoldScore, Placement
from calibration.queries.agreement import main_questions
from calibration.queries.audited import counted_audits
from calibration.queries.questions import read_questions
from labeling.enums import SlotState
from labeling.models import Label, Queue

FACTS = (
    "queue",
    "item",
    "external_id",
    "language",
    "labeler",
    "labeler_name",
    "vendor",
    "team",
    "policy_version",
    "answered_at",
    "slot",
)
ROWS_AT_A_TIME = 2000
AUDITS = (Reference.AUDIT_BLIND, Reference.AUDIT_SEEN)


def export_columns(queue: Queue) -> tuple[str, ...]:
    """The facts, an answer for each question, what gold says of the queue's main question, and what each audit says."""
    answers = (f"answer_{question.key}" for question in read_questions(queue))
    audits = (f"{reference}_{part}" for reference in AUDITS for part in ("expected", "is_correct"))
    return (*FACTS, *answers, "reference", "expected", "is_correct", *audits)


def export_rows(queue: Queue, columns: Sequence[str]) -> Iterator[dict[str, object]]:
    """The latest revision of every answer, streamed; withdrawn items are out."""
    keys = [name.removeprefix("answer_") for name in columns if name.startswith("answer_")]
    placed = Exists(Placement.objects.filter(slot=OuterRef("slot_id")))
    answered = {
        "labeler": OuterRef("labeler_id"),
        "item": OuterRef("item_id"),
        "question": main_questions([queue]).get(queue.pk, ""),
    }
    score = GoldScore.objects.filter(**answered, ended_at=None, reference=Reference.GOLD)
    audited = {
        f"{reference}_{part}": counted_audits().filter(**answered, reference=reference).values(part)[:1]
        for reference in AUDITS
        for part in ("expected", "is_correct")
    }
    labels = (
        Label.objects.filter(queue=queue, revised_by=None, item__withdrawn_at=None, slot__state=SlotState.DONE)
        .select_related("item", "labeler__vendor", "labeler__team", "policy_version", "slot")
        .annotate(
            is_placed=placed,
            expected=score.values("expected")[:1],
            is_correct=score.values("is_correct")[:1],
            **audited,
        )
        .order_by("id")
    )
    for label in labels.iterator(chunk_size=ROWS_AT_A_TIME):
        yield _row(label, queue, keys, columns)


def _row(label: Label, queue: Queue, keys: Sequence[str], columns: Sequence[str]) -> dict[str, object]:
    expected: str | None = label.expected  # type: ignore[attr-defined]
    return {
        "queue": queue.name,
        "item": str(label.item.public_id),
        "external_id": label.item.external_id,
        "language": label.item.language,
        "labeler": str(label.labeler.public_id),
        "labeler_name": label.labeler.display_name,
        "vendor": label.labeler.vendor.name,
        "team": label.labeler.team.name if label.labeler.team else "",
        "policy_version": label.policy_version.number,
        "answered_at": label.created_at.isoformat(),
        "slot": "gold" if label.is_placed else label.slot.origin,  # type: ignore[attr-defined]
        **{f"answer_{key}": _words(label.answers.get(key)) for key in keys},
        "reference": "" if expected is None else "gold",
        "expected": expected,
        "is_correct": label.is_correct,  # type: ignore[attr-defined]
        **{name: getattr(label, name) for name in columns if name.startswith("audit_")},
    }


def _words(value: object) -> object:
    return "+".join(sorted(map(str, value))) if isinstance(value, list) else value
