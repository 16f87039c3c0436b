"""Files on their way in, kept under random names until they were read."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Q

from labeling.enums import ImportKind, ImportState
from labeling.errors import FileTooLarge
from labeling.models import ImportRun, Queue

LARGEST_FILE = 200 * 1024 * 1024
KEPT_UNCONFIRMED = timedelta(days=1)
# Files of watched folders wait for somebody who did not upload them.
KEPT_FROM_FOLDERS = timedelta(days=30)


def store_upload(
    queue: Queue | None, *, kind: ImportKind, file_name: str, chunks: Iterable[bytes], actor: AbstractBaseUser
) -> ImportRun:
    """Keep a file and open its run, which waits for its columns. Raises FileTooLarge beyond 200 MB."""
    stored_as = uuid4().hex
    size = _write(Path(settings.UPLOAD_DIR) / stored_as, chunks)
    return ImportRun.objects.create(
        kind=kind,
        queue=queue,
        state=ImportState.UPLOADED,
        file_name=Path(file_name).name[-255:],
        file_size=size,
        stored_as=stored_as,
        created_by_id=actor.pk,
    )


def upload_path(run: ImportRun) -> Path:
    """Where the file of a run lies."""
    return Path(settings.UPLOAD_DIR) / run.stored_as


def remove_upload(run: ImportRun) -> None:
    """Delete the file of a run, if it is still there."""
    if run.stored_as:
        upload_path(run).unlink(missing_ok=True)


def remove_old_uploads(*, now: datetime) -> int:
    """Delete files whose columns nobody confirmed within a day, with their runs; gives how many."""
    waiting = (ImportState.UPLOADED, ImportState.CHECKED)
    own = Q(created_at__lt=now - KEPT_UNCONFIRMED, folder=None)
    watched = Q(created_at__lt=now - KEPT_FROM_FOLDERS)
    old = list(ImportRun.objects.filter(own | watched, state__in=waiting))
    for run in old:
        remove_upload(run)
        run.delete()
    return len(old)


def _write(path: Path, chunks: Iterable[bytes]) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        with path.open("xb") as file:
            for chunk in chunks:
                size += len(chunk)
                _refuse_large(size)
                file.write(chunk)
    except BaseException:
        with suppress(FileNotFoundError):
            path.unlink()
        raise
    return size


def _refuse_large(size: int) -> None:
    if size > LARGEST_FILE:
        limit = LARGEST_FILE // (1024 * 1024)
        raise FileTooLarge(f"The file is larger than {limit} MB. Split it and import the parts one after the other.")
