"""Guards of the product that the ledger test takes out, one at a time, to see that it notices.

A guard is taken out of the database of one run by SQL, and out of the running processes of that run by replacing what a
module holds. A text that is not where it was fails at once: a guard that was not taken out proves nothing.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType


@dataclass(frozen=True)
class Guard:
    """What is taken out, and the promise that breaks without it."""

    promise: str
    sql: tuple[str, ...] = ()
    code: Callable[[], None] = lambda: None
    settings: tuple[str, ...] = ()
    shares: Mapping[str, float] = field(default_factory=dict)
    low_water: int = 24
    answers: int = 150
    kills: tuple[str, ...] = ()


def remove_guard(name: str) -> None:
    """Take it out of this process."""
    GUARDS[name].code()


def _cut(module: str, pattern: str, new: str = "", *, constant: str = "") -> None:
    """Replace a pattern in the one statement that is named, else in all that a module holds as text."""
    found = import_module(module)
    texts = {name: text for name, text in vars(found).items() if isinstance(text, str) and name.isupper()}
    cut = {name: re.sub(pattern, new, text) for name, text in texts.items() if constant in {"", name}}
    changed = {name: text for name, text in cut.items() if text != texts[name]}
    if not changed:
        raise LookupError(f"{module} holds no {pattern!r} {constant}: the guard is not taken out.")
    for name, text in changed.items():
        setattr(found, name, text)


def _replace(module: str, name: str, function: Callable[..., object]) -> None:
    found: ModuleType = import_module(module)
    getattr(found, name)
    setattr(found, name, function)


def _record_whatever_the_slot() -> None:
    _cut("labeling.queries.holds", r"\s+AND token = %\(token\)s::uuid", constant="RECORD")
    _cut("labeling.queries.holds", r"\s+AND state = 'leased'", constant="RECORD")


def _give_items_twice() -> None:
    mine = r"(?s)NOT EXISTS \(SELECT FROM labeling_slot mine.*?OFFSET 0\)"
    _cut("labeling.queries.claims", mine, "TRUE")


def _lend_without_locks() -> None:
    """Everybody looks from one point on too, so that a short run sees two people at one slot."""
    _cut("labeling.queries.claims", "FOR UPDATE (OF slot )?SKIP LOCKED")
    _cut("labeling.queries.claims", r"%\(start\)s", "0.5")


def _recall_nothing() -> None:
    _replace("labeling.services.withdrawals", "recall_of_item", lambda _item: 0)


def _remember_no_replay() -> None:
    _replace("labeling.services.labels", "_replay", lambda *_arguments: None)


def _drop_late_answers() -> None:
    _replace("labeling.services.labels", "_keep_late", lambda *_arguments: None)


def _never_take_over() -> None:
    _cut("labeling.queries.claims", r"slot\.lease_until <= qa_now\(\)", "FALSE")


GUARDS: Mapping[str, Guard] = {
    "one label a slot": Guard(
        promise="Q1",
        sql=("DROP INDEX first_label_once_a_slot",),
        code=_record_whatever_the_slot,
        shares={"four": 0.3},
    ),
    "an item once a person": Guard(
        promise="Q2",
        sql=("DROP INDEX labeler_once_an_item",),
        code=_give_items_twice,
    ),
    "locked rows are passed over": Guard(promise="Q5", code=_lend_without_locks, low_water=2, answers=400),
    "a commit waits for the disk": Guard(
        promise="Q3",
        sql=("ALTER DATABASE {database} SET synchronous_commit = off",),
        settings=("wal_writer_delay = '10s'", "wal_writer_flush_after = '1GB'"),
        kills=("PostgreSQL", "PostgreSQL", "PostgreSQL"),
    ),
    "a withdrawal recalls": Guard(promise="Q9", code=_recall_nothing, shares={"withdraw": 1.0}),
    "a replay is answered alike": Guard(promise="Q4", code=_remember_no_replay),
    "late answers are kept": Guard(promise="Q5", code=_drop_late_answers, shares={"late": 0.3}, answers=400),
    "an overrun lease is taken over": Guard(promise="Q6", code=_never_take_over),
}
