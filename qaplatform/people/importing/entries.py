"""Lines of a list read as people: what each says, and what is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from qaplatform.people.enums import Role
from qaplatform.people.importing.columns import Column, Layout
from qaplatform.people.importing.sheets import Line
from qaplatform.people.importing.words import (
    EMAIL,
    USERNAME,
    languages_of,
    plain,
    problem_of_languages,
    queues_of,
    roles_of,
)

LONGEST = {Column.NAME: 200, Column.EXTERNAL_ID: 200, Column.VENDOR: 200, Column.TEAM: 200}
LONGEST_QUEUE = 200


@dataclass(frozen=True)
class Defaults:
    """What holds where a line says nothing."""

    role: Role = Role.LABELER
    vendor: str = ""
    team: str = ""


@dataclass(frozen=True)
class Entry:
    """One person as a line says it. `role_said` tells whether the line itself named the roles."""

    line: int
    name: str = ""
    email: str = ""
    username: str = ""
    external_id: str = ""
    vendor: str = ""
    team: str = ""
    lead: str = ""
    language: str = ""
    roles: tuple[Role, ...] = ()
    role_said: bool = False
    queues: tuple[str, ...] = ()
    problem: str = ""
    same_as: int = 0

    @property
    def keys(self) -> tuple[str, ...]:
        """By what two lines are known to mean the same person."""
        named = [("e", self.email), ("u", self.username), ("i", self.external_id and self.vendor + self.external_id)]
        keys = tuple(f"{kind}:{value.casefold()}" for kind, value in named if value)
        return keys or (f"n:{plain(self.name)}",)


def read_entries(lines: Sequence[Line], layout: Layout, defaults: Defaults) -> tuple[Entry, ...]:
    """What each line says; lines about somebody whom an earlier line names are put together with it."""
    rows = lines[1:] if layout.has_header else lines
    return _joined(_entry(line, layout, defaults) for line in rows)


def _entry(line: Line, layout: Layout, defaults: Defaults) -> Entry:
    said = {column: cell for column, cell in zip(layout.columns, line.cells, strict=False) if column}
    name = said.get(Column.NAME) or f"{said.get(Column.GIVEN_NAME, '')} {said.get(Column.FAMILY_NAME, '')}".strip()
    roles, unknown = roles_of(said.get(Column.ROLE, ""))
    entry = Entry(
        line=line.number,
        name=name,
        email=said.get(Column.EMAIL, "").removeprefix("mailto:"),
        username=said.get(Column.USERNAME, ""),
        external_id=said.get(Column.EXTERNAL_ID, ""),
        vendor=said.get(Column.VENDOR) or defaults.vendor,
        team=said.get(Column.TEAM) or (defaults.team if not said.get(Column.VENDOR) else ""),
        lead=said.get(Column.LEAD, ""),
        language=", ".join(languages_of(said.get(Column.LANGUAGE, ""))[0]),
        roles=roles or (defaults.role,),
        role_said=bool(roles),
        queues=queues_of(said.get(Column.QUEUES, "")),
    )
    spare = len(line.cells) > len(layout.columns)
    return replace(entry, problem=_problem(entry, said, unknown, has_spare_cells=spare))


def _problem(entry: Entry, said: Mapping[Column, str], unknown: Sequence[str], *, has_spare_cells: bool) -> str:
    return next(_problems(entry, said, unknown, has_spare_cells=has_spare_cells), "")


def _problems(
    entry: Entry, said: Mapping[Column, str], unknown: Sequence[str], *, has_spare_cells: bool
) -> Iterator[str]:
    if has_spare_cells:
        yield "There are more cells than columns. Put a cell that holds a comma in quotes."
    if not (entry.email or entry.username or entry.external_id or entry.name):
        yield "Nobody is named. Give a name, and an e-mail or user name."
    if entry.email and not EMAIL.fullmatch(entry.email):
        yield f"{entry.email} is no e-mail address. Correct it, or leave it empty and give a user name."
    if entry.username and not USERNAME.fullmatch(entry.username):
        yield f"{entry.username} cannot be a user name: use letters, digits and . - _ + @ without spaces."
    if unknown:
        yield f"No role is called {unknown[0]}. Write one of: {', '.join(Role(role).label for role in Role)}."
    if problem := problem_of_languages(said.get(Column.LANGUAGE, "")):
        yield problem
    for column, most in LONGEST.items():
        if len(said.get(column, "")) > most:
            yield f"The {column.value.replace('_', ' ')} is longer than {most} characters. Is it the right column?"
    if any(len(queue) > LONGEST_QUEUE for queue in entry.queues):
        yield f"The name of a queue is longer than {LONGEST_QUEUE} characters. Separate queues by semicolons."


def _joined(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """The first line about somebody carries what the later ones add; a later one that contradicts is a problem."""
    first: dict[str, int] = {}
    found: list[Entry] = []
    for entry in entries:
        known = {first[key] for key in entry.keys if key in first}
        if entry.problem or not known:
            first |= {key: len(found) for key in entry.keys if not entry.problem and key not in first}
            found.append(entry)
        elif len(known) > 1:
            found.append(replace(entry, problem=_mixed([found[place] for place in sorted(known)])))
        else:
            [place] = known
            found.append(_second(found[place], entry))
            if not found[-1].problem:
                found[place] = _more(found[place], entry)
                first |= {key: place for key in entry.keys if key not in first}
    return tuple(found)


def _mixed(others: Sequence[Entry]) -> str:
    lines = " and ".join(str(other.line) for other in others)
    return (
        f"The ids on this line belong to different people on lines {lines}. Correct them: one person has one account."
    )


def _second(one: Entry, other: Entry) -> Entry:
    for what, mine, yours in (
        ("name", plain(one.name), plain(other.name)),
        ("e-mail", one.email.casefold(), other.email.casefold()),
        ("user name", one.username.casefold(), other.username.casefold()),
        ("vendor", plain(one.vendor), plain(other.vendor)),
        ("team", plain(one.team), plain(other.team)),
        ("language", one.language, other.language),
    ):
        if mine and yours and mine != yours:
            shared = "e-mail" if one.email and one.email.casefold() == other.email.casefold() else "person"
            return replace(
                other,
                problem=f"Line {one.line} has the same {shared} with another {what}. One person has one account: "
                "correct one of the lines, or take it out.",
            )
    return replace(other, same_as=one.line)


def _more(one: Entry, other: Entry) -> Entry:
    roles = other.roles if other.role_said else ()
    return replace(
        one,
        email=one.email or other.email,
        username=one.username or other.username,
        external_id=one.external_id or other.external_id,
        team=one.team or other.team,
        lead=one.lead or other.lead,
        language=one.language or other.language,
        roles=tuple(dict.fromkeys((*(one.roles if one.role_said or not roles else ()), *roles))),
        role_said=one.role_said or other.role_said,
        queues=tuple(dict.fromkeys((*one.queues, *other.queues))),
    )
