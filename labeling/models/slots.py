"""The answers that an item needs, lent to labelers under a lease."""

from uuid import uuid4

from django.db import models
from django.db.models import Q

from labeling.enums import EndReason, SlotOrigin, SlotState
from labeling.models.items import Item
from labeling.models.lanes import Lane, Requeue
from labeling.models.policies import PolicyVersion
from labeling.models.queues import LabelSchema, Queue
from qaplatform import clock
from qaplatform.people.models import Labeler


class Slot(models.Model):
    """One of the answers that an item needs. The assignment is its lease; id and token are new at each claim.

    `serve_chance` of a reserved slot is the probability that a claim takes reserved work before open work; below 1, the
    slot is handed out only while there is open work too, so that it never shows by coming alone. `lane` says for whom
    the slot is, `turn` when it comes (`labeling.engine.order`). `rank` is a random place on a circle that claims enter
    at a random point, so that neither ids nor dates tell anything. A slot that is `set_aside_by` a requeue has an
    answer that no longer stands, because others were asked again; `asked_by` is the requeue that made it. One lease a
    labeler and queue is the one being worked on, one more may be prefetched. A slot with a `pinned_version` is
    answered under that policy version whatever the queue follows by then: its item was begun under it, or it was placed
    and takes the place of one that was. `imported_as` is whom the file named. Foreign keys carry no index of their own
    where the indexes below cover what is asked.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="slots", db_index=False)
    slot_no = models.PositiveIntegerField()
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="slots", db_index=False)
    state = models.CharField(max_length=10, choices=SlotState.choices, default=SlotState.OPEN)
    origin = models.CharField(max_length=10, choices=SlotOrigin.choices, default=SlotOrigin.ENTRY)
    lane = models.ForeignKey(Lane, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    turn = models.BigIntegerField(default=0)
    rank = models.FloatField(default=0)
    reserved_for = models.ForeignKey(
        Labeler, null=True, blank=True, on_delete=models.PROTECT, related_name="reserved_slots", db_index=False
    )
    reserved_until = models.DateTimeField(null=True, blank=True)
    serve_chance = models.FloatField(default=1)
    labeler = models.ForeignKey(
        Labeler, null=True, blank=True, on_delete=models.PROTECT, related_name="slots", db_index=False
    )
    assignment_id = models.UUIDField(null=True, blank=True)
    token = models.UUIDField(null=True, blank=True)
    is_prefetched = models.BooleanField(default=False)
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    pinned_version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    schema = models.ForeignKey(
        LabelSchema, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    imported_as = models.ForeignKey(
        Labeler, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_by = models.ForeignKey(
        Requeue, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    set_aside_by = models.ForeignKey(
        Requeue, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "slot_no"], name="slot_number_once_an_item"),
            models.UniqueConstraint(
                fields=["item", "labeler"], condition=Q(labeler__isnull=False), name="labeler_once_an_item"
            ),
            models.UniqueConstraint(
                fields=["assignment_id"], condition=Q(assignment_id__isnull=False), name="slot_assignment_once"
            ),
            models.UniqueConstraint(
                fields=["labeler", "queue", "is_prefetched"],
                condition=Q(state=SlotState.LEASED),
                name="one_lease_a_queue",
            ),
            models.UniqueConstraint(
                fields=["item", "reserved_for"],
                condition=Q(state=SlotState.OPEN, reserved_for__isnull=False),
                name="reserved_once_an_item",
            ),
            models.CheckConstraint(
                name="slot_serve_chance_is_a_share", condition=Q(serve_chance__gte=0, serve_chance__lte=1)
            ),
            models.CheckConstraint(
                name="slot_on_offer_has_a_lane", condition=~Q(state=SlotState.OPEN) | Q(lane__isnull=False)
            ),
            models.CheckConstraint(
                name="slot_state_has_its_facts",
                condition=(
                    Q(state=SlotState.OPEN, labeler=None, assignment_id=None, token=None)
                    | Q(
                        state=SlotState.LEASED,
                        labeler__isnull=False,
                        assignment_id__isnull=False,
                        token__isnull=False,
                        claimed_at__isnull=False,
                        lease_until__isnull=False,
                        policy_version__isnull=False,
                        schema__isnull=False,
                    )
                    | Q(state=SlotState.DONE, labeler__isnull=False, done_at__isnull=False)
                    | Q(state=SlotState.CANCELLED)
                ),
            ),
        ]
        indexes = [
            models.Index(
                fields=["lane", "turn", "rank", "id"],
                condition=Q(state=SlotState.OPEN, reserved_for=None),
                name="slot_open_work",
            ),
            models.Index(
                fields=["reserved_for", "queue", "rank"],
                condition=Q(state=SlotState.OPEN, reserved_for__isnull=False),
                name="slot_reserved_work",
            ),
            models.Index(
                fields=["queue", "reserved_until"],
                condition=Q(state=SlotState.OPEN, reserved_until__isnull=False),
                name="slot_reserved_until",
            ),
            models.Index(fields=["queue", "lease_until"], condition=Q(state=SlotState.LEASED), name="slot_leases"),
            models.Index(fields=["queue", "done_at"], condition=Q(state=SlotState.DONE), name="slot_done"),
            models.Index(fields=["labeler", "done_at"], condition=Q(state=SlotState.DONE), name="slot_done_by"),
            models.Index(fields=["asked_by"], condition=Q(asked_by__isnull=False), name="slot_asked_by"),
            models.Index(fields=["set_aside_by"], condition=Q(set_aside_by__isnull=False), name="slot_set_aside_by"),
            models.Index(fields=["imported_as"], condition=Q(imported_as__isnull=False), name="slot_imported_as"),
        ]

    def __str__(self) -> str:
        return f"slot {self.slot_no} of {self.item_id}"


class EndedAssignment(models.Model):
    """An assignment that ended: taken over, given back, or recalled. Late answers find it here."""

    assignment_id = models.UUIDField(default=uuid4, unique=True)
    token = models.UUIDField()
    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="ended_assignments")
    labeler = models.ForeignKey(Labeler, on_delete=models.PROTECT, related_name="+", db_index=False)
    why = models.CharField(max_length=20, choices=EndReason.choices)
    claimed_at = models.DateTimeField()
    ended_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.why} {self.assignment_id}"
