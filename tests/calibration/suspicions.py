"""Builders of suspicions, and of gold that deserves them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from calibration.enums import SuspicionKind
from calibration.models import GoldItem, Suspicion
from calibration.services.refresh import refresh_queue
from calibration.services.suspicions import search_queue
from labeling.models import Label, Queue
from qaplatform import clock
from qaplatform.people.models import Labeler
from tests.calibration.builders import NOON, add_gold_label, make_gold

POPULATION = {"queue": "Posts", "queue_id": "0", "question": "category", "slots": "all monitoring gold"}


def make_suspicion(gold: GoldItem, **fields: object) -> Suspicion:
    """Gold that is suspected to be wrong."""
    return _make(gold.queue, **{"gold": gold, "kind": SuspicionKind.WRONG_GOLD, **fields})


def make_pair_suspicion(queue: Queue, one: Labeler, other: Labeler, **fields: object) -> Suspicion:
    """Two people who are suspected of copying."""
    first, second = sorted((one, other), key=lambda labeler: labeler.pk)
    return _make(queue, **{"kind": SuspicionKind.COPYING, "labeler": first, "other": second, **fields})


def make_haste_suspicion(queue: Queue, labeler: Labeler, **fields: object) -> Suspicion:
    """Somebody who is suspected of not reading."""
    return _make(queue, **{"kind": SuspicionKind.SPEEDING, "labeler": labeler, **fields})


def _make(queue: Queue, **fields: object) -> Suspicion:
    defaults: dict[str, object] = {
        "question": "category",
        "score": 3.0,
        "p_value": 0.001,
        "words": "5 of 6 answers differ; chance gives 0.4.",
        "facts": {"n": 6, "labels": []},
        "population": POPULATION,
    }
    return Suspicion.objects.create(queue=queue, **(defaults | fields))


def suspect_all(queue: Queue, one: Labeler, other: Labeler) -> None:
    """What a search finds in a queue, and one suspicion of every kind beside it."""
    search_queue(queue.pk)
    labels = list(Label.objects.filter(queue=queue).values_list("pk", flat=True)[:4])
    gold = GoldItem.objects.filter(queue=queue).earliest("id")
    Suspicion.objects.filter(queue=queue, gold=gold).delete()
    facts = {"n": 4, "labels": labels, "skills": [0.9] * 4, "given": [["no_violation", 3]]}
    make_suspicion(gold, facts=facts)
    make_suspicion(gold, kind=SuspicionKind.LEAKED_GOLD, facts=facts)
    make_pair_suspicion(queue, one, other, facts=facts)
    make_haste_suspicion(queue, one, facts=facts)


def answer_all(
    gold: GoldItem, labelers: Sequence[Labeler], right: Sequence[bool], *, at: datetime, seconds: float = 30
) -> None:
    """One answer of each labeler, a minute apart."""
    for place, (labeler, is_right) in enumerate(zip(labelers, right, strict=True)):
        label = add_gold_label(gold, labeler, "spam" if is_right else "scam", at=at + place * timedelta(minutes=1))
        Label.objects.filter(pk=label.pk).update(claimed_at=label.created_at - timedelta(seconds=seconds))


def make_gold_world(queue: Queue, labelers: Sequence[Labeler], *, items: int = 20) -> tuple[GoldItem, GoldItem]:
    """Gold that people get right but for a slip each, one item that nearly all get wrong, and one that got about."""
    start = NOON - timedelta(days=items + 30)
    for number in range(items):
        gold = make_gold(queue)
        right = [(number + place) % items != 0 for place in range(len(labelers))]
        answer_all(gold, labelers, right, at=start + number * timedelta(hours=2))
    wrong = make_gold(queue)
    answer_all(wrong, labelers, [True] + [False] * (len(labelers) - 1), at=start + timedelta(days=items))
    leaked, half = make_gold(queue), len(labelers) // 2
    answer_all(leaked, labelers[:half], [place % 2 == 0 for place in range(half)], at=start + timedelta(days=items + 1))
    late = labelers[half:]
    answer_all(leaked, late, [True] * len(late), at=start + timedelta(days=items + 2), seconds=3)
    refresh_queue(queue.pk, now=clock.now())
    return wrong, leaked
