"""Making a coaching plan from the errors that a flag rests on."""

from calibration.models import CoachingPlan, CoachingStep, Flag
from calibration.queries.confusions import Confusion, confusions_of_flag

MOST_CONFUSIONS = 4


def make_plan(flag: Flag) -> CoachingPlan:
    """The plan of a flag, made once from its evidence."""
    plan, is_new = CoachingPlan.objects.get_or_create(flag=flag, defaults={"summary": ""})
    if is_new:
        confusions = confusions_of_flag(flag)[:MOST_CONFUSIONS]
        plan.summary = _summary(confusions)
        plan.save(update_fields=["summary"])
        CoachingStep.objects.bulk_create(
            CoachingStep(plan=plan, position=number, text=text)
            for number, text in enumerate(_steps(confusions), start=1)
        )
    return plan


def _summary(confusions: list[Confusion]) -> str:
    if not confusions:
        return "No kind of error came up three times, so the plan goes through all of them once."
    total = sum(confusion.n for confusion in confusions)
    kinds = "one kind" if len(confusions) == 1 else f"{len(confusions)} kinds"
    return f"{total} errors are of {kinds}. The plan takes them in the order of how often they came up."


def _steps(confusions: list[Confusion]) -> list[str]:
    own = [
        f"Read {_clause(confusion)} again, then look at the {confusion.n} items answered "
        f"“{confusion.given}” where “{confusion.expected}” was expected."
        for confusion in confusions
    ]
    first = own or ["Look at every item on the flag's page that counted as wrong, with its expected answer and reason."]
    return [
        *first,
        "Talk through the items with your team lead or trainer, and note where the policy is unclear.",
        "Do the calibration set that the trainer assigns, on items that are new to you.",
    ]


def _clause(confusion: Confusion) -> str:
    return f"clause {confusion.clause}" if confusion.clause else "the policy"
