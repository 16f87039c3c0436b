import json
from datetime import date

from qaplatform.web.charts import (
    Bar,
    Bars,
    Cusum,
    CusumPoint,
    Heat,
    Mark,
    Trend,
    TrendPoint,
    TrendSeries,
    Whisker,
    Whiskers,
)

WEEKS = (
    TrendPoint(at=date(2026, 11, 1), value=0.71, lower=0.6, upper=0.8, n=40),
    TrendPoint(at=date(2026, 11, 8), value=None, n=1),
)


def test_trend_says_in_its_table_what_it_draws() -> None:
    chart = Trend(series=(TrendSeries("Spam", WEEKS),), y_label="alpha")

    assert chart.table().headings == ("Date", "Series", "alpha", "Interval", "n")
    assert chart.table().rows == (
        ("1 Nov 2026", "Spam", ".71", "(.60 to .80)", "40"),
        ("8 Nov 2026", "Spam", "–", "", "1"),
    )


def test_spec_is_json_with_gaps_as_null() -> None:
    chart = Trend(
        series=(TrendSeries("Spam", WEEKS),),
        marks=(Mark(date(2026, 11, 5), "policy v4"),),
    )

    spec = json.loads(json.dumps(chart.spec()))

    assert spec["kind"] == "trend"
    assert spec["series"][0]["points"][1]["value"] is None
    assert spec["marks"] == [{"at": "2026-11-05", "label": "policy v4"}]


def test_whiskers_table_has_interval_and_n() -> None:
    chart = Whiskers(rows=(Whisker("lena", 0.86, 0.61, 0.97, 14),), x_label="Accuracy")

    assert chart.table().rows == (("lena", ".86", "(.61 to .97)", "14"),)


def test_cusum_table_names_change_and_alarm() -> None:
    points = tuple(CusumPoint(at=index, value=index / 2) for index in range(3))
    chart = Cusum(points=points, limit=0.9, change_index=0, alarm_index=2)

    assert [row[2] for row in chart.table().rows] == ["estimated change", "–", "alarm"]


def test_bars_table_writes_whole_numbers_whole() -> None:
    assert Bars(rows=(Bar("2.3", 12, 40), Bar("2.4", None))).table().rows == (
        ("2.3", "12", "40"),
        ("2.4", "–", "–"),
    )


def test_heat_table_names_rows_and_columns() -> None:
    chart = Heat(row_labels=("spam",), column_labels=("spam", "scam"), cells=((41, None),))

    assert chart.table().headings == ("Expected / Given", "spam", "scam")
    assert chart.table().rows == (("spam", "41", "–"),)
