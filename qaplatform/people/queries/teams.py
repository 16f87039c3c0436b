"""Vendors and teams with who leads them and how many people they have."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from qaplatform.people.enums import Role
from qaplatform.people.models import Labeler, Membership, Team, User, Vendor


@dataclass(frozen=True)
class TeamRow:
    """A team, its leads who can sign in, and its active people."""

    team: Team
    leads: tuple[User, ...]
    people: int


@dataclass(frozen=True)
class VendorRow:
    """A vendor with its teams; `without_team` people are in none."""

    vendor: Vendor
    aliases: tuple[str, ...]
    teams: tuple[TeamRow, ...]
    people: int
    without_team: int


def vendor_rows(vendors: QuerySet[Vendor] | None = None) -> list[VendorRow]:
    """Vendors by name, in five queries however many there are."""
    chosen = list((Vendor.objects.all() if vendors is None else vendors).prefetch_related("aliases", "teams"))
    leads: defaultdict[int, list[User]] = defaultdict(list)
    held = Membership.objects.filter(role=Role.TEAM_LEAD, user__is_active=True, team__vendor__in=chosen)
    for membership in held.select_related("user").order_by("user__display_name"):
        leads[membership.team_id or 0].append(membership.user)
    people = _people(chosen)
    return [_vendor_row(vendor, leads, people) for vendor in chosen]


def teams_without_lead() -> QuerySet[Team]:
    """Teams with people and nobody who leads them."""
    led = Membership.objects.filter(role=Role.TEAM_LEAD, user__is_active=True).values("team")
    return Team.objects.filter(labelers__is_active=True).exclude(pk__in=led).select_related("vendor").distinct()


def _people(vendors: list[Vendor]) -> dict[tuple[int, int | None], int]:
    active = Labeler.objects.filter(vendor__in=vendors).order_by()
    rows = active.values_list("vendor_id", "team_id").annotate(n=Count("pk", filter=Q(is_active=True)))
    return {(vendor_id, team_id): n for vendor_id, team_id, n in rows}


def _vendor_row(
    vendor: Vendor, leads: defaultdict[int, list[User]], people: dict[tuple[int, int | None], int]
) -> VendorRow:
    teams = tuple(
        TeamRow(team, tuple(leads[team.pk]), people.get((vendor.pk, team.pk), 0)) for team in vendor.teams.all()
    )
    return VendorRow(
        vendor,
        aliases=tuple(alias.name for alias in vendor.aliases.all()),
        teams=teams,
        people=sum(n for (vendor_id, _), n in people.items() if vendor_id == vendor.pk),
        without_team=people.get((vendor.pk, None), 0),
    )
