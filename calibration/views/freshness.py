"""How old figures are, in words."""

from collections.abc import Iterable
from datetime import datetime

from calibration.queries.queue_figures import Freshness


def freshness_words(queues: Iterable[Freshness], *, now: datetime) -> str:
    """How old the oldest figures of some queues are, and whether newer ones follow; empty where nothing is counted."""
    known = [fresh for fresh in queues if fresh.counted_at is not None or fresh.is_stale]
    counted = [fresh.counted_at for fresh in known if fresh.counted_at is not None]
    if not known:
        return ""
    oldest = Freshness(counted_at=min(counted, default=None), is_stale=any(fresh.is_stale for fresh in known))
    return counted_words(oldest, now=now)


def counted_words(fresh: Freshness, *, now: datetime) -> str:
    """How old the figures are, and whether newer ones are on their way."""
    if fresh.counted_at is None:
        return "being counted" if fresh.is_stale else "not counted yet"
    age = _age_words((now - fresh.counted_at).total_seconds())
    return f"counted {age}, new answers follow" if fresh.is_stale else f"counted {age}"


def _age_words(seconds: float) -> str:
    if seconds < 60:
        return f"{max(0, round(seconds))} s ago"
    if seconds < 3600:
        return f"{round(seconds / 60)} min ago"
    return f"{round(seconds / 3600)} h ago" if seconds < 172_800 else f"{round(seconds / 86_400)} days ago"
