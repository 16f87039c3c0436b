import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from irrCAC.raw import CAC
from irrCAC.weights import Weights as GwetWeights
from nltk.metrics import jaccard_distance, masi_distance
from nltk.metrics.agreement import AnnotationTask
from scipy.stats import t as student
from sklearn.metrics import f1_score
from statsmodels.stats import inter_rater

from calibration.stats import (
    AgreementTally,
    brennan_prediger,
    category_distances,
    category_weights,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha,
    percent_agreement,
    pooled_agreement,
    set_alpha,
    set_distances,
    specific_agreement,
)
from tests.reference.bounds import bounds_by_hand
from tests.reference.published_sets import NAMES, agreement_tally, counts_of
from tests.reference.ratings import Ratings, agreeing_pairs, on_random_ratings, over_many, quietly, ratings
from tests.stats.published import FLEISS_PATIENTS, FLEISS_TEXTBOOK, KRIPPENDORFF_C, WIKIPEDIA_CODERS

LEVELS = ["nominal", "ordinal", "interval", "ratio"]
KINDS = ["identity", "linear", "quadratic", "ordinal"]


def published_raters(rows):
    codes = np.array(rows, float).T
    codes[codes == 0] = np.nan
    codes = codes[~np.isnan(codes).all(axis=1)]
    return Ratings(codes - 1, int(np.nanmax(codes)))


PUBLISHED = [published_raters(KRIPPENDORFF_C), published_raters(WIKIPEDIA_CODERS)]


def same(ours, theirs, tolerance=1e-9):
    assert ours.value == pytest.approx(theirs, abs=tolerance)


def alpha_of(drawn, level):
    return krippendorff.alpha(
        value_counts=drawn.pairable,
        value_domain=list(range(1, drawn.k + 1)),
        level_of_measurement=level,
    )


def gwet_table(drawn, kind="identity"):
    """irrCAC on the same ratings; it rounds, and leaves categories out that it is not told of."""
    return CAC(pd.DataFrame(drawn.codes), weights=kind, categories=list(range(drawn.k)), digits=12)


@pytest.mark.oracle("krippendorff_alpha", by="krippendorff")
@pytest.mark.parametrize("level", LEVELS)
def test_alpha_of_random_ratings(level):
    @on_random_ratings()
    def compare(drawn):
        values = list(range(1, drawn.k + 1))
        same(krippendorff_alpha(drawn.tally, level=level, values=values), alpha_of(drawn, level))

    compare()


@pytest.mark.oracle("krippendorff_alpha", by="krippendorff")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("drawn", PUBLISHED)
def test_alpha_of_published_ratings(drawn, level):
    values = list(range(1, drawn.k + 1))

    same(krippendorff_alpha(drawn.tally, level=level, values=values), alpha_of(drawn, level))


@pytest.mark.oracle("krippendorff_alpha", by="krippendorff")
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", NAMES)
def test_alpha_of_published_files(name, level):
    tally, counts = agreement_tally(name), counts_of(name)
    several = counts[counts.sum(axis=1) >= 2]
    values = list(range(1, counts.shape[1] + 1))

    theirs = krippendorff.alpha(value_counts=several, value_domain=values, level_of_measurement=level)

    same(krippendorff_alpha(tally, level=level, values=values), theirs)


@pytest.mark.oracle("krippendorff_alpha", by="nltk")
@on_random_ratings()
def test_nominal_alpha_by_a_second_implementation(drawn):
    task = AnnotationTask(data=[(str(rater), str(item), label) for item, rater, label in zip(*drawn.triples)])

    same(krippendorff_alpha(drawn.tally), task.alpha())


def test_what_irrcac_calls_ordinal_is_not_the_ordinal_alpha():
    """Its ordinal weights count places, whatever the ratings; Krippendorff's distances count the ratings between."""
    drawn = PUBLISHED[0]
    theirs = gwet_table(drawn, "ordinal").krippendorff()["est"]["coefficient_value"]

    ours = krippendorff_alpha(drawn.tally, level="ordinal").value

    assert ours == pytest.approx(0.815, abs=5e-4)  # as published
    assert abs(theirs - ours) > 0.01


@pytest.mark.oracle("category_distances", by="krippendorff, by alpha; a formula written out")
@over_many
@given(values=st.lists(st.integers(0, 50), min_size=2, max_size=8, unique=True))
def test_distances_between_categories(values):
    names = [str(value) for value in values]

    nominal, interval, ratio = (category_distances(names, level) for level in ("nominal", "interval", "ratio"))

    for row, a in enumerate(values):
        for column, b in enumerate(values):
            assert nominal[row, column] == (a != b)
            assert interval[row, column] == (a - b) ** 2
            assert ratio[row, column] == pytest.approx(((a - b) / (a + b)) ** 2 if a + b else 0)


@pytest.mark.oracle("gwet_ac1", by="irrCAC")
@on_random_ratings()
def test_ac1_of_random_ratings(drawn):
    same(gwet_ac1(drawn.tally), gwet_table(drawn).gwet()["est"]["coefficient_value"])


@pytest.mark.oracle("gwet_ac2", by="irrCAC")
@pytest.mark.parametrize("kind", KINDS[1:])
def test_ac2_of_random_ratings(kind):
    @on_random_ratings()
    def compare(drawn):
        same(gwet_ac2(drawn.tally, weights=kind), gwet_table(drawn, kind).gwet()["est"]["coefficient_value"])

    compare()


@pytest.mark.oracle("brennan_prediger", by="irrCAC")
@pytest.mark.parametrize("kind", KINDS)
def test_brennan_prediger_of_random_ratings(kind):
    @on_random_ratings()
    def compare(drawn):
        same(brennan_prediger(drawn.tally, weights=kind), gwet_table(drawn, kind).bp()["est"]["coefficient_value"])

    compare()


@pytest.mark.oracle("fleiss_kappa", by="irrCAC; statsmodels where nothing is missing")
@pytest.mark.parametrize("kind", KINDS)
def test_fleiss_kappa_of_random_ratings(kind):
    @on_random_ratings()
    def compare(drawn):
        same(fleiss_kappa(drawn.tally, weights=kind), gwet_table(drawn, kind).fleiss()["est"]["coefficient_value"])

    compare()


@pytest.mark.oracle("fleiss_kappa", by="irrCAC; statsmodels where nothing is missing")
@on_random_ratings(gaps=False)
def test_fleiss_kappa_where_nothing_is_missing(drawn):
    same(fleiss_kappa(drawn.tally), inter_rater.fleiss_kappa(drawn.counts))


@pytest.mark.oracle("fleiss_kappa", by="irrCAC; statsmodels where nothing is missing")
@pytest.mark.parametrize("table", [FLEISS_TEXTBOOK, FLEISS_PATIENTS])
def test_fleiss_kappa_of_published_tables(table):
    tally = AgreementTally.from_counts(table, list("abcde"))

    same(fleiss_kappa(tally), inter_rater.fleiss_kappa(np.array(table)))


@pytest.mark.oracle("gwet_ac1", "gwet_ac2", "brennan_prediger", by="irrCAC")
@pytest.mark.parametrize("drawn", PUBLISHED)
def test_gwets_coefficients_of_published_ratings(drawn):
    for kind in KINDS[1:]:
        table = gwet_table(drawn, kind)
        same(gwet_ac2(drawn.tally, weights=kind), table.gwet()["est"]["coefficient_value"])
        same(brennan_prediger(drawn.tally, weights=kind), table.bp()["est"]["coefficient_value"])
    same(gwet_ac1(drawn.tally), gwet_table(drawn).gwet()["est"]["coefficient_value"])


@pytest.mark.oracle("category_weights", by="irrCAC")
@pytest.mark.parametrize("k", range(2, 9))
@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_categories(kind, k):
    theirs = GwetWeights(list(range(k)))[kind]

    assert category_weights([str(code) for code in range(k)], kind) == pytest.approx(np.array(theirs))


@pytest.mark.oracle("category_weights", by="irrCAC")
@pytest.mark.parametrize("kind", ["linear", "quadratic"])
def test_weights_of_categories_with_values_of_their_own(kind):
    values = [0, 1, 5, 12]
    theirs = GwetWeights(values)[kind]

    assert category_weights(list("abcd"), kind, values=values) == pytest.approx(np.array(theirs))


@pytest.mark.oracle("percent_agreement", by="irrCAC; pairs counted one by one")
@on_random_ratings()
def test_percent_agreement_of_random_ratings(drawn):
    pairs = [agreeing_pairs(labels) for labels in drawn.lists if len(labels) >= 2]

    same(percent_agreement(drawn.tally), gwet_table(drawn).gwet()["est"]["pa"])
    same(percent_agreement(drawn.tally), np.mean([hits / n for hits, n in pairs]))


@pytest.mark.oracle("pooled_agreement", by="krippendorff, 1 - Do; pairs counted one by one")
@on_random_ratings()
def test_pooled_agreement_of_random_ratings(drawn):
    several = [labels for labels in drawn.lists if len(labels) >= 2]
    weighted = sum(len(labels) * np.divide(*agreeing_pairs(labels)) for labels in several)
    totals, n = drawn.pairable.sum(axis=0), drawn.pairable.sum()
    by_chance = 1 - (totals * (totals - 1)).sum() / (n * (n - 1))

    ours = pooled_agreement(drawn.tally)

    same(ours, weighted / sum(map(len, several)))
    same(ours, 1 - (1 - alpha_of(drawn, "nominal")) * by_chance)


@pytest.mark.oracle("specific_agreement", by="scikit-learn, F1 of two raters; pairs counted one by one")
@on_random_ratings()
def test_specific_agreement_of_random_ratings(drawn):
    for code in range(drawn.k):
        hits = wanted = 0.0
        for labels in drawn.lists:
            times = labels.count(code)
            if len(labels) >= 2:
                hits += times * (times - 1) / (len(labels) - 1)
                wanted += times
        ours = specific_agreement(drawn.tally, str(code))
        if wanted:
            same(ours, hits / wanted)
        else:
            assert ours.value is None


@pytest.mark.oracle("specific_agreement", by="scikit-learn, F1 of two raters; pairs counted one by one")
@on_random_ratings(raters=st.just(2), gaps=False)
def test_specific_agreement_of_two_raters_is_their_f1(drawn):
    one, other = drawn.codes.T.astype(int)
    code = int(one[0])

    same(specific_agreement(drawn.tally, str(code)), f1_score(one == code, other == code))


NTLK_DISTANCE = {"masi": masi_distance, "jaccard": jaccard_distance}
SETS = st.lists(st.frozensets(st.sampled_from("abcde")), min_size=2, max_size=8, unique=True)


def distance_of(one, other, kind):
    """nltk's distance, but for two empty sets, where it divides by zero: "no violation" twice is no distance."""
    return 0.0 if not one and not other else NTLK_DISTANCE[kind](one, other)


@pytest.mark.oracle("set_distances", by="nltk, but for two empty sets")
@pytest.mark.parametrize("kind", ["masi", "jaccard"])
def test_distances_of_random_sets(kind):
    @over_many
    @given(sets=SETS)
    def compare(sets):
        ours = set_distances(sets, kind)

        theirs = [[distance_of(one, other, kind) for other in sets] for one in sets]
        assert ours == pytest.approx(np.array(theirs))

    compare()


@pytest.mark.parametrize("kind", ["masi", "jaccard"])
def test_nltk_crashes_on_two_empty_sets(kind):
    with pytest.raises(ZeroDivisionError):
        NTLK_DISTANCE[kind](frozenset(), frozenset())


@pytest.mark.oracle("set_alpha", by="nltk, with our distance of two empty sets")
@pytest.mark.parametrize("kind", ["masi", "jaccard"])
def test_set_alpha_of_random_ratings(kind):
    @on_random_ratings()
    def compare(drawn):
        sets = [frozenset(), frozenset("a"), frozenset("ab"), frozenset("bc"), frozenset("abc"), frozenset("d")]
        names = ["+".join(sorted(chosen)) for chosen in sets[: drawn.k]]
        task = AnnotationTask(
            data=[(str(rater), str(item), sets[label]) for item, rater, label in zip(*drawn.triples)],
            distance=lambda one, other: distance_of(one, other, kind),
        )

        same(set_alpha(AgreementTally.from_counts(drawn.counts, names), distance=kind), task.alpha())

    compare()


@pytest.mark.oracle(
    "krippendorff_alpha", "gwet_ac1", by="a jackknife that leaves out item by item, each time measured by these"
)
@over_many
@given(drawn=ratings(items=st.integers(4, 9)), level=st.sampled_from(["nominal", "ordinal", "interval"]))
def test_intervals_are_those_of_a_jackknife_by_others(drawn, level):
    values = list(range(1, drawn.k + 1))
    several = Ratings(drawn.codes[drawn.counts.sum(axis=1) >= 2], drawn.k)
    left_out = [Ratings(np.delete(several.codes, place, axis=0), drawn.k) for place in range(len(several.codes))]
    assume(len(left_out) > 2 and all(np.count_nonzero(left.pairable.sum(axis=0)) > 1 for left in left_out))
    gwet = {
        "alpha": lambda each: alpha_of(each, level),
        "ac1": lambda each: gwet_table(each).gwet()["est"]["coefficient_value"],
    }

    ours = {
        "alpha": krippendorff_alpha(several.tally, level=level, values=values),
        "ac1": gwet_ac1(several.tally),
    }

    for name, measure in gwet.items():
        found = np.array([quietly(lambda each=each, measure=measure: measure(each)) for each in left_out])
        size = len(found)
        error = np.sqrt((size - 1) / size * ((found - found.mean()) ** 2).sum())
        bounds = bounds_by_hand(ours[name].value, error, quantile=student.ppf(0.975, size - 1))
        if bounds is not None:
            assert (ours[name].lower, ours[name].upper) == pytest.approx(bounds, abs=1e-6)


@pytest.mark.oracle("gwet_ac1", "fleiss_kappa", "percent_agreement", by="irrCAC")
@pytest.mark.parametrize("name", ["rte", "s4_dog"])
def test_standard_errors_of_published_files_come_close_to_gwets(name):
    """irrCAC's is the linearised variance; a jackknife over 800 items differs from it by well under a hundredth."""
    tally, counts = agreement_tally(name), counts_of(name)
    columns = [np.repeat(np.arange(counts.shape[1]), row) for row in counts]
    widest = max(map(len, columns))
    codes = np.array([[*labels, *[np.nan] * (widest - len(labels))] for labels in columns], float)
    table = gwet_table(Ratings(codes, counts.shape[1]))

    for ours, theirs in ((gwet_ac1(tally), table.gwet()), (fleiss_kappa(tally), table.fleiss())):
        same(ours, theirs["est"]["coefficient_value"])
        lower, upper = theirs["est"]["confidence_interval"]
        assert (ours.lower, ours.upper) == pytest.approx((lower, upper), abs=0.005)
