"""Watched folders: files that come again and again are imported by themselves, as long as nothing has to be decided.

A file is taken once nobody writes to it any more, and ends in `done` or `failed` inside its folder. A file that needs a
decision waits as a checked import for a person, and the next ones wait behind it.
"""

from datetime import datetime
from os import fstat
from pathlib import Path

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F

from labeling.enums import ImportState
from labeling.importing.findings import NameDecisions
from labeling.importing.problems import FileRefused
from labeling.models import ImportFolder, ImportMapping, ImportRun
from labeling.services.imports.decisions.drafts import (
    choose_mapping,
    confirm_import,
    draft_of,
    findings_of,
    store_decisions,
)
from labeling.services.imports.decisions.memory import header_hash, mapping_in
from labeling.services.imports.runs import check_import, refuse_upload, run_import
from labeling.services.imports.watched import (
    DONE,
    FAILED,
    folder_choices,
    free_name,
    import_root,
    is_text,
    put_away,
    ready_files,
    safe_path,
    state_of,
)
from qaplatform.errors import DomainError, InvalidInput
from qaplatform.trail.services import record

__all__ = ["folder_choices", "import_root", "look_into_folders", "resume_folder", "stop_folder", "watch_folder"]

CHUNK = 1024 * 1024
SENTENCES_KEPT = 3


@transaction.atomic
def watch_folder(path: str, mapping: ImportMapping, *, actor: AbstractBaseUser) -> ImportFolder:
    """Import the files of a folder with a remembered mapping from now on. Raises InvalidInput."""
    real = safe_path(path)
    relative = str(real.relative_to(import_root() or real))
    if ImportFolder.objects.filter(path=relative, is_active=True).exists():
        raise InvalidInput(f"The folder {relative} is watched already.", detail={"field": "path"})
    folder, _ = ImportFolder.objects.update_or_create(
        path=relative,
        defaults={
            "mapping": mapping,
            "is_active": True,
            "created_by_id": actor.pk,
            "problem": "",
            "problem_since": None,
        },
    )
    record("import_folder_watched", folder, actor=actor, detail={"path": relative, "mapping": mapping.name})
    return folder


@transaction.atomic
def stop_folder(folder: ImportFolder, *, actor: AbstractBaseUser) -> ImportFolder:
    """Watch a folder no longer; what came in stays."""
    folder.is_active = False
    folder.problem, folder.problem_since = "", None
    folder.save(update_fields=["is_active", "problem", "problem_since"])
    record("import_folder_stopped", folder, actor=actor, detail={"path": folder.path})
    return folder


@transaction.atomic
def resume_folder(folder: ImportFolder, *, actor: AbstractBaseUser) -> ImportFolder:
    """Somebody has read what went wrong: the notice goes away."""
    folder.problem, folder.problem_since = "", None
    folder.save(update_fields=["problem", "problem_since"])
    record("import_folder_resumed", folder, actor=actor, detail={"path": folder.path})
    return folder


def look_into_folders(*, now: datetime) -> int:
    """Take the next file of each watched folder; gives how many came in.

    Whoever waits longest is first, so that a folder whose file stops the work does not stop the others.
    """
    longest_first = F("looked_at").asc(nulls_first=True)
    folders = ImportFolder.objects.filter(is_active=True).order_by(longest_first, "id")
    return sum(_look_into(folder, now=now) for folder in list(folders))


def _look_into(folder: ImportFolder, *, now: datetime) -> int:
    folder.looked_at = now
    folder.save(update_fields=["looked_at"])
    try:
        run = _waiting_run(folder) or _take_next(folder, now=now)
        return _go_on(folder, run, now=now) if run else 0
    except DomainError as error:
        _note(folder, error.message, now=now)
    except OSError as error:
        _note(folder, f"The folder {folder.path} cannot be read or written: {error.strerror}. Check it.", now=now)
    return 0


def _waiting_run(folder: ImportFolder) -> ImportRun | None:
    """The file that this folder is at."""
    runs = folder.runs.select_related("created_by", "mapping").order_by("-id")
    return runs.exclude(options__has_key="put_away").first()


def _take_next(folder: ImportFolder, *, now: datetime) -> ImportRun | None:
    here = safe_path(folder.path)
    path = next(ready_files(here, now=now), None)
    if path is None:
        return None
    if path.is_symlink():
        raise InvalidInput(f"{folder.path}/{path.name} is a link, which is not followed. Put the file itself there.")
    if not is_text(path.name):
        raise InvalidInput(f"The name of a file in {folder.path} cannot be read. Rename it with letters and digits.")
    try:
        return _open_run(folder, path)
    except (FileRefused, DomainError) as refused:
        there = here / FAILED
        there.mkdir(exist_ok=True)
        path.rename(free_name(there / path.name))
        raise InvalidInput(f"{path.name}: {refused.message}") from refused


@transaction.atomic
def _open_run(folder: ImportFolder, path: Path) -> ImportRun | None:
    """A run for a file, unless somebody else has just taken it."""
    locked = ImportFolder.objects.select_for_update().select_related("mapping", "created_by").get(pk=folder.pk)
    if _waiting_run(locked) is not None:
        return None
    with path.open("rb") as stream:
        taken = state_of(fstat(stream.fileno()))
        chunks = iter(lambda: stream.read(CHUNK), b"")
        run = store_decisions(file_name=path.name, chunks=chunks, actor=locked.created_by)
    run.folder = locked
    run.options = {**run.options, "source": path.name, "source_state": taken}
    run.save(update_fields=["folder", "options"])
    return run


def _go_on(folder: ImportFolder, run: ImportRun, *, now: datetime) -> int:
    """Bring a file one step further, or all the way where nothing has to be decided."""
    if run.state == ImportState.UPLOADED:
        run = _begin(folder, run)
    if run.state == ImportState.CHECKED:
        run = _confirm(folder, run, now=now)
    if run.state in {ImportState.DONE, ImportState.UNDONE}:
        put_away(run, DONE)
        _forget_waiting(folder, run)
        return 1
    if run.state == ImportState.REFUSED:
        _note(folder, f"{run.file_name} was refused. {_first_error(run)}", now=now)
        put_away(run, FAILED)
    return 0


def _begin(folder: ImportFolder, run: ImportRun) -> ImportRun:
    mapping = mapping_in(folder.mapping)
    try:
        _refuse_other_columns(run, folder.mapping)
    except FileRefused as refused:
        refuse_upload(run, refused)
        return run
    return check_import(choose_mapping(run, mapping, actor=run.created_by).pk)


def _confirm(folder: ImportFolder, run: ImportRun, *, now: datetime) -> ImportRun:
    findings = findings_of(run)
    open_questions = (*findings.undecided, *findings.unnamed)
    if open_questions:
        said = " ".join(open_questions[:SENTENCES_KEPT])
        _note(folder, f"{_waits(run)} {said} Open the import to decide.", now=now)
        return run
    return run_import(confirm_import(run, NameDecisions(), actor=run.created_by).pk)


def _refuse_other_columns(run: ImportRun, remembered: ImportMapping) -> None:
    header = [column.name for column in draft_of(run).columns]
    if header_hash(header) == remembered.header_hash:
        return
    known = [column.column for column in mapping_in(remembered).columns]
    missing = ", ".join(name for name in known if name not in header) or "none"
    more = ", ".join(name for name in header if name not in known) or "none"
    raise FileRefused(
        f"The file has other columns than before. Missing: {missing}. New: {more}. Import it by hand once."
    )


def _first_error(run: ImportRun) -> str:
    return str(run.errors[0]["message"]) if run.errors else ""


def _note(folder: ImportFolder, problem: str, *, now: datetime) -> None:
    folder.problem = problem
    folder.problem_since = folder.problem_since or now
    folder.save(update_fields=["problem", "problem_since"])


def _forget_waiting(folder: ImportFolder, run: ImportRun) -> None:
    """What a file waited for was decided."""
    if run.file_name and folder.problem.startswith(_waits(run)):
        folder.problem, folder.problem_since = "", None
        folder.save(update_fields=["problem", "problem_since"])


def _waits(run: ImportRun) -> str:
    return f"{run.file_name} waits for decisions."
