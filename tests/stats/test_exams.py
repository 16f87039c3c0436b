import numpy as np
import pytest

from calibration.stats import Outcome, PassMark, Sprt


def test_operating_curve_of_the_default_mark():
    """METHODS, section 4: 40 items, 37 right."""
    curve = PassMark().curve((0.97, 0.95, 0.90, 0.85, 0.80))

    assert [round(chance, 2) for _, chance in curve] == [0.97, 0.86, 0.42, 0.13, 0.03]


def test_mark_in_words():
    assert PassMark().words == (
        "Passes with 37 of 40 right: 97 of 100 people at 97 %, 86 at 95 %, 42 at 90 %, 13 at 85 %, 3 at 80 %."
    )


def test_mark_is_passed_on_its_edge():
    assert PassMark().passes(37)
    assert not PassMark().passes(36)


@pytest.mark.parametrize(("items", "right"), [(40, 41), (40, 0)])
def test_impossible_mark_is_refused(items, right):
    with pytest.raises(ValueError, match="pass mark"):
        PassMark(items, right)


def test_sequential_exam_of_a_good_person():
    """METHODS, section 4: .97 passes 99.6 % with a median of 38 items (simulated; exactly 99.7 %)."""
    figures = Sprt().figures(0.97)

    assert figures.chance == pytest.approx(0.996, abs=0.0015)
    assert figures.median_items == 38


def test_sequential_exam_keeps_its_error_rates():
    assert Sprt().figures(0.95).chance >= 0.95
    assert Sprt().figures(0.85).chance <= 0.05


def test_figures_of_the_sequential_exam_equal_a_simulation():
    rng = np.random.default_rng(2)
    runs = [Sprt().run(rng.random(600) < 0.9) for _ in range(4000)]

    figures = Sprt().figures(0.9)

    assert figures.chance == pytest.approx(np.mean([run.outcome is Outcome.PASSED for run in runs]), abs=0.025)
    assert figures.median_items == pytest.approx(np.median([run.n for run in runs]), abs=4)


def test_answers_after_the_decision_do_not_count():
    run = Sprt().run([False] * 10)

    assert (run.outcome, run.n) == (Outcome.FAILED, 3)


def test_exam_without_answers_is_undecided():
    assert Sprt().run([]).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("accuracy", [0.97, 0.95, 0.9, 0.85, 0.8])
def test_the_pass_mark_passes_as_many_as_it_says(accuracy):
    """2,000 people of each accuracy on its curve."""
    mark, rng = PassMark(), np.random.default_rng(41)
    right = (rng.random((2000, mark.items)) < accuracy).sum(axis=1)

    passed = np.mean([mark.passes(int(n)) for n in right])

    shown = mark.chance(accuracy)
    assert passed == pytest.approx(shown, abs=4 * np.sqrt(shown * (1 - shown) / 2000))


@pytest.mark.parametrize("accuracy", [0.97, 0.95, 0.9, 0.85, 0.8])
def test_the_sequential_exam_passes_as_many_as_it_says_and_as_soon(accuracy):
    """2,000 people of each accuracy, 2,000 answers at most."""
    exam, rng = Sprt(), np.random.default_rng(42)

    results = [exam.run(rng.random(2000) < accuracy) for _ in range(2000)]

    shown = exam.figures(accuracy)
    passed = np.mean([result.outcome is Outcome.PASSED for result in results])
    lengths = np.sort([result.n for result in results])
    error = max((lengths[1022] - lengths[977]) / 2, 0.5)
    assert {result.outcome for result in results} <= {Outcome.PASSED, Outcome.FAILED}
    assert passed == pytest.approx(shown.chance, abs=4 * max(np.sqrt(shown.chance * (1 - shown.chance) / 2000), 0.0005))
    assert lengths[999:1001].mean() == pytest.approx(shown.median_items, abs=4 * error)
