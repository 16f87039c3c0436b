"""Which column of a list means what: by its name, else by what stands in it."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from qaplatform.people.importing.sheets import Line
from qaplatform.people.importing.words import EMAIL, USERNAME, languages_of, plain, roles_of

LOOKED_AT = 50
MOSTLY = 0.8


class Column(StrEnum):
    """What a column says of a person."""

    NAME = "name"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    EMAIL = "email"
    USERNAME = "username"
    EXTERNAL_ID = "external_id"
    VENDOR = "vendor"
    TEAM = "team"
    LEAD = "lead"
    LANGUAGE = "language"
    ROLE = "role"
    QUEUES = "queues"
    NOTHING = ""


TITLES = {
    Column.NAME: "Name",
    Column.GIVEN_NAME: "Given name",
    Column.FAMILY_NAME: "Family name",
    Column.EMAIL: "E-mail",
    Column.USERNAME: "User name",
    Column.EXTERNAL_ID: "Id at the vendor",
    Column.VENDOR: "Vendor",
    Column.TEAM: "Team",
    Column.LEAD: "Team lead",
    Column.LANGUAGE: "Language",
    Column.ROLE: "Role",
    Column.QUEUES: "Certified for",
    Column.NOTHING: "Leave out",
}

_NAMES: dict[Column, tuple[str, ...]] = {
    Column.NAME: (
        "name", "fullname", "displayname", "person", "employee", "employeename", "agent", "agentname", "who", "nombre",
        "nom", "labeler", "labelername", "moderator", "moderatorname",
    ),
    Column.GIVEN_NAME: ("givenname", "firstname", "first", "forename", "vorname", "prenom"),
    Column.FAMILY_NAME: ("familyname", "lastname", "last", "surname", "nachname", "apellido"),
    Column.EMAIL: ("email", "mail", "emailaddress", "mailaddress", "workemail", "correo", "emailadresse"),
    Column.USERNAME: ("username", "user", "login", "userid", "account", "handle", "sso", "ldap"),
    Column.EXTERNAL_ID: (
        "id", "externalid", "employeeid", "workerid", "agentid", "raterid", "labelerid", "staffid", "badge", "hrid",
        "personid", "annotatorid", "moderatorid", "idatthevendor", "idatvendor",
    ),
    Column.VENDOR: (
        "vendor", "company", "employer", "agency", "site", "supplier", "bpo", "partner", "firma",
        "empresa",
    ),
    Column.TEAM: ("team", "teamname", "group", "squad", "pod", "equipo", "equipe", "gruppe"),
    Column.LEAD: ("teamlead", "tl", "lead", "supervisor", "teamleader", "manager", "reportsto", "tlname"),
    Column.LANGUAGE: ("language", "lang", "locale", "languages", "market", "idioma", "langue", "sprache"),
    Column.ROLE: ("role", "roles", "jobtitle", "title", "position", "function", "rol", "rolle", "job"),
    Column.QUEUES: (
        "queues", "queue", "skills", "skill", "certifiedfor", "certifications", "workflow", "workflows", "lob", "colas",
    ),
}  # fmt: skip
_BY_NAME = {name: column for column, names in _NAMES.items() for name in names}


@dataclass(frozen=True)
class Layout:
    """What the columns mean, and whether the first line names them."""

    columns: tuple[Column, ...]
    has_header: bool


def guess_layout(
    lines: Sequence[Line], *, vendors: AbstractSet[str] = frozenset(), teams: AbstractSet[str] = frozenset()
) -> Layout:
    """The likely meaning of each column; each meaning is given once. `vendors` and `teams` are known names, plain.

    >>> guess_layout([Line(1, ("Ana Souza", "ana@example.org", "TL"))])
    Layout(columns=(<Column.NAME: 'name'>, <Column.EMAIL: 'email'>, <Column.ROLE: 'role'>), has_header=False)
    """
    has_header = _is_header(lines)
    columns = [Column.NOTHING] * width_of(lines, has_header=has_header)
    if has_header:
        for place, cell in enumerate(lines[0].cells):
            column = _BY_NAME.get(plain(cell), Column.NOTHING)
            columns[place] = Column.NOTHING if column in columns else column
    rows = [line.cells[: len(columns)] for line in lines[has_header : LOOKED_AT + has_header]]
    for column, fits in _fits(vendors, teams):
        if column not in columns:
            _give(columns, column, fits, rows)
    if Column.VENDOR not in columns:
        _give_repeated(columns, rows)
    return Layout(tuple(columns), has_header)


def width_of(lines: Sequence[Line], *, has_header: bool) -> int:
    """How many columns a list has: as many as its first line names, else as its longest line has."""
    return len(lines[0].cells) if has_header else max(len(line.cells) for line in lines)


def fit_layout(layout: Layout, width: int) -> Layout:
    """The same meanings for a list that became wider or narrower."""
    padded = (*layout.columns, *[Column.NOTHING] * width)[:width]
    return Layout(padded, layout.has_header)


def _is_header(lines: Sequence[Line]) -> bool:
    first = lines[0].cells
    if any(EMAIL.fullmatch(cell) for cell in first):
        return False
    known = sum(plain(cell) in _BY_NAME for cell in first)
    said = sum(bool(cell) for cell in first)
    return 2 * known >= said or any(
        EMAIL.fullmatch(cell) for line in lines[1:3] for place, cell in enumerate(line.cells) if place < len(first)
    )


def _fits(vendors: AbstractSet[str], teams: AbstractSet[str]) -> Iterable[tuple[Column, Callable[[str], bool]]]:
    yield Column.EMAIL, lambda cell: EMAIL.fullmatch(cell) is not None
    yield Column.ROLE, lambda cell: bool(roles_of(cell)[0]) and not roles_of(cell)[1]
    yield Column.VENDOR, lambda cell: plain(cell) in vendors
    yield Column.TEAM, lambda cell: plain(cell) in teams or plain(cell).startswith("team")
    yield Column.LANGUAGE, lambda cell: bool(languages_of(cell)[0]) and not languages_of(cell)[1]
    yield Column.NAME, lambda cell: " " in cell and not any(character.isdigit() for character in cell)
    yield Column.USERNAME, lambda cell: USERNAME.fullmatch(cell) is not None and not cell.isupper()


def _give(columns: list[Column], column: Column, fits: Callable[[str], bool], rows: Sequence[tuple[str, ...]]) -> None:
    """Give a meaning to the first free column whose cells mostly fit."""
    if column is Column.NAME and {Column.GIVEN_NAME, Column.FAMILY_NAME} & set(columns):
        return
    if column is Column.USERNAME and (Column.EXTERNAL_ID in columns or Column.EMAIL in columns):
        return
    for place, given in enumerate(columns):
        cells = [row[place] for row in rows if place < len(row) and row[place]]
        if given is Column.NOTHING and cells and sum(map(fits, cells)) >= MOSTLY * len(cells):
            columns[place] = column
            return


def _give_repeated(columns: list[Column], rows: Sequence[tuple[str, ...]]) -> None:
    """Names that come again and again, and are nothing else, are likely those of employers."""
    for place, given in enumerate(columns):
        cells = [plain(row[place]) for row in rows if place < len(row) and row[place]]
        if given is Column.NOTHING and len(cells) > 1 and 2 * len(set(cells)) <= len(cells):
            columns[place] = Column.VENDOR
            return
