"""Items of unfinished attempts that cannot be asked, or whose expected answer is no longer sure."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from calibration.enums import GoldState
from calibration.models import Attempt, AttemptAnswer, SetItem
from calibration.queries.pools import UNFINISHED
from labeling.enums import QueueKind, SlotState
from labeling.models import Item, PolicyVersion, Skip

# An item was taken out of work before it was judged: by whoever withdrew it here or in its queue, or by the person.
GONE = Q(slot__item__withdrawn_at__isnull=False) | Q(gold_answer__gold__item__withdrawn_at__isnull=False)
WITHOUT_ANSWER = ~Q(slot__state=SlotState.DONE)


def asked_answers() -> QuerySet[AttemptAnswer]:
    """What attempts ask, with what is needed to say how it stands."""
    rows = AttemptAnswer.objects.filter(left_out_at=None)
    return rows.select_related(
        "slot__item", "gold_answer__gold__item", "gold_answer__clause_revision", "attempt__calibration_set"
    )


def gone_answers(answers: QuerySet[AttemptAnswer]) -> QuerySet[AttemptAnswer]:
    """Those that nobody can answer any more; a skip of the person's own is an answer, unless it withdrew the item."""
    skipped = Skip.objects.filter(slot=OuterRef("slot_id"), labeler=OuterRef("attempt__labeler_id"))
    cancelled = Q(slot__state=SlotState.CANCELLED) & ~Exists(skipped)
    return answers.filter(WITHOUT_ANSWER & GONE | cancelled)


def doubtful_answers(answers: QuerySet[AttemptAnswer]) -> QuerySet[AttemptAnswer]:
    """Those not scored yet whose gold is suspended or was corrected, other than by a newer policy version.

    An attempt goes on under the version of its set: what the clause said there is still what is expected.
    """
    open_answers = answers.filter(is_correct=None)
    doubted = Q(gold_answer__gold__state=GoldState.SUSPENDED) | Q(gold_answer__replaced_at__isnull=False)
    revision = OuterRef("gold_answer__clause_revision_id")
    of_set = PolicyVersion.objects.filter(
        pk=OuterRef("attempt__calibration_set__policy_version_id"), revisions=revision
    )
    in_force = PolicyVersion.objects.filter(
        pk=OuterRef("attempt__calibration_set__source_queue__policy_version_id"), revisions=revision
    )
    return open_answers.filter(doubted).exclude(Exists(of_set) & ~Exists(in_force))


def troubled_attempts() -> list[int]:
    """Attempts at work of which something has to be looked at."""
    answers = asked_answers().filter(attempt__state__in=UNFINISHED)
    gone = gone_answers(answers).order_by().values_list("attempt_id", flat=True)
    doubtful = doubtful_answers(answers).order_by().values_list("attempt_id", flat=True)
    return sorted({*gone, *doubtful})


def shown_copies_of_withdrawn() -> QuerySet[Item]:
    """Copies in training queues of items that were withdrawn in their own queue."""
    withdrawn = SetItem.objects.filter(gold__item__withdrawn_at__isnull=False)
    return Item.objects.filter(
        queue__kind=QueueKind.TRAINING,
        withdrawn_at=None,
        content_hash__in=withdrawn.values("gold__item__content_hash"),
    )


def unfinished_answered_attempts() -> QuerySet[Attempt]:
    """Attempts of which everything is answered and that are not counted yet."""
    return Attempt.objects.filter(state__in=UNFINISHED, answered=F("items"))
