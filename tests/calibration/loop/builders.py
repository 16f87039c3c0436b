"""Builders of the loop: a flag that the running check has opened, the people around it, sets with their gold."""

from dataclasses import dataclass
from datetime import timedelta

from calibration.enums import GoldPool, SetPurpose
from calibration.models import Attempt, CalibrationSet, EvidenceRow, Flag, GoldItem
from calibration.services.assigning import assign_set
from calibration.services.refresh import refresh_queue
from calibration.services.sets import SetDraft, build_set
from labeling.models import Queue, Slot
from labeling.services.assignments import claim_assignment, skip_assignment
from labeling.services.labels import submit_label
from qaplatform import clock
from qaplatform.local.waiting import wait_until
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Team, User
from tests.builders import give_role, make_labeler, make_queue, make_team, make_user
from tests.calibration.builders import answer_gold, make_gold, make_plan

RIGHT_FIRST = 20
WRONG_THEN = 8


@dataclass(frozen=True)
class Floor:
    """Everybody around a flag."""

    queue: Queue
    team: Team
    lena: Labeler
    theo: User
    quinn: User
    quentin: User
    tara: User
    flag: Flag


def make_floor(*, days_ago: int = 2) -> Floor:
    """A labeler whose answers turned wrong, flagged by the running check so many days ago, with nobody's reply yet."""
    queue, team = make_queue("Spam"), make_team()
    lena = make_labeler("lena", team=team, queues=[queue])
    give_role(theo := make_user("theo"), Role.TEAM_LEAD, team=team)
    return Floor(
        queue=queue,
        team=team,
        lena=lena,
        theo=theo,
        quinn=make_user("quinn", roles=[Role.QA_MANAGER]),
        quentin=make_user("quentin", roles=[Role.QA_MANAGER]),
        tara=make_user("tara", roles=[Role.TRAINER]),
        flag=raise_flag(queue, lena, days_ago=days_ago),
    )


def raise_flag(queue: Queue, labeler: Labeler, *, days_ago: int = 2) -> Flag:
    """Let the running check find what it is for: right answers first, then wrong ones."""
    make_plan(queue)
    opened_at = clock.now() - timedelta(days=days_ago)
    right = [True] * RIGHT_FIRST + [False] * WRONG_THEN
    answer_gold(queue, labeler, right, start=opened_at - timedelta(days=1))
    flags = Flag.objects.select_related("labeler", "queue").filter(labeler=labeler)

    def is_raised() -> bool:
        """A worker that runs beside the test may be counting the queue: then this call leaves it to that one."""
        refresh_queue(queue.pk, now=opened_at)
        return flags.exists()

    assert wait_until(is_raised, seconds=30)
    return flags.get()


def wrong_row(flag: Flag, place: int = 0) -> EvidenceRow:
    """A row of the evidence that counted as wrong."""
    return flag.evidence.filter(is_correct=False).order_by("position")[place]


def make_golds(queue: Queue, n: int, *, pool: GoldPool = GoldPool.EXAM) -> list[GoldItem]:
    """Live gold of a pool; spam is expected on each."""
    return [make_gold(queue, pool=pool) for _ in range(n)]


def make_set(
    queue: Queue,
    *,
    actor: User,
    n: int = 4,
    pass_mark: int = 3,
    purpose: SetPurpose = SetPurpose.EXAM,
    name: str = "Spam exam",
    draw_size: int | None = None,
) -> CalibrationSet:
    """A set of fresh gold of its own pool."""
    pool = GoldPool.EXAM if purpose == SetPurpose.EXAM else GoldPool.TRAINING
    draft = SetDraft(
        name=name,
        source_queue=queue,
        purpose=purpose,
        golds=make_golds(queue, n, pool=pool),
        pass_mark=pass_mark,
        draw_size=draw_size,
    )
    return build_set(draft, actor=actor)


def assign(calibration_set: CalibrationSet, labeler: Labeler, *, actor: User) -> Attempt:
    """One attempt without a due date."""
    [attempt] = assign_set(calibration_set, [labeler], actor=actor, due_at=None)
    return attempt


def answer_set(attempt: Attempt, categories: list[str]) -> None:
    """Answer as many items of an attempt, through the very door that people use."""
    for category in categories:
        assignment = claim_assignment(attempt.calibration_set.training_queue, attempt.labeler)
        token = Slot.objects.get(assignment_id=assignment.id).token
        submit_label(assignment.id, attempt.labeler, token=token, answers={"category": category})


def skip_one(attempt: Attempt, *, reason: str) -> None:
    """Skip the next item of an attempt."""
    assignment = claim_assignment(attempt.calibration_set.training_queue, attempt.labeler)
    token = Slot.objects.get(assignment_id=assignment.id).token
    skip_assignment(assignment.id, token, attempt.labeler, reason=reason, note="")
