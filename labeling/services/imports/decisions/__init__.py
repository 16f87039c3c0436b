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
from labeling.services.imports.decisions.results import ImportResult, QueueResult, result_of
from labeling.services.imports.decisions.undoing import ask_undo, is_being_undone, undo_import, why_not_undone

__all__ = [
    "ColumnDraft",
    "Draft",
    "ImportResult",
    "QueueResult",
    "ask_undo",
    "choose_mapping",
    "confirm_import",
    "draft_of",
    "findings_of",
    "is_being_undone",
    "recheck",
    "reopen_mapping",
    "result_of",
    "store_decisions",
    "undo_import",
    "why_not_undone",
]
