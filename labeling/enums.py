"""States and kinds of labeling."""

from django.db.models import TextChoices

from labeling.engine.order import WorkOrder


class QueueKind(TextChoices):
    """What a queue is for; queues of training and audit are entered by reservation, not by skill."""

    ORDINARY = "ordinary", "Work"
    TRAINING = "training", "Training"
    AUDIT = "audit", "Audit"


class QueueState(TextChoices):
    """Whether a queue hands out work."""

    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


class QueueOrder(TextChoices):
    """What comes first among items of one priority and due hour; what it does is `labeling.engine.order`."""

    MIXED = WorkOrder.MIXED.value, "Mixed: in no order"
    BREADTH = WorkOrder.BREADTH.value, "Breadth: every item gets its first answer before any gets its second"
    DEPTH = WorkOrder.DEPTH.value, "Depth: what was begun is finished first"


class SlotState(TextChoices):
    """Where a slot stands."""

    OPEN = "open", "Open"
    LEASED = "leased", "Being worked on"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"


class SlotOrigin(TextChoices):
    """Which of the four doors made a slot. Placed slots do not count for agreement unless calibration says so."""

    ENTRY = "entry", "At the item's entry"
    PLACED = "placed", "Placed"
    REQUEUE = "requeue", "Asked again"
    IMPORTED = "imported", "Imported"


class EndReason(TextChoices):
    """Why an assignment ended without its answer."""

    TAKEN_OVER = "taken_over", "The lease ran out and somebody else took over"
    SKIPPED = "skipped", "Given back with a reason"
    GIVEN_BACK = "given_back", "Given back at a pause"
    WITHDRAWN = "withdrawn", "The item was withdrawn"


class ContentKind(TextChoices):
    """What an item shows."""

    TEXT = "text", "Text"
    CONVERSATION = "conversation", "Conversation"


class SkipReason(TextChoices):
    """Why somebody gave a slot back."""

    UNCLEAR = "unclear", "I cannot judge this"
    LANGUAGE = "language", "Not my language"
    BROKEN = "broken", "The item does not show"
    WELLBEING = "wellbeing", "I would rather not see this"
    EDGE_CASE = "edge_case", "The policy does not settle it"
    ILLEGAL = "illegal", "Escalate: illegal"
    IMMINENT_HARM = "imminent_harm", "Escalate: somebody may be in danger"
    OTHER_ESCALATION = "escalate", "Escalate: something else"

    @property
    def escalates(self) -> bool:
        """Whether somebody with the escalation role has to look."""
        return self.withdraws or self is SkipReason.OTHER_ESCALATION

    @property
    def withdraws(self) -> bool:
        """Whether the item is withdrawn at once."""
        return self in {SkipReason.ILLEGAL, SkipReason.IMMINENT_HARM}


class ImportKind(TextChoices):
    """What a file holds."""

    ITEMS = "items", "Items"
    LABELS = "labels", "Labels made elsewhere"
    GOLD = "gold", "Gold"
    DECISIONS = "decisions", "Decisions made elsewhere, as they are"


class ImportState(TextChoices):
    """How far an import is."""

    UPLOADED = "uploaded", "Columns to be confirmed"
    CHECKING = "checking", "Being checked"
    CHECKED = "checked", "What is new is to be confirmed"
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused: nothing was imported"
    UNDONE = "undone", "Taken back"


class Unfinished(TextChoices):
    """What becomes of items that are partly answered when a policy version is adopted."""

    FINISH = "finish", "Finish them under the version they were begun with"
    RESTART = "restart", "Ask all their answers again under the new version"


class EscalationOutcome(TextChoices):
    """What somebody with the escalation role decided."""

    WITHHELD = "withheld", "Stays withheld"
    REPORTED = "reported", "Reported to whoever must know, and stays withheld"
    RESTORED = "restored", "Back to work: the item was withheld without need"
    NOTHING = "nothing", "Nothing to be done"
