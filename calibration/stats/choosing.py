"""Which way of joining answers serves a queue best: chosen on its own gold, which no fit has seen the answers of."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest

from calibration.stats.errors import OutOfRange, UnlikeLengths
from calibration.stats.estimates import Estimate, Status
from calibration.stats.inputs import codes, finite, same_length
from calibration.stats.intervals import proportion
from calibration.stats.votes import Floats, leaders

# Under so many gold items nothing but the default is chosen.
LEAST_GOLD = 30
# The chance, over all comparisons, that another than the default is chosen though none is better.
CHANCE = 0.05
NAMES = {"majority": "majority", "dawid_skene": "Dawid-Skene", "one_coin": "one-coin", "glad": "GLAD"}


@dataclass(frozen=True, slots=True)
class GoldAccuracy:
    """How one way of joining answers does on gold: `right` of `n` items, `tied` of which have no joint answer.

    `better` and `worse` count the items on which it does better or worse than the default, `p_value` is the one-sided
    chance of as many better ones if neither were better; None for the default.
    """

    name: str
    right: int
    tied: int
    n: int
    accuracy: Estimate
    better: int = 0
    worse: int = 0
    p_value: float | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen way, how all do on the gold, whether there was gold enough to choose by, and why in words."""

    aggregator: str
    accuracies: tuple[GoldAccuracy, ...]
    n: int
    status: Status
    words: str

    @property
    def chosen(self) -> GoldAccuracy:
        """How the chosen way does."""
        return next(found for found in self.accuracies if found.name == self.aggregator)


def choose_aggregator(
    fits: Mapping[str, ArrayLike], gold_items: ArrayLike, gold_labels: ArrayLike, *, default: str = "majority"
) -> Choice:
    """The default, unless another way is right more often on gold by more than chance (Dixon and Mood 1946, sign test).

    `fits` maps a name to soft labels float[N, K], such as `posterior` of each fit; gold_items int[G] and gold_labels
    int[G] pair an item with an accepted answer, an item with several of them stands there once for each. Only gold that
    several raters judged belongs here, and no fit may have used its answers. Another way is chosen if there are 30 gold
    items or more and an exact one-sided sign test over the items on which it and the default do not do alike comes
    under 5 % divided by the number of ways tried (Bonferroni); of several such ways the one that is right most often,
    the earlier in `fits` where they are equal. A tie of t categories earns 1/t for the test, so that breaking ties by
    chance gains nothing; `right` counts clear answers only. Raises OutOfRange for a code out of range, a share outside
    0..1 or a default that is not among the fits, NotFinite, and UnlikeLengths for tables of unlike shapes.

    >>> votes, model = np.full((40, 2), 0.5), np.tile([0.1, 0.9], (40, 1))
    >>> votes[:30] = [0, 1]
    >>> choice = choose_aggregator({"majority": votes, "dawid_skene": model}, range(40), [1] * 40)
    >>> choice.aggregator, choice.chosen.right, choice.chosen.better, choice.chosen.p_value < 0.001
    ('dawid_skene', 40, 10, True)
    """
    tables = _checked(fits, default)
    n_items, n_categories = next(iter(tables.values())).shape
    items = codes(gold_items, name="gold items", size=n_items)
    labels = codes(gold_labels, name="gold labels", size=n_categories)
    same_length(gold_items=items, gold_labels=labels)
    known, place = np.unique(items, return_inverse=True)
    accepted = np.zeros((len(known), n_categories), bool)
    accepted[place.ravel(), labels] = True
    leading = {name: leaders(table[known]) for name, table in tables.items()}
    earned = {name: _credit(found, accepted) for name, found in leading.items()}
    accuracies = tuple(_accuracy(name, leading[name], earned, default) for name in tables)
    return _choice(accuracies, earned, default)


def _checked(fits: Mapping[str, ArrayLike], default: str) -> dict[str, Floats]:
    if default not in fits:
        raise OutOfRange(f"The default, {default}, is among the ways of joining answers; there are {', '.join(fits)}.")
    tables = {name: finite(fit, name=name, lowest=0, highest=1 + 1e-9) for name, fit in fits.items()}
    if len({table.shape for table in tables.values()}) > 1 or tables[default].ndim != 2:
        raise UnlikeLengths("All soft labels are tables of the same shape: a row an item, a column a category.")
    return tables


def _credit(leading: NDArray[np.bool_], accepted: NDArray[np.bool_]) -> Floats:
    return np.asarray((leading & accepted).sum(axis=1) / np.maximum(leading.sum(axis=1), 1), np.float64)


def _accuracy(name: str, leading: NDArray[np.bool_], earned: Mapping[str, Floats], default: str) -> GoldAccuracy:
    n, clear = len(leading), leading.sum(axis=1) == 1
    right = int((clear & (earned[name] > 0)).sum())
    found = GoldAccuracy(name, right, int((~clear).sum()), n, proportion(right, n))
    if name == default:
        return found
    better, worse = int((earned[name] > earned[default]).sum()), int((earned[name] < earned[default]).sum())
    chance = binomtest(better, better + worse, 0.5, alternative="greater").pvalue if better + worse else 1.0
    return GoldAccuracy(name, right, found.tied, n, found.accuracy, better, worse, float(chance))


def _choice(accuracies: tuple[GoldAccuracy, ...], earned: Mapping[str, Floats], default: str) -> Choice:
    n, others = accuracies[0].n, [found for found in accuracies if found.p_value is not None]
    usual = next(found for found in accuracies if found.name == default)
    if n < LEAST_GOLD:
        return Choice(default, accuracies, n, Status.TOO_FEW, _few_words(usual))
    proven = [found for found in others if (found.p_value or 0) * len(others) <= CHANCE]
    if not proven:
        return Choice(default, accuracies, n, Status.OK, _kept_words(usual))
    best = max(proven, key=lambda found: float(earned[found.name].sum()))
    return Choice(best.name, accuracies, n, Status.OK, _chosen_words(best, usual))


def _few_words(usual: GoldAccuracy) -> str:
    have = "No gold item was" if not usual.n else f"Only {_items(usual.n)} {'was' if usual.n == 1 else 'were'}"
    return (
        f"{_titled(usual.name)} is used. {have} judged by several people, and under {LEAST_GOLD} cannot tell whether "
        f"another way is right more often: {LEAST_GOLD - usual.n} more would."
    )


def _kept_words(usual: GoldAccuracy) -> str:
    return (
        f"{_titled(usual.name)} is used: it is right on {usual.right} of {_items(usual.n)}{_ties(usual)}, and no other "
        "way is right more often by more than chance."
    )


def _chosen_words(best: GoldAccuracy, usual: GoldAccuracy) -> str:
    apart = best.better + best.worse
    return (
        f"{_titled(best.name)} is used: it is right on {best.right} of {_items(best.n)}{_ties(best)}, "
        f"{NAMES.get(usual.name, usual.name)} on {usual.right}{_ties(usual)}. Where the two differ it does better on "
        f"{best.better} of {apart}, more than chance would give."
    )


def _ties(found: GoldAccuracy) -> str:
    return f" ({found.tied} {'is a tie' if found.tied == 1 else 'are ties'})" if found.tied else ""


def _items(n: int) -> str:
    return f"{n} gold item{'' if n == 1 else 's'}"


def _titled(name: str) -> str:
    words = NAMES.get(name, name)
    return words[:1].upper() + words[1:]
