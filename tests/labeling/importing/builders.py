"""Files for the tests of imports: short to write, run as the product runs them."""

from django.contrib.auth.base_user import AbstractBaseUser

from labeling.enums import ImportKind
from labeling.models import ImportRun, Queue
from labeling.services.imports import confirm_columns, run_import, store_upload
from labeling.services.imports.drafts import guess_for, preview_of
from qaplatform.people.enums import Role
from tests.builders import make_user


def upload(
    queue: Queue,
    content: bytes | str,
    *,
    kind: ImportKind = ImportKind.ITEMS,
    name: str = "file.csv",
    actor: AbstractBaseUser | None = None,
) -> ImportRun:
    """A file that waits for its columns."""
    raw = content.encode() if isinstance(content, str) else content
    return store_upload(
        queue, kind=kind, file_name=name, chunks=[raw], actor=actor or make_user(roles=[Role.QA_MANAGER])
    )


def start(run: ImportRun, columns: dict[str, str] | None = None, **settings: object) -> ImportRun:
    """A run with its columns as guessed, or as given, imported to its end."""
    chosen = columns or guess_for(run, preview_of(run).columns)
    run = confirm_columns(run, chosen, actor=run.created_by, settings=settings)
    return run_import(run.pk)


def import_file(
    queue: Queue,
    content: bytes | str,
    *,
    kind: ImportKind = ImportKind.ITEMS,
    name: str = "file.csv",
    columns: dict[str, str] | None = None,
    **settings: object,
) -> ImportRun:
    """Upload and import in one go."""
    return start(upload(queue, content, kind=kind, name=name), columns, **settings)


def sentences(run: ImportRun) -> list[tuple[int, str]]:
    """The kept errors of a run as (line, sentence)."""
    return [(error["line"], error["message"]) for error in run.errors]
