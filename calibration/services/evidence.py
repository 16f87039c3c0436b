"""What showing a flag's evidence costs: its gold is known to that vendor from then on."""

from calibration.models import BurntGold, Flag


def burn_shown_evidence(flag: Flag) -> int:
    """Burn the gold of all items of a flag for the vendor of its labeler; called before they are shown there."""
    golds = set(flag.evidence.values_list("score__gold_answer__gold_id", flat=True))
    burnt = [BurntGold(gold_id=gold, vendor_id=flag.labeler.vendor_id, flag=flag) for gold in sorted(golds)]
    BurntGold.objects.bulk_create(burnt, ignore_conflicts=True)
    return len(burnt)
