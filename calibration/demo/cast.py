"""Who plays in the demo: three vendors, six teams, 36 labelers, and what is planted in whom."""

from dataclasses import dataclass
from enum import StrEnum


class Part(StrEnum):
    """What somebody does in the planted story."""

    ORDINARY = "ordinary"
    DRIFTS = "drifts"
    OVER_ENFORCES = "over_enforces"
    UNDER_ENFORCES = "under_enforces"
    IS_COPIED = "is_copied"
    COPIES = "copies"
    SPEEDS = "speeds"


@dataclass(frozen=True)
class CastVendor:
    """An employer; its people work eight hours from `first_hour`, UTC."""

    name: str
    is_in_house: bool
    first_hour: int


@dataclass(frozen=True)
class CastTeam:
    """A team: it works in one queue, 0 or 1. `people` are user names."""

    vendor: int
    name: str
    queue: int
    people: tuple[str, ...]


VENDORS = (
    CastVendor("In-house", is_in_house=True, first_hour=8),
    CastVendor("Brightdesk", is_in_house=False, first_hour=6),
    CastVendor("Harbour Review", is_in_house=False, first_hour=12),
)

TEAMS = (
    CastTeam(0, "Oak", 0, ("ana", "boris", "chloe", "dario", "emma", "felix")),
    CastTeam(1, "Lark", 0, ("lena", "gita", "hugo", "ines", "jonas", "kaito")),
    CastTeam(2, "Quay", 0, ("leila", "mateo", "nadia", "oskar", "priya", "rafael")),
    CastTeam(0, "Elm", 1, ("marco", "sofia", "tomas", "ursula", "viktor", "wanda")),
    CastTeam(1, "Finch", 1, ("xenia", "yusuf", "zoe", "amir", "bruna", "cem")),
    CastTeam(2, "Pier", 1, ("diana", "elio", "fatima", "goran", "hana", "ivan")),
)

PARTS = {
    "lena": Part.DRIFTS,
    "marco": Part.DRIFTS,
    "oskar": Part.OVER_ENFORCES,
    "yusuf": Part.UNDER_ENFORCES,
    "goran": Part.IS_COPIED,
    "hana": Part.COPIES,
    "felix": Part.SPEEDS,
}

# Certified for both queues, so that a suspension in the first leaves work in the second.
CERTIFIED_FOR_BOTH = ("lena",)
LED_BY_THEO = "Lark"
MANAGED_BY_VERA = "Brightdesk"


def teams_of(queue: int, *, people_a_team: int) -> tuple[CastTeam, ...]:
    """The teams of a queue, in the order in which its people are numbered, with their first people only."""
    return tuple(
        CastTeam(team.vendor, team.name, team.queue, _first(team.people, people_a_team))
        for team in TEAMS
        if team.queue == queue
    )


def _first(people: tuple[str, ...], n: int) -> tuple[str, ...]:
    """The first n, planted people before the others, so that a small world has the same story."""
    return tuple(sorted(people, key=lambda name: name not in PARTS)[:n])
