from calibration.demo.findings import DAY_SECONDS, alarm_day, find_planted, gold_rows
from calibration.demo.plans import FULL
from calibration.demo.worlds import draw_world
from calibration.stats import Cusum
from calibration.stats.effects import FEWEST

CUSUM = Cusum(p0=0.05, h=7.1)


def test_everything_planted_is_found_in_the_demo_and_nobody_else():
    found = find_planted(draw_world(FULL).queues, CUSUM)

    assert [fact for fact, is_found in found.facts.items() if not is_found] == []
    assert found.false_flags == 0
    assert len(found.drift_days) == 2


def test_alarm_after_a_restart_counts_later_answers_only():
    drawn = draw_world(FULL).queues[0]
    rows, oskar = gold_rows(drawn), drawn.people.index("oskar")
    first = alarm_day(rows, oskar, CUSUM)

    second = alarm_day(rows, oskar, CUSUM, since=(first + 1) * 86400)

    assert second > first


def test_coaching_that_is_signed_leaves_answers_enough_to_tell_its_effect():
    """Yusuf's flag is known on the day after the alarm, coached six days later, signed after three more."""
    drawn = draw_world(FULL).queues[1]
    rows, yusuf = gold_rows(drawn), drawn.people.index("yusuf")
    alarm = alarm_day(rows, yusuf, CUSUM)
    coached, signed = alarm + 7, alarm + 10

    days = rows.day[rows.person == yusuf]
    before, after = ((days > alarm) & (days < coached)).sum(), (days > signed).sum()

    assert min(before, after) >= FEWEST
    assert alarm_day(rows, yusuf, CUSUM, since=(signed + 1) * DAY_SECONDS) is None
