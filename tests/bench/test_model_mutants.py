"""Whether the model notices when a guard of the engine is gone: one at a time, then none.

make bench ARGS="tests/bench/test_model_mutants.py"

Each case takes one guard out of a statement or a decision and lets the machine of tests/labeling/test_model.py look for
the difference; it has to find one. `QA_MODEL_EXAMPLES=300` looks longer.
"""

import os
from collections.abc import Callable, Mapping
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings

from labeling.engine import eligibility
from labeling.engine.lifecycles import Hold
from labeling.queries import claims, holds
from labeling.services import assignments, entry, labels
from tests.labeling import test_model

pytestmark = [pytest.mark.bench, pytest.mark.django_db]

EXAMPLES = int(os.environ.get("QA_MODEL_EXAMPLES", "100"))
# No example is made smaller: that one is found is what counts.
PROFILE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CLAIMS = ("CLAIM", "CLAIM_AMONG_ALL", "HAS_WORK")
Change = tuple[ModuleType, str, object]


def without(module: ModuleType, names: tuple[str, ...], old: str, new: str = "TRUE") -> list[Change]:
    """Statements with a part exchanged, which at least one of them has."""
    texts = {name: getattr(module, name) for name in names}
    assert any(old in text for text in texts.values()), old
    return [(module, name, text.replace(old, new)) for name, text in texts.items()]


def hold_of(slot: object, ended: object, token: object) -> Hold:
    """Whoever names a slot holds it, whatever the token."""
    return Hold.LIVE if slot is not None else Hold.LATE if ended is not None else Hold.NEVER


MUTANTS: Mapping[str, Callable[[], list[Change]]] = {
    "answered items come again": lambda: without(
        claims, CLAIMS, "mine.labeler_id = %(labeler)s OFFSET 0", "FALSE OFFSET 0"
    ),
    "skipped items come again": lambda: without(
        claims, CLAIMS, "skip.labeler_id = %(labeler)s OFFSET 0", "FALSE OFFSET 0"
    ),
    "late items come again": lambda: without(
        claims, CLAIMS, "late.labeler_id = %(labeler)s OFFSET 0", "FALSE OFFSET 0"
    ),
    "leases are taken over before their end": lambda: without(claims, CLAIMS, "slot.lease_until <= qa_now()"),
    "leases are never taken over": lambda: without(claims, CLAIMS, "slot.lease_until <= qa_now()", "FALSE"),
    "placed work is taken over": lambda: without(claims, CLAIMS, "slot.origin = 'placed' AS lapses", "FALSE AS lapses"),
    "placed work lapses by its holder's own claim": lambda: without(
        claims, CLAIMS, "coalesce(slot.labeler_id, slot.reserved_for_id) <> %(labeler)s"
    ),
    "what is reserved goes to anybody": lambda: without(
        claims,
        CLAIMS,
        "slot.reserved_for_id = %(labeler)s AND slot.queue_id",
        "slot.reserved_for_id IS NOT NULL AND slot.queue_id",
    ),
    "the chance of placed work is not looked at": lambda: without(
        claims, CLAIMS, "slot.serve_chance > %(chance)s::float"
    ),
    "work asked for ahead spares nothing": lambda: without(
        claims, CLAIMS, "near.id <> ALL (ARRAY(SELECT spared.id FROM spared))"
    ),
    "work is for any lane": lambda: [(eligibility, "_is_for", lambda *_: True)],
    "sensitive items are for everybody": lambda: [(eligibility, "_barrier_of_sensitive", lambda _: None)],
    "paused and closed queues hand out": lambda: [(eligibility, "_barrier_of_queue", lambda _: None)],
    "caps of answers are not looked at": lambda: without(claims, ("DOOR",), claims.HAS_ENOUGH_ANSWERS, "FALSE"),
    "opting out is not looked at": lambda: without(claims, ("DOOR",), claims.HAS_OPTED_OUT, "FALSE"),
    "certifications do not end": lambda: without(claims, ("DOOR",), "skill.revoked_at IS NULL"),
    "all work has the same turn": lambda: [(entry, "turn_of", lambda **_: 0)],
    "tokens are not looked at": lambda: [
        (holds, "judge_hold", hold_of),
        *without(holds, ("RECORD", "SKIP", "EXTEND"), "token = %(token)s::uuid"),
    ],
    "strangers answer": lambda: without(
        holds, ("HELD", "RECORD"), "labeler_id = %(labeler)s", "%(labeler)s::bigint > 0"
    ),
    "skipped placed work is for all": lambda: without(
        holds, ("SKIP",), "state = CASE WHEN slot.origin = 'placed' THEN 'cancelled' ELSE 'open' END", "state = 'open'"
    ),
    "what is given back is for all at once": lambda: without(
        holds, ("RECALL_OF_LABELER",), "ELSE slot.labeler_id END", "ELSE NULL END"
    ),
    "a withdrawal leaves leases": lambda: without(
        holds, ("RECALL_OF_ITEM",), "state IN ('open', 'leased')", "state = 'open'"
    ),
    "a withdrawal leaves open slots": lambda: without(
        holds, ("RECALL_OF_ITEM",), "state IN ('open', 'leased')", "state = 'leased'"
    ),
    "answers can be undone for ever": lambda: [(labels, "can_undo", lambda **_: True)],
    "late answers are dropped": lambda: [(labels, "_keep_late", lambda *_: None)],
    "danger withdraws nothing": lambda: [(labels, "report_never_sampled", lambda *_, **__: None)],
    "one look is enough": lambda: [
        (claims, name, claims.CLAIM.replace(f"LIMIT {claims.LOOK}", "LIMIT 1")) for name in ("CLAIM", "CLAIM_AMONG_ALL")
    ],
    "nobody looks twice": lambda: [
        (assignments, "has_work", lambda *_, **__: False),
        *without(claims, CLAIMS, "LIMIT 20", "LIMIT 1"),
    ],
}


@pytest.fixture(autouse=True)
def profile(monkeypatch):
    monkeypatch.setattr(test_model, "PROFILE", PROFILE)


@pytest.mark.parametrize("name", MUTANTS)
def test_the_model_notices(name, monkeypatch):
    world = test_model.World()
    for module, attribute, value in MUTANTS[name]():
        monkeypatch.setattr(module, attribute, value)

    with pytest.raises(Exception, match=r"(?s).*"):
        test_model.run_machine(world)


def test_with_all_guards_it_finds_nothing():
    test_model.run_machine(test_model.World())
