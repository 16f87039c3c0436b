from datetime import date

import numpy as np
import pytest

from calibration.demo.timelines import draw_timeline


@pytest.mark.parametrize("today", [date(2026, 11, day) for day in range(16, 23)])
def test_30_working_days_end_yesterday_or_before(today):
    timeline = draw_timeline(30, today=today)

    assert len(timeline.days) == 30
    assert max(timeline.days) < today
    assert (today - max(timeline.days)).days <= 3
    assert (today - min(timeline.days)).days <= 42
    assert all(day.weekday() < 5 for day in timeline.days)


def test_stamps_are_moments_in_utc():
    timeline = draw_timeline(2, today=date(2026, 11, 21))

    stamps = timeline.stamps(np.array([0, 1, -1]), np.array([3600.5, 0.0, 0.0]))

    assert stamps == ["2026-11-19T01:00:00.500Z", "2026-11-20T00:00:00.000Z", "2026-11-12T00:00:00.000Z"]
