import json

import pytest

from calibration.stats import Estimate, Status


@pytest.mark.parametrize("status", list(Status))
def test_every_status_has_a_sentence(status):
    assert status.words.endswith(".")


def test_estimate_survives_a_json_field():
    estimate = Estimate(
        value=0.5, lower=0.4, upper=0.6, confidence=0.95, n=9, status=Status.OK, n_ratings=20, method="x"
    )

    assert Estimate.from_json(json.loads(json.dumps(estimate.to_json()))) == estimate


def test_undefined_estimate_has_no_value_and_rounds_to_none():
    estimate = Estimate.undefined(Status.NO_OVERLAP, n=3)

    assert not estimate.is_known
    assert estimate.rounded() == (None, None, None)
    assert estimate.words == "No item has two ratings, so agreement cannot be told. Raise the overlap."
