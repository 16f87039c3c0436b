"""What a pass mark does, drawn."""

from calibration.stats import PassMark
from qaplatform.web.charts import Bar, Bars

ACCURACIES = (0.99, 0.97, 0.95, 0.93, 0.90, 0.85, 0.80, 0.70)


def pass_chart(mark: PassMark) -> Bars:
    """The share of people of each accuracy who pass."""
    rows = tuple(Bar(f"{accuracy:.0%} accurate", chance) for accuracy, chance in mark.curve(ACCURACIES))
    return Bars(rows=rows, x_label="Share that passes")
