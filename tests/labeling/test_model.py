"""Real services on a real database, step by step beside a model of them; QA_MODEL_EXAMPLES=2000 looks deeper."""

import os
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import cycle
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from labeling.models import Escalation, IdempotentAnswer, Item, Label, LateAnswer, OptOut, Queue, Skip, Slot
from labeling.queries.work import open_work
from labeling.services.assignments import (
    Nothing,
    claim_assignment,
    extend_lease,
    give_back_leases,
    reveal_item,
    skip_assignment,
)
from labeling.services.escalations import handle_escalation
from labeling.services.labels import Submission, revise_label, submit_under_key, submit_without_key
from labeling.services.placement import cancel_placed, place_items
from labeling.services.withdrawals import withdraw_item
from qaplatform import clock
from qaplatform.errors import DomainError
from qaplatform.people.models import Labeler
from qaplatform.people.services.accounts import deactivate_account, reactivate_account
from tests.builders import answer, grant_skill, make_items, make_labeler, make_queue, make_user, make_vendor
from tests.labeling import model
from tests.labeling.clocks import shift_clock

EXAMPLES = int(os.environ.get("QA_MODEL_EXAMPLES", "60"))
GOLDEN_RATIO = 0.6180339887
PROFILE = settings(
    max_examples=EXAMPLES,
    stateful_step_count=30 if EXAMPLES < 1000 else 60,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
DUE = datetime(2030, 1, 1, tzinfo=UTC)
CODES = st.sampled_from(["spam", "impersonation", "no_violation", model.DANGER])
PICK = st.integers(0, 9)
CHANCE = st.sampled_from([0.0, 0.3, 0.9])
START = st.sampled_from([0.05, 0.5, 0.95])
# Far from the sums at which a lease or an undo ends: a busy machine lets real seconds pass as well.
SHIFTS = [230, 610, 86_413]


class World:
    """Two queues and four people of two vendors, made once; what an example does to them is taken back."""

    def __init__(self):
        self.vendors = [make_vendor(), make_vendor()]
        self.queues = [make_queue(lease_seconds=model.LEASE) for _ in range(2)]
        for queue in self.queues:
            queue.policy.categories.filter(code=model.DANGER).update(never_sample=True)
        self.admin = make_user()
        self.languages = ["", "de", "en,de", "en"]
        self.people = [make_labeler(vendor=self.vendors[number % 2], queues=self.queues) for number in range(4)]
        for labeler, languages in zip(self.people, self.languages, strict=True):
            Labeler.objects.filter(pk=labeler.pk).update(language=languages)
            labeler.refresh_from_db()

    def model(self) -> model.Model:
        people = {
            labeler.pk: model.Person(
                labeler.vendor_id,
                tuple(filter(None, languages.split(","))),
                certified={queue.pk for queue in self.queues},
            )
            for labeler, languages in zip(self.people, self.languages, strict=True)
        }
        return model.Model(people, {queue.pk: model.Queue() for queue in self.queues})


class Assignments(RuleBasedStateMachine):
    world: World

    def __init__(self):
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.offset = 0
        self.began = clock.database_now()
        self.model = self.world.model()
        self.queues = [queue.pk for queue in self.world.queues]
        self.people = {labeler.pk: labeler for labeler in self.world.people}

    def teardown(self):
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # Setting out

    @initialize(
        orders=st.tuples(*[st.sampled_from(["mixed", "breadth", "depth"])] * 2),
        shares=st.sampled_from([None, (1, 1), (3, 1)]),
        items=st.lists(
            st.tuples(st.sampled_from([2, 3, 1, 0]), st.sampled_from([0, 0, 3]), st.sampled_from([None, 1, 5])),
            min_size=3,
            max_size=6,
        ),
    )
    def open_queues(self, orders, shares, items):
        vendors = self.world.vendors
        for pk, order in zip(self.queues, orders, strict=True):
            self.model.queues[pk].order = order
            Queue.objects.filter(pk=pk).update(order=order)
        if shares:
            named = {str(vendor.public_id): share for vendor, share in zip(vendors, shares, strict=True)}
            Queue.objects.filter(pk=self.queues[1]).update(vendor_shares=named)
        for place, (needed, priority, due) in enumerate(items):
            queue = self.queues[place % 2]
            self._enter(queue, needed, priority=priority, due=due, language="", sensitive=False)

    @rule(
        queue=PICK,
        needed=st.sampled_from([1, 2, 3, 0]),
        priority=st.sampled_from([0, 0, 3]),
        due=st.sampled_from([None, 1, 5]),
        language=st.sampled_from(["", "", "de-AT", "en"]),
        sensitive=st.sampled_from([False, False, True]),
    )
    def enter(self, queue, needed, **facts):
        self._enter(self._at(self.queues, queue), needed, **facts)

    def _enter(self, pk, needed, *, priority, due, language, sensitive):
        queue = Queue.objects.get(pk=pk)
        due_at = None if due is None else DUE + timedelta(hours=due)
        [item] = make_items(
            queue,
            external_id=f"item-{len(self.model.items)}",
            answers_needed=needed,
            priority=priority,
            due_at=due_at,
            language=language,
            is_sensitive=sensitive,
        )
        self.model.items[item.pk] = model.Item(pk, needed, priority, due, language, sensitive)
        slots = list(Slot.objects.filter(item=item).order_by("slot_no").select_related("lane"))
        assert [slot.slot_no for slot in slots] == list(range(1, needed + 1))
        self._check_shares(queue, [slot.lane.vendor_id for slot in slots])
        for slot in slots:
            self._give_rank(slot)
            self.model.slots[slot.pk] = model.Slot(item.pk, slot.slot_no, vendor=slot.lane.vendor_id)

    def _check_shares(self, queue, vendors):
        counts, total = Counter(vendors), sum(queue.vendor_shares.values())
        if not total:
            assert set(vendors) <= {None}
        for vendor in self.world.vendors if total else []:
            exact = len(vendors) * queue.vendor_shares[str(vendor.public_id)] / total
            assert abs(counts[vendor.pk] - exact) < 1

    # At the desk

    @rule(who=PICK, queue=PICK, prefetch=st.booleans(), chance=CHANCE, start=START)
    def claim(self, who, queue, prefetch, chance, start):
        who, queue = self._at(list(self.people), who), self._at(self.queues, queue)
        self._claim(who, queue, prefetch=prefetch, chance=chance, start=start)

    @rule(
        who=PICK,
        queue=PICK,
        chance=CHANCE,
        start=START,
        said=CODES,
        key=st.sampled_from(["a", "b", None]),
        again=st.sampled_from([None, "spam", "no_violation"]),
    )
    def work(self, who, queue, *, chance, start, said, key, again):
        who, queue = self._at(list(self.people), who), self._at(self.queues, queue)
        for _ in range(2):
            assignment = self._claim(who, queue, prefetch=False, chance=chance, start=start)
            for sent in [said, again] if assignment and again else [said] if assignment else []:
                self._submit(who, assignment, self.model.leases[assignment].token, sent, key)
            key = None

    def _claim(self, who, pk, *, prefetch, chance, start):
        offer = self.model.offer(who, pk, prefetch=prefetch, chance=chance, start=start)
        lapsing = self.model.lapsing(who, pk)
        draws = cycle([chance, start])
        got = claim_assignment(Queue(pk=pk), self.people[who], prefetch=prefetch, draw=lambda: next(draws))
        lapsed = set(Slot.objects.filter(pk__in=lapsing, state="cancelled").values_list("pk", flat=True))
        for key in lapsed:
            self.model.end(key, "taken_over", state="cancelled")
        if isinstance(got, Nothing):
            assert (got.reason.value, frozenset()) == (offer.reason, offer.slots)
            assert lapsed or not lapsing or self.model.barrier(who, pk)
            return None
        key = Slot.objects.get(assignment_id=got.id).pk
        assert key in offer.slots
        item = self.model.items[self.model.slots[key].item]
        assert not item.is_withdrawn
        assert got.is_covered == item.is_sensitive
        self.model.lend(key, who, assignment=got.id, token=got.token, prefetch=prefetch)
        return got.id

    @precondition(lambda self: self.model.leases)
    @rule(pick=PICK, said=CODES, key=st.sampled_from([None, "a", "b", "c"]), stranger=st.integers(0, 9))
    def submit(self, pick, said, key, stranger):
        assignment, lease = self._lease(pick)
        who, token = self._sender(lease, stranger)
        self._submit(who, assignment, token, said, key)

    def _submit(self, who, assignment, token, said, key):
        body = f"{assignment}:{token}:{said}"
        known = self.model.keys.get((who, key)) if key else None
        expected = self.model.standing(assignment, who, token)
        if known is not None:
            expected = "live" if known[0] == body else "key_reused"
        submission = Submission(token, answer(said))
        body_hash = sha256(body.encode()).hexdigest()
        labeler = self.people[who]
        outcome, receipt = self._try(
            lambda: (
                submit_under_key(assignment, labeler, submission, key=key, body_hash=body_hash)
                if key
                else submit_without_key(assignment, labeler, submission)
            )
        )
        assert outcome == expected
        if known is not None:
            assert receipt is None or (receipt.status, receipt.label) == known[1]
            return
        if key and outcome == "live":
            self.model.keys[who, key] = (body, (receipt.status, receipt.label))
        if outcome in {"live", "late", "withdrawn"}:
            self.model.answer(assignment, said)

    @precondition(lambda self: self.model.keys)
    @rule(pick=PICK, other=st.booleans())
    def submit_again(self, pick, other):
        who, key = self._at(list(self.model.keys), pick)
        assignment, token, said = self.model.keys[who, key][0].split(":")
        lease = next(given for given in self.model.leases if str(given) == assignment)
        said = ("spam" if said != "spam" else "no_violation") if other else said
        self._submit(who, lease, self.model.leases[lease].token, said, key)
        assert token == str(self.model.leases[lease].token)

    @precondition(lambda self: self.model.leases)
    @rule(
        pick=PICK,
        reason=st.sampled_from(["unclear", "wellbeing", "escalate", "escalate", "illegal"]),
        stranger=st.integers(0, 9),
    )
    def skip(self, pick, reason, stranger):
        assignment, lease = self._lease(pick)
        who, token = self._sender(lease, stranger)
        expected = self.model.standing(assignment, who, token)
        outcome, _ = self._try(lambda: skip_assignment(assignment, token, self.people[who], reason=reason))
        assert outcome == expected
        if outcome in {"live", "late", "withdrawn"}:
            self.model.skip(assignment, reason)

    @precondition(lambda self: self.model.leases)
    @rule(pick=PICK, stranger=st.integers(0, 9), reveals=st.booleans())
    def extend_or_reveal(self, pick, stranger, reveals):
        assignment, lease = self._lease(pick)
        who, token = self._sender(lease, stranger)
        expected = self.model.standing(assignment, who, token)
        act = reveal_item if reveals else extend_lease
        outcome, _ = self._try(lambda: act(assignment, token, self.people[who]))
        assert outcome == expected
        if outcome == "live" and reveals:
            self.model.people[who].revealed_at.append(self.model.now)
        elif outcome == "live":
            self.model.slots[lease.slot].lease_until = self.model.now + model.LEASE

    @precondition(lambda self: self.model.answers)
    @rule(pick=PICK, older=st.integers(0, 1), said=CODES)
    def revise(self, pick, older, said):
        key = self._at(list(self.model.answers), pick)
        labels = list(Label.objects.filter(slot=key).order_by("pk"))
        place = max(0, len(labels) - 1 - older)
        expected = self.model.revision_of(key, place)
        label = labels[place]
        outcome, _ = self._try(lambda: revise_label(label, self.people[label.labeler_id], answers=answer(said)))
        assert outcome == expected
        if outcome == "live":
            self.model.revise(key, said)

    @rule(who=PICK)
    def give_back(self, who):
        who = self._at(list(self.people), who)
        give_back_leases(self.people[who])
        self.model.give_back(who)

    @rule(seconds=st.sampled_from([*SHIFTS[:2], *SHIFTS]))
    def wait(self, seconds):
        self.offset += seconds
        self.model.now += seconds
        shift_clock(self.offset)

    # Around it

    @rule(data=st.data(), who=PICK, queue=PICK, pick=PICK)
    def manage(self, data, who, queue, pick):
        """One rule for all of it, so that most steps are work."""
        match data.draw(st.sampled_from(["cancel", "withdraw", "decide", "turn", "cap", "opt", "certify", "leave"])):
            case "cancel":
                self.cancel(pick)
            case "withdraw":
                self.withdraw(pick)
            case "decide":
                self.decide(pick, data.draw(st.sampled_from(["restored", "restored", "withheld", "nothing"])))
            case "turn":
                self.turn(queue, data.draw(st.sampled_from(["active", "active", "paused", "closed"])))
            case "cap":
                self.cap(queue, data.draw(st.sampled_from([None, 1, 2])), of_reveals=data.draw(st.booleans()))
            case "opt":
                self.opt(who, data.draw(st.integers(0, 2)))
            case "certify":
                self.certify(who, queue, data.draw(st.sampled_from(["revoked_at", "suspended_at", "expires_at"])))
            case "leave":
                self.leave_or_return(who)

    @precondition(lambda self: self.model.items)
    @rule(pick=PICK, who=PICK, chance=st.sampled_from([0.5, 1.0]))
    def place(self, pick, who, chance):
        pk, who = self._at(list(self.model.items), pick), self._at(list(self.people), who)
        labeler = Labeler.objects.get(pk=who)
        placed = place_items([Item.objects.get(pk=pk)], [labeler], serve_chance=chance, now=clock.now())
        assert bool(placed.slots) == self.model.can_be_placed(pk, who)
        for slot in placed.slots:
            self._give_rank(slot)
            self.model.slots[slot.pk] = model.Slot(
                pk,
                slot.slot_no,
                "placed",
                reserved_for=who,
                chance=chance,
            )

    def cancel(self, pick):
        placed = [key for key, slot in self.model.slots.items() if slot.origin == "placed"]
        if placed:
            key = self._at(placed, pick)
            cancel_placed(Slot.objects.filter(pk=key))
            self.model.cancel([key])

    def withdraw(self, pick):
        pk = self._at(list(self.model.items), pick)
        withdraw_item(Item.objects.get(pk=pk), reason="legal", actor=None)
        self.model.withdraw(pk)

    @precondition(lambda self: any(slot.state == "leased" for slot in self.model.slots.values()))
    @rule(pick=PICK)
    def withdraw_in_hand(self, pick):
        """The item of somebody who works on it at this moment."""
        slot = self._at([slot for slot in self.model.slots.values() if slot.state == "leased"], pick)
        withdraw_item(Item.objects.get(pk=slot.item), reason="legal", actor=None)
        self.model.withdraw(slot.item)

    @rule(queue=PICK, first=PICK, start=START)
    def drain(self, queue, first, start):
        """Each works until they are told that nothing is left, which the model knows better."""
        people = list(self.people)
        for place in range(len(people)):
            self._work_off(people[(first + place) % len(people)], self._at(self.queues, queue), start=start)

    @rule(who=PICK, queue=PICK, start=START, prefetch=st.booleans())
    def overrun(self, who, queue, start, prefetch):
        """Somebody sits past a lease, a colleague works on, the answer comes late, and they go on."""
        people, queue = list(self.people), self._at(self.queues, queue)
        who, colleague = people[who % 4], people[(who + 1) % 4]
        assignment = self._claim(who, queue, prefetch=prefetch, chance=0.0, start=0.95)
        self.wait(SHIFTS[1])
        self._work_off(colleague, queue, start=start)
        if assignment:
            self._submit(who, assignment, self.model.leases[assignment].token, "no_violation", None)
        self._work_off(who, queue, start=start)

    def _work_off(self, who, queue, *, start):
        while assignment := self._claim(who, queue, prefetch=False, chance=0.5, start=start):
            self._submit(who, assignment, self.model.leases[assignment].token, "spam", None)

    def decide(self, pick, outcome):
        waiting = list(Escalation.objects.filter(handled_at=None).order_by("pk"))
        if not waiting:
            return
        escalation = self._at(waiting, pick)
        handle_escalation(escalation, outcome, note="Seen", actor=self.world.admin)
        if outcome == "withheld":
            self.model.withdraw(escalation.item_id)
        elif outcome == "restored":
            numbers = self.model.restore(escalation.item_id)
            made = Slot.objects.filter(item=escalation.item_id, slot_no__in=numbers)
            for slot in made:
                self._give_rank(slot)
                self.model.slots[slot.pk] = model.Slot(escalation.item_id, slot.slot_no, "requeue")

    def turn(self, queue, state):
        pk = self._at(self.queues, queue)
        Queue.objects.filter(pk=pk).update(state=state)
        self.model.queues[pk].state = state

    def cap(self, queue, cap, *, of_reveals):
        pk, stand = self._at(self.queues, queue), self.model.queues[self._at(self.queues, queue)]
        if of_reveals:
            stand.reveals_cap = cap
        else:
            stand.answers_cap = cap
        Queue.objects.filter(pk=pk).update(answers_a_day_cap=stand.answers_cap, reveals_a_day_cap=stand.reveals_cap)

    def opt(self, who, queue):
        who = self._at(list(self.people), who)
        pk = [*self.queues, None][queue]
        declined = self.model.people[who].declined
        if pk in declined:
            OptOut.objects.filter(labeler=who, queue=pk).delete()
        else:
            OptOut.objects.create(labeler_id=who, queue_id=pk)
        declined ^= {pk}

    def certify(self, who, queue, how):
        who, queue = self._at(list(self.people), who), self._at(self.world.queues, queue)
        certified = self.model.people[who].certified
        grants = self.people[who].skill_grants.filter(skill=queue.skill)
        if queue.pk in certified:
            grants.update(**{how: clock.database_now()})
        else:
            grants.all().delete()
            grant_skill(self.people[who], queue)
        certified ^= {queue.pk}

    def leave_or_return(self, who):
        who = self._at(list(self.people), who)
        user, person = self.people[who].user, self.model.people[who]
        if person.is_active:
            deactivate_account(user, actor=self.world.admin, now=clock.now())
            self.model.leave(who)
        else:
            reactivate_account(user, actor=self.world.admin)
            person.is_active = True

    # What holds after each step

    @invariant()
    def slots_are_as_the_model_says(self):
        names = (
            "pk", "state", "labeler_id", "assignment_id", "is_prefetched", "reserved_for_id", "origin", "slot_no",
        )  # fmt: skip
        stored = {row[0]: row[1:] for row in Slot.objects.filter(queue__in=self.queues).values_list(*names)}
        assert stored == {
            key: (
                slot.state,
                slot.holder,
                slot.assignment,
                slot.is_prefetched,
                slot.reserved_for,
                slot.origin,
                slot.number,
            )
            for key, slot in self.model.slots.items()
        }

    @invariant()
    def leases_and_reservations_end_when_the_model_says(self):
        lag = (clock.database_now() - self.began).total_seconds() - self.model.now
        rows = Slot.objects.filter(queue__in=self.queues, state__in=["open", "leased"])
        for pk, *ends in rows.values_list("pk", "lease_until", "reserved_until"):
            slot = self.model.slots[pk]
            expected = (slot.lease_until if slot.state == "leased" else None, slot.reserved_until)
            for end, seconds in zip(ends, expected, strict=True):
                assert (end is None) == (seconds is None)
                assert end is None or 0 <= (end - self.began).total_seconds() - seconds <= lag

    @invariant()
    def each_answer_is_stored_once(self):
        stored = defaultdict(list)
        for slot, said in Label.objects.order_by("pk").values_list("slot_id", "answers__category"):
            stored[slot].append(said)
        assert stored == self.model.answers
        assert {key for key, slot in self.model.slots.items() if slot.state == "done"} == stored.keys()
        late = LateAnswer.objects.values_list("assignment_id", "answers__category")
        expected = [(assignment, said) for assignment, texts in self.model.late.items() for said in texts]
        assert sorted(late, key=str) == sorted(expected, key=str)
        assert set(Skip.objects.values_list("labeler_id", "item_id")) == self.model.skips
        assert set(IdempotentAnswer.objects.values_list("labeler_id", "key")) == self.model.keys.keys()

    @invariant()
    def nobody_has_an_item_twice_and_no_item_too_many_answers(self):
        had = Counter((slot.item, slot.holder) for slot in self.model.slots.values() if slot.holder)
        assert set(had.values()) <= {1}
        ordinary = [slot for slot in self.model.slots.values() if slot.origin != "placed" and slot.state != "cancelled"]
        asked = Counter(slot.item for slot in ordinary)
        assert all(number <= self.model.items[item].needed for item, number in asked.items())

    @invariant()
    def withdrawn_items_are_on_no_desk(self):
        withdrawn = {pk for pk, item in self.model.items.items() if item.is_withdrawn}
        assert set(Item.objects.exclude(withdrawn_at=None).values_list("pk", flat=True)) == withdrawn
        assert not Slot.objects.filter(item__in=withdrawn, state__in=["open", "leased"]).exists()

    @rule(who=PICK)
    def look_at_work(self, who):
        who = self._at(list(self.people), who)
        if not self.model.people[who].is_active:
            return
        for work in open_work(self.people[who]):
            if self.model.barrier(who, work.queue_id) is None:
                assert work.waiting == self.model.waiting(who, work.queue_id)

    @staticmethod
    def _at(things, pick):
        """One of these, the youngest first."""
        return things[-1 - pick % len(things)]

    def _give_rank(self, slot):
        """Ranks are drawn; here the same steps have to lead to the same claims, or nothing could be repeated.

        Where begun items are finished first, an item's slots stand together.
        """
        items = list(self.model.items)
        together = self.model.queues[slot.queue_id].order == "depth"
        place = items.index(slot.item_id) if together else len(items) + len(self.model.slots)
        Slot.objects.filter(pk=slot.pk).update(rank=place * GOLDEN_RATIO % 1)

    def _lease(self, pick):
        assignment = self._at(list(self.model.leases), pick)
        return assignment, self.model.leases[assignment]

    def _sender(self, lease, stranger):
        """Mostly whoever was lent it; sometimes somebody else, or with a token that was never given."""
        if stranger == 9:
            return next(who for who in self.people if who != lease.who), lease.token
        return lease.who, uuid4() if stranger == 8 else lease.token

    @staticmethod
    def _try(act):
        try:
            return "live", act()
        except DomainError as error:
            return error.code, None


def run_machine(world):
    run_state_machine_as_test(type("Machine", (Assignments,), {"world": world}), settings=PROFILE)


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order_the_model_agrees():
    run_machine(World())
