"""Who the labelers of a file are: known ones are found, unknown ones and their vendors are made and told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labeling.importing.problems import FileRefused
from labeling.queries import label_imports as sql
from labeling.services.imports.known_people import joined_labelers, known_vendor, make_externals, read_people
from labeling.services.imports.staging import copy_rows, fetch
from qaplatform.people.models import Vendor

MOST_LABELERS = 10_000
NAMES_SHOWN = 5

Pair = tuple[str, str]


@dataclass
class _Found:
    """Labelers by (vendor, id in the file), and what had to be made for them."""

    default_vendor: str
    named: dict[Pair, int] = field(default_factory=dict)
    vendors: dict[str, Vendor] = field(default_factory=dict)
    made_vendors: list[str] = field(default_factory=list)
    made_labelers: list[str] = field(default_factory=list)

    def vendor(self, name: str) -> Vendor | None:
        """The vendor that the file means, if there is one."""
        return self.vendors.get((name or self.default_vendor).casefold())


def resolve_labelers(*, default_vendor: str) -> tuple[str, ...]:
    """Find or make the labeler of each (vendor, labeler) in the file and note them for the merge; gives sentences.

    Whom the file means, and whose work that is by now, is decided as for files of decisions.
    """
    pairs = _pairs()
    found = _Found(default_vendor)
    _find_vendors(found, pairs)
    _find_people(found, pairs)
    _make_missing(found, pairs)
    joined = joined_labelers()
    copy_rows(sql.COPY_LABELERS, ((*pair, named, joined.get(named, named)) for pair, named in found.named.items()))
    return _notes(found)


def _pairs() -> Sequence[Pair]:
    n = int(str(fetch(sql.COUNT_LABELERS)[0][0]))
    if n > MOST_LABELERS:
        raise FileRefused(
            f"The file names {n:,} labelers; {MOST_LABELERS:,} are the most. Is the labeler's column the right one?"
        )
    return [(str(vendor), str(labeler)) for vendor, labeler in fetch(sql.LABELERS)]


def _find_vendors(found: _Found, pairs: Iterable[Pair]) -> None:
    vendors = list(Vendor.objects.prefetch_related("aliases"))
    for name in {vendor or found.default_vendor for vendor, _ in pairs}:
        vendor = known_vendor(name, vendors)
        if vendor is not None:
            found.vendors[name.casefold()] = vendor


def _find_people(found: _Found, pairs: Sequence[Pair]) -> None:
    known = read_people(labeler for _, labeler in pairs)
    for name, labeler in pairs:
        vendor = found.vendor(name)
        labeler_id = known.find(labeler, vendor_id=vendor.pk if vendor else None, is_vendor_named=bool(name))
        if labeler_id is not None:
            found.named[name, labeler] = labeler_id


def _make_missing(found: _Found, pairs: Sequence[Pair]) -> None:
    missing = {pair: (_vendor(found, pair[0]), pair[1]) for pair in pairs if pair not in found.named}
    made = make_externals(missing.values())
    found.named |= {pair: made[vendor.pk, name] for pair, (vendor, name) in missing.items()}
    found.made_labelers += [name for _, name in made]


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
