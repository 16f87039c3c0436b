import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom, binom

from calibration.stats import (
    Cusum,
    CusumState,
    Serving,
    Signal,
    benjamini_hochberg,
    default_p1,
    operating_figures,
    solve_h,
    weekly_false_flags,
    weekly_findings,
    weekly_test,
)

FLAT = Serving(gold_rate=0.05, watch_gold_rate=0.05)


@pytest.mark.parametrize(
    ("h", "serving", "false_flags", "days"),
    [(6, FLAT, 0.036, 13.4), (6, Serving(), 0.033, 7.0), (6.5, Serving(), 0.021, 7.3), (7, Serving(), 0.012, 7.6)],
)
def test_operating_figures_of_the_published_rules(h, serving, false_flags, days):
    """METHODS, section 4, from 20,000 people: within three standard errors. Exactly, the flat rule gives 3.3 %."""
    figures = operating_figures(Cusum(p0=0.05, h=h), serving)

    error = (false_flags * (1 - false_flags) / 20_000) ** 0.5
    assert figures.false_flag_rate == pytest.approx(false_flags, abs=3 * error)
    assert figures.median_days == pytest.approx(days, abs=0.06)


def test_operating_figures_equal_a_simulation():
    """40,000 people with exactly the items of 90 days at 5 % flat gold, seed 3."""
    rng = np.random.default_rng(3)
    cusum = Cusum(p0=0.05, h=6)
    golds = rng.binomial(9000, 0.05, 40_000)
    level, alarmed = np.zeros(40_000), np.zeros(40_000, bool)
    for answer in range(golds.max()):
        step = np.where(rng.random(40_000) < 0.05, cusum.steps[1], cusum.steps[0])
        level = np.where(answer < golds, np.maximum(level + step, 0), level)
        alarmed |= level >= 6

    assert operating_figures(cusum, FLAT).false_flag_rate == pytest.approx(alarmed.mean(), abs=0.003)


@pytest.mark.parametrize(
    ("p0", "h", "serving"),
    [(0.05, 2.0, FLAT), (0.1, 3.0, Serving()), (0.2, 2.5, Serving(gold_rate=0.3, watch_gold_rate=0.1))],
)
def test_operating_figures_equal_powers_of_the_chain_of_one_item(p0, h, serving):
    """The chain item by item (Brook and Evans 1972), raised to the items of 90 days."""
    right, wrong = Cusum(p0=p0, h=h).steps
    cells = round(h / 0.02)
    chain = np.zeros((cells + 1, cells + 1))
    chain[cells, cells] = 1
    for cell in range(cells):
        rate = serving.watch_gold_rate if cell * 0.02 >= 1.5 else serving.gold_rate
        chain[cell, cell] += 1 - rate
        for step, chance in ((right, 1 - p0), (wrong, p0)):
            place = min(max(cell + step / 0.02, 0), cells)
            lower = min(int(place), cells - 1)
            chain[cell, lower] += rate * chance * (lower + 1 - place)
            chain[cell, lower + 1] += rate * chance * (place - lower)

    figures = operating_figures(Cusum(p0=p0, h=h), serving)

    expected = np.linalg.matrix_power(chain, 90 * serving.items_per_day)[0, -1]
    assert figures.false_flag_rate == pytest.approx(expected, abs=1e-10)


def test_nobody_is_flagged_where_no_gold_is_served():
    figures = operating_figures(Cusum(p0=0.05), Serving(gold_rate=0, watch_gold_rate=0))

    assert (figures.false_flag_rate, figures.median_days) == (0, None)


def test_a_drift_that_is_hardly_there_has_no_median():
    assert operating_figures(Cusum(p0=0.05), Serving(), drift_to=0.05).median_days is None


def test_default_threshold_is_seven_at_five_percent():
    assert solve_h(0.05) == 7.0


def test_solved_threshold_keeps_the_stated_rate_and_no_lower_one_does():
    h = solve_h(0.1, false_flag_rate=0.02)

    assert operating_figures(Cusum(p0=0.1, h=h)).false_flag_rate <= 0.02
    assert operating_figures(Cusum(p0=0.1, h=round(h - 0.1, 1))).false_flag_rate > 0.02


def test_threshold_that_cannot_be_solved_says_what_to_do():
    with pytest.raises(ValueError, match="No threshold keeps false flags under"):
        solve_h(0.05, false_flag_rate=1e-12)


@pytest.mark.parametrize(("p0", "p1"), [(0.05, 0.15), (0.2, 0.6), (0.25, 0.625), (0.4, 0.7)])
def test_default_p1(p0, p1):
    assert default_p1(p0) == pytest.approx(p1)


@given(st.lists(st.booleans(), max_size=120), st.integers(0, 120))
def test_run_equals_updates_one_by_one_and_can_be_resumed(wrong, cut):
    cusum = Cusum(p0=0.1, h=3, minimum=5)
    states = [cusum.start()]
    for answer in wrong:
        states.append(cusum.update(states[-1], wrong=answer))

    first = cusum.run(wrong[:cut])
    second = cusum.run(wrong[cut:], first.state)

    assert np.concatenate([first.path, second.path]) == pytest.approx([state.level for state in states[1:]], abs=1e-9)
    assert (second.state.n, second.state.zero_at) == (states[-1].n, states[-1].zero_at)
    alarms = [n for n, state in enumerate(states[1:]) if cusum.signal(state) is Signal.ALARM]
    assert cusum.run(wrong).first_alarm == (alarms[0] if alarms else None)


def test_change_point_is_where_the_drift_began():
    wrong = np.zeros(300, bool)
    wrong[200::3] = True

    run = Cusum(p0=0.05).run(wrong)

    assert run.change_point == 200
    assert 210 < run.first_alarm < 240


def test_no_alarm_before_twenty_answers():
    cusum = Cusum(p0=0.05)

    run = cusum.run([True] * 30)

    assert run.first_alarm == 19
    assert cusum.signal(CusumState(level=20.0, n=19)) is Signal.WATCH
    assert cusum.signal(CusumState(level=1.4, n=50)) is Signal.QUIET


@pytest.mark.parametrize("rates", [{"p0": 0.0}, {"p0": 0.2, "p1": 0.1}, {"p0": 0.1, "p1": 1.0}])
def test_impossible_error_rates_are_refused(rates):
    with pytest.raises(ValueError, match="0 < p0 < p1 < 1"):
        Cusum(**rates)


def test_threshold_of_zero_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        Cusum(p0=0.05, h=0)


def test_weekly_test_is_the_exact_tail():
    wrong, n = np.array([0, 2, 7]), np.array([25, 25, 30])

    assert weekly_test(wrong, n, p0=0.05) == pytest.approx(binom.sf(wrong - 1, n, 0.05))
    assert weekly_test(wrong, n, p0=0.05, rho=0.1)[1:] == pytest.approx(
        [1 - betabinom.cdf(1, 25, 0.45, 8.55), 1 - betabinom.cdf(6, 30, 0.45, 8.55)]
    )


def test_answers_that_hang_together_weaken_the_weekly_test():
    assert weekly_test([6], [25], p0=0.05, rho=0.1)[0] > weekly_test([6], [25], p0=0.05)[0]


def test_benjamini_hochberg_of_the_original_paper():
    """Benjamini and Hochberg 1995, section 3.2: fifteen p-values, four rejected at q = .05."""
    p_values = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]

    assert benjamini_hochberg(p_values).sum() == 4
    assert benjamini_hochberg([]).tolist() == []


def test_weekly_findings_leave_out_who_has_too_few_answers():
    findings = weekly_findings([10, 10, 1], [25, 19, 25], p0=0.05)

    assert findings.found.tolist() == [True, False, False]


def test_weekly_findings_are_quiet_among_people_in_control():
    """1,000 weeks of 36 people at 95 %, 25 answers each, seed 5: a week with any finding is rare."""
    wrong = np.random.default_rng(5).binomial(25, 0.05, (1000, 36))

    weeks = sum(weekly_findings(week, np.full(36, 25), p0=0.05).found.any() for week in wrong)

    assert weeks / 1000 <= 0.05


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="between 0 and n"):
        weekly_test([3], [2], p0=0.05)


def test_wrong_findings_of_the_weekly_test_are_as_many_as_simulated():
    rng = np.random.default_rng(5)
    found = [weekly_findings(rng.binomial(40, 0.05, 18), np.full(18, 40), p0=0.05).found.sum() for _ in range(20_000)]

    assert weekly_false_flags(40, 18, p0=0.05) == pytest.approx(np.mean(found), abs=0.003)


def test_under_twenty_answers_a_week_the_weekly_test_finds_nobody():
    assert weekly_false_flags(19, 18, p0=0.05) == 0
