"""Moving somebody to another team or vendor."""

from django.db import transaction

from qaplatform.errors import InvalidInput
from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Membership, Team, User, Vendor
from qaplatform.people.signals import labeler_moved
from qaplatform.trail.services import record


@transaction.atomic
def move_labeler(labeler: Labeler, *, vendor: Vendor, team: Team | None, actor: User | None) -> Labeler:
    """Put somebody into another team. In another vendor, what they held is open to others, what was reserved too.

    Figures of teams and vendors count people where they are, so past answers come along.
    """
    labeler = (
        Labeler.objects.select_for_update(of=("self",)).select_related("vendor", "team", "user").get(pk=labeler.pk)
    )
    if team is not None and team.vendor_id != vendor.pk:
        message = f"{team.name} belongs to {team.vendor.name}. Choose a team of {vendor.name}."
        raise InvalidInput(message, detail={"field": "team"})
    before, changes_vendor = _place(labeler), labeler.vendor_id != vendor.pk
    if changes_vendor:
        _refuse_taken_id(labeler, vendor)
        _move_role(labeler, vendor)
    labeler.vendor, labeler.team = vendor, team
    labeler.save(update_fields=["vendor", "team"])
    if _place(labeler) == before:
        return labeler
    if changes_vendor:
        labeler_moved.send(Labeler, labeler_id=labeler.pk)
    record("labeler_moved", labeler.user or labeler, actor=actor, detail={"from": before, "to": _place(labeler)})
    return labeler


def _refuse_taken_id(labeler: Labeler, vendor: Vendor) -> None:
    same = Labeler.objects.filter(vendor=vendor, external_id=labeler.external_id).exclude(external_id="")
    if same.exists():
        message = (
            f"{vendor.name} has somebody else with the id {labeler.external_id}. Join the two, or clear the id first."
        )
        raise InvalidInput(message, detail={"field": "vendor"})


def _move_role(labeler: Labeler, vendor: Vendor) -> None:
    """The role of a labeler names the vendor; it goes along."""
    if labeler.user_id is None:
        return
    roles = Membership.objects.filter(user=labeler.user_id, role=Role.LABELER)
    has_it = roles.filter(vendor=vendor, team=None).exists()
    old = roles.filter(vendor=labeler.vendor)
    if has_it:
        old.delete()
    else:
        kept = old.order_by("pk").first()
        if kept is not None:
            old.exclude(pk=kept.pk).delete()
            old.filter(pk=kept.pk).update(vendor=vendor, team=None, scope="vendor")


def _place(labeler: Labeler) -> str:
    return f"{labeler.vendor.name} / {labeler.team.name}" if labeler.team else labeler.vendor.name
