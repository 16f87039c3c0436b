"""What is here that a list of people may name, read in a handful of statements however long the list."""

from collections import defaultdict

from django.db.models.functions import Lower

from qaplatform.people.enums import Role
from qaplatform.people.importing.plans import Account, Held, Known
from qaplatform.people.importing.words import plain
from qaplatform.people.models import Labeler, Membership, Skill, SkillGrant, Team, User, Vendor, VendorAlias


def read_known() -> Known:
    """Everybody and every place here. Accounts are some thousands at most, so all are read."""
    vendors = {plain(name): name for name in Vendor.objects.values_list("name", flat=True)}
    aliases = {plain(alias): name for alias, name in VendorAlias.objects.values_list("name", "vendor__name")}
    teams = Team.objects.values_list("vendor__name", "name")
    return Known(
        accounts=_accounts(),
        vendors=aliases | vendors,
        teams={(vendor, plain(name)): name for vendor, name in teams},
        skills=_skills(),
        usernames=frozenset(User.objects.annotate(low=Lower("username")).values_list("low", flat=True)),
    )


def known_names() -> tuple[frozenset[str], frozenset[str]]:
    """Plain names of all vendors, with their aliases, and of all teams."""
    vendors = [*Vendor.objects.values_list("name", flat=True), *VendorAlias.objects.values_list("name", flat=True)]
    return frozenset(map(plain, vendors)), frozenset(map(plain, Team.objects.values_list("name", flat=True)))


def _skills() -> dict[str, str]:
    """Skills by their own names and by those of the queues that ask for them."""
    by_queue = Skill.objects.filter(queues__isnull=False).values_list("queues__name", "name")
    return {plain(queue): name for queue, name in by_queue} | {
        plain(name): name for name in Skill.objects.values_list("name", flat=True)
    }


def _accounts() -> list[Account]:
    labelers = {labeler.user_id: labeler for labeler in Labeler.objects.filter(user__isnull=False)}
    vendors = dict(Vendor.objects.values_list("pk", "name"))
    teams = dict(Team.objects.values_list("pk", "name"))
    held = _held(vendors, teams)
    skills = _granted()
    return [
        _account(user, labelers.get(user.pk), held[user.pk], skills, vendors=vendors, teams=teams)
        for user in User.objects.order_by("pk")
    ]


def _account(
    user: User,
    labeler: Labeler | None,
    held: set[Held],
    skills: dict[int, set[str]],
    *,
    vendors: dict[int, str],
    teams: dict[int, str],
) -> Account:
    return Account(
        id=user.pk,
        username=user.username,
        name=user.display_name,
        email=user.email,
        is_active=user.is_active,
        has_labeler=labeler is not None,
        vendor=vendors[labeler.vendor_id] if labeler else "",
        team=teams.get(labeler.team_id or 0, "") if labeler else "",
        language=labeler.language if labeler else "",
        external_id=labeler.external_id if labeler else "",
        held=frozenset(held),
        skills=frozenset(skills.get(labeler.pk, ())) if labeler else frozenset(),
    )


def _held(vendors: dict[int, str], teams: dict[int, str]) -> dict[int, set[Held]]:
    """Roles by user. A labeler's place is their vendor, whatever team the role was given in."""
    held: defaultdict[int, set[Held]] = defaultdict(set)
    rows = Membership.objects.values_list("user_id", "role", "vendor_id", "team_id")
    for user_id, role, vendor_id, team_id in rows:
        team = "" if role == Role.LABELER else teams.get(team_id or 0, "")
        held[user_id].add(Held(Role(role), vendors.get(vendor_id or 0, ""), team))
    return held


def _granted() -> dict[int, set[str]]:
    """Names of skills by labeler; a suspended one is held too, and a list does not lift a suspension."""
    granted: defaultdict[int, set[str]] = defaultdict(set)
    for labeler_id, name in SkillGrant.objects.filter(revoked_at=None).values_list("labeler_id", "skill__name"):
        granted[labeler_id].add(name)
    return granted
