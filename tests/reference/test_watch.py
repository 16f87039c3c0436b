from math import comb, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom, binom, binomtest
from statsmodels.stats.multitest import multipletests

from calibration.stats import (
    Cusum,
    FlagReason,
    PassMark,
    Serving,
    Signal,
    Sprt,
    base_chance,
    benjamini_hochberg,
    default_p1,
    judge,
    mean_gold_rate,
    operating_figures,
    rate_in_force,
    simulate_watch,
    solve_h,
    weekly_false_flags,
    weekly_false_flags_at,
    weekly_findings,
    weekly_test,
)
from tests.reference.ratings import over_many

ERROR_RATES = st.floats(0.01, 0.3)


@pytest.mark.oracle("Cusum", "CusumState", "CusumRun", by="a loop, answer by answer")
@over_many
@given(p0=ERROR_RATES, seed=st.integers(0, 10**9), start=st.integers(0, 60), h=st.floats(1, 9))
def test_cusum_of_random_answers(p0, seed, start, h):
    wrong = np.random.default_rng(seed).random(200) < p0 * 2
    cusum = Cusum(p0=p0, h=h)
    p1 = default_p1(p0)
    level = n = zero_at = 0
    first = change = None
    for answer in wrong:
        level = max(level + (log(p1 / p0) if answer else log((1 - p1) / (1 - p0))), 0)
        n += 1
        zero_at = n if level == 0 else zero_at
        if first is None and level >= h and n >= 20:
            first, change = n - 1, zero_at

    whole = cusum.run(wrong)
    parts = cusum.run(wrong[start:], cusum.run(wrong[:start]).state)

    assert (whole.first_alarm, whole.change_point) == (first, change)
    for state in (whole.state, parts.state):
        assert (state.level, state.n, state.zero_at) == (pytest.approx(level, abs=1e-9), n, zero_at)
    alarmed = level >= h and n >= 20
    assert (cusum.signal(whole.state) is Signal.ALARM) == alarmed


@pytest.mark.oracle("default_p1", by="a formula written out")
@over_many
@given(p0=st.floats(0.001, 0.9))
def test_default_p1(p0):
    assert default_p1(p0) == pytest.approx(min(3 * p0, 0.5 + p0 / 2))


def simulated(cusum, serving, error, people, seed):
    """The day of each person's first alarm, answer by answer; inf without one. The minimum is not modelled."""
    rng = np.random.default_rng(seed)
    level, day_of = np.zeros(people), np.full(people, np.inf)
    right, wrong = cusum.steps
    for day in range(90):
        for _ in range(serving.items_per_day):
            rate = np.where(level >= cusum.watch_level, serving.watch_gold_rate, serving.gold_rate)
            is_gold = rng.random(people) < rate
            step = np.where(rng.random(people) < error, wrong, right)
            level = np.where(is_gold, np.maximum(level + step, 0), level)
            day_of = np.where((level >= cusum.h) & np.isinf(day_of), day + 1, day_of)
    return day_of


@pytest.mark.oracle("operating_figures", "Serving", by="a simulation of 4,000 people, within four standard errors")
@pytest.mark.parametrize(
    ("h", "serving"), [(7.0, Serving()), (4.0, Serving(gold_rate=0.05, watch_gold_rate=0.05, items_per_day=60))]
)
def test_operating_figures_are_those_of_a_simulation(h, serving):
    cusum, people = Cusum(p0=0.05, h=h), 4000

    ours = operating_figures(cusum, serving)

    flagged = np.isfinite(simulated(cusum, serving, cusum.p0, people, 1)).mean()
    error = (ours.false_flag_rate * (1 - ours.false_flag_rate) / people) ** 0.5
    assert abs(flagged - ours.false_flag_rate) <= 4 * error
    days = simulated(cusum, serving, cusum.p1, people, 2)
    # A day counts whole in the simulation: half are found after the day before the median and by the day after it.
    assert (days <= ours.median_days - 1).mean() - 4 * 0.5 / people**0.5 <= 0.5
    assert (days <= ours.median_days + 1).mean() + 4 * 0.5 / people**0.5 >= 0.5


@pytest.mark.oracle("solve_h", by="every threshold tried in turn")
@pytest.mark.parametrize("p0", [0.03, 0.05, 0.1])
def test_solved_h_is_the_least_that_is_quiet_enough(p0):
    serving = Serving(items_per_day=80)

    ours = solve_h(p0, serving=serving, false_flag_rate=0.02)

    tried = (round(1 + step / 10, 1) for step in range(141))
    quiet = (h for h in tried if operating_figures(Cusum(p0, h=h), serving).false_flag_rate <= 0.02)
    assert ours == next(quiet)


WEEK = st.integers(1, 120).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.oracle("weekly_test", by="SciPy's binomial test; beta-binomial probabilities summed")
@over_many
@given(week=WEEK, p0=ERROR_RATES, rho=st.sampled_from([0.0, 0.01, 0.2]))
def test_weekly_test(week, p0, rho):
    wrong, n = week

    [ours] = weekly_test([wrong], [n], p0=p0, rho=rho)

    if rho:
        size = (1 - rho) / rho
        theirs = sum(betabinom.pmf(k, n, p0 * size, (1 - p0) * size) for k in range(wrong, n + 1))
    else:
        theirs = binomtest(wrong, n, p0, alternative="greater").pvalue
    assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.oracle("benjamini_hochberg", by="statsmodels")
@over_many
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=40), q=st.sampled_from([0.05, 0.2]))
def test_benjamini_hochberg(p_values, q):
    theirs = multipletests(p_values, alpha=q, method="fdr_bh")

    assert benjamini_hochberg(p_values, q=q).tolist() == theirs[0].tolist()


@pytest.mark.oracle("weekly_findings", by="SciPy's binomial test; statsmodels")
@over_many
@given(weeks=st.lists(WEEK, min_size=1, max_size=20), p0=ERROR_RATES)
def test_weekly_findings(weeks, p0):
    tested = [place for place, (_, n) in enumerate(weeks) if n >= 20]
    chances = [binomtest(*weeks[place], p0, alternative="greater").pvalue for place in tested]
    rejected = multipletests(chances, alpha=0.05, method="fdr_bh")[0] if tested else []

    ours = weekly_findings(*np.array(weeks).T, p0=p0)

    assert np.flatnonzero(ours.found).tolist() == [place for place, no in zip(tested, rejected) if no]


@pytest.mark.oracle("weekly_false_flags", by="binomial coefficients, summed")
@over_many
@given(n=st.integers(1, 120), people=st.integers(1, 60), p0=ERROR_RATES)
def test_weekly_false_flags(n, people, p0):
    tails = [sum(comb(n, k) * p0**k * (1 - p0) ** (n - k) for k in range(least, n + 1)) for least in range(n + 1)]
    first = max((tail for tail in tails if tail <= 0.05 / people), default=0.0)

    ours = weekly_false_flags(n, people, p0=p0)

    assert ours == pytest.approx(people * first if n >= 20 else 0.0, rel=1e-6)


@pytest.mark.oracle("PassMark", by="binomial coefficients, summed")
@over_many
@given(items=st.integers(1, 80), share=st.floats(0.01, 1), accuracy=st.floats(0, 1))
def test_pass_mark(items, share, accuracy):
    right = max(round(share * items), 1)
    chance = sum(comb(items, k) * accuracy**k * (1 - accuracy) ** (items - k) for k in range(right, items + 1))

    assert PassMark(items=items, right=right).chance(accuracy) == pytest.approx(chance, abs=1e-9)


@pytest.mark.oracle("Sprt", "SprtResult", by="a loop, answer by answer")
@over_many
@given(seed=st.integers(0, 10**9), accuracy=st.floats(0.6, 1))
def test_sequential_exam(seed, accuracy):
    right = np.random.default_rng(seed).random(300) < accuracy
    ratio, outcome, n = 1.0, "undecided", 0
    for answer in right:
        ratio *= 0.95 / 0.85 if answer else 0.05 / 0.15
        n += 1
        outcome = "passed" if ratio >= 0.95 / 0.05 else "failed" if ratio <= 0.05 / 0.95 else "undecided"
        if outcome != "undecided":
            break

    ours = Sprt().run(right)

    assert (ours.outcome.value, ours.n, ours.score) == (outcome, n, pytest.approx(log(ratio)))


@pytest.mark.oracle("Sprt", "SprtFigures", by="a simulation of 20,000 exams, within four standard errors")
@pytest.mark.parametrize("accuracy", [0.97, 0.92, 0.85])
def test_figures_of_the_sequential_exam_are_those_of_a_simulation(accuracy):
    rng = np.random.default_rng(5)
    scores = np.cumsum(np.where(rng.random((20_000, 600)) < accuracy, log(0.95 / 0.85), log(0.05 / 0.15)), axis=1)
    passes, fails = scores >= log(19), scores <= -log(19)
    first = (passes | fails).argmax(axis=1)
    passed = passes[np.arange(20_000), first].mean()

    ours = Sprt().figures(accuracy)

    assert abs(passed - ours.chance) <= 4 * (ours.chance * (1 - ours.chance) / 20_000) ** 0.5 + 1e-3
    assert abs(np.median(first + 1) - ours.median_items) <= 1


@pytest.mark.oracle("judge", by="its rules, written out")
@over_many
@given(
    n=st.integers(0, 60), level=st.floats(0, 12), found=st.booleans(), has_open_flag=st.booleans(), p=st.floats(0, 1)
)
def test_judgement(n, level, found, has_open_flag, p):
    cusum = Cusum(p0=0.05)
    state = cusum.run([False] * n).state.__class__(level=level, n=n)

    ours = judge(n=n, cusum=cusum, state=state, weekly_found=found, weekly_p=p, has_open_flag=has_open_flag)

    can_open = n >= 20 and not has_open_flag
    wanted = FlagReason.CUSUM if level >= 7 else FlagReason.WEEKLY if found else None
    assert (ours.opens, ours.reason) == ((wanted is not None, wanted) if can_open else (False, None))


@pytest.mark.oracle("base_chance", by="gold drawn and thinned, item by item")
@pytest.mark.parametrize("rate", [0.04, 0.145, 0.25])
def test_base_gold_comes_with_the_base_rate_whatever_rate_is_in_force(rate):
    rng = np.random.default_rng(3)
    is_base = (rng.random(200_000) < rate) & (rng.random(200_000) < base_chance(0.04, rate))

    assert is_base.mean() == pytest.approx(0.04, abs=4 * (0.04 * 0.96 / 200_000) ** 0.5)


@pytest.mark.oracle("rate_in_force", by="its rules, written out")
@over_many
@given(
    is_watched=st.booleans(),
    today=st.integers(0, 40),
    unseen=st.integers(0, 90),
    cap=st.one_of(st.none(), st.integers(1, 40)),
)
def test_rate_in_force(is_watched, today, unseen, cap):
    serving = Serving(items_per_day=100, gold_rate=0.04, watch_gold_rate=0.25, day_cap=cap)
    room_for_extra = cap is None or today + 4 < cap
    days_left = unseen / 4
    wanted = 0.04
    if is_watched and room_for_extra:
        wanted = 0.04 if days_left < 5 else 0.145 if days_left < 10 else 0.25

    ours = rate_in_force(serving, is_watched=is_watched, answered_today=today, unseen=unseen)

    assert ours == pytest.approx(wanted)


@pytest.mark.oracle("mean_gold_rate", by="a simulation, item by item, over a long time")
def test_mean_gold_rate_is_that_of_a_simulation():
    cusum, serving, rng = Cusum(p0=0.05), Serving(), np.random.default_rng(4)
    level, gold, n = np.zeros(2000), 0, 0
    for item in range(3000):
        rate = np.where(level >= cusum.watch_level, serving.watch_gold_rate, serving.gold_rate)
        served = rng.random(2000) < rate
        step = np.where(rng.random(2000) < 0.05, cusum.steps[1], cusum.steps[0])
        level = np.where(served, np.maximum(level + step, 0), level)
        level = np.where(level >= cusum.h, 0, level)
        if item >= 1000:
            gold, n = gold + served.sum(), n + 2000

    assert mean_gold_rate(cusum, serving) == pytest.approx(gold / n, abs=0.001)


@pytest.mark.oracle("weekly_false_flags_at", by="a simulation of 4,000 weekly tests; statsmodels")
def test_false_flags_of_the_weekly_test_where_gold_is_rare():
    rng, people, found = np.random.default_rng(5), 20, []
    for _ in range(4000):
        n = rng.binomial(500, 0.046, size=people)
        wrong = rng.binomial(n, 0.05)
        tested = n >= 20
        chances = binom.sf(wrong[tested] - 1, n[tested], 0.05)
        found.append(multipletests(chances, 0.05, "fdr_bh")[0].sum() if tested.any() else 0)

    ours = weekly_false_flags_at(0.046, 500, people, p0=0.05)

    assert ours == pytest.approx(np.mean(found), abs=4 * np.std(found) / 4000**0.5)


@pytest.mark.oracle("simulate_watch", by="the chain of `operating_figures`; a loop, answer by answer")
def test_simulated_people_are_flagged_as_the_chain_says():
    cusum, serving, people = Cusum(p0=0.05, h=4.0), Serving(items_per_day=60), 1500

    ours = simulate_watch(
        np.full(people, 0.15), cusum=cusum, serving=serving, rng=np.random.default_rng(6), days=40, days_a_week=50
    )

    figures = operating_figures(cusum, serving, drift_to=0.15, days=40)
    flagged = np.sort(ours.flagged_on)[people // 2]
    assert abs(flagged - figures.median_days) <= 1.0  # the chain does not know the minimum of 20 answers
    mine = ours.person == ours.flags[0].person
    level, at = 0.0, None
    for place, wrong in enumerate(ours.wrong[mine]):
        level = max(level + cusum.steps[int(wrong)], 0.0)
        if at is None and level >= cusum.h and place + 1 >= cusum.minimum:
            at = place + 1
    assert at == ours.flags[0].answers
