"""Importing decisions as people have them: guess, check, confirm, import, take back."""

from labeling.services.imports.decisions.drafts import (
    ColumnDraft,
    Draft,
    choose_mapping,
    confirm_import,
    draft_of,
    findings_of,
    recheck,
    reopen_mapping,
    store_decisions,
)

__all__ = [
    "ColumnDraft",
    "Draft",
    "choose_mapping",
    "confirm_import",
    "draft_of",
    "findings_of",
    "recheck",
    "reopen_mapping",
    "store_decisions",
]
