"""Whom files mean that name people and vendors: one look-up for every kind of import."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labeling.importing.values import value_key
from qaplatform.people.enums import LabelerKind
from qaplatform.people.models import Labeler, LabelerJoin, Vendor, VendorAlias

NAMES_A_QUERY = 5_000


@dataclass(frozen=True)
class KnownPeople:
    """Labelers by the names that files may use: ids at each vendor, and user names with the vendor of the account."""

    ids: Mapping[str, Mapping[int, int]]
    accounts: Mapping[str, tuple[int, int]]

    def find(self, name: str, *, vendor_id: int | None, is_vendor_named: bool) -> int | None:
        """The labeler whom a file means: by the id at the vendor, then by the user name.

        Where the file names no vendor, `vendor_id` is the usual one, if there is any; else an id that only one vendor
        has will do, and a user name whatever the vendor.
        """
        at = self.ids.get(name, {})
        if vendor_id is not None and vendor_id in at:
            return at[vendor_id]
        if not is_vendor_named and len(at) == 1:
            return next(iter(at.values()))
        account = self.accounts.get(name)
        return account[1] if account and (not is_vendor_named or account[0] == vendor_id) else None


def read_people(names: Iterable[str]) -> KnownPeople:
    """Everybody who has one of these names: two queries for some thousand names."""
    ids: defaultdict[str, dict[int, int]] = defaultdict(dict)
    accounts: dict[str, tuple[int, int]] = {}
    for part in _in_parts(set(names)):
        rows = Labeler.objects.filter(external_id__in=part).values_list("external_id", "vendor_id", "id")
        for external_id, vendor_id, labeler_id in rows:
            ids[external_id][vendor_id] = labeler_id
        users = Labeler.objects.filter(user__username__in=part).values_list("user__username", "vendor_id", "id")
        accounts |= {username: (vendor_id, labeler_id) for username, vendor_id, labeler_id in users}
    return KnownPeople(ids, accounts)


def joined_labelers() -> dict[int, int]:
    """Whose work it is that files give in somebody's name: those who were found to be somebody else, and who."""
    return dict(LabelerJoin.objects.filter(undone_at=None).values_list("external_id", "labeler_id"))


def make_externals(wanted: Iterable[tuple[Vendor, str]]) -> dict[tuple[int, str], int]:
    """Labelers without an account, one a vendor and id, however often a file names them; by vendor and id."""
    vendors = {(vendor.pk, name): vendor for vendor, name in wanted}
    made = Labeler.objects.bulk_create(
        (
            Labeler(vendor=vendor, kind=LabelerKind.EXTERNAL, external_id=name, display_name=name)
            for (_, name), vendor in vendors.items()
        ),
        batch_size=NAMES_A_QUERY,
    )
    return {pair: labeler.pk for pair, labeler in zip(vendors, made, strict=True)}


def known_vendor(name: str, vendors: Iterable[Vendor]) -> Vendor | None:
    """The vendor of this name, or of whom it is another name. Aliases should be read ahead."""
    wanted = value_key(name)
    found = None
    for vendor in vendors:
        if value_key(vendor.name) == wanted:
            return vendor
        if any(value_key(alias.name) == wanted for alias in vendor.aliases.all()):
            found = vendor
    return found


def vendor_named(name: str) -> Vendor | None:
    """The vendor of this name, or of whom it is another name."""
    alias = VendorAlias.objects.filter(name__iexact=name).select_related("vendor").first()
    return Vendor.objects.filter(name__iexact=name).first() or (alias.vendor if alias else None)


def _in_parts(names: Iterable[str]) -> Iterable[Sequence[str]]:
    ordered = sorted(names)
    return (ordered[start : start + NAMES_A_QUERY] for start in range(0, len(ordered), NAMES_A_QUERY))
