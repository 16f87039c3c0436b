"""What attempts came to: answer by answer, what was left out, and what a person has to be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from calibration.enums import AttemptState, SetPurpose
from calibration.models import Attempt, AttemptAnswer, CalibrationSet
from calibration.queries.answer_names import AnswerNames, read_answer_names
from calibration.queries.pools import UNFINISHED, read_pool, read_sightings
from labeling.enums import SlotState
from labeling.models import Item, Queue
from qaplatform.people.models import Labeler

TOLD_FOR = timedelta(days=14)


@dataclass(frozen=True)
class AnswerView:
    """One scored answer of an attempt, with what was expected and why; `now_expected` where that was corrected."""

    number: int
    item: Item
    given: str
    expected: tuple[str, ...]
    is_correct: bool
    clause: str
    reason: str
    now_expected: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far somebody is with an attempt, as their slots say it."""

    attempt: Attempt
    done: int


@dataclass(frozen=True)
class NextTry:
    """Whether the set has enough that is new to somebody, and what is missing."""

    new: int
    size: int

    @property
    def missing(self) -> int:
        """How many items have to be added first."""
        return max(self.size - self.new, 0)


def answer_views(attempt: Attempt, *, reads_sets: bool = True) -> list[AnswerView]:
    """Scored answers that may be shown: of practice as they come, of an exam once it has ended.

    To the person and their team lead, who do not read sets, an exam shows them only where its set says so: others are
    still to take it.
    """
    if attempt.calibration_set.purpose == SetPurpose.EXAM and not _is_shown(attempt, reads_sets=reads_sets):
        return []
    names = read_answer_names(attempt.calibration_set.training_queue)
    rows = attempt.answers.filter(is_correct__isnull=False, left_out_at=None)
    related = ("slot__item", "gold_answer__gold", "gold_answer__clause_revision__clause")
    ordered = (
        rows.select_related(*related).prefetch_related("gold_answer__gold__answers").order_by("label__created_at", "pk")
    )
    return [view_answer(row, names, number=number) for number, row in enumerate(ordered, start=1)]


def view_answer(row: AttemptAnswer, names: AnswerNames, *, number: int) -> AnswerView:
    """A scored answer in words."""
    answer = row.gold_answer
    successor = next(
        (
            later
            for later in answer.gold.answers.all()
            if later.approved_at and later.replaced_at is None and later.question == answer.question
        ),
        answer,
    )
    is_corrected = answer.replaced_at is not None and successor.clause_revision_id == answer.clause_revision_id
    return AnswerView(
        number=number,
        item=row.slot.item,
        given=names.words(answer.question, row.given),
        expected=tuple(names.words(answer.question, code) for code in answer.accepted),
        is_correct=bool(row.is_correct),
        clause=_clause_words(row),
        reason=answer.reason,
        now_expected=tuple(names.words(answer.question, code) for code in successor.accepted) if is_corrected else (),
    )


def left_out(attempt: Attempt) -> list[AttemptAnswer]:
    """What left the attempt while somebody was at it, and why."""
    return list(attempt.answers.exclude(left_out_at=None).order_by("left_out_at", "pk"))


def next_try(attempt: Attempt) -> NextTry:
    """What the next try of the same person could ask."""
    pool = read_pool(attempt.calibration_set)
    sightings = read_sightings(pool, [attempt.labeler])
    new = sum(sightings.is_new(item, attempt.labeler) for item in pool.items)
    return NextTry(new if pool.is_exam else len(pool.items), pool.size)


def progress_of(queue: Queue, labeler_id: int) -> Progress | None:
    """The attempt that this training queue serves to somebody, unfinished or else the last one; two queries."""
    attempts = Attempt.objects.filter(calibration_set__training_queue=queue, labeler=labeler_id)
    attempt = attempts.select_related("calibration_set").order_by("-number").first()
    if attempt is None:
        return None
    waiting = attempt.answers.filter(left_out_at=None, slot__state__in=[SlotState.OPEN, SlotState.LEASED]).count()
    return Progress(attempt, max(attempt.items - waiting, 0))


def results_to_tell(labeler: Labeler, *, now: datetime) -> list[Attempt]:
    """Exams of the last two weeks that have ended, the latest of each set, without a try that follows."""
    later = Attempt.objects.filter(
        calibration_set=OuterRef("calibration_set"), labeler=labeler, number__gt=OuterRef("number")
    )
    ended = Attempt.objects.filter(
        labeler=labeler,
        calibration_set__purpose=SetPurpose.EXAM,
        state__in=[AttemptState.PASSED, AttemptState.FAILED, AttemptState.CANCELLED],
        finished_at__gt=now - TOLD_FOR,
    )
    latest = ended.exclude(Exists(later)).select_related("calibration_set__skill", "calibration_set__source_queue")
    return list(latest.order_by("-finished_at"))


def has_unfinished(calibration_set: CalibrationSet) -> bool:
    """Whether somebody is at work on a set."""
    return calibration_set.attempts.filter(state__in=UNFINISHED).exists()


def _is_shown(attempt: Attempt, *, reads_sets: bool) -> bool:
    has_ended = attempt.state in {AttemptState.PASSED, AttemptState.FAILED}
    return has_ended and (attempt.calibration_set.shows_answers or reads_sets)


def _clause_words(row: AttemptAnswer) -> str:
    revision = row.gold_answer.clause_revision
    return f"{revision.clause.code} {revision.title}" if revision else ""
