"""docs/metrics.md agrees with the docstrings of calibration.stats, and names a source for each function."""

import doctest
import inspect
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from calibration import stats
from calibration.management import metric_entries
from calibration.management.metric_entries import cited, entry, fill_blocks, missing_names

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"
FUNCTIONS = [name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))]


def run(*arguments):
    """Standard output, standard error and exit code of the command."""
    out, err = StringIO(), StringIO()
    try:
        call_command("write_metrics_docs", *map(str, arguments), stdout=out, stderr=err)
    except SystemExit as end:
        return out.getvalue(), err.getvalue(), end.code
    return out.getvalue(), err.getvalue(), 0


def test_document_agrees_with_the_docstrings():
    """Where it does not: `manage.py write_metrics_docs`."""
    text = DOCUMENT.read_text(encoding="utf-8")

    assert fill_blocks(text) == text


def test_document_has_every_public_name():
    assert missing_names(DOCUMENT.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_names_its_source(name):
    """A citation with its year, or the word that the product defines it."""
    doc = inspect.getdoc(getattr(stats, name))

    assert cited(doc) or "by definition" in doc


def test_entry_holds_signature_source_errors_and_example():
    found = entry("wilson")

    assert found.startswith(
        "#### `wilson`\n\n```python\nwilson(hits: float, n: float, *, confidence: float=0.95) -> Interval\n```"
    )
    assert "- **Source:** Wilson 1927; Newcombe 1998, method 3" in found
    assert "- **Raises** " in found
    assert found.endswith("\n```")
    assert ">>> wilson(8, 10)" in found


def test_long_signature_has_a_line_an_argument():
    lines = entry("krippendorff_alpha").splitlines()

    assert lines[3:6] == ["krippendorff_alpha(", "    tally: AgreementTally,", "    *,"]


def test_class_lists_its_fields_and_what_it_can_do():
    found = entry("AgreementTally")

    assert "    patterns: Counts\n" in found
    assert "- `from_counts()`: " in found
    assert "_weighted" not in found


def test_words_of_a_docstring_are_no_markup():
    assert metric_entries._escaped("`a < b` and n < m * k") == "`a < b` and n &lt; m \\* k"


def test_module_without_a_block_is_refused():
    with pytest.raises(ValueError, match=r"No block names .*agreement.*: add the modules to a marker."):
        fill_blocks("<!-- functions: exams -->\n<!-- end -->\n")


def test_marker_of_a_module_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"has no public names in astrology: mend the marker."):
        fill_blocks("<!-- functions: astrology, * -->\n<!-- end -->\n")


def test_prose_outside_of_blocks_stays(tmp_path):
    path = tmp_path / "metrics.md"
    path.write_text("Before.\n\n<!-- functions: * -->\nold\n<!-- end -->\n\nAfter.\n")

    assert run("--file", path, "--check") == (
        "",
        f"{path} differs from the docstrings. Run manage.py write_metrics_docs.\n",
        1,
    )
    assert "old" in path.read_text()
    assert run("--file", path) == (f"{path} is written.\n", "", 0)
    assert run("--file", path, "--check") == (f"{path} agrees with the docstrings.\n", "", 0)
    text = path.read_text()
    assert text.startswith("Before.\n\n<!-- functions: * -->\n<details>")
    assert text.endswith("<!-- end -->\n\nAfter.\n")
    assert "\nold\n" not in text
    assert missing_names(text) == []


def test_document_that_is_not_there_is_refused(tmp_path):
    _, err, code = run("--file", tmp_path / "nothing.md")

    assert code == 2
    assert "nothing.md" in err


def test_examples_in_docstrings_run():
    results = doctest.testmod(metric_entries)

    assert results.attempted > 0
    assert results.failed == 0
