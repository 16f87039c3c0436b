"""What a pass mark does, drawn."""

from calibration.stats import PassMark
from qaplatform.web.charts import Bar, Bars

ACCURACIES = (0.99, 0.97, 0.95, 0.93, 0.90, 0.85, 0.80, 0.70)


def pass_chart(mark: PassMark) -> Bars:
    """How many of 100 people of each accuracy pass."""
    rows = tuple(Bar(f"{accuracy:.0%} right", round(100 * chance)) for accuracy, chance in mark.curve(ACCURACIES))
    return Bars(rows=rows, x_label="Of 100 people, so many pass")
