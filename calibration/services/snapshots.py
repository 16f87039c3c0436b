"""Storing snapshots: what did not change is not written again."""

from collections.abc import Sequence

from calibration.enums import Metric
from calibration.models import MetricSnapshot

WRITTEN = ["population", "tally", "estimates", "computed_at"]
KEY = ["queue", "question", "metric", "cut", "key", "reference"]


def store_snapshots(queue_id: int, snapshots: Sequence[MetricSnapshot]) -> int:
    """Make a queue's snapshots exactly these; says how many were written or deleted. Call it under the queue's lock.

    Those of the night, where disagreement comes from, are left alone.
    """
    rows = MetricSnapshot.objects.filter(queue_id=queue_id).exclude(metric=Metric.ATTRIBUTION)
    stored = {_key(row): row for row in rows}
    changed = [row for row in snapshots if not _is_same(row, stored.get(_key(row)))]
    MetricSnapshot.objects.bulk_create(
        changed, update_conflicts=True, update_fields=WRITTEN, unique_fields=KEY, batch_size=500
    )
    gone = set(stored) - {_key(row) for row in snapshots}
    if gone:
        MetricSnapshot.objects.filter(pk__in=[stored[key].pk for key in gone]).delete()
    return len(changed) + len(gone)


def _key(row: MetricSnapshot) -> tuple[str, ...]:
    return (row.question, row.metric, row.cut, row.key, row.reference)


def _is_same(row: MetricSnapshot, stored: MetricSnapshot | None) -> bool:
    return stored is not None and all(getattr(row, name) == getattr(stored, name) for name in WRITTEN[:-1])
