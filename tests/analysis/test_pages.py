import re
from datetime import date

from calibration.analysis.layouts import Layout
from calibration.analysis.pages import report_page
from calibration.analysis.terminal import terminal_report
from tests.analysis.builders import report_of, written

ROWS = "".join(f"{i},{r},{'y' if i % 7 == k else 'x'},x,V{k % 2}\n" for i in range(60) for k, r in enumerate("abc"))


def some_report(folder):
    return report_of(written(folder, "item,rater,label,gold,vendor\n" + ROWS), Layout(by=("vendor",)))


def test_page_loads_nothing_and_runs_nothing(tmp_path):
    page = report_page(some_report(tmp_path), source="ratings.csv")

    assert not re.search(r"<script|<link|<img|<iframe|src=|href=|url\(|@import|https?:", page)


def test_page_says_first_things_first(tmp_path):
    page = report_page(some_report(tmp_path), source="ratings.csv", made_on=date(2025, 1, 31))

    order = [
        "<h1>a, b and c are below",
        "What stands out",
        "How far raters agree",
        "Each rater",
        "By vendor",
        "How this was",
    ]
    assert [page.index(text) for text in order] == sorted(page.index(text) for text in order)
    assert page.count("<h1>") == 1
    assert page.count("<table") == page.count("<caption>")
    assert "Measured on 2025-01-31." in page


def test_names_from_the_file_cannot_become_markup(tmp_path):
    evil = "<b>&\"'"
    rows = "".join(f"{i},{evil.replace(chr(34), chr(34) * 2)},x,{'x' if i % 2 else 'y'}\n" for i in range(40))
    path = written(
        tmp_path,
        "item,rater,label,gold\n"
        + "".join(
            f'{r.split(",")[0]},"{r.split(",")[1]}",{",".join(r.split(",")[2:])}'
            for r in rows.splitlines(keepends=True)
        ),
    )

    page = report_page(report_of(path), source="<i>.csv")

    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;b&gt;&amp;" in page


def test_page_without_reference_shows_agreement_only(tmp_path):
    page = report_page(report_of(written(tmp_path, "item,rater,label\n1,a,x\n1,b,y\n")), source="r.csv")

    assert "Each rater" not in page
    assert not re.search(r"\bnan\b", page, re.IGNORECASE)


def test_terminal_text_of_a_small_file(tmp_path):
    text = terminal_report(some_report(tmp_path), width=120)

    assert text.startswith(
        "a, b and c are below the target of 95 %.\n180 ratings of 60 items by 3 raters in 2 categories.\n"
    )
    assert "BY VENDOR" in text
    assert "▼  a         51  60" in text


def test_narrow_terminal_drops_the_drawn_intervals(tmp_path):
    report = some_report(tmp_path)

    assert "●─" in terminal_report(report, width=140)
    assert "●─" not in terminal_report(report, width=80)
