import inspect

import pytest

from calibration import stats
from tests.reference.checked import PAGE, checked_by, table

# Values, states and errors: what functions take and give, without a formula of their own.
FUNCTIONS = [name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_public_function_is_checked_against_another_implementation(name):
    assert name in checked_by()


def test_what_is_checked_is_public():
    assert [name for name in checked_by() if name not in stats.__all__] == []


def test_the_table_of_the_page_is_that_of_the_marks():
    assert table() in PAGE.read_text(), "run: python tests/reference/checked.py"
