"""What is being asked again or rearranged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from labeling.enums import SlotOrigin, SlotState
from labeling.models import Queue, Rearrangement, Requeue, Slot
from qaplatform import clock
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, SkillGrant
from qaplatform.people.queries.scopes import visible_labelers

ASKED_ANEW = [SlotOrigin.ENTRY, SlotOrigin.REQUEUE]
LAST = 5
MANAGERS = frozenset({Role.QA_MANAGER})
IN_WORK = Q(item__withdrawn_at=None, item__purged_at=None)


@dataclass(frozen=True)
class Scope:
    """How many answers would be asked again, and how many stay because their item is withdrawn or its content gone."""

    asked: int
    left_out: int


@dataclass(frozen=True)
class Occasion:
    """What a requeue followed from, and the address where it is read."""

    words: str
    url: str


@dataclass(frozen=True)
class RequeueRow:
    """A requeue as pages show it: `total` answers are asked again in the end, `given` of the new ones are in by now.

    `needed` of the new ones are still to be given; of items that were withdrawn meanwhile none is.
    """

    requeue: Requeue
    total: int
    given: int
    needed: int
    occasion: Occasion | None = None

    @property
    def new(self) -> int:
        """How many new answers there are to be, as far as it has come."""
        return self.given + self.needed

    @property
    def state(self) -> str:
        """Where it stands: waiting, running, finished."""
        if self.requeue.finished_at is not None:
            return "finished"
        return "running" if self.requeue.last_slot_id else "waiting"


Finder = Callable[[Sequence[Requeue], Access], Mapping[int, Occasion]]
_finders: list[Finder] = []


def register_occasions(finder: Finder) -> None:
    """Let `finder` say what requeues followed from, by their keys, as far as the asker may see it. Twice is once."""
    if finder not in _finders:
        _finders.append(finder)


def answers_of_period(
    queue_id: int | OuterRef, labeler_id: int | OuterRef, *, since: datetime | OuterRef, until: datetime | OuterRef
) -> QuerySet[Slot]:
    """Slots of ordinary work that this person answered. Plan: along slot_done_by."""
    return Slot.objects.filter(
        labeler=labeler_id,
        queue=queue_id,
        state=SlotState.DONE,
        origin__in=ASKED_ANEW,
        done_at__gte=since,
        done_at__lte=until,
    )


def scope_of(queue: Queue, labeler: Labeler, *, since: datetime, until: datetime) -> Scope:
    """What a requeue of this period would do."""
    answers = answers_of_period(queue.pk, labeler.pk, since=since, until=until)
    asked = answers.filter(IN_WORK).count()
    return Scope(asked, answers.count() - asked)


def people_with_answers(queue: Queue, access: Access) -> QuerySet[Labeler]:
    """Whom the asker manages and who has answered ordinary work here. Plan: a look into slot_done_by for each."""
    answers = Slot.objects.filter(labeler=OuterRef("pk"), queue=queue, state=SlotState.DONE, origin__in=ASKED_ANEW)
    return visible_labelers(access, roles=MANAGERS).filter(Exists(answers)).select_related("vendor")


def certified_people(queue: Queue) -> QuerySet[Labeler]:
    """Whoever is certified for the queue today and active."""
    grants = SkillGrant.objects.filter(labeler=OuterRef("pk"), skill=queue.skill, revoked_at=None, suspended_at=None)
    in_force = grants.filter(Q(expires_at=None) | Q(expires_at__gt=clock.now()))
    return Labeler.objects.filter(Exists(in_force), is_active=True)


def unfinished_requeue_ids() -> list[int]:
    """Requeues that are not worked off."""
    return list(Requeue.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def unfinished_rearrangement_ids() -> list[int]:
    """Rearrangements that are not worked off."""
    return list(Rearrangement.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def last_requeues(queue: Queue, access: Access) -> list[RequeueRow]:
    """The last of a queue, newest first, with what each followed from."""
    return read_progress(queue.requeues.order_by("-pk")[:LAST], access=access)


def read_progress(requeues: QuerySet[Requeue], *, access: Access | None = None) -> list[RequeueRow]:
    """How far each is: two queries however many there are. Without an asker nothing is said of what it followed from.

    Plan: what is still to be set aside along slot_done_by, what is asked anew along slot_asked_by.
    """
    rows = list(requeues.select_related("queue", "labeler", "requested_by").annotate(rest=_rest()))
    new = _count_new([requeue.pk for requeue in rows])
    occasions = _find_occasions(rows, access) if access is not None else {}
    return [
        RequeueRow(
            requeue, requeue.asked + requeue.rest, *new.get(requeue.pk, (0, 0)), occasion=occasions.get(requeue.pk)
        )
        for requeue in rows
    ]


def last_rearrangement(queue: Queue) -> Rearrangement | None:
    """The newest of a queue."""
    return queue.rearrangements.select_related("requested_by").order_by("-pk").first()


def _rest() -> Case:
    """How many answers an unfinished requeue has not come to."""
    names = {name: OuterRef(name) for name in ("since", "until")}
    answers = answers_of_period(OuterRef("queue"), OuterRef("labeler"), **names).filter(IN_WORK)
    left = answers.filter(pk__gt=OuterRef("last_slot_id")).order_by().values("labeler").annotate(n=Count("pk"))
    return Case(When(finished_at=None, then=Coalesce(Subquery(left.values("n")), 0)), default=Value(0))


def _count_new(requeue_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """By requeue: new answers given, of which some may have been set aside since, and those still needed."""
    given = Q(state=SlotState.DONE) | Q(state=SlotState.CANCELLED, set_aside_by__isnull=False)
    needed = Q(state__in=[SlotState.OPEN, SlotState.LEASED])
    rows = Slot.objects.filter(asked_by__in=requeue_ids).values("asked_by").order_by()
    counted = rows.annotate(given=Count("pk", filter=given), needed=Count("pk", filter=needed))
    return {row["asked_by"]: (row["given"], row["needed"]) for row in counted}


def _find_occasions(requeues: Sequence[Requeue], access: Access) -> dict[int, Occasion]:
    return {pk: occasion for finder in _finders for pk, occasion in finder(requeues, access).items()}
