"""Recomputing joint answers: labels in Python loops, the equations of each model written out, binomial sums."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, exp, isclose, log, prod

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from calibration.enums import Aggregator, GoldPool, GoldState, Reference
from calibration.models import ConsensusRun, GoldAnswer, GoldScore, Placement, Recount, StaleMark
from calibration.queries.questions import CANNOT_TELL, read_question
from calibration.services.checking_accuracy import answer_code
from calibration.services.differences import Difference, is_close, wilson_by_hand
from labeling.enums import SlotOrigin, SlotState
from labeling.models import Label, Queue

COUNTED = {SlotOrigin.ENTRY, SlotOrigin.REQUEUE, SlotOrigin.IMPORTED}
# Stored shares have six digits, and a fit stops a little before it stands still.
TOLERANCE = 0.01
SMOOTHING = 0.01
LEAST_GOLD = 30
LEAST = 1e-12

Floats = NDArray[np.float64]
Votes = dict[int, dict[int, str]]
Shares = dict[int, dict[str, float]]


@dataclass(frozen=True)
class _Joined:
    """The answers behind a run by item and labeler, and what is stored of each item."""

    votes: Votes
    shares: Shares
    categories: list[str]

    @property
    def labelers(self) -> list[int]:
        return sorted({labeler for votes in self.votes.values() for labeler in votes})


def check_consensus(queue: Queue) -> list[Difference]:
    """Items, soft labels, winners and the choice of each run that nothing has overtaken since."""
    found: list[Difference] = []
    for run in ConsensusRun.objects.filter(queue=queue):
        if not _is_overtaken(run):
            found += _check_run(run)
    return found


def _is_overtaken(run: ConsensusRun) -> bool:
    """Whether answers came, or were counted, since: the next night joins them."""
    counted_since = Recount.objects.filter(queue=run.queue, counted_at__gt=run.computed_at).exists()
    return counted_since or StaleMark.objects.filter(queue=run.queue).exists()


def _check_run(run: ConsensusRun) -> list[Difference]:
    name = f"joint answers to {run.question}"
    votes = _votes(run)
    rows = list(run.answers.all())
    items = {row.item_id for row in rows}
    if items != set(votes) or run.n_items != len(votes):
        return [Difference(what=f"items of {name}", stored=sorted(items), recomputed=sorted(votes))]
    n_ratings = sum(len(given) for given in votes.values())
    found = _unless_same(f"answers behind {name}", run.accuracies["n_ratings"], n_ratings)
    joined = _Joined(votes, {row.item_id: dict(row.shares) for row in rows}, run.accuracies["categories"])
    found += _check_categories(run, votes, name)
    expected = _ROUNDS[Aggregator(run.aggregator)](joined)
    for row in rows:
        again = expected[row.item_id]
        worst = max(abs(row.shares.get(code, 0) - again.get(code, 0)) for code in again)
        if worst > TOLERANCE:
            found.append(Difference(what=f"shares of item {row.item_id}, {name}", stored=row.shares, recomputed=again))
        top = max(row.shares.values())
        first = [code for code, share in row.shares.items() if share == top]
        is_kept = row.is_tied or (first == [row.category] and is_close(row.certainty, top))
        if not is_kept or (row.is_tied and row.category):
            found.append(
                Difference(what=f"winner of item {row.item_id}, {name}", stored=row.category, recomputed=first)
            )
    return found + _check_choice(run, votes, name)


def _check_categories(run: ConsensusRun, votes: Votes, name: str) -> list[Difference]:
    """Every declared category is among them, though nobody gave it, and every one that was given."""
    question, kept = read_question(run.queue, run.question), run.accuracies["categories"]
    declared = set(question.codes) if question and question.kind != "multi" else set()
    missing = (declared | {code for _, _, code in _each(votes)}) - {CANNOT_TELL} - set(kept)
    return [Difference(what=f"categories of {name}", stored=kept, recomputed=sorted(missing))] if missing else []


def _votes(run: ConsensusRun) -> Votes:
    """Current answers of ordinary slots under the run's policy versions, of items that two or more judged."""
    placed = set(Placement.objects.filter(slot__queue=run.queue).values_list("slot_id", flat=True))
    rows = list(Label.objects.filter(queue=run.queue).order_by("id").values_list(*_READ))
    revised = {row[1] for row in rows}
    votes: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for pk, _, slot_id, origin, state, item_id, needed, withdrawn_at, labeler_id, version, answers in rows:
        code = answer_code(answers.get(run.question))
        is_ordinary = origin in COUNTED and slot_id not in placed and (needed > 0 or origin == SlotOrigin.IMPORTED)
        is_current = pk not in revised and state == SlotState.DONE and withdrawn_at is None
        is_meant = version in run.population["versions"] and code is not None and code != CANNOT_TELL
        if is_ordinary and is_current and is_meant and code is not None:
            votes[item_id][labeler_id] = code
    return {item: given for item, given in votes.items() if len(given) > 1}


_READ = (
    *("pk", "revises_id", "slot_id", "slot__origin", "slot__state", "item_id", "item__answers_needed"),
    *("item__withdrawn_at", "labeler_id", "policy_version__number", "answers"),
)


def _majority(joined: _Joined) -> Shares:
    return {item: _vote_shares(given) for item, given in joined.votes.items()}


def _vote_shares(given: Mapping[int, str]) -> dict[str, float]:
    return {code: n / len(given) for code, n in Counter(given.values()).items()}


def _dawid_skene(joined: _Joined) -> Shares:
    """One round from the stored shares gives them again: each labeler's table, then each item's product."""
    tables: dict[int, defaultdict[tuple[str, str], float]] = {
        labeler: defaultdict(lambda: SMOOTHING) for labeler in joined.labelers
    }
    for item, labeler, code in _each(joined.votes):
        for true, share in joined.shares[item].items():
            tables[labeler][true, code] += share
    sums: dict[tuple[int, str], float] = {
        (labeler, true): sum(tables[labeler][true, code] for code in joined.categories)
        for labeler in joined.labelers
        for true in joined.categories
    }
    prior = _prior(joined)
    return {
        item: _normal(
            {
                true: prior[true]
                * prod(tables[labeler][true, code] / sums[labeler, true] for labeler, code in given.items())
                for true in joined.categories
            }
        )
        for item, given in joined.votes.items()
    }


def _one_coin(joined: _Joined) -> Shares:
    """The same with one accuracy a labeler."""
    right, n = dict.fromkeys(joined.labelers, 0.0), Counter[int]()
    for item, labeler, code in _each(joined.votes):
        right[labeler] += joined.shares[item].get(code, 0)
        n[labeler] += 1
    accuracy = {who: (right[who] + SMOOTHING) / (n[who] + 2 * SMOOTHING) for who in joined.labelers}
    return _by_accuracy(joined, lambda labeler, _: accuracy[labeler], _prior(joined))


def _glad(joined: _Joined) -> Shares:
    """The same with abilities and difficulties that a general optimiser finds for the stored shares."""
    labelers = {labeler: place for place, labeler in enumerate(joined.labelers)}
    items = {item: place for place, item in enumerate(joined.votes)}
    rows = [(labelers[who], items[item], joined.shares[item].get(code, 0)) for item, who, code in _each(joined.votes)]
    raters, units, right = (np.array(column) for column in zip(*rows, strict=True))
    m = len(labelers)

    def loss(at: Floats) -> tuple[float, Floats]:
        ability, scale = at[:m][raters], np.exp(at[m:])[units]
        odds = ability * scale
        off = right - 1 / (1 + np.exp(-odds))
        value = (right * odds - np.logaddexp(0, odds)).sum() - ((at - 1) ** 2).sum() / 2
        slope = np.concatenate([np.bincount(raters, off * scale, m), np.bincount(units, off * odds, len(items))]) - (
            at - 1
        )
        return -float(value), np.asarray(-slope, np.float64)

    best = minimize(loss, np.ones(m + len(items)), jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x
    sure = {
        (who, item): 1 / (1 + exp(-best[labelers[who]] * exp(best[m + items[item]])))
        for item, who, _ in _each(joined.votes)
    }
    return _by_accuracy(joined, lambda labeler, item: sure[labeler, item], dict.fromkeys(joined.categories, 1.0))


_ROUNDS: dict[Aggregator, Callable[[_Joined], Shares]] = {
    Aggregator.MAJORITY: _majority,
    Aggregator.DAWID_SKENE: _dawid_skene,
    Aggregator.ONE_COIN: _one_coin,
    Aggregator.GLAD: _glad,
}


def _by_accuracy(joined: _Joined, accuracy: Callable[[int, int], float], prior: Mapping[str, float]) -> Shares:
    """Right with a probability, wrong alike in all other categories."""
    others = max(len(joined.categories) - 1, 1)
    found: Shares = {}
    for item, given in joined.votes.items():
        odds = dict.fromkeys(joined.categories, 0.0)
        for labeler, code in given.items():
            p = min(max(accuracy(labeler, item), LEAST), 1 - LEAST)
            for true in odds:
                odds[true] += log(p) if true == code else log((1 - p) / others)
        top = max(odds.values())
        found[item] = _normal({true: prior[true] * exp(value - top) for true, value in odds.items()})
    return found


def _prior(joined: _Joined) -> dict[str, float]:
    total = len(joined.shares) + SMOOTHING * len(joined.categories)
    return {
        code: (sum(shares.get(code, 0) for shares in joined.shares.values()) + SMOOTHING) / total
        for code in joined.categories
    }


def _normal(weights: Mapping[str, float]) -> dict[str, float]:
    total = sum(weights.values())
    return {code: weight / total for code, weight in weights.items()}


def _each(votes: Votes) -> Iterable[tuple[int, int, str]]:
    return ((item, labeler, code) for item, given in votes.items() for labeler, code in given.items())


def _check_choice(run: ConsensusRun, votes: Votes, name: str) -> list[Difference]:
    """The majority on gold from the labels; each chance and the choice from the counts."""
    ways = {way["name"]: way for way in run.accuracies["ways"]}
    majority, n = ways[Aggregator.MAJORITY.value], run.accuracies["n"]
    found = _unless_same(f"majority on gold, {name}", (majority["right"], majority["tied"], n), _on_gold(run, votes))
    for way in ways.values():
        value, lower, upper = wilson_by_hand(way["right"], n)
        kept = way["accuracy"]
        if not (is_close(kept["value"], value) and is_close(kept["lower"], lower) and is_close(kept["upper"], upper)):
            found.append(Difference(what=f"{way['name']} on gold, {name}", stored=kept, recomputed=value))
        chance = _chance(way["better"], way["worse"])
        if way["p_value"] is not None and not isclose(way["p_value"], chance, rel_tol=1e-6):
            found.append(Difference(what=f"chance of {way['name']}, {name}", stored=way["p_value"], recomputed=chance))
    others = [way for way in ways.values() if way["p_value"] is not None]
    proven = {way["name"] for way in others if _chance(way["better"], way["worse"]) * len(others) <= 0.05}
    allowed = proven if proven and n >= LEAST_GOLD else {Aggregator.MAJORITY.value}
    if run.aggregator not in allowed:
        found.append(Difference(what=f"way of {name}", stored=run.aggregator, recomputed=sorted(allowed)))
    return found


def _chance(better: int, worse: int) -> float:
    apart = better + worse
    return float(sum(comb(apart, hits) for hits in range(better, apart + 1)) / 2**apart)


def _on_gold(run: ConsensusRun, votes: Votes) -> tuple[int, int, int]:
    """How many gold items the majority has right, leaves tied, and how many there are."""
    accepted = _accepted(run)
    usual = Counter(len(given) for given in votes.values())
    most = min(size for size, times in usual.items() if times == max(usual.values()))
    placed: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for item, labeler, code in _placed(run):
        if item in accepted and item not in votes and len(placed[item]) < most:
            placed[item][labeler] = code
    right = tied = n = 0
    for item, given in (*votes.items(), *placed.items()):
        if item in accepted and len(given) > 1:
            counts = Counter(given.values()).most_common()
            is_tie = len(counts) > 1 and counts[0][1] == counts[1][1]
            n, tied = n + 1, tied + is_tie
            right += not is_tie and counts[0][0] in accepted[item]
    return right, tied, n


def _accepted(run: ConsensusRun) -> dict[int, Sequence[str]]:
    answers = GoldAnswer.objects.filter(
        gold__queue=run.queue,
        gold__state=GoldState.LIVE,
        gold__pool=GoldPool.MONITORING,
        gold__item__withdrawn_at=None,
        question=run.question,
        approved_at__isnull=False,
        replaced_at=None,
    ).values_list("gold__item_id", "accepted", *_CLAUSE)
    return {
        item_id: accepted
        for item_id, accepted, code, number in answers
        if _is_in_force(code, number, run) and accepted != [CANNOT_TELL]
    }


def _placed(run: ConsensusRun) -> Iterable[tuple[int, int, str]]:
    """Answers in slots that were placed as gold, the first ones first."""
    slots = set(Placement.objects.filter(slot__queue=run.queue).values_list("slot_id", flat=True))
    scores = GoldScore.objects.filter(
        queue=run.queue, question=run.question, reference=Reference.GOLD, ended_at=None
    ).order_by("answered_at", "id")
    columns = ("label__slot_id", "item_id", "labeler_id", "given", *_CLAUSE)
    for slot_id, item_id, labeler_id, given, code, number in scores.values_list(*columns):
        if slot_id in slots and _is_in_force(code, number, run) and given != CANNOT_TELL:
            yield item_id, labeler_id, given


_CLAUSE = ("clause_revision__clause__code", "clause_revision__number")


def _is_in_force(code: str | None, number: int | None, run: ConsensusRun) -> bool:
    return code is None or f"{code} r{number}" in run.accuracies["population"]["clauses"]


def _unless_same(what: str, stored: object, recomputed: object) -> list[Difference]:
    return [] if stored == recomputed else [Difference(what=what, stored=stored, recomputed=recomputed)]
