"""Measuring gold: how healthy each item is, which is probably wrong, and whose answer has probably got about."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from calibration.enums import GoldState, SuspicionKind
from calibration.models import GoldAnswer, GoldHealth, GoldScore, SamplingPlan, Suspicion
from calibration.queries.clauses import RevisionsInForce, read_versions, revisions_in_force
from calibration.queries.gold_health import (
    GoldAnswers,
    GoldHistory,
    answers_in_force,
    health_population,
    read_exposures,
    read_gold_answers,
    read_histories,
)
from calibration.queries.questions import MeasuredQuestion, read_questions
from calibration.queries.suspicions import how_many
from calibration.stats import ItemRest, LeakScores, Status, SuspectedGold, fit_2pl, item_rest, leak_scores
from calibration.stats import suspected_gold as suspect_gold
from calibration.stats.gold_health import LEAST_ANSWERS, LEAST_EXPOSURES
from labeling.models import Queue
from qaplatform.web.figures import count, percent

# The shrinkage of a difficulty: as many answers at the mean of all gold of the queue.
STRENGTH = 5
# The item response is fitted where so many people gave so many answers each, and shown for items with so many.
FITTED_PEOPLE, FITTED_ANSWERS, FITTED_ITEM = 10, 10, 15
MOST_ROWS = 200
SLOWEST = 3600.0
# Beside those that stand out, the first few whom more skill speaks against are queued too: with three answers each,
# nothing can stand out of a thousand items, and reading five takes an expert minutes.
MOST_DOUBTFUL, LEAST_WRONG = 5, 2


@dataclass(frozen=True)
class GoldFindings:
    """What one search makes of a queue's gold: rows that are not stored yet."""

    health: tuple[GoldHealth, ...]
    suspicions: tuple[Suspicion, ...]


@dataclass(frozen=True)
class _Measured:
    """One question's answers with everything that was computed from them; per item in the order of `gold_ids`."""

    queue: Queue
    question: MeasuredQuestion
    answers: GoldAnswers
    expected: dict[int, GoldAnswer]
    histories: dict[int, GoldHistory]
    revisions: RevisionsInForce
    suspected: SuspectedGold
    leaks: LeakScores
    rest: ItemRest
    now: datetime


def measure_gold(queue: Queue, *, now: datetime) -> GoldFindings:
    """Health and suspicions of a queue's gold, question by question; the plan's question comes first."""
    plan = SamplingPlan.objects.filter(queue=queue).first()
    revisions = revisions_in_force(read_versions(queue), queue)
    questions = sorted(read_questions(queue), key=lambda one: plan is None or one.key != plan.question)
    exposures = read_exposures(queue)
    health: dict[int, GoldHealth] = {}
    suspicions: list[Suspicion] = []
    for question in questions:
        measured = _measure(queue, question, revisions, now)
        if measured is not None:
            health = {row.gold_id: row for row in _health(measured, exposures)} | health
            suspicions += [*_wrong(measured), *_leaked(measured)]
    return GoldFindings(tuple(health.values()), tuple(suspicions))


def _measure(queue: Queue, question: MeasuredQuestion, revisions: RevisionsInForce, now: datetime) -> _Measured | None:
    answers = read_gold_answers(queue, question.key, revisions=revisions, until=now)
    if not answers.gold.size:
        return None
    n_items, n_raters = len(answers.gold_ids), len(answers.labeler_ids)
    counted = answers.gold, answers.labeler, answers.is_right
    return _Measured(
        queue=queue,
        question=question,
        answers=answers,
        expected=answers_in_force(answers.gold_ids.tolist(), question.key),
        histories=read_histories(queue, question.key),
        revisions=revisions,
        suspected=suspect_gold(
            *counted, n_items=n_items, n_raters=n_raters, n_categories=max(len(question.codes), 2), strength=STRENGTH
        ),
        leaks=_leaks(answers),
        rest=item_rest(*counted, n_items=n_items, n_raters=n_raters),
        now=now,
    )


def _leaks(answers: GoldAnswers) -> LeakScores:
    timed = _is_timed(answers)
    return leak_scores(
        answers.gold[timed],
        answers.moment[timed],
        answers.is_right[timed],
        np.minimum(answers.seconds[timed], SLOWEST),
        n_items=len(answers.gold_ids),
        raters=answers.labeler[timed],
    )


def _is_timed(answers: GoldAnswers) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.isfinite(answers.seconds) & (np.nan_to_num(answers.seconds) > 0)


def _health(measured: _Measured, exposures: dict[int, int]) -> list[GoldHealth]:
    responses, suspected, rest = _responses(measured), measured.suspected, measured.rest
    usual = 1 - suspected.right.sum() / suspected.n.sum()
    rows = []
    for place, gold_id in enumerate(measured.answers.gold_ids.tolist()):
        answer = measured.expected.get(gold_id)
        if answer is None:
            continue
        n, right = int(suspected.n[place]), int(suspected.right[place])
        history = measured.histories.get(gold_id, GoldHistory())
        figures = {
            "exposures": exposures.get(gold_id, 0),
            "scored": history.scored,
            "age_days": _age(answer, measured.now),
            "expected_wrong": round(float(suspected.expected[place]), 4),
            "item_rest_status": rest.status[place].value,
            "item_rest_n": int(rest.n[place]),
            "leak": _leak_figures(measured.leaks, place),
            **responses.get(gold_id, {}),
        }
        rows.append(
            GoldHealth(
                gold_id=gold_id,
                question=measured.question.key,
                n=n,
                right=right,
                difficulty=float((n - right + STRENGTH * usual) / (n + STRENGTH)),
                discrimination=float(rest.correlation[place]) if rest.status[place] == Status.OK else None,
                disputes=history.disputes,
                figures=figures,
                population=_population(measured, gold_id),
                computed_at=measured.now,
            )
        )
    return rows


def _responses(measured: _Measured) -> dict[int, dict[str, float]]:
    """Difficulty and discrimination of the fitted item response, for items with enough answers."""
    answers = measured.answers
    each = np.bincount(answers.labeler, minlength=len(answers.labeler_ids))
    has_enough = measured.suspected.n.max() >= FITTED_ITEM
    if not has_enough or np.count_nonzero(each >= FITTED_ANSWERS) < FITTED_PEOPLE:
        return {}
    fit = fit_2pl(
        answers.gold,
        answers.labeler,
        answers.is_right,
        n_items=len(answers.gold_ids),
        n_raters=len(answers.labeler_ids),
    )
    return {
        int(answers.gold_ids[place]): {
            "irt_difficulty": round(float(fit.difficulty[place]), 4),
            "irt_discrimination": round(float(fit.discrimination[place]), 4),
        }
        for place in np.flatnonzero(fit.n >= FITTED_ITEM)
    }


def _leak_figures(leaks: LeakScores, place: int) -> dict[str, float] | None:
    """None where too few answers have a time."""
    if leaks.p_value[place] >= 1 and leaks.score[place] == 0:
        return None
    return {
        "n": int(leaks.n[place]),
        "score": round(float(leaks.score[place]), 4),
        "p_value": float(leaks.p_value[place]),
        "gain": round(float(leaks.gain[place]), 4),
        "faster": round(float(leaks.faster[place]), 4),
    }


def _age(answer: GoldAnswer, now: datetime) -> int:
    return max((now - answer.approved_at).days, 0) if answer.approved_at else 0


def _population(measured: _Measured, gold_id: int) -> dict[str, Any]:
    versions = measured.histories.get(gold_id, GoldHistory()).versions
    return health_population(
        measured.queue, measured.question.key, revisions=measured.revisions, versions=versions, until=measured.now
    ).as_json()


def _is_live(measured: _Measured, place: int) -> bool:
    answer = measured.expected.get(int(measured.answers.gold_ids[place]))
    return answer is not None and answer.gold.state == GoldState.LIVE


def _wrong(measured: _Measured) -> list[Suspicion]:
    suspected = measured.suspected
    doubtful = (suspected.score > 0) & (suspected.n >= LEAST_ANSWERS) & (suspected.n - suspected.right >= LEAST_WRONG)
    live = [place for place in suspected.order.tolist() if doubtful[place] and _is_live(measured, place)]
    return [
        _wrong_one(measured, place) for rank, place in enumerate(live) if rank < MOST_DOUBTFUL or suspected.found[place]
    ]


def _wrong_one(measured: _Measured, place: int) -> Suspicion:
    suspected, answers = measured.suspected, measured.answers
    own = np.flatnonzero(answers.gold == place)
    against = own[~answers.is_right[own]]
    n, wrong = int(suspected.n[place]), int(suspected.n[place] - suspected.right[place])
    skill = float(np.average(suspected.skill[answers.labeler[against]]))
    expected, tested = float(suspected.expected[place]), int(np.count_nonzero(suspected.n >= LEAST_ANSWERS))
    chance = float(suspected.p_value[place]) * tested
    words = (
        f"{wrong} of {n} answers differ from the expected one; on right gold, {_few(expected)} of these people's would."
        f" Those who differ are right on {percent(skill)} of all gold. {_by_chance(chance, tested)}"
    )
    facts = {
        "n": n,
        "wrong": wrong,
        "expected_wrong": round(expected, 4),
        "skill_against": round(skill, 4),
        "stands_out": bool(suspected.found[place]),
        **_chances(chance, tested),
        "skills": [round(float(one), 4) for one in suspected.skill[answers.labeler[own[-MOST_ROWS:]]]],
        "given": _given(measured, answers.label_ids[against].tolist()),
        **_subject(measured, place, own),
    }
    return _suspicion(
        measured,
        SuspicionKind.WRONG_GOLD,
        place,
        score=float(suspected.score[place]),
        p_value=float(suspected.p_value[place]),
        words=words,
        facts=facts,
    )


def _leaked(measured: _Measured) -> list[Suspicion]:
    leaks = measured.leaks
    places = np.flatnonzero(leaks.found).tolist()
    return [_leaked_one(measured, place) for place in places if _is_live(measured, place)]


def _leaked_one(measured: _Measured, place: int) -> Suspicion:
    answers, leaks = measured.answers, measured.leaks
    own = np.flatnonzero((answers.gold == place) & _is_timed(answers))
    half = len(own) // 2
    early, late = own[:half], own[half:]
    seconds = [float(np.median(np.minimum(answers.seconds[part], SLOWEST))) for part in (early, late)]
    right = [int(answers.is_right[part].sum()) for part in (early, late)]
    tested = int(np.count_nonzero(leaks.n >= LEAST_EXPOSURES))
    chance = float(leaks.p_value[place]) * tested
    words = (
        f"Its first {len(early)} answers were right in {percent(right[0] / len(early))} and took {seconds[0]:.0f} s,"
        f" the {len(late)} after them were right in {percent(right[1] / len(late))} and took {seconds[1]:.0f} s"
        f" (medians). {_by_chance(chance, tested)}"
    )
    facts = {
        "n": len(own),
        "early": {"n": len(early), "right": right[0], "seconds": round(seconds[0], 3)},
        "late": {"n": len(late), "right": right[1], "seconds": round(seconds[1], 3)},
        "stands_out": True,
        **_chances(chance, tested),
        **_subject(measured, place, own),
    }
    return _suspicion(
        measured,
        SuspicionKind.LEAKED_GOLD,
        place,
        score=float(leaks.score[place]),
        p_value=float(leaks.p_value[place]),
        words=words,
        facts=facts,
    )


def _subject(measured: _Measured, place: int, own: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, Any]:
    """The answer in force that the finding is about, and the labels behind it, the latest ones."""
    answer = measured.expected[int(measured.answers.gold_ids[place])]
    labels = measured.answers.label_ids[own[-MOST_ROWS:]].tolist()
    return {"labels": labels, "gold_answer": answer.number, "accepted": list(answer.accepted)}


def _given(measured: _Measured, label_ids: list[int]) -> list[tuple[str, int]]:
    """What was given instead, the commonest first."""
    rows = GoldScore.objects.filter(label__in=label_ids, question=measured.question.key, ended_at=None)
    counted = Counter(rows.values_list("given", flat=True))
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))


def _suspicion(
    measured: _Measured,
    kind: SuspicionKind,
    place: int,
    *,
    score: float,
    p_value: float,
    words: str,
    facts: dict[str, Any],
) -> Suspicion:
    gold_id = int(measured.answers.gold_ids[place])
    return Suspicion(
        queue=measured.queue,
        question=measured.question.key,
        kind=kind,
        gold_id=gold_id,
        score=score,
        p_value=p_value,
        words=words,
        facts=facts,
        population=_population(measured, gold_id),
        found_at=measured.now,
        computed_at=measured.now,
    )


def _few(expected: float) -> str:
    return f"{expected:.1f}" if expected >= 0.1 else "fewer than 0.1"


def _chances(chance: float, tested: int) -> dict[str, Any]:
    return {"by_chance": float(f"{chance:.3g}"), "tested": tested}


def _by_chance(chance: float, tested: int) -> str:
    """How many of the items that were looked at would look like this if nothing were wrong with any."""
    if tested == 1:
        return f"By chance that happens in {percent(min(chance, 1), 1)} of such items."
    return f"By chance, {how_many(chance)} of {count(tested)} gold items would look like this."
