"""What is drawn of agreement."""

from calibration.queries.agreement import AgreementPage, WeekFigure
from qaplatform.web.charts import Mark, Trend, TrendPoint, TrendSeries


def trend_chart(page: AgreementPage) -> Trend | None:
    """Alpha by week with its interval; each policy version is a line of its own: their answers are never mixed."""
    if not any(week.alpha.is_known for week in page.trend):
        return None
    versions = sorted({week.version for week in page.trend})
    series = [
        TrendSeries(f"Policy v{version}", tuple(_point(week) for week in page.trend if week.version == version))
        for version in versions
    ]
    weeks = [week.week for week in page.trend]
    marks = [Mark(mark.at, mark.name) for mark in page.marks if min(weeks) <= mark.at.date()]
    return Trend(series=tuple(series), marks=tuple(marks), y_label="alpha", low=_low(page), high=1.0)


def _point(week: WeekFigure) -> TrendPoint:
    alpha = week.alpha
    return TrendPoint(at=week.week, value=alpha.value, lower=alpha.lower, upper=alpha.upper, n=week.n_items)


def _low(page: AgreementPage) -> float:
    """The axis begins at chance, or lower where an interval reaches below it."""
    bounds = [week.alpha.lower for week in page.trend if week.alpha.lower is not None]
    return 0.0 if min(bounds, default=0.0) >= 0 else -1.0
