"""What the nightly recomputation of stored figures found."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db.models import Exists, Max, OuterRef

from calibration.models import MetricSnapshot, Verification
from labeling.models import Label, Queue
from qaplatform import clock
from qaplatform.people.access import Access
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Team, Vendor
from qaplatform.web.health import NotThere

SHOWN = 5
# Answers that one night recomputes, and no more of one queue: all of them are in memory.
ANSWERS_A_NIGHT = 300_000
# A queue that was recomputed so lately, by hand too, is not missed.
CHECKED_LATELY = timedelta(days=30)
MANAGERS = frozenset({Role.QA_MANAGER})
# What an administrator may read: figures of groups. Everything else may be about one person.
OF_GROUPS = re.compile(
    r"\b(agreement|accuracy) of \S+ by (queue|language|week|category|clause|vendor|vendor_pair|team)\b"
)
ONE_PERSON = "A figure about one person or one item"
_IDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class QueueCheck:
    """A queue with stored figures, and the day on which they were last recomputed; None where they never were."""

    queue_id: int
    checked_on: date | None


@dataclass(frozen=True, kw_only=True)
class Unconfirmed:
    """A stored figure that its recomputation does not confirm; both values are empty where they are not told."""

    what: str
    stored: str = ""
    recomputed: str = ""

    @property
    def sentence(self) -> str:
        """Which figure, what is stored, and what the labels give."""
        if not self.stored:
            return f"{self.what}."
        return f"{self.what}: stored {self.stored}, recomputed from the labels {self.recomputed}."


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A queue whose latest recomputation did not confirm all figures."""

    queue_id: UUID
    queue_name: str
    checked_at: datetime
    figures: tuple[Unconfirmed, ...]
    n: int

    @property
    def title(self) -> str:
        """What is wrong, in one line."""
        figures = "a stored figure does" if self.n == 1 else f"{self.n} stored figures do"
        return f"{self.queue_name}: {figures} not agree with the labels"

    @property
    def more(self) -> int:
        """Figures beyond those that are listed."""
        return self.n - len(self.figures)


def queues_with_figures() -> list[QueueCheck]:
    """Queues that have snapshots, in the order of their ids."""
    ids = MetricSnapshot.objects.order_by().values_list("queue_id", flat=True).distinct()
    rows = Queue.objects.filter(pk__in=ids).order_by("pk").annotate(at=Max("verifications__checked_at"))
    return [QueueCheck(queue.pk, queue.at.astimezone(UTC).date() if queue.at else None) for queue in rows]


def has_more_answers(queue_id: int, answers: int) -> bool:
    """Whether a queue has more answers than that; it looks at no more of them."""
    return Label.objects.filter(queue=queue_id).order_by()[answers : answers + 1].exists()


def unchecked_large_queues(now: datetime) -> int:
    """Queues that are too large for a night and that nobody has recomputed by hand within a month."""
    since = (now - CHECKED_LATELY).date()
    unchecked = [row.queue_id for row in queues_with_figures() if row.checked_on is None or row.checked_on < since]
    beyond = Label.objects.filter(queue=OuterRef("pk")).order_by()[ANSWERS_A_NIGHT : ANSWERS_A_NIGHT + 1]
    return Queue.objects.filter(Exists(beyond), pk__in=unchecked).count()


def find_alarms(access: Access) -> tuple[Alarm, ...]:
    """Alarms that stand, the newest first; an administrator is not told what is about one person."""
    sees_people = access.reach(MANAGERS).everything
    if not sees_people and not access.has(Role.ADMINISTRATOR):
        return ()
    rows = unconfirmed()
    names = _names(row["what"] for verification in rows for row in verification.differences[:SHOWN])
    return tuple(_alarm(verification, names, sees_people=sees_people) for verification in rows)


def unconfirmed() -> list[Verification]:
    """The latest recomputation of each queue where it did not confirm all figures, the newest first."""
    latest = Verification.objects.order_by("queue_id", "-checked_at", "-pk").distinct("queue_id")
    wrong = Verification.objects.filter(pk__in=latest.values("pk")).exclude(differences=[])
    return list(wrong.select_related("queue").order_by("-checked_at"))


def see_figures() -> str:
    """The state of the stored figures for whoever watches over the service: numbers, no names. Raises NotThere."""
    wrong = unconfirmed()
    if wrong:
        n, queues = sum(len(row.differences) for row in wrong), len(wrong)
        figures = "1 stored figure is" if n == 1 else f"{n} stored figures are"
        raise NotThere(
            f"{figures} not confirmed by a recomputation from the labels, in {queues} "
            f"{'queue' if queues == 1 else 'queues'}: the first page of an administrator says which"
        )
    at = Verification.objects.aggregate(at=Max("checked_at"))["at"]
    told = f"recomputed from the labels on {at:%-d %B, %H:%M} UTC, no difference" if at else "not recomputed yet"
    return told + large_words(unchecked_large_queues(clock.now()))


def large_words(n: int) -> str:
    """What else to do about queues that no night recomputes; empty without any."""
    if not n:
        return ""
    queues = "1 queue is" if n == 1 else f"{n} queues are"
    return f"; {queues} too large to be recomputed at night: run manage.py verify_snapshots"


def _alarm(verification: Verification, names: Mapping[str, str], *, sees_people: bool) -> Alarm:
    return Alarm(
        queue_id=verification.queue.public_id,
        queue_name=verification.queue.name,
        checked_at=verification.checked_at,
        figures=tuple(_told(row, names, sees_people=sees_people) for row in verification.differences[:SHOWN]),
        n=len(verification.differences),
    )


def _told(row: Mapping[str, str], names: Mapping[str, str], *, sees_people: bool) -> Unconfirmed:
    if not sees_people and not OF_GROUPS.search(row["what"]):
        return Unconfirmed(what=ONE_PERSON)
    what = _IDS.sub(lambda found: names.get(found[0], found[0]), row["what"])
    return Unconfirmed(what=what[:1].upper() + what[1:], stored=row["stored"], recomputed=row["recomputed"])


def _names(texts: Iterable[str]) -> dict[str, str]:
    """Names of the vendors, teams and labelers whose ids stand in these texts."""
    ids = {UUID(found) for text in texts for found in _IDS.findall(text)}
    if not ids:
        return {}
    named = (row for model in (Vendor, Team, Labeler) for row in model.objects.filter(public_id__in=ids))
    return {str(row.public_id): str(row) for row in named}
