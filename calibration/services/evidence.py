"""What is done to the evidence of flags: shown, it costs its gold; corrected, its flags say so."""

from calibration.models import BurntGold, EvidenceRow, Flag, FlagEvent, GoldAnswer, GoldScore
from qaplatform.people.models import User


def burn_shown_evidence(flag: Flag) -> int:
    """Burn the gold of all items of a flag for the vendor of its labeler; called before they are shown there."""
    golds = set(flag.evidence.values_list("score__gold_answer__gold_id", flat=True))
    burnt = [BurntGold(gold_id=gold, vendor_id=flag.labeler.vendor_id, flag=flag) for gold in sorted(golds)]
    BurntGold.objects.bulk_create(burnt, ignore_conflicts=True)
    return len(burnt)


def note_corrected(answer: GoldAnswer, *, actor: User) -> int:
    """Say on each flag that rests on the gold how its answer counts now; how many places that were."""
    rows = EvidenceRow.objects.filter(
        score__gold_answer__gold=answer.gold_id, score__question=answer.question
    ).select_related("score")
    scored = GoldScore.objects.filter(gold_answer=answer, ended_at=None, labeler__in=rows.values("score__labeler"))
    counts = dict(scored.values_list("labeler_id", "is_correct"))
    events = [
        FlagEvent(flag_id=row.flag_id, actor=actor, action="gold_corrected", reason=_words(row, counts))
        for row in rows.order_by("flag_id", "position")
    ]
    FlagEvent.objects.bulk_create(events)
    return len(events)


def _words(row: EvidenceRow, counts: dict[int, bool]) -> str:
    is_correct = counts.get(row.score.labeler_id)
    if is_correct is None:
        return f"Item {row.position}: the expected answer was corrected; the item stays out of the score."
    was, by_now = ("right" if known else "wrong" for known in (row.is_correct, is_correct))
    change = f"still counts as {by_now}" if was == by_now else f"counts as {by_now} now, not as {was}"
    return f"Item {row.position}: the expected answer was corrected; the answer {change}."
