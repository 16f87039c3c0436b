"""Somebody known from imported decisions is found to be a person with an account; it can be taken back."""

from collections.abc import Mapping

from django.db import transaction

from labeling.models import Label, Slot
from labeling.queries.joins import externals, move_answers, propose
from labeling.signals import label_recorded, labelers_joined
from qaplatform import clock
from qaplatform.errors import InvalidInput, Refused
from qaplatform.people.enums import LabelerKind, Role
from qaplatform.people.models import Labeler, LabelerJoin, User
from qaplatform.people.services.accounts import make_labeler
from qaplatform.people.services.roles import add_role
from qaplatform.trail.services import record


@transaction.atomic
def join_labeler(external: Labeler, user: User, *, actor: User) -> LabelerJoin:
    """Make the decisions of `external` those of this account, but for items that both answered.

    Said again of the same two, it takes along what arrived in between. Who has no labeler yet becomes one at the
    external's vendor.
    """
    if external.kind != LabelerKind.EXTERNAL:
        raise InvalidInput(f"{external} has an account of their own; only people known from files can be joined.")
    labeler = _labeler_of(user, external, actor=actor)
    _lock(external.pk, labeler.pk)
    standing = LabelerJoin.objects.filter(external=external, undone_at=None).first()
    if standing is not None and standing.labeler_id != labeler.pk:
        raise Refused(f"{external} is joined to {standing.labeler} already. Take that back first.")
    join = standing or LabelerJoin(external=external, labeler=labeler, joined_by=actor)
    moved = move_answers(external.pk, labeler.pk)
    join.moved += sum(moved.values())
    join.kept = Slot.objects.filter(labeler=external).count()
    join.save()
    _tell(moved, from_id=external.pk, to_id=labeler.pk)
    record("labeler_joined", labeler, actor=actor, detail=_told(join))
    return join


@transaction.atomic
def part_labeler(join: LabelerJoin, *, actor: User) -> LabelerJoin:
    """Give the decisions back that files gave in the external's name, also those that came while the join stood."""
    _lock(join.external_id, join.labeler_id)
    join = LabelerJoin.objects.select_related("external", "labeler").get(pk=join.pk)
    if join.undone_at is not None:
        raise Refused("This was taken back already. Reload the page to see how it stands.")
    moved = move_answers(join.labeler_id, join.external_id, imported_as=join.external_id)
    join.undone_by, join.undone_at = actor, clock.database_now()
    join.save(update_fields=["undone_by", "undone_at"])
    _tell(moved, from_id=join.labeler_id, to_id=join.external_id)
    record("labeler_parted", join.labeler, actor=actor, detail=_told(join))
    return join


def join_certain(*, actor: User) -> int:
    """Join everybody whose id is the user name or e-mail of exactly one account; how many that were."""
    waiting = list(externals(state="open"))
    joined = 0
    for external, proposals in zip(
        waiting, map(propose(waiting).get, (labeler.pk for labeler in waiting)), strict=True
    ):
        certain = [proposal.user for proposal in proposals or () if proposal.is_certain]
        if len(certain) == 1:
            join_labeler(external, certain[0], actor=actor)
            joined += 1
    return joined


def _labeler_of(user: User, external: Labeler, *, actor: User) -> Labeler:
    labeler = Labeler.objects.select_related("vendor").filter(user=user).first()
    if labeler is None:
        add_role(user, Role.LABELER, vendor=external.vendor, actor=actor)
        return make_labeler(user, vendor=external.vendor, team=external.team, language=external.language)
    if labeler.vendor_id != external.vendor_id:
        raise Refused(
            f"{user} works at {labeler.vendor.name} and these decisions are of {external.vendor.name}. "
            "Move the person first if they changed vendors."
        )
    return labeler


def _lock(*labeler_ids: int) -> None:
    """Two joins of the same people wait for each other; work goes on meanwhile."""
    list(Labeler.objects.select_for_update(no_key=True).filter(pk__in=labeler_ids).order_by("pk"))


def _tell(moved: Mapping[int, int], *, from_id: int, to_id: int) -> None:
    labelers_joined.send(Labeler, from_id=from_id, to_id=to_id, queue_ids=tuple(moved))
    for queue_id in moved:
        label_recorded.send(Label, queue_id=queue_id, labeler_id=None, item_id=None)


def _told(join: LabelerJoin) -> dict[str, object]:
    external = join.external
    return {
        "external": external.external_id,
        "vendor": external.vendor.name,
        "moved": join.moved,
        "kept": join.kept,
    }
