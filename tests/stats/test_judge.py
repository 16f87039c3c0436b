import pytest

from calibration.stats import Cusum, CusumState, FlagReason, judge

CUSUM = Cusum(p0=0.05)


def test_alarm_of_the_cusum_opens_a_flag():
    judgement = judge(n=60, cusum=CUSUM, state=CusumState(level=7.4, n=60, zero_at=38))

    assert (judgement.opens, judgement.reason) == (True, FlagReason.CUSUM)
    assert judgement.words == (
        "The running check stands at 7.4, above its limit of 7.0: the 22 answers since it last stood at zero "
        "look like 15 % errors rather than 5 %."
    )


def test_finding_of_the_weekly_test_opens_a_flag():
    judgement = judge(n=60, cusum=CUSUM, state=CusumState(level=1.0, n=60), weekly_found=True, weekly_p=0.0004)

    assert (judgement.opens, judgement.reason) == (True, FlagReason.WEEKLY)
    assert "p = 0.0004" in judgement.words


def test_nothing_found_opens_nothing():
    assert not judge(n=60, cusum=CUSUM, state=CusumState(level=6.9, n=60)).opens


def test_under_twenty_answers_nothing_opens_a_flag():
    assert not judge(n=19, cusum=CUSUM, state=CusumState(level=30.0, n=40), weekly_found=True).opens


def test_an_open_flag_comes_first():
    assert not judge(n=60, weekly_found=True, has_open_flag=True).opens


def test_a_standing_is_no_argument():
    with pytest.raises(TypeError, match="standing"):
        judge(n=60, standing="below")


def test_error_rates_of_a_target_between_whole_percents_are_not_rounded_away():
    judgement = judge(n=60, cusum=Cusum(p0=0.025), state=CusumState(level=7.4, n=60, zero_at=38))

    assert judgement.words.endswith("look like 7.5 % errors rather than 2.5 %.")
