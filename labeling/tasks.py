"""Work of labeling that needs no request."""

from celery import shared_task

from labeling.queries.adoptions import due_adoption_ids
from labeling.queries.imports import forgotten_imports
from labeling.queries.requeues import unfinished_rearrangement_ids, unfinished_requeue_ids
from labeling.services.adoptions import apply_adoption
from labeling.services.imports import check_import, run_import
from labeling.services.imports.decisions import undo_import as take_back
from labeling.services.imports.folders import look_into_folders
from labeling.services.imports.uploads import remove_old_uploads
from labeling.services.pruning import prune_idempotent_answers
from labeling.services.rearranging import carry_out_rearrangement
from labeling.services.requeue import carry_out_requeue
from qaplatform import clock

# A file may take longer than other jobs: all of it goes in, or nothing. Still less than the broker waits for an answer.
LONG = {"soft_time_limit": 810, "time_limit": 840}


@shared_task(name="labeling.tasks.prune_keys")
def prune_keys() -> int:
    """Forget the keys of submits that nobody sends again."""
    return prune_idempotent_answers(now=clock.now())


@shared_task(name="labeling.tasks.import_file", about="import", **LONG)
def import_file(run_id: int) -> None:
    """Import one uploaded file."""
    run_import(run_id)


@shared_task(name="labeling.tasks.check_file", about="import", **LONG)
def check_file(run_id: int) -> None:
    """Check one file of decisions."""
    check_import(run_id)


@shared_task(name="labeling.tasks.watch_folders", **LONG)
def watch_folders() -> int:
    """Import what has come into watched folders."""
    return look_into_folders(now=clock.now())


@shared_task(name="labeling.tasks.undo_import", about="import", **LONG)
def undo_import(run_id: int) -> None:
    """Take one import of decisions back."""
    take_back(run_id)


@shared_task(name="labeling.tasks.sweep_imports")
def sweep_imports() -> None:
    """Find the imports that no message announced, and remove files that nobody confirmed."""
    remove_old_uploads(now=clock.now())
    for run_id in forgotten_imports(now=clock.now()):
        resume_import.apply_async([run_id], expires=30)


@shared_task(name="labeling.tasks.resume_import", about="import", **LONG)
def resume_import(run_id: int) -> None:
    """Take one import up where it stands: check the file, import it, or take it back."""
    check_import(run_id)
    run_import(run_id)
    take_back(run_id)


@shared_task(name="labeling.tasks.apply_adoptions")
def apply_adoptions() -> None:
    """Find queues whose time has come for a new policy version: one job a move."""
    for adoption_id in due_adoption_ids(clock.now()):
        apply_one.apply_async([adoption_id], expires=10)


@shared_task(name="labeling.tasks.apply_one", about="adoption")
def apply_one(adoption_id: int) -> None:
    """Move one queue to its new policy version."""
    apply_adoption(adoption_id, now=clock.now())


@shared_task(name="labeling.tasks.change_queues")
def change_queues() -> None:
    """Find what is to be asked again of others, and queues whose settings are to reach what waits: one job each."""
    for requeue_id in unfinished_requeue_ids():
        requeue_one.apply_async([requeue_id], expires=30)
    for rearrangement_id in unfinished_rearrangement_ids():
        rearrange_one.apply_async([rearrangement_id], expires=30)


@shared_task(name="labeling.tasks.requeue_one", about="requeue", **LONG)
def requeue_one(requeue_id: int) -> None:
    """Ask one person's answers of a period again."""
    carry_out_requeue(requeue_id, now=clock.database_now())


@shared_task(name="labeling.tasks.rearrange_one", about="rearrangement", **LONG)
def rearrange_one(rearrangement_id: int) -> None:
    """Apply one queue's settings to what waits in it."""
    carry_out_rearrangement(rearrangement_id, now=clock.database_now())
