"""What is said of retrainings, over simulated people who went through the running check: docs/performance.md."""

import numpy as np
import pytest

from calibration.stats import Change, RetrainingEffect
from tests.stats.retraining import effects_of, flagged_people

pytestmark = pytest.mark.bench


def drifting(rng: np.random.Generator, *, gain: float = 0.0) -> list[RetrainingEffect]:
    return effects_of(flagged_people(np.full(2000, 0.85), rng, before=np.full(2000, 0.95), gain=gain))


def unlike(rng: np.random.Generator) -> list[RetrainingEffect]:
    """People who never changed: some are weak, some were flagged by bad luck alone."""
    return effects_of(flagged_people(np.minimum(rng.beta(57, 3, size=14_000), 0.97), rng))[:2000]


def measured(found: list[RetrainingEffect], *, true: float) -> dict[str, float]:
    told = [each for each in found if each.p_improved is not None]
    return {
        "told": len(told),
        "bias": float(np.mean([each.effect.value for each in told])) - true,
        "improved of 500": float(np.mean([each.change is Change.IMPROVED for each in told[:500]])),
        "improved": float(np.mean([each.change is Change.IMPROVED for each in told])),
        "naive": float(np.mean([each.naive for each in told])) - true,
        "covered": float(np.mean([each.effect.lower <= true <= each.effect.upper for each in told])),
    }


def words(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())


@pytest.mark.parametrize("people", [drifting, unlike])
def test_retrainings_without_effect(people):
    figures = measured(people(np.random.default_rng(20)), true=0.0)
    print(people.__name__, words(figures))  # noqa: T201

    assert figures["told"] >= 1900
    assert figures["improved of 500"] <= 0.07
    assert abs(figures["bias"]) < 0.003
    assert 0.93 <= figures["covered"] <= 0.97


def test_a_gain_of_eight_points():
    figures = measured(drifting(np.random.default_rng(21), gain=0.08), true=0.08)
    print("gain of eight points", words(figures))  # noqa: T201

    assert abs(figures["bias"]) < 0.003
    assert figures["improved"] > 0.5
