from calibration.demo.findings import alarm_day, find_planted, gold_rows
from calibration.demo.plans import FULL
from calibration.demo.worlds import draw_world
from calibration.stats import Cusum

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
