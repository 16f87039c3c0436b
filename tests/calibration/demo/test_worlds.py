import numpy as np
import pytest

from calibration.demo.cast import Part
from calibration.demo.findings import gold_rows
from calibration.demo.plans import FULL, SMALL
from calibration.demo.worlds import draw_world


@pytest.fixture(scope="module")
def world():
    return draw_world(FULL)


def test_same_seed_draws_the_same_world():
    first, second = draw_world(SMALL), draw_world(SMALL)

    for one, other in zip(first.queues, second.queues, strict=True):
        for name in ("item", "person", "day", "start", "seconds", "given", "second", "skipped_by", "was"):
            np.testing.assert_array_equal(getattr(one.answers, name), getattr(other.answers, name))


def test_about_110_000_answers_by_18_people_a_queue_on_30_days(world):
    assert sum(len(drawn.answers.item) for drawn in world.queues) == pytest.approx(110_000, rel=0.01)
    assert [len(drawn.people) for drawn in world.queues] == [18, 18]
    assert {int(drawn.answers.day.max()) for drawn in world.queues} == {29}


def test_gold_is_8_percent_of_the_answers(world):
    for drawn in world.queues:
        assert drawn.answers.is_gold.mean() == pytest.approx(0.08, abs=0.002)


def test_nobody_answers_an_item_twice(world):
    for drawn in world.queues:
        pairs = drawn.answers.item * 100 + drawn.answers.person
        assert len(np.unique(pairs)) == len(pairs)


def test_each_ordinary_item_gets_the_answers_it_needs_or_waits_whole(world):
    for drawn in world.queues:
        answered = np.bincount(drawn.answers.item, minlength=len(drawn.items.needed))
        is_ordinary, waits = drawn.items.needed > 0, drawn.items.day == FULL.days
        np.testing.assert_array_equal(answered[is_ordinary & ~waits], drawn.items.needed[is_ordinary & ~waits])
        assert answered[waits].sum() == 0


def test_answers_are_numbered_in_the_order_of_time(world):
    for drawn in world.queues:
        moment = drawn.answers.day * 86400 + drawn.answers.start
        order = np.lexsort((moment, drawn.answers.item))
        is_same_item = np.diff(drawn.answers.item[order]) == 0
        assert (np.diff(drawn.answers.slot_no[order])[is_same_item] == 1).all()


def test_nobody_does_two_things_at_once(world):
    for drawn in world.queues:
        begin = drawn.answers.day * 86400 + drawn.answers.start
        order = np.lexsort((begin, drawn.answers.person))
        is_same_person = np.diff(drawn.answers.person[order]) == 0
        gap = begin[order][1:] - (begin + drawn.answers.seconds)[order][:-1]
        assert (gap[is_same_person] > 0).all()


def test_matched_gold_is_shown_once_a_team_and_pooled_gold_to_many(world):
    matched, pooled = world.queues
    rows = gold_rows(matched)
    assert np.bincount(rows.item * 10 + matched.team_of[rows.person]).max() == 1
    assert np.bincount(gold_rows(pooled).item).max() == 18


def test_category_that_is_never_sampled_is_never_drawn_nor_answered(world):
    for drawn in world.queues:
        never = drawn.queue.codes.index("danger")
        assert never not in drawn.items.truth
        assert never not in drawn.answers.given
        assert never not in drawn.gold.expected


def test_drifting_people_fall_to_75_percent_on_day_21(world):
    for drawn in world.queues:
        person = next(p for p, part in drawn.planted.parts.items() if part == Part.DRIFTS)
        own = (drawn.answers.person == person) & (drawn.items.truth[drawn.answers.item] != drawn.planted.ambiguous)
        is_right = drawn.answers.given == drawn.items.truth[drawn.answers.item]
        is_late = drawn.answers.day >= FULL.drift_day
        assert is_right[own & ~is_late].mean() == pytest.approx(0.96, abs=0.015)
        assert is_right[own & is_late].mean() == pytest.approx(0.75, abs=0.03)


def test_leaning_people_err_on_one_side_only(world):
    sides = {Part.OVER_ENFORCES: 0, Part.UNDER_ENFORCES: 1}
    for drawn in world.queues:
        for person, part in drawn.planted.parts.items():
            if part in sides:
                own = drawn.answers.person == person
                if drawn.planted.ambiguous is not None:
                    own &= drawn.items.truth[drawn.answers.item] != drawn.planted.ambiguous
                truth, given = drawn.items.truth[drawn.answers.item[own]], drawn.answers.given[own]
                wrong = truth != given
                assert wrong.mean() == pytest.approx(0.15, abs=0.02)
                assert ((truth[wrong] != 0) == sides[part]).all()


def test_the_pair_shares_300_items_and_copies_80_percent(world):
    drawn = world.queues[1]
    parts = {part: person for person, part in drawn.planted.parts.items()}
    items = [
        set(drawn.answers.item[(drawn.answers.person == parts[part]) & ~drawn.answers.is_gold].tolist())
        for part in (Part.IS_COPIED, Part.COPIES)
    ]
    assert items[0] & items[1] == set(drawn.planted.shared_items.tolist())
    assert len(drawn.planted.shared_items) == 300

    shared = drawn.planted.shared_items
    answers = [
        dict(zip(drawn.answers.item[own].tolist(), drawn.answers.given[own].tolist(), strict=True))
        for own in (drawn.answers.person == parts[part] for part in (Part.IS_COPIED, Part.COPIES))
    ]
    wrong = [item for item in shared.tolist() if answers[0][item] != drawn.items.truth[item]]
    assert sum(answers[0][item] == answers[1][item] for item in wrong) / len(wrong) > 0.6


def test_two_gold_items_are_wrong_and_one_is_leaked(world):
    for drawn in world.queues:
        place = drawn.planted.wrong_gold - drawn.gold.first
        assert drawn.gold.expected[place] != drawn.items.truth[drawn.planted.wrong_gold]
    leaked = world.queues[1].planted.leaked_gold
    rows = gold_rows(world.queues[1])
    late = (rows.item == leaked) & (rows.day >= FULL.leak_day)
    assert rows.is_right[late].all()
    assert np.median(rows.seconds[late]) < 10
