"""What proposals and corrections of gold share: locking, checking and writing numbered answers."""

from collections.abc import Sequence

from calibration.enums import GoldState
from calibration.errors import GoldRefused, InvalidGold
from calibration.models import GoldAnswer, GoldItem, SamplingPlan
from calibration.queries.gold import POLICY_CHANGED
from calibration.queries.meanings import read_carried
from calibration.queries.questions import CANNOT_TELL, JOIN, MeasuredQuestion, read_question
from labeling.models import Category, ClauseRevision, Queue
from qaplatform.people.models import User


def lock_gold(gold: GoldItem) -> GoldItem:
    """The gold item, locked until the transaction ends."""
    return GoldItem.objects.select_for_update(of=("self",)).select_related("queue").get(pk=gold.pk)


def lock_answer(answer: GoldAnswer) -> GoldAnswer:
    """The answer and its gold item, locked until the transaction ends."""
    rows = GoldAnswer.objects.select_for_update(of=("self", "gold")).select_related("gold__queue", "author")
    return rows.get(pk=answer.pk)


def lock_version(queue: Queue) -> Queue:
    """The queue with the version that it keeps until the transaction ends: whoever moves it waits, or is waited for."""
    return Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)


def current_answer(gold: GoldItem, question: str) -> GoldAnswer | None:
    """The answer in force to a question."""
    return gold.answers.filter(question=question, replaced_at=None, approved_at__isnull=False).first()


def is_outdated(answer: GoldAnswer, queue: Queue) -> bool:
    """Whether the clause of the answer means something else in the version that the queue follows."""
    revision = answer.clause_revision_id
    if revision is None or queue.policy_version.revisions.filter(pk=revision).exists():
        return False
    return revision not in read_carried(queue).under(queue.policy_version_id)


def revision_in_force(queue: Queue, revision: ClauseRevision | None) -> ClauseRevision | None:
    """The revision of the same clause in the version that the queue follows; None where there is none."""
    return None if revision is None else queue.policy_version.revisions.filter(clause=revision.clause_id).first()


def is_small_team(queue: Queue) -> bool:
    """Whether one person may do what takes two elsewhere."""
    return SamplingPlan.objects.filter(queue=queue, is_small_team=True).exists()


def go_live_again(gold: GoldItem, queue: Queue) -> None:
    """End a suspension that a policy's change made, once nothing of the gold item is outdated any more."""
    if gold.state != GoldState.SUSPENDED or not gold.state_reason.startswith(POLICY_CHANGED):
        return
    in_force = gold.answers.filter(replaced_at=None, approved_at__isnull=False)
    if not any(is_outdated(answer, queue) for answer in in_force):
        gold.state, gold.state_reason = GoldState.LIVE, ""
        gold.save(update_fields=["state", "state_reason"])


def add_answer(  # noqa: PLR0917
    gold: GoldItem,
    question: str,
    accepted: list[str],
    reason: str,
    clause_revision: ClauseRevision | None,
    author: User,
) -> GoldAnswer:
    """Write the next numbered answer of a gold item; it is not in force yet."""
    latest = gold.answers.order_by("-number").values_list("number", flat=True).first()
    return GoldAnswer.objects.create(
        gold=gold,
        number=(latest or 0) + 1,
        question=question,
        accepted=accepted,
        reason=reason,
        clause_revision=clause_revision,
        author=author,
    )


def check_reason(reason: str) -> None:
    """Refuse an empty reason."""
    if not reason.strip():
        raise InvalidGold("Say why: whoever disputes the answer will read the reason.", detail={"field": "reason"})


def check_accepted(queue: Queue, key: str, accepted: Sequence[str]) -> list[str]:
    """The accepted answers, each once, "cannot tell" last, since an error is booked under the first."""
    question = read_question(queue, key)
    if question is None:
        raise InvalidGold(
            f"The queue asks no question {key}. Choose one of its questions.", detail={"field": "question"}
        )
    codes = list(dict.fromkeys(_normal(code, question) for code in accepted))
    codes.sort(key=lambda code: code == CANNOT_TELL)
    if not codes or codes[0] == CANNOT_TELL:
        raise InvalidGold("Name at least one category that is right.", detail={"field": "accepted"})
    _refuse_never_sampled(queue, codes)
    return codes


def refuse_outdated(answer: GoldAnswer, queue: Queue) -> None:
    """Refuse an answer that was written under a clause which has changed since."""
    if is_outdated(answer, queue):
        raise GoldRefused(
            "The clause has changed since this answer was written. Propose it again under the clause's new text."
        )


def detail_of(answer: GoldAnswer) -> dict[str, object]:
    """What the trail keeps of an answer."""
    return {
        "number": answer.number,
        "question": answer.question,
        "accepted": answer.accepted,
        "reason": answer.reason,
    }


def _normal(code: str, question: MeasuredQuestion) -> str:
    parts = sorted(set(filter(None, code.split(JOIN)))) if question.kind == "multi" else [code]
    unknown = [part for part in parts if part not in question.codes and part != CANNOT_TELL]
    if unknown:
        known = ", ".join(question.codes)
        message = f"{unknown[0]} is no answer to {question.key}. The answers are: {known}, {CANNOT_TELL}."
        raise InvalidGold(message, detail={"field": "accepted"})
    return JOIN.join(parts)


def _refuse_never_sampled(queue: Queue, codes: Sequence[str]) -> None:
    parts = {part for code in codes for part in code.split(JOIN)}
    found = Category.objects.filter(policy_id=queue.policy_id, code__in=parts, never_sample=True).first()
    if found is not None:
        raise InvalidGold(f"Items of {found.name} are never gold. Choose another item.", detail={"field": "accepted"})
