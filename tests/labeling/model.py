"""A second opinion on assignment: DESIGN section 5 in plain Python, with no database and none of the product's code."""

from collections.abc import Iterable
from dataclasses import dataclass, field

LEASE, UNDO, DAY = 600, 300, 86_400
DANGER = "scam"
WITHDRAWING = {"illegal", "imminent_harm"}
FOR_EVER = float("inf")


@dataclass
class Person:
    vendor: int
    languages: tuple[str, ...]
    is_active: bool = True
    certified: set[int] = field(default_factory=set)
    declined: set[int | None] = field(default_factory=set)  # queues; None: whatever is sensitive
    revealed_at: list[float] = field(default_factory=list)
    answered: list[int] = field(default_factory=list)  # slots, in the order of the answers


@dataclass
class Queue:
    order: str = "mixed"
    state: str = "active"
    answers_cap: int | None = None
    reveals_cap: int | None = None


@dataclass
class Item:
    queue: int
    needed: int
    priority: int = 0
    due: int | None = None
    language: str = ""
    is_sensitive: bool = False
    is_withdrawn: bool = False


@dataclass
class Slot:
    """`reserved_until` None: no end. `holder` is who has it on the desk, or has answered it."""

    item: int
    number: int
    origin: str = "entry"
    vendor: int | None = None
    state: str = "open"
    reserved_for: int | None = None
    reserved_until: float | None = None
    chance: float = 1
    holder: int | None = None
    assignment: object = None
    is_prefetched: bool = False
    lease_until: float = 0
    answered_at: float = 0


@dataclass
class Lease:
    slot: int
    who: int
    token: object
    end: str | None = None


@dataclass(frozen=True)
class Offer:
    """What a claim may hand out; if that is nothing, what has to be said instead."""

    slots: frozenset[int] = frozenset()
    reason: str = ""


@dataclass
class Model:
    people: dict[int, Person]
    queues: dict[int, Queue]
    items: dict[int, Item] = field(default_factory=dict)
    slots: dict[int, Slot] = field(default_factory=dict)
    leases: dict[object, Lease] = field(default_factory=dict)
    answers: dict[int, list[str]] = field(default_factory=dict)  # by slot, the current one last
    late: dict[object, list[str]] = field(default_factory=dict)  # by assignment, each text once
    skips: set[tuple[int, int]] = field(default_factory=set)
    keys: dict[tuple[int, str], tuple[str, object]] = field(default_factory=dict)
    preferred: set[tuple[int, int]] = field(default_factory=set)
    now: float = 0

    # Who may be handed what

    def barrier(self, who: int, queue: int) -> str | None:
        person, stand = self.people[who], self.queues[queue]
        if not person.is_active:
            return "inactive"
        if stand.state != "active":
            return f"queue_{stand.state}"
        if queue not in person.certified:
            return "not_certified"
        if queue in person.declined:
            return "opted_out"
        given = [slot for slot in person.answered if self.items[self.slots[slot].item].queue == queue]
        today = [slot for slot in given if self.now - self.slots[slot].answered_at < DAY]
        return "enough_answers" if stand.answers_cap is not None and len(today) >= stand.answers_cap else None

    def why_not_sensitive(self, who: int, queue: int) -> str | None:
        person, cap = self.people[who], self.queues[queue].reveals_cap
        if None in person.declined:
            return "only_sensitive"
        seen = sum(self.now - at < DAY for at in person.revealed_at)
        return "enough_reveals" if cap is not None and seen >= cap else None

    def had(self, who: int, item: int) -> bool:
        is_late = any(self.leases[given].who == who and self.item_of(self.leases[given]) == item for given in self.late)
        holds = any(slot.item == item and slot.holder == who for slot in self.slots.values())
        return holds or is_late or (who, item) in self.skips

    def suits(self, who: int, slot: Slot) -> bool:
        person, item = self.people[who], self.items[slot.item]
        return slot.vendor in {None, person.vendor} and self.speaks(who, item.language)

    def speaks(self, who: int, language: str) -> bool:
        known = self.people[who].languages
        return not language or not known or language in known or language.partition("-")[0] in known

    def is_free(self, slot: Slot) -> bool:
        has_run_out = slot.reserved_until is not None and slot.reserved_until <= self.now
        return slot.reserved_for is None or (slot.origin != "placed" and has_run_out)

    def is_expired(self, slot: Slot) -> bool:
        return slot.state == "leased" and slot.lease_until <= self.now

    def candidates(
        self, who: int, queue: int, *, sensitive: bool | None = None, but_had: bool = False
    ) -> dict[int, Slot]:
        """The slots of a queue that this person may ever be handed; `sensitive`: only such, though they are closed."""
        closed = self.why_not_sensitive(who, queue) is not None
        wanted = {sensitive} if sensitive is not None else {False} if closed else {False, True}
        return {
            key: slot
            for key, slot in self.slots.items()
            if (item := self.items[slot.item]).queue == queue
            and item.is_sensitive in wanted
            and not item.is_withdrawn
            and slot.state in {"open", "leased"}
            and self.suits(who, slot)
            and (but_had or not self.had(who, slot.item))
        }

    def open_work(self, fit: dict[int, Slot]) -> set[int]:
        return {key for key, slot in fit.items() if slot.state == "open" and slot.reserved_for is None}

    def left_behind(self, fit: dict[int, Slot]) -> set[int]:
        ran_out = {
            key for key, slot in fit.items() if slot.state == "open" and slot.reserved_for and self.is_free(slot)
        }
        return ran_out | {key for key, slot in fit.items() if self.is_expired(slot) and self.is_free(slot)}

    def lapsing(self, who: int, queue: int) -> set[int]:
        """Placed work that ran out: nobody takes it over, but its person loses it as any other."""
        placed = self.candidates(who, queue, but_had=True)
        others = {key: slot for key, slot in placed.items() if who not in {slot.holder, slot.reserved_for}}
        return {key for key, slot in others.items() if slot.origin == "placed" and self.has_run_out(slot)}

    def has_run_out(self, slot: Slot) -> bool:
        ends = slot.reserved_until is not None and slot.reserved_until <= self.now
        return self.is_expired(slot) or (slot.state == "open" and ends)

    def reserved(self, who: int, fit: dict[int, Slot], *, chance: float, spared: int = 0) -> set[int]:
        """What is mixed in by chance comes only while there is open work to mix it into."""
        mine = {key for key, slot in fit.items() if slot.state == "open" and slot.reserved_for == who}
        mixes = len(self.open_work(fit)) > spared
        return {key for key in mine if fit[key].chance == 1 or (mixes and fit[key].chance > chance)}

    def level(self, slot: Slot) -> tuple[float, ...]:
        item = self.items[slot.item]
        due = FOR_EVER if item.due is None else item.due
        return (-item.priority, due, slot.number if self.queues[item.queue].order == "breadth" else 0)

    def held(self, who: int, queue: int, *, prefetch: bool) -> int | None:
        mine = [key for key, slot in self.slots.items() if slot.state == "leased" and slot.holder == who]
        mine = [key for key in mine if self.items[self.slots[key].item].queue == queue]
        mine = [key for key in mine if self.slots[key].is_prefetched or not prefetch]
        return min(mine, key=lambda key: self.slots[key].is_prefetched, default=None)

    def offer(self, who: int, queue: int, *, prefetch: bool = False, chance: float = 0, start: float = 1) -> Offer:
        if reason := self.barrier(who, queue):
            return Offer(reason=reason)
        held = self.held(who, queue, prefetch=prefetch)
        if held is not None:
            return Offer(frozenset({held}))
        fit = self.candidates(who, queue)
        left, spared = self.left_behind(fit), self.spared(who, queue, prefetch=False) if prefetch else 0
        levels = sorted(self.level(fit[key]) for key in self.open_work(fit))[spared:]
        fresh = {key for key in self.open_work(fit) if levels and self.level(fit[key]) == levels[0]}
        found = self.reserved(who, fit, chance=chance, spared=spared) or (start < 0.1 and left) or fresh or left
        return Offer(frozenset(found)) if found else Offer(reason=self._why_nothing(who, queue))

    def _why_nothing(self, who: int, queue: int) -> str:
        reason = self.why_not_sensitive(who, queue)
        fit = self.candidates(who, queue, sensitive=True) if reason else {}
        waits = self.reserved(who, fit, chance=1) | self.open_work(fit) | self.left_behind(fit)
        return reason if reason and waits else "nothing_left"

    def spared(self, who: int, queue: int, *, prefetch: bool) -> int:
        """Whoever holds placed work has left so many open slots alone that they would otherwise hold."""
        held = (slot for slot in self.slots.values() if slot.state == "leased" and slot.holder == who)
        return sum(
            slot.origin == "placed" and self.items[slot.item].queue == queue and (prefetch or not slot.is_prefetched)
            for slot in held
        )

    def waiting(self, who: int, queue: int) -> int:
        fit, spared = self.candidates(who, queue), self.spared(who, queue, prefetch=True)
        fresh = self.open_work(fit) if len(self.open_work(fit)) > spared else set()
        return len(self.reserved(who, fit, chance=-1, spared=spared) | fresh | self.left_behind(fit))

    # What happens

    def lend(self, key: int, who: int, *, assignment: object, token: object, prefetch: bool) -> None:
        slot = self.slots[key]
        if slot.holder != who:
            self._note_preference(key, who)
            self.end(key, "taken_over")
            self.leases[assignment] = Lease(key, who, token)
            slot.lease_until = 0
        lease = self.leases[assignment]
        assert (lease.slot, lease.who, lease.token, lease.end) == (key, who, token, None)
        if slot.is_prefetched != prefetch or slot.lease_until <= self.now:
            slot.lease_until = self.now + LEASE
        slot.state, slot.holder, slot.assignment, slot.is_prefetched = "leased", who, assignment, prefetch

    def _note_preference(self, key: int, who: int) -> None:
        """Where begun items are finished first, all agree on which of two items comes first."""
        slot, queue = self.slots[key], self.items[self.slots[key].item].queue
        fit = self.candidates(who, queue)
        if self.queues[queue].order != "depth" or key not in self.open_work(fit):
            return
        for other in self.open_work(fit):
            if fit[other].item != slot.item and self.level(fit[other]) == self.level(slot):
                assert (fit[other].item, slot.item) not in self.preferred
                self.preferred.add((slot.item, fit[other].item))

    def end(self, key: int, why: str, *, state: str = "open") -> None:
        slot = self.slots[key]
        if slot.assignment is not None:
            self.leases[slot.assignment].end = why
        slot.state, slot.holder, slot.assignment, slot.is_prefetched = state, None, None, False

    def item_of(self, lease: Lease) -> int:
        return self.slots[lease.slot].item

    def standing(self, assignment: object, who: int, token: object) -> str:
        """How an assignment stands: live, or the code of the refusal."""
        lease = self.leases.get(assignment)
        if lease is None or (lease.who, lease.token) != (who, token):
            return "not_found"
        if lease.end in {None, "already_answered"}:
            return lease.end or "live"
        return "withdrawn" if lease.end == "withdrawn" or self.items[self.item_of(lease)].is_withdrawn else "late"

    def answer(self, assignment: object, said: str) -> None:
        """An answer to an assignment that this person was given once: live, or late."""
        lease = self.leases[assignment]
        if lease.end is None:
            slot = self.slots[lease.slot]
            slot.state, slot.is_prefetched, slot.answered_at = "done", False, self.now
            lease.end = "already_answered"
            self.answers[lease.slot] = [said]
            self.people[lease.who].answered.append(lease.slot)
        elif lease.end != "already_answered":
            texts = self.late.setdefault(assignment, [])
            if said in texts:
                return
            texts.append(said)
        if said == DANGER:
            self.withdraw(self.item_of(lease))

    def revision_of(self, key: int, place: int) -> str:
        """What becomes of revising the answer at this place of a slot's answers."""
        slot = self.slots[key]
        if self.items[slot.item].is_withdrawn:
            return "withdrawn"
        if self.people[slot.holder].answered[-1] != key or self.now - slot.answered_at > UNDO:
            return "undo_closed"
        return "live" if place == len(self.answers[key]) - 1 else "already_revised"

    def revise(self, key: int, said: str) -> None:
        self.answers[key].append(said)
        if said == DANGER:
            self.withdraw(self.slots[key].item)

    def skip(self, assignment: object, reason: str) -> None:
        lease = self.leases[assignment]
        if lease.end is None:
            slot = self.slots[lease.slot]
            self.skips.add((lease.who, slot.item))
            is_placed = slot.origin == "placed"
            self.end(lease.slot, "skipped", state="cancelled" if is_placed else "open")
            if not is_placed:
                slot.reserved_for = slot.reserved_until = None
        if reason in WITHDRAWING and lease.end != "already_answered":
            self.withdraw(self.item_of(lease))

    def give_back(self, who: int) -> None:
        """A pause: what was on the desk comes first afterwards, and goes to others when the lease would have ended."""
        for key in self._desk(who):
            slot = self.slots[key]
            is_twice = any(
                other.item == slot.item and other.reserved_for == who and other.state == "open"
                for other in self.slots.values()
            )
            if not is_twice:
                slot.reserved_for, slot.reserved_until = who, slot.lease_until
            slot.chance = 1
            self.end(key, "given_back")

    def leave(self, who: int) -> None:
        self.people[who].is_active = False
        for key in self._desk(who):
            self.end(key, "given_back")
        for slot in self.slots.values():
            if slot.reserved_for == who and slot.state == "open":
                slot.state = "cancelled" if slot.origin == "placed" else "open"
                slot.reserved_for = slot.reserved_until = None

    def withdraw(self, item: int) -> None:
        if not self.items[item].is_withdrawn:
            self.items[item].is_withdrawn = True
            self.cancel(key for key, slot in self.slots.items() if slot.item == item)

    def cancel(self, keys: Iterable[int]) -> None:
        for key in keys:
            if self.slots[key].state in {"open", "leased"}:
                self.end(key, "withdrawn", state="cancelled")

    def restore(self, item: int) -> list[int]:
        """Back to work; gives the numbers of the slots that ask again for what is missing."""
        if not self.items[item].is_withdrawn:
            return []
        self.items[item].is_withdrawn = False
        slots = [slot for slot in self.slots.values() if slot.item == item]
        done = sum(slot.state == "done" and slot.origin != "placed" for slot in slots)
        last = max((slot.number for slot in slots), default=0)
        return [last + number for number in range(1, self.items[item].needed - done + 1)]

    def can_be_placed(self, item: int, who: int) -> bool:
        person, thing = self.people[who], self.items[item]
        is_reserved = any(
            slot.item == item and slot.state == "open" and slot.reserved_for == who for slot in self.slots.values()
        )
        declined = thing.queue in person.declined or (thing.is_sensitive and None in person.declined)
        hindered = thing.is_withdrawn or is_reserved or declined or self.had(who, item)
        return person.is_active and not hindered and self.speaks(who, thing.language)

    def _desk(self, who: int) -> list[int]:
        return [key for key, slot in self.slots.items() if slot.state == "leased" and slot.holder == who]
