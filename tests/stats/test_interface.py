import inspect

import pytest

from calibration import stats

FUNCTIONS = [name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))]


@pytest.mark.parametrize("name", stats.__all__)
def test_every_public_name_has_a_docstring(name):
    assert inspect.getdoc(getattr(stats, name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_has_an_example_that_runs(name):
    """The examples are run as doctests: calibration/stats is among pytest's testpaths."""
    assert ">>>" in inspect.getdoc(getattr(stats, name))


def test_the_list_of_names_is_sorted_and_complete():
    assert list(stats.__all__) == sorted(stats.__all__)
