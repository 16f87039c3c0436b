"""What is drawn of one person's accuracy."""

from calibration.queries.scorecards import CusumChart, QueueScorecard
from qaplatform.web.charts import Cusum, CusumPoint, Heat

MOST_POINTS = 400


def cusum_chart(watch: CusumChart | None) -> Cusum | None:
    """The running check, a point a checked answer, with its limit, alarm and change point."""
    if watch is None or not watch.points:
        return None
    points = [
        CusumPoint(at=number, value=step.value, note="wrong" if step.is_wrong else "right")
        for number, step in enumerate(watch.points, start=1)
    ]
    first = max(0, len(points) - MOST_POINTS)
    return Cusum(
        points=tuple(points[first:]),
        limit=watch.limit,
        limit_name="Limit",
        alarm_index=_within(watch.alarm_index, first),
        change_index=_within(watch.change_index, first),
        y_label="Evidence of a change",
    )


def confusion_heat(card: QueueScorecard) -> Heat | None:
    """Expected against given, without rows and columns in which nothing stands."""
    found = card.confusion
    if found is None or not any(any(row) for row in found.cells):
        return None
    rows = [place for place, row in enumerate(found.cells) if any(row)]
    columns = [place for place in range(len(found.given)) if any(row[place] for row in found.cells)]
    return Heat(
        row_labels=tuple(found.expected[row] for row in rows),
        column_labels=tuple(found.given[column] for column in columns),
        cells=tuple(tuple(found.cells[row][column] or None for column in columns) for row in rows),
    )


def _within(index: int | None, first: int) -> int | None:
    return None if index is None or index < first else index - first
