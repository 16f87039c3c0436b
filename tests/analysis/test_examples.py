import doctest

import pytest

from calibration.analysis import layouts, records, sentences, sets


@pytest.mark.parametrize("module", [layouts, records, sentences, sets], ids=lambda module: module.__name__)
def test_examples_in_docstrings_run(module):
    results = doctest.testmod(module)

    assert results.attempted > 0
    assert results.failed == 0
