"""Lists of people: kept while they are looked at, then written whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from qaplatform.errors import Refused
from qaplatform.people.enums import GrantSource, Role
from qaplatform.people.importing.columns import Column, Layout, fit_layout, guess_layout, width_of
from qaplatform.people.importing.entries import Defaults, read_entries
from qaplatform.people.importing.plans import Act, Held, Known, Outcome, Plan, plan_people
from qaplatform.people.importing.sheets import Line, read_lines
from qaplatform.people.importing.words import IN_HOUSE, plain
from qaplatform.people.models import Labeler, Roster, Skill, Team, User, Vendor
from qaplatform.people.queries.rosters import known_names, read_known
from qaplatform.people.services.accounts import create_user, make_labeler
from qaplatform.people.services.grants import grant_skill
from qaplatform.people.services.invitations import Link, invite
from qaplatform.people.services.moves import move_labeler
from qaplatform.people.services.roles import add_role
from qaplatform.people.services.vendors import add_alias, create_team, create_vendor
from qaplatform.trail.services import record

REASON = "Named in a list of people"


@dataclass(frozen=True)
class RosterSettings:
    """What the columns of a list mean and what holds where its lines are silent.

    `same_vendors` maps names that no vendor has to the vendor that is meant.
    """

    layout: Layout
    defaults: Defaults
    same_vendors: Mapping[str, str]

    def as_json(self) -> dict[str, object]:
        """As `Roster.settings` keeps it."""
        return {
            "columns": list(self.layout.columns),
            "has_header": self.layout.has_header,
            "role": self.defaults.role,
            "vendor": self.defaults.vendor,
            "team": self.defaults.team,
            "same_vendors": dict(self.same_vendors),
        }


@dataclass(frozen=True)
class Draft:
    """A list as it would be written now."""

    roster: Roster
    lines: tuple[Line, ...]
    settings: RosterSettings
    plan: Plan


@dataclass(frozen=True)
class Written:
    """What a list became: links of those who are new, shown this once."""

    roster: Roster
    links: Sequence[Link]


@transaction.atomic
def store_roster(text: str, *, file_name: str, actor: User) -> Roster:
    """Keep a list with a guess of its columns. Raises InvalidInput where it cannot be read."""
    lines = read_lines(text)
    vendors, teams = known_names()
    settings = RosterSettings(guess_layout(lines, vendors=vendors, teams=teams), Defaults(), {})
    return Roster.objects.create(text=text, file_name=file_name[:255], settings=settings.as_json(), created_by=actor)


@transaction.atomic
def change_roster(roster: Roster, *, text: str, settings: RosterSettings) -> Roster:
    """Keep a corrected list and what its columns mean. Raises InvalidInput where it cannot be read."""
    lines = read_lines(text)
    roster = _unwritten(roster)
    layout = fit_layout(settings.layout, width_of(lines, has_header=settings.layout.has_header))
    roster.text = text
    roster.settings = RosterSettings(layout, settings.defaults, settings.same_vendors).as_json()
    roster.save(update_fields=["text", "settings"])
    return roster


def draft_of(roster: Roster) -> Draft:
    """The list as it would be written at this moment; nothing changes."""
    lines = read_lines(roster.text)
    settings = settings_of(roster)
    entries = read_entries(lines, settings.layout, settings.defaults)
    return Draft(roster, lines, settings, plan_people(entries, _known(settings)))


def settings_of(roster: Roster) -> RosterSettings:
    """Settings as they were kept."""
    kept = roster.settings
    return RosterSettings(
        Layout(tuple(Column(name) for name in kept["columns"]), kept["has_header"]),
        Defaults(Role(kept["role"]), kept["vendor"], kept["team"]),
        kept["same_vendors"],
    )


@transaction.atomic
def write_roster(roster: Roster, *, digest: str, leave_out: bool, actor: User, now: datetime) -> Written:
    """Write the whole list if it still says what was shown. Raises Refused if it does not, or lines have problems."""
    roster = _unwritten(roster)
    draft = draft_of(roster)
    plan = draft.plan
    if plan.digest != digest:
        raise Refused("Something changed since this preview was made: look at it once more, then confirm.")
    problems = plan.counts.get(Outcome.PROBLEM, 0)
    if problems and not leave_out:
        raise Refused("Some lines have problems. Correct them, or choose to leave them out.")
    _make_aliases(draft.settings, actor=actor)
    writer = _Writer(actor=actor, now=now)
    new = [user for user in map(writer.write, plan.acts) if user is not None]
    links = invite(new, actor=actor, now=now)
    roster.text, roster.applied_at = "", now
    roster.counts = {outcome: plan.counts.get(outcome, 0) for outcome in Outcome}
    roster.save(update_fields=["text", "applied_at", "counts"])
    record("people_added", roster, actor=actor, detail=roster.counts)
    return Written(roster, links)


@transaction.atomic
def discard_roster(roster: Roster) -> None:
    """Forget a list that was not written."""
    _unwritten(roster).delete()


class _Writer:
    """Writes one person after the other; places and skills are made when the first person needs them."""

    def __init__(self, *, actor: User, now: datetime) -> None:
        self.actor = actor
        self.now = now
        self.vendors = {vendor.name: vendor for vendor in Vendor.objects.all()}
        self.teams = {(team.vendor.name, plain(team.name)): team for team in Team.objects.select_related("vendor")}
        self.skills = {skill.name: skill for skill in Skill.objects.all()}

    def write(self, act: Act) -> User | None:
        """Write one person; gives the user if it is a new one."""
        user = self._user(act)
        for held in act.roles:
            self._give(user, held)
        if act.account is None:
            roles = [held.role for held in act.roles]
            record("account_created", user, actor=self.actor, detail={"username": user.username, "roles": roles})
        labeler = self._labeler(user, act)
        if labeler is not None:
            for name in act.skills:
                self._certify(labeler, name)
        return user if act.account is None else None

    def _user(self, act: Act) -> User:
        if act.account is None:
            return create_user(act.username, act.name, email=act.email)
        user = User.objects.get(pk=act.account)
        if act.email:
            user.email = act.email
            user.save(update_fields=["email"])
        return user

    def _give(self, user: User, held: Held) -> None:
        vendor, team = self._vendor(held.vendor), self._team(held.vendor, held.team)
        actor = self.actor if held.role is Role.TEAM_LEAD else None
        add_role(user, held.role, vendor=vendor, team=team, actor=actor)

    def _labeler(self, user: User, act: Act) -> Labeler | None:
        vendor, team = self._vendor(act.vendor), self._team(act.vendor, act.team)
        if act.is_labeler and vendor is not None:
            return make_labeler(user, vendor=vendor, team=team, language=act.language, external_id=act.external_id)
        labeler = Labeler.objects.filter(user=user).first()
        if labeler is None or vendor is None:
            return labeler
        if act.moves:
            labeler = move_labeler(labeler, vendor=vendor, team=team, actor=self.actor)
        self._fill_in(labeler, act)
        return labeler

    def _fill_in(self, labeler: Labeler, act: Act) -> None:
        is_taken = Labeler.objects.filter(vendor=labeler.vendor, external_id=act.external_id).exists()
        labeler.external_id = act.external_id if act.external_id and not is_taken else labeler.external_id
        labeler.language = act.language or labeler.language
        labeler.save(update_fields=["external_id", "language"])

    def _certify(self, labeler: Labeler, name: str) -> None:
        skill = self.skills.get(name) or Skill.objects.create(name=name)
        self.skills[name] = skill
        grant_skill(labeler, skill, source=GrantSource.MANUAL, reason=REASON, actor=self.actor, now=self.now)

    def _vendor(self, name: str) -> Vendor | None:
        if name and name not in self.vendors:
            in_house = plain(name) in IN_HOUSE
            self.vendors[name] = create_vendor(name, team="", is_in_house=in_house, actor=self.actor)
        return self.vendors.get(name)

    def _team(self, vendor_name: str, name: str) -> Team | None:
        vendor = self._vendor(vendor_name)
        if vendor is None or not name:
            return None
        key = (vendor.name, plain(name))
        if key not in self.teams:
            self.teams[key] = create_team(vendor, name, actor=self.actor)
        return self.teams[key]


def _known(settings: RosterSettings) -> Known:
    known = read_known()
    vendors = set(known.vendors.values())
    same = {plain(name): vendor for name, vendor in settings.same_vendors.items() if vendor in vendors}
    return Known(known.accounts, same | dict(known.vendors), known.teams, known.skills, known.usernames)


def _make_aliases(settings: RosterSettings, *, actor: User) -> None:
    for name, vendor_name in settings.same_vendors.items():
        vendor = Vendor.objects.filter(name=vendor_name).first()
        if vendor is not None:
            add_alias(vendor, name, actor=actor)


def _unwritten(roster: Roster) -> Roster:
    """The list as it stands now, locked until the end of the transaction. Raises Refused where it was written."""
    locked = Roster.objects.select_for_update().filter(pk=roster.pk).first()
    if locked is None:
        raise Refused("This list was thrown away in the meantime. Paste it again.")
    if locked.applied_at is not None:
        raise Refused("This list was added already. Paste it again if it should be checked once more.")
    return locked
