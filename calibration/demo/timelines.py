"""When the days of the demo were."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

SATURDAY = 5


@dataclass(frozen=True)
class Timeline:
    """The working days of the history, the last of them yesterday or before."""

    days: tuple[date, ...]

    def at(self, day: int, *, hour: int) -> datetime:
        """An hour, UTC, of a working day of the history."""
        return datetime.combine(self.days[day], time(hour), UTC)

    @property
    def begin(self) -> datetime:
        """A week before the first day: by then everything was set up."""
        return datetime.combine(self.days[0] - timedelta(days=7), time(9), UTC)

    def stamps(self, day: NDArray[np.int64], seconds: NDArray[np.float64]) -> list[str]:
        """Moments as PostgreSQL reads them; day -1 is a week before the first."""
        dates = np.array([*self.days, self.days[0] - timedelta(days=7)], "datetime64[ms]")
        moments = dates[day] + (seconds * 1000).astype("timedelta64[ms]")
        return np.char.add(np.datetime_as_string(moments), "Z").tolist()  # type: ignore[no-any-return]


def draw_timeline(days: int, *, today: date) -> Timeline:
    """The last so many working days, Monday to Friday, before today."""
    past = (today - timedelta(days=back) for back in range(1, days * 2 + 8))
    working = [day for day in past if day.weekday() < SATURDAY][:days]
    return Timeline(tuple(reversed(working)))
