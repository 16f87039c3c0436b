"""What a set can ask: its items as they stand now, who has met which of them, and how many tries that makes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from calibration.enums import AttemptState, GoldState, SetPurpose
from calibration.models import AttemptAnswer, BurntGold, CalibrationSet, GoldAnswer, SetItem
from labeling.models import Item, Label, Reveal, Skip
from qaplatform.people.models import Labeler

Drawable = TypeVar("Drawable")

UNFINISHED = (AttemptState.ASSIGNED, AttemptState.STARTED)


@dataclass(frozen=True)
class PoolItem:
    """An item of a set with the answer expected now. `why_out` says why it is not asked; empty: it is."""

    entry: SetItem
    answer: GoldAnswer | None
    why_out: str

    @property
    def gold_id(self) -> int:
        """The gold that is asked."""
        return self.entry.gold_id

    @property
    def content_hash(self) -> str:
        """What is shown, however often it was copied."""
        return self.entry.gold.item.content_hash

    @property
    def clause_id(self) -> int | None:
        """The clause that decides it."""
        revision = self.answer.clause_revision if self.answer else None
        return revision.clause_id if revision else None


@dataclass(frozen=True)
class Pool:
    """The items of a set that can be asked now. `size` is how many one try asks, `listed` how many the set has."""

    items: tuple[PoolItem, ...]
    size: int
    listed: int
    is_exam: bool

    @property
    def tries(self) -> int:
        """How many tries the pool gives a person to whom all of it is new; practice may be repeated."""
        return len(self.items) // self.size if self.size else 0


@dataclass(frozen=True)
class Sightings:
    """What people have met of a pool: contents by labeler, and gold whose answer is known to their vendor."""

    met: dict[int, set[str]]
    held: dict[int, set[int]]
    burnt: dict[int, set[int]]

    def is_new(self, item: PoolItem, labeler: Labeler) -> bool:
        """Whether this person has neither met the item nor could know its answer."""
        return (
            item.content_hash not in self.met.get(labeler.pk, frozenset())
            and item.gold_id not in self.held.get(labeler.pk, frozenset())
            and item.gold_id not in self.burnt.get(labeler.vendor_id, frozenset())
        )


def set_items(calibration_set: CalibrationSet) -> list[PoolItem]:
    """All items of a set in their order, also those that cannot be asked now, in four queries."""
    entries = list(calibration_set.set_items.select_related("gold__item").order_by("position"))
    answers = current_answers_of(entry.gold_id for entry in entries)
    withdrawn = _withdrawn_copies(calibration_set, entries)
    return [
        PoolItem(entry, answers.get(entry.gold_id), _why_out(entry, answers.get(entry.gold_id), withdrawn))
        for entry in entries
    ]


def read_pool(calibration_set: CalibrationSet) -> Pool:
    """What the set can ask now."""
    items = set_items(calibration_set)
    usable = tuple(item for item in items if not item.why_out)
    size = calibration_set.draw_size or len(usable)
    return Pool(usable, size, len(items), calibration_set.purpose == SetPurpose.EXAM)


def read_sightings(pool: Pool, labelers: Sequence[Labeler]) -> Sightings:
    """Who has met what of a pool, in five queries for any number of people."""
    hashes = {item.content_hash for item in pool.items}
    met: defaultdict[int, set[str]] = defaultdict(set)
    for model in (Label, Skip):
        rows = model.objects.filter(labeler__in=labelers, item__content_hash__in=hashes).order_by()
        for labeler_id, content in rows.values_list("labeler_id", "item__content_hash").distinct():
            met[labeler_id].add(content)
    reveals = Reveal.objects.filter(labeler__in=labelers, content_hash__in=hashes).order_by()
    for labeler_id, content in reveals.values_list("labeler_id", "content_hash").distinct():
        met[labeler_id].add(content)
    return Sightings(met, _held(pool, labelers), _burnt(pool, labelers))


def draw_items(pool: Pool, fresh: Sequence[PoolItem], *, n: int, rng: Random) -> list[PoolItem]:
    """Draw n items evenly over clauses: new ones first; practice fills up with what was met before."""
    drawn = in_turn(_by_clause(fresh), n=n, rng=rng)
    if pool.is_exam or len(drawn) == n:
        return drawn
    taken = {item.gold_id for item in drawn}
    known = [item for item in pool.items if item.gold_id not in taken]
    return drawn + in_turn(_by_clause(known), n=n - len(drawn), rng=rng)


def in_turn(by_clause: Mapping[int | None, Sequence[Drawable]], *, n: int, rng: Random) -> list[Drawable]:
    """One item of each clause in turn until n are drawn, then in random order."""
    piles = [rng.sample(pile, len(pile)) for pile in by_clause.values()]
    rng.shuffle(piles)
    drawn: list[Drawable] = []
    while len(drawn) < n and any(piles):
        drawn += [pile.pop() for pile in piles if pile][: n - len(drawn)]
    rng.shuffle(drawn)
    return drawn


def current_answers_of(gold_ids: Iterable[int]) -> dict[int, GoldAnswer]:
    """The answer in force of each gold item, to its first question."""
    answers = GoldAnswer.objects.filter(gold__in=list(gold_ids), approved_at__isnull=False, replaced_at=None)
    found: dict[int, GoldAnswer] = {}
    for answer in answers.select_related("clause_revision__clause").order_by("gold_id", "question", "-number"):
        found.setdefault(answer.gold_id, answer)
    return found


def copy_name(calibration_set: CalibrationSet, gold_public_id: object, number: int) -> str:
    """What the copy of a gold item for the n-th attempts of people is called in the training queue."""
    return f"{calibration_set.public_id}:{gold_public_id}:{number}"


def _by_clause(items: Iterable[PoolItem]) -> dict[int | None, list[PoolItem]]:
    piles: defaultdict[int | None, list[PoolItem]] = defaultdict(list)
    for item in items:
        piles[item.clause_id].append(item)
    return piles


def _why_out(entry: SetItem, answer: GoldAnswer | None, withdrawn: AbstractSet[str]) -> str:
    item = entry.gold.item
    if item.withdrawn_at is not None or item.content_hash in withdrawn:
        return "withdrawn"
    if item.purged_at is not None:
        return "content removed"
    if entry.gold.state != GoldState.LIVE:
        return str(GoldState(entry.gold.state).label).lower()
    return "" if answer is not None else "no approved answer"


def _withdrawn_copies(calibration_set: CalibrationSet, entries: Sequence[SetItem]) -> set[str]:
    """Contents that somebody has escalated out of the training queue."""
    hashes = [entry.gold.item.content_hash for entry in entries]
    copies = Item.objects.filter(
        queue=calibration_set.training_queue_id, content_hash__in=hashes, withdrawn_at__isnull=False
    )
    return set(copies.values_list("content_hash", flat=True))


def _held(pool: Pool, labelers: Sequence[Labeler]) -> dict[int, set[int]]:
    """Gold that stands in an attempt which somebody has not finished."""
    golds = [item.gold_id for item in pool.items]
    rows = AttemptAnswer.objects.filter(
        attempt__labeler__in=labelers, attempt__state__in=UNFINISHED, gold_answer__gold__in=golds
    )
    held: defaultdict[int, set[int]] = defaultdict(set)
    for labeler_id, gold_id in rows.values_list("attempt__labeler_id", "gold_answer__gold_id"):
        held[labeler_id].add(gold_id)
    return held


def _burnt(pool: Pool, labelers: Sequence[Labeler]) -> dict[int, set[int]]:
    """Gold that was shown as evidence, by vendor."""
    rows = BurntGold.objects.filter(
        vendor__in={labeler.vendor_id for labeler in labelers}, gold__in=[item.gold_id for item in pool.items]
    )
    burnt: defaultdict[int, set[int]] = defaultdict(set)
    for vendor_id, gold_id in rows.values_list("vendor_id", "gold_id"):
        burnt[vendor_id].add(gold_id)
    return burnt
