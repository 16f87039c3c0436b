"""Suspicions: searched for every night, kept in step with what is found, decided by a person.

A suspicion counts for nothing by itself. What somebody decided is opened again only where the finding has grown
clearly: `is_clearly_stronger` is the rule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from calibration.enums import SuspicionKind, SuspicionState
from calibration.models import GoldHealth, Suspicion
from calibration.services.gold_health import measure_gold
from calibration.services.integrity import find_suspicions
from calibration.services.locks import QueueLock, try_lock_for_long
from labeling.models import Queue
from qaplatform import clock
from qaplatform.errors import InvalidInput, NotFound, Refused
from qaplatform.people.models import User
from qaplatform.trail.services import record

# A decided suspicion is opened again at half as much strength more, resting on some new answers.
STRONGER = 1.5
MORE_ANSWERS = 3

_FOUND = ("score", "p_value", "words", "facts", "population", "computed_at")
_HEALTH = ("question", "n", "right", "difficulty", "discrimination", "disputes", "figures", "population", "computed_at")

Subject = tuple[str, str, int | None, int | None, int | None]


@dataclass(frozen=True, kw_only=True)
class SearchResult:
    """What a search did; `ran` is False where somebody else is searching the queue right now."""

    queue_id: int
    ran: bool
    health: int = 0
    opened: int = 0
    kept: int = 0
    removed: int = 0


@transaction.atomic
def search_queue(queue_id: int, *, now: datetime | None = None) -> SearchResult:
    """Measure the gold of a queue and look for everything suspicious in it; twice in a row changes nothing."""
    if not try_lock_for_long(QueueLock.SUSPICIONS, queue_id):
        return SearchResult(queue_id=queue_id, ran=False)
    queue, at = Queue.objects.get(pk=queue_id), now or clock.database_now()
    gold = measure_gold(queue, now=at)
    _store_health(queue, gold.health)
    opened, kept, removed = _store(queue, [*gold.suspicions, *find_suspicions(queue, now=at)])
    return SearchResult(queue_id=queue_id, ran=True, health=len(gold.health), opened=opened, kept=kept, removed=removed)


@transaction.atomic
def decide_suspicion(suspicion: Suspicion, state: SuspicionState, *, actor: User, note: str) -> Suspicion:
    """Say that a suspicion holds, or that it does not, and why. Nothing follows by itself."""
    rows = Suspicion.objects.select_for_update(of=("self",)).select_related("labeler", "other")
    locked = rows.filter(pk=suspicion.pk).first()
    if locked is None:
        raise NotFound("The search no longer finds this, so it is gone from the list. There is nothing left to decide.")
    _refuse(locked, state, actor=actor, note=note)
    locked.state, locked.note = state, note.strip()
    locked.decided_by, locked.decided_at = actor, clock.now()
    locked.save(update_fields=["state", "note", "decided_by", "decided_at"])
    detail = {"kind": locked.kind, "found": locked.words, "score": locked.score, "note": locked.note}
    record(f"suspicion {state.value}", locked, actor=actor, detail=detail)
    return locked


def is_clearly_stronger(found: Suspicion, decided: Suspicion) -> bool:
    """Whether a finding has grown enough since somebody decided on it to be opened again.

    Its strength is half as large again and it rests on three answers more; or it is about another gold answer, since
    the one that was decided on has been corrected.
    """
    if found.facts.get("gold_answer") != decided.facts.get("gold_answer"):
        return True
    more = int(found.facts.get("n", 0)) - int(decided.facts.get("n", 0))
    return found.score >= STRONGER * decided.score and more >= MORE_ANSWERS


def _refuse(suspicion: Suspicion, state: SuspicionState, *, actor: User, note: str) -> None:
    if state == SuspicionState.OPEN:
        raise InvalidInput("Choose whether it is confirmed or dismissed.", detail={"field": "state"})
    if suspicion.state != SuspicionState.OPEN:
        decided = suspicion.get_state_display().lower()
        raise Refused(f"It has been {decided} by {suspicion.decided_by} already. Reload the page to read why.")
    if any(person is not None and person.user_id == actor.pk for person in (suspicion.labeler, suspicion.other)):
        raise Refused("This suspicion is about you. Another QA manager decides it.")
    if not note.strip():
        raise InvalidInput("Write what you found: the note is kept with the suspicion.", detail={"field": "note"})


def _store_health(queue: Queue, health: Sequence[GoldHealth]) -> None:
    kept = [row.gold_id for row in health]
    GoldHealth.objects.filter(gold__queue=queue).exclude(gold__in=kept).delete()
    GoldHealth.objects.bulk_create(health, update_conflicts=True, unique_fields=["gold"], update_fields=list(_HEALTH))


def _store(queue: Queue, found: Sequence[Suspicion]) -> tuple[int, int, int]:
    """How many were opened, kept open, and taken away because the search no longer finds them."""
    open_now, decided = _stored(queue)
    wanted = {_subject(row): row for row in found}
    for subject, row in open_now.items():
        if subject in wanted:
            _take_over(row, wanted[subject])
    Suspicion.objects.bulk_update([row for subject, row in open_now.items() if subject in wanted], list(_FOUND))
    gone = [row.pk for subject, row in open_now.items() if subject not in wanted]
    Suspicion.objects.filter(pk__in=gone, state=SuspicionState.OPEN).delete()
    new = [row for subject, row in wanted.items() if subject not in open_now and _is_news(row, decided.get(subject))]
    Suspicion.objects.bulk_create(new)
    return len(new), len(open_now) - len(gone), len(gone)


def _stored(queue: Queue) -> tuple[dict[Subject, Suspicion], dict[Subject, Suspicion]]:
    """Open suspicions, and the one of each subject that was decided last."""
    rows = Suspicion.objects.select_for_update().filter(queue=queue).order_by("decided_at", "id")
    open_now: dict[Subject, Suspicion] = {}
    decided: dict[Subject, Suspicion] = {}
    for row in rows:
        (open_now if row.state == SuspicionState.OPEN else decided)[_subject(row)] = row
    return open_now, decided


def _subject(row: Suspicion) -> Subject:
    return row.question, str(SuspicionKind(row.kind)), row.labeler_id, row.other_id, row.gold_id


def _take_over(row: Suspicion, found: Suspicion) -> None:
    for name in _FOUND:
        setattr(row, name, getattr(found, name))


def _is_news(found: Suspicion, decided: Suspicion | None) -> bool:
    return decided is None or is_clearly_stronger(found, decided)
