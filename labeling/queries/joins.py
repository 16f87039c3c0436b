"""People known from imported decisions, and who of those with an account they may be."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Q, QuerySet

from labeling.enums import SlotState
from labeling.models import Slot
from qaplatform.people.enums import LabelerKind
from qaplatform.people.importing.words import plain, username_from
from qaplatform.people.models import Labeler, LabelerJoin, User

# Gives answers to somebody else, but those to items that both answered; how many by queue. Plan: slots along
# slot_done_by, one probe of the unique index on (item, labeler) for each, labels by their slot.
MOVE = """
WITH moved AS (
    UPDATE labeling_slot slot SET labeler_id = %(to)s, imported_as_id = coalesce(slot.imported_as_id, %(from)s)
    WHERE slot.labeler_id = %(from)s AND (%(as)s::bigint IS NULL OR slot.imported_as_id = %(as)s)
      AND NOT EXISTS (SELECT FROM labeling_slot own WHERE own.item_id = slot.item_id AND own.labeler_id = %(to)s)
    RETURNING slot.id, slot.queue_id
), given AS (
    UPDATE labeling_label label SET labeler_id = %(to)s FROM moved WHERE label.slot_id = moved.id
)
SELECT queue_id, count(*) FROM moved GROUP BY queue_id ORDER BY queue_id
"""


@dataclass(frozen=True)
class Proposal:
    """An account that somebody known from files may be, and what speaks for it. Certain: their id or address is its."""

    user: User
    why: str
    is_certain: bool


@dataclass(frozen=True)
class ExternalRow:
    """Somebody known from files: how many decisions, whose they are, or whose they may be."""

    labeler: Labeler
    decisions: int
    join: LabelerJoin | None
    proposals: tuple[Proposal, ...]


def move_answers(from_id: int, to_id: int, *, imported_as: int | None = None) -> dict[int, int]:
    """Give the answers of one labeler to another; `imported_as` limits them to what files gave in that name."""
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {"from": from_id, "to": to_id, "as": imported_as})
        return dict(cursor.fetchall())


def externals(*, search: str = "", state: str = "") -> QuerySet[Labeler]:
    """People known from files, by vendor and name. `state` is `joined`, `open` or empty for all."""
    found = Labeler.objects.filter(kind=LabelerKind.EXTERNAL).select_related("vendor", "team")
    if search:
        found = found.filter(Q(external_id__icontains=search) | Q(display_name__icontains=search))
    joined = LabelerJoin.objects.filter(undone_at=None).values("external")
    if state == "joined":
        found = found.filter(pk__in=joined)
    elif state == "open":
        found = found.exclude(pk__in=joined)
    return found.order_by("vendor__name", "display_name", "pk")


def external_rows(labelers: Iterable[Labeler]) -> list[ExternalRow]:
    """Rows of these people, in four queries however many they are."""
    chosen = list(labelers)
    rows = Slot.objects.filter(labeler__in=chosen, state=SlotState.DONE).order_by().values_list("labeler_id")
    counts = dict(rows.annotate(n=Count("pk")))
    standing = LabelerJoin.objects.filter(external__in=chosen, undone_at=None).select_related("labeler__user")
    joins = {join.external_id: join for join in standing}
    open_ones = [labeler for labeler in chosen if labeler.pk not in joins]
    proposals = propose(open_ones)
    return [
        ExternalRow(labeler, counts.get(labeler.pk, 0), joins.get(labeler.pk), proposals.get(labeler.pk, ()))
        for labeler in chosen
    ]


def propose(labelers: Sequence[Labeler]) -> dict[int, tuple[Proposal, ...]]:
    """Accounts that these people may be: of their vendor, or of none yet, with the same id, address or name."""
    if not labelers:
        return {}
    users = User.objects.filter(is_active=True).select_related("labeler")
    by_id: defaultdict[str, list[User]] = defaultdict(list)
    by_name: defaultdict[str, list[User]] = defaultdict(list)
    for user in users:
        for word in {user.username.casefold(), user.email.casefold()} - {""}:
            by_id[word].append(user)
        by_name[plain(user.display_name)].append(user)
    return {labeler.pk: tuple(_proposals(labeler, by_id, by_name)) for labeler in labelers}


def _proposals(
    labeler: Labeler, by_id: Mapping[str, Sequence[User]], by_name: Mapping[str, Sequence[User]]
) -> Iterable[Proposal]:
    seen: set[int] = set()
    ids = {labeler.external_id.casefold(), username_from(labeler.external_id)}
    certain = [
        (user, f"{labeler.external_id} is their user name or e-mail") for word in ids for user in by_id.get(word, ())
    ]
    likely = [(user, "the same name") for user in by_name.get(plain(labeler.display_name), ())]
    for user, why in (*certain, *likely):
        own = getattr(user, "labeler", None)
        if user.pk not in seen and (own is None or own.vendor_id == labeler.vendor_id):
            seen.add(user.pk)
            yield Proposal(user, why, is_certain=(user, why) in certain)
