"""Whether anything that a client receives tells gold from other work (G4).

make bench ARGS="-s tests/bench/test_blind_classifier.py"

Twenty-five people in five teams work for days; gold comes by the product's own sampler, at one item in ten, and its
texts are of one kind with all others. A classifier gets all that their clients received: order, ids, dates, headers,
lengths, texts, times. It learns on one half and is tried on the other; chance alone is .50. `BLIND_SERVED=4000` serves
fewer.
"""

import os
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import numpy as np
import pytest
from pytest_django import DjangoDbBlocker
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.bench.blind_desk import Answer, Office, Served, go_to_day, margin_of
from tests.bench.durable import at_database, durable_cluster, settle
from tests.bench.measuring import load_words, tell

pytestmark = pytest.mark.bench

SERVED = int(os.environ.get("BLIND_SERVED", "20000"))
PEOPLE, DAYS = 25, 8
PLACES_A_PLACING = 4
GOLD_RATE = 0.1
TOLERATED = 0.05
Table = dict[str, list[float]]


def work(office: Office) -> None:
    """Claim and answer, some of it skipped, day by day."""
    a_day = SERVED // PEOPLE // DAYS
    for day in range(DAYS):
        go_to_day(day)
        for place in range(a_day):
            if place % PLACES_A_PLACING == 0:
                office.place_gold()
            for person in range(PEOPLE):
                served = office.claim(person, day=day, place=place)
                if (person + 7 * place) % 20 == 0:
                    office.act(served, "skip", reason="unclear")
                else:
                    office.act(served, "submit", answers={"category": "spam"}, active_ms=4000)


def table_of(served: Sequence[Served]) -> Table:
    """What is known of each assignment, by column."""
    columns: Table = {}
    for one in served:
        for name, value in features_of(one).items():
            columns.setdefault(name, []).append(value)
    return columns


def features_of(one: Served) -> dict[str, float]:
    claim, after = one.answers["claim"], one.answers.get("submit") or one.answers["skip"]
    held = claim.parsed
    item = held["item"]
    assert isinstance(item, dict)
    lease = datetime.fromisoformat(str(held["lease_until"]))
    text = str(item["content"]["body"])
    return {
        "person": one.person,
        "day": one.day,
        "place": one.place,
        "place in 10": one.place % 10,
        "place in 40": one.place % 40,
        "lease, second": lease.timestamp() % 60,
        "lease, fraction": lease.microsecond,
        "keys": hashed(sorted(held), sorted(item), sorted(item["content"]), sorted(item["context"])),
        "context": hashed(item["context"]),
        "schema version": float(str(held["schema_version"])),
        "text length": len(text),
        "text": hashed(text),
        **of_response("claim", claim),
        **of_response("answer", after),
        **of_id("assignment", UUID(str(held["id"]))),
        **of_id("token", UUID(str(held["token"]))),
    }


def of_response(name: str, answer: Answer) -> dict[str, float]:
    headers = [(key, value) for key, value in answer.headers if key not in {"Content-Length", "Expires"}]
    return {
        f"{name}, status": answer.status,
        f"{name}, headers": hashed(headers),
        f"{name}, length": len(answer.body),
        f"{name}, ms": 1000 * answer.seconds,
    }


def of_id(name: str, value: UUID) -> dict[str, float]:
    return {f"{name}, byte {number}": byte for number, byte in enumerate(value.bytes)}


def hashed(*values: object) -> float:
    return float(int(sha256(repr(values).encode()).hexdigest()[:8], 16))


def told_by(columns: Table, is_gold: Sequence[bool]) -> dict[str, float]:
    """AUC of each classifier on the half that it has not seen; the halves are drawn at random."""
    values, truth = np.column_stack(list(columns.values())), np.asarray(is_gold)
    known = np.random.default_rng(7).permutation(len(truth)) < len(truth) // 2
    classifiers = {
        "boosted trees": HistGradientBoostingClassifier(random_state=0, max_iter=60, learning_rate=0.05),
        "logistic regression": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    }
    told = {}
    for name, classifier in classifiers.items():
        classifier.fit(values[known], truth[known])
        told[name] = float(roc_auc_score(truth[~known], classifier.predict_proba(values[~known])[:, 1]))
    return told


def test_nothing_that_is_served_tells_gold(
    django_db_blocker: DjangoDbBlocker, capsys: pytest.CaptureFixture[str]
) -> None:
    with django_db_blocker.unblock(), durable_cluster() as postgres, at_database(postgres, "desk"):
        office = Office(people=PEOPLE, items=int(SERVED * 0.95), gold=SERVED // 8, gold_rate=GOLD_RATE, seed=32)
        settle()
        work(office)
        office.look_up_gold()
    is_gold = [served.is_gold for served in office.served]
    columns = table_of(office.served)
    told = told_by(columns, is_gold)
    # The harness can fail: one lease of gold in three ends at a full second.
    ends = enumerate(zip(columns["lease, fraction"], is_gold, strict=True))
    rounded = [0.0 if gold and number % 3 == 0 else fraction for number, (fraction, gold) in ends]
    leaky = told_by(columns | {"lease, fraction": rounded}, is_gold)

    margin = margin_of(sum(is_gold) // 2, (len(is_gold) - sum(is_gold)) // 2)
    with capsys.disabled():
        tell(
            f"{len(is_gold):,} assignments, {sum(is_gold):,} of them gold, {len(columns)} columns; {load_words()}",
            f"AUC on the other half (± {margin:.3f}): {words_of(told)}",
            f"the same if one lease of gold in three ended at a full second: {words_of(leaky)}",
        )
    assert sum(is_gold) >= SERVED * GOLD_RATE / 2
    assert all(abs(auc - 0.5) <= TOLERATED for auc in told.values()), told
    assert max(leaky.values()) > 0.5 + TOLERATED, leaky


def words_of(told: dict[str, float]) -> str:
    return ", ".join(f"{name} {auc:.3f}" for name, auc in told.items())
