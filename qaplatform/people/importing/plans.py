"""What a list of people will change here, decided before anything is written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from qaplatform.people.enums import Role
from qaplatform.people.importing.entries import Entry
from qaplatform.people.importing.words import plain, username_from

VENDOR_ROLES = frozenset({Role.LABELER, Role.VENDOR_MANAGER})


class Outcome(StrEnum):
    """What happens to the person of a line."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Held:
    """A role and where it reaches; names are canonical, empty where the role reaches everything."""

    role: Role
    vendor: str = ""
    team: str = ""


@dataclass(frozen=True)
class Account:
    """Somebody who is here."""

    id: int
    username: str
    name: str = ""
    email: str = ""
    is_active: bool = True
    has_labeler: bool = False
    vendor: str = ""
    team: str = ""
    language: str = ""
    external_id: str = ""
    held: frozenset[Held] = frozenset()
    skills: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Known:
    """Everything here that a list may name. Keys of names are plain; vendors answer to their aliases too."""

    accounts: Sequence[Account] = ()
    vendors: Mapping[str, str] = field(default_factory=dict)
    teams: Mapping[tuple[str, str], str] = field(default_factory=dict)
    skills: Mapping[str, str] = field(default_factory=dict)
    usernames: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Act:
    """What to write for one person; `account` is None for a new one, whose `username` is free."""

    account: int | None
    username: str
    name: str = ""
    email: str = ""
    external_id: str = ""
    vendor: str = ""
    team: str = ""
    language: str = ""
    is_labeler: bool = False
    moves: bool = False
    roles: tuple[Held, ...] = ()
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedLine:
    """A line of the preview: what happens, in words, or what is wrong with it."""

    line: int
    outcome: Outcome
    name: str
    username: str = ""
    email: str = ""
    words: tuple[str, ...] = ()
    problem: str = ""
    act: Act | None = None


@dataclass(frozen=True)
class Plan:
    """The whole list, and what does not exist yet, with how many people need it."""

    lines: tuple[PlannedLine, ...]
    vendors: Mapping[str, int]
    teams: Mapping[tuple[str, str], int]
    skills: Mapping[str, int]

    @property
    def acts(self) -> tuple[Act, ...]:
        """What is written, in the order of the lines."""
        return tuple(line.act for line in self.lines if line.act is not None)

    @property
    def counts(self) -> Mapping[Outcome, int]:
        """How many lines end how."""
        return Counter(line.outcome for line in self.lines)

    @property
    def digest(self) -> str:
        """Changes when anything that the plan does or says changes."""
        return sha256(repr(self.lines).encode()).hexdigest()[:32]


def plan_people(entries: Sequence[Entry], known: Known) -> Plan:
    """Decide line by line; nothing is read or written here."""
    planner = _Planner(known, entries)
    return planner.plan()


class _Planner:
    """One pass over the entries; remembers the user names that it gave and the leads that lines name."""

    def __init__(self, known: Known, entries: Sequence[Entry]) -> None:
        self.known = known
        self.entries = entries
        self.taken = set(known.usernames)
        self.vendors: dict[str, str] = {}
        self.teams: dict[tuple[str, str], str] = {}
        self.skills: dict[str, str] = {}
        self.needs: dict[str, Counter[object]] = {"vendors": Counter(), "teams": Counter(), "skills": Counter()}
        self.by_username = {account.username.casefold(): account for account in known.accounts}
        self.by_email: dict[str, list[Account]] = {}
        for account in known.accounts:
            if account.email:
                self.by_email.setdefault(account.email.casefold(), []).append(account)
        self.leads, self.lead_problems = self._find_leads()

    def plan(self) -> Plan:
        lines = [self._line(entry) for entry in self.entries]
        lines += [line for line in map(self._lead_only, self._leads_outside()) if line is not None]
        return Plan(
            tuple(lines),
            vendors={str(name): n for name, n in self.needs["vendors"].items()},
            teams={name: n for name, n in self.needs["teams"].items() if isinstance(name, tuple)},
            skills={str(name): n for name, n in self.needs["skills"].items()},
        )

    # Leads

    def _find_leads(self) -> tuple[dict[str, dict[Held, None]], dict[int, str]]:
        """Whom lines name as team lead, by who it is, with the teams; and the lines whose lead is not there."""
        people = _by_names(self.entries, self.known.accounts)
        leads: dict[str, dict[Held, None]] = {}
        problems: dict[int, str] = {}
        for entry in self.entries:
            if not entry.lead or entry.problem or entry.same_as:
                continue
            found = people.get(plain(entry.lead), {})
            if not entry.team or not entry.vendor:
                problems[entry.line] = f"{entry.lead} is named as team lead, and no team is. Give the team too."
            elif not found:
                problems[entry.line] = (
                    f"Nobody here or in the list is called {entry.lead}. Add a line for them, or leave the lead out."
                )
            elif len(found) > 1:
                problems[entry.line] = (
                    f"Several people are called {entry.lead}. Write the team lead's e-mail or user name instead."
                )
            else:
                place = Held(Role.TEAM_LEAD, self._vendor(entry.vendor), self._team(entry.vendor, entry.team))
                leads.setdefault(next(iter(found)), {})[place] = None
        return leads, problems

    def _leads_outside(self) -> list[Account]:
        """People who lead a team of the list and have no line of their own in it."""
        inside = {account.id for entry in self.entries if (account := self._match(entry)[0]) is not None}
        return [
            account
            for account in self.known.accounts
            if f"account {account.id}" in self.leads and account.id not in inside
        ]

    def _lead_only(self, account: Account) -> PlannedLine | None:
        roles = tuple(held for held in self.leads[f"account {account.id}"] if held not in account.held)
        if not roles:
            return None
        act = Act(account.id, account.username, name=account.name, roles=roles)
        words = tuple(_role_words(held) for held in roles)
        self._count_places(roles)
        return PlannedLine(0, Outcome.CHANGED, account.name, account.username, account.email, words, act=act)

    def _leading(self, entry: Entry, account: Account | None) -> tuple[Held, ...]:
        led = dict(self.leads.get(f"line {entry.line}", {}))
        if account is not None:
            led |= self.leads.get(f"account {account.id}", {})
        return tuple(led)

    # Lines

    def _line(self, entry: Entry) -> PlannedLine:
        if entry.same_as:
            words = (f"Same person as line {entry.same_as}: put together with it",)
            return PlannedLine(entry.line, Outcome.SAME, entry.name, entry.username, entry.email, words)
        account, problem = self._match(entry)
        roles = self._roles(entry, account)
        problem = entry.problem or problem or self.lead_problems.get(entry.line, "") or _role_problem(entry, roles)
        if problem:
            return PlannedLine(entry.line, Outcome.PROBLEM, entry.name, entry.username, entry.email, problem=problem)
        return self._new(entry, roles) if account is None else self._known(entry, account, roles)

    def _roles(self, entry: Entry, account: Account | None) -> tuple[Held, ...]:
        """Roles that the line gives; somebody who is here gets none that the line does not name."""
        wanted = entry.roles if account is None or entry.role_said else ()
        leads = self._leading(entry, account)
        if leads and wanted == (Role.TEAM_LEAD,) and not entry.team:
            wanted = ()
        return tuple(dict.fromkeys((*(self._held(role, entry, account) for role in wanted), *leads)))

    def _held(self, role: Role, entry: Entry, account: Account | None) -> Held:
        vendor = self._vendor(entry.vendor) if entry.vendor else (account.vendor if account else "")
        if role is Role.TEAM_LEAD:
            return Held(role, vendor, self._team(entry.vendor, entry.team) if entry.team and vendor else "")
        return Held(role, vendor) if role in VENDOR_ROLES else Held(role)

    def _new(self, entry: Entry, roles: tuple[Held, ...]) -> PlannedLine:
        username = self._free_username(entry)
        is_labeler = any(held.role is Role.LABELER for held in roles)
        skills = self._skills(entry.queues) if is_labeler else ()
        act = Act(
            None,
            username,
            name=entry.name or username,
            email=entry.email,
            external_id=entry.external_id,
            vendor=self._vendor(entry.vendor),
            team=self._team(entry.vendor, entry.team),
            language=entry.language,
            is_labeler=is_labeler,
            roles=roles,
            skills=skills,
        )
        words = [_role_words(held, team=act.team if held.role is Role.LABELER else "") for held in roles]
        self._count_places(roles, act if is_labeler else None)
        return self._planned(
            entry, Outcome.NEW, act, (*words, *self._skill_words(entry, skills, is_labeler=is_labeler))
        )

    def _known(self, entry: Entry, account: Account, roles: tuple[Held, ...]) -> PlannedLine:
        new_roles = tuple(held for held in roles if held not in account.held)
        becomes_labeler = not account.has_labeler and any(held.role is Role.LABELER for held in roles)
        is_labeler = account.has_labeler or becomes_labeler
        vendor = self._vendor(entry.vendor) if entry.vendor else account.vendor
        team = self._team(entry.vendor or account.vendor, entry.team)
        if not entry.team and vendor == account.vendor:
            team = account.team
        moves = account.has_labeler and (vendor, team) != (account.vendor, account.team)
        if moves:
            new_roles = tuple(held for held in new_roles if held.role is not Role.LABELER)
        skills = tuple(name for name in self._skills(entry.queues) if name not in account.skills) if is_labeler else ()
        act = Act(
            account.id,
            account.username,
            name=account.name,
            email=entry.email if not account.email else "",
            external_id=entry.external_id if is_labeler and not account.external_id else "",
            vendor=vendor,
            team=team,
            language=entry.language if is_labeler and entry.language != account.language else "",
            is_labeler=becomes_labeler,
            moves=moves,
            roles=new_roles,
            skills=skills,
        )
        words = (*_change_words(account, act), *self._skill_words(entry, skills, is_labeler=is_labeler))
        self._count_places(new_roles, act if moves or becomes_labeler else None)
        changes = moves or new_roles or skills or act.email or act.external_id or act.language
        if not changes:
            return self._planned(entry, Outcome.SAME, None, ("Here already, unchanged", *_kept_words(entry, account)))
        return self._planned(entry, Outcome.CHANGED, act, (*words, *_kept_words(entry, account)))

    def _planned(self, entry: Entry, outcome: Outcome, act: Act | None, words: Iterable[str]) -> PlannedLine:
        username = act.username if act else (entry.username or username_from(entry.email))
        name = entry.name or (act.name if act else entry.username or entry.email)
        return PlannedLine(entry.line, outcome, name, username, entry.email, tuple(words), act=act)

    # Matching

    def _match(self, entry: Entry) -> tuple[Account | None, str]:
        """Who of those here a line means, or why that cannot be said."""
        if entry.problem or entry.same_as:
            return None, ""
        by_name = self.by_username.get(entry.username.casefold()) if entry.username else None
        by_email = self.by_email.get(entry.email.casefold(), []) if entry.email else []
        if by_name is not None:
            return by_name, _username_problem(entry, by_name, by_email)
        if len(by_email) > 1:
            return None, f"{len(by_email)} accounts have the e-mail {entry.email}. Give the user name of the one meant."
        account = by_email[0] if by_email else self._match_weakly(entry)
        if account is not None and not account.is_active:
            return account, _deactivated(account)
        return account, ""

    def _match_weakly(self, entry: Entry) -> Account | None:
        """By the id at the vendor; a line with nothing but a name means whoever has it and the user name made of it."""
        if entry.username:
            return None
        if entry.external_id:
            vendor = self.known.vendors.get(plain(entry.vendor), entry.vendor)
            same = [
                account
                for account in self.known.accounts
                if account.external_id == entry.external_id and (not vendor or account.vendor == vendor)
            ]
            if len(same) == 1:
                return same[0]
            account = self.by_username.get(username_from(entry.external_id))
            return account if account is not None and _may_be(entry, account) else None
        if entry.email:
            return None
        account = self.by_username.get(username_from(entry.name))
        return account if account is not None and plain(account.name) == plain(entry.name) else None

    def _free_username(self, entry: Entry) -> str:
        if entry.username:
            self.taken.add(entry.username.casefold())
            return entry.username
        wanted = username_from(entry.external_id or entry.email or entry.name) or "person"
        username, number = wanted, 2
        while username.casefold() in self.taken:
            username, number = f"{wanted}{number}", number + 1
        self.taken.add(username.casefold())
        return username

    # Places and skills that exist or are needed

    def _vendor(self, name: str) -> str:
        if not name:
            return ""
        return self.known.vendors.get(plain(name)) or self.vendors.setdefault(plain(name), name)

    def _team(self, vendor: str, name: str) -> str:
        if not name or not vendor:
            return ""
        key = (self._vendor(vendor), plain(name))
        return self.known.teams.get(key) or self.teams.setdefault(key, name)

    def _skills(self, queues: Sequence[str]) -> tuple[str, ...]:
        names = (self.known.skills.get(plain(name)) or self.skills.setdefault(plain(name), name) for name in queues)
        return tuple(dict.fromkeys(names))

    def _count_places(self, roles: Iterable[Held], act: Act | None = None) -> None:
        """Note what this person needs that is not there yet."""
        places = {(held.vendor, held.team) for held in roles if held.vendor}
        if act is not None and act.vendor:
            places.add((act.vendor, act.team))
        known = set(self.known.vendors.values())
        self.needs["vendors"].update({vendor for vendor, _ in places if vendor not in known})
        self.needs["teams"].update(
            {(vendor, team) for vendor, team in places if team and (vendor, plain(team)) not in self.known.teams}
        )

    def _skill_words(self, entry: Entry, skills: Sequence[str], *, is_labeler: bool) -> list[str]:
        self.needs["skills"].update(name for name in skills if plain(name) not in self.known.skills)
        if entry.queues and not is_labeler:
            return ["not certified for anything: only labelers are"]
        return [f"certified for {', '.join(skills)}"] if skills else []


def _by_names(entries: Sequence[Entry], accounts: Sequence[Account]) -> dict[str, dict[str, None]]:
    """Who answers to a name, e-mail or user name; somebody of the list who is here already is one and the same."""
    found: dict[str, dict[str, None]] = {}
    owner: dict[str, str] = {}
    for account in accounts:
        if account.is_active:
            for word in {plain(account.name), plain(account.username), plain(account.email)} - {""}:
                found.setdefault(word, {})[f"account {account.id}"] = None
            owner |= {f"e:{account.email.casefold()}": f"account {account.id}"} if account.email else {}
            owner[f"u:{account.username.casefold()}"] = f"account {account.id}"
    for entry in entries:
        if entry.problem or entry.same_as:
            continue
        who = next((owner[key] for key in entry.keys if key in owner), f"line {entry.line}")
        for word in {plain(entry.name), plain(entry.username), plain(entry.email), plain(entry.external_id)} - {""}:
            found.setdefault(word, {})[who] = None
    return found


def _may_be(entry: Entry, account: Account) -> bool:
    same_email = not entry.email or not account.email or entry.email.casefold() == account.email.casefold()
    return same_email and (not entry.name or plain(entry.name) == plain(account.name))


def _username_problem(entry: Entry, account: Account, by_email: Sequence[Account]) -> str:
    if not account.is_active:
        return _deactivated(account)
    others = [other for other in by_email if other.id != account.id]
    if others:
        return (
            f"The user name is {account.name or account.username}'s and the e-mail is that of {others[0].username}. "
            "Correct one of them."
        )
    both = entry.email and account.email and entry.email.casefold() != account.email.casefold()
    if both and entry.name and plain(entry.name) != plain(account.name):
        return f"The user name {account.username} is taken by {account.name}. Choose another one."
    return ""


def _deactivated(account: Account) -> str:
    return (
        f"{account.name or account.username} was deactivated. Let them in again on their account page first, or take "
        "the line out."
    )


def _role_problem(entry: Entry, roles: Sequence[Held]) -> str:
    if not entry.vendor and entry.team and entry.role_said and not any(held.vendor for held in roles):
        return "A team is given and no vendor. Give the vendor in a column, or for the whole list above."
    for held in roles:
        if held.role in VENDOR_ROLES and not held.vendor:
            return f"A {held.role.label.lower()} needs a vendor. Give it in a column, or for the whole list above."
        if held.role is Role.TEAM_LEAD and not held.team:
            return "A team lead needs a vendor and a team. Give both in columns, or for the whole list above."
    return ""


def _role_words(held: Held, *, team: str = "") -> str:
    place = " / ".join(part for part in (held.vendor, held.team or team) if part)
    if held.role is Role.TEAM_LEAD:
        return f"leads {place}"
    return f"{held.role.label.lower()}{f' at {place}' if place else ''}"


def _change_words(account: Account, act: Act) -> list[str]:
    words = []
    if act.moves:
        before = " / ".join(part for part in (account.vendor, account.team) if part)
        after = " / ".join(part for part in (act.vendor, act.team) if part)
        words.append(f"moves from {before} to {after}")
    words += [
        f"becomes {_role_words(held)}" if held.role is not Role.TEAM_LEAD else _role_words(held) for held in act.roles
    ]
    words += [f"language {act.language}"] if act.language else []
    words += [f"e-mail {act.email} filled in"] if act.email else []
    words += [f"id {act.external_id} filled in"] if act.external_id else []
    return words


def _kept_words(entry: Entry, account: Account) -> list[str]:
    """What the list says otherwise and is left as it is: names and addresses are changed on the account's page."""
    kept = []
    if entry.name and account.name and plain(entry.name) != plain(account.name):
        kept.append(f"keeps the name {account.name}")
    if entry.email and account.email and entry.email.casefold() != account.email.casefold():
        kept.append(f"keeps the e-mail {account.email}")
    return kept
