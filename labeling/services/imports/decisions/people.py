"""Who the people of a file are: found by vendor and external id, by user name, and through joins; the rest is new."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from labeling.importing.decisions import NOTHING, DecisionReader, Person
from labeling.queries import decision_imports as sql
from labeling.services.imports.staging import fetch
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler, LabelerJoin, Vendor

NAMES_A_QUERY = 5_000


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
    known = _by_external_id(wanted, vendors)
    accounts = _by_username(wanted, vendors)
    for number, person in wanted.items():
        labeler_id = known.get(number) or accounts.get(number)
        if labeler_id is None:
            found.missing[number] = person
        else:
            found.named[number] = labeler_id
    _follow(found)
    return found


def make_people(found: FoundPeople, vendors: Mapping[int, Vendor], *, default: Vendor | None) -> int:
    """Make those who are missing as labelers without an account; gives how many."""
    numbers = list(found.missing)
    made = Labeler.objects.bulk_create(
        (
            Labeler(
                vendor=vendors.get(person.vendor) or default,
                kind=LabelerKind.EXTERNAL,
                external_id=person.name,
                display_name=person.name,
            )
            for person in found.missing.values()
        ),
        batch_size=NAMES_A_QUERY,
    )
    found.named |= {number: labeler.pk for number, labeler in zip(numbers, made, strict=True)}
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


def _by_external_id(people: Mapping[int, Person], vendors: Mapping[int, Vendor | None]) -> dict[int, int]:
    here: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for names in _in_parts({person.name for person in people.values()}):
        rows = Labeler.objects.filter(external_id__in=names).values_list("external_id", "vendor_id", "id")
        for external_id, vendor_id, labeler_id in rows:
            here[external_id][vendor_id] = labeler_id
    found = {}
    for number, person in people.items():
        at = here.get(person.name, {})
        vendor = vendors.get(person.vendor)
        if person.vendor == NOTHING and len(at) == 1:
            found[number] = next(iter(at.values()))
        elif vendor is not None and vendor.pk in at:
            found[number] = at[vendor.pk]
    return found


def _by_username(people: Mapping[int, Person], vendors: Mapping[int, Vendor | None]) -> dict[int, int]:
    accounts: dict[str, tuple[int, int]] = {}
    for names in _in_parts({person.name for person in people.values()}):
        rows = Labeler.objects.filter(user__username__in=names).values_list("user__username", "vendor_id", "id")
        accounts |= {username: (vendor_id, labeler_id) for username, vendor_id, labeler_id in rows}
    found = {}
    for number, person in people.items():
        account = accounts.get(person.name)
        vendor = vendors.get(person.vendor)
        if account and (person.vendor == NOTHING or (vendor is not None and vendor.pk == account[0])):
            found[number] = account[1]
    return found


def _follow(found: FoundPeople) -> None:
    """Whose work it is: of whoever was found to be the person, as long as that stands."""
    joined = dict(LabelerJoin.objects.filter(undone_at=None).values_list("external_id", "labeler_id"))
    for number, other in found.same.items():
        if other in found.named:
            found.named[number] = found.named[other]
    found.labelers = {number: joined.get(named, named) for number, named in found.named.items()}


def _in_parts(names: Iterable[str]) -> Iterable[Sequence[str]]:
    ordered = sorted(names)
    return (ordered[start : start + NAMES_A_QUERY] for start in range(0, len(ordered), NAMES_A_QUERY))
