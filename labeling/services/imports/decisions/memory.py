"""What is remembered of imports: the meaning of the columns under a header, and what names were said to be."""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from labeling.importing.findings import NameDecisions
from labeling.importing.meanings import DecisionMapping
from labeling.models import ImportMapping, ImportRun
from qaplatform import clock

LONGEST_NAME = 200


def header_hash(columns: Iterable[str]) -> str:
    """The same for the same columns in any order."""
    return sha256(msgspec.json.encode(sorted(columns))).hexdigest()


def remembered_for(columns: Iterable[str]) -> ImportMapping | None:
    """The mapping of an earlier file with these columns."""
    return ImportMapping.objects.filter(header_hash=header_hash(columns)).first()


def mapping_in(remembered: ImportMapping) -> DecisionMapping:
    """What the columns meant then."""
    return DecisionMapping.from_json(remembered.options["mapping"])


def decisions_in(remembered: ImportMapping | None) -> NameDecisions:
    """What the names were said to be then."""
    stored = remembered.options.get("decisions") if remembered else None
    return NameDecisions.from_json(stored) if stored else NameDecisions()


def remember(run: ImportRun, mapping: DecisionMapping, decisions: NameDecisions) -> ImportMapping:
    """Keep both for the next file with this header; what earlier files decided stays where this one says nothing."""
    found = remembered_for(column.column for column in mapping.columns)
    kept = decisions.over(decisions_in(found)).as_json() | {"confirmed_people": "", "leave_out_problems": False}
    options = {"mapping": mapping.as_json(), "decisions": kept}
    if found is None:
        return ImportMapping.objects.create(
            name=(mapping.name or run.file_name)[:LONGEST_NAME],
            header_hash=header_hash(column.column for column in mapping.columns),
            options=options,
            created_by=run.created_by,
        )
    found.options = options
    found.name = (mapping.name or found.name)[:LONGEST_NAME]
    found.used_at = clock.now()
    found.save(update_fields=["options", "name", "used_at"])
    return found
