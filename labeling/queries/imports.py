"""Which imports exist for whoever asks, and which ones nobody has finished."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from labeling.enums import ImportKind, ImportState
from labeling.models import ImportFolder, ImportRun
from labeling.queries.queues import visible_queues
from labeling.rules import runs_queues
from qaplatform.people.access import Access

# A message that was not lost has been taken by then; a task that still runs has been killed by then.
WAITED = timedelta(seconds=20)
RAN = timedelta(minutes=15)


@dataclass(frozen=True)
class ImportNotice:
    """A watched folder whose last file did not come in: what is wrong, since when."""

    public_id: UUID
    path: str
    problem: str
    since: datetime


def visible_imports(access: Access) -> QuerySet[ImportRun]:
    """The imports of the queues that the asker sees; files of decisions name none, and are for who runs all queues."""
    visible = Q(queue__in=visible_queues(access))
    if runs_queues.test(access):
        visible |= Q(kind=ImportKind.DECISIONS)
    return ImportRun.objects.filter(visible).select_related("queue", "mapping", "created_by")


def import_notices(access: Access) -> tuple[ImportNotice, ...]:
    """Watched folders that stopped, the longest first; for who runs all queues."""
    if not runs_queues.test(access):
        return ()
    stopped = ImportFolder.objects.filter(is_active=True, problem_since__isnull=False).order_by("problem_since")
    return tuple(ImportNotice(f.public_id, f.path, f.problem, f.problem_since) for f in stopped if f.problem_since)


def forgotten_imports(*, now: datetime) -> list[int]:
    """Runs whose message was lost, or whose worker died: to be checked, imported or taken back."""
    unfinished = (ImportState.CHECKING, ImportState.WAITING, ImportState.RUNNING)
    asked = Q(state=ImportState.DONE, undone_by__isnull=False)
    runs = ImportRun.objects.filter(Q(state__in=unfinished) | asked).order_by("id")
    rows = runs.values_list("id", "state", "options", "created_at")
    return [run_id for run_id, state, options, made in rows if _is_forgotten(state, options, made, now=now)]


def _is_forgotten(state: str, options: Mapping[str, object], created_at: datetime, *, now: datetime) -> bool:
    """`since` is when it was last asked for or begun; a check and an undo may have begun by then."""
    since = options.get("since")
    at = datetime.fromisoformat(str(since)) if since else created_at
    is_begun = state == ImportState.RUNNING or (state != ImportState.WAITING and bool(options.get("tries")))
    return at < now - (RAN if is_begun else WAITED)
