import pytest

from qaplatform.web.figures import (
    THIN_SPACE,
    bar_geometry,
    count,
    duration,
    interval,
    number,
    percent,
    share,
    signed,
)
from tests.web.estimates import NOTHING_YET, TWELVE_OF_FOURTEEN, Measured


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.864, ".86"),
        (0.0, ".00"),
        (1.0, "1.00"),
        (-0.0234, "−.02"),
        (-0.001, "−.001"),
        (0.5, ".50"),
    ],
)
def test_share_drops_the_leading_zero(value: float, written: str) -> None:
    assert share(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.998, ".998"), (0.9996, ">.999"), (0.004, ".004"), (0.0003, "<.001"), (-0.0003, ">\N{MINUS SIGN}.001")],
)
def test_share_never_rounds_to_all_or_nothing(value: float, written: str) -> None:
    assert share(value) == written


@pytest.mark.parametrize("write", [share, percent, count, number, signed, duration])
def test_undefined_is_a_dash_and_never_zero(write: object) -> None:
    assert callable(write)

    assert write(None) == "–"


def test_percent_never_rounds_to_all_or_nothing() -> None:
    assert percent(0.998) == f"99.8{THIN_SPACE}%"
    assert percent(0.001) == f"0.1{THIN_SPACE}%"
    assert percent(1.0) == f"100{THIN_SPACE}%"


def test_interval_without_bounds_is_empty() -> None:
    assert interval(None, None) == ""


def test_count_separates_thousands() -> None:
    assert count(110000) == f"110{THIN_SPACE}000"


def test_bar_of_an_undefined_estimate_is_not_drawn() -> None:
    assert bar_geometry(NOTHING_YET, target=0.95, low=0, high=1) is None


def test_bar_places_interval_point_and_target() -> None:
    bar = bar_geometry(TWELVE_OF_FOURTEEN, target=0.95, low=0.5, high=1.0)

    assert bar is not None
    assert (bar.start, bar.width, bar.point, bar.target) == (
        "22.00%",
        "72.00%",
        "71.40%",
        "90.00%",
    )


def test_bar_keeps_to_its_ends_and_draws_no_point_beyond_them() -> None:
    bar = bar_geometry(Measured(0.2, 0.1, 0.6, 10), target=None, low=0.5, high=1.0)

    assert bar is not None
    assert (bar.start, bar.point) == ("0.00%", None)
