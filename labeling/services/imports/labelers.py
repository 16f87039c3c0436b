"""Who the labelers of a file are: known ones are found, unknown ones and their vendors are made and told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labeling.importing.problems import FileRefused
from labeling.queries import label_imports as sql
from labeling.services.imports.staging import copy_rows, fetch
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler, Vendor

MOST_LABELERS = 10_000
NAMES_SHOWN = 5

Pair = tuple[str, str]


@dataclass
class _Found:
    """Labelers by (vendor, id in the file), and what had to be made for them."""

    default_vendor: str
    ids: dict[Pair, int] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    made_vendors: list[str] = field(default_factory=list)
    made_labelers: list[str] = field(default_factory=list)

    def vendor_id(self, name: str) -> int | None:
        """The vendor of this name, if there is one."""
        vendor = self.vendors.get((name or self.default_vendor).casefold())
        return vendor.pk if vendor else None


def resolve_labelers(*, default_vendor: str) -> tuple[str, ...]:
    """Find or make the labeler of each (vendor, labeler) in the file and note them for the merge; gives sentences.

    A labeler is known by the id at their vendor or by the user name here; without a vendor first by user name.
    """
    pairs = _pairs()
    found = _Found(default_vendor)
    _find_vendors(found, pairs)
    _find_by_external_id(found, pairs)
    _find_by_username(found, pairs)
    _make_missing(found, pairs)
    copy_rows(sql.COPY_LABELERS, ((vendor, labeler, found.ids[vendor, labeler]) for vendor, labeler in pairs))
    return _notes(found)


def _pairs() -> Sequence[Pair]:
    n = int(str(fetch(sql.COUNT_LABELERS)[0][0]))
    if n > MOST_LABELERS:
        raise FileRefused(
            f"The file names {n:,} labelers; {MOST_LABELERS:,} are the most. Is the labeler's column the right one?"
        )
    return [(str(vendor), str(labeler)) for vendor, labeler in fetch(sql.LABELERS)]


def _find_vendors(found: _Found, pairs: Iterable[Pair]) -> None:
    names = {(vendor or found.default_vendor).casefold() for vendor, _ in pairs}
    found.vendors = {
        vendor.name.casefold(): vendor for vendor in Vendor.objects.all() if vendor.name.casefold() in names
    }


def _find_by_external_id(found: _Found, pairs: Sequence[Pair]) -> None:
    rows = Labeler.objects.filter(
        vendor__in=[vendor.pk for vendor in found.vendors.values()], external_id__in={labeler for _, labeler in pairs}
    ).values_list("vendor_id", "external_id", "id")
    ids: dict[tuple[int | None, str], int] = {
        (vendor_id, external_id): labeler_id for vendor_id, external_id, labeler_id in rows
    }
    for vendor, labeler in pairs:
        known = ids.get((found.vendor_id(vendor), labeler))
        if known is not None:
            found.ids[vendor, labeler] = known


def _find_by_username(found: _Found, pairs: Sequence[Pair]) -> None:
    rows = Labeler.objects.filter(user__username__in={labeler for _, labeler in pairs}).values_list(
        "user__username", "vendor_id", "id"
    )
    people = {username: (vendor_id, labeler_id) for username, vendor_id, labeler_id in rows}
    for vendor, labeler in pairs:
        person = people.get(labeler)
        if person is not None and (not vendor or person[0] == found.vendor_id(vendor)):
            found.ids.setdefault((vendor, labeler), person[1])


def _make_missing(found: _Found, pairs: Sequence[Pair]) -> None:
    missing = [pair for pair in pairs if pair not in found.ids]
    made = Labeler.objects.bulk_create(
        Labeler(vendor=_vendor(found, vendor), kind=LabelerKind.EXTERNAL, external_id=labeler, display_name=labeler)
        for vendor, labeler in missing
    )
    found.ids |= {pair: labeler.pk for pair, labeler in zip(missing, made, strict=True)}
    found.made_labelers += [labeler for _, labeler in missing]


def _vendor(found: _Found, name: str) -> Vendor:
    name = name or found.default_vendor
    vendor = found.vendors.get(name.casefold())
    if vendor is None:
        vendor = found.vendors[name.casefold()] = Vendor.objects.create(name=name)
        found.made_vendors.append(name)
    return vendor


def _notes(found: _Found) -> tuple[str, ...]:
    notes = []
    if found.made_vendors:
        notes.append(f"Made {_counted(found.made_vendors, 'vendor')}.")
    if found.made_labelers:
        notes.append(
            f"Made {_counted(found.made_labelers, 'labeler')}. "
            "They are known only from imported labels and cannot sign in."
        )
    return tuple(notes)


def _counted(names: Sequence[str], word: str) -> str:
    shown = ", ".join(names[:NAMES_SHOWN]) + (" and more" if len(names) > NAMES_SHOWN else "")
    return f"{len(names)} {word}{'' if len(names) == 1 else 's'}: {shown}"
