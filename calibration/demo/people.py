"""The accounts of the demo, its vendors, teams and labelers."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from calibration.demo import cast
from calibration.demo.plans import DemoPlan
from calibration.demo.uuids import Uuids
from qaplatform.local.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from qaplatform.people.enums import GrantSource, LabelerKind, Role, Scope
from qaplatform.people.models import Labeler, Membership, Skill, SkillGrant, Team, User, Vendor

PLATFORM_ROLES = {
    "quinn": Role.QA_MANAGER,
    "quentin": Role.QA_MANAGER,
    "olga": Role.AUDITOR,
    "tara": Role.TRAINER,
    "paul": Role.POLICY_OWNER,
    "ada": Role.ADMINISTRATOR,
}


@dataclass(frozen=True)
class Staff:
    """Everybody by user name."""

    users: dict[str, User]
    labelers: dict[str, Labeler]


@transaction.atomic
def enter_people(plan: DemoPlan, uuids: Uuids, *, since: datetime) -> Staff:
    """Make the accounts, or find those of an earlier start: so that people can sign in while the rest is loaded."""
    teams = _enter_teams(uuids, since=since)
    users = _enter_users(plan, uuids, since=since)
    labelers = _enter_labelers(plan, teams, users, uuids, since=since)
    _enter_memberships(plan, teams, users, since=since)
    return Staff(users, labelers)


def grant_skills(staff: Staff, skills: tuple[Skill, ...], uuids: Uuids, *, plan: DemoPlan, since: datetime) -> None:
    """Certify each labeler for the own queue, and few for both."""
    pairs = [(name, team.queue) for team in cast_teams(plan) for name in team.people]
    pairs += [(name, 1 - queue) for name, queue in pairs if name in cast.CERTIFIED_FOR_BOTH]
    SkillGrant.objects.bulk_create(
        SkillGrant(
            public_id=uuids.one(),
            labeler=staff.labelers[name],
            skill=skills[queue],
            source=GrantSource.IMPORT,
            reason="Certified before this product was introduced",
            granted_at=since,
        )
        for name, queue in pairs
    )


def cast_teams(plan: DemoPlan) -> tuple[cast.CastTeam, ...]:
    """All teams with the people that the plan has."""
    return tuple(team for queue in (0, 1) for team in cast.teams_of(queue, people_a_team=plan.people_a_team))


def _enter_teams(uuids: Uuids, *, since: datetime) -> dict[str, Team]:
    vendors = [
        Vendor.objects.get_or_create(
            name=vendor.name,
            defaults={"public_id": uuids.one(), "is_in_house": vendor.is_in_house, "created_at": since},
        )[0]
        for vendor in cast.VENDORS
    ]
    return {
        team.name: Team.objects.get_or_create(
            vendor=vendors[team.vendor], name=team.name, defaults={"public_id": uuids.one(), "created_at": since}
        )[0]
        for team in cast.TEAMS
    }


def _enter_users(plan: DemoPlan, uuids: Uuids, *, since: datetime) -> dict[str, User]:
    """One hash for all: the password is public, and hashing it 44 times takes seconds."""
    names = [account.username for account in DEMO_ACCOUNTS]
    names += [name for team in cast_teams(plan) for name in team.people if name not in names]
    password = make_password(DEMO_PASSWORD)
    User.objects.bulk_create(
        (
            User(
                public_id=uuids.one(),
                username=name,
                display_name=name.capitalize(),
                email=f"{name}@demo.example",
                password=password,
                date_joined=since,
            )
            for name in names
        ),
        ignore_conflicts=True,
    )
    return {user.username: user for user in User.objects.filter(username__in=names)}


def _enter_labelers(
    plan: DemoPlan, teams: dict[str, Team], users: dict[str, User], uuids: Uuids, *, since: datetime
) -> dict[str, Labeler]:
    return {
        name: Labeler.objects.get_or_create(
            user=users[name],
            defaults={
                "public_id": uuids.one(),
                "vendor": teams[team.name].vendor,
                "team": teams[team.name],
                "kind": LabelerKind.PERSON,
                "display_name": name.capitalize(),
                "created_at": since,
            },
        )[0]
        for team in cast_teams(plan)
        for name in team.people
    }


def _enter_memberships(plan: DemoPlan, teams: dict[str, Team], users: dict[str, User], *, since: datetime) -> None:
    in_teams = [(users[name], Role.LABELER, teams[team.name]) for team in cast_teams(plan) for name in team.people]
    in_teams.append((users["theo"], Role.TEAM_LEAD, teams[cast.LED_BY_THEO]))
    rows = [
        Membership(user=user, role=role, scope=Scope.TEAM, vendor=team.vendor, team=team, created_at=since)
        for user, role, team in in_teams
    ]
    rows += [
        Membership(user=users[name], role=role, scope=Scope.PLATFORM, created_at=since)
        for name, role in PLATFORM_ROLES.items()
    ]
    vendor = Vendor.objects.get(name=cast.MANAGED_BY_VERA)
    rows.append(
        Membership(user=users["vera"], role=Role.VENDOR_MANAGER, scope=Scope.VENDOR, vendor=vendor, created_at=since)
    )
    Membership.objects.bulk_create(rows, ignore_conflicts=True)
