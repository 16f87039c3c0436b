import numpy as np
import pytest

from calibration.stats import (
    NotFinite,
    OutOfRange,
    Status,
    UnlikeLengths,
    choose_aggregator,
    dawid_skene,
    majority,
)

EYE = np.eye(2)


def soft(labels):
    """Soft labels that are sure of these categories; None is a tie."""
    return np.array([[0.5, 0.5] if label is None else EYE[label] for label in labels])


def test_another_way_that_is_better_by_more_than_chance_is_chosen():
    fits = {"majority": soft([0] * 10 + [1] * 30), "dawid_skene": soft([1] * 40)}

    choice = choose_aggregator(fits, range(40), [1] * 40)

    assert choice.aggregator == "dawid_skene"
    assert (choice.chosen.right, choice.chosen.better, choice.chosen.worse) == (40, 10, 0)
    assert choice.chosen.p_value == pytest.approx(0.5**10)
    assert choice.words == (
        "Dawid-Skene is used: it is right on 40 of 40 gold items, majority on 30. Where the two differ it does better "
        "on 10 of 10, more than chance would give."
    )


def test_a_difference_that_chance_would_give_changes_nothing():
    """4 of 4 has a chance of 1 in 16."""
    fits = {"majority": soft([0] * 4 + [1] * 36), "glad": soft([1] * 40)}

    choice = choose_aggregator(fits, range(40), [1] * 40)

    assert (choice.aggregator, choice.status) == ("majority", Status.OK)
    assert choice.words == (
        "Majority is used: it is right on 36 of 40 gold items, and no other way is right more often by more than "
        "chance."
    )


def test_several_ways_must_each_prove_more():
    """5 of 5 has a chance of 1 in 32: enough for one way, not for the best of three."""
    votes, model = soft([0] * 5 + [1] * 35), soft([1] * 40)

    alone = choose_aggregator({"majority": votes, "glad": model}, range(40), [1] * 40)
    of_three = choose_aggregator(
        {"majority": votes, "dawid_skene": votes, "one_coin": votes, "glad": model}, range(40), [1] * 40
    )

    assert (alone.aggregator, of_three.aggregator) == ("glad", "majority")


def test_under_thirty_gold_items_the_default_stays_and_says_how_many_are_missing():
    fits = {"majority": soft([0] * 29), "dawid_skene": soft([1] * 29)}

    choice = choose_aggregator(fits, range(29), [1] * 29)

    assert (choice.aggregator, choice.status, choice.n) == ("majority", Status.TOO_FEW, 29)
    assert choice.words == (
        "Majority is used. Only 29 gold items were judged by several people, and under 30 cannot tell whether another "
        "way is right more often: 1 more would."
    )


def test_without_gold_nothing_is_told():
    choice = choose_aggregator({"majority": soft([0, 1])}, [], [])

    assert (choice.status, choice.chosen.accuracy.status) == (Status.TOO_FEW, Status.EMPTY)
    assert choice.words.startswith("Majority is used. No gold item was judged by several people")


def test_breaking_ties_by_chance_gains_nothing():
    """Half of 100 ties are broken rightly: neither better nor worse than leaving them."""
    fits = {"majority": soft([None] * 100), "glad": soft([0, 1] * 50)}

    choice = choose_aggregator(fits, range(100), [1] * 100)

    assert choice.aggregator == "majority"
    assert [(found.right, found.tied, found.better, found.worse) for found in choice.accuracies] == [
        (0, 100, 0, 0),
        (50, 0, 50, 50),
    ]


def test_an_item_with_several_accepted_answers_is_right_with_each():
    choice = choose_aggregator({"majority": soft([0, 1, 1])}, [0, 0, 1, 2], [0, 1, 1, 0])

    assert (choice.n, choice.chosen.right) == (3, 2)


def test_a_way_that_is_no_better_is_seldom_chosen():
    """5 % over all ways together, of 400 queues; four standard errors allowed."""
    rng = np.random.default_rng(3)
    chosen = 0
    for _ in range(400):
        fits = {
            name: soft((rng.random(120) < 0.85).astype(int)) for name in ("majority", "dawid_skene", "one_coin", "glad")
        }
        chosen += choose_aggregator(fits, range(120), [1] * 120).aggregator != "majority"

    assert chosen / 400 < 0.05 + 4 * (0.05 * 0.95 / 400) ** 0.5


def test_a_better_fit_is_chosen_on_gold_that_it_was_not_told():
    """Two able raters and four who guess; the answers to 100 of 400 items are known."""
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 2, 400)
    able = np.array([0.95, 0.95, 0.55, 0.55, 0.55, 0.55])
    labels = np.where(rng.random((6, 400)) < able[:, None], truth, 1 - truth).ravel()
    items, raters = np.tile(np.arange(400), 6), np.repeat(np.arange(6), 400)
    fits = {
        "majority": majority(items, labels, n_items=400, n_categories=2).posterior,
        "dawid_skene": dawid_skene(items, raters, labels, n_items=400, n_raters=6, n_categories=2).posterior,
    }

    choice = choose_aggregator(fits, range(100), truth[:100])

    assert choice.aggregator == "dawid_skene"


def test_what_cannot_be_compared_is_refused_in_words():
    fit = soft([0, 1])
    with pytest.raises(OutOfRange, match="default, majority, is among"):
        choose_aggregator({"glad": fit}, [0], [0])
    with pytest.raises(UnlikeLengths, match="same shape"):
        choose_aggregator({"majority": fit, "glad": soft([0])}, [0], [0])
    with pytest.raises(UnlikeLengths, match="gold_labels has 1"):
        choose_aggregator({"majority": fit}, [0, 1], [0])
    with pytest.raises(OutOfRange, match="gold items"):
        choose_aggregator({"majority": fit}, [2], [0])
    with pytest.raises(NotFinite, match="majority"):
        choose_aggregator({"majority": fit * np.nan}, [0], [0])
