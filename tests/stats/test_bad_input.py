"""Bad input of every public function: a status or a named error, never a warning, never a wrong number.

Warnings are errors in all tests, so that a case that passes has given none.
"""

import inspect
from dataclasses import fields, is_dataclass
from enum import Enum

import numpy as np
import pytest

from calibration import stats
from calibration.stats import (
    AgreementTally,
    BetaPrior,
    ConfusionTally,
    Cusum,
    DuplicateRating,
    Estimate,
    NotDeclared,
    NotEnoughData,
    NotFinite,
    OutOfRange,
    Serving,
    SpanAnswers,
    Standing,
    Status,
    TooLarge,
    UnlikeLengths,
)
from tests.stats.bad_input import ANSWERED, INF, ITEMS, LABELS, NAN, RATERS, SCORED, bad_arguments, sound_calls

SOUND = sound_calls()
SPOILT = [
    pytest.param(name, arguments, id=f"{name}-{words}".replace(" ", "_"))
    for name, sound in SOUND.items()
    for words, arguments in bad_arguments(sound)
]
MILLION = 1_000_000
NOBODY = np.zeros(0, int)
FUNCTIONS = [name for name in stats.__all__ if inspect.isfunction(getattr(stats, name))]
MADE_FROM_DATA = [
    name
    for name in stats.__all__
    if inspect.isclass(getattr(stats, name))
    and not issubclass(getattr(stats, name), (Exception, Enum))
    and ("__post_init__" in vars(getattr(stats, name)) or name in {"SpanAnswers", "ConfusionTally", "BetaPrior"})
]


def numbers_in(result):
    """Every number of a result, whatever it is packed in."""
    if isinstance(result, (str, bytes, Enum)) or result is None:
        return
    if is_dataclass(result):
        for field in fields(result):
            yield from numbers_in(getattr(result, field.name))
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from numbers_in(part)
    elif isinstance(result, (np.ndarray, int, float, np.generic)) and np.asarray(result).dtype.kind in "fiub":
        yield from np.asarray(result, np.float64).ravel()


def run(name, **arguments):
    return SOUND[name].call(**{**SOUND[name].arguments, **arguments})


def test_every_public_function_and_every_class_made_from_data_has_a_case():
    assert sorted({*FUNCTIONS, *MADE_FROM_DATA} - {name.split(".")[0] for name in SOUND}) == []


@pytest.mark.parametrize("name", list(SOUND))
def test_the_sound_call_gives_finite_numbers(name):
    """So that the cases below fail for the one argument that they spoil."""
    result = run(name)

    if name != "rater_pairs":
        assert np.isfinite(list(numbers_in(result))).all()


@pytest.mark.parametrize(("name", "arguments"), SPOILT)
def test_a_spoilt_argument_is_refused_by_a_named_error_with_a_sentence(name, arguments):
    with pytest.raises(ValueError) as caught:
        run(name, **arguments)

    assert isinstance(caught.value, (stats.InvalidInput, NotEnoughData))
    assert str(caught.value).endswith(".")
    assert " " in str(caught.value)


def status_of(result):
    return getattr(result, "status", result)


ONE_RATING_EACH = AgreementTally.from_counts([[1, 0], [0, 1]], ["a", "b"])
ONE_CATEGORY = AgreementTally.from_counts([[2, 0]] * 30, ["a", "b"])
ONE_DECLARED = AgreementTally.from_counts([[2]] * 30, ["a"])
ONE_ITEM = AgreementTally.from_counts([[2, 1]], ["a", "b"])
ALL_MISSING = AgreementTally.from_codes(ITEMS, np.full(12, -1), ["a", "b"])
OF_TALLIES = [
    "krippendorff_alpha",
    "gwet_ac1",
    "gwet_ac2",
    "brennan_prediger",
    "fleiss_kappa",
    "percent_agreement",
    "pooled_agreement",
    "set_alpha",
    "specific_agreement",
    "bootstrap_items",
]
CHANCE_FROM_RATINGS = {"krippendorff_alpha", "fleiss_kappa", "set_alpha", "bootstrap_items"}
WITHOUT_CHANCE = {"percent_agreement", "pooled_agreement", "specific_agreement"}


def measure(name, tally):
    more = {"category": tally.categories[0]} if name == "specific_agreement" else {}
    return run(name, tally=tally, **more)


@pytest.mark.parametrize("name", OF_TALLIES)
@pytest.mark.parametrize(
    ("tally", "status"),
    [
        (AgreementTally.empty(["a", "b"]), Status.EMPTY),
        (ALL_MISSING, Status.EMPTY),
        (ONE_RATING_EACH, Status.NO_OVERLAP),
        (ONE_ITEM, Status.TOO_FEW),
    ],
    ids=["empty", "all missing", "one rating an item", "one item"],
)
def test_agreement_of_too_little_says_which_case_it_is(name, tally, status):
    found = measure(name, tally)

    assert (found.status, found.lower, found.upper) == (status, None, None)


@pytest.mark.parametrize("name", OF_TALLIES)
def test_agreement_where_one_category_was_used(name):
    found = measure(name, ONE_CATEGORY)

    if name in CHANCE_FROM_RATINGS:
        assert (found.value, found.status) == (None, Status.ONE_CATEGORY)
    else:
        assert (found.value, found.upper, found.status) == (1.0, 1.0, Status.OK)
        assert 0.7 < found.lower < 1


@pytest.mark.parametrize("name", OF_TALLIES)
def test_agreement_where_one_category_is_declared(name):
    found = measure(name, ONE_DECLARED)

    assert found.status is (Status.OK if name in WITHOUT_CHANCE else Status.ONE_CATEGORY)


@pytest.mark.parametrize("name", OF_TALLIES)
def test_counts_over_two_to_the_31_are_measured_as_the_same_shares_of_fewer(name):
    rows = [((2, 0), 7), ((1, 1), 2), ((0, 2), 4), ((3, 1), 1)]
    few, many = (
        AgreementTally.from_patterns([(pattern, n * times) for pattern, n in rows], ["a", "b"])
        for times in (10**6, 2**40)
    )

    small, large = measure(name, few), measure(name, many)

    assert large.value == pytest.approx(small.value, abs=1e-6)
    assert large.lower <= large.value <= large.upper
    assert large.upper - large.lower < 1e-4


@pytest.mark.parametrize("name", OF_TALLIES)
def test_items_with_billions_of_ratings_are_measured_as_exactly_as_the_formula(name):
    """Products of counts, such as n (n - 1), do not fit into 64 bits here."""
    rows = [[5_000_000_000, 0], [4_000_000_000, 1_000_000_000], [0, 3_000_000_000]]
    shares = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    agreeing = (shares**2).sum(axis=1)

    found = measure(name, AgreementTally.from_counts(rows, ["a", "b"]))

    if name == "percent_agreement":
        assert found.value == pytest.approx(agreeing.mean(), abs=1e-6)
    if name == "pooled_agreement":
        assert found.value == pytest.approx(np.average(agreeing, weights=np.sum(rows, axis=1)), abs=1e-6)
    assert 0 < found.value < 1
    assert np.isfinite(list(numbers_in(found))).all()


@pytest.mark.parametrize("name", OF_TALLIES)
def test_five_hundred_categories_are_measured_as_those_that_were_used(name):
    """What was used lies in the first five of 500; only chance that knows the declared categories differs."""
    rng = np.random.default_rng(1)
    few = rng.multinomial(3, [0.4, 0.3, 0.1, 0.1, 0.1], size=200)
    names = [f"c{place:03}" for place in range(500)]

    wide = measure(name, AgreementTally.from_counts(np.pad(few, ((0, 0), (0, 495))), names))
    narrow = measure(name, AgreementTally.from_counts(few, names[:5]))

    if name in {"gwet_ac1", "gwet_ac2", "brennan_prediger"}:
        assert wide.value > narrow.value
    else:
        assert wide.value == pytest.approx(narrow.value)


def test_five_hundred_used_categories_of_many_items_need_no_table_of_items():
    """200,000 items of 500 categories as a table would take 800 MB."""
    items = np.repeat(np.arange(200_000), 2)
    labels = np.arange(400_000) // 3 % 500

    tally = AgreementTally.from_codes(items, labels, [str(place) for place in range(500)])

    assert (tally.n_items, tally.n_ratings) == (200_000, 400_000)
    assert tally.totals.tolist() == np.bincount(labels, minlength=500).tolist()
    assert len(tally.patterns) == len(np.unique(np.sort(labels.reshape(-1, 2)), axis=0))


def test_a_million_labelers_with_one_rating_each():
    """Half a million items, each rated by two of them: alike in two of three items."""
    items, raters = np.repeat(np.arange(MILLION // 2), 2), np.arange(MILLION)
    labels = np.where(raters % 6 == 1, 1, 0)

    tally = AgreementTally.from_triples(items, raters, labels)
    pairs = stats.rater_pairs(items, raters, labels, ["0", "1"])

    assert stats.percent_agreement(tally).value == pytest.approx(2 / 3, abs=1e-5)
    assert (len(pairs), int(pairs.agreed.sum())) == (500_000, 333_333)
    assert set(pairs.statuses) <= {Status.TOO_FEW, Status.ONE_CATEGORY}


def test_a_million_labelers_of_one_item_have_agreement_but_no_pairs():
    items, raters = np.zeros(MILLION, int), np.arange(MILLION)
    labels = raters % 2

    tally = AgreementTally.from_triples(items, raters, labels)

    assert stats.percent_agreement(tally).value == pytest.approx(0.5, abs=1e-5)
    for refused in (stats.rater_pairs, stats.bootstrap_labelers):
        more = {"rng": np.random.default_rng(0)} if refused is stats.bootstrap_labelers else {}
        with pytest.raises(TooLarge, match="leave out items"):
            refused(items, raters, labels, **more)


def test_a_million_labelers_of_joint_answers():
    items, raters = np.repeat(np.arange(MILLION // 4), 4), np.arange(MILLION)
    labels = np.where(raters % 4 == 3, 1, 0)
    sizes = {"n_items": MILLION // 4, "n_categories": 2}

    majority = stats.majority(items, labels, **sizes)
    fit = stats.dawid_skene(items, raters, labels, **sizes, n_raters=MILLION, max_steps=3)

    assert (majority.winner == 0).all()
    assert np.isfinite(fit.posterior).all()


@pytest.mark.parametrize("name", ["majority", "dawid_skene", "one_coin", "glad"])
@pytest.mark.parametrize(
    ("items", "raters", "labels", "n_items"),
    [(NOBODY, NOBODY, NOBODY, 0), (NOBODY, NOBODY, NOBODY, 6), (ITEMS, RATERS, np.full(12, -1), 6)],
    ids=["empty", "no rating", "all missing"],
)
def test_joint_answers_of_nothing_have_no_winner(name, items, raters, labels, n_items):
    more = {} if name == "majority" else {"raters": raters}

    fit = run(name, items=items, labels=labels, n_items=n_items, **more)

    assert fit.winner.tolist() == [-1] * n_items
    assert np.isfinite(list(numbers_in(fit))).all()


@pytest.mark.parametrize("name", ["dawid_skene", "one_coin", "glad"])
@pytest.mark.parametrize(
    "arguments",
    [
        {"items": [0, 0], "raters": [0, 1], "labels": [1, 1], "n_items": 1},
        {"items": [0, 1], "raters": [0, 0], "labels": [1, 0], "n_items": 2, "n_raters": 1},
        {"labels": np.zeros(12, int), "n_categories": 1},
        {"n_categories": 500},
    ],
    ids=["one item", "one labeler", "one category", "500 categories"],
)
def test_joint_answers_of_little_are_those_that_were_given(name, arguments):
    fit = run(name, **arguments)

    given = stats.majority(
        **{key: {**ANSWERED, "n_items": 6, "n_categories": 2, **arguments}[key] for key in MAJORITY_ARGUMENTS}
    )
    decided = given.winner >= 0
    assert np.isfinite(list(numbers_in(fit))).all()
    assert fit.winner[decided].tolist() == given.winner[decided].tolist()


MAJORITY_ARGUMENTS = ("items", "labels", "n_items", "n_categories")


@pytest.mark.parametrize("name", ["dawid_skene", "one_coin", "glad", "suspected_gold", "fit_2pl", "item_rest"])
def test_a_rating_that_comes_twice_is_refused(name):
    arguments = SOUND[name].arguments
    rated = SCORED if "is_right" in arguments else ANSWERED

    with pytest.raises(DuplicateRating, match="position 12"):
        run(name, **{key: np.append(values, values[:1]) for key, values in rated.items()})


def test_duplicate_ratings_keep_the_last_the_first_or_are_refused():
    items, raters, labels = [0, 0, 0], ["a", "b", "b"], ["x", "y", "x"]

    kept = {
        kind: AgreementTally.from_triples(items, raters, labels, ["x", "y"], duplicates=kind).patterns.tolist()
        for kind in ("first", "last")
    }

    assert kept == {"first": [[1, 1]], "last": [[2, 0]]}
    with pytest.raises(DuplicateRating, match="position 2"):
        AgreementTally.from_triples(items, raters, labels, duplicates="error")
    with pytest.raises(OutOfRange, match="'last', 'first' or 'error'"):
        AgreementTally.from_triples(items, raters, labels, duplicates="mean")


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("AgreementTally", {"categories": ["0"]}),
        ("rater_pairs", {"categories": ["0"]}),
        ("bootstrap_labelers", {"categories": ["0"]}),
        ("AgreementTally.with_rating", {"category": "x"}),
        ("AgreementTally.without_rating", {"category": "x"}),
        ("ConfusionTally", {"cells": [("x", "a", 1)]}),
        ("ConfusionTally.from_pairs", {"given": ["x"]}),
        ("specific_agreement", {"category": "x"}),
        ("f1_score", {"category": "x"}),
        ("detection", {"no_violation": "x"}),
        ("cost_weighted_error", {"costs": {("x", "a"): 1.0}}),
    ],
)
def test_a_label_outside_the_taxonomy_is_refused(name, arguments):
    with pytest.raises(NotDeclared, match="is not among the declared categories"):
        run(name, **arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("AgreementTally.from_counts", {"counts": [[1, NAN]]}, NotFinite),
        ("AgreementTally.from_counts", {"counts": [[1, INF]]}, NotFinite),
        ("AgreementTally.from_counts", {"counts": [[1, -1]]}, OutOfRange),
        ("AgreementTally.from_counts", {"counts": [[1, 0.5]]}, OutOfRange),
        ("AgreementTally.from_counts", {"counts": [[1, 2, 3], [4, 5, 6]]}, UnlikeLengths),
        ("AgreementTally.from_counts", {"counts": [[2**52, 2**52]]}, TooLarge),
        ("AgreementTally.from_counts", {"categories": ["0", "0"]}, OutOfRange),
        ("AgreementTally.with_rating", {"counts": [7, 0]}, OutOfRange),
        ("AgreementTally.without_rating", {"counts": [7, 0]}, OutOfRange),
        ("AgreementTally.without_rating", {"counts": [0, 2], "category": "0"}, OutOfRange),
        ("ConfusionTally", {"cells": [("a", "b", -1)]}, OutOfRange),
        ("ConfusionTally", {"cells": [("a", "b", NAN)]}, NotFinite),
        ("ConfusionTally", {"cells": [("a", "b", 2**53)]}, TooLarge),
        ("ConfusionTally", {"right": 3}, OutOfRange),
        ("ConfusionTally", {"right": -1}, OutOfRange),
        ("ConfusionTally.from_pairs", {"given": []}, UnlikeLengths),
        ("PassMark", {"right": 41}, OutOfRange),
        ("Sprt", {"bad": 0.96}, OutOfRange),
        ("cohen_kappa", {"table": [[1, NAN], [0, 1]]}, NotFinite),
        ("cohen_kappa", {"table": [[1, 2, 3]]}, OutOfRange),
        ("cohen_kappa", {"table": [[1, -2], [0, 1]]}, OutOfRange),
        ("scott_pi", {"table": [[1, INF], [0, 1]]}, NotFinite),
        ("scott_pi", {"table": [1, 2]}, OutOfRange),
        ("category_weights", {"values": [1.0, NAN]}, NotFinite),
        ("category_weights", {"values": [1.0]}, OutOfRange),
        ("category_distances", {"values": [1.0, INF]}, NotFinite),
        ("category_distances", {"level": "ordinal"}, OutOfRange),
        ("bootstrap_items", {"replicates": 99}, OutOfRange),
        ("intraclass_correlation", {"scores": [[1, NAN], [2, 3]]}, NotFinite),
        ("intraclass_correlation", {"scores": [1, 2, 3]}, OutOfRange),
        ("cost_weighted_error", {"costs": {("a", "b"): NAN}}, OutOfRange),
        ("wilson", {"hits": 11}, OutOfRange),
        ("wilson", {"n": 0, "hits": 0}, NotEnoughData),
        ("clopper_pearson", {"hits": -1}, OutOfRange),
        ("proportion", {"hits": 11}, OutOfRange),
        ("standing", {"hits": 21}, OutOfRange),
        ("draw_sample", {"strata": []}, NotEnoughData),
        ("equal_shares", {"n": 1}, OutOfRange),
        ("corrected_for_auditor", {"auditor_accuracy": 0.5}, NotEnoughData),
        ("weekly_test", {"wrong": [30, 1]}, OutOfRange),
        ("fit_prior", {"hits": [3, 1]}, OutOfRange),
    ],
)
def test_what_cannot_be_is_refused(name, arguments, error):
    with pytest.raises(error):
        run(name, **arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("cohen_kappa", {"table": [[0, 0], [0, 0]]}, Status.EMPTY),
        ("cohen_kappa", {"table": [[9, 0], [0, 0]]}, Status.ONE_CATEGORY),
        ("cohen_kappa", {"table": np.zeros((0, 0))}, Status.EMPTY),
        ("scott_pi", {"table": [[0, 0], [0, 0]]}, None),
        ("intraclass_correlation", {"scores": []}, Status.EMPTY),
        ("intraclass_correlation", {"scores": [[1, 2]]}, Status.TOO_FEW),
        ("intraclass_correlation", {"scores": [[1], [2]]}, Status.TOO_FEW),
        ("intraclass_correlation", {"scores": [[3, 3], [3, 3]]}, Status.ONE_CATEGORY),
        ("bootstrap_labelers", {"items": [], "raters": [], "labels": []}, Status.EMPTY),
        ("bootstrap_labelers", {"raters": np.arange(12), "items": np.arange(12)}, Status.NO_OVERLAP),
        ("bootstrap_labelers", {"labels": np.zeros(12, int)}, Status.ONE_CATEGORY),
        ("bootstrap_labelers", {}, Status.TOO_FEW),
        ("proportion", {"hits": 0, "n": 0}, Status.EMPTY),
        ("weighted_share", {"hits": [], "probabilities": [], "clusters": []}, Status.EMPTY),
        ("weighted_share", {"clusters": np.zeros(12)}, Status.TOO_FEW),
        ("combined_share", {"parts": []}, Status.EMPTY),
        ("cost_weighted_error", {"tally": ConfusionTally.empty(["a", "b"])}, Status.EMPTY),
        ("span_alpha", {"found": SpanAnswers.of([], [], [], answers=[], starts=[], ends=[])}, Status.EMPTY),
        ("span_f1", {"found": SpanAnswers.of([0], [0], [5], answers=[], starts=[], ends=[])}, Status.NO_OVERLAP),
        ("macro_f1", {"tally": ConfusionTally.empty(["a", "b"])}, None),
        ("matthews_correlation", {"tally": ConfusionTally.empty(["a"])}, None),
        ("detection", {"tally": ConfusionTally.empty(["a", "b"])}, None),
        ("answers_to_settle", {"hits": 0, "n": 0}, None),
        ("group_answers_to_settle", {"judged": Estimate.undefined(Status.EMPTY)}, None),
        ("effective_size", {"probabilities": []}, 0.0),
        ("weekly_false_flags", {"people": 0}, 0.0),
    ],
)
def test_too_little_says_which_case_it_is(name, arguments, expected):
    assert status_of(run(name, **arguments)) == expected


def test_nobody_and_nothing_give_empty_arrays():
    empty = {
        "benjamini_hochberg": {"p_values": []},
        "kept_rows": {"items": NOBODY, "raters": NOBODY},
        "rater_pairs": {"items": [], "raters": [], "labels": []},
        "weekly_test": {"wrong": [], "n": []},
        "set_distances": {"sets": []},
        "category_weights": {"categories": [], "values": []},
        "copying_pairs": dict.fromkeys(("items", "raters", "labels", "reference_labels"), NOBODY) | {"n_items": 0},
    }

    assert {name: len(run(name, **arguments)) for name, arguments in empty.items()} == dict.fromkeys(empty, 0)


def test_searches_over_nobody_find_nobody():
    nothing = {"items": NOBODY, "raters": NOBODY, "is_right": NOBODY, "n_items": 0, "n_raters": 0}

    assert run("suspected_gold", **nothing).order.tolist() == []
    assert run("item_rest", **nothing).status == ()
    assert run("fit_2pl", **nothing).difficulty.tolist() == []
    assert run("speeders", **nothing, seconds=NOBODY).found.tolist() == []
    assert run("long_runs", raters=NOBODY, labels=NOBODY, n_raters=0).found.tolist() == []
    assert (
        run("leak_scores", items=NOBODY, moments=NOBODY, is_right=NOBODY, seconds=NOBODY, n_items=0).found.tolist()
        == []
    )
    assert run("weekly_findings", wrong=[], n=[]).found.tolist() == []
    assert run("simulate_watch", error_rates=[]).flags == ()
    assert run("Cusum.run", wrong=[]).first_alarm is None
    assert run("Sprt.run", right=[]).n == 0


def test_a_person_and_a_team_without_answers_have_no_standing():
    person = run("standing", hits=0, n=0)
    team = run("clustered_standing", right=[], labelers=[], items=[])

    assert [found.standing for found in (person, team)] == [Standing.NOT_ENOUGH_DATA] * 2
    assert [found.accuracy.status for found in (person, team)] == [Status.EMPTY] * 2


def test_a_prior_of_nobody_is_flat():
    assert run("fit_prior", hits=[], n=[]) == BetaPrior(1.0, 1.0)
    assert run("fit_prior", hits=[0], n=[0]) == BetaPrior(1.0, 1.0)


def test_kappa_and_confusions_of_counts_over_two_to_the_31():
    few, many = [[8, 1], [2, 9]], [[8 * 2**40, 2**40], [2 * 2**40, 9 * 2**40]]
    cells = [("a", "a", 9), ("a", "b", 1), ("b", "b", 4)]
    small, large = (
        ConfusionTally.from_cells([(*pair, n * times) for *pair, n in cells], ["a", "b"]) for times in (1, 2**40)
    )

    assert run("cohen_kappa", table=many).value == pytest.approx(run("cohen_kappa", table=few).value)
    assert run("scott_pi", table=many) == pytest.approx(run("scott_pi", table=few))
    for name in ("matthews_correlation", "macro_f1"):
        assert run(name, tally=large) == pytest.approx(run(name, tally=small))
    assert run("detection", tally=large).sensitivity > run("detection", tally=small).sensitivity
    assert run("cost_weighted_error", tally=large, costs={("a", "b"): 1.0}).value == pytest.approx(1 / 14)


def test_shares_of_counts_over_two_to_the_31():
    found = run("proportion", hits=9 * 2**40, n=10 * 2**40)
    exact = run("clopper_pearson", hits=9 * 2**40, n=10 * 2**40)

    assert found.value == 0.9
    assert found.upper - found.lower < 1e-5
    assert exact.lower < 0.9 < exact.upper
    assert run("standing", hits=9 * 2**40, n=10 * 2**40, target=0.8).standing is Standing.MEETS


def test_an_estimate_survives_a_json_field_and_refuses_nan_from_one():
    found = stats.krippendorff_alpha(AgreementTally.from_codes(ITEMS, LABELS, ["0", "1"]))

    assert Estimate.from_json(found.to_json()) == found
    with pytest.raises(NotFinite):
        Estimate.from_json({**found.to_json(), "value": NAN})


def test_gold_that_is_never_served_raises_no_flag():
    quiet = stats.operating_figures(Cusum(0.05), Serving(gold_rate=0.0, watch_gold_rate=0.0), days=5)

    assert (quiet.false_flag_rate, quiet.median_days) == (0.0, None)
