"""A practice set on the trainer's board, with somebody in each state; practice changes nobody's figures."""

from datetime import datetime, timedelta

from calibration.demo.cast import PARTS
from calibration.enums import GoldPool, GoldState, SetPurpose
from calibration.models import Attempt, CalibrationSet, GoldItem
from calibration.rules import mark_for
from calibration.services.assigning import assign_set, cancel_attempts
from calibration.services.attempts import score_attempts
from calibration.services.sets import SetDraft, build_set
from labeling.models import Queue
from labeling.services.assignments import Assignment, claim_assignment
from labeling.services.labels import submit_label
from qaplatform import clock
from qaplatform.people.models import Labeler, User

ITEMS = 6
PEOPLE = 6
DAY = timedelta(days=1)


def practise(queue: Queue, trainer: User, *, now: datetime) -> None:
    """Six people: not begun, in work, overdue, passed, not passed, taken back."""
    people = list(_plain_people(queue)[:PEOPLE])
    with clock.lived_at(now - 4 * DAY):
        practice = _build(queue, trainer)
        late = assign_set(practice, people[:1], actor=trainer, due_at=now - DAY)
    with clock.lived_at(now - DAY):
        others = assign_set(practice, people[1:], actor=trainer, due_at=now + 3 * DAY)
        cancel_attempts(others[4:], reason="On leave this week", actor=trainer)
    with clock.lived_at(now):
        for attempt, given in zip([*late, *others], (2, 0, 3, ITEMS, ITEMS, 0), strict=False):
            _answer(attempt, n=given, right=given if attempt in others[:3] else 1)
        score_attempts(practice.training_queue)


def _plain_people(queue: Queue) -> list[Labeler]:
    """People certified for the queue of whom the demo tells nothing else."""
    certified = Labeler.objects.filter(skill_grants__skill=queue.skill_id, skill_grants__revoked_at=None)
    known = certified.filter(is_active=True, user__isnull=False).exclude(user__username__in=PARTS)
    return list(known.order_by("display_name"))


def _build(queue: Queue, trainer: User) -> CalibrationSet:
    golds = GoldItem.objects.filter(queue=queue, pool=GoldPool.TRAINING, state=GoldState.LIVE).order_by("pk")
    chosen = list(golds[:ITEMS])
    draft = SetDraft(
        name=f"{queue.name}: first practice",
        source_queue=queue,
        purpose=SetPurpose.PRACTICE,
        golds=chosen,
        pass_mark=mark_for(len(chosen), mark=5, of=ITEMS),
    )
    return build_set(draft, actor=trainer)


def _answer(attempt: Attempt, *, n: int, right: int) -> None:
    """Answer n items through the door that people use, the first ones as expected."""
    for place in range(n):
        given = claim_assignment(attempt.calibration_set.training_queue, attempt.labeler)
        if not isinstance(given, Assignment):
            return
        asked = attempt.answers.select_related("gold_answer", "slot").get(slot__assignment_id=given.id)
        question, accepted = asked.gold_answer.question, asked.gold_answer.accepted[0]
        answers = dict(_blank(attempt)) | {
            question: accepted if place < right else _other_than(attempt, question, accepted)
        }
        submit_label(given.id, attempt.labeler, token=given.token, answers=answers)


def _blank(attempt: Attempt) -> dict[str, object]:
    """The first option of every question, as the sets of the demo measure one of them."""
    schema = attempt.calibration_set.training_queue.schemas.latest("number")
    return {question["key"]: question["options"][0]["code"] for question in schema.questions if question.get("options")}


def _other_than(attempt: Attempt, key: str, code: str) -> str:
    schema = attempt.calibration_set.training_queue.schemas.latest("number")
    options = next(question["options"] for question in schema.questions if question["key"] == key)
    return str(next(option["code"] for option in options if option["code"] != code))
