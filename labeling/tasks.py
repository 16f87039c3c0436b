"""Work of labeling that needs no request."""

from celery import shared_task

from labeling.queries.imports import forgotten_imports
from labeling.services.adoptions import apply_due_adoptions
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import undo_import as take_back
from labeling.services.imports.folders import look_into_folders
from labeling.services.imports.uploads import remove_old_uploads
from labeling.services.pruning import prune_idempotent_answers
from qaplatform import clock

# A file may take longer than other jobs: all of it goes in, or nothing. Still less than the broker waits for an answer.
LIMITS = {"soft_time_limit": 810, "time_limit": 840}


@shared_task(name="labeling.tasks.prune_keys")
def prune_keys() -> int:
    """Forget the keys of submits that nobody sends again."""
    return prune_idempotent_answers(now=clock.now())


@shared_task(name="labeling.tasks.import_file", **LIMITS)
def import_file(run_id: int) -> None:
    """Import one uploaded file."""
    run_import(run_id)


@shared_task(name="labeling.tasks.check_file", **LIMITS)
def check_file(run_id: int) -> None:
    """Check one file of decisions."""
    check_import(run_id)


@shared_task(name="labeling.tasks.watch_folders", **LIMITS)
def watch_folders() -> int:
    """Import what has come into watched folders."""
    return look_into_folders(now=clock.now())


@shared_task(name="labeling.tasks.undo_import", **LIMITS)
def undo_import(run_id: int) -> None:
    """Take one import of decisions back."""
    take_back(run_id)


@shared_task(name="labeling.tasks.sweep_imports", **LIMITS)
def sweep_imports() -> int:
    """Run the imports that no message announced, and remove files that nobody confirmed."""
    remove_old_uploads(now=clock.now())
    forgotten = forgotten_imports(now=clock.now())
    for run_id in forgotten:
        check_import(run_id)
        run_import(run_id)
        take_back(run_id)
    return len(forgotten)


@shared_task(name="labeling.tasks.apply_adoptions")
def apply_adoptions() -> int:
    """Move queues whose time has come to their new policy version."""
    return apply_due_adoptions(now=clock.now())
