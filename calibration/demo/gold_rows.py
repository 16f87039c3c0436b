"""Storing gold and its placements, by COPY."""

import numpy as np

from calibration.demo.copying import NULL, copy_rows, quote, reserve_ids
from calibration.demo.gold import GoldBook
from calibration.demo.policies import DemoCategory, DemoQueue
from calibration.demo.scenes import Scene, StoredItems
from calibration.enums import GoldPool, GoldState, Purpose
from calibration.models import GoldAnswer, GoldItem, Placement


def write_gold(scene: Scene, stored: StoredItems) -> range:
    """Store gold items and their answers; one of the two authors writes, the other approves. Gives the gold's ids."""
    book = scene.world.gold
    ids, since = reserve_ids(GoldItem, book.n_items), scene.timeline.begin.isoformat()
    pools, states = _pools(book), _states(book)
    items = stored.ids[book.first : book.first + book.n_items]
    queue_id = str(scene.rows.queue.pk)
    keys = scene.uuids.many(len(ids))
    copy_rows(
        GoldItem,
        ("id", "public_id", "item_id", "queue_id", "state", "pool", "state_reason", "created_at"),
        (
            (str(id_), public_id, str(item), queue_id, state, pool, "", since)
            for id_, public_id, item, state, pool in zip(ids, keys, items, states, pools, strict=True)
        ),
    )
    _write_answers(scene, ids, states)
    return ids


def write_placements(scene: Scene, gold_ids: range, slot_ids: range, *, seconds_before: float) -> None:
    """Store why the gold slots were placed."""
    answers = scene.world.answers
    placed = np.flatnonzero(answers.is_gold)
    stamps = scene.timeline.stamps(answers.day[placed], answers.start[placed] - seconds_before)
    golds = (answers.item[placed] - scene.world.gold.first).tolist()
    rate = str(scene.rows.gold_rate)
    copy_rows(
        Placement,
        ("slot_id", "purpose", "gold_id", "rate_in_force", "is_base", "placed_at"),
        (
            (str(slot_ids[row]), Purpose.GOLD.value, str(gold_ids[gold]), rate, "t", at)
            for row, gold, at in zip(placed.tolist(), golds, stamps, strict=True)
        ),
    )


def _pools(book: GoldBook) -> list[str]:
    sizes = (book.monitoring, book.training, book.exam, book.proposed)
    pools = (GoldPool.MONITORING, GoldPool.TRAINING, GoldPool.EXAM, GoldPool.MONITORING)
    return [pool.value for pool, size in zip(pools, sizes, strict=True) for _ in range(size)]


def _states(book: GoldBook) -> list[str]:
    live = book.n_items - book.proposed
    return [GoldState.LIVE.value] * live + [GoldState.PROPOSED.value] * book.proposed


def _write_answers(scene: Scene, ids: range, states: list[str]) -> None:
    book, demo, since = scene.world.gold, scene.world.queue, scene.timeline.begin.isoformat()
    revision_ids = {code: str(revision.pk) for code, revision in scene.rows.revisions.items()}
    who = [str(author.pk) for author in scene.authors]
    nearby = scene.rng.integers(0, 1000, book.n_items).tolist()
    keys = scene.uuids.many(len(ids))
    cells = zip(ids, keys, book.expected.tolist(), book.also.tolist(), states, nearby, strict=True)
    copy_rows(
        GoldAnswer,
        (
            *("gold_id", "public_id", "number", "question", "accepted", "reason", "clause_revision_id", "author_id"),
            *("approver_id", "approved_at", "approved_alone", "approved_elsewhere", "created_at"),
        ),
        (
            (
                *(str(gold), public_id, "1", "category", _accepted(demo, expected, also)),
                *(quote(_reason(demo, expected, also, near)), revision_ids[_clause(demo, expected, near)]),
                *(who[(gold - ids[0]) % 2], who[1 - (gold - ids[0]) % 2] if state == GoldState.LIVE else NULL),
                *(since if state == GoldState.LIVE else NULL, "f", "", since),
            )
            for gold, public_id, expected, also, state, near in cells
        ),
    )


def _accepted(demo: DemoQueue, expected: int, also: int) -> str:
    codes = [demo.codes[expected]] + ([demo.codes[also]] if also >= 0 else [])
    return "{" + ",".join(codes) + "}"


def _near(demo: DemoQueue, expected: int, near: int) -> DemoCategory:
    """The category whose clause is tested: the item's own, or for no_violation one that it is mistaken for."""
    category = demo.categories[expected]
    if not category.is_no_violation:
        return category
    code = category.confused_with[near % len(category.confused_with)]
    return demo.categories[demo.codes.index(code)]


def _clause(demo: DemoQueue, expected: int, near: int) -> str:
    return _near(demo, expected, near).clause


def _reason(demo: DemoQueue, expected: int, also: int, near: int) -> str:
    clause = next(clause for clause in demo.clauses if clause.code == _clause(demo, expected, near))
    if also >= 0:
        return f"Clause {clause.code} can be read both ways here, so both answers count as right. {clause.text}"
    if demo.categories[expected].is_no_violation:
        return f"Considered under {clause.code} {clause.title}: nothing in the text meets it."
    return f"Clause {clause.code}, {clause.title.lower()}. {clause.text.split('. ')[0].rstrip('.')}."
