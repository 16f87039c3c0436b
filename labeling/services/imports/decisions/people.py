"""Who the people of a file are: found by vendor and external id, by user name, and through joins; the rest is new."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labeling.importing.decisions import NOTHING, DecisionReader, Person
from labeling.queries import decision_imports as sql
from labeling.services.imports.known_people import joined_labelers, make_externals, read_people
from labeling.services.imports.staging import fetch
from qaplatform.people.models import Vendor


@dataclass
class FoundPeople:
    """Labelers by the number that the file gives them. `named` is whom the file means, `labelers` whose work it is."""

    named: dict[int, int] = field(default_factory=dict)
    labelers: dict[int, int] = field(default_factory=dict)
    missing: dict[int, Person] = field(default_factory=dict)
    same: dict[int, int] = field(default_factory=dict)


def people_used() -> frozenset[int]:
    """The numbers of everybody who stands in rows that come in, auditors too."""
    return frozenset(int(str(number)) for (number,) in fetch(sql.PEOPLE_USED))


def find_people(reader: DecisionReader, vendors: Mapping[int, Vendor | None], *, used: Iterable[int]) -> FoundPeople:
    """Whom a file means by these numbers. `vendors` by number; None is a vendor that does not exist yet."""
    people = {number: reader.person(number) for number in sorted(used)}
    found = FoundPeople(same=_without_vendor(people))
    wanted = {number: person for number, person in people.items() if number not in found.same}
    known = read_people(person.name for person in wanted.values())
    for number, person in wanted.items():
        vendor = vendors.get(person.vendor)
        labeler_id = known.find(
            person.name, vendor_id=vendor.pk if vendor else None, is_vendor_named=person.vendor != NOTHING
        )
        if labeler_id is None:
            found.missing[number] = person
        else:
            found.named[number] = labeler_id
    _follow(found)
    return found


def make_people(found: FoundPeople, vendors: Mapping[int, Vendor], *, default: Vendor | None) -> int:
    """Make those who are missing as labelers without an account; gives how many."""
    wanted = {
        number: (vendor, person.name)
        for number, person in found.missing.items()
        if (vendor := vendors.get(person.vendor) or default) is not None
    }
    made = make_externals(wanted.values())
    found.named |= {number: made[vendor.pk, name] for number, (vendor, name) in wanted.items()}
    found.missing.clear()
    _follow(found)
    return len(made)


def _without_vendor(people: Mapping[int, Person]) -> dict[int, int]:
    """Somebody named without a vendor in one row and with exactly one in others is the same person."""
    with_vendor: defaultdict[str, list[int]] = defaultdict(list)
    for number, person in people.items():
        if person.vendor != NOTHING:
            with_vendor[person.name].append(number)
    return {
        number: with_vendor[person.name][0]
        for number, person in people.items()
        if person.vendor == NOTHING and len(with_vendor[person.name]) == 1
    }


def _follow(found: FoundPeople) -> None:
    """Whose work it is: of whoever was found to be the person, as long as that stands."""
    joined = joined_labelers()
    for number, other in found.same.items():
        if other in found.named:
            found.named[number] = found.named[other]
    found.labelers = {number: joined.get(named, named) for number, named in found.named.items()}
