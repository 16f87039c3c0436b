"""Importing files of items and of labels made elsewhere: all of a file, or nothing of it."""

from labeling.services.imports.drafts import confirm_columns, discard_upload
from labeling.services.imports.runs import check_import, refuse_upload, run_import
from labeling.services.imports.uploads import remove_upload, store_upload, upload_path

__all__ = [
    "check_import",
    "confirm_columns",
    "discard_upload",
    "refuse_upload",
    "remove_upload",
    "run_import",
    "store_upload",
    "upload_path",
]
