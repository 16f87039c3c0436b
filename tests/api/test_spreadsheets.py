"""Tables that stay inert when a spreadsheet opens them."""

import pytest

from qaplatform.api.spreadsheets import csv_answer, csv_lines, inert_cell


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", " =1", "\r=1"])
def test_no_cell_of_an_export_starts_a_formula(cell):
    assert inert_cell(cell) == f"'{cell}"


def test_numbers_of_an_export_stay_numbers():
    assert [inert_cell(-0.2), inert_cell(None), inert_cell("plain")] == [-0.2, "", "plain"]


def test_headings_are_as_inert_as_cells():
    assert list(csv_lines(["=a", "b"], [["+1", 2]])) == ["'=a,b\r\n", "'+1,2\r\n"]


def test_a_download_is_named_and_begins_with_the_mark_that_excel_reads():
    answer = csv_answer("Spam queue: people", ["name"], [["Lena"]])

    assert answer["Content-Disposition"] == 'attachment; filename="spam-queue-people.csv"'
    assert answer.content.decode() == "\ufeffname\r\nLena\r\n"
