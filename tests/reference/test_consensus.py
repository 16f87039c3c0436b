import numpy as np
import pandas as pd
import pytest
from crowdkit.aggregation import GLAD, MajorityVote, OneCoinDawidSkene
from crowdkit.aggregation import DawidSkene as CrowdKitDawidSkene
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from scipy.special import logsumexp
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score

from calibration.stats import choose_aggregator, dawid_skene, glad, majority, one_coin
from tests.reference.published_sets import WITH_GOLD, columns
from tests.reference.ratings import on_random_ratings, over_many, quietly

SMOOTHING = 0.01
DAWID_SKENE = {"d_product": 0.9397, "rte": 0.9275, "s4_dog": 0.8426}


def frame_of(items, raters, labels):
    """What crowd-kit reads."""
    return pd.DataFrame({"task": items, "worker": raters, "label": labels})


def likelihood(prior, confusion, ratings, n_items):
    """Penalised log-likelihood, summed rating by rating."""
    joint = np.tile(np.log(prior), (n_items, 1))
    for item, rater, label in zip(*ratings):
        joint[item] += np.log(confusion[rater][:, label])
    rated = np.isin(np.arange(n_items), ratings[0])
    penalty = SMOOTHING * (np.log(confusion).sum() + np.log(prior).sum())
    return np.logaddexp.reduce(joint[rated], axis=1).sum() + penalty


def steps_by_hand(ratings, n_items, n_raters, k, *, steps):
    """EM of Dawid and Skene 1979 as a reader of the paper would write it: loops over ratings."""
    posterior = np.zeros((n_items, k))
    for item, _, label in zip(*ratings):
        posterior[item, label] += 1
    rated = posterior.sum(axis=1) > 0
    posterior[rated] /= posterior[rated].sum(axis=1, keepdims=True)
    for _ in range(steps):
        prior = (posterior[rated].sum(axis=0) + SMOOTHING) / (rated.sum() + k * SMOOTHING)
        confusion = np.full((n_raters, k, k), SMOOTHING)
        for item, rater, label in zip(*ratings):
            confusion[rater, :, label] += posterior[item]
        confusion /= confusion.sum(axis=2, keepdims=True)
        joint = np.tile(prior, (n_items, 1))
        for item, rater, label in zip(*ratings):
            joint[item] *= confusion[rater][:, label]
        posterior = np.where(rated[:, None], joint / joint.sum(axis=1, keepdims=True), 0)
    return posterior, confusion, prior


def sizes(drawn):
    return {"n_items": len(drawn.codes), "n_raters": drawn.codes.shape[1], "n_categories": drawn.k}


@pytest.mark.oracle("majority", by="crowd-kit, but for ties, which it decides")
@on_random_ratings()
def test_majority_of_random_ratings(drawn):
    items, raters, labels = drawn.triples

    ours = majority(items, labels, n_items=len(drawn.codes), n_categories=drawn.k)

    theirs = quietly(lambda: MajorityVote().fit_predict(frame_of(items, raters, labels)))
    for item, winner in theirs.items():
        labels_of_item = drawn.lists[item]
        most = max(labels_of_item.count(code) for code in range(drawn.k))
        first = [code for code in range(drawn.k) if labels_of_item.count(code) == most]
        assert winner in first
        assert (ours.winner[item], ours.tied[item]) == ((winner, False) if len(first) == 1 else (-1, True))


@pytest.mark.oracle("dawid_skene", by="EM written out; the likelihood summed rating by rating; crowd-kit's first step")
@on_random_ratings()
def test_steps_of_dawid_skene_on_random_ratings(drawn):
    items, raters, labels = drawn.triples

    ours = dawid_skene(items, raters, labels, **sizes(drawn), smoothing=SMOOTHING, tolerance=-1, max_steps=7)

    posterior, confusion, prior = steps_by_hand(drawn.triples, *sizes(drawn).values(), steps=7)
    assert ours.posterior == pytest.approx(posterior, abs=1e-8)
    assert ours.confusion == pytest.approx(confusion, abs=1e-8)
    assert ours.prior == pytest.approx(prior, abs=1e-8)
    assert ours.log_likelihood[-1] == pytest.approx(likelihood(prior, confusion, drawn.triples, len(posterior)))


@pytest.mark.oracle("dawid_skene", by="EM written out; the likelihood summed rating by rating; crowd-kit's first step")
@on_random_ratings(used=3)
def test_first_step_of_dawid_skene_is_that_of_crowd_kit(drawn):
    items, raters, labels = drawn.triples
    seen, labels = np.unique(labels, return_inverse=True)
    n = {**sizes(drawn), "n_categories": len(seen)}

    ours = dawid_skene(items, raters, labels, **n, smoothing=1e-12, max_steps=1)

    theirs = quietly(lambda: CrowdKitDawidSkene(n_iter=0).fit(frame_of(items, raters, labels)))
    shares = drawn.counts[:, seen] / drawn.counts.sum(axis=1, keepdims=True)
    for rater in np.unique(raters):
        is_known = shares[items[raters == rater]].sum(axis=0) > 0
        for label, by_truth in theirs.errors_.loc[rater].iterrows():
            expected = by_truth.to_numpy(float)[is_known]
            assert ours.confusion[rater][is_known, label] == pytest.approx(expected, abs=1e-6)


@pytest.mark.oracle("majority", "dawid_skene", by="published figures")
@pytest.mark.parametrize("name", WITH_GOLD)
def test_published_figures_and_where_crowd_kit_stops(name):
    """crowd-kit adds the log prior once a rating instead of once an item to the bound that it watches, and stops early.

    At equal smoothing its answer is therefore less likely than ours.
    """
    found = columns(name)
    ratings = {key: found[key] for key in ("items", "raters", "labels")}
    n = {key: found[key] for key in ("n_items", "n_raters", "n_categories")}
    known = found["gold"] >= 0

    ours = dawid_skene(**ratings, **n, smoothing=SMOOTHING)

    assert ours.converged
    assert accuracy_score(found["gold"][known], ours.winner[known]) == pytest.approx(DAWID_SKENE[name], abs=0.0015)
    theirs = quietly(lambda: CrowdKitDawidSkene(n_iter=200).fit(frame_of(**ratings)))
    again = dawid_skene(**ratings, **n, smoothing=SMOOTHING, tolerance=-1, max_steps=len(theirs.loss_history_))
    assert len(ours.log_likelihood) > len(theirs.loss_history_)
    assert again.log_likelihood[-1] < ours.log_likelihood[-1]


@pytest.mark.oracle("majority", by="crowd-kit, but for ties, which it decides")
@pytest.mark.parametrize("name", WITH_GOLD)
def test_majority_of_published_files(name):
    found = columns(name)

    ours = majority(found["items"], found["labels"], n_items=found["n_items"], n_categories=found["n_categories"])

    theirs = quietly(
        lambda: MajorityVote().fit_predict(frame_of(found["items"], found["raters"], found["labels"])).sort_index()
    )
    clear = ~ours.tied
    assert (ours.winner[clear] == theirs.to_numpy()[clear]).all()


def one_coin_by_hand(ratings, n_items, n_raters, k, *, steps):
    """EM of the one-coin model in loops over ratings."""
    posterior = np.zeros((n_items, k))
    for item, _, label in zip(*ratings):
        posterior[item, label] += 1
    rated = posterior.sum(axis=1) > 0
    posterior[rated] /= posterior[rated].sum(axis=1, keepdims=True)
    for _ in range(steps):
        prior = (posterior[rated].sum(axis=0) + SMOOTHING) / (rated.sum() + k * SMOOTHING)
        right, n = np.full(n_raters, SMOOTHING), np.full(n_raters, 2 * SMOOTHING)
        for item, rater, label in zip(*ratings):
            right[rater] += posterior[item, label]
            n[rater] += 1
        accuracy = right / n
        joint = np.tile(prior, (n_items, 1))
        for item, rater, label in zip(*ratings):
            says = np.full(k, (1 - accuracy[rater]) / (k - 1))
            says[label] = accuracy[rater]
            joint[item] *= says
        posterior = np.where(rated[:, None], joint / joint.sum(axis=1, keepdims=True), 0)
    return posterior, accuracy, prior


@pytest.mark.oracle("one_coin", by="EM written out; crowd-kit, winners of published files")
@on_random_ratings()
def test_steps_of_one_coin_on_random_ratings(drawn):
    ours = one_coin(*drawn.triples, **sizes(drawn), smoothing=SMOOTHING, tolerance=-1, max_steps=7)

    posterior, accuracy, prior = one_coin_by_hand(drawn.triples, *sizes(drawn).values(), steps=7)
    assert ours.posterior == pytest.approx(posterior, abs=1e-8)
    assert ours.accuracy == pytest.approx(accuracy, abs=1e-8)
    assert ours.prior == pytest.approx(prior, abs=1e-8)


def agrees_with(ours, model, found):
    """Whether winners are those of crowd-kit but for a few, and hardly less often right on gold."""
    frame, known = frame_of(found["items"], found["raters"], found["labels"]), found["gold"] >= 0
    theirs = quietly(lambda: model.fit_predict(frame)).sort_index().to_numpy()
    clear, gold = ours.winner >= 0, found["gold"][known]
    apart = accuracy_score(gold, ours.winner[known]) - accuracy_score(gold, theirs[known])
    return (ours.winner[clear] == theirs[clear]).mean() > 0.95 and apart > -0.015


@pytest.mark.oracle("one_coin", by="EM written out; crowd-kit, winners of published files")
@pytest.mark.parametrize("name", WITH_GOLD)
def test_one_coin_of_published_files_agrees_with_crowd_kit(name):
    found = columns(name)
    arguments = {key: value for key, value in found.items() if key != "gold"}

    assert agrees_with(one_coin(**arguments), OneCoinDawidSkene(n_iter=100), found)


@pytest.mark.oracle("glad", by="the slope of its likelihood written out; crowd-kit, winners of a published file")
@pytest.mark.parametrize("name", WITH_GOLD[1:2])
def test_glad_of_a_published_file_agrees_with_crowd_kit(name):
    found = columns(name)
    arguments = {key: value for key, value in found.items() if key != "gold"}

    assert agrees_with(glad(**arguments), GLAD(n_iter=30), found)


@pytest.mark.oracle("glad", by="the slope of its likelihood written out; crowd-kit, winners of a published file")
@on_random_ratings(items=st.integers(3, 8), raters=st.integers(2, 4))
def test_glad_is_a_maximum_of_its_likelihood(drawn):
    ratings = drawn.triples
    n_items, n_raters = drawn.codes.shape

    def loss(point):
        ability, ease = point[:n_raters], point[n_raters:]
        joint = np.full((n_items, drawn.k), -np.log(drawn.k))
        for item, rater, label in zip(*ratings):
            sure = ability[rater] * np.exp(ease[item])
            says = np.full(drawn.k, -np.logaddexp(0, sure) - np.log(max(drawn.k - 1, 1)))
            says[label] = -np.logaddexp(0, -sure)
            joint[item] += says
        return -logsumexp(joint, axis=1).sum() + ((ability - 1) ** 2).sum() / 2 + ((ease - 1) ** 2).sum() / 2

    ours = glad(*ratings, **sizes(drawn), tolerance=1e-12, max_steps=3000)

    rated = ours.difficulty > 0
    at = np.concatenate([ours.ability, -np.log(ours.difficulty[rated])])
    assert ours.log_likelihood[-1] == pytest.approx(-loss(at), abs=1e-6)
    slope = approx_fprime(at, loss, 1e-6)
    assert np.abs(slope).max() < 0.02
    assert (np.diff(ours.log_likelihood) > -1e-9).all()


@pytest.mark.oracle("choose_aggregator", by="SciPy's binomial test over items counted one by one")
@over_many
@given(seed=st.integers(0, 10**6), n=st.integers(1, 60), skill=st.floats(0.4, 1))
def test_choice_on_gold(seed, n, skill):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)

    def table(accuracy):
        said = np.where(rng.random(n) < accuracy, truth, rng.integers(3, size=n))
        soft = np.full((n, 3), 0.1)
        soft[np.arange(n), said] = 0.8
        tied = rng.random(n) < 0.1
        soft[tied] = [0.45, 0.45, 0.1]
        return soft

    fits = {"majority": table(0.7), "dawid_skene": table(skill)}

    ours = choose_aggregator(fits, np.arange(n), truth)

    credit = {
        name: [
            (soft[item, truth[item]] == soft[item].max()) / (soft[item] == soft[item].max()).sum() for item in range(n)
        ]
        for name, soft in fits.items()
    }
    better = sum(new > old for new, old in zip(credit["dawid_skene"], credit["majority"]))
    worse = sum(new < old for new, old in zip(credit["dawid_skene"], credit["majority"]))
    chance = binomtest(better, better + worse, 0.5, alternative="greater").pvalue if better + worse else 1
    wanted = "dawid_skene" if n >= 30 and chance <= 0.05 else "majority"
    assert ours.aggregator == wanted
    found = {row.name: row for row in ours.accuracies}
    assert (found["dawid_skene"].better, found["dawid_skene"].worse) == (better, worse)
    assert found["majority"].right == sum(earned == 1 for earned in credit["majority"])
