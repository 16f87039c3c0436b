"""What holds for all ratings: order, shards, names and the way of counting change nothing."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.stats import (
    AgreementTally,
    ConfusionTally,
    Estimate,
    brennan_prediger,
    dawid_skene,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    majority,
    percent_agreement,
    pooled_agreement,
    rater_pairs,
    set_alpha,
    specific_agreement,
)

CATEGORIES = ("a", "b", "c")
# One rating a (item, rater): as people give them, in any order.
ratings = st.dictionaries(
    st.tuples(st.integers(0, 7), st.integers(0, 4)), st.sampled_from(CATEGORIES), min_size=1, max_size=30
)
randoms = st.randoms(use_true_random=False)

NOMINAL = [krippendorff_alpha, gwet_ac1, brennan_prediger, fleiss_kappa, percent_agreement, pooled_agreement, set_alpha]
ORDERED = [lambda tally: krippendorff_alpha(tally, level="ordinal"), gwet_ac2]


def columns_of(given_labels):
    items, raters = (np.array(column) for column in zip(*given_labels, strict=True))
    return items, raters, np.array(list(given_labels.values()))


def tally_of(given_labels, categories=CATEGORIES):
    return AgreementTally.from_triples(*columns_of(given_labels), categories)


def assert_same(one: Estimate, other: Estimate):
    assert one.status is other.status
    assert one.rounded(8) == pytest.approx(other.rounded(8), abs=1e-7)
    assert (one.n, one.n_ratings) == (other.n, other.n_ratings)


@settings(max_examples=150, deadline=None)
@given(ratings, randoms)
def test_the_order_of_ratings_changes_nothing(given_labels, random):
    shuffled = list(given_labels.items())
    random.shuffle(shuffled)

    assert tally_of(dict(shuffled)) == tally_of(given_labels)


@settings(max_examples=150, deadline=None)
@given(ratings, st.integers(1, 4))
def test_shards_over_items_add_up_to_the_whole(given_labels, n_shards):
    shards = [
        {key: label for key, label in given_labels.items() if key[0] % n_shards == shard} for shard in range(n_shards)
    ]

    added = sum((tally_of(shard) for shard in shards if shard), AgreementTally.empty(CATEGORIES))

    assert added == tally_of(given_labels)


@settings(max_examples=100, deadline=None)
@given(ratings, randoms)
def test_the_names_of_labelers_and_items_change_nothing(given_labels, random):
    people, places = list(range(5)), list(range(8))
    random.shuffle(people)
    random.shuffle(places)
    renamed = {(places[item], people[rater]): label for (item, rater), label in given_labels.items()}

    assert tally_of(renamed) == tally_of(given_labels)
    before, after = rater_pairs(*columns_of(given_labels), CATEGORIES), rater_pairs(*columns_of(renamed), CATEGORIES)
    assert sorted(zip(before.n, before.agreed, before.kappa.round(9).astype(str), strict=True)) == sorted(
        zip(after.n, after.agreed, after.kappa.round(9).astype(str), strict=True)
    )


@settings(max_examples=100, deadline=None)
@given(ratings, st.permutations(CATEGORIES))
def test_the_order_of_the_categories_changes_nothing_that_knows_no_order(given_labels, permuted):
    for measure in NOMINAL:
        assert_same(measure(tally_of(given_labels)), measure(tally_of(given_labels, tuple(permuted))))
    for category in CATEGORIES:
        assert_same(
            specific_agreement(tally_of(given_labels), category),
            specific_agreement(tally_of(given_labels, tuple(permuted)), category),
        )


@settings(max_examples=100, deadline=None)
@given(ratings)
def test_turning_the_order_of_the_categories_round_changes_nothing(given_labels):
    for measure in ORDERED:
        assert_same(measure(tally_of(given_labels)), measure(tally_of(given_labels, CATEGORIES[::-1])))


@settings(max_examples=100, deadline=None)
@given(ratings)
def test_a_tally_and_its_figures_survive_a_json_field(given_labels):
    tally = tally_of(given_labels)

    stored = json.loads(json.dumps(tally.to_json()))

    assert AgreementTally.from_json(stored) == tally
    for measure in NOMINAL:
        found = measure(tally)
        assert Estimate.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False))) == found


@settings(max_examples=150, deadline=None)
@given(ratings)
def test_a_stream_of_ratings_keeps_the_tally_of_the_whole(given_labels):
    streamed, counts = AgreementTally.empty(CATEGORIES), np.zeros((8, 3), int)

    for (item, _), label in given_labels.items():
        streamed = streamed.with_rating(counts[item], label)
        counts[item, CATEGORIES.index(label)] += 1

    assert streamed == tally_of(given_labels)


@settings(max_examples=150, deadline=None)
@given(ratings, st.integers(0, 29))
def test_taking_back_what_a_stream_gave_leaves_the_rest(given_labels, n_taken):
    counts = np.zeros((8, 3), int)
    for (item, _), label in given_labels.items():
        counts[item, CATEGORIES.index(label)] += 1
    streamed, taken = tally_of(given_labels), list(given_labels)[:n_taken]

    for key in taken:
        streamed = streamed.without_rating(counts[key[0]], given_labels[key])
        counts[key[0], CATEGORIES.index(given_labels[key])] -= 1

    rest = {key: label for key, label in given_labels.items() if key not in taken}
    assert streamed == (tally_of(rest) if rest else AgreementTally.empty(CATEGORIES))


@settings(max_examples=100, deadline=None)
@given(ratings)
def test_every_way_of_counting_gives_the_same_tally(given_labels):
    items, raters, labels = columns_of(given_labels)
    codes = np.array([CATEGORIES.index(label) for label in labels])
    table = np.zeros((8, 3), int)
    np.add.at(table, (items, codes), 1)
    rows, n = np.unique(table, axis=0, return_counts=True)

    ways = [
        AgreementTally.from_triples(items, raters, labels, CATEGORIES),
        AgreementTally.from_triples(items.astype(str), raters * 10.0, labels, CATEGORIES),
        AgreementTally.from_codes(items, codes, CATEGORIES),
        AgreementTally.from_codes(items * 10**7, codes, CATEGORIES),
        AgreementTally.from_counts(table, CATEGORIES),
        AgreementTally.from_patterns(zip(rows.tolist(), n.tolist(), strict=True), CATEGORIES),
    ]

    assert ways == [ways[0]] * len(ways)


@settings(max_examples=100, deadline=None)
@given(ratings)
def test_every_coefficient_is_a_number_within_its_bounds_or_a_status(given_labels):
    tally = tally_of(given_labels)

    for measure in [*NOMINAL, *ORDERED]:
        found = measure(tally)
        assert found.value is None or found.value <= 1
        assert found.lower is None or found.lower <= found.value <= found.upper <= 1
        assert (found.value is None) == (found.status.value in {"empty", "no_overlap", "one_category"})


@settings(max_examples=100, deadline=None)
@given(ratings, st.integers(2, 5))
def test_the_same_items_again_change_no_observed_agreement(given_labels, times):
    once = tally_of(given_labels)
    often = sum([once] * (times - 1), once)

    for measure in (gwet_ac1, brennan_prediger, fleiss_kappa, percent_agreement, pooled_agreement):
        assert measure(often).rounded(9)[0] == pytest.approx(measure(once).rounded(9)[0])


@settings(max_examples=60, deadline=None)
@given(ratings, st.permutations(range(5)), st.permutations(range(3)))
def test_joint_answers_follow_the_names_of_people_and_categories(given_labels, people, permuted):
    items, raters, labels = columns_of(given_labels)
    codes = np.array([CATEGORIES.index(label) for label in labels])
    sizes = {"n_items": 8, "n_categories": 3}
    renamed = np.array(permuted)[codes]

    before, after = majority(items, codes, **sizes), majority(items, renamed, **sizes)
    fit = dawid_skene(items, raters, codes, **sizes, n_raters=5, max_steps=5)
    again = dawid_skene(items, np.array(people)[raters], renamed, **sizes, n_raters=5, max_steps=5)

    assert after.winner.tolist() == [permuted[code] if code >= 0 else -1 for code in before.winner]
    assert again.posterior[:, permuted] == pytest.approx(fit.posterior, abs=1e-6)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(["a", "b", None]), st.integers(0, 2**40)), max_size=12),
    st.integers(0, 12),
)
def test_confusions_add_over_everything_and_survive_a_json_field(cells, cut):
    whole = ConfusionTally.from_cells(cells, ["a", "b"])
    parts = [ConfusionTally.from_cells(part, ["a", "b"]) for part in (cells[:cut], cells[cut:])]

    assert parts[0] + parts[1] == whole
    assert ConfusionTally.from_json(json.loads(json.dumps(whole.to_json()))) == whole
