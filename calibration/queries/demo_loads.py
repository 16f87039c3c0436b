"""How far the demo is loaded."""

from dataclasses import dataclass

from calibration.models import DemoLoad

ONLY = 1


@dataclass(frozen=True)
class DemoProgress:
    """What the sign-in page shows."""

    done: int
    total: int
    text: str
    finished: bool
    error: str


def read_progress() -> DemoProgress:
    """How far the demo is; nothing done where nobody has begun."""
    row = DemoLoad.objects.filter(pk=ONLY).first()
    if row is None:
        return DemoProgress(0, 1, "Waiting to begin", finished=False, error="")
    return DemoProgress(row.done, row.total, row.step, finished=row.finished_at is not None, error=row.error)


def is_loaded() -> bool:
    """Whether the demo is there, whole."""
    return DemoLoad.objects.filter(pk=ONLY, finished_at__isnull=False).exists()
